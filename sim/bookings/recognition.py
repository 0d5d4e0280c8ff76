"""Columns recognised without a mapping: by what their headings speak about, and by what their values could be.

The best column of each meaning wins, and a column has one meaning. Several dates that could be the visit's are a doubt.
"""

from collections.abc import Iterable
from dataclasses import replace

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from sim.arrays import Ints
from sim.bookings.cells import as_text
from sim.bookings.column_values import NEARLY_ALL, SAMPLE, Values
from sim.bookings.columns import LEFT_OUT, MAPPED, STATUSES
from sim.bookings.guess import LIKELY, SURE, Found, Guess, doubts_of
from sim.bookings.headings import ideas_of
from sim.bookings.sheet import Sheet
from sim.bookings.sources.joined import FILE
from sim.bookings.status_words import FLAGS, plain_words, statuses_of_values
from sim.bookings.suitability import (
    MOST_STATUSES,
    NAMED,
    PLAIN,
    Score,
    client_score,
    end_score,
    order_score,
    price_score,
    requested_score,
    start_score,
    status_score,
)
from sim.bookings.vocabulary import goods
from sim.bookings.zones import DAY
from sim.said import Said, say

CLOSE = 0.1
"""Two columns whose scores differ by less could both be it."""
SHARED = ("zone", "channel")
"""Meanings whose values several clients share: a column with nearly as many as there are clients holds addresses or notes."""
SOME = 0.3
"""Share of the rows that a column fills, above which it may be missed."""
MOSTLY = 0.9
"""Share of the rows in which a booking has to come before its visit."""


def _best(columns: Iterable[Values], score: Score) -> tuple[Values | None, float]:
    """The column with the highest score, the first of equals; None if none has any."""
    scored = [(score(values), -i, values) for i, values in enumerate(columns)]
    top = max(scored, key=lambda one: one[:2], default=(0.0, 0, None))
    return (top[2], top[0]) if top[0] > 0 else (None, 0.0)


class _Search:
    """Columns that are still free, and what was found."""

    def __init__(self, sheet: Sheet) -> None:
        n = sheet.n_rows
        rows = pa.array(np.unique(np.linspace(0, n - 1, SAMPLE).astype(np.int64))) if n > SAMPLE else None
        columns = [Values(heading, column, rows) for heading, column in sheet.columns.items() if heading != FILE]
        self.free = {values.heading: values for values in columns if values.filled_share > 0}
        self.found: dict[str, Found] = {}

    def take(self, meaning: str, score: float, readable: float, *columns: Values) -> None:
        """A meaning is given to columns, which nothing else may have."""
        example = " ".join(values.example(meaning) for values in columns)
        self.found[meaning] = Found(tuple(values.heading for values in columns), example, min(score, 1.0), readable)
        for values in columns:
            self.free.pop(values.heading, None)

    def surer(self, meaning: str, score: float) -> None:
        """A meaning has at least this score."""
        found = self.found[meaning]
        self.found[meaning] = replace(found, score=max(found.score, score))

    def best(self, score: Score) -> tuple[Values | None, float]:
        """The best of the free columns."""
        return _best(self.free.values(), score)


def _find_client(search: _Search) -> None:
    values, score = search.best(client_score)
    if values is None or score < SURE:
        parts = [
            next((one for one in search.free.values() if idea in one.ideas and not one.ideas & {"pro", "user", "billing"}), None)
            for idea in ("first", "last_name")
        ]
        names = next((one for one in search.free.values() if one.ideas == {"name"}), None)
        first, last = parts[0], parts[1] or names
        if first is not None and last is not None and first.heading != last.heading:
            search.take("client", 0.8, last.filled_share, first, last)
            return
    if values is not None:
        search.take("client", score, values.filled_share, values)


def _common_days(first: Values, second: Values) -> tuple[Ints, Ints]:
    """Days of two columns of dates, in the rows that have both."""
    both = first.instants.there & second.instants.there
    return first.instants.second[both] // DAY, second.instants.second[both] // DAY


def _same_days(first: Values, second: Values) -> bool:
    """Whether two columns of dates name the same days."""
    both = first.instants.there & second.instants.there
    return (
        bool(both.any()) and float((first.instants.second[both] // DAY == second.instants.second[both] // DAY).mean()) >= NEARLY_ALL
    )


def _before(first: Values, second: Values) -> bool:
    """Whether the days of one column come before those of another, or are the same."""
    days, others = _common_days(first, second)
    return len(days) > 0 and float((days <= others).mean()) >= MOSTLY


def _find_dates(search: _Search) -> tuple[str, ...]:
    """Start, request and end; headings that could be the start as well as the one chosen."""
    dates = [values for values in search.free.values() if values.is_date]
    start, score = _best(dates, start_score)
    rivals: tuple[str, ...] = ()
    if start is None:
        return rivals
    others = [values for values in dates if values is not start and start_score(values) > score - CLOSE]
    same = [values for values in others if _same_days(start, values)]
    rivals = tuple(values.heading for values in others if values not in same)
    if not start.instants.timed:
        start = next((values for values in same if values.instants.timed), start)
    if "made" in start.ideas:
        # a file of sales has no other date than that of the sale
        score = 0.85 if any(price_score(values) for values in search.free.values()) and len(dates) <= 4 else score
    search.take("date", score, start.share(start.instants.there), start)
    for meaning, its_score in (("requested", requested_score), ("end", end_score)):
        free = [values for values in dates if values.heading in search.free]
        values, score = _best(free, its_score)
        if values is not None and (_before(values, start) if meaning == "requested" else _before(start, values)):
            search.take(meaning, score, values.share(values.instants.there), values)
    _find_times(search, start)
    return (start.heading, *rivals) if rivals else ()


def _find_times(search: _Search, start: Values) -> None:
    """Times of day in columns of their own."""

    def score(values: Values) -> float:
        ideas = values.ideas
        if ideas & {"end", "made", "other", "cancelled", "duration", "zone_of_time", "minute"} and "start" not in ideas:
            return 0.0
        named = bool(ideas & {"time", "start"}) or "slot" in plain_words(values.heading)
        return (1.0 if "start" in ideas else 0.9) if named and values.is_time else 0.0

    def requested(values: Values) -> float:
        return 0.8 if {"made", "time"} <= values.ideas and values.is_time else 0.0

    if not start.instants.timed:
        values, its_score = search.best(score)
        if values is not None:
            search.take("time", its_score, values.share(np.isfinite(values.times.seconds)), values)
            if "start" in values.ideas and "made" not in start.ideas:
                # the day beside the time of a start is that of the visit
                search.surer("date", SURE)
    if "requested" in search.found:
        values, its_score = search.best(requested)
        if values is not None:
            search.take("requested_time", its_score, values.share(np.isfinite(values.times.seconds)), values)


def _find_status(search: _Search) -> tuple[dict[str, str], tuple[str, ...], dict[str, tuple[str, ...]]]:
    """Statuses and their meanings, unknown values, and rows that other flags leave out."""
    values, score = search.best(status_score)
    if values is None or score < LIKELY:
        return {}, (), {}
    told, unknown = statuses_of_values(values.texts, values.heading)
    flag = values.ideas & FLAGS.keys() and "status" not in values.ideas
    # where only what did not take place is marked, the others are silent
    if values.filled_share < 1 and told and (flag or STATUSES[0] not in told.values()):
        told = {**told, "": STATUSES[0]}
    search.take("status", score, len(told) / max(len(told) + len(unknown), 1), values)
    left_out = {}
    for other in list(search.free.values()):
        if other.ideas & {"no_show", "cancelled"} and other.n_distinct <= 2 and not other.is_date:
            flags, rest = statuses_of_values(other.texts, other.heading)
            chosen = tuple(text for text, meaning in flags.items() if meaning not in (STATUSES[0], LEFT_OUT))
            if flags and chosen and not rest:
                left_out[other.heading] = chosen
                search.free.pop(other.heading)
    return told, unknown, left_out


def _find_goods(columns: Iterable[Values]) -> dict[str, tuple[str, ...]]:
    """Values of a column of kinds that are goods, where others are not."""
    found = {}
    for values in columns:
        if values.ideas & {"goods", "kind", "category"} and values.n_distinct <= MOST_STATUSES and "service" not in values.ideas:
            sold = tuple(text for text in values.texts if goods() & set(plain_words(text).split()))
            if sold and len(sold) < len(values.texts):
                found[values.heading] = sold
    return found


def _by_file(sheet: Sheet, status: str) -> dict[str, str]:
    """What the rows of files are whose names speak of cancellations or of clients who did not come, and that have no status."""
    files = sheet.columns.get(FILE, pa.chunked_array([[sheet.name] * sheet.n_rows]))
    told = files.filter(pc.greater(pc.utf8_length(as_text(sheet.columns[status])), 0)).unique().to_pylist() if status else []
    found = {}
    for name in files.unique().to_pylist():
        if name in told:
            continue
        ideas = ideas_of(name.rpartition(".")[0])
        meant = next((FLAGS[idea][0] for idea in ("no_show", "cancelled") if idea in ideas), None)
        if meant is not None:
            found[name] = meant
    return found


def _not_taken(search: _Search) -> tuple[Said, ...]:
    """Columns whose headings speak of a number that is not found, because few of their values are such."""
    notes = []
    for meaning, named in NAMED.items():
        missed = [one for one in search.free.values() if one.filled_share >= SOME and named(one.ideas)]
        notes += [
            say(
                "{column} is not taken as {meaning}: many of its values cannot be, such as {example}",
                column=one.heading,
                meaning=meaning,
                example=one.masked(one.odd),
            )
            for one in missed
            if meaning not in search.found
        ]
    return tuple(notes)


def recognise(sheet: Sheet) -> Guess:
    """Which column of a table is what, from headings in seven languages and from values.

    Examples
    --------
    >>> texts = {"Client ID": [f"c{i % 8}" for i in range(20)], "Date": [f"2023-01-{i + 1:02d}" for i in range(20)]}
    >>> guess = recognise(Sheet("visits.csv", {name: pa.chunked_array([column]) for name, column in texts.items()}))
    >>> guess.sure, guess.columns()
    (True, {'client': 'Client ID', 'date': 'Date'})
    """
    search = _Search(sheet)
    goods_sold = _find_goods(search.free.values())
    rivals = _find_dates(search)
    statuses, unknown, left_out = _find_status(search)
    _find_client(search)
    values, score = search.best(order_score)
    if values is not None:
        search.take("order", score, values.filled_share, values)
    n_clients = (
        sum(pc.count_distinct(sheet.columns[heading]).as_py() for heading in search.found["client"].headings)
        if "client" in search.found
        else sheet.n_rows
    )
    for meaning, its_score in PLAIN.items():
        free = [
            one for one in search.free.values() if meaning not in SHARED or 2 * one.n_distinct <= n_clients or one.n_distinct <= 2
        ]
        values, score = _best(free, its_score)
        if values is not None and values.heading not in goods_sold:
            search.take(meaning, score, values.filled_share, values)
    status = search.found["status"].headings[0] if "status" in search.found else ""
    found = {meaning: search.found[meaning] for meaning in MAPPED if meaning in search.found}
    return Guess(
        found,
        statuses,
        unknown,
        goods_sold | left_out,
        doubts_of(found, rivals, unknown, status),
        _by_file(sheet, status),
        _not_taken(search),
    )

"""Columns of dates and times as instants, whatever wrote them: typed values, days of a spreadsheet, epochs, and texts of people.

Every step works on all rows at once, or on the distinct dates, times and zones: a file of a million rows has few of each.
"""

import datetime as dt
import re
from dataclasses import dataclass, replace
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from sim.arrays import Flags, Ints
from sim.bookings.date_formats import read_formatted
from sim.bookings.date_orders import choose_order
from sim.bookings.dates import Dates, format_of_date, parse_dates
from sim.bookings.moments import format_of_moment, split
from sim.bookings.stamps import Written, of_numbers, of_typed, read_stamps
from sim.bookings.texts import Texts, is_text, plain, texts_of
from sim.bookings.times import read_times
from sim.bookings.zones import DAY, to_local, to_utc, zone_in
from sim.said import Said, say

MISSING = int(np.iinfo(np.int64).min)
"""Second of a row without an instant."""
READS = 0.98
"""A format reads a column when it reads this share of the rows that are not empty."""
ZEROS = r"^[\s0/.:-]*$"
"""Zeros and marks only, such as 0000-00-00, stand for nothing."""
DIGITS = r"^(?:\d{5}(?:[.,]\d+)?|\d{8,18}|[1-8]\d{18}|\d{9,10}\.\d+)$"
"""Texts that can be a spreadsheet's day, an epoch, or a date without marks."""
SAMPLE = 1000
"""Distinct texts by which the writing of a column is described."""
EPOCH = dt.date(1970, 1, 1).toordinal()
UNTURNED = say("timezone turns nothing: the times have no zone, and are taken as local")


@dataclass(frozen=True)
class Instants:
    """A column of dates, or of dates and times."""

    second: Ints
    """(n,) local wall-clock seconds since 1970-01-01, as if each day had 24 hours; ``MISSING`` where there is none."""
    utc: Ints
    """(n,) seconds since 1970-01-01 in UTC where the zone is known, otherwise ``second``; ``MISSING`` where there is none. For
    order and differences across an hour that is repeated."""
    timed: bool
    """Whether the column has times of day: not every row is at midnight."""
    untimed: Flags
    """(n,) a day without a time, in a column where others have one; ``second`` is its midnight."""
    unreadable: Flags
    """(n,) not empty, and not understood."""
    format: str | None
    """How it is written, in the codes of ``strptime``; None where that cannot be said."""
    notes: tuple[Said, ...]

    @property
    def there(self) -> Flags:
        """(n,) rows with an instant."""
        return self.second != MISSING


def _by_row(written: Written, texts: Texts) -> Written:
    """What was read of the distinct texts, by row of the column."""

    def spread(values: NDArray[Any], empty: float | bool) -> NDArray[Any]:
        return texts.spread(values, empty)

    return replace(
        written,
        second=spread(written.second, np.nan),
        untimed=spread(written.untimed, False),
        zone=spread(written.zone, -1),
        unreadable=spread(written.unreadable, False),
    )


def _formatted(texts: pa.Array, date_format: str, key: str) -> Written:
    read = read_formatted(texts, date_format, key)
    second = read.days * DAY + np.nan_to_num(read.seconds)
    return Written(second, np.isnan(read.seconds), read.zone, read.zones, np.isnan(second), form=date_format)


def _assumption(dates: Dates, texts: list[str], order: str, seen: Ints) -> Said:
    """The first date (of the positions ``seen``) that another order would read otherwise, and how it is read."""
    days, others = dates.days(order), dates.days("mdy" if order != "mdy" else "dmy")
    at = int(seen[np.flatnonzero((np.isfinite(days) & dates.open & (days != others))[seen])[0]])
    date = dt.date.fromordinal(int(days[at]) + EPOCH).isoformat()
    if order == "mdy":
        return say("{text} is read as {date}, month first: no date shows the order, date_format sets it", text=texts[at], date=date)
    return say("{text} is read as {date}, day first: no date shows the order, date_format sets it", text=texts[at], date=date)


def _free(texts: pa.Array, code: Ints, like: str | None) -> Written:
    """Distinct texts (n,) without a format; ``code`` (n_rows,) is the text of each row."""
    parts = split(texts)
    dates = parse_dates(parts.dates)
    in_order = parts.date[code]
    rows = np.bincount(in_order, minlength=len(parts.dates)).astype(np.int64)
    chosen = choose_order(dates, rows, in_order, parts.halves, like)
    second = dates.days(chosen.order)[parts.date] * DAY + np.nan_to_num(parts.seconds)
    second[parts.bad] = np.nan
    notes = [_assumption(dates, parts.dates, chosen.order, in_order)] if chosen.assumed else []
    form = None
    sample = np.flatnonzero(np.isfinite(second))[:SAMPLE]
    if len(sample):
        ways = [(int(dates.kind[i]), bool(re.search(r"[^\W\d_]{3}", parts.dates[i]))) for i in parts.date[sample]]
        at = int(sample[ways.index(max(sorted(set(ways)), key=ways.count))])
        date = parts.dates[int(parts.date[at])]
        form = format_of_moment(texts[at].as_py(), date, format_of_date(date, chosen.order))
        if len(set(ways)) > 1:
            notes.append(say("dates are written in several ways, each read as it is"))
    return Written(second, np.isnan(parts.seconds), parts.zone, parts.zones, np.isnan(second), form=form, notes=tuple(notes))


def _of_digits(texts: pa.Array, digits: Flags) -> Written:
    """Distinct texts (n,) of a column of numbers; those that are not ``digits`` are unreadable."""
    pointed = pc.replace_substring(pc.if_else(pa.array(digits), texts, None), ",", ".")
    whole = pc.replace_substring_regex(pointed, r"\..*", "").cast(pa.int64())
    values = np.array(pc.fill_null(pointed.cast(pa.float64()), np.nan), np.float64)
    written = read_stamps(values, np.asarray(pc.fill_null(whole, 0)).astype(np.int64))
    return replace(written, unreadable=written.unreadable | ~digits)


def _read(array: pa.Array, date_format: str | None, like: str | None, key: str) -> Written:
    kind = array.type
    if pa.types.is_date(kind) or pa.types.is_timestamp(kind):
        return of_typed(array)
    if (pa.types.is_integer(kind) and date_format is None) or pa.types.is_floating(kind) or pa.types.is_decimal(kind):
        return of_numbers(array)
    texts = texts_of(array, ZEROS)
    distinct = texts.distinct
    if date_format is not None:
        return _by_row(_formatted(distinct, date_format, key), texts)
    digits = np.asarray(pc.match_substring_regex(distinct, DIGITS), bool)
    if 2 * texts.counts[digits].sum() > texts.counts.sum():
        return _by_row(_of_digits(distinct, digits), texts)
    return _by_row(_free(distinct, texts.code[texts.code < len(distinct)], like), texts)


def _with_times(written: Written, time: pa.Array, time_format: str | None, key: str) -> Written:
    """Days with the times of day of another column."""
    times = read_times(time, time_format, key)
    there = np.isfinite(written.second)
    second = np.floor(written.second / DAY) * DAY + np.nan_to_num(times.seconds)
    zones = (*written.zones, *times.zones)
    # the zone of a day at midnight tells no time
    day_zone = written.zone if (written.second[there] % DAY).any() else -1
    zone = np.where(times.zone >= 0, times.zone + len(written.zones), day_zone)
    bad = there & times.unreadable
    second[bad] = np.nan
    untimed, unreadable = there & np.isnan(times.seconds), written.unreadable | bad
    return replace(written, second=second, utc=None, untimed=untimed, zone=zone, zones=zones, unreadable=unreadable)


def _placed(written: Written, timezone: str | None, naive_timezone: str | None, heading: str) -> Instants:
    """What is written as local time."""
    there = np.isfinite(written.second)
    wall = np.where(there, written.second, 0).astype(np.int64)
    if not (wall % DAY).any():
        # days, whatever zone their midnights are written in
        wall[~there] = MISSING
        return Instants(wall, wall, False, np.zeros(len(wall), np.bool_), written.unreadable, written.form, written.notes)
    notes = list(written.notes)
    here = ZoneInfo(timezone) if timezone else None
    headed = zone_in(heading)
    naive = ZoneInfo(naive_timezone) if naive_timezone else headed
    timed = there & ~written.untimed
    utc, known = wall.copy(), np.zeros(len(wall), np.bool_)
    for i, zone in enumerate(written.zones):
        mine = timed & (written.zone == i)
        utc[mine] = to_utc(wall[mine], zone)
        known |= mine
    if written.utc is not None:
        utc[known] = written.utc[known].astype(np.int64)
    if naive is not None and (timed & ~known).any():
        mine = timed & ~known
        utc[mine] = to_utc(wall[mine], naive)
        known |= mine
        if naive_timezone is None:
            notes.append(say("times are in {zone}, as the heading says", zone=str(naive)))
    if here is not None:
        wall[known] = to_local(utc[known], here)
        local = timed & ~known
        utc[local] = to_utc(wall[local], here)
        if not known.any():
            notes.append(UNTURNED)
    elif known.any() and (utc == wall)[known].all():
        notes.append(say("times are in UTC, and stay so: timezone sets where the team is"))
    for column in (wall, utc):
        column[~there] = MISSING
    has_times = bool((wall[there] % DAY).any())
    return Instants(wall, utc, has_times, there & written.untimed & has_times, written.unreadable, written.form, tuple(notes))


def read_instants(
    column: pa.ChunkedArray,
    time: pa.ChunkedArray | None = None,
    *,
    date_format: str | None = None,
    time_format: str | None = None,
    timezone: str | None = None,
    naive_timezone: str | None = None,
    heading: str = "",
    like: str | None = None,
    key: str = "columns.date_format",
) -> Instants:
    """Dates, with or without times of day, as local time.

    Without a format, day and month are in the order that reads most rows; where several do, the most plausible one is taken, and a
    note says so. Texts of two kinds, such as 2023-01-03 and 3/1/2023, are read together; day first and month first are never mixed.
    A column that is always at midnight holds dates, and no zone moves them.

    Parameters
    ----------
    column
        Texts, dates, timestamps, or numbers: days since 1900 as spreadsheets count them, seconds to nanoseconds since 1970, digits
        such as 20230103.
    time
        (n,) Times of day, where ``column`` has only days.
    date_format, time_format
        Codes of ``strptime``: nothing else is read. None: found.
    timezone
        Where the team is: instants with a zone are turned into local time there. None: they stay as written.
    naive_timezone
        Zone of what is written without one. None: the one that ``heading`` names, otherwise local time.
    heading
        Of the column.
    like
        Format of another column of the file: the order of day and month where this column leaves it open.
    key
        Setting of the format, for messages.

    Raises
    ------
    ConfigError
        A format that cannot be understood.

    Examples
    --------
    >>> read = read_instants(pa.chunked_array([["13/01/2023 10:00", "02/01/2023 10:00"]]))
    >>> read.second.astype("M8[s]").tolist()[1], read.format
    (datetime.datetime(2023, 1, 2, 10, 0), '%d/%m/%Y %H:%M')
    """
    written = _read(plain(column), date_format, like, key)
    if time is not None:
        written = _with_times(written, plain(time), time_format, key)
    return _placed(written, timezone, naive_timezone, heading)


def format_that_reads(column: pa.ChunkedArray) -> tuple[str, int] | None:
    """The format that reads nearly all texts of a column, and how many rows it reads; None if no single one does.

    Examples
    --------
    >>> format_that_reads(pa.chunked_array([["01/13/2023 1:30 PM", "", "01/02/2023 9:00 AM"]]))
    ('%m/%d/%Y %I:%M %p', 2)
    """
    array = plain(column)
    if not is_text(array.type):
        return None
    texts = texts_of(array, ZEROS)
    form = read_instants(column).format
    if form is None or not len(texts.distinct):
        return None
    days = read_formatted(texts.distinct, form).days
    n = int(texts.counts[np.isfinite(days)].sum())
    return (form, n) if n >= READS * texts.counts.sum() else None

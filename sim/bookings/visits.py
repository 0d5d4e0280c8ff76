"""A file of bookings as arrays: which column is what, what was wrong with it, and what was done about it.

Nothing is repaired in silence: every row that is dropped, merged or emptied is counted in a data-quality table, and what cannot be
told apart from a mistake in the mapping is refused.
"""

import datetime as dt
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Annotated, Any, Self
from zoneinfo import ZoneInfo

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv
import pyarrow.parquet as pq
from numpy.typing import NDArray
from pydantic import Field, model_validator

from sim.arrays import Flags, Floats, Ints
from sim.config import ConfigError, Count, Name, Section
from sim.said import Said, number, say

DONE, CANCELLED_BY_PRO, CANCELLED_BY_CLIENT, NO_SHOW = range(4)
STATUSES = ("done", "cancelled_by_pro", "cancelled_by_client", "no_show")
UNFILLED = "unfilled"
"""A further meaning of a status: a request that no pro accepted. It is replayed, and it is no booking."""
EPOCH = dt.date(1970, 1, 1).toordinal()
FIRST_DAY, LAST_DAY = (dt.date(year, 1, 1).toordinal() - EPOCH for year in (1980, 2100))
"""Days outside are typing errors or placeholders, such as 1900-01-01."""
NUMBERS = {"minutes_late": (-1440.0, 1440.0), "rating": (1.0, 5.0), "price": (0.01, 1e6), "lead_days": (0.0, 730.0)}
"""Numeric columns with the range outside which a value is absurd."""
LABELS = ("pro", "channel", "service")
FEWEST_CLIENTS = 30
REBOOK_DAYS = 14
"""A booking that did not take place and the next one at most so many days later are one need: assumption."""

Column = Annotated[str, Field(min_length=1)] | None


class Columns(Section):
    """Which column of a file is what; null: the file has no such column."""

    client: Annotated[str, Field(min_length=1)]
    date: Annotated[str, Field(min_length=1)]
    """Of the visit, or its start: ISO 8601 with or without a time and a zone, or ``date_format``."""
    requested: Column = None
    """When the booking was asked for, written like ``date``; only a replay reads it."""
    zone: Column = None
    """Where; only a replay reads it."""
    pro: Column = None
    status: Column = None
    minutes_late: Column = None
    rating: Column = None
    price: Column = None
    lead_days: Column = None
    """Days from the request to the visit."""
    channel: Column = None
    service: Column = None
    left_censored: Column = None
    """1: the client may be older than the file."""
    date_format: Column = None
    """Such as ``%d/%m/%Y``; null: ISO 8601."""
    timezone: Column = None
    """Such as ``Europe/Paris``: instants with a zone are turned into days there; null: the day as it is written."""
    statuses: Mapping[str, str] = Field(default_factory=dict)
    """What each value of ``status`` means: done, cancelled_by_pro, cancelled_by_client, no_show or unfilled."""
    left_censored_days: Count = 183
    """Without a column ``left_censored``: clients first seen so early in the file may be older than it."""
    source: Name | None = None
    """Where the file comes from, for the market's comments."""

    @model_validator(mode="after")
    def _check(self) -> Self:
        for value, meaning in self.statuses.items():
            if meaning not in (*STATUSES, UNFILLED):
                raise ValueError(f"statuses.{value} = {meaning!r}, must be one of {', '.join((*STATUSES, UNFILLED))}")
        if self.status is not None and not self.statuses:
            raise ValueError(f"statuses = {{}}, must say what the values of {self.status} mean")
        if self.timezone is not None:
            try:
                ZoneInfo(self.timezone)
            except (KeyError, ValueError, OSError):
                raise ValueError(f"timezone = {self.timezone!r}, must be a name such as Europe/Paris") from None
        return self

    def mapped(self) -> dict[str, str]:
        """Columns that the file must have, by meaning."""
        names = ("client", "date", "requested", "status", "left_censored", "zone", *NUMBERS, *LABELS)
        return {name: getattr(self, name) for name in names if getattr(self, name) is not None}


@dataclass(frozen=True)
class Visits:
    """Bookings by client and day, one a client and day unless they ended differently."""

    client: Ints
    """(n,) codes 0..n_clients - 1."""
    day: Ints
    """(n,) days since 1970-01-01, increasing within each client."""
    status: Ints
    """(n,) position in ``STATUSES``."""
    left_censored: Flags
    """(n_clients,) who may be older than the file."""
    numbers: Mapping[str, Floats]
    """By name of ``NUMBERS`` that the file has: (n,), nan where empty or absurd."""
    labels: Mapping[str, Ints]
    """By name of ``LABELS`` that the file has: (n,) codes, -1 where empty."""
    names: Mapping[str, tuple[str, ...]]
    """Texts behind the codes of ``labels``."""
    hour: Floats
    """(n,) hour of the start, nan where the file gives only a day."""
    has_status: bool

    @property
    def n_clients(self) -> int:
        """Clients, left-censored ones included."""
        return len(self.left_censored)

    def rows(self, chosen: NDArray[Any]) -> Self:
        """Some of the rows, of the same clients."""
        return replace(
            self,
            client=self.client[chosen],
            day=self.day[chosen],
            status=self.status[chosen],
            numbers={name: values[chosen] for name, values in self.numbers.items()},
            labels={name: values[chosen] for name, values in self.labels.items()},
            hour=self.hour[chosen],
        )

    def done(self) -> Self:
        """The visits that took place."""
        return self.rows(self.status == DONE)

    def needs(self) -> Self:
        """What clients wanted: visits, and bookings without one that were not made again within ``REBOOK_DAYS``.

        A booking that is cancelled and made again a few days later is one need, which the later booking stands for.
        """
        soon = (np.diff(self.client) == 0) & (np.diff(self.day) <= REBOOK_DAYS)
        again = np.r_[soon, False] & (self.status != DONE)
        # a visit and what was cancelled after it on the same day
        same_day = np.r_[False, (np.diff(self.client) == 0) & (np.diff(self.day) == 0)] & (self.status != DONE)
        return self.rows(~(again | same_day))


@dataclass(frozen=True)
class Issue:
    """One line of the data-quality table."""

    what: Said
    count: int
    unit: Said
    """What is counted."""
    treatment: Said | None = None
    """What was done; None: nothing."""


ROWS = say("rows")
LEFT_OUT = say("left out")


def date_of(day: int) -> str:
    """A day since 1970-01-01 as ``2018-12-31``."""
    return dt.date.fromordinal(int(day) + EPOCH).isoformat()


def day_of(date: str, key: str) -> int:
    """The day since 1970-01-01 of a date such as ``2018-12-31``.

    Raises
    ------
    ConfigError
        It is not a date; ``key`` is where it stood.
    """
    try:
        return dt.date.fromisoformat(date).toordinal() - EPOCH
    except (TypeError, ValueError):
        raise ConfigError(f"{key} = {date!r}, must be a date such as 2018-12-31") from None


def read_table(path: Path, columns: Columns) -> pa.Table:
    """The mapped columns of a CSV or Parquet file, as text, under the names of their meaning.

    Raises
    ------
    ConfigError
        No such file, not readable, empty, or a mapped column is missing.
    """
    mapped = columns.mapped()
    if not path.is_file():
        raise ConfigError(f"data = {str(path)!r}, must be a CSV or Parquet file")
    try:
        if path.suffix == ".parquet":
            there = pq.read_schema(path).names
        else:
            with pa.csv.open_csv(path) as reader:
                there = reader.schema.names
        missing = [f"{name}: {column}" for name, column in mapped.items() if column not in there]
        if missing:
            raise ConfigError(f"columns.{missing[0]}, must be a column of {path.name}; there are: {', '.join(there)}")
        wanted = list(dict.fromkeys(mapped.values()))
        if path.suffix == ".parquet":
            table = pq.read_table(path, columns=wanted)
        else:
            options = pa.csv.ConvertOptions(
                include_columns=wanted, column_types=dict.fromkeys(wanted, pa.string()), strings_can_be_null=True
            )
            table = pa.csv.read_csv(path, convert_options=options)
    except (pa.ArrowException, UnicodeDecodeError) as error:
        raise ConfigError(f"data = {str(path)!r}, cannot be read: {str(error).splitlines()[0]}") from None
    if not table.num_rows:
        raise ConfigError(f"data = {str(path)!r}, holds no rows")
    texts = {name: pc.cast(table[column], pa.string()).combine_chunks() for name, column in mapped.items()}
    return pa.table({name: pc.utf8_trim_whitespace(text) for name, text in texts.items()})


def by_distinct(text: pa.Array, meaning: Callable[[str], float], dtype: Any = np.float64) -> NDArray[Any]:
    """A function of each text, worked out once for each distinct one; empty ones give nan."""
    coded = text.dictionary_encode()
    values = np.array([meaning(word) if word else np.nan for word in coded.dictionary.to_pylist()] + [np.nan], float)
    codes = np.asarray(pc.fill_null(coded.indices, len(values) - 1))
    return values[codes].astype(dtype)


def parse_instant(columns: Columns) -> Callable[[str], float]:
    """A text as days since 1970-01-01, with the time of day as the fraction; nan if it is not a date."""
    zone = ZoneInfo(columns.timezone) if columns.timezone else None

    def parse(text: str) -> float:
        try:
            when = dt.datetime.strptime(text, columns.date_format) if columns.date_format else dt.datetime.fromisoformat(text)
        except ValueError:
            return np.nan
        if zone is not None and when.tzinfo is not None:
            when = when.astimezone(zone)
        return when.toordinal() - EPOCH + (when.hour * 3600 + when.minute * 60 + when.second) / 86400

    return parse


def number_of(text: str) -> float:
    """A text as a number; nan if it is none."""
    try:
        return float(text)
    except ValueError:
        return np.nan


def codes_of(text: pa.Array) -> tuple[Ints, tuple[str, ...]]:
    """Texts (n,) as codes, -1 where empty, and the text behind each code, by first appearance."""
    coded = text.dictionary_encode()
    names = coded.dictionary.to_pylist()
    codes = np.asarray(pc.fill_null(coded.indices, -1)).astype(np.int64)
    empty = [i for i, name in enumerate(names) if not name]
    return np.where(np.isin(codes, empty), -1, codes), tuple(names)


def statuses_of(text: pa.Array, columns: Columns) -> Ints:
    """What became of each booking; -1 where the file does not say, len(STATUSES) if no pro accepted it."""
    known = (*STATUSES, UNFILLED)
    codes, names = codes_of(text)
    unknown = sorted(name for name in names if name and name not in columns.statuses)
    if unknown:
        raise ConfigError(f"columns.statuses, must say what {columns.status} = {unknown[0]!r} means: {', '.join(known)}")
    meanings = np.array([known.index(columns.statuses[name]) if name else -1 for name in names] + [-1])
    return meanings[codes].astype(np.int64)


def read_visits(path: Path, columns: Columns) -> tuple[Visits, tuple[Issue, ...]]:
    """Read and clean a file of bookings.

    Parameters
    ----------
    path
        ``*.parquet``, or CSV with a header; a row a booking, in any order.
    columns
        Which column is what.

    Returns
    -------
    Visits, tuple of Issue
        Clean bookings, by client and day, and how many rows or clients each rule of cleaning met.

    Raises
    ------
    ConfigError
        See ``read_table``; a status without a meaning; nothing left after cleaning, or fewer than 30 clients with a visit.
    """
    table = read_table(path, columns)
    issues = [Issue(say("rows in the file"), table.num_rows, ROWS)]
    instant = by_distinct(table["date"].combine_chunks(), parse_instant(columns))
    client, _ = codes_of(table["client"].combine_chunks())
    hour = instant % 1 * 24
    day = np.floor(np.where(np.isfinite(instant), instant, -1e9)).astype(np.int64)
    status = np.zeros(len(day), np.int64)
    if "status" in table.column_names:
        status = statuses_of(table["status"].combine_chunks(), columns)

    labels, names, numbers = {}, {}, {}
    for name in LABELS:
        if name in table.column_names:
            labels[name], names[name] = codes_of(table[name].combine_chunks())
    for name, (low, high) in NUMBERS.items():
        if name in table.column_names:
            values = by_distinct(table[name].combine_chunks(), number_of)
            absurd = (values < low) | (values > high)
            if absurd.any():
                what = say("{column} outside {low} to {high}", column=name, low=number(low), high=number(high))
                issues.append(Issue(what, int(absurd.sum()), ROWS, say("value left out")))
            numbers[name] = np.where(absurd, np.nan, values)

    bad = {
        say("no client"): client < 0,
        say("no date, or one that cannot be read"): ~np.isfinite(instant),
        say("date before 1980 or after 2099"): np.isfinite(instant) & ((day < FIRST_DAY) | (day >= LAST_DAY)),
        say("no status"): status < 0,
        say("a request that no pro accepted"): status == len(STATUSES),
    }
    keep = np.ones(len(day), np.bool_)
    for what, rows in bad.items():
        n = int((rows & keep).sum())
        if n:
            issues.append(Issue(what, n, ROWS, LEFT_OUT))
        keep &= ~rows
    if not keep.any():
        raise ConfigError(f"data = {str(path)!r}, holds no usable row: {issues[-1].count} with {issues[-1].what}")
    late = int((np.diff(day[keep]) < 0).sum())
    if late:
        issues.append(Issue(say("earlier than the row before"), late, ROWS, say("sorted by client and day")))

    flagged = np.zeros(len(day), np.bool_)
    if "left_censored" in table.column_names:
        flagged = by_distinct(table["left_censored"].combine_chunks(), truth_of) > 0
    visits = Visits(client, day, status, np.zeros(0, np.bool_), numbers, labels, names, hour, columns.status is not None)
    order = np.lexsort((instant, status, day, client))
    order = order[keep[order]]
    visits, flagged = visits.rows(order), flagged[order]
    same = np.zeros(len(order), np.bool_)
    same[1:] = (np.diff(visits.client) == 0) & (np.diff(visits.day) == 0) & (np.diff(visits.status) == 0)
    alike = same.copy()
    for column in (*visits.numbers.values(), *visits.labels.values(), visits.hour):
        alike[1:] &= (column[1:] == column[:-1]) | (np.isnan(column[1:]) & np.isnan(column[:-1]))
    if alike.any():
        issues.append(Issue(say("the same booking again"), int(alike.sum()), ROWS, LEFT_OUT))
    if (same & ~alike).any():
        what, n = say("further booking of a client on one day"), int((same & ~alike).sum())
        issues.append(Issue(what, n, ROWS, say("one visit a day")))
    visits, flagged = visits.rows(~same), flagged[~same]
    if (visits.hour == 0).all():
        visits = replace(visits, hour=np.full(len(visits.day), np.nan))
    return _finished(visits, flagged, columns, issues, path)


def truth_of(text: str) -> float:
    """1 for a text that says yes, else 0."""
    return float(text.lower() in ("1", "1.0", "true", "yes"))


def _finished(
    visits: Visits, flagged: Flags, columns: Columns, issues: list[Issue], path: Path
) -> tuple[Visits, tuple[Issue, ...]]:
    """Clients numbered from 0 by code, those who may be older than the file marked, and the last lines of the table."""
    known, client = np.unique(visits.client, return_inverse=True)
    visits = replace(visits, client=client.astype(np.int64))
    first = np.full(len(known), LAST_DAY)
    np.minimum.at(first, visits.client, visits.day)
    if columns.left_censored is not None:
        old = np.bincount(visits.client, weights=flagged, minlength=len(known)) > 0
        what = say("clients who may be older than the file (column {column})", column=columns.left_censored)
    else:
        old = first < int(visits.day.min()) + columns.left_censored_days
        what = say("clients who may be older than the file (first seen in the first {days} days)", days=columns.left_censored_days)
    if old.any():
        issues.append(Issue(what, int(old.sum()), say("clients"), say("not among the new clients")))
    visited = len(np.unique(visits.client[visits.status == DONE]))
    if visited < FEWEST_CLIENTS:
        raise ConfigError(f"data = {str(path)!r}, holds {visited} clients with a visit, must hold at least {FEWEST_CLIENTS}")
    done = int((visits.status == DONE).sum())
    issues.append(Issue(say("visits of distinct clients and days"), done, say("visits"), say("{n} clients", n=visited)))
    return replace(visits, left_censored=old), tuple(issues)

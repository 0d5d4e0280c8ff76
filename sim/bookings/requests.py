"""A file of bookings as a stream of requests: who asked, when, for which start and what, and what was done about bad rows.

Every row is a request, whatever became of it. Instants are local wall-clock time, as for visits; days have 24 hours.
"""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Self

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from sim.arrays import Flags, Floats, Ints
from sim.bookings.visits import (
    FIRST_DAY,
    LAST_DAY,
    LEFT_OUT,
    NUMBERS,
    ROWS,
    Columns,
    Issue,
    by_distinct,
    codes_of,
    date_of,
    number_of,
    parse_instant,
    read_table,
    statuses_of,
    truth_of,
)
from sim.config import ConfigError
from sim.said import number, say

DAY, MINUTE = 86400, 60
UNKNOWN = -1
LABELS = ("service", "channel", "zone", "pro")
LONGEST_GAP_DAYS = 183
"""A stream with a longer hole is two streams, or has a mistyped date."""


@dataclass(frozen=True)
class Requests:
    """Requests in the order of the file; each column (n,), -1 where the file does not say."""

    client: Ints
    """0..n_clients - 1, numbered by first appearance in time."""
    asked: Ints
    """When it was asked for, in seconds since 1970-01-01."""
    asked_day: Ints
    """Days since then, when the file gives the day of the request only; else that of ``asked``."""
    start: Ints
    """Wanted start, in seconds since 1970-01-01."""
    start_day: Ints
    """Days since then, when the file gives the day of the start only; else that of ``start``."""
    status: Ints
    """Position in ``STATUSES``; len(STATUSES): no pro accepted it."""
    labels: Mapping[str, Ints]
    """By name of ``LABELS``: codes."""
    names: Mapping[str, tuple[str, ...]]
    """Texts behind the codes."""
    known: Flags
    """(n_clients,) who may be older than the stream."""

    @property
    def day(self) -> Ints:
        """(n,) the day of the request, or of the start where that is not known."""
        return np.where(self.asked_day >= 0, self.asked_day, self.start_day)

    def rows(self, chosen: NDArray[Any]) -> Self:
        """Some of the rows, of the same clients."""
        columns = {name: getattr(self, name)[chosen] for name in ("client", "asked", "asked_day", "start", "start_day", "status")}
        return replace(self, **columns, labels={name: codes[chosen] for name, codes in self.labels.items()})


def _instants(table: pa.Table, name: str, columns: Columns) -> tuple[Ints, Ints, Flags]:
    """Seconds and days since 1970-01-01 of a column, -1 where empty or not usable, and where it is not usable though not empty."""
    n = table.num_rows
    if name not in table.column_names:
        return np.full(n, UNKNOWN), np.full(n, UNKNOWN), np.zeros(n, np.bool_)
    text = table[name].combine_chunks()
    days = by_distinct(text, parse_instant(columns))
    usable = np.isfinite(days)
    usable[usable] = (days[usable] >= FIRST_DAY) & (days[usable] < LAST_DAY)
    filled = by_distinct(text, lambda word: 1.0) == 1.0
    day = np.where(usable, np.floor(np.where(usable, days, 0)), UNKNOWN).astype(np.int64)
    second = np.where(usable, np.rint(np.where(usable, days, 0) * DAY), UNKNOWN).astype(np.int64)
    # a column that never has a time of day gives days
    if not (second[usable] % DAY).any():
        second = np.full(n, UNKNOWN)
    return second, day, filled & ~usable


def read_requests(
    path: Path, columns: Columns, since_day: int | None = None, until_day: int | None = None, drop_late: bool = False
) -> tuple[Requests, tuple[Issue, ...]]:
    """Read and clean a stream of requests.

    Parameters
    ----------
    path
        ``*.parquet``, or CSV with a header; a row a request, in any order.
    columns
        Which column is what. ``date`` is the wanted start, ``requested`` or ``lead_days`` say when it was asked for; a row needs
        one of ``date`` and ``requested``.
    since_day, until_day
        First and last day (since 1970-01-01) that are replayed. Clients who asked before are known clients.
    drop_late
        Leave requests out that were made after their start, instead of refusing them.

    Returns
    -------
    Requests, tuple of Issue
        The requests by instant, and how many rows or clients each rule of cleaning met.

    Raises
    ------
    ConfigError
        See ``read_table``; nothing left; a request after its start; more than 183 days without any.
    """
    table = read_table(path, columns)
    issues = [Issue(say("rows in the file"), table.num_rows, ROWS)]
    client, _ = codes_of(table["client"].combine_chunks())
    start, start_day, bad_start = _instants(table, "date", columns)
    asked, asked_day, bad_asked = _instants(table, "requested", columns)
    if bad_asked.any():
        what = say("time of the request that cannot be read")
        issues.append(Issue(what, int(bad_asked.sum()), ROWS, say("taken as unknown")))
    if bad_start.any():
        what = say("date that cannot be read, or is before 1980 or after 2099")
        issues.append(Issue(what, int(bad_start.sum()), ROWS, LEFT_OUT))
    nameless = client < 0
    if nameless.any():
        issues.append(Issue(say("no client"), int(nameless.sum()), ROWS, LEFT_OUT))
    timeless = (start_day < 0) & (asked_day < 0) & ~bad_start
    if timeless.any():
        issues.append(Issue(say("neither a date nor a time of the request"), int(timeless.sum()), ROWS, LEFT_OUT))
    if "lead_days" in table.column_names:
        lead, absurd = _leads(table["lead_days"].combine_chunks())
        if absurd:
            low, high = map(number, NUMBERS["lead_days"])
            what = say("{column} outside {low} to {high}", column="lead_days", low=low, high=high)
            issues.append(Issue(what, absurd, ROWS, say("time of the request unknown")))
        told = (asked_day < 0) & np.isfinite(lead) & (start_day >= 0)
        exact = told & (start >= 0)
        asked[exact] = start[exact] - np.rint(lead[exact] * DAY).astype(np.int64)
        asked_day[told] = start_day[told] - np.floor(lead[told]).astype(np.int64)
        asked_day[exact] = asked[exact] // DAY

    longest = NUMBERS["lead_days"][1]
    far = (asked_day >= 0) & (start_day - asked_day > longest)
    if far.any():
        what = say("start more than {days} days after the request", days=int(longest))
        issues.append(Issue(what, int(far.sum()), ROWS, say("start unknown")))
        start[far] = start_day[far] = UNKNOWN

    labels, names = {}, {}
    for name in LABELS:
        if name in table.column_names:
            labels[name], names[name] = codes_of(table[name].combine_chunks())
    status = np.full(len(client), UNKNOWN)
    if "status" in table.column_names:
        status = statuses_of(table["status"].combine_chunks(), columns)
    flagged = np.zeros(len(client), np.bool_)
    if "left_censored" in table.column_names:
        flagged = by_distinct(table["left_censored"].combine_chunks(), truth_of) > 0
    found = Requests(client, asked, asked_day, start, start_day, status, labels, names, np.zeros(0, np.bool_))
    keep = ~(nameless | timeless | bad_start)
    keep &= ~_late(found, keep, path, drop_late, issues)
    if not keep.any():
        raise ConfigError(f"data = {str(path)!r}, holds no usable row: {issues[-1].count} with {issues[-1].what}")
    return _finished(found, keep, flagged, columns, issues, path, since_day, until_day)


def _leads(text: pa.Array) -> tuple[Floats, int]:
    """Days from request to start, nan where empty or absurd, and how many are absurd."""
    lead = by_distinct(text, number_of)
    low, high = NUMBERS["lead_days"]
    absurd = (lead < low) | (lead > high)
    return np.where(absurd, np.nan, lead), int(absurd.sum())


def _late(found: Requests, keep: Flags, path: Path, drop: bool, issues: list[Issue]) -> Flags:
    """Requests that were made after their start."""
    exact = (found.asked >= 0) & (found.start >= 0)
    days = (found.asked_day >= 0) & (found.start_day >= 0)
    late: Flags = keep & ((exact & (found.asked > found.start)) | (days & (found.asked_day > found.start_day)))
    if late.any() and not drop:
        row = int(np.flatnonzero(late)[0])
        raise ConfigError(
            f"data = {str(path)!r}, row {row + 1}: asked for at {_instant(found.asked[row], found.asked_day[row])}, must be before"
            f" the start at {_instant(found.start[row], found.start_day[row])}; {int(late.sum())} such rows, which"
            " slot_before_request=left_out leaves out"
        )
    if late.any():
        issues.append(Issue(say("asked for after the start"), int(late.sum()), ROWS, LEFT_OUT))
    return late


def _instant(second: int, day: int) -> str:
    if second < 0:
        return date_of(day)
    return f"{date_of(second // DAY)} {second % DAY // 3600:02d}:{second % 3600 // MINUTE:02d}"


def _finished(
    found: Requests,
    keep: Flags,
    flagged: Flags,
    columns: Columns,
    issues: list[Issue],
    path: Path,
    since_day: int | None,
    until_day: int | None,
) -> tuple[Requests, tuple[Issue, ...]]:
    """Sorted by instant, duplicates out, cut to the days wanted, clients numbered, and known clients marked."""
    asked_key = np.where(found.asked >= 0, found.asked, found.asked_day * DAY)
    start_key = np.where(found.start >= 0, found.start, found.start_day * DAY)
    instant = np.where(found.asked_day >= 0, asked_key, start_key)
    rows = np.flatnonzero(keep)
    order = rows[np.lexsort((start_key[rows], instant[rows]))]
    by_client = order[np.argsort(found.client[order], kind="stable")]
    again = np.zeros(len(found.client), np.bool_)
    same = np.ones(len(by_client) - 1, np.bool_)
    for column in (found.client, instant, start_key):
        same &= np.diff(column[by_client]) == 0
    again[by_client[1:]] = same
    if same.any():
        timed = bool((found.start >= 0).any())
        what = say("the same request again") if timed else say("further row of a client on one day")
        issues.append(Issue(what, int(same.sum()), ROWS, say("one request")))
    order = order[~again[order]]
    found, flagged = found.rows(order), flagged[order]
    day = found.day
    if columns.left_censored is not None:
        old_clients = np.unique(found.client[flagged])
        older = say("clients who may be older than the file (column {column})", column=columns.left_censored)
    else:
        old_clients = np.unique(found.client[day < int(day.min()) + columns.left_censored_days])
        older = say("clients who may be older than the file (first seen in the first {days} days)", days=columns.left_censored_days)
    inside = _within(day, since_day, until_day, path)
    if not inside.all():
        n, done = int((~inside).sum()), say("left out; clients from before are known")
        issues.append(Issue(say("outside since and until"), n, ROWS, done))
    if since_day is not None:
        old_clients = np.union1d(old_clients, found.client[day < since_day])
    found = found.rows(inside)
    _refuse_holes(found.day, path)
    codes, first = np.unique(found.client, return_index=True)
    position = np.zeros(int(codes.max()) + 1, np.int64)
    position[codes[np.argsort(first)]] = np.arange(len(codes))
    known = np.zeros(len(codes), np.bool_)
    known[position[np.intersect1d(codes, old_clients)]] = True
    if known.any():
        issues.append(Issue(older, int(known.sum()), say("clients"), say("known clients, not among the new ones")))
    clients = say("{n} clients", n=number(len(codes), ","))
    issues.append(Issue(say("usable requests"), len(found.client), say("requests"), clients))
    return replace(found, client=position[found.client], known=known), tuple(issues)


def _within(day: Ints, since_day: int | None, until_day: int | None, path: Path) -> Flags:
    first, last = int(day.min()), int(day.max())
    for key, value in (("since", since_day), ("until", until_day)):
        if value is not None and not first <= value <= last:
            days = f"{date_of(first)} to {date_of(last)}"
            raise ConfigError(f"{key} = {date_of(value)}, must lie within {days}, the days of {path.name}")
    return np.asarray((day >= (first if since_day is None else since_day)) & (day <= (last if until_day is None else until_day)))


def _refuse_holes(day: Ints, path: Path) -> None:
    days = np.unique(day)
    gaps = np.diff(days)
    if len(gaps) and gaps.max() > LONGEST_GAP_DAYS:
        at = int(gaps.argmax())
        raise ConfigError(
            f"data = {str(path)!r}, has no request from {date_of(days[at])} to {date_of(days[at + 1])}, must have no hole of more"
            f" than {LONGEST_GAP_DAYS} days: is a date mistyped? since=DATE or until=DATE keeps one side"
        )


def file_digest(path: Path) -> str:
    """SHA-256 of a file's bytes (64 hex digits)."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()

"""A file of bookings as a stream of requests: who asked, when, for which start and what, and what was done about bad rows.

Every row is a request, whatever became of it. Instants are local wall-clock time, as for visits; days have 24 hours.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from sim.arrays import Flags, Ints
from sim.bookings.columns import NUMBERS, Columns
from sim.bookings.instants import MISSING, Instants
from sim.bookings.rows import DAY, DROPPED, LONGEST_GAP_DAYS, REASONS, ROWS, Issue, Rows, date_of, days
from sim.config import ConfigError
from sim.said import number, say

MINUTE = 60
UNKNOWN = -1


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
    code: Ints
    """(n_clients,) code of each client among the rows of the file."""

    @property
    def day(self) -> Ints:
        """(n,) the day of the request, or of the start where that is not known."""
        return np.where(self.asked_day >= 0, self.asked_day, self.start_day)

    def rows(self, chosen: NDArray[Any]) -> Self:
        """Some of the rows, of the same clients."""
        columns = {name: getattr(self, name)[chosen] for name in ("client", "asked", "asked_day", "start", "start_day", "status")}
        return replace(self, **columns, labels={name: codes[chosen] for name, codes in self.labels.items()})


def _seconds(found: Instants) -> tuple[Ints, Ints]:
    """Seconds (of columns with times of day) and days since 1970-01-01, -1 where there is none."""
    there = found.second != MISSING
    day = np.where(there, days(found.second), UNKNOWN)
    return np.where(there & found.timed, found.second, UNKNOWN), day


def requests_of(
    rows: Rows, since_day: int | None = None, until_day: int | None = None, drop_late: bool = False
) -> tuple[Requests, tuple[Issue, ...]]:
    """The stream of requests in the rows of a file.

    Parameters
    ----------
    rows
        ``date`` is the wanted start, ``requested`` or ``lead_days`` say when it was asked for; a row needs one of ``date`` and
        ``requested``.
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
        Nothing left; a request after its start; more than 183 days without any.
    """
    issues: list[Issue] = []
    start, start_day = _seconds(rows.start)
    asked, asked_day = np.full((2, len(start)), UNKNOWN)
    if rows.asked is not None:
        asked, asked_day = _seconds(rows.asked)
    if "lead_days" in rows.numbers:
        lead = rows.numbers["lead_days"]
        told = (asked_day < 0) & np.isfinite(lead) & (start_day >= 0)
        exact = told & (start >= 0)
        asked[exact] = start[exact] - np.rint(lead[exact] * DAY).astype(np.int64)
        asked_day[told] = start_day[told] - np.floor(lead[told]).astype(np.int64)
        asked_day[exact] = asked[exact] // DAY
    longest = NUMBERS["lead_days"][1]
    # a request is one whether or not the file says what became of it
    keep = rows.used | (rows.fate == list(REASONS).index("no_status"))
    far = keep & (asked_day >= 0) & (start_day - asked_day > longest)
    if far.any():
        what = say("start more than {days} days after the request", days=int(longest))
        issues.append(Issue(what, int(far.sum()), ROWS, say("start unknown")))
        start[far] = start_day[far] = UNKNOWN
    late = _late(rows, asked, start, asked_day, start_day, keep)
    if late.any() and not drop_late:
        row = int(np.flatnonzero(late)[0])
        when, begins = _instant(asked[row], asked_day[row]), _instant(start[row], start_day[row])
        raise ConfigError(
            f"data = {rows.source!r}, row {row + 1}: asked for at {when}, must be before the start at {begins}; {int(late.sum())}"
            " such rows, which slot_before_request=left_out leaves out"
        )
    if late.any():
        issues.append(Issue(say("asked for after the start"), int(late.sum()), ROWS, DROPPED))
    keep &= ~late
    if not keep.any():
        raise ConfigError(f"data = {rows.source!r}, holds no usable row: {issues[-1].count} with {issues[-1].what}")
    # in the repeated hour of autumn the clock may show a request after its start
    both = (asked >= 0) & (start >= 0)
    asked = np.where(both, np.minimum(asked, start), asked)
    status = rows.status if rows.has_status else np.full(len(start), UNKNOWN)
    found = Requests(
        rows.client, asked, asked_day, start, start_day, status, rows.labels, rows.names,
        known=np.zeros(0, np.bool_), code=np.zeros(0, np.int64),
    )  # fmt: skip
    return _finished(found, keep, rows, issues, since_day, until_day)


def _late(rows: Rows, asked: Ints, start: Ints, asked_day: Ints, start_day: Ints, keep: Flags) -> Flags:
    """Requests that were made after their start, in true time where both are known to the second."""
    exact = (asked >= 0) & (start >= 0)
    later = asked > start
    if rows.asked is not None:
        known = exact & (rows.asked.utc != MISSING) & (rows.start.utc != MISSING)
        later = np.where(known, rows.asked.utc > rows.start.utc, later)
    dated = ~exact & (asked_day >= 0) & (start_day >= 0) & (asked_day > start_day)
    return np.asarray(keep & ((exact & later) | dated))


def _instant(second: int, day: int) -> str:
    if second < 0:
        return date_of(day)
    return f"{date_of(second // DAY)} {second % DAY // 3600:02d}:{second % 3600 // MINUTE:02d}"


def _finished(
    found: Requests, keep: Flags, rows: Rows, issues: list[Issue], since_day: int | None, until_day: int | None
) -> tuple[Requests, tuple[Issue, ...]]:
    """Sorted by instant, lines of one request merged, cut to the days wanted, clients numbered, and known clients marked."""
    columns: Columns = rows.columns
    asked_key = np.where(found.asked >= 0, found.asked, found.asked_day * DAY)
    start_key = np.where(found.start >= 0, found.start, found.start_day * DAY)
    instant = np.where(found.asked_day >= 0, asked_key, start_key)
    chosen = np.flatnonzero(keep)
    price = np.nan_to_num(rows.numbers.get("price", np.zeros(len(keep))), nan=-1.0)
    ties = (rows.labels[name][chosen] for name in sorted(rows.labels))
    order = chosen[np.lexsort((*ties, found.client[chosen], -price[chosen], start_key[chosen], instant[chosen]))]
    by_client = order[np.argsort(found.client[order], kind="stable")]
    same = np.ones(len(by_client) - 1, np.bool_)
    for column in (found.client, instant, start_key):
        same &= np.diff(column[by_client]) == 0
    if rows.order is not None:
        # lines of one order are one request even at different times, which is that of the first of them
        by_order = order[np.argsort(rows.order[order], kind="stable")]
        again = np.r_[False, np.diff(rows.order[by_order]) == 0] & (rows.order[by_order] >= 0)
        further = np.zeros(len(keep), np.bool_)
        further[by_order] = again
        same |= further[by_client[1:]]
    again = np.zeros(len(keep), np.bool_)
    again[by_client[1:]] = same
    if same.any():
        timed = bool((found.start >= 0).any())
        what = say("further line of a request") if timed else say("further row of a client on one day")
        issues.append(Issue(what, int(same.sum()), ROWS, say("one request")))
    order = order[~again[order]]
    found, flagged = found.rows(order), rows.old[order]
    day = found.day
    if columns.left_censored is not None:
        old_clients = np.unique(found.client[flagged])
        older = say("clients who may be older than the file (column {column})", column=columns.left_censored)
    else:
        old_clients = np.unique(found.client[day < int(day.min()) + columns.left_censored_days])
        older = say("clients who may be older than the file (first seen in the first {days} days)", days=columns.left_censored_days)
    inside = _within(day, since_day, until_day, rows.source)
    if not inside.all():
        n, done = int((~inside).sum()), say("left out; clients from before are known")
        issues.append(Issue(say("outside since and until"), n, ROWS, done))
    if since_day is not None:
        old_clients = np.union1d(old_clients, found.client[day < since_day])
    found = found.rows(inside)
    _refuse_holes(found.day, rows.source)
    codes, first = np.unique(found.client, return_index=True)
    position = np.zeros(int(codes.max()) + 1, np.int64)
    position[codes[np.argsort(first)]] = np.arange(len(codes))
    known = np.zeros(len(codes), np.bool_)
    known[position[np.intersect1d(codes, old_clients)]] = True
    if known.any():
        issues.append(Issue(older, int(known.sum()), say("clients"), say("known clients, not among the new ones")))
    clients = say("{n} clients", n=number(len(codes), ","))
    issues.append(Issue(say("usable requests"), len(found.client), say("requests"), clients))
    code = codes[np.argsort(first)]
    return replace(found, client=position[found.client], known=known, code=code), tuple(issues)


def _within(day: Ints, since_day: int | None, until_day: int | None, source: str) -> Flags:
    first, last = int(day.min()), int(day.max())
    for key, value in (("since", since_day), ("until", until_day)):
        if value is not None and not first <= value <= last:
            inside = f"{date_of(first)} to {date_of(last)}"
            raise ConfigError(f"{key} = {date_of(value)}, must lie within {inside}, the days of {source}")
    return np.asarray((day >= (first if since_day is None else since_day)) & (day <= (last if until_day is None else until_day)))


def _refuse_holes(day: Ints, source: str) -> None:
    there = np.unique(day)
    gaps = np.diff(there)
    if len(gaps) and gaps.max() > LONGEST_GAP_DAYS:
        at = int(gaps.argmax())
        raise ConfigError(
            f"data = {source!r}, has no request from {date_of(there[at])} to {date_of(there[at + 1])}, must have no hole of more"
            f" than {LONGEST_GAP_DAYS} days: is a date mistyped? since=DATE or until=DATE keeps one side"
        )

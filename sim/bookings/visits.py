"""Visits of a file of bookings: one a client and day, by client and day, and what was merged to get them."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from sim.arrays import Flags, Floats, Ints
from sim.bookings.columns import DONE, MEANINGS, NUMBERS, UNFILLED
from sim.bookings.instants import MISSING
from sim.bookings.rows import DAY, DROPPED, LAST_DAY, ROWS, Issue, Rows, days
from sim.config import ConfigError
from sim.said import say

FEWEST_CLIENTS = 30
RETURN_DAYS = 183
"""Clients who come again within so many days have returned."""
REBOOK_DAYS = 14
"""A booking that did not take place and the next one at most so many days later are one need: assumption."""
ADDED = ("price", "duration_minutes")
"""Numbers that add up over the lines of a visit; of the others the first is taken."""


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
    code: Ints = field(default_factory=lambda: np.zeros(0, np.int64))
    """(n_clients,) code of each client among the rows of the file; empty for bookings that are from no file."""

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

    def new_first(self) -> Flags:
        """(n,) The first row of each client who is not older than the file."""
        first = np.ones(len(self.client), np.bool_)
        first[1:] = np.diff(self.client) != 0
        return first & ~self.left_censored[self.client]

    def gap_days(self) -> Floats:
        """(n,) Days to the client's next row; inf where there is none."""
        gap = np.full(len(self.day), np.inf)
        gap[:-1] = np.where(np.diff(self.client) == 0, np.diff(self.day), np.inf)
        return gap

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


def visits_of(rows: Rows) -> tuple[Visits, tuple[Issue, ...]]:
    """Visits, and bookings that came to nothing, from the rows of a file.

    Rows of one client and day that ended alike are one: prices and durations add up, the service is that of the dearest line.

    Returns
    -------
    Visits, tuple of Issue
        Bookings by client and day, and how many rows or clients each rule met.

    Raises
    ------
    ConfigError
        No row is a visit or a booking with a date.
    """
    issues = []
    second = rows.start.second if rows.order is None else _first_of_order(rows)
    unfilled = rows.used & (rows.status == MEANINGS.index(UNFILLED))
    if unfilled.any():
        issues.append(Issue(say("a request that no pro accepted"), int(unfilled.sum()), ROWS, DROPPED))
    dateless = rows.used & ~unfilled & (second == MISSING)
    if dateless.any():
        issues.append(Issue(say("a request without a date of the visit"), int(dateless.sum()), ROWS, DROPPED))
    if rows.asked is not None:
        lost = rows.used & rows.start.there & rows.asked.there & np.isnan(rows.numbers["lead_days"])
        if lost.any():
            what = say("asked for after the visit, or more than {days} days before it", days=int(NUMBERS["lead_days"][1]))
            issues.append(Issue(what, int(lost.sum()), ROWS, say("lead time unknown")))
    chosen = np.flatnonzero(rows.used & ~unfilled & ~dateless)
    if not len(chosen):
        raise ConfigError(f"data = {rows.source!r}, holds no visit: {', '.join(f'{issue.count} {issue.what}' for issue in issues)}")
    day = days(second)
    late = int((np.diff(day[chosen]) < 0).sum())
    if late:
        issues.append(Issue(say("earlier than the row before"), late, ROWS, say("sorted by client and day")))
    chosen, same = _in_order(rows, chosen, day, second)
    if same.any():
        lines = same & np.r_[False, np.diff(second[chosen]) == 0] if rows.start.timed else np.zeros(len(same), np.bool_)
        for what, n in (
            (say("further line of a visit"), int(lines.sum())),
            (say("further booking of a client on one day"), int((same & ~lines).sum())),
        ):
            if n:
                issues.append(Issue(what, n, ROWS, say("one visit: prices add up, the dearest service counts")))
    merged, old = _merged(rows, chosen, same, second)
    return _finished(merged, old, rows, issues)


def _in_order(rows: Rows, chosen: Ints, day: Ints, second: Ints) -> tuple[Ints, Flags]:
    """Chosen rows by client, day, status and start, and whether each goes on with the visit of the row before.

    Those of one visit follow one another by all that the file says, so that their order in the file does not matter.
    """
    days_from = day[chosen]
    days_from -= days_from.min()
    # one number a visit: sorting by it alone takes a fifth of the time and memory of sorting by all columns
    visit = rows.client[chosen] * (int(days_from.max()) + 1) + days_from
    visit *= len(MEANINGS) + 1
    visit += rows.status[chosen] + 1
    order = np.argsort(visit, kind="stable")
    visit = visit[order]
    same = np.r_[False, visit[1:] == visit[:-1]]
    chosen = chosen[order]
    shared = np.flatnonzero(same | np.r_[same[1:], False])
    ours = chosen[shared]
    ties = [rows.numbers[name][ours] for name in sorted(rows.numbers)] + [rows.labels[name][ours] for name in sorted(rows.labels)]
    chosen[shared] = ours[np.lexsort((*ties, second[ours], visit[shared]))]
    return chosen, same


def _visits(rows: Rows, chosen: Ints, second: Ints) -> Visits:
    """Some rows as they are."""
    start = second[chosen]
    return Visits(
        client=rows.client[chosen],
        day=days(start),
        status=rows.status[chosen],
        left_censored=np.zeros(0, np.bool_),
        numbers={name: values[chosen] for name, values in rows.numbers.items()},
        labels={name: codes[chosen] for name, codes in rows.labels.items()},
        names=rows.names,
        hour=start % DAY / 3600 if rows.start.timed else np.full(len(chosen), np.nan),
        has_status=rows.has_status,
    )


def _merged(rows: Rows, chosen: Ints, same: Flags, second: Ints) -> tuple[Visits, Flags]:
    """One row a visit, and whether the file says that its client may be older (n,)."""
    visits, old = _visits(rows, chosen[~same], second), rows.old[chosen[~same]]
    shared = np.flatnonzero(same | np.r_[same[1:], False])
    if not len(shared):
        return visits, old
    starts = np.flatnonzero(~same[shared])
    joined = _joined(_visits(rows, chosen[shared], second), starts)
    # the visits among all that several rows make
    several = np.cumsum(~same)[shared[starts]] - 1
    for name, values in joined.numbers.items():
        visits.numbers[name][several] = values
    for name, codes in joined.labels.items():
        visits.labels[name][several] = codes
    old[several] = np.maximum.reduceat(rows.old[chosen[shared]], starts)
    return visits, old


def _first_of_order(rows: Rows) -> Ints:
    """(n,) start of the first line of each row's order."""
    assert rows.order is not None  # noqa: S101
    second = rows.start.second.copy()
    there = rows.used & (rows.order >= 0) & (second != MISSING)
    first = np.full(int(rows.order.max(initial=-1)) + 1, np.iinfo(np.int64).max)
    np.minimum.at(first, rows.order[there], second[there])
    second[there] = first[rows.order[there]]
    return second


def _joined(visits: Visits, starts: Ints) -> Visits:
    """One row for each run of rows that begins at ``starts``."""
    group = np.repeat(np.arange(len(starts)), np.diff(np.r_[starts, len(visits.day)]))
    numbers = {}
    for name, values in visits.numbers.items():
        known = np.isfinite(values)
        if name in ADDED:
            sums = np.bincount(group, weights=np.where(known, values, 0), minlength=len(starts))
            numbers[name] = np.where(np.bincount(group, weights=known, minlength=len(starts)) > 0, sums, np.nan)
        else:
            numbers[name] = np.r_[values, np.nan][_first_known(known, group, starts)]
    price = visits.numbers.get("price", np.zeros(len(group)))
    labels = {}
    for name, codes in visits.labels.items():
        if name == "service":
            # the dearest line that names one; of equals the first
            rank = np.where(codes >= 0, np.nan_to_num(price, nan=-1.0), -np.inf)
            best = np.lexsort((np.arange(len(group)), -rank, group))
            labels[name] = codes[best[starts]]
        else:
            labels[name] = np.r_[codes, -1][_first_known(codes >= 0, group, starts)]
    return replace(visits.rows(starts), numbers=numbers, labels=labels)


def _first_known(known: Flags, group: Ints, starts: Ints) -> Ints:
    """Position of the first known row of each group; behind the last row where there is none."""
    position = np.where(known, np.arange(len(group)), len(group))
    return np.minimum.reduceat(position, starts)


def _finished(visits: Visits, old_row: Flags, rows: Rows, issues: list[Issue]) -> tuple[Visits, tuple[Issue, ...]]:
    """Clients numbered from 0 by code, those who may be older than the file marked, and the last lines of the table."""
    columns = rows.columns
    known, client = np.unique(visits.client, return_inverse=True)
    visits = replace(visits, client=client.astype(np.int64))
    first = np.full(len(known), LAST_DAY)
    np.minimum.at(first, visits.client, visits.day)
    if columns.left_censored is not None:
        old = np.bincount(visits.client, weights=old_row, minlength=len(known)) > 0
        what = say("clients who may be older than the file (column {column})", column=columns.left_censored)
    else:
        old = first < int(visits.day.min()) + columns.left_censored_days
        what = say("clients who may be older than the file (first seen in the first {days} days)", days=columns.left_censored_days)
    if old.any():
        issues.append(Issue(what, int(old.sum()), say("clients"), say("not among the new clients")))
    done = visits.status == DONE
    n = len(np.unique(visits.client[done]))
    issues.append(Issue(say("visits of distinct clients and days"), int(done.sum()), say("visits"), say("{n} clients", n=n)))
    return replace(visits, left_censored=old, code=known), tuple(issues)


def check_enough(visits: Visits, source: str) -> None:
    """Refuse a file of which nothing can be fitted.

    Raises
    ------
    ConfigError
        Fewer than 30 clients with a visit.
    """
    n = len(np.unique(visits.client[visits.status == DONE]))
    if n < FEWEST_CLIENTS:
        raise ConfigError(f"data = {source!r}, holds {n} clients with a visit, must hold at least {FEWEST_CLIENTS}")

"""The pros of a file of bookings: how many there were when, on which days and hours they worked, and what they did.

A file of bookings shows when a pro was booked, not when there was nobody to be served. So the hours are those between which nearly
all of a pro's bookings lay, on the weekdays on which there were some: what was never booked counts as not worked, and a day off
within the hours counts as worked. A replay and a market that is fitted to the file read the team alike.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from sim.arrays import Flags, Ints
from sim.bookings.columns import STATUSES
from sim.bookings.requests import Requests
from sim.bookings.rows import DAY

SLOT = 1800
RARE_SHARE = 0.05
"""A weekday with a smaller share of a pro's bookings, or with only one of them, is not a working day: assumption."""
TAIL_SHARE = 0.025
"""Share of bookings that may begin before or end after the hours, each: assumption."""
SETTLED_DAYS = 28
"""Pros seen so early in the file were there before it, and those seen so late were there after it: assumption."""
SETTLED_GAPS = 3
"""So were those whose first or last booking lies no further from either end than so many mean gaps of theirs: assumption."""


@dataclass(frozen=True)
class Booked:
    """Bookings that a pro accepted, (n,) each."""

    pro: Ints
    """Codes, none of them -1."""
    day: Ints
    """Since 1970-01-01."""
    slot: Ints
    """Half hour of the day at which each begins; -1: the file gives only the day."""
    slots: Ints
    """Half hours that each takes."""
    labels: Mapping[str, tuple[Ints, int]]
    """Of ``service`` and ``zone``, those that the file has: codes (-1: none), and how many there are."""


@dataclass(frozen=True)
class Team:
    """The pros of a file, by first booking."""

    pro: Ints
    """(n_pros,) codes."""
    bookings: Ints
    """(n_pros,) how many each had."""
    first_day: Ints
    """(n_pros,) day since 1970-01-01 of the first booking, -1: there from the start."""
    last_day: Ints
    """(n_pros,) day of the last one, -1: there until the end."""
    days: Flags
    """(n_pros, 7) weekdays, from Monday on."""
    work: Ints
    """(n_pros, 7) half hours worked as bits; 0 throughout without times of day."""
    services: Flags
    """(n_pros, n_services of the file); (n_pros, 0) if it has none."""
    zones: Flags
    """Likewise."""

    def days_there(self, begin: int, end: int) -> Ints:
        """(n_pros,) Days from ``begin`` to ``end``, both within the file, on which each pro was there."""
        joined = np.where(self.first_day < 0, begin, self.first_day)
        left = np.where(self.last_day < 0, end, self.last_day)
        return np.maximum(np.minimum(left, end) - np.maximum(joined, begin) + 1, 0)


def read_team(requests: Requests, session_slots: Ints) -> Team:
    """The pros behind the requests that one of them accepted.

    Parameters
    ----------
    requests
        With a label ``pro``.
    session_slots
        (n,) half hours that each request takes.
    """
    rows = np.flatnonzero((requests.labels["pro"] >= 0) & (requests.status < len(STATUSES)) & (requests.start_day >= 0))
    start = requests.start[rows]
    booked = Booked(
        pro=requests.labels["pro"][rows],
        day=requests.start_day[rows],
        slot=np.where(start >= 0, start % DAY // SLOT, -1),
        slots=session_slots[rows],
        labels={
            name: (requests.labels[name][rows], len(requests.names[name]))
            for name in ("service", "zone")
            if name in requests.labels
        },
    )
    return team_of(booked, int(requests.day.min()), int(requests.day.max()))


def team_of(booked: Booked, begin: int, end: int) -> Team:
    """The pros behind some bookings of a file whose first and last day are ``begin`` and ``end``."""
    codes, pro = np.unique(booked.pro, return_inverse=True)
    n, day = len(codes), booked.day
    first, last = np.full(n, day.max(initial=0)), np.full(n, -1)
    np.minimum.at(first, pro, day)
    np.maximum.at(last, pro, day)
    counts = np.zeros((n, 7), np.int64)
    np.add.at(counts, (pro, (day + 3) % 7), 1)
    usual = (counts >= 2) & (counts >= RARE_SHARE * counts.sum(axis=1, keepdims=True))
    days = np.where(usual.any(axis=1, keepdims=True), usual, counts > 0)
    timed = booked.slot >= 0
    work = np.zeros((n, 7), np.int64)
    if timed.any():
        slot, taken = booked.slot[timed], booked.slots[timed]
        by_pro = np.argsort(pro[timed], kind="stable")
        bounds = np.searchsorted(pro[timed][by_pro], np.arange(n + 1))
        for p in range(n):
            mine = by_pro[bounds[p] : bounds[p + 1]]
            if len(mine):
                opens = int(np.quantile(slot[mine], TAIL_SHARE, method="lower"))
                closes = int(np.quantile(slot[mine] + taken[mine], 1 - TAIL_SHARE, method="higher"))
                work[p] = np.where(days[p], ((1 << min(closes - opens, 48 - opens)) - 1) << opens, 0)
    n_bookings = counts.sum(axis=1)
    settled = np.maximum(SETTLED_DAYS, SETTLED_GAPS * (last - first) / np.maximum(n_bookings - 1, 1))
    order = np.argsort(first, kind="stable")
    return Team(
        pro=codes[order],
        bookings=n_bookings[order],
        first_day=np.where(first < begin + settled, -1, first)[order],
        last_day=np.where(last > end - settled, -1, last)[order],
        days=days[order],
        work=work[order],
        services=_met(booked, "service", pro, n)[order],
        zones=_met(booked, "zone", pro, n)[order],
    )


def _met(booked: Booked, name: str, pro: Ints, n: int) -> Flags:
    """Which labels each pro's bookings had, (n, number of labels)."""
    if name not in booked.labels:
        return np.zeros((n, 0), np.bool_)
    code, n_labels = booked.labels[name]
    met = np.zeros((n, n_labels), np.bool_)
    met[pro[code >= 0], code[code >= 0]] = True
    return met

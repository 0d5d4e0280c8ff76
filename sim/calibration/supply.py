"""The pros of a file of bookings: how many there were when, on which days and hours they worked, and what they did.

A file of bookings shows when a pro was booked, not when there was nobody to be served. So the hours are those between which nearly
all of a pro's bookings lay, on the weekdays on which there were some: what was never booked counts as not worked, and a day off
within the hours counts as worked.
"""

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


@dataclass(frozen=True)
class Team:
    """The pros of a file, by first booking; codes are those of the requests' label ``pro``."""

    pro: Ints
    """(n_pros,) codes."""
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
    codes, pro = np.unique(requests.labels["pro"][rows], return_inverse=True)
    n = len(codes)
    day = requests.start_day[rows]
    first, last = np.full(n, day.max(initial=0)), np.full(n, -1)
    np.minimum.at(first, pro, day)
    np.maximum.at(last, pro, day)
    begin, end = int(requests.day.min()), int(requests.day.max())
    weekday = (day + 3) % 7
    counts = np.zeros((n, 7), np.int64)
    np.add.at(counts, (pro, weekday), 1)
    usual = (counts >= 2) & (counts >= RARE_SHARE * counts.sum(axis=1, keepdims=True))
    days = np.where(usual.any(axis=1, keepdims=True), usual, counts > 0)
    start = requests.start[rows]
    timed = start >= 0
    work = np.zeros((n, 7), np.int64)
    if timed.any():
        slot, taken = start[timed] % DAY // SLOT, session_slots[rows][timed]
        by_pro = np.argsort(pro[timed], kind="stable")
        bounds = np.searchsorted(pro[timed][by_pro], np.arange(n + 1))
        for p in range(n):
            mine = by_pro[bounds[p] : bounds[p + 1]]
            if len(mine):
                opens = int(np.quantile(slot[mine], TAIL_SHARE, method="lower"))
                closes = int(np.quantile(slot[mine] + taken[mine], 1 - TAIL_SHARE, method="higher"))
                work[p] = np.where(days[p], ((1 << min(closes - opens, 48 - opens)) - 1) << opens, 0)
    order = np.argsort(first, kind="stable")
    return Team(
        pro=codes[order],
        first_day=np.where(first < begin + SETTLED_DAYS, -1, first)[order],
        last_day=np.where(last > end - SETTLED_DAYS, -1, last)[order],
        days=days[order],
        work=work[order],
        services=_met(requests, "service", rows, pro, n)[order],
        zones=_met(requests, "zone", rows, pro, n)[order],
    )


def _met(requests: Requests, name: str, rows: Ints, pro: Ints, n: int) -> Flags:
    """Which labels each pro's bookings had, (n, number of labels)."""
    if name not in requests.labels:
        return np.zeros((n, 0), np.bool_)
    code = requests.labels[name][rows]
    met = np.zeros((n, len(requests.names[name])), np.bool_)
    met[pro[code >= 0], code[code >= 0]] = True
    return met

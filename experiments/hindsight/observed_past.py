"""What was known of the pros of a file at each weekly refresh, in the terms of scores and allocators."""

from dataclasses import dataclass

import numpy as np

from experiments.bookings.opened import Bookings
from sim.arrays import Flags, Floats, Ints
from sim.bookings.candidates import Candidates
from sim.bookings.columns import CANCELLED_BY_PRO, DONE, MEANINGS, UNFILLED
from sim.bookings.rows import DAY
from sim.config import Market
from sim.shadow.past import Firsts, Past, Sessions, in_time

MONDAY = 4
"""Days from 1970-01-01, a Thursday, to the first Monday."""
HOURS = 35.0
"""A week of every pro: a file does not say it."""


@dataclass(frozen=True)
class Booked:
    """Bookings of a file that a pro accepted, by client and instant; (b,) each, days since the file's first Monday."""

    row: Ints
    """In the file."""
    client: Ints
    pro: Ints
    """-1 where the file does not say."""
    asked: Floats
    """When it was made; the visit's own day where the file does not say."""
    start: Floats
    is_done: Flags
    first: Flags
    """The client's first in the file."""
    zero: int
    """The Monday, in days since 1970-01-01."""
    last: float
    """Last instant of the file at which a booking was made."""

    def next_days(self) -> Floats:
        """(b,) when the same client's next booking was made; inf for none."""
        following = np.full(len(self.client), np.inf)
        following[:-1] = np.where(np.diff(self.client) == 0, self.asked[1:], np.inf)
        return following


def booked_of(bookings: Bookings) -> Booked:
    """Accepted bookings, lines of one visit as one, each at the instant at which it was made."""
    rows = bookings.rows
    start = np.where(rows.start.there, rows.start.second / DAY, np.nan)
    asked = np.array(start)
    if "lead_days" in rows.numbers:
        asked = np.where(np.isfinite(rows.numbers["lead_days"]), start - rows.numbers["lead_days"], asked)
    if rows.asked is not None:
        asked = np.where(rows.asked.there, rows.asked.second / DAY, asked)
    used = rows.used & (rows.status != MEANINGS.index(UNFILLED)) & np.isfinite(asked) & (rows.client >= 0)
    row = np.flatnonzero(used)
    row = row[np.lexsort((row, np.nan_to_num(start[row]), asked[row], rows.client[row]))]
    # lines of one visit: made and starting at the same instant, or of one order
    same = (np.diff(rows.client[row]) == 0) & (np.diff(asked[row]) == 0) & (np.diff(np.nan_to_num(start[row])) == 0)
    if rows.order is not None:
        order = rows.order[row]
        same |= (np.diff(rows.client[row]) == 0) & (np.diff(order) == 0) & (order[1:] >= 0)
    row = row[np.r_[True, ~same]] if len(row) else row
    zero = int((np.floor(asked[row].min()) - MONDAY) // 7 * 7 + MONDAY) if len(row) else 0
    client = rows.client[row]
    done = rows.status[row] == DONE if rows.has_status else np.ones(len(row), bool)
    begins = np.where(np.isfinite(start[row]), start[row], asked[row])
    return Booked(
        row=row,
        client=client,
        pro=rows.labels["pro"][row],
        asked=asked[row] - zero,
        start=begins - zero,
        is_done=done,
        first=np.r_[True, np.diff(client) != 0] if len(row) else np.zeros(0, bool),
        zero=zero,
        last=float(asked[row].max() - zero) if len(row) else 0.0,
    )


def past_of_file(bookings: Bookings, booked: Booked, candidates: Candidates, market: Market) -> Past:
    """The history of the file's pros, with a refresh each week.

    What a file does not say is taken as alike for all pros: hours of work, and offers, which are taken to be the bookings accepted.
    A pro is there from the first booking or candidacy to the last. A session counts from its start.
    """
    rows, n_pros = bookings.rows, len(candidates.names)
    known = booked.pro >= 0
    named = np.searchsorted(booked.row, candidates.rows, sorter=(by_row := np.argsort(booked.row)))
    days = np.repeat(booked.asked[by_row[named]], candidates.counts)
    seen_pro, seen = np.r_[candidates.pros, booked.pro[known]], np.r_[days, booked.asked[known]]
    first, last = np.full(n_pros, np.inf), np.full(n_pros, -np.inf)
    np.minimum.at(first, seen_pro, seen)
    np.maximum.at(last, seen_pro, seen)
    refreshes = np.r_[0.0, np.arange(market.refresh_weekday or 7, booked.last + 1, 7)]
    cancelled = (rows.status[booked.row] == CANCELLED_BY_PRO) & known
    accepted = in_time(booked.pro[known], booked.asked[known])
    return Past(
        refresh_days=refreshes,
        active=(first <= refreshes[:, None]) & (last >= refreshes[:, None]),
        joined_days=first,
        weekly_hours=np.full(n_pros, HOURS),
        firsts=_firsts(booked),
        sessions=_sessions(bookings, booked, market),
        cancellations=in_time(booked.pro[cancelled], booked.start[cancelled]),
        accepted=accepted,
        offers=np.stack([accepted.count(day, n_pros) for day in refreshes]),
    )


def _sessions(bookings: Bookings, booked: Booked, market: Market) -> Sessions:
    """Sessions that took place, by their start."""
    numbers, n = bookings.rows.numbers, len(bookings.rows.client)
    done = np.flatnonzero(booked.is_done & (booked.pro >= 0))
    done = done[np.argsort(booked.start[done], kind="stable")]
    late = np.nan_to_num(numbers.get("minutes_late", np.zeros(n)))[booked.row[done]] >= market.sessions.late_from_minutes
    stars = np.rint(np.nan_to_num(numbers.get("rating", np.zeros(n)))[booked.row[done]]).astype(np.int64)
    return Sessions(booked.pro[done], booked.start[done], late, stars)


def _firsts(booked: Booked) -> Firsts:
    """First sessions of the file's clients, and when they booked again."""
    done = booked.is_done & (booked.pro >= 0)
    position = np.flatnonzero(done)
    _, at = np.unique(booked.client[position], return_index=True)
    rows = position[at]
    rows = rows[np.argsort(booked.start[rows], kind="stable")]
    again = booked.next_days()
    same = np.full(len(booked.client), np.inf)
    # from the last to the first booking: the next one with a pro
    upcoming: dict[tuple[int, int], float] = {}
    for i in range(len(booked.client) - 1, -1, -1):
        key = int(booked.client[i]), int(booked.pro[i])
        same[i] = upcoming.get(key, np.inf)
        upcoming[key] = float(booked.asked[i])
    nothing = np.zeros(len(rows), np.int64)
    return Firsts(booked.pro[rows], booked.start[rows], again[rows], again[rows], same[rows], same[rows], nothing, nothing)

"""Time and calendars: integer ticks, half-hour slots, who works and who is free.

The clock is an integer tick of one second; day 0 is a Monday. A pro-day is one 64-bit word whose lowest 48 bits are its half
hours. A *slot* is the number of half hours since the start of the run, so sessions may run past midnight.
"""

import numpy as np

from sim.arrays import Ints
from sim.jit import kernel

TICKS_PER_HOUR = 3600
TICKS_PER_DAY = 86400
TICKS_PER_MONTH = 2629800
"""A twelfth of 365.25 days."""
TICKS_PER_SLOT = 1800
SLOTS_PER_DAY = 48
FULL_TIME_SLOTS = 80
"""Half hours in a full-time week of 40 hours."""

Words = Ints


@kernel
def slot_mask(first: int, n: int) -> int:
    """Bits of n half hours from the one numbered ``first`` of a day; first + n <= 48."""
    return ((1 << n) - 1) << first


def open_days(work: Words, n_days: int) -> Words:
    """The half hours worked on each day, (n_days, n_pros), from weekly hours ``work`` (n_pros, 7); nothing is booked yet.

    All pros of a day lie side by side, since a request asks about one day and many pros.
    """
    return np.ascontiguousarray(work.T[np.arange(n_days) % 7])


@kernel
def is_free(free: Words, pro: int, slot: int, n: int) -> bool:
    """Whether the pro works and has no session during n half hours from ``slot``.

    ``free`` is (n_days, n_pros): the half hours of a day in which a pro works and is not booked.
    """
    day = slot // SLOTS_PER_DAY
    first = slot - day * SLOTS_PER_DAY
    while n > 0:
        today = min(n, SLOTS_PER_DAY - first)
        mask = slot_mask(first, today)
        if (free[day, pro] & mask) != mask:
            return False
        n -= today
        day += 1
        first = 0
    return True


@kernel
def mark(free: Words, pro: int, slot: int, n: int, booked: bool) -> None:
    """Book n half hours from ``slot``, which are free, or release them, which are booked."""
    day = slot // SLOTS_PER_DAY
    first = slot - day * SLOTS_PER_DAY
    while n > 0:
        today = min(n, SLOTS_PER_DAY - first)
        mask = slot_mask(first, today)
        if booked:
            free[day, pro] &= ~mask
        else:
            free[day, pro] |= mask
        n -= today
        day += 1
        first = 0


@kernel
def nearest_free_slot(free: Words, pro: int, slot: int, n: int, earliest: int) -> int:
    """The pro's free slot nearest to ``slot`` within a day of it and not before ``earliest``; the later of two; -1 if none."""
    for distance in range(SLOTS_PER_DAY + 1):
        later = slot + distance
        if later >= earliest and is_free(free, pro, later, n):
            return later
        sooner = slot - distance
        if sooner >= earliest and is_free(free, pro, sooner, n):
            return sooner
    return -1

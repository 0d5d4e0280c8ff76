"""Time and calendars: integer ticks, half-hour slots, who works and who is free.

The clock is an integer tick of one second; day 0 is a Monday. A pro-day is one 64-bit word whose lowest 48 bits are its half
hours. A *slot* is the number of half hours since the start of the run, so sessions may run past midnight.
"""

import numpy as np
from numpy.typing import NDArray

from sim.jit import compiled

TICKS_PER_MINUTE = 60
TICKS_PER_HOUR = 3600
TICKS_PER_DAY = 86400
TICKS_PER_SLOT = 1800
SLOTS_PER_DAY = 48

Words = NDArray[np.int64]


@compiled
def slot_mask(first: int, n: int) -> int:
    """Bits of n half hours from the one numbered ``first`` of a day; first + n <= 48."""
    return ((1 << n) - 1) << first


@compiled
def is_free(work: Words, busy: Words, pro: int, slot: int, n: int) -> bool:
    """Whether the pro works and has no session during n half hours from ``slot``.

    ``work`` is (n_pros, 7), the weekly hours; ``busy`` is (n_pros, n_days), what is booked.
    """
    while n > 0:
        day = slot // SLOTS_PER_DAY
        first = slot - day * SLOTS_PER_DAY
        today = min(n, SLOTS_PER_DAY - first)
        mask = slot_mask(first, today)
        if (work[pro, day % 7] & ~busy[pro, day] & mask) != mask:
            return False
        slot += today
        n -= today
    return True


@compiled
def mark(busy: Words, pro: int, slot: int, n: int, booked: bool) -> None:
    """Book n half hours from ``slot``, or release them."""
    while n > 0:
        day = slot // SLOTS_PER_DAY
        first = slot - day * SLOTS_PER_DAY
        today = min(n, SLOTS_PER_DAY - first)
        mask = slot_mask(first, today)
        if booked:
            busy[pro, day] |= mask
        else:
            busy[pro, day] &= ~mask
        slot += today
        n -= today


@compiled
def nearest_free_slot(work: Words, busy: Words, pro: int, slot: int, n: int, earliest: int) -> int:
    """The pro's free slot nearest to ``slot`` within a day of it and not before ``earliest``; the later of two; -1 if none."""
    for distance in range(SLOTS_PER_DAY + 1):
        later = slot + distance
        if later >= earliest and is_free(work, busy, pro, later, n):
            return later
        sooner = slot - distance
        if sooner >= earliest and is_free(work, busy, pro, sooner, n):
            return sooner
    return -1

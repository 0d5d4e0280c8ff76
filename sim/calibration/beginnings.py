"""Whether new clients came throughout a file, or began together, as those of a launch or of a cohort that is followed do."""

import math
from dataclasses import dataclass

import numpy as np

from sim.arrays import Ints

TOGETHER_SHARE, TOGETHER_SPAN = 0.95, 0.25
"""New clients began together when so large a share of them came first within so small a part of the file, in one piece or several.

Of clients who come at random throughout, as many weeks as clients at most, 60 % of the weeks hold so many: no luck gives a quarter.
"""


@dataclass(frozen=True)
class Beginnings:
    """When the new clients of a file began, where that was together."""

    days: int
    """Days within which nearly all of them did; 0 where they came throughout."""
    last_day: int
    """Last of these days."""


def beginnings(first: Ints, begin: int, end: int) -> Beginnings:
    """When new clients began.

    Parameters
    ----------
    first
        (n,) days of their first visits.
    begin, end
        First and last day of the file.
    """
    length = end - begin + 1
    n_parts = min(len(first), math.ceil(length / 7))
    throughout = Beginnings(0, begin - 1)
    if not n_parts:
        return throughout
    part = (first - begin) * n_parts // length
    counts = np.bincount(part, minlength=n_parts)
    fullest = np.argsort(-counts, kind="stable")
    n_needed = int(np.searchsorted(np.cumsum(counts[fullest]), TOGETHER_SHARE * len(first))) + 1
    if n_needed > TOGETHER_SPAN * n_parts:
        return throughout
    # the few who came before or after the others are nobody's cohort
    crowded = [one for one in fullest[:n_needed] if counts[one] * n_parts >= len(first)]
    within = [first[part == one] for one in crowded]
    return Beginnings(sum(int(np.ptp(days)) + 1 for days in within), max(int(days.max()) for days in within))

"""Has a difference stayed within a limit that was set beforehand? Non-inferiority, and its opposite."""

import math
from dataclasses import dataclass
from typing import Literal

import numpy as np
import scipy

from sim.arrays import Floats
from sim.statistics.comparison import paired_difference
from sim.statistics.intervals import Interval

Side = Literal["up", "down"]
"""Which way a quantity must not go too far."""
LimitVerdict = Literal["within limit", "crossed", "not clear yet", "not defined"]
Standing = Literal["above", "below", "not clear yet", "not defined"]


@dataclass(frozen=True)
class LimitTest:
    """A difference to the control beside its limit."""

    interval: Interval
    """Of the difference, as the comparison has it: simultaneous over the arms."""
    p_value: float
    """One-sided, of the hypothesis that the limit is reached or crossed, times the number of arms, at most 1; nan without an
    interval. It is at most (1 - level) / 2 exactly when the verdict is *within limit*."""
    verdict: LimitVerdict


def against_limit(values: Floats, control: Floats, limit: float, side: Side, n_comparisons: int, level: float = 0.95) -> LimitTest:
    """Test a paired difference against the most that it may go up, or down.

    *within limit*: the whole interval stays within, which is a non-inferiority test with the limit as its margin. *crossed*: the
    whole interval lies beyond. *not clear yet*: it holds the limit. *not defined*: there is no interval, see ``paired_difference``.

    Parameters
    ----------
    values, control
        (n,) each, paired by replication; a pair with a nan is left out.
    limit
        The most that the difference may be in the direction of ``side``, >= 0, in the unit of the values.
    n_comparisons
        Arms that are read together, >= 1.
    level
        Of the two-sided interval, within (0, 1); each one-sided test has half the error.

    Raises
    ------
    ValueError
        The limit is negative or not finite.

    Notes
    -----
    Errors are shared out among arms, not among several limits of one arm: who rolls out only what is within every limit errs no
    more often than with one of them (intersection-union, Berger 1982, Technometrics 24(4), 295-300).

    Examples
    --------
    >>> rise = np.array([0.01, 0.02, 0.03])  # .02 -+ 4.3027 * .01 / sqrt(3): [-.0048, .0448]
    >>> [against_limit(rise, np.zeros(3), limit, "up", 1).verdict for limit in (0.05, 0.03)]
    ['within limit', 'not clear yet']
    """
    if not 0 <= limit < math.inf:
        raise ValueError(f"limit = {limit}, must be >= 0 and finite")
    interval, _ = paired_difference(values, control, n_comparisons, level)
    if not math.isfinite(interval.low):
        return LimitTest(interval, math.nan, "not defined")
    sign = 1.0 if side == "up" else -1.0
    nearest, furthest = sorted((sign * interval.low, sign * interval.high))
    verdict: LimitVerdict = "within limit" if furthest <= limit else "crossed" if nearest > limit else "not clear yet"
    differences = sign * (np.asarray(values, float) - np.asarray(control, float))
    differences = differences[np.isfinite(differences)]
    error = float(differences.std(ddof=1)) / math.sqrt(len(differences))
    room = limit - sign * interval.estimate
    if error == 0:
        return LimitTest(interval, 0.0 if room >= 0 else 1.0, verdict)
    p_value = float(scipy.stats.t.sf(room / error, len(differences) - 1)) * n_comparisons
    return LimitTest(interval, min(p_value, 1.0), verdict)


def against_effect(interval: Interval, smallest: float, higher_is_better: bool = True) -> Standing:
    """Where an effect lies beside the smallest one that matters.

    *above*: the whole interval is better by more than ``smallest``, superiority by a margin. *below*: no point of it is, so the
    effect is surely nil, too small or a harm. *not clear yet*: it holds effects of both kinds. *not defined*: there is no interval.

    Parameters
    ----------
    smallest
        >= 0, in the unit of the metric; at 0 this is the usual test of superiority.

    Examples
    --------
    >>> [against_effect(Interval(0.02, 0.01, 0.03, 8), smallest) for smallest in (0.0, 0.02, 0.03)]
    ['above', 'not clear yet', 'below']
    """
    if not smallest >= 0:
        raise ValueError(f"smallest = {smallest}, must be >= 0")
    if not math.isfinite(interval.low):
        return "not defined"
    low, high = (interval.low, interval.high) if higher_is_better else (-interval.high, -interval.low)
    return "above" if low > smallest else "below" if high <= smallest else "not clear yet"

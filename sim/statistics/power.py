"""What a comparison of this size can find, and how many replications it would take."""

import bisect
import math

import numpy as np
import scipy

from sim.arrays import Floats

USUAL_POWER = 0.8
MOST = 100_000
"""More replications than anybody would simulate."""


def power(effect: float, limit: float, sd: float, n: int, n_comparisons: int, level: float = 0.95) -> float:
    """Probability that the whole interval of a paired difference lies above ``limit`` when the true one is ``effect``.

    Parameters
    ----------
    sd
        Standard deviation of the paired differences, >= 0, in the same unit.
    n
        Replications, >= 2.
    n_comparisons
        Arms that are read together, >= 1.

    Notes
    -----
    The estimate minus the limit over its error has a noncentral t distribution with n - 1 degrees of freedom and noncentrality
    (effect - limit) sqrt(n) / sd.

    Examples
    --------
    >>> round(power(0.4, 0.3, 0.18, 8, 5), 2), round(power(0.3, 0.3, 0.18, 8, 1), 3)  # at the limit: half the interval's error
    (0.09, 0.025)
    """
    if sd == 0:
        return 1.0 if effect > limit else 0.0
    quantile = float(scipy.stats.t.ppf(1 - (1 - level) / (2 * n_comparisons), n - 1))
    return float(scipy.stats.nct.sf(quantile, n - 1, (effect - limit) * math.sqrt(n) / sd))


def smallest_found(limit: float, sd: float, n: int, n_comparisons: int, level: float = 0.95) -> float:
    """The true difference that is found to be above ``limit`` with ``USUAL_POWER``, in its unit; see ``power``."""
    if sd == 0:
        return limit
    high = limit + sd
    while power(high, limit, sd, n, n_comparisons, level) < USUAL_POWER:
        high = limit + 2 * (high - limit)
    return float(scipy.optimize.brentq(lambda effect: power(effect, limit, sd, n, n_comparisons, level) - USUAL_POWER, limit, high))


def settling_replications(differences: Floats, limit: float, n_comparisons: int, level: float = 0.95) -> int | None:
    """Replications at which the interval of a mean difference would no longer hold ``limit``, were mean and spread to stay.

    Parameters
    ----------
    differences
        (n,) arm minus control; a nan is left out.

    Returns
    -------
    int or None
        None when the mean lies on the limit, when fewer than 2 are known, or when more than ``MOST`` are needed.

    Examples
    --------
    >>> settling_replications(np.array([0.0, 2.0]), 0.5, 1)  # sd 1.41, distance .5: t(.975, n - 1) * 1.41 / sqrt(n) < .5
    34
    """
    known = np.asarray(differences, float)
    known = known[np.isfinite(known)]
    if len(known) < 2:
        return None
    distance, sd = abs(float(known.mean()) - limit), float(known.std(ddof=1))

    def clear(n: int) -> bool:
        return float(scipy.stats.t.ppf(1 - (1 - level) / (2 * n_comparisons), n - 1)) * sd < distance * math.sqrt(n)

    if not clear(MOST):
        return None
    # False, ..., False, True, ..., True
    return 2 + bisect.bisect_left(range(2, MOST), True, key=clear)

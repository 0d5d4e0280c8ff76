"""What common random numbers are worth: how much variance the pairing of replications takes out of a difference."""

import math

import numpy as np

from sim.arrays import Floats

MIN_PAIRS = 3
"""Two points always lie on a line, and two runs agree now and then."""


def variance_reduction(values: Floats, control: Floats) -> tuple[float, float]:
    """What common random numbers are worth: correlation between two arms, and the variance ratio of paired to independent.

    Parameters
    ----------
    values, control
        (n,) each, paired by replication; a pair with a nan is left out.

    Returns
    -------
    float, float
        Pearson's correlation, and var(values - control) / (var(values) + var(control)); nan where undefined.

    References
    ----------
    Law (2015), Simulation Modeling and Analysis, 5th ed., section 11.2.

    Examples
    --------
    >>> variance_reduction(np.array([1.0, 2.0, 3.0]), np.array([2.0, 4.0, 6.0]))  # variances 1, 4; of the difference 1
    (1.0, 0.2)
    """
    ours, theirs = np.asarray(values, float), np.asarray(control, float)
    known = np.isfinite(ours) & np.isfinite(theirs)
    ours, theirs = ours[known], theirs[known]
    if len(ours) < MIN_PAIRS:
        return math.nan, math.nan
    # a constant column has a variance of rounding errors only
    v, w = (float(x.var(ddof=1)) if x.max() > x.min() else 0.0 for x in (ours, theirs))
    together = float((ours - theirs).var(ddof=1))
    ratio = together / (v + w) if v + w > 0 else math.nan
    # var(x - y) = var x + var y - 2 cov
    correlation = (v + w - together) / (2 * math.sqrt(v) * math.sqrt(w)) if min(v, w) > 0 else math.nan
    return min(max(correlation, -1.0), 1.0), ratio

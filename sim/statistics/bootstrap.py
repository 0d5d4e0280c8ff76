"""BCa bootstrap intervals for means: a second opinion that assumes no normal distribution."""

import math
import warnings

import numpy as np
import scipy

from sim.arrays import Floats
from sim.statistics.intervals import Interval

MIN_REPLICATIONS = 30
"""Below that, a bootstrap of the mean covers less than it says."""
RESAMPLES = 9_999
SEED = 20_240_229
"""Of the resampling: the same data give the same interval, on every day and machine."""
BATCH_NUMBERS = 2_000_000
"""Resampled numbers held in memory at once."""


def expanded_level(level: float, n: int) -> float:
    """The level at which a bootstrap of n values covers as a t interval of this level would, for normal data.

    Examples
    --------
    >>> round(expanded_level(0.95, 30), 4)  # t(.975, 29) = 2.0452, times sqrt(30 / 29) = 2.0802
    0.9625
    """
    t = float(scipy.stats.t.ppf((1 + level) / 2, n - 1))
    return 1 - 2 * float(scipy.stats.norm.cdf(-math.sqrt(n / (n - 1)) * t))


def bca_interval(values: Floats, level: float = 0.95) -> Interval:
    """Bias-corrected and accelerated bootstrap interval for the mean of independent values, expanded for small samples.

    Resampling n values makes intervals too narrow by about sqrt((n - 1) / n) and by the difference between t and z, for any number
    of resamples. So the level handed to the bootstrap is 1 - 2 Phi(-sqrt(n / (n - 1)) t), t being that of the t interval: for
    normal data the interval then is as long as the t interval. Without it, 95 % intervals of 30 normal values cover 93 %.

    Parameters
    ----------
    values
        (n,) one a replication; those with a nan are left out of n.
    level
        Confidence level, within (0, 1).

    Returns
    -------
    Interval
        A point when all values are equal. Low and high are nan with fewer than 30 values, and in the rare case that scipy finds
        no interval.

    References
    ----------
    Efron (1987), Better bootstrap confidence intervals. JASA 82(397), 171-185. Hesterberg (2015), What teachers should know about
    the bootstrap. The American Statistician 69(4), 371-386, section 5.3 on the expanded level.

    Examples
    --------
    >>> bca_interval(np.arange(29.0))
    Interval(estimate=14.0, low=nan, high=nan, n=29)
    >>> bca_interval(np.full(30, 2.0))
    Interval(estimate=2.0, low=2.0, high=2.0, n=30)
    """
    values = np.asarray(values, float)
    values = values[np.isfinite(values)]
    n = len(values)
    estimate = float(values.mean()) if n else math.nan
    if n < MIN_REPLICATIONS:
        return Interval(estimate, math.nan, math.nan, n)
    if values.min() == values.max():
        return Interval(float(values[0]), float(values[0]), float(values[0]), n)
    with warnings.catch_warnings():
        # scipy warns when it returns nan, which is what we return, too
        warnings.simplefilter("ignore", scipy.stats.DegenerateDataWarning)
        found = scipy.stats.bootstrap(
            (values,),
            np.mean,
            vectorized=True,
            n_resamples=RESAMPLES,
            batch=max(BATCH_NUMBERS // n, 1),
            confidence_level=expanded_level(level, n),
            method="BCa",
            rng=np.random.default_rng(SEED),
        ).confidence_interval
    return Interval(estimate, float(found.low), float(found.high), n)

"""Confidence intervals for means and for ratios of means, from independent replications."""

import math
from dataclasses import dataclass

import numpy as np
import scipy

from sim.arrays import Floats


@dataclass(frozen=True)
class Interval:
    """An estimate with its confidence interval and the number of replications behind it; nan where undefined."""

    estimate: float
    low: float
    high: float
    n: int

    @property
    def half_width(self) -> float:
        """Half the length of the interval."""
        return (self.high - self.low) / 2

    def excludes(self, value: float) -> bool:
        """Whether the interval is defined and does not hold ``value``."""
        return self.high < value or self.low > value


def mean_interval(values: Floats, level: float = 0.95) -> Interval:
    """Student's t interval for the mean of independent values.

    Parameters
    ----------
    values
        (n,) one a replication; a nan is a replication in which the metric is undefined, and is left out of n.
    level
        Confidence level, within (0, 1).

    Examples
    --------
    >>> mean_interval(np.array([1.0, 2.0, 3.0]))  # t(.975, 2) = 4.303, standard error .577
    Interval(estimate=2.0, low=-0.48413771..., high=4.48413771..., n=3)
    """
    values = np.asarray(values, float)
    values = values[np.isfinite(values)]
    n = len(values)
    if n == 0:
        return Interval(math.nan, math.nan, math.nan, 0)
    mean = float(values.mean())
    if n == 1:
        return Interval(mean, math.nan, math.nan, 1)
    error = float(values.std(ddof=1)) / math.sqrt(n)
    reach = float(scipy.stats.t.ppf((1 + level) / 2, n - 1)) * error
    return Interval(mean, mean - reach, mean + reach, n)


def wilson(share: float, n: int, level: float = 0.95) -> Interval:
    """Score interval for a share of independent cases; it stays within 0..1 and has a width where all cases are alike.

    Parameters
    ----------
    share
        Of the cases that are a yes, 0 to 1.
    n
        Cases; nan throughout without any.

    References
    ----------
    Wilson (1927), Probable inference, the law of succession, and statistical inference. JASA 22(158).

    Examples
    --------
    >>> wilson(1.0, 10).low  # n / (n + 1.96^2)
    0.7224...
    """
    if not n:
        return Interval(math.nan, math.nan, math.nan, 0)
    found = scipy.stats.binomtest(round(share * n), n).proportion_ci(level, "wilson")
    return Interval(share, float(found.low), float(found.high), n)


def fieller(numerator: Floats, denominator: Floats, level: float = 0.95) -> Interval:
    """Fieller's interval for the ratio of two means of paired values.

    The set of ratios r for which the mean of numerator - r * denominator is not significantly different from 0.

    Parameters
    ----------
    numerator, denominator
        (n,) each, paired by replication; pairs with a nan are left out.

    Returns
    -------
    Interval
        Nan throughout when the denominator's own interval holds 0: then the set is not an interval.

    References
    ----------
    Fieller (1954), Some problems in interval estimation. JRSS B 16(2), 175-185.

    Examples
    --------
    >>> fieller(np.array([2.0, 4.0, 6.0]), np.array([1.0, 2.0, 3.0])).estimate  # the denominator is too noisy
    nan
    >>> fieller(np.array([2.0, 2.2, 1.8]), np.array([4.0, 4.4, 3.6])).estimate
    0.5
    """
    numerator, denominator = np.asarray(numerator, float), np.asarray(denominator, float)
    known = np.isfinite(numerator) & np.isfinite(denominator)
    a, b = numerator[known], denominator[known]
    n = len(a)
    undefined = Interval(math.nan, math.nan, math.nan, n)
    if n < 2:
        return undefined
    t2 = float(scipy.stats.t.ppf((1 + level) / 2, n - 1)) ** 2 / n
    covariance = np.cov(a, b)
    mean_a, mean_b = float(a.mean()), float(b.mean())
    # roots of (mean_a - r mean_b)^2 = t2 (s_aa - 2 r s_ab + r^2 s_bb)
    q = mean_b**2 - t2 * float(covariance[1, 1])
    if q <= 0 or mean_b == 0:
        return undefined
    p = mean_a * mean_b - t2 * float(covariance[0, 1])
    root = math.sqrt(max(p**2 - q * (mean_a**2 - t2 * float(covariance[0, 0])), 0.0))
    return Interval(mean_a / mean_b, (p - root) / q, (p + root) / q, n)

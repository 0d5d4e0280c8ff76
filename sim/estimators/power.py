"""How long an experiment must be to see an effect, by formula."""

import math
from collections.abc import Callable

import numpy as np
import scipy

from sim.arrays import Floats, Ints

USUAL_POWER = 0.8
DAYS_PER_YEAR = 365
UNEVEN = 0.6
"""By how much the variance grows with the order of carry-over over the root of the number of runs."""


def power(effect: float, standard_error: float, df: float = math.inf, level: float = 0.95) -> float:
    """Probability that the interval of the difference lies beyond 0 on the side of the true effect.

    Parameters
    ----------
    effect
        True difference.
    standard_error
        Of its estimate, > 0, in the same unit.
    df
        Degrees of freedom of its interval, > 0.

    Examples
    --------
    >>> round(power(2.8, 1.0), 2)  # P(Z > 1.96 - 2.8)
    0.8
    """
    quantile = float(scipy.stats.t.ppf((1 + level) / 2, df))
    if math.isinf(df):
        return float(scipy.stats.norm.sf(quantile - abs(effect) / standard_error))
    return float(scipy.stats.nct.sf(quantile, df, abs(effect) / standard_error))


def smallest_effect(standard_error: float, df: float = math.inf, wanted: float = USUAL_POWER, level: float = 0.95) -> float:
    """The smallest true effect that is found with probability ``wanted``, > 0, in the unit of the error; see ``power``."""
    high = standard_error
    while power(high, standard_error, df, level) < wanted:
        high *= 2
    return float(
        scipy.optimize.brentq(lambda effect: power(effect, standard_error, df, level) - wanted, 0, high, xtol=1e-12 * high)
    )


def error_of_means(n: float, sd_control: float, sd_treated: float, share: float = 0.5) -> float:
    """Standard error of a difference in means of n units in all, of which ``share`` are treated.

    Parameters
    ----------
    n
        Control and treated, > 0.
    sd_control, sd_treated
        Between units of one group, >= 0; of a rate p, sqrt(p (1 - p)).
    share
        Treated, within (0, 1).
    """
    return math.sqrt((sd_treated**2 / share + sd_control**2 / (1 - share)) / n)


def design_effect(intracluster_correlation: float, mean_size: float, size_cv: float = 0.0) -> float:
    """How many times larger the variance is when clusters are assigned instead of units.

    Parameters
    ----------
    intracluster_correlation
        Share of the variance that lies between clusters, 0 to 1.
    mean_size
        Units a cluster, >= 1.
    size_cv
        Standard deviation of sizes over their mean, >= 0.

    References
    ----------
    Kish (1965), Survey Sampling; unequal sizes: Eldridge, Ashby & Kerry (2006), International Journal of Epidemiology 35(5).

    Examples
    --------
    >>> round(design_effect(0.00044, 968), 2)
    1.43
    """
    return 1 + ((1 + size_cv**2) * mean_size - 1) * intracluster_correlation


def intracluster_correlation(values: Floats, clusters: Ints) -> float:
    """Share of the variance that lies between clusters, by analysis of variance; below 0 where they differ less than by chance.

    Parameters
    ----------
    values, clusters
        (n,) outcome and label of each unit; 2 clusters at least, and more units.

    References
    ----------
    Donner (1986), A review of inference procedures for the intraclass correlation coefficient. International Statistical Review 54.
    """
    _, index = np.unique(clusters, return_inverse=True)
    sizes = np.bincount(index).astype(float)
    means = np.bincount(index, values) / sizes
    n, k = len(values), len(sizes)
    between = float((sizes * (means - np.mean(values)) ** 2).sum()) / (k - 1)
    within = float(((values - means[index]) ** 2).sum()) / (n - k)
    size = (n - float((sizes**2).sum()) / n) / (k - 1)
    total = between + (size - 1) * within
    return (between - within) / total if total > 0 else 0.0


def rate_sds(rate: float, effect: float) -> tuple[float, float]:
    """Standard deviations of a yes or no in control and treated, when ``effect`` is added to ``rate``.

    Raises
    ------
    ValueError
        Either is no rate.
    """
    if not (0 < rate < 1 and 0 < rate + effect < 1):
        raise ValueError(f"rate = {rate:g} and with the effect {rate + effect:g}, must be > 0 and < 1")
    return math.sqrt(rate * (1 - rate)), math.sqrt((rate + effect) * (1 - rate - effect))


def units_needed(
    effect: float, sd_control: float, sd_treated: float, share: float = 0.5, wanted: float = USUAL_POWER, level: float = 0.95
) -> float:
    """Units in all from which an effect is found with probability ``wanted``, assigned one by one.

    Returns
    -------
    float
        Not rounded; infinite for no effect.

    Examples
    --------
    >>> round(units_needed(0.5, 1.0, 1.0))  # 2 x 2 x (1.96 + .84)^2 / .25
    126
    """
    if effect == 0:
        return math.inf
    # at the wanted power effect / error is the same for any n, and error is 1 / sqrt(n)
    return (smallest_effect(error_of_means(1, sd_control, sd_treated, share), wanted=wanted, level=level) / effect) ** 2


def years_of_clients(effect: float, rate: float, clients_per_day: float, share: float = 0.5) -> float:
    """Years for which new clients must be assigned one by one until an effect on a rate is found, with power 80 %.

    Without the time until the last client's outcome is known.

    Parameters
    ----------
    effect
        On the rate, such as .0065 on the share who return.
    rate
        Of the control, within (0, 1).
    clients_per_day
        New clients, > 0.

    Raises
    ------
    ValueError
        See ``rate_sds``.

    Examples
    --------
    >>> round(years_of_clients(0.0065, 0.30, 13.3))
    32
    """
    return units_needed(effect, *rate_sds(rate, effect), share) / clients_per_day / DAYS_PER_YEAR


def clustered_error(
    n: float, n_clusters: float, sd_control: float, sd_treated: float, intracluster_correlation: float, share: float = 0.5
) -> tuple[float, float]:
    """Standard error, and degrees of freedom, of a difference in means when clusters were assigned.

    With zones, ``n_clusters`` stays and n grows by the week: the error has a floor. With switched periods, both grow.

    Parameters
    ----------
    n
        Units in all.
    n_clusters
        Zones, periods, or pairs of both, > 2.
    intracluster_correlation
        See ``design_effect``.

    Raises
    ------
    ValueError
        Clusters are too few.
    """
    if not n_clusters > 2:
        raise ValueError(f"clusters = {n_clusters:g}, must be > 2: one on either side leaves no degree of freedom")
    widen = design_effect(intracluster_correlation, max(n / n_clusters, 1))
    return error_of_means(n, sd_control, sd_treated, share) * math.sqrt(widen), n_clusters - 2


def switched_runs(n_periods: float, order: int, share: float = 0.5) -> tuple[float, float]:
    """Periods, of ``n_periods``, that end a run of order + 1 treated ones, and of as many control ones, on average."""
    return (n_periods - order) * share ** (order + 1), (n_periods - order) * (1 - share) ** (order + 1)


def switched_error(
    per_period: float,
    n_periods: float,
    order: int,
    sd_control: float,
    sd_treated: float,
    intracluster_correlation: float,
    share: float = 0.5,
) -> tuple[float, float]:
    """Standard error, and degrees of freedom, of ``sim.estimators.switchback.hajek``.

    Parameters
    ----------
    per_period
        Units a period, >= 1.
    n_periods
        Periods in all.
    order
        Of the carry-over that the estimate allows for, in periods, >= 0.
    intracluster_correlation
        Share of the variance that lies between periods, 0 to 1; see ``design_effect``.

    Raises
    ------
    ValueError
        Runs are too few.

    Notes
    -----
    With carry-over there are fewer runs, they are unevenly many, and the error that the data say has fewer degrees of freedom:
    the last two by approximations to 26 to 104 periods drawn at random, good to 3 points of power.
    """
    on, off = switched_runs(n_periods, order, share)
    runs = on + off
    error, df = clustered_error(per_period * runs, runs, sd_control, sd_treated, intracluster_correlation, on / runs)
    if not order:
        return error, df
    # the smaller side decides
    even = 2 * min(on, off)
    return error * math.sqrt(1 + UNEVEN * order / math.sqrt(even)), max(even / (1 + order / 2) - 2, 1)


def weeks_needed(
    effect: float,
    error_at: Callable[[float], tuple[float, float]],
    most: float = 5200,
    wanted: float = USUAL_POWER,
    level: float = 0.95,
) -> float:
    """Weeks from which an effect is found with probability ``wanted``.

    Parameters
    ----------
    error_at
        From weeks, > 0, to standard error and degrees of freedom, neither of which gets worse with time; a ``ValueError`` of it
        counts as too short.
    most
        Weeks beyond which nobody waits.

    Returns
    -------
    float
        Infinite when ``most`` are not enough.
    """

    def found(weeks: float) -> bool:
        try:
            return power(effect, *error_at(weeks), level) >= wanted
        except ValueError:
            return False

    if effect == 0 or not found(most):
        return math.inf
    low, high = 0.0, most
    while high - low > 1e-6 * high:
        middle = (low + high) / 2
        low, high = (low, middle) if found(middle) else (middle, high)
    return high

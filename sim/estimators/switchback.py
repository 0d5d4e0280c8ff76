"""Effects from switching a whole market, or each of several, on and off: with carry-over from one period to the next."""

import math

import numpy as np

from sim.arrays import Flags, Floats
from sim.estimators.estimate import Estimate, student
from sim.estimators.runs import grid, group_means, runs_of, side_weights, spread


def hajek(values: Floats, treated: Flags, order: int = 0, counts: Floats | None = None, level: float = 0.95) -> Estimate:
    """Mean of periods that end a run of order + 1 treated ones, less that of periods that end a run of as many control ones.

    Estimates the effect of treating all periods on the average period, if what was done more than ``order`` periods ago no longer
    matters, and no series matters to another.

    Parameters
    ----------
    values
        (n_periods,) or (n_series, n_periods) mean outcome of each period, in order: one series, or one a zone.
    treated
        The same shape.
    order
        Of the carry-over, in periods, >= 0.
    counts
        The same shape: how many outcomes are behind each mean, by which it is weighed; a period without any is left out. All
        alike without it.
    level
        Confidence level, within (0, 1).

    Raises
    ------
    ValueError
        Shapes differ, or there are fewer than 2 such runs on either side.

    Notes
    -----
    All runs of one side are equally probable, whether periods are drawn by themselves or to a fixed number, so that their inverse
    weights cancel. The variance is unbiased if the effect is the same in all periods, and else too large by the sum of products of
    deviations of overlapping runs' effects: the analogue of Neyman's.

    References
    ----------
    Bojinov, Simchi-Levi & Zhao (2023), Design and analysis of switchback experiments. Management Science 69(7). The variance:
    Leung (2022), Rate-optimal cluster-randomized designs for spatial interference. Annals of Statistics 50(5).

    Examples
    --------
    >>> hajek(np.array([1.0, 2, 3, 5]), np.array([False, False, True, True])).estimate  # 4 - 1.5
    2.5
    >>> hajek(np.array([1.0, 2, 2, 8, 5, 5]), np.array([False, False, False, True, True, True]), order=1).estimate  # 5 - 2
    3.0
    """
    values, treated = grid(values, treated)
    weigh = np.ones(values.shape) if counts is None else np.atleast_2d(np.asarray(counts, float))
    runs = runs_of(treated, order, order, order)
    y, n = values[:, order:].ravel(), weigh[:, order:].ravel()
    linear, residuals = group_means(y, runs.exposure, n, order)
    weights = side_weights(runs.exposure, n > 0)
    error, df = spread(weights, residuals, runs.exposure, runs.overlap)
    return student(float(weights @ linear), error, df, int((weights > 0).sum()), int((weights < 0).sum()), level)


def horvitz_thompson(values: Floats, treated: Flags, share: float, balanced: bool, order: int = 0, level: float = 0.95) -> Estimate:
    """Outcomes of runs of treated periods over their probability, less those of control ones, per run.

    Estimates what ``hajek`` does, without any bias, but with the noise of how many runs there happen to be: add a constant to all
    outcomes and the estimate moves. Prefer ``hajek`` unless runs are many.

    Parameters
    ----------
    values, treated, order, level
        As in ``hajek``; every value is known.
    share
        Probability that a period is treated, within (0, 1); not used if balanced.
    balanced
        Whether the number of treated periods, over all series, was fixed beforehand.

    Raises
    ------
    ValueError
        Shapes differ, or a run of that order is impossible.

    Notes
    -----
    With balanced periods, pairs of runs that share no period depend on one another, too: they count by
    1 - p_t p_s / p_ts (Aronow & Samii 2017, Annals of Applied Statistics 11(4)).
    """
    values, treated = grid(values, treated)
    runs = runs_of(treated, order, order, order)
    y, length, n_treated = values[:, order:].ravel(), order + 1, int(treated.sum())
    sizes = (treated.size - n_treated, n_treated)

    def probability(n_control: int, n_on: int) -> float:
        """That so many given periods are control, and so many others treated."""
        if not balanced:
            return (1 - share) ** n_control * share**n_on
        return math.perm(sizes[0], n_control) * math.perm(sizes[1], n_on) / max(math.perm(treated.size, n_control + n_on), 1)

    chance = (probability(length, 0), probability(0, length))
    if min(chance) == 0:
        raise ValueError(f"runs of {length} treated or control periods are impossible with {sizes[1]} treated of {treated.size}")
    parts = np.array([np.where(runs.exposure == group, sign * y / chance[group], 0.0) for group, sign in ((0, -1), (1, 1))])
    parts /= len(y)
    joint = np.array(
        [[probability(2 * length, 0), probability(length, length)], [probability(length, length), probability(0, 2 * length)]]
    )
    factor = np.divide(np.outer(chance, chance), joint, out=np.ones((2, 2)), where=joint > 0)
    near = parts @ (runs.overlap @ parts.T)
    apart = np.outer(parts.sum(axis=1), parts.sum(axis=1)) - near
    variance = max(float(near.sum() + ((1 - factor) * apart).sum()), 0.0)
    n_on, n_off = (int((runs.exposure == group).sum()) for group in (1, 0))
    return student(float(parts.sum()), math.sqrt(variance), math.inf, n_on, n_off, level)


def carry_over(values: Floats, treated: Flags, order: int, higher: int, level: float = 0.95) -> Estimate:
    """Estimate at one order of carry-over less that at a higher one: 0 if the lower is enough.

    Parameters
    ----------
    values, treated
        As in ``hajek``, of the same periods for both.
    order, higher
        >= 0, and more than that.

    Raises
    ------
    ValueError
        As ``hajek``; or ``higher`` is not higher.

    References
    ----------
    Bojinov, Simchi-Levi & Zhao (2023), section on identifying the order of the carry-over effect.
    """
    if higher <= order:
        raise ValueError(f"higher = {higher}, must be > order = {order}")
    values, treated = grid(values, treated)
    y, ones = values[:, higher:].ravel(), np.ones(values[:, higher:].size)
    low, high = (runs_of(treated, m, higher, higher) for m in (order, higher))
    group_means(y, high.exposure, ones, higher)
    _, residuals = group_means(y, low.exposure, ones, order)
    weights = side_weights(low.exposure, ones > 0) - side_weights(high.exposure, ones > 0)
    error, df = spread(weights, residuals, low.exposure, high.overlap)
    n = [int((high.exposure == group).sum()) for group in (1, 0)]
    return student(float(weights @ y), error, df, n[0], n[1], level)


def carry_over_order(values: Floats, treated: Flags, most: int, level: float = 0.95) -> int:
    """The smallest order of carry-over that the next higher one does not contradict; ``most`` if each is contradicted.

    Parameters
    ----------
    most
        >= 1; runs of most + 1 periods must have come up.
    """
    return next((m for m in range(most) if not carry_over(values, treated, m, m + 1, level).excludes(0)), most)

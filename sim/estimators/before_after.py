"""What changed when a policy was switched on: for teams without a control group, or with other zones as one."""

import math
from typing import NamedTuple

import numpy as np
import scipy
from scipy import sparse

from sim.arrays import Flags, Floats
from sim.estimators.estimate import Estimate, student
from sim.estimators.runs import group_means, side_weights, spread

LEAST_PLACEBOS = 3
REACH = 2.5
"""Times the root of the number of periods: how far autocovariances count."""


class Synthetic(NamedTuple):
    """Treated zones beside a weighted mean of the others."""

    effect: Estimate
    """Its interval is that of the placebos' spread."""
    p_value: float
    """Share of placebos whose gap grew as much, the treated counted among them: at least 1 / (n_control + 1). Cautious when several
    zones are treated."""
    weights: Floats
    """(n_control,) of the control zones, >= 0, sum 1."""
    gap: Floats
    """(n_periods,) treated less synthetic, less its mean before the start."""


def before_after(values: Floats, after: Flags, level: float = 0.95) -> Estimate:
    """Mean of the periods after less mean of those before.

    Estimates the effect plus all else that changed at the same time: season, growth, the market's own drift. Its interval knows
    only the noise from period to period, not that.

    Parameters
    ----------
    values
        (n_periods,) mean outcome of each week, in order.
    after
        (n_periods,).
    level
        Confidence level, within (0, 1).

    Raises
    ------
    ValueError
        Fewer than 2 periods on either side.

    Notes
    -----
    Newey & West (1987, Econometrica 55(3)): autocovariances count with weights that fall linearly with distance. They reach far,
    and the interval has few degrees of freedom for it (fixed-b asymptotics: Kiefer & Vogelsang 2005, Econometric Theory 21(6)), so
    that a year of weeks with a correlation of .5 is held in 93 %; the variance is corrected for the means taken out.
    """
    values, after = np.asarray(values, float), np.asarray(after, bool)
    n = len(values)
    side = after.astype(int)
    _, residuals = group_means(values, side, np.ones(n), 0)
    reach = math.ceil(REACH * math.sqrt(n))
    kernel = np.maximum(1 - np.abs(np.subtract.outer(np.arange(n), np.arange(n))) / (reach + 1), 0)
    weights = side_weights(side, np.ones(n, bool))
    error, df = spread(weights, residuals, side, sparse.csr_array(kernel))
    return student(float(weights @ values), error, df, int(side.sum()), int(n - side.sum()), level)


def _fit(target: Floats, donors: Floats) -> Floats:
    """Weights >= 0 with sum 1 of (n_donors, n_periods) that come nearest to a target (n_periods,)."""
    # the sum by a row that outweighs all others
    heavy = 1e4 * max(float(np.abs(donors).max()), 1.0) * math.sqrt(len(target))
    weights, _ = scipy.optimize.nnls(np.vstack([donors.T, np.full(len(donors), heavy)]), np.append(target, heavy))
    return weights / weights.sum()


def synthetic_control(values: Floats, treated: Flags, start: int, level: float = 0.95) -> Synthetic:
    """Treated zones after the start, beside the weighted mean of other zones that went along with them before.

    Estimates the effect on the treated zones if they would have gone on like that mean, and nothing of the treatment reaches the
    others: clients and pros who move between zones are in it.

    Parameters
    ----------
    values
        (n_zones, n_periods) mean outcome, without nan.
    treated
        (n_zones,).
    start
        First period of treatment, 2 to n_periods - 1.

    Raises
    ------
    ValueError
        A start outside, or too few control zones: at least 2 more than treated ones, and 3.

    Notes
    -----
    Each zone counts with what it differs from its own mean before the start (Ferman & Pinto 2021, Quantitative Economics 12(4)): a
    treated zone may lie above or below all others. Placebos are as many control zones as are treated, neighbours in the order
    given, each with the rest as controls, and each beside the treated with those controls.

    References
    ----------
    Abadie, Diamond & Hainmueller (2010), Synthetic control methods for comparative case studies. JASA 105(490).
    """
    values, treated = np.asarray(values, float), np.asarray(treated, bool)
    k, n = int(treated.sum()), int((~treated).sum())
    if not 2 <= start < values.shape[1]:
        raise ValueError(f"start = {start}, must be >= 2 and below the number of periods, {values.shape[1]}")
    if not k or n < max(k + 2, LEAST_PLACEBOS):
        raise ValueError(
            f"treated zones = {k}, control zones = {n}: must be >= 1 and >= {max(k + 2, LEAST_PLACEBOS)}, two more than treated"
        )
    centred = values - values[:, :start].mean(axis=1, keepdims=True)
    donors = centred[~treated]

    def gap_of(target: Floats, others: Floats) -> tuple[Floats, Floats]:
        weights = _fit(target[:start], others[:, :start])
        return target - weights @ others, weights

    def growth(gap: Floats) -> float:
        before = float((gap[:start] ** 2).mean())
        return float((gap[start:] ** 2).mean()) / before if before else math.inf

    target = centred[treated].mean(axis=0)
    gap, weights = gap_of(target, donors)
    placebos, as_much = [], 0
    for first in range(n):
        chosen = np.isin(np.arange(n), np.arange(first, first + k) % n)
        placebo, _ = gap_of(donors[chosen].mean(axis=0), donors[~chosen])
        as_much += growth(placebo) >= growth(gap_of(target, donors[~chosen])[0])
        placebos.append(float(placebo[start:].mean()))
    # placebos of several zones overlap
    error, df = math.sqrt(np.mean(np.square(placebos))), n / k
    return Synthetic(student(float(gap[start:].mean()), error, df, k, n, level), (1 + as_much) / (n + 1), weights, gap)

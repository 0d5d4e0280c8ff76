"""What a euro more brings: the effect of a programme over its cost, and against what the same euro brings elsewhere.

What a programme does is known only against a control arm with the same random numbers, so these are quantities of paired runs,
never of one run. Which clients are counted, and which euros, is for the caller to say.
"""

import math
from dataclasses import dataclass

import numpy as np
import scipy

from sim.arrays import Floats
from sim.statistics.intervals import Interval, fieller


@dataclass(frozen=True)
class Spent:
    """What some money brought, run by run: two columns (n,), paired by replication; a nan leaves the replication out."""

    gained: Floats
    """What came of it, such as clients who pay back, more than in the control arm."""
    cost_eur: Floats
    """What it cost, more than in the control arm."""

    def per_euro(self, level: float = 0.95) -> Interval:
        """Gain per euro, the ratio of the means, with Fieller's interval; nan when the interval of the cost holds 0."""
        return fieller(self.gained, self.cost_eur, level)


def uplift(treated: Floats, control: Floats, treated_cost_eur: Floats, control_cost_eur: Floats) -> Spent:
    """What a programme brings and costs more than its control arm; (n,) each, paired by replication."""
    return Spent(
        np.asarray(treated, float) - np.asarray(control, float),
        np.asarray(treated_cost_eur, float) - np.asarray(control_cost_eur, float),
    )


def per_euro_difference(programme: Spent, other: Spent, level: float = 0.95) -> Interval:
    """Gain per euro of a programme, minus that of the same euro spent otherwise (as on acquisition), in the same replications.

    The difference of two ratios of means, with a t interval of its linearisation (delta method): per replication,
    (gain - ratio * cost) / mean cost of the one, minus the same of the other, has the variance of the difference.

    Returns
    -------
    Interval
        Nan throughout when the interval of either cost holds 0: who spends nothing has no gain per euro. Low and high are nan with
        fewer than 3 replications.

    References
    ----------
    Deng, Knoblich & Lu (2018), Applying the delta method in metric analytics. KDD 2018, section 2.

    Examples
    --------
    >>> cheap = Spent(np.array([8.0, 10.0, 12.0]), np.full(3, 100.0))
    >>> dear = Spent(np.array([4.0, 4.0, 4.0]), np.full(3, 100.0))
    >>> round(per_euro_difference(cheap, dear).estimate, 12)
    0.06
    """
    columns = np.stack([np.asarray(column, float) for each in (programme, other) for column in (each.gained, each.cost_eur)])
    columns = columns[:, np.isfinite(columns).all(axis=0)]
    n = columns.shape[1]
    undefined = Interval(math.nan, math.nan, math.nan, n)
    if n < 2 or any(not math.isfinite(fieller(columns[i], columns[i + 1], level).estimate) for i in (0, 2)):
        return undefined
    means = columns.mean(axis=1)
    ratios = means[0] / means[1], means[2] / means[3]
    estimate = float(ratios[0] - ratios[1])
    if n < 3:
        return Interval(estimate, math.nan, math.nan, n)
    parts = [(columns[2 * i] - ratios[i] * columns[2 * i + 1]) / means[2 * i + 1] for i in (0, 1)]
    error = float((parts[0] - parts[1]).std(ddof=1)) / math.sqrt(n)
    reach = float(scipy.stats.t.ppf((1 + level) / 2, n - 1)) * error
    return Interval(estimate, estimate - reach, estimate + reach, n)

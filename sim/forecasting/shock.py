r"""How far totals miss beyond luck and doubt about parameters: a common shock, sized by the errors of the rolling origins.

Every client may come more or less often than before, all together: prices, a new shop, the weather. At the origins the log of
forecast over truth shows how much. One file has few origins, so its errors are pooled with those of many files:

.. math:: \tau^2 = \frac{\nu_0 \tau_0^2(h) + \sum_o e_o^2}{\nu_0 + m}, \quad \log shock \sim \tau\, t_{\nu_0 + m},

with the errors taken around 0 (an error of one sign at all origins widens the interval) and scaled to the horizon h.

References
----------
Efron & Morris (1975), Data analysis using Stein's estimator and its generalizations, JASA 70(350), on pooling.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import scipy

from sim.arrays import Floats

USUAL_SD, USUAL_WEEKS, GROWTH = 0.09, 13.0, 0.25
"""Of many files: standard deviation of the log error of a quarter's total, and the power with which it grows with the horizon."""
USUAL_FREEDOM = 6.0
"""Origins that the many files are worth."""
LEAST_SHARE = 0.5
"""Of the usual size, below which no file's own origins bring it: few of them are alike by luck."""
OVERLAP = 0.5
"""What an origin counts, since neighbours share most of their past and of their future."""


@dataclass(frozen=True)
class Shock:
    """Distribution of the log of the common shock."""

    sd: float
    """Scale of Student's t."""
    freedom: float
    n_origins: int

    def factors(self, n: int, random: np.random.Generator) -> Floats:
        """(n,) by how much totals are multiplied, median 1: quantiles in random order, so that few runs hold all of it."""
        return np.exp(self.sd * scipy.stats.t.ppf((random.permutation(n) + 0.5) / n, self.freedom))

    def factor(self, random: np.random.Generator) -> float:
        """One of them, drawn by itself."""
        return float(np.exp(self.sd * random.standard_t(self.freedom)))


def usual_sd(weeks: float) -> float:
    """Of many files, for a horizon."""
    return USUAL_SD * (max(weeks, 1.0) / USUAL_WEEKS) ** GROWTH


def shock_of(errors: Sequence[tuple[float, float]], weeks: float, widening: float = 1.0) -> Shock:
    """The shock of a horizon.

    Parameters
    ----------
    errors
        By origin: weeks of its horizon, and log of forecast over truth.
    widening
        Factor where the past does not go on.
    """
    usual = usual_sd(weeks)
    scaled = [error * usual / usual_sd(horizon) for horizon, error in errors]
    count = OVERLAP * len(scaled)
    square = (USUAL_FREEDOM * usual**2 + OVERLAP * math.fsum(x * x for x in scaled)) / (USUAL_FREEDOM + count)
    return Shock(widening * max(math.sqrt(square), LEAST_SHARE * usual), USUAL_FREEDOM + count, len(scaled))

"""A lower bound of the fidelity score: who has few clients must do better to stand as high."""

import math
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from sim.arrays import Floats, Ints
from sim.draws import normal_quantile
from sim.jit import compiled
from sim.scores.fidelity import FidelityScore, Immature
from sim.views import History, ScoreTable


@dataclass(frozen=True)
class WilsonLower(FidelityScore):
    r"""The one-sided lower confidence bound of Wilson for a pro's return rate.

    With n clients behind, a share p of whom returned, and the normal quantile z of ``confidence``,

    .. math:: value = \frac{p + z^2 / 2n - z \sqrt{p (1 - p) / n + z^2 / 4 n^2}}{1 + z^2 / n}.

    It is cautious about new pros, where shrinkage is neutral. Nan without clients; the standard error is that of a share at the
    centre of the interval, sqrt(c * (1 - c) / (n + z ** 2)), so it is never 0.

    References
    ----------
    Wilson (1927), Probable inference, the law of succession, and statistical inference, JASA 22(158).
    """

    confidence: float
    """Probability that the true rate is above the bound; .5 is the raw share."""

    treatments: ClassVar[tuple[Immature, ...]] = ("lost", "left_out")

    def __post_init__(self) -> None:
        super().__post_init__()
        if not 0.5 <= self.confidence <= 0.9999:
            raise ValueError(f"confidence = {self.confidence:g}, must be within 0.5..0.9999")

    def __call__(self, history: History, now_days: float) -> ScoreTable:
        """Score of every pro at ``now_days``."""
        returns, behind = self.tallies(history, now_days)
        value, error = _lower_bounds(returns, behind, normal_quantile(float(self.confidence)))
        return ScoreTable(value, self.counts(history, behind), behind, error)


@compiled
def _lower_bounds(returns: Floats, behind: Ints, z: float) -> tuple[Floats, Floats]:
    """Lower bound and standard error, (n_pros,) each."""
    value, error = np.empty(len(behind)), np.empty(len(behind))
    for p in range(len(behind)):
        n = float(behind[p])
        if n == 0.0:
            value[p], error[p] = math.nan, math.nan
            continue
        share, half = returns[p] / n, 0.5 * z / n
        width = z * math.sqrt(share * (1.0 - share) / n + half * half)
        value[p] = min(max((share + z * half - width) / (1.0 + z * z / n), 0.0), 1.0)
        centre = (share + z * half) / (1.0 + z * z / n)
        error[p] = math.sqrt(centre * (1.0 - centre) / (n + z * z))
    return value, error

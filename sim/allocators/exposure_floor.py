"""Visibility by score, with a promise: nobody is shown less than a share of the mean."""

import math
from dataclasses import dataclass

import numpy as np

from sim.allocators.base import mean_one, raised, relative_to_average, with_neutral
from sim.arrays import Floats
from sim.jit import compiled
from sim.views import ProView


@dataclass(frozen=True)
class ExposureFloor:
    """weight = max(least_share, c * min((score / platform average) ** strength, cap)), with c such that the mean is 1.

    The least change of visibility by score that leaves every counted pro ``least_share`` of the mean visibility. ``floor`` of
    ``fidelity`` is relative to a pro of average score instead, and promises no share of the mean. A pro who is not counted has the
    mean. At a share of 0 only the scale differs from ``fidelity``, at 1 everybody is equal.

    References
    ----------
    Singh & Joachims (2018), Fairness of exposure in rankings, KDD 24.
    """

    strength: float
    """0 is uniform, 1 proportional, larger favours the best more strongly; within 0..100."""
    least_share: float
    """Smallest weight, relative to the mean weight; within 0..1."""
    cap: float
    """Largest weight before the floor, relative to a pro of average score; >= 1."""

    def __post_init__(self) -> None:
        if not 0 <= self.strength <= 100:
            raise ValueError(f"strength = {self.strength:g}, must be within 0..100")
        if not 0 <= self.least_share <= 1:
            raise ValueError(f"least_share = {self.least_share:g}, must be within 0..1")
        if not 1 <= self.cap < math.inf:
            raise ValueError(f"cap = {self.cap:g}, must be >= 1 and finite")

    def visibility(self, pros: ProView, now_days: float) -> Floats:
        """Weights (n_pros,), whose mean over the active, counted pros is 1."""
        counted, active = pros.score.counted, pros.active
        ratios = relative_to_average(pros.score.value, counted, active)
        weights = mean_one(raised(ratios, self.strength, 0.0, self.cap), counted, active)
        ordered = np.sort(weights[counted & active])
        scale = _scale_above(ordered, float(self.least_share)) if len(ordered) else 1.0
        return with_neutral(np.maximum(scale * weights, self.least_share), counted, active)


@compiled
def _scale_above(ordered: Floats, least: float) -> float:
    """The factor c for which the mean of max(least, c * weight) is 1; weights (n,) increase and have the mean 1; least <= 1."""
    n = len(ordered)
    if least == 1.0:
        return 0.0
    left = 0.0
    for i in range(n):
        left += ordered[i]
    for lifted in range(n):
        scale = (n - least * lifted) / left
        if scale * ordered[lifted] >= least:
            return scale
        left -= ordered[lifted]
    return 0.0

"""Visibility by an exponential of the score."""

import math
from dataclasses import dataclass

import numpy as np

from sim.allocators.base import relative_to_average, with_neutral
from sim.arrays import Floats
from sim.jit import compiled
from sim.views import ProView

MOST = 300.0
"""Largest exponent: exp(300) times any number of pros is still finite."""


@dataclass(frozen=True)
class Softmax:
    """weight = exp((score / platform average - 1) / temperature); a pro who is not counted gets the mean weight.

    At a temperature of .1, 10 % above the average is worth 2.7 times the average's visibility. Towards 0 it becomes the strict
    order of ``ranked``, towards infinity ``uniform``. Offers in this order are those of a multinomial logit.

    References
    ----------
    Luce (1959), Individual choice behavior. McFadden (1974), Conditional logit analysis of qualitative choice behavior.
    """

    temperature: float
    """In platform averages of the score; from .01 to infinity."""

    def __post_init__(self) -> None:
        if not self.temperature >= 0.01:
            raise ValueError(f"temperature = {self.temperature:g}, must be >= 0.01")

    def visibility(self, pros: ProView, now_days: float) -> Floats:
        """Weights (n_pros,)."""
        ratios = relative_to_average(pros.score.value, pros.score.counted, pros.active)
        return with_neutral(_exponentials(ratios, float(self.temperature)), pros.score.counted, pros.active)


@compiled
def _exponentials(ratios: Floats, temperature: float) -> Floats:
    weights = np.empty(len(ratios))
    for i in range(len(ratios)):
        weights[i] = math.exp(min(max((ratios[i] - 1.0) / temperature, -MOST), MOST))
    return weights

"""Visibility by score, with a head start for new pros."""

import math
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from sim.allocators.base import Proportional
from sim.arrays import Floats
from sim.jit import compiled
from sim.views import ProView


@dataclass(frozen=True)
class NewProBoost(Proportional):
    """As ``fidelity``, but a pro whose score does not count yet gets the neutral weight times a boost that fades.

    boost at an age of a days on the platform = 1 + (``boost`` - 1) * 2 ** (-a / ``half_life_days``). It ends at once when the
    score counts.
    """

    boost: float
    """Visibility of a pro on the first day, relative to neutral; within 1..100, 1 is ``fidelity``."""
    half_life_days: float

    neutral: ClassVar[bool] = False

    def __post_init__(self) -> None:
        super().__post_init__()
        if not 1 <= self.boost <= 100:
            raise ValueError(f"boost = {self.boost:g}, must be within 1..100")
        if not 0 < self.half_life_days < math.inf:
            raise ValueError(f"half_life_days = {self.half_life_days:g}, must be > 0 and finite")

    def visibility(self, pros: ProView, now_days: float) -> Floats:
        """Weights (n_pros,)."""
        weights = self.by_value(pros.score.value, pros.score.counted, pros.active)
        faded = _faded(now_days - pros.joined_days, float(self.half_life_days))
        return np.where(pros.score.counted, weights, weights * (1.0 + (self.boost - 1.0) * faded))


@compiled
def _faded(age_days: Floats, half_life_days: float) -> Floats:
    """2 ** (-age / half-life), (n_pros,); 1 before joining."""
    left = np.empty(len(age_days))
    for i in range(len(age_days)):
        left[i] = math.exp(-math.log(2.0) * max(age_days[i], 0.0) / half_life_days)
    return left

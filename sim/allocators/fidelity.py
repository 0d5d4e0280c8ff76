"""Visibility in proportion to a power of the score."""

from dataclasses import dataclass

from sim.allocators.base import Proportional
from sim.arrays import Floats
from sim.views import ProView


@dataclass(frozen=True)
class Fidelity(Proportional):
    """weight = clip((score / platform average) ** strength, floor, cap); a pro who is not counted is neutral.

    That a good score makes a pro more visible is the published rule; the proportional form, floor and cap are assumptions.
    """

    def visibility(self, pros: ProView, now_days: float) -> Floats:
        """Weights (n_pros,)."""
        return self.by_value(pros.score.value, pros.score.counted, pros.active)

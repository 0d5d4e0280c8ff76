"""Visibility in proportion to a power of the score."""

from dataclasses import dataclass

from sim.allocators.base import check_power, proportional
from sim.views import Floats, ProView


@dataclass(frozen=True)
class Fidelity:
    """weight = clip((score / platform average) ** strength, floor, cap); a pro who is not counted is neutral.

    The platform average is the mean score of the active pros who are counted. That a good score makes a pro more visible is
    the published rule; the proportional form, floor and cap are assumptions.
    """

    strength: float
    """0 is uniform, 1 proportional, larger favours the best more strongly."""
    floor: float
    """Smallest weight, relative to a pro of average score."""
    cap: float
    """Largest weight."""

    def __post_init__(self) -> None:
        check_power(self.strength, self.floor, self.cap)

    def visibility(self, pros: ProView, now_days: float) -> Floats:
        """Weights (n_pros,)."""
        return proportional(pros.score.value, pros.score.counted, pros.active, self.strength, self.floor, self.cap)

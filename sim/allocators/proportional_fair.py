"""Visibility by score over what a pro has had already."""

import math
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from sim.allocators.base import Proportional, raised, relative_to_average
from sim.allocators.load import relative_load
from sim.arrays import Floats
from sim.views import ProView

HUGE = 1e100


@dataclass(frozen=True)
class ProportionalFair(Proportional):
    """weight = clip((score / platform average) ** strength / (exposure / platform average) ** fairness, floor, cap).

    Exposure is offers of the last four weeks per hour on offer. As a scheduler in a cell network serves whoever has the best
    channel relative to what they have had, a pro is shown for being good and for having been shown little; at rest exposure
    follows score ** (strength / (1 + fairness)). A pro who is not counted stands at the average score, with the own exposure.

    References
    ----------
    Kelly, Maulloo & Tan (1998), Rate control for communication networks, J. of the Operational Research Society 49(3).
    Viswanath, Tse & Laroia (2002), Opportunistic beamforming using dumb antennas, IEEE Trans. on Information Theory 48(6).
    """

    fairness: float
    """0 is ``fidelity``, larger evens exposure out faster; within 0..100."""
    prior_hours: float
    """Hours on offer at the platform's exposure that each pro starts with."""

    neutral: ClassVar[bool] = False

    def __post_init__(self) -> None:
        super().__post_init__()
        if not 0 <= self.fairness <= 100:
            raise ValueError(f"fairness = {self.fairness:g}, must be within 0..100")
        if not 0 < self.prior_hours < math.inf:
            raise ValueError(f"prior_hours = {self.prior_hours:g}, must be > 0 and finite")

    def visibility(self, pros: ProView, now_days: float) -> Floats:
        """Weights (n_pros,)."""
        worth = relative_to_average(pros.score.value, pros.score.counted, pros.active)
        exposure = relative_load(pros.recent_offers, pros, now_days, self.prior_hours)
        # bounded, so that huge powers meet as 0 and infinity nowhere
        weights = raised(worth, self.strength, 1 / HUGE, HUGE) / raised(exposure, self.fairness, 1 / HUGE, HUGE)
        return np.clip(weights, self.floor, self.cap)

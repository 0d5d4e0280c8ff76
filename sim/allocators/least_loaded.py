"""Visibility for those who have had the least work."""

import math
from dataclasses import dataclass

import numpy as np

from sim.allocators.base import Proportional
from sim.allocators.load import relative_load
from sim.arrays import Floats
from sim.views import ProView


@dataclass(frozen=True)
class LeastLoaded(Proportional):
    """weight = clip((platform load / own load) ** strength, floor, cap), relative to the active pros' mean; no score is read.

    The load is bookings accepted in the last four weeks per hour on offer, those with favourites included. Weights rather than a
    strict order, because all requests of a week see the same figures: strict order would send everybody to the same few.

    References
    ----------
    Mitzenmacher (2000), How useful is old information?, IEEE Transactions on Parallel and Distributed Systems 11(1).
    """

    prior_hours: float
    """Hours on offer at the platform's load that each pro starts with."""

    def __post_init__(self) -> None:
        super().__post_init__()
        if not 0 < self.prior_hours < math.inf:
            raise ValueError(f"prior_hours = {self.prior_hours:g}, must be > 0 and finite")

    def visibility(self, pros: ProView, now_days: float) -> Floats:
        """Weights (n_pros,)."""
        load = relative_load(pros.recent_bookings, pros, now_days, self.prior_hours)
        return self.by_value(1.0 / load, np.ones(pros.n_pros, bool), pros.active)

"""Visibility by score as strong as the client's stage asks for."""

from dataclasses import dataclass

import numpy as np

from sim.allocators.base import Proportional
from sim.arrays import Floats
from sim.views import ProView


@dataclass(frozen=True)
class PaybackAware(Proportional):
    """As ``fidelity`` with ``strength`` while a client has fewer than K completed bookings, with ``strength_after`` from then on.

    The money of a client who has paid back is safe, so later requests can be spread more evenly: ``strength_after`` = 0 shows
    everybody alike. Requests that a favourite accepts follow neither.
    """

    strength_after: float
    """Strength for clients with at least K completed bookings; within 0..100."""

    def __post_init__(self) -> None:
        super().__post_init__()
        if not 0 <= self.strength_after <= 100:
            raise ValueError(f"strength_after = {self.strength_after:g}, must be within 0..100")

    def visibility(self, pros: ProView, now_days: float) -> Floats:
        """Weights (n_stages, n_pros)."""
        after = Proportional(self.strength_after, self.floor, self.cap)
        value, counted, active = pros.score.value, pros.score.counted, pros.active
        weights = np.empty((pros.n_stages, pros.n_pros))
        weights[:-1] = self.by_value(value, counted, active)
        weights[-1] = after.by_value(value, counted, active)
        return weights

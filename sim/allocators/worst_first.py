"""Strict order by score with its sign turned: what a slip in a sort does."""

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from sim.allocators.base import relative_to_average, with_neutral
from sim.arrays import Floats
from sim.views import ProView

LOWEST = 1e-9


@dataclass(frozen=True)
class WorstFirst:
    """Each request is offered to the free pro with the lowest score first, then to the next one; ties in random order.

    A pro who is not counted stands where the average score stands.
    """

    offer_order: ClassVar[str] = "ranked"

    def visibility(self, pros: ProView, now_days: float) -> Floats:
        """Weights (n_pros,): how far the score lies below the best, so that the average one lies at the mean weight."""
        counted, active = pros.score.counted, pros.active
        ratios = relative_to_average(pros.score.value, counted, active)
        best = ratios[counted & active].max(initial=0.0)
        return with_neutral(np.maximum(best - ratios, LOWEST), counted, active)

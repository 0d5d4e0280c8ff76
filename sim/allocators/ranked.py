"""Strict order by score."""

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from sim.allocators.base import relative_to_average, with_neutral
from sim.arrays import Floats
from sim.views import ProView

LOWEST = 1e-9


@dataclass(frozen=True)
class Ranked:
    """Each request is offered to the free pro with the best score first, then to the next one; ties in random order.

    A pro who is not counted stands where the average score stands.
    """

    offer_order: ClassVar[str] = "ranked"

    def visibility(self, pros: ProView, now_days: float) -> Floats:
        """Weights (n_pros,): the score over the platform average; a score of 0 stays last instead of disappearing."""
        ratios = relative_to_average(pros.score.value, pros.score.counted, pros.active)
        return with_neutral(np.maximum(ratios, LOWEST), pros.score.counted, pros.active)

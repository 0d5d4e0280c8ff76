"""Everybody is equally visible."""

from dataclasses import dataclass

import numpy as np

from sim.arrays import Floats
from sim.views import ProView


@dataclass(frozen=True)
class Uniform:
    """Equal visibility: each request is offered in random order. The usual control."""

    def visibility(self, pros: ProView, now_days: float) -> Floats:
        """Weight 1 for all, (n_pros,)."""
        return np.ones(pros.n_pros)

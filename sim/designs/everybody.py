"""One arm for the whole market: the worlds that an experiment stands for, and never sees."""

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from sim.designs.base import Groups, Unit, Units, everybody


@dataclass(frozen=True)
class Everybody:
    """All clients are treated while the experiment lasts, or none: what a global effect is the difference of.

    No experiment of a team, which has one market: there is nothing to compare within it.
    """

    unit: ClassVar[Unit] = "period"
    estimator: ClassVar[str] = ""

    treated: bool
    """Whether all are, or none."""

    def groups(self, units: Units) -> Groups:
        """Everybody in one group."""
        return everybody(units)._replace(shares=np.full((units.n_zones, 1), float(self.treated)))

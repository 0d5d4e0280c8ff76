"""Switched on in one zone, beside a mean of other zones that went along with it before."""

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from sim.designs.base import ZONES, Groups, Unit, Units, chosen, everybody


@dataclass(frozen=True)
class SyntheticControl:
    """Nothing is randomised but the zone: for teams that can only switch a policy on somewhere.

    One zone says little about the others, and its pros serve its neighbours, too.
    """

    unit: ClassVar[Unit] = "zone"
    estimator: ClassVar[str] = "synthetic_control"

    treated_zones: int
    """How many zones it is switched on in, >= 1."""
    start_day: float
    """Day of the experiment on which it is, >= 14: what comes before is what other zones are weighed by."""

    def __post_init__(self) -> None:
        if self.treated_zones < 1:
            raise ValueError(f"treated_zones = {self.treated_zones}, must be >= 1")
        if not 14 <= self.start_day < np.inf:
            raise ValueError(f"start_day = {self.start_day:g}, must be >= 14 and finite")

    def groups(self, units: Units) -> Groups:
        """Zones drawn, treated from the start day on."""
        treated = chosen(units.uniforms(ZONES, units.n_zones), self.treated_zones / units.n_zones, "zones")
        shares = np.zeros((units.n_zones, units.n_periods(self.start_day)))
        shares[treated, 1:] = 1.0
        return everybody(units)._replace(shares=shares, period_days=float(self.start_day))

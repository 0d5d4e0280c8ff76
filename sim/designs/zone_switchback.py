"""Zones switched on and off, each at its own times."""

from dataclasses import dataclass
from typing import ClassVar

from sim.designs.base import CELLS, Groups, Unit, Units, chosen, everybody
from sim.designs.switchback import Switchback


@dataclass(frozen=True)
class ZoneSwitchback(Switchback):
    """As a switchback, with every pair of zone and period drawn by itself: more clusters, and carry-over across zones, too."""

    unit: ClassVar[Unit] = "zone_period"
    estimator: ClassVar[str] = "means"

    def groups(self, units: Units) -> Groups:
        """Pairs of zone and period drawn."""
        shape = units.n_zones, units.n_periods(self.period_days)
        drawn = units.uniforms(CELLS, shape[0] * shape[1])
        treated = chosen(drawn, self.share, "zones x periods", self.balanced)
        return everybody(units)._replace(shares=treated.reshape(shape).astype(float), period_days=float(self.period_days))

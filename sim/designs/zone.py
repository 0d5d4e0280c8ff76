"""Zones in two groups."""

from dataclasses import dataclass
from typing import ClassVar

from sim.designs.base import ZONES, Groups, Unit, Units, check_share, chosen, everybody


@dataclass(frozen=True)
class Zone:
    """All requests of a treated zone are treated; pros who serve zones of both kinds carry the effect across.

    Few zones make a wide interval, whatever the number of clients.
    """

    unit: ClassVar[Unit] = "zone"
    estimator: ClassVar[str] = "means"

    share: float
    """Of zones treated, within (0, 1): exactly, to the nearest zone."""

    def __post_init__(self) -> None:
        check_share(self.share)

    def groups(self, units: Units) -> Groups:
        """Zones drawn."""
        treated = chosen(units.uniforms(ZONES, units.n_zones), self.share, "zones")
        return everybody(units)._replace(shares=treated[:, None].astype(float))

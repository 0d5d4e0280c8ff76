"""Clients in two groups, for as long as the experiment lasts."""

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from sim.designs.base import CLIENTS, Groups, Unit, Units, check_share, everybody


@dataclass(frozen=True)
class Client:
    """Each client is treated with the same probability, by themselves and for good: the usual A/B test.

    Both groups book the same pros, so that a treated client takes a good pro away from a control client: the effect is overstated
    where pros are scarce.
    """

    unit: ClassVar[Unit] = "client"
    estimator: ClassVar[str] = "means"

    share: float
    """Of clients treated, within (0, 1)."""

    def __post_init__(self) -> None:
        check_share(self.share)

    def groups(self, units: Units) -> Groups:
        """Places drawn, one share everywhere and always."""
        return everybody(units)._replace(
            places=units.uniforms(CLIENTS, units.n_clients), shares=np.full((units.n_zones, 1), self.share)
        )

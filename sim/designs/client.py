"""Clients in two groups, for as long as the experiment lasts."""

import math
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from sim.designs.base import CLIENTS, Groups, Unit, Units, check_share, everybody

WEEK_DAYS = 7.0


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
    ramp_up_days: float = 0.0
    """Over which the share grows to that, in equal steps of a week, >= 0; 0: it is there from the first day."""

    def __post_init__(self) -> None:
        check_share(self.share)
        if not 0 <= self.ramp_up_days < math.inf:
            raise ValueError(f"ramp_up_days = {self.ramp_up_days:g}, must be >= 0 and finite")

    def groups(self, units: Units) -> Groups:
        """Places drawn, one share everywhere; whoever is treated stays treated."""
        groups = everybody(units)._replace(places=units.uniforms(CLIENTS, units.n_clients))
        if not self.ramp_up_days:
            return groups._replace(shares=np.full((units.n_zones, 1), self.share))
        steps = math.ceil(self.ramp_up_days / WEEK_DAYS) + 1
        by_week = self.share * np.minimum(np.arange(1, units.n_periods(WEEK_DAYS) + 1) / steps, 1)
        return groups._replace(shares=np.tile(by_week, (units.n_zones, 1)), period_days=WEEK_DAYS)

"""A share of clients that changes from stage to stage: rollout by stages, and before and after."""

from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from sim.designs.base import CLIENTS, Groups, Unit, Units, everybody


@dataclass(frozen=True)
class Staged:
    """The first share of clients is treated in the first stage, and so on; whoever is treated stays treated.

    The last share holds until the end of the experiment. With the shares 0 and 1 nobody is randomised: a team switches it on for
    everybody, and compares before with after.
    """

    shares: tuple[float, ...]
    """Share of clients treated in each stage, 0 to 1, never falling, and not all the same."""
    stage_days: float
    """Length of a stage, >= 1."""

    def __post_init__(self) -> None:
        shares = list(self.shares)
        if not all(0 <= share <= 1 for share in shares):
            raise ValueError(f"shares = {shares}, must be within 0..1")
        if not all(before <= after for before, after in pairwise(shares)):
            raise ValueError(f"shares = {shares}, must not fall")
        if len(set(shares)) < 2:
            raise ValueError(f"shares = {shares}, must not all be the same: for one share choose the design client")
        if not 1 <= self.stage_days < np.inf:
            raise ValueError(f"stage_days = {self.stage_days:g}, must be >= 1 and finite")

    @property
    def unit(self) -> Unit:
        """Clients, unless all or none are treated."""
        return "period" if {*self.shares} <= {0, 1} else "client"

    @property
    def estimator(self) -> str:
        """Means within each stage, unless all or none are treated."""
        return "before_after" if self.unit == "period" else "means"

    def groups(self, units: Units) -> Groups:
        """Places drawn as by ``Client``: its treated are the first here. Not drawn where all or none are treated."""
        n = units.n_periods(self.stage_days)
        by_stage = np.array(self.shares, float)[np.minimum(np.arange(n), len(self.shares) - 1)]
        groups = everybody(units)._replace(shares=np.tile(by_stage, (units.n_zones, 1)), period_days=float(self.stage_days))
        return groups if self.unit == "period" else groups._replace(places=units.uniforms(CLIENTS, units.n_clients))

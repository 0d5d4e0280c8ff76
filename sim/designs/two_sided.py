"""Clients and pros in two groups each: the treated arm shows treated pros to treated clients."""

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from sim.designs.base import CLIENTS, PROS, Groups, Unit, Units, chosen, everybody


@dataclass(frozen=True)
class TwoSided:
    """A pro is weighed by the treated arm if pro and client are both treated, else by the control's.

    The four kinds of pairs tell interference between clients from that between pros.

    References
    ----------
    Johari, Li, Liskovich & Weintraub (2022), Experimental design in two-sided platforms: an analysis of bias. Management Science.
    """

    unit: ClassVar[Unit] = "client"
    estimator: ClassVar[str] = "two_sided"

    client_share: float
    """Of clients treated, within (0, 1)."""
    pro_share: float
    """Of pros treated, within (0, 1): exactly, to the nearest pro."""

    def __post_init__(self) -> None:
        for name in ("client_share", "pro_share"):
            share = getattr(self, name)
            if not 0 < share < 1:
                raise ValueError(f"{name} = {share:g}, must be > 0 and < 1")

    def groups(self, units: Units) -> Groups:
        """Places and pros drawn: the same clients as by ``Client``, the same pros as by ``Pro``."""
        return everybody(units)._replace(
            places=units.uniforms(CLIENTS, units.n_clients),
            shares=np.full((units.n_zones, 1), self.client_share),
            pros=chosen(units.uniforms(PROS, units.n_pros), self.pro_share, "pros"),
        )

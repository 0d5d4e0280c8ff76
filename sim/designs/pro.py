"""Pros in two groups: every request sees both, each by the weight of its own arm."""

from dataclasses import dataclass
from typing import ClassVar

from sim.designs.base import PROS, Groups, Unit, Units, check_share, chosen, everybody


@dataclass(frozen=True)
class Pro:
    """Each pro is weighed by the own arm; the two arms' weights have the same mean over the active pros.

    Treated and control pros compete for the same requests, so that what one group gains the other loses.
    """

    unit: ClassVar[Unit] = "pro"
    estimator: ClassVar[str] = "means"

    share: float
    """Of pros treated, within (0, 1): exactly, to the nearest pro."""

    def __post_init__(self) -> None:
        check_share(self.share)

    def groups(self, units: Units) -> Groups:
        """Pros drawn, all requests treated."""
        return everybody(units)._replace(pros=chosen(units.uniforms(PROS, units.n_pros), self.share, "pros"))

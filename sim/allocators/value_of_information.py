"""Visibility by score, and for what showing a pro would teach."""

import math
from dataclasses import dataclass
from typing import ClassVar

from sim.allocators.base import Proportional
from sim.arrays import Floats
from sim.views import ProView


@dataclass(frozen=True)
class ValueOfInformation(Proportional):
    """As ``fidelity``, times 1 + ``bonus`` * (v / (n + v)) ** 2 for a pro who has had n new clients, with v = ``prior_clients``.

    A raw rate of n clients has the reliability n / (n + v); (v / (n + v)) ** 2 is what one more client adds to it, as a share of
    what the first one adds. Where visibility is proportional to a score, the gain in return rate is the variance of the scores'
    signal over their mean, hence linear in reliability: the next client of a little known pro is worth that much more.
    All new clients so far are counted, also those whose time to return is not over: what they will tell is on its way.
    """

    bonus: float
    """Extra visibility of a pro without clients, relative to the weight by score; within 0..100, 0 is ``fidelity``."""
    prior_clients: float
    """v, new clients at which a raw rate is half signal: 1 / rho - 1."""

    neutral: ClassVar[bool] = False

    def __post_init__(self) -> None:
        super().__post_init__()
        if not 0 <= self.bonus <= 100:
            raise ValueError(f"bonus = {self.bonus:g}, must be within 0..100")
        if not 0 < self.prior_clients < math.inf:
            raise ValueError(f"prior_clients = {self.prior_clients:g}, must be > 0 and finite")

    def visibility(self, pros: ProView, now_days: float) -> Floats:
        """Weights (n_pros,)."""
        unknown = self.prior_clients / (pros.new_clients + self.prior_clients)
        weights = self.by_value(pros.score.value, pros.score.counted, pros.active)
        return weights * (1.0 + self.bonus * unknown * unknown)

"""References that know the truth: what could be gained if scores had no noise."""

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from sim.allocators.base import Proportional
from sim.arrays import Floats
from sim.views import ProView


def truth(pros: ProView) -> Floats:
    """The true return propensity (n_pros,), which an allocator with ``sees_truth`` is given."""
    if pros.true_return_propensity is None:
        raise ValueError("this allocator needs true_return_propensity: it must declare sees_truth = True")
    return pros.true_return_propensity


LOWEST = 1e-9


@dataclass(frozen=True)
class Oracle:
    """Each request is offered in strict order of the pros' true return propensity.

    A greedy reference, not a proven bound: it looks at one request at a time and not at the pros' capacity.
    """

    offer_order: ClassVar[str] = "ranked"
    sees_truth: ClassVar[bool] = True

    def visibility(self, pros: ProView, now_days: float) -> Floats:
        """Weights (n_pros,): the true return propensity; where nobody ever returns all are equal instead of invisible."""
        return np.maximum(truth(pros), LOWEST)


@dataclass(frozen=True)
class OracleByStage:
    """As ``oracle`` for clients with fewer than ``until_bookings`` completed bookings; in reverse order of the truth from then on.

    What a metric that looks no further than that many bookings would call the best: the good pros are kept free for those whom it
    counts, at the expense of all others. With 1 it is the reference of return within six months, with 3 that of three bookings.
    """

    until_bookings: int
    """Completed bookings from which on the order is reversed, 1 to the payback bookings; >= 1."""

    offer_order: ClassVar[str] = "ranked"
    sees_truth: ClassVar[bool] = True

    def __post_init__(self) -> None:
        if isinstance(self.until_bookings, bool) or not isinstance(self.until_bookings, int) or self.until_bookings < 1:
            raise ValueError(f"until_bookings = {self.until_bookings}, must be a whole number >= 1")

    def visibility(self, pros: ProView, now_days: float) -> Floats:
        """Weights (n_stages, n_pros)."""
        known = np.maximum(truth(pros), LOWEST)
        weights = np.empty((pros.n_stages, pros.n_pros))
        weights[:] = known
        weights[self.until_bookings :] = 1.0 / known
        return weights


@dataclass(frozen=True)
class OracleProportional(Proportional):
    """weight = clip((true return propensity / platform average) ** strength, floor, cap), for all pros from their first day.

    At the strength of a studied arm it separates what noise in the score costs from what strict order would add.
    """

    sees_truth: ClassVar[bool] = True

    def visibility(self, pros: ProView, now_days: float) -> Floats:
        """Weights (n_pros,)."""
        everybody = np.ones(pros.n_pros, bool)
        return self.by_value(truth(pros), everybody, pros.active)


@dataclass(frozen=True)
class OracleWhenCounted(Proportional):
    """As ``oracle_proportional`` for the pros whose score counts; who is not counted is neutral.

    Waits as long as the score does, and then knows the truth: beside the score it shows what noise costs, beside
    ``oracle_proportional`` what waiting costs.
    """

    sees_truth: ClassVar[bool] = True

    def visibility(self, pros: ProView, now_days: float) -> Floats:
        """Weights (n_pros,)."""
        return self.by_value(truth(pros), pros.score.counted, pros.active)

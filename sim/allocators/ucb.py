"""Explore by optimism: each pro is as visible as they may well be good."""

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from sim.allocators.base import with_neutral
from sim.allocators.posterior import posterior_quantiles
from sim.arrays import Floats
from sim.views import ProView

LOWEST = 1e-9


@dataclass(frozen=True)
class UpperConfidenceBound:
    """Offers go in strict order of an upper quantile of what is believed of each pro's return rate.

    A pro leads by being good or by being little known; in the second case the next clients settle it. Without randomness; with
    feedback that takes six months, whoever leads stays there for long. The posterior is that of the arm's score: take
    ``empirical_bayes`` without a threshold. A pro who is not counted stands at the mean of the bounds.

    References
    ----------
    Kaufmann, Cappe & Garivier (2012), On Bayesian upper confidence bounds for bandit problems, AISTATS 15, with a fixed level.
    """

    offer_order: ClassVar[str] = "ranked"

    confidence: float
    """Level of the quantile; .5 is the median, larger explores more."""

    def __post_init__(self) -> None:
        if not 0.5 <= self.confidence <= 0.9999:
            raise ValueError(f"confidence = {self.confidence:g}, must be within 0.5..0.9999")

    def visibility(self, pros: ProView, now_days: float) -> Floats:
        """Weights (n_pros,): the upper quantiles.

        Raises
        ------
        ValueError
            A counted score without a standard error.
        """
        bound = posterior_quantiles(pros.score, np.full(pros.n_pros, float(self.confidence)), "ucb")
        return with_neutral(np.maximum(bound, LOWEST), pros.score.counted, pros.active)

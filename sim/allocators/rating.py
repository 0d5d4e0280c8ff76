"""Visibility by stars, as many marketplaces do."""

from dataclasses import dataclass

import numpy as np

from sim.allocators.base import Proportional
from sim.arrays import Floats
from sim.views import ProView


@dataclass(frozen=True)
class Rating(Proportional):
    """weight = clip((mean stars / platform average) ** strength, floor, cap), with stars shrunk to the platform's mean.

    It reads the ratings that clients see, not the arm's score. A pro without ratings stands at the platform's mean. Mean stars
    differ little between pros, so a strength of 1 is close to uniform.
    """

    prior_ratings: float
    """Ratings at the platform's mean that each pro starts with."""

    def __post_init__(self) -> None:
        super().__post_init__()
        if not 0 < self.prior_ratings < np.inf:
            raise ValueError(f"prior_ratings = {self.prior_ratings:g}, must be > 0 and finite")

    def visibility(self, pros: ProView, now_days: float) -> Floats:
        """Weights (n_pros,)."""
        n_ratings = int(pros.n_ratings.sum())
        if n_ratings == 0:
            return np.ones(pros.n_pros)
        platform_mean = int(pros.rating_sum.sum()) / n_ratings
        mean_stars = (pros.rating_sum + self.prior_ratings * platform_mean) / (pros.n_ratings + self.prior_ratings)
        everybody = np.ones(pros.n_pros, bool)
        return self.by_value(mean_stars, everybody, pros.active)

"""The mean rating, shrunk to the platform's mean."""

import math
from dataclasses import dataclass

import numpy as np

from sim.scores.rating_mean import spread_of_stars
from sim.views import History, ScoreTable


@dataclass(frozen=True)
class RatingBayes:
    """Mean stars shrunk to the platform's mean: as if each pro had begun with ``prior_ratings`` ratings of that mean.

    A pro without ratings has the platform's mean, and counts if ``min_sessions`` and ``min_ratings`` (>= 0) allow; before the
    platform's first rating all are nan. The standard error is an upper bound, see ``spread_of_stars``.
    """

    prior_ratings: float
    min_sessions: int
    min_ratings: int

    def __post_init__(self) -> None:
        if not 0 < self.prior_ratings < math.inf:
            raise ValueError(f"prior_ratings = {self.prior_ratings:g}, must be > 0 and finite")
        for name in ("min_sessions", "min_ratings"):
            if getattr(self, name) < 0:
                raise ValueError(f"{name} = {getattr(self, name)}, must be >= 0")

    def __call__(self, history: History, now_days: float) -> ScoreTable:
        """Score of every pro at ``now_days``."""
        n = history.n_ratings
        n_platform = int(n.sum())
        platform = int(history.rating_sum.sum()) / n_platform if n_platform else np.nan
        value = (history.rating_sum + self.prior_ratings * platform) / (n + self.prior_ratings)
        error = np.sqrt(spread_of_stars(value) / (n + self.prior_ratings))
        counted = (history.completed_sessions >= self.min_sessions) & (n >= self.min_ratings) & (n_platform > 0)
        return ScoreTable(value, counted, n, error)

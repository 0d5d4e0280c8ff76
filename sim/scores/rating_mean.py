"""The mean rating: what clients see of a pro."""

from dataclasses import dataclass

import numpy as np

from sim.arrays import Floats
from sim.views import History, ScoreTable


def spread_of_stars(mean: Floats) -> Floats:
    """The largest variance (n_pros,) that ratings of 1 to 5 stars with these means can have: (mean - 1) * (5 - mean).

    Only sums of stars are known, not their squares. Ratings are J-shaped, most five and then one, which is where the bound is
    reached; so it is not far off, and errs on the side of caution.

    References
    ----------
    Bhatia & Davis (2000), A better bound on the variance, The American Mathematical Monthly 107(4).
    """
    return np.maximum((mean - 1.0) * (5.0 - mean), 0.0)


@dataclass(frozen=True)
class RatingMean:
    """Mean stars, ever.

    Nan for a pro without ratings. It counts from ``min_sessions`` completed sessions and ``min_ratings`` ratings on; the clients
    behind it are its ratings. The standard error is an upper bound, see ``spread_of_stars``.
    """

    min_sessions: int
    min_ratings: int

    def __post_init__(self) -> None:
        if self.min_sessions < 0:
            raise ValueError(f"min_sessions = {self.min_sessions}, must be >= 0")
        if self.min_ratings < 1:
            raise ValueError(f"min_ratings = {self.min_ratings}, must be >= 1")

    def __call__(self, history: History, now_days: float) -> ScoreTable:
        """Score of every pro at ``now_days``."""
        n = history.n_ratings
        value = np.where(n > 0, history.rating_sum / np.maximum(n, 1), np.nan)
        error = np.sqrt(spread_of_stars(value) / np.maximum(n, 1))
        counted = (history.completed_sessions >= self.min_sessions) & (n >= self.min_ratings)
        return ScoreTable(value, counted, n, error)

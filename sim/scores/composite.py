"""A score out of 100 from loyalty, cancellations, punctuality and stars."""

from dataclasses import dataclass

import numpy as np

from sim.arrays import Floats, Ints
from sim.scores.fidelity import FidelityScore
from sim.scores.rating_mean import spread_of_stars
from sim.views import History, ScoreTable

PARTS = ("loyalty", "cancellation", "punctuality", "rating")


def out_of_100(history: History, loyalty: ScoreTable, weights: tuple[float, float, float, float]) -> ScoreTable:
    """100 times the weighed sum of four parts between 0 and 1; counted, and about as many clients, as loyalty.

    - loyalty: the value of ``loyalty``, a share;
    - cancellation: 1 - sessions cancelled by the pro / sessions cancelled or completed, ever; 1 before the first;
    - punctuality: 1 - late sessions / completed sessions, ever; 1 before the first;
    - rating: (mean stars - 1) / 4, ever; before a pro's first rating, that of the whole platform (1 before its first).

    The standard error takes the parts as independent, and is nan where one of them has none and a weight.
    """
    completed, cancelled = history.completed_sessions, history.cancelled_sessions
    kept, kept_variance = _share_kept(cancelled, completed + cancelled)
    punctual, punctual_variance = _share_kept(history.late_sessions, completed)
    stars, stars_variance = _stars(history)
    values = (loyalty.value, kept, punctual, stars)
    variances = (loyalty.standard_error * loyalty.standard_error, kept_variance, punctual_variance, stars_variance)
    value, variance = np.zeros(history.n_pros), np.zeros(history.n_pros)
    for weight, part, part_variance in zip(weights, values, variances, strict=True):
        value = value + weight * part
        if weight > 0:
            variance = variance + weight * weight * part_variance
    return ScoreTable(100.0 * value, loyalty.counted, loyalty.clients_behind, 100.0 * np.sqrt(variance))


def _share_kept(broken: Ints, promised: Ints) -> tuple[Floats, Floats]:
    """Share of promises kept and its binomial variance, (n_pros,) each."""
    n = np.maximum(promised, 1)
    share = 1.0 - broken / n
    return share, share * (1.0 - share) / n


def _stars(history: History) -> tuple[Floats, Floats]:
    """Mean stars on a scale of 0 to 1 and the largest variance that mean can have, (n_pros,) each."""
    n, total = history.n_ratings, int(history.n_ratings.sum())
    platform = int(history.rating_sum.sum()) / total if total else 5.0
    mean = np.where(n > 0, history.rating_sum / np.maximum(n, 1), platform)
    return (mean - 1.0) / 4.0, spread_of_stars(mean) / 16.0 / np.maximum(n, 1)


@dataclass(frozen=True)
class Composite(FidelityScore):
    """100 * (sum of weight * part) over loyalty, kept sessions, punctuality and stars; the weights sum to 1.

    Loyalty is the fidelity score of the same parameters; ``out_of_100`` defines the other parts. Nan and not counted as the
    fidelity score.
    """

    loyalty_weight: float
    cancellation_weight: float
    punctuality_weight: float
    rating_weight: float

    def __post_init__(self) -> None:
        super().__post_init__()
        for name, weight in zip(PARTS, self.weights, strict=True):
            if not 0 <= weight <= 1:
                raise ValueError(f"{name}_weight = {weight:g}, must be within 0..1")
        if abs(sum(self.weights) - 1.0) > 1e-9:
            raise ValueError(f"loyalty_weight = {self.loyalty_weight:g}, the weights must sum to 1 and not {sum(self.weights):g}")

    @property
    def weights(self) -> tuple[float, float, float, float]:
        """Weights of the parts, in their order."""
        return self.loyalty_weight, self.cancellation_weight, self.punctuality_weight, self.rating_weight

    def __call__(self, history: History, now_days: float) -> ScoreTable:
        """Score of every pro at ``now_days``."""
        return out_of_100(history, super().__call__(history, now_days), self.weights)

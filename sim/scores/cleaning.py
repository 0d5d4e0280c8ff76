"""The cleaning score: out of 100, from client loyalty and cancellations."""

from dataclasses import dataclass

from sim.scores.composite import out_of_100
from sim.scores.fidelity import FidelityScore
from sim.views import History, ScoreTable


@dataclass(frozen=True)
class CleaningScore(FidelityScore):
    """100 * (w * loyalty + (1 - w) * (1 - cancellation rate)), with w = ``loyalty_weight``.

    Loyalty is the fidelity score of the same parameters; the cancellation rate is sessions cancelled by the pro over sessions
    cancelled or completed, ever. The parts are published, their weights are not. Nan and not counted as the fidelity score. A
    composite of two parts, kept as a class of its own because it is a published rule.
    """

    loyalty_weight: float

    def __post_init__(self) -> None:
        super().__post_init__()
        if not 0 <= self.loyalty_weight <= 1:
            raise ValueError(f"loyalty_weight = {self.loyalty_weight:g}, must be within 0..1")

    def __call__(self, history: History, now_days: float) -> ScoreTable:
        """Score of every pro at ``now_days``."""
        weights = (self.loyalty_weight, 1.0 - self.loyalty_weight, 0.0, 0.0)
        return out_of_100(history, super().__call__(history, now_days), weights)

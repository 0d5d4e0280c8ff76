"""The fidelity score with newer clients weighing more."""

import math
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from sim.arrays import Flags, Floats, Ints
from sim.jit import compiled
from sim.scores.fidelity import FidelityScore, Immature
from sim.views import History, ScoreTable


@dataclass(frozen=True)
class RecencyWeighted(FidelityScore):
    """Share of the new clients who booked again in time, each weighed by 2 ** (-age / ``half_life_days``).

    The age is that of the first session; only ages relative to a pro's other clients matter. So a pro who improves is seen to
    improve sooner, at the price of more noise: w-weighed clients are worth (sum w) ** 2 / sum w ** 2 equal ones, which is what
    the standard error sqrt(p * (1 - p) * sum w ** 2) / sum w says. Clients behind are counted without weights.
    """

    half_life_days: float
    """Days after which a client weighs half; infinite: the plain fidelity score."""

    treatments: ClassVar[tuple[Immature, ...]] = ("lost", "left_out")

    def __post_init__(self) -> None:
        super().__post_init__()
        if not self.half_life_days >= 1:
            raise ValueError(f"half_life_days = {self.half_life_days:g}, must be >= 1")

    def __call__(self, history: History, now_days: float) -> ScoreTable:
        """Score of every pro at ``now_days``."""
        value, error, behind = _weighed(*self.returns(history, now_days), history.n_pros, math.log(2.0) / self.half_life_days)
        return ScoreTable(value, self.counts(history, behind), behind, error)


@compiled
def _weighed(pro: Ints, first_days: Floats, returned: Flags, n_pros: int, decay_per_day: float) -> tuple[Floats, Floats, Ints]:
    """Weighed share, its standard error and number of clients, (n_pros,) each; clients in order of their first session.

    A pro's newest client weighs 1: what came before fades as each client is added, so sums never vanish however old they are.
    """
    returns, weights, squares = np.zeros(n_pros), np.zeros(n_pros), np.zeros(n_pros)
    latest, behind = np.zeros(n_pros), np.zeros(n_pros, np.int64)
    for i in range(len(pro)):
        p = pro[i]
        fading = math.exp(-decay_per_day * (first_days[i] - latest[p])) if behind[p] > 0 else 1.0
        latest[p] = first_days[i]
        behind[p] += 1
        returns[p] = returns[p] * fading + (1.0 if returned[i] else 0.0)
        weights[p] = weights[p] * fading + 1.0
        squares[p] = squares[p] * fading * fading + 1.0
    value, error = np.empty(n_pros), np.empty(n_pros)
    for p in range(n_pros):
        value[p] = returns[p] / weights[p] if behind[p] > 0 else math.nan
        error[p] = math.sqrt(value[p] * (1.0 - value[p]) * squares[p]) / weights[p] if behind[p] > 0 else math.nan
    return value, error, behind

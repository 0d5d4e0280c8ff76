"""OCBA: the best use of a fixed number of replications among several systems."""

import math

import numpy as np

from sim.arrays import Floats
from sim.said import say

STEPS = 10
"""The budget beyond the first replications is spent in at least so many steps, each with fresh means and variances."""


def shares(means: Floats, variances: Floats) -> Floats:
    """How to divide replications among systems so that the largest mean is found with the highest probability.

    For two rivals i, j of the best b: N_i / N_j = (s_i / d_i)^2 / (s_j / d_j)^2, d being the lead of b; and
    N_b = s_b sqrt(sum of (N_i / s_i)^2 over the rivals).

    Parameters
    ----------
    means, variances
        (n_systems,) each; independent outputs.

    Returns
    -------
    Floats
        (n_systems,) shares that sum to 1. All of it to the rivals that tie with the best, and to the best, when some do; even
        shares when nothing varies.

    References
    ----------
    Chen, Lin, Yücesan & Chick (2000), Simulation budget allocation for further enhancing the efficiency of ordinal optimization.
    Discrete Event Dynamic Systems 10, 251-270: theorem 1.

    Examples
    --------
    >>> shares(np.array([0.0, 1.0, 3.0]), np.ones(3)).round(4)  # .1111 : .25 : sqrt(1/81 + 1/16) = .2736
    array([0.1751, 0.3939, 0.431 ])
    """
    best = int(np.argmax(means))
    rivals = np.arange(len(means)) != best
    lead = means[best] - means
    tied = rivals & (lead == 0)
    weights = np.zeros(len(means))
    if (variances[tied] > 0).any():
        weights[tied] = variances[tied]
    else:
        apart = rivals & (lead > 0)
        weights[apart] = variances[apart] / lead[apart] ** 2
    noisy = rivals & (variances > 0)
    weights[best] = math.sqrt(float(variances[best]) * float((weights[noisy] ** 2 / variances[noisy]).sum()))
    total = float(weights.sum())
    return weights / total if total > 0 else np.full(len(means), 1 / len(means))


class OCBA:
    """Optimal computing budget allocation, in steps.

    Each system gets n0 replications; then each step renews means and variances, and brings systems nearer to their shares of what
    has been spent by then. Rests on independent outputs.
    """

    common = False
    guarantee = say("no guarantee: the largest sample mean after a budget divided to make a correct selection likely")

    def __init__(self, n_systems: int, n0: int, budget: int) -> None:
        self._budget, self._k = budget, n_systems
        self._step = max((budget - n0 * n_systems) // STEPS, 1)
        self._goal = np.full(n_systems, n0)
        self._counts = np.zeros(n_systems, dtype=int)

    def wanted(self) -> tuple[int, ...]:
        """Values that each system should have by the end of this round, (n_systems,)."""
        return tuple(int(goal) for goal in self._goal)

    def add(self, values: list[list[float]]) -> None:
        """Take in the values of a round: by system, all that it has so far."""
        self._counts = self._goal
        spend = min(self._step, self._budget - int(self._counts.sum()))
        if spend <= 0:
            return
        means = np.array([math.fsum(column) / len(column) for column in values])
        variances = np.array([np.var(column, ddof=1) for column in values])
        ideal = shares(means, variances) * (self._counts.sum() + spend)
        short = np.maximum(ideal - self._counts, 0.0)
        # to those that are short of their share, in proportion; rounded so that exactly ``spend`` are given out
        ends = np.floor(np.cumsum(short) / short.sum() * spend + 0.5).astype(int)
        ends[-1] = spend
        self._goal = self._counts + np.diff(ends, prepend=0)

    def survivors(self) -> tuple[int, ...]:
        """Systems that can still be the best."""
        return tuple(range(self._k))

    def done(self) -> bool:
        """Whether the search is over."""
        return int(self._counts.sum()) >= self._budget

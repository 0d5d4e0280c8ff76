"""KN and KN++: sample all systems left, drop those that lag too far behind, until one is left."""

import math

import numpy as np

from sim.arrays import Floats
from sim.said import Said, number, say

C = 1
"""The papers' c: 1 makes the continuation region a triangle, their advice when nothing is known of the means."""


def eta(alpha: float, n_systems: int, degrees: int) -> float:
    """The papers' eta for c = 1: the solution of (1 + 2 eta)^(-degrees / 2) / 2 = alpha / (k - 1).

    Sharing alpha evenly among the k - 1 rivals of the best (Bonferroni) is what allows common random numbers.

    Examples
    --------
    >>> round(eta(0.05, 2, 9), 4)  # .5 (.1^(-2/9) - 1)
    0.3341
    """
    return 0.5 * ((2 * alpha / (n_systems - 1)) ** (-2 / degrees) - 1)


class KN:
    """Fully sequential selection with a finite-sample guarantee.

    After r replications, system i is dropped when the mean of some other one is ahead by more than
    W = max(0, delta / (2 c r) (h^2 S^2 / delta^2 - r)), where S^2 is the variance of their paired difference over the first n0
    replications and h^2 = 2 c eta (n0 - 1).

    References
    ----------
    Kim & Nelson (2001), A fully sequential procedure for indifference-zone selection in simulation. ACM TOMACS 11(3), 251-273.
    """

    common = True

    def __init__(self, n_systems: int, delta: float, alpha: float, n0: int) -> None:
        self._delta, self._alpha, self._n0, self._k = delta, alpha, n0, n_systems
        self._left = np.arange(n_systems)
        self._r = 0
        self._counts = np.full(n_systems, n0)
        self._sums = np.zeros(n_systems)
        self._variances = np.zeros((n_systems, n_systems))
        self._limit = math.inf
        self.guarantee = self._promise()

    def _promise(self) -> Said:
        return say(
            "with probability at least {chance} the arm named is the best, if the best leads all others by at least delta = {delta}"
            " and outputs are normal; common random numbers allowed",
            chance=number(1 - self._alpha),
            delta=number(self._delta),
        )

    def wanted(self) -> tuple[int, ...]:
        """Values that each system should have by the end of this round, (n_systems,)."""
        goals = self._counts.copy()
        if self._r and not self.done():
            goals[self._left] = self._r + 1
        return tuple(int(goal) for goal in goals)

    def add(self, values: list[list[float]]) -> None:
        """Take in the values of a round: by system, all that it has so far."""
        if self._r == 0:
            first = np.array(values)
            self._sums = np.array([math.fsum(column) for column in values])
            self._r = self._n0
            self._start(first)
        else:
            self._r += 1
            self._counts[self._left] = self._r
            newest = np.array([values[system][-1] for system in self._left])
            self._sums[self._left] += newest
            self._update(newest)
        self._screen()

    def survivors(self) -> tuple[int, ...]:
        """Systems that can still be the best."""
        return tuple(int(system) for system in self._left)

    def done(self) -> bool:
        """Whether the search is over."""
        return self._r > 0 and (len(self._left) == 1 or self._r > self._limit)

    def _start(self, first: Floats) -> None:
        """Variances of all paired differences from (n_systems, n0) values."""
        gaps = first[:, None, :] - first[None, :, :]
        self._variances = gaps.var(axis=2, ddof=1)

    def _update(self, newest: Floats) -> None:
        """KN keeps its first variances."""

    def _h2(self) -> float:
        return 2 * C * eta(self._alpha, self._k, self._n0 - 1) * (self._n0 - 1)

    def _screen(self) -> None:
        left = self._left
        # how far apart sums over r replications may be; N of the paper is the largest of these, rounded down
        reach = self._h2() * self._variances[np.ix_(left, left)] / self._delta**2
        lead = self._sums[left][None, :] - self._sums[left][:, None]
        allowed = np.maximum(self._delta / (2 * C) * (reach - self._r), 0.0)
        self._limit = float(np.floor(reach).max())
        self._left = left[(lead <= allowed).all(axis=1)]


class KNPlusPlus(KN):
    """KN with variances renewed at every round: fewer replications, a guarantee in the limit of small delta.

    S^2 is that of all r replications so far, eta has r - 1 degrees of freedom, and h^2 = 2 c eta (r - 1).

    References
    ----------
    Kim & Nelson (2006), On the asymptotic validity of fully sequential selection procedures for steady-state simulation.
    Operations Research 54(3), 475-488.
    """

    def _promise(self) -> Said:
        return say(
            "in the limit of small delta, with probability at least {chance} the arm named is the best, if the best leads all"
            " others by at least delta = {delta}; common random numbers allowed",
            chance=number(1 - self._alpha),
            delta=number(self._delta),
        )

    def _start(self, first: Floats) -> None:
        super()._start(first)
        self._means = first.mean(axis=1)

    def _update(self, newest: Floats) -> None:
        # Welford's update, of all paired differences at once
        left, r = self._left, self._r
        cells = np.ix_(left, left)
        step = newest - self._means[left]
        gaps = step[:, None] - step[None, :]
        self._variances[cells] = (r - 2) / (r - 1) * self._variances[cells] + gaps**2 / r
        self._means[left] += step / r

    def _h2(self) -> float:
        return 2 * C * eta(self._alpha, self._k, self._r - 1) * (self._r - 1)

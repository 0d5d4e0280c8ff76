"""How many replications are enough: add them until differences are known to a wanted precision."""

import math
from dataclasses import dataclass

import numpy as np
import scipy

from sim.arrays import Floats
from sim.said import say

MIN_FIRST = 8
LOOK_AHEAD = 5
"""kLimit of the paper: its authors' choice after tests on many models."""
NOTE = say(
    "Stopping when the interval is narrow enough favours samples that look less variable than they are, so intervals that stopped"
    " this way cover slightly less often than they say; the look-ahead and the 8 first replications keep that small."
)


@dataclass(frozen=True)
class Precision:
    """Where a sequence of replications stops, and why."""

    n: int
    """Replications that count; what lies beyond them is not to be used, so that the result does not depend on how many were
    simulated side by side."""
    reached_at: int | None
    """The first number of replications from which on, through the look-ahead, every half-width was small enough; None: never."""
    half_width: float
    """The widest of all arms, at n."""
    stopped: bool
    """Whether no more replications are wanted."""
    reason: str


@dataclass(frozen=True)
class PrecisionRule:
    """Stop when the half-width of the paired difference of every arm is, and stays, at most ``precision``.

    The half-widths are those of the simultaneous (Bonferroni) t intervals. When they first are small enough, ``look_ahead`` more
    replications (in proportion more beyond 100) must not widen any of them again; otherwise the search goes on from where one did.

    Parameters
    ----------
    precision
        Largest half-width, in the unit of the metric, > 0.
    cap
        Most replications, >= n0.
    n0
        Replications before the first look, >= 8.
    look_ahead
        Further replications that must agree, >= 0.
    level
        Of all intervals together, within (0, 1).

    Raises
    ------
    ValueError
        A value out of its range.

    References
    ----------
    Hoad, Robinson & Davies (2010), Automated selection of the number of replications for a discrete-event simulation. JORS
    61(11), 1632-1644. They stop on a half-width relative to the mean of one output; here it is absolute, on differences, which
    may be near 0.

    Examples
    --------
    >>> rule = PrecisionRule(precision=0.5, cap=100)
    >>> rule.next_n(np.empty((1, 0)))
    8
    >>> rule.result(np.tile([0.0, 1.0], (1, 50))).reason  # t(.975, n - 1) * .5 / sqrt(n - 1) <= .5 from n = 8 on, and 5 more
    'precision reached'
    """

    precision: float
    cap: int
    n0: int = MIN_FIRST
    look_ahead: int = LOOK_AHEAD
    level: float = 0.95

    def __post_init__(self) -> None:
        if not 0 < self.precision < math.inf:
            raise ValueError(f"precision = {self.precision}, must be > 0")
        if self.n0 < MIN_FIRST:
            raise ValueError(f"n0 = {self.n0}, must be >= {MIN_FIRST}")
        if self.cap < self.n0:
            raise ValueError(f"cap = {self.cap}, must be >= n0 = {self.n0}")
        if self.look_ahead < 0:
            raise ValueError(f"look_ahead = {self.look_ahead}, must be >= 0")
        if not 0 < self.level < 1:
            raise ValueError(f"level = {self.level}, must be within (0, 1)")

    def ahead(self, n: int) -> int:
        """Replications that must confirm a precision reached at n: the paper's f(kLimit, n)."""
        return self.look_ahead if n <= 100 else self.look_ahead * n // 100

    def half_widths(self, differences: Floats) -> Floats:
        """The widest half-width of all arms after each replication; infinite while one is not defined.

        Parameters
        ----------
        differences
            (n_arms, n) arm minus control, by replication; a nan is left out of its arm.

        Returns
        -------
        Floats
            (n,).
        """
        differences = np.atleast_2d(np.asarray(differences, float))
        widest = np.zeros(differences.shape[1])
        for row in differences:
            known = np.isfinite(row)
            # relative to the first value: no cancellation, and nothing that a later value could change
            first = float(row[known][0]) if known.any() else 0.0
            shifted = np.where(known, row - first, 0.0)
            n = np.cumsum(known).astype(float)
            sums, squares = np.cumsum(shifted), np.cumsum(shifted**2)
            with np.errstate(divide="ignore", invalid="ignore"):
                variance = np.maximum(squares - sums**2 / n, 0.0) / (n - 1)
                reach = scipy.stats.t.ppf(self._quantile(len(differences)), n - 1) * np.sqrt(variance / n)
            widest = np.maximum(widest, np.where(n >= 2, reach, math.inf))
        return widest

    def result(self, differences: Floats) -> Precision:
        """Where the sequence stops, or that it does not yet.

        Parameters
        ----------
        differences
            (n_arms, n) arm minus control, by replication, in the order of the replications.
        """
        widths = self.half_widths(differences)[: self.cap]
        n, at_end = len(widths), float(widths[-1]) if len(widths) else math.inf
        reached_at = self._reached_at(widths)
        if reached_at is not None and (end := reached_at + self.ahead(reached_at)) <= n:
            return Precision(end, reached_at, float(widths[end - 1]), True, "precision reached")
        if n < self.cap:
            return Precision(n, None, at_end, False, "more replications are needed")
        if reached_at is not None:
            return Precision(n, reached_at, at_end, True, f"precision reached, look-ahead cut short by the cap of {n}")
        return Precision(n, None, at_end, True, f"precision not reached at the cap of {n}")

    def next_n(self, differences: Floats, at_once: int = 1) -> int:
        """How many more replications to simulate now; 0 when the sequence has stopped.

        The number that the variance so far calls for, at most as many again as there are, so that a few odd replications cannot
        ask for thousands. It decides only how many are simulated before the next look: where the sequence stops is found on every
        single replication.

        Parameters
        ----------
        differences
            (n_arms, n) so far; (n_arms, 0) at the start.
        at_once
            Runs that can be simulated side by side; the answer is a multiple of it unless the cap is nearer.
        """
        differences = np.atleast_2d(np.asarray(differences, float))
        n_arms, n = differences.shape
        if n >= self.cap or self.result(differences).stopped:
            return 0
        more = self.n0 - n
        if more <= 0:
            needed = self._predicted(n_arms, n, float(self.half_widths(differences)[-1]))
            more = min(max(needed + self.ahead(needed) - n, 1), n)
        return min(-(-more // at_once) * at_once, self.cap - n)

    def _quantile(self, n_arms: int) -> float:
        return 1 - (1 - self.level) / (2 * n_arms)

    def _reached_at(self, widths: Floats) -> int | None:
        """The first n from n0 on after which no half-width known so far is too wide, through the look-ahead."""
        n = self.n0
        while n <= len(widths):
            wide = np.flatnonzero(widths[n - 1 : n + self.ahead(n)] > self.precision)
            if not len(wide):
                return n
            # on from the last that was too wide: any start before it would fail at it, too
            n += int(wide[-1]) + 1
        return None

    def _predicted(self, n_arms: int, n: int, width: float) -> int:
        """Replications at which the half-width would be small enough, were the variance as it seems now; at most twice n."""
        if not math.isfinite(width):
            return 2 * n
        quantile = self._quantile(n_arms)
        spread = width * math.sqrt(n) / float(scipy.stats.t.ppf(quantile, n - 1))
        sizes = np.arange(n, 2 * n + 1)
        enough = scipy.stats.t.ppf(quantile, sizes - 1) * spread / np.sqrt(sizes) <= self.precision
        return int(sizes[enough][0]) if enough.any() else 2 * n

"""How many further runs each candidate of a search gets, so that bad ones cost one; and how good the finalists really are.

References
----------
Birattari, Stützle, Paquete & Varrentrapp (2002), A racing algorithm for configuring metaheuristics: who is behind stops.
Smith & Winkler (2006), The optimizer's curse, equation 1: the value of what was chosen for its value is too good.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import scipy
from scipy import special

from sim.arrays import Flags, Floats, Ints
from sim.statistics.fronts import Direction, drawn, on_front, oriented
from sim.statistics.intervals import Interval, mean_interval
from sim.statistics.standing import Standing


@dataclass(frozen=True)
class Limit:
    """A bound on what a candidate may do, as a difference to a reference that is a candidate itself."""

    objective: int
    """Column of the values, from 0."""
    at_most: float
    """Of the candidate minus the reference, in the objective's unit, in the bad direction: how much worse it may be, >= 0."""


@dataclass(frozen=True)
class Race:
    """What makes a candidate worth a further run."""

    directions: tuple[Direction, ...]
    """Of the columns of the values."""
    objectives: tuple[int, ...]
    """Columns that the front is made of; others only have limits."""
    limits: tuple[Limit, ...] = ()
    reference: int = 0
    """The candidate that limits compare with, such as today's rule."""
    least: float = 0.01
    """Candidates that are on the front within the limits with a smaller probability run no more. Far below .05: a good candidate is
    looked at many times, and each time it may be unlucky."""
    most: int = 20
    """Replications of one candidate, >= 1."""
    n_draws: int = 1_000
    """Behind each probability."""

    def __post_init__(self) -> None:
        columns = (*self.objectives, *(limit.objective for limit in self.limits))
        if not self.objectives or not all(0 <= k < len(self.directions) for k in columns):
            raise ValueError(
                f"objectives {self.objectives} and limits on {columns}, must be columns of {list(self.directions)}, one at least"
            )
        if not 0 < self.least < 0.5:
            raise ValueError(f"least = {self.least}, must be within (0, .5)")
        if self.most < 1:
            raise ValueError(f"most = {self.most}, must be >= 1")
        for limit in self.limits:
            if not 0 <= limit.at_most < math.inf:
                raise ValueError(f"at_most = {limit.at_most}, must be >= 0 and finite")

    def chances(self, found: Standing, seed: int) -> Floats:
        """Probability of each candidate to keep all limits and be on the true front of those that do, (n_candidates,).

        Joint: what the reference may be differs from draw to draw, for all candidates together.
        """
        likely = self.within(found) >= self.least
        likely[self.reference] = True
        some, reference = np.flatnonzero(likely), int(likely[: self.reference].sum())
        chances = np.zeros(len(likely))
        covariance = np.kron(found.spread[np.ix_(some, some)], found.error).astype(float)
        columns, directions = list(self.objectives), [self.directions[k] for k in self.objectives]
        for block in drawn(found.means[some], covariance, self.n_draws, seed, found.degrees):
            better = oriented(block, self.directions)
            kept = np.ones(better.shape[:2], dtype=bool)
            for limit in self.limits:
                one = better[..., limit.objective]
                kept &= one >= one[:, reference, None] - limit.at_most
            chances[some] += on_front(np.where(kept[..., None], block[..., columns], math.nan), directions).sum(axis=0)
        return chances / self.n_draws

    def within(self, found: Standing) -> Floats:
        """Probability that each candidate keeps all limits, the limits taken as independent, (n_candidates,)."""
        if not 0 <= self.reference < len(found.means):
            raise ValueError(f"reference = {self.reference}, must be one of {len(found.means)} candidates")
        kept = np.ones(len(found.means))
        better = oriented(found.means, self.directions)
        own = np.diag(found.spread)
        spread = own + own[self.reference] - 2 * found.spread[self.reference]
        for limit in self.limits:
            room = better[:, limit.objective] - better[self.reference, limit.objective] + limit.at_most
            error = np.sqrt(np.maximum(spread, 0.0) * found.error[limit.objective, limit.objective])
            sure = np.where(room >= 0, 1.0, 0.0)
            kept *= np.where(error > 0, special.stdtr(found.degrees, room / np.where(error > 0, error, 1.0)), sure)
        return kept

    def further(self, found: Standing, budget: int, seed: int) -> Ints:
        """Further replications of each candidate, (n_candidates,), ``budget`` in all at most.

        As many as half of those it ran, one at least, first to those whose place is least certain for what they ran: p (1 - p) / n,
        the variance of being on the front, spread over runs. The surely bad get none; one surely on the front is a rival of the
        others, and gets some after them. With limits, the reference runs as often as any, since everybody is compared with it. All
        zero when everybody's place is known, or ran often enough.

        Parameters
        ----------
        budget
            Runs to be had, >= 0.
        seed
            Of the draws behind the probabilities.
        """
        chances, runs = self.chances(found, seed), np.array(found.n)
        # one run leaves the reference's own luck in every comparison with it
        if self.limits and (behind := int(runs[np.arange(len(runs)) != self.reference].max(initial=0) - runs[self.reference])) > 0:
            more = np.zeros(len(runs), dtype=np.int64)
            more[self.reference] = min(behind, budget)
            return more
        open_: Flags = (chances >= self.least) & (runs < self.most)
        if not (open_ & (chances < 1 - self.least)).any():
            return np.zeros(len(runs), dtype=np.int64)
        worth = np.where(open_, (chances * (1 - chances) + 1e-6) / runs, -1.0)
        order = np.argsort(-worth, kind="stable")[: int(open_.sum())]
        more = np.zeros(len(runs), dtype=np.int64)
        more[order] = np.minimum(np.maximum(runs[order] // 2, 1), self.most - runs[order])
        # those last in the order go without where the budget ends
        more[order] = np.clip(budget - (np.cumsum(more[order]) - more[order]), 0, more[order])
        return more

    def finalists(self, found: Standing, n: int, seed: int) -> tuple[int, ...]:
        """The ``n`` candidates likeliest on the front within the limits, in their order; fewer where no more are likely enough."""
        chances = self.chances(found, seed)
        likely = [int(i) for i in np.argsort(-chances, kind="stable")[:n] if chances[i] >= self.least]
        return tuple(sorted(likely))

    def recommended(self, found: Standing, objective: int, confidence: float = 0.5) -> int | None:
        """The candidate best in one objective of those that keep all limits with this probability; None when there is none."""
        allowed = np.flatnonzero(self.within(found) >= confidence)
        better = oriented(found.means, self.directions)[:, objective]
        return int(allowed[np.argmax(better[allowed])]) if len(allowed) else None


@dataclass(frozen=True)
class Confirmed:
    """What a finalist reached while it was searched for, and what on fresh seeds."""

    searched: float
    """Mean in the search: too good, since it was chosen for it."""
    value: Interval
    """On fresh seeds; unbiased as long as nobody is chosen by it."""
    curse: Interval
    """Searched minus confirmed: the winner's curse, in the unit of the metric; the interval has the luck of both, as the t test for
    two samples of one variance has it."""


def confirmed(searched: Sequence[float] | Floats, fresh: Sequence[float] | Floats, level: float = 0.95) -> Confirmed:
    """Compare the values of a candidate in the search with those on fresh seeds.

    Parameters
    ----------
    searched, fresh
        (n_searched,), (n_fresh,) one a replication, of different seeds. Differences to a reference, replication by replication,
        take the luck of the markets out of both. A nan is left out.
    level
        Confidence level, within (0, 1).

    Raises
    ------
    ValueError
        No value in the search, fewer than two on fresh seeds, or a level out of range.

    Examples
    --------
    >>> confirmed([0.62, 0.64], [0.60, 0.61, 0.59]).curse.estimate.__round__(6)
    0.03
    """
    if not 0 < level < 1:
        raise ValueError(f"level = {level}, must be within (0, 1)")
    before, now = (np.asarray(values, float) for values in (searched, fresh))
    before, now = before[np.isfinite(before)], now[np.isfinite(now)]
    if len(before) < 1 or len(now) < 2:
        raise ValueError(f"{len(before)} values searched and {len(now)} fresh, must be at least 1 and 2")
    value = mean_interval(now, level)
    curse = float(before.mean()) - value.estimate
    # runs of one policy vary alike, searched or fresh: one variance of both (a searched run alone has that of the fresh ones)
    degrees = len(before) + len(now) - 2
    variance = float(((before - before.mean()) ** 2).sum() + ((now - now.mean()) ** 2).sum()) / degrees
    reach = float(scipy.stats.t.ppf((1 + level) / 2, degrees)) * math.sqrt(variance * (1 / len(before) + 1 / len(now)))
    return Confirmed(float(before.mean()), value, Interval(curse, curse - reach, curse + reach, len(now)))

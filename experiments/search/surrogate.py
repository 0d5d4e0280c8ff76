"""Candidates by a Gaussian process: what objectives and limits may be where nothing was tried, and where that promises most.

Each proposal weighs the objectives anew, so that a batch spreads along the front. A candidate's worth is the gain that it can be
expected to bring to the weighted sum of how far each objective is from its best, times the probability that it keeps the limits.

References
----------
Knowles (2006), ParEGO: a hybrid algorithm with on-line landscape approximation, equations 1 and 2. Gardner, Kusner, Xu, Weinberger
& Cunningham (2014), Bayesian optimization with inequality constraints, equation 3.
"""

from collections.abc import Sequence

import numpy as np
from scipy import special

from experiments.search.space import Candidate, Dimension, Space
from experiments.search.told import Told
from experiments.studies.factors import Level
from sim.arrays import Floats
from sim.statistics.fronts import Direction, oriented
from sim.worlds.emulator import Emulator, fit_emulator

FIRST = 10
"""Candidates at random before the first fit; an emulator needs 8."""
POOL, NEAR = 300, 100
"""Of a proposal: candidates at random, and good ones with one key changed, among which the best is taken."""
DRAWS = 64
"""Of what the objectives may be, behind an expected gain."""
LINEAR = 0.05
"""Weight of the sum beside the worst objective (Knowles, equation 2)."""


class Surrogate:
    """Proposals of Gaussian processes, one an objective and one a limit.

    Parameters
    ----------
    space, directions
        As of the search.
    seed
        Of all draws.
    """

    def __init__(self, space: Space, directions: Sequence[Direction], seed: int) -> None:
        self._space, self._directions = space, tuple(directions)
        self._rng = np.random.default_rng(seed)
        self._candidates: list[Candidate] = []
        self._values: list[Floats] = []
        self._excess: list[Floats] = []
        self._proposed: set[str] = set()
        self._fits: tuple[list[Emulator], list[Emulator]] | None = None

    def learn(self, told: Sequence[Told]) -> None:
        """Fit again, with what a batch reached."""
        for one in told:
            if not one.failed:
                self._candidates.append(one.candidate)
                self._values.append(oriented(np.array(one.values), self._directions))
                self._excess.append(np.array(one.excess, float))
        if len(self._candidates) >= FIRST:
            x, y, over = encoded(self._space, self._candidates), np.array(self._values), np.array(self._excess)
            self._fits = [fit_emulator(x, column) for column in y.T], [fit_emulator(x, column) for column in over.T]

    def propose(self) -> Candidate:
        """The most promising of a pool, or one at random as long as too little is known."""
        if self._fits is None:
            return self._noted(self._random())
        pool = [self._random() for _ in range(POOL)] + self._near()
        pool = [one for one in {one.identity: one for one in pool}.values() if one.identity not in self._proposed]
        return self._noted(pool[int(np.argmax(self._worth(pool)))] if pool else self._random())

    def _noted(self, candidate: Candidate) -> Candidate:
        self._proposed.add(candidate.identity)
        return candidate

    def _random(self) -> Candidate:
        return self._space.candidate(lambda one: one.at(float(self._rng.random())))

    def _near(self) -> list[Candidate]:
        """Candidates that were tried, with one key changed a little, or to another level."""
        found = []
        for i in self._rng.integers(len(self._candidates), size=NEAR):
            before = dict(self._candidates[int(i)].values)
            moved = list(before)[int(self._rng.integers(len(before)))]

            def pick(one: Dimension, before: dict[str, Level] = before, moved: str = moved) -> Level:
                if one.name not in before or (one.name == moved and one.levels):
                    return one.at(float(self._rng.random()))
                if one.name == moved:
                    return one.at(float(np.clip(one.share(before[one.name]) + self._rng.normal(0, 0.1), 0, 1)))
                return before[one.name]

            found.append(self._space.candidate(pick))
        return found

    def _worth(self, pool: Sequence[Candidate]) -> Floats:
        """Expected gain of each candidate of a pool, (n,)."""
        assert self._fits is not None  # noqa: S101
        objectives, limits = self._fits
        x, y = encoded(self._space, pool), np.array(self._values)
        low, spread = y.min(axis=0), np.maximum(np.ptp(y, axis=0), 1e-12)
        weights = self._rng.dirichlet(np.ones(len(self._directions)))
        # what was tried counts as the emulator sees it: its own value may have been luck
        tried = encoded(self._space, self._candidates)
        seen = np.stack([one.mean(tried) for one in objectives], axis=-1)
        kept = np.all([one.mean(tried) <= 0 for one in limits], axis=0) if limits else np.ones(len(tried), dtype=bool)
        best = _scalar((seen - low) / spread, weights)[kept].max(initial=-np.inf)
        predicted = [one.predict(x) for one in objectives]
        normal = self._rng.standard_normal((DRAWS, 1, len(objectives)))
        drawn = np.stack([mean for mean, _ in predicted], axis=-1) + normal * np.sqrt(
            np.stack([variance for _, variance in predicted], axis=-1)
        )
        scalars = _scalar((drawn - low) / spread, weights)
        # as long as nobody keeps the limits, who does is all that matters
        worth = np.maximum(scalars - best, 0.0).mean(axis=0) + 1e-9 if np.isfinite(best) else np.ones(len(x))
        for one in limits:
            mean, variance = one.predict(x)
            worth *= special.ndtr(-mean / np.sqrt(np.maximum(variance, 1e-18)))
        return np.asarray(worth, float)


def encoded(space: Space, candidates: Sequence[Candidate]) -> Floats:
    """Points of the unit cube: a column a range, in the middle where there is no such key, and one a level of a list."""
    rows = []
    for candidate in candidates:
        values, row = dict(candidate.values), []
        for one in space.dimensions:
            if one.levels:
                row += [float(one.name in values and values[one.name] == level) for level in one.levels]
            else:
                row.append(one.share(values[one.name]) if one.name in values else 0.5)
        rows.append(row)
    return np.array(rows, float)


def _scalar(y: Floats, weights: Floats) -> Floats:
    """The weighted distance from the worst, with one objective lagging counted most (the augmented Tchebycheff function)."""
    lag = weights * (1.0 - y)
    return np.asarray(-(lag.max(axis=-1) + LINEAR * lag.sum(axis=-1)), float)

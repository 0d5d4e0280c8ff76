"""Runs of settings: what each reached in each replication, in one table that grows."""

import math
from collections.abc import Sequence

import numpy as np

from experiments.execution.jobs import Job
from experiments.execution.runner import Runner
from experiments.search.plan import Tuning
from sim.arrays import Floats, Ints
from sim.config import Market
from sim.engine.platform import Arm

SEARCHING, CHOOSING, CONFIRMING = 0, 1_000_000, 2_000_000
"""First replications by purpose; a search uses those from 0 on, as a comparison does."""
Task = tuple[int, int]
"""Number of an arm, and of a replication, both from 0."""


class Runs:
    """Arms that share the random numbers of each replication.

    Parameters
    ----------
    first
        Replication 0 here is this one of the seed: other numbers for other purposes, see ``CHOOSING`` and ``CONFIRMING``. With
        worlds, these have other worlds, too, each once.
    """

    def __init__(self, tuning: Tuning, runner: Runner, first: int = SEARCHING) -> None:
        self._tuning, self._runner, self._first = tuning, runner, first
        self.arms: list[Arm] = []
        self.keys: dict[str, str] = {}
        """Name in the store by ``arm/replication``."""
        self._found: dict[Task, list[float]] = {}

    def add(self, arm: Arm) -> int:
        """Take an arm in; returns its number."""
        self.arms.append(arm)
        return len(self.arms) - 1

    def run(self, tasks: Sequence[Task], what: str) -> None:
        """Simulate what is not known yet, from the store where present.

        Raises
        ------
        RunError
            Some runs failed; all others were completed and stored first.
        """
        options = self._tuning.options
        jobs = {
            (i, r): Job(self._market(r), self.arms[i], options.seed, self._first + r, options.engine, label=what.lower())
            for i, r in tasks
            if (i, r) not in self._found
        }
        results = self._runner.run(list(jobs.values()), what)
        for (i, r), job in jobs.items():
            metrics = results[job.key].metrics
            self._found[i, r] = [metrics[name] for name in self._tuning.aims.columns]
            self.keys[f"{self.arms[i].name}/{self._first + r}"] = job.key

    def _market(self, replication: int) -> Market:
        if self._first == SEARCHING:
            return self._tuning.markets[replication % len(self._tuning.markets)]
        return self._tuning.fresh_market(replication, self._first == CONFIRMING)

    def more(self, further: Ints, what: str) -> None:
        """So many further replications of each arm."""
        counts = self.counts
        self.run([(i, int(counts[i]) + r) for i, n in enumerate(further) for r in range(int(n))], what)

    @property
    def counts(self) -> Ints:
        """Runs of each arm, (n_arms,)."""
        counts = np.zeros(len(self.arms), dtype=np.int64)
        for i, _ in self._found:
            counts[i] += 1
        return counts

    @property
    def values(self) -> Floats:
        """(n_arms, n_replications, n_columns); nan where an arm did not run, or a metric was not defined."""
        n = max((r for _, r in self._found), default=-1) + 1
        found = np.full((len(self.arms), n, len(self._tuning.aims.columns)), math.nan)
        for (i, r), row in self._found.items():
            found[i, r] = row
        return found

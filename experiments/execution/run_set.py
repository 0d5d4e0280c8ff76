"""All runs of some arms, as columns."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from experiments.execution.jobs import Job
from experiments.execution.runner import Runner
from experiments.execution.store import RunResult
from sim.arrays import Floats

Where = tuple[str, int]
"""An arm and a replication."""


@dataclass(frozen=True)
class RunSet:
    """Results of arms over replications."""

    results: Mapping[Where, RunResult]
    keys: Mapping[Where, str]
    """Names in the store; none of runs that are not kept."""
    simulated: int
    """Runs simulated now; the others were in the store."""

    def first(self, replications: int) -> "RunSet":
        """The same with the first so many replications of each arm."""
        results = {where: result for where, result in self.results.items() if where[1] < replications}
        return RunSet(results, {where: self.keys[where] for where in results}, self.simulated)

    def values(self, arm: str) -> dict[str, Floats]:
        """Metrics of an arm, (n_replications,) each."""
        runs = [result.metrics for (name, _), result in self.results.items() if name == arm]
        return {name: np.array([run[name] for run in runs]) for name in runs[0]}

    def curves(self, arm: str) -> dict[str, Floats]:
        """Curves of an arm, (n_replications, n_points) each."""
        runs = [result.curves for (name, _), result in self.results.items() if name == arm]
        return {name: np.array([run[name] for run in runs]) for name in runs[0]}


def run_set(runner: Runner, jobs: Mapping[Where, Job]) -> RunSet:
    """Every job, from the store where present.

    Raises
    ------
    RunError
        Some runs failed; all others were completed and stored first.
    """
    results = runner.run(list(jobs.values()))
    keys = {where: job.key for where, job in jobs.items()}
    return RunSet({where: results[key] for where, key in keys.items()}, keys, runner.simulated)

"""Simulating arms in many worlds: the same luck for all arms of a world, luck of its own for each world."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from experiments.execution.jobs import Job
from experiments.execution.runner import Runner
from experiments.plans.plan import Plan, WorldsOptions
from sim.arrays import Floats
from sim.config import Market


@dataclass(frozen=True)
class WorldRuns:
    """Metrics of arms in worlds."""

    values: Mapping[str, Mapping[str, Floats]]
    """By arm and metric: (n_worlds, n_replications)."""

    def differences(self, arm: str, control: str, metric: str) -> Floats:
        """Arm minus control, (n_worlds, n_replications)."""
        return np.asarray(self.values[arm][metric] - self.values[control][metric], float)


def world_jobs(
    plan: Plan[WorldsOptions], markets: Sequence[Market], arms: Sequence[str], replications: int, first: int = 0
) -> dict[tuple[str, int, int], Job]:
    """A job an arm, world and replication.

    World i has the replications from ``first`` + i * ``replications`` on: worlds that are alike are then runs of one comparison.
    """
    options = plan.options
    return {
        (arm, i, r): Job(
            market,
            plan.arms[arm],
            options.seed,
            first + i * replications + r,
            options.engine,
            label=f"world={i}",
            stream=plan.stream,
            known=plan.known[(first + i * replications + r) % len(plan.known)] if plan.known else None,
        )
        for arm in arms
        for i, market in enumerate(markets)
        for r in range(replications)
    }


def run_worlds(
    plan: Plan[WorldsOptions],
    runner: Runner,
    markets: Sequence[Market],
    arms: Sequence[str],
    replications: int,
    what: str = "Plausible worlds",
    first: int = 0,
) -> WorldRuns:
    """Simulate arms in worlds, from the store where present.

    Raises
    ------
    RunError
        Some runs failed; all others were completed and stored first.
    """
    jobs = world_jobs(plan, markets, arms, replications, first)
    results = runner.run(list(jobs.values()), what)
    names = [metric.name for metric in plan.metrics]
    values = {
        arm: {
            name: np.array([[results[jobs[arm, i, r].key].metrics[name] for r in range(replications)] for i in range(len(markets))])
            for name in names
        }
        for arm in arms
    }
    return WorldRuns(values)

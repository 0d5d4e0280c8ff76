"""Runs of an invented market, so that a whole search takes a moment."""

import hashlib
from collections.abc import Callable, Sequence
from types import SimpleNamespace
from typing import Any

import numpy as np

from experiments.execution.jobs import Job
from experiments.plans.compose import compose_settings
from experiments.search.plan import Tuning, make_tuning

STRENGTH = "search={arm.allocator.strength: {low: 0, high: 8}}"
Reached = Callable[[float], dict[str, float]]
"""Metrics by strength, without luck."""


class FakeRunner:
    """In place of a runner: metrics by strength, with the luck of a replication that all share and of a run."""

    def __init__(self, reached: Reached, luck: float = 0.01, noise: float = 0.01, rule: float = 1.0) -> None:
        self.reached, self.luck, self.noise, self.rule = reached, luck, noise, rule
        self.jobs: list[Job] = []

    def run(self, jobs: Sequence[Job], what: str) -> dict[str, Any]:
        """As a runner does."""
        self.jobs += jobs
        return {job.key: SimpleNamespace(metrics=self._metrics(job)) for job in jobs}

    def _metrics(self, job: Job) -> dict[str, float]:
        # not by the job's key, which every edit of the model changes
        who = int(hashlib.sha256(repr((job.arm.score, job.arm.allocator)).encode()).hexdigest()[:12], 16)
        shared, own = np.random.default_rng([job.replication, 1]), np.random.default_rng([job.replication, who])
        found = self.reached(float(getattr(job.arm.allocator, "strength", 0.0)))
        return {
            name: value + self.luck * shared.normal() + self.noise * own.normal() if self.noise else value
            for name, value in found.items()
        }


def tuning(*overrides: str, uncertain: dict[str, Any] | None = None) -> Tuning:
    """A search of strength, small."""
    settings = compose_settings("tune", [STRENGTH, "landmarks=[uniform]", "generation=8", *overrides])
    return make_tuning(settings | ({} if uncertain is None else {"uncertain": uncertain}))

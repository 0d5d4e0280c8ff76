"""Does a search find what is true, and does it say how good that is? Test functions with the simulator's luck, whose best is known.

  python -m benchmarks.search                # 200 searches for one objective, 20 for a front
  python -m benchmarks.search --searches 20

Five settings of the default rule are given values by closed forms, with luck of the size that runs have: shared by all settings of
a replication, and a setting's own. The same loop, race, selection and confirmation as in the command tune then search.
"""

import argparse
import math
import sys
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
from scipy import stats

from experiments.execution.jobs import Job
from experiments.plans.compose import compose_settings
from experiments.search.finals import run_finals
from experiments.search.loop import differences, run_search
from experiments.search.plan import Tuning, make_tuning
from experiments.search.sampling import Search
from experiments.search.space import Candidate
from sim.engine.platform import Arm
from sim.statistics.fronts import hypervolume

RANGES = {"strength": (0.0, 8.0), "floor": (0.0, 0.6), "cap": (1.5, 9.0)}
SESSIONS, CLIENTS = (0, 60), (1, 21)
SPACE = (
    "search={arm.allocator.strength: {low: 0, high: 8}, arm.allocator.floor: {low: 0, high: .6},"
    " arm.allocator.cap: {low: 1.5, high: 9}, arm.score.min_sessions: {low: 0, high: 60, step: 1},"
    " arm.score.min_clients_behind: {low: 1, high: 21, step: 1}}"
)
BEST = np.array([0.6, 0.3, 0.7, 0.4, 0.5])
"""Of the one objective, along each setting."""
SHARED, OWN = (0.007, 0.02), (0.0028, 0.013)
"""Standard deviations of the luck of a replication and of a setting in it, of return and inequality: as in the default market."""
DELTA = 0.003
GRID = 4**5
"""Points of a grid of four values a setting."""
TOP, BOTTOM = 0.02, 0.05
"""What the first setting brings along the front, and what it costs."""


def place(arm: Arm) -> np.ndarray:
    """Settings of an arm as a point of the unit cube."""
    allocator: Any = arm.allocator
    score: Any = arm.score
    shares = [(getattr(allocator, key) - low) / (high - low) for key, (low, high) in RANGES.items()]
    ends = ((score.min_sessions, SESSIONS), (score.min_clients_behind, CLIENTS))
    return np.array([*shares, *((value - low) / (high - low) for value, (low, high) in ends)])


def one_peak(x: np.ndarray) -> tuple[float, float]:
    """Return falls with the squared distance from the best; inequality does not depend on settings."""
    return 0.32 - 0.02 * float(((x - BEST) ** 2).sum()), 0.27


def trade_off(x: np.ndarray) -> tuple[float, float]:
    """The first setting trades return for inequality, with less and less gain; the others only do harm away from their best."""
    harm = float(((x[1:] - BEST[1:]) ** 2).sum())
    return 0.30 + TOP * math.sqrt(x[0]) - 0.01 * harm, 0.27 + BOTTOM * float(x[0]) + 0.02 * harm


@dataclass
class Known:
    """In the place of a runner: values by a closed form."""

    truth: Any
    seed: int

    def run(self, jobs: Sequence[Job], _what: str) -> Mapping[str, Any]:
        """Metrics of each job."""
        return {job.key: SimpleNamespace(metrics=self._metrics(job)) for job in jobs}

    def _metrics(self, job: Job) -> dict[str, float]:
        back, gini = (0.30, 0.27) if job.arm.name == "uniform" else self.truth(place(job.arm))
        together = np.random.default_rng([self.seed, job.replication]).normal(0, SHARED)
        alone = np.random.default_rng([self.seed, job.replication, int(job.key[:8], 16)]).normal(0, OWN)
        return {"return_rate_6m": back + together[0] + alone[0], "exposure_gini": gini + together[1] + alone[1], "fill_rate": 1.0}


class AtRandom(Tuning):
    """The same search with candidates at random."""

    def begun(self) -> Search:
        """A search whose source knows nothing."""
        search, rng = super().begun(), np.random.default_rng(self.options.seed)

        class Source:
            def propose(self) -> Candidate:
                return search.space.candidate(lambda one: one.at(float(rng.random())))

            def learn(self, told: Sequence[Any]) -> None:
                pass

        search._source = Source()
        return search


def tuning_of(*overrides: str) -> Tuning:
    """A search of the default market's rule."""
    return make_tuning(compose_settings("tune", [SPACE, "landmarks=[uniform]", *overrides]))


def seeded(tuning: Tuning, seed: int, kind: type[Tuning] = Tuning) -> Tuning:
    """The same search with another seed."""
    options = tuning.options.model_copy(update={"seed": seed})
    plan = type(tuning.plan)(**{**vars(tuning.plan), "options": options})
    return kind(**{**vars(tuning), "plan": plan})


def check_peak(n: int) -> list[str]:
    """Whether the recommended setting is as good as it should be, and whether its value is."""
    tuning = tuning_of("maximise=return_rate_6m", "budget=400", "~decision.guardrails.exposure_gini")
    lost, searched, confirmed = [], [], []
    for seed in range(n):
        one = seeded(tuning, seed)
        with tempfile.TemporaryDirectory() as folder:
            found = run_search(one, Known(one_peak, seed), Path(folder) / "search.json")  # type: ignore[arg-type]
        finals = run_finals(one, Known(one_peak, seed), found)  # type: ignore[arg-type]
        assert finals.chosen is not None
        truth = one_peak(place(found.runs.arms[finals.chosen]))[0]
        lost.append(0.32 - truth)
        k = len(one.policies) + finals.finalists.index(finals.chosen)
        confirmed.append(float(differences(finals.runs.values, k, 0).mean()) - (truth - 0.30))
        searched.append(float(differences(found.runs.values, finals.chosen, 0).mean()) - (truth - 0.30))
    good = sum(one <= DELTA for one in lost)
    low, high = stats.binomtest(good, n).proportion_ci(method="wilson")
    return [
        f"peak: within {100 * DELTA:.1f} points of the best in {good / n:.1%} [{low:.1%}, {high:.1%}] of {n} searches (95 % asked);"
        f" {100 * np.mean(lost):.2f} points lost on average",
        f"peak: confirmed less true {_mean(confirmed)} points (0 within 2 asked)",
        f"peak: found while searching less true {_mean(searched)} points: the winner's curse",
    ]


def check_front(n: int) -> list[str]:
    """How much of the true front is reached with a quarter of a grid's runs, beside candidates at random."""
    tuning = tuning_of("objectives=[return_rate_6m,exposure_gini]", f"budget={GRID // 4 + 40}", "confirmed_share=.14")
    corner, ways = (0.30, 0.27 + BOTTOM), ("higher", "lower")
    x = np.linspace(0, 1, 2001)
    best = hypervolume(np.column_stack([0.30 + TOP * np.sqrt(x), 0.27 + BOTTOM * x]), corner, ways)  # type: ignore[arg-type]
    lines = []
    for name, kind in (("search", Tuning), ("at random", AtRandom)):
        shares = []
        for seed in range(n):
            one = seeded(tuning, seed, kind)
            with tempfile.TemporaryDirectory() as folder:
                found = run_search(one, Known(trade_off, seed), Path(folder) / "search.json")  # type: ignore[arg-type]
            truths = np.array([trade_off(place(arm)) for arm in found.runs.arms[1:]])
            shares.append(hypervolume(truths, corner, ways) / best)  # type: ignore[arg-type]
        lines.append(
            f"front, {name}: {np.mean(shares):.1%} of the true volume, least {min(shares):.1%}, by"
            f" {int(found.runs.counts.sum())} runs where a grid takes {GRID}, {n} searches (95 % asked of the search)"
        )
    return lines


def _mean(values: Sequence[float]) -> str:
    error = float(np.std(values, ddof=1)) / math.sqrt(len(values))
    return f"{100 * np.mean(values):+.3f}, standard error {100 * error:.3f}, {abs(np.mean(values)) / error:.1f} of them,"


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the checks, and print a line a figure."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n", 1)[0])
    parser.add_argument("--searches", type=int, default=200, help="for one objective; a tenth for a front (default: 200)")
    n = parser.parse_args(arguments).searches
    for check, trials in ((check_front, max(n // 10, 2)), (check_peak, n)):
        for line in check(trials):
            print(line, flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())

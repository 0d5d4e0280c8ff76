"""Does a search find what is best, where that is known? Settings whose metrics a formula gives, with noise of the simulator's size.

  python -m benchmarks.search                  # 200 searches of each kind
  python -m benchmarks.search --only front --trials 20

The searches are those of ``experiments.tune``; a formula stands where it would simulate. Four keys vary: the first moves along the
front, each of the others only does harm, the more, the further it is from where it should be.

*peak*: one objective, best within the guardrails. *edge*: the same, best where a guardrail ends. What is recommended is asked to
be within the indifference zone of the best there is, and within the guardrails, in 95 % of the searches. *front*: two objectives.
The front of the search is asked to reach 95 % of the hypervolume that the best of a grid reach without noise, with a quarter of the
grid's runs. Beside it: as many settings at random, once each, and the whole grid. Everywhere, confirmed values are asked to err by
less than 2 standard errors of their mean; how far the searched ones err is the winner's curse.
"""

import hashlib
import math
import sys
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from scipy import stats

from benchmarks.checks import Check, run_checks
from experiments.execution.jobs import Job
from experiments.execution.store import RunResult
from experiments.plans.compose import compose_settings
from experiments.search.finals import run_finals
from experiments.search.loop import CONTROL, differences, run_search
from experiments.search.plan import Tuning, make_tuning
from sim.arrays import Floats
from sim.engine.platform import Arm
from sim.statistics.fronts import hypervolume, on_front

RANGES: Mapping[str, tuple[float, float]] = {
    "allocator.strength": (0.0, 8.0),
    "allocator.floor": (0.0, 0.6),
    "allocator.cap": (2.0, 12.0),
    "score.min_sessions": (0, 100),
}
"""Keys that vary; ends of each."""
BEST = np.array([0.3, 0.6, 0.45])
"""Where the others should be, 0 to 1 between their ends."""
NOISE = {"return_rate_6m": (0.006, 0.002), "exposure_gini": (0.01, 0.009), "fill_rate": (0.002, 0.0005)}
"""Standard deviations of what all arms share in a replication, and of what one has for itself; the latter as in a search of the
default market, rounded up."""
LEVEL = {"return_rate_6m": 0.30, "exposure_gini": 0.27, "fill_rate": 0.98}
GOOD: tuple[Any, ...] = ("higher", "lower")
WORST = (0.0, 0.15)
"""From which a hypervolume counts: return and inequality, as differences to uniform."""
GRID = 6
"""Values of each key in a grid."""


@dataclass(frozen=True)
class Formula:
    """What metrics are by the place along the front, 0 to 1, and by how far the other keys are from where they should be."""

    peak: float | None
    """Place where most clients return; None: the further the more."""

    def __call__(self, place: Floats, harm: Floats) -> Floats:
        """Return and inequality, as differences to uniform, (..., 2)."""
        gain = np.sqrt(place) if self.peak is None else 1 - ((place - self.peak) / 0.5) ** 2
        return np.stack([0.02 * gain - 0.02 * harm, 0.1 * place + 0.05 * harm], axis=-1)

    def at(self, shares: Floats) -> Floats:
        """The same of keys, (..., 4) each 0 to 1."""
        return self(shares[..., 0], ((shares[..., 1:] - BEST) ** 2).sum(axis=-1))

    def of(self, arm: Arm) -> Floats:
        """The same of an arm."""
        if arm.name == "uniform":
            return np.zeros(2)
        values: dict[str, float] = {key: getattr(getattr(arm, key.split(".")[0]), key.split(".")[1]) for key in RANGES}
        return self.at(np.array([(values[key] - low) / (high - low) for key, (low, high) in RANGES.items()]))


@dataclass(frozen=True)
class Answered:
    """A runner that asks a formula."""

    formula: Formula

    def run(self, jobs: Sequence[Job], what: str) -> dict[str, RunResult]:
        """The metrics of each job."""
        return {job.key: RunResult(self.metrics(job), {}) for job in jobs}

    def metrics(self, job: Job) -> dict[str, float]:
        """The formula, the luck that all arms of a replication share, and that of the arm."""
        own = int(hashlib.sha256(repr(job.arm).encode()).hexdigest()[:12], 16)
        shared = np.random.default_rng([job.seed, job.replication])
        alone = np.random.default_rng([job.seed, job.replication, own])
        truth = dict(zip(NOISE, (*self.formula.of(job.arm), 0.0), strict=True))
        return {
            name: LEVEL[name] + truth[name] + all_ * shared.standard_normal() + one * alone.standard_normal()
            for name, (all_, one) in NOISE.items()
        }


@dataclass(frozen=True)
class Found:
    """What one search found, return as differences to uniform."""

    truth: Floats
    """(2,) of the recommended setting; nan where none is."""
    searched: float
    confirmed: float
    best_finalist: float
    """Most that a finalist within the guardrail really reaches."""
    front: Floats
    """(n, 2) truth of the settings on the front of the search."""


def tuning_of(seed: int, *keys: str) -> Tuning:
    """The search of a seed."""
    space = ", ".join(
        f"arm.{key}: {{low: {low}, high: {high}{', step: 1' if isinstance(low, int) else ''}}}"
        for key, (low, high) in RANGES.items()
    )
    return make_tuning(compose_settings("tune", [f"search={{{space}}}", "landmarks=[uniform]", f"seed={seed}", *keys]))


def searched(tuning: Tuning, formula: Formula) -> Found:
    """Search, choose and confirm as the command does."""
    runner: Any = Answered(formula)
    with tempfile.TemporaryDirectory() as folder:
        found = run_search(tuning, runner, Path(folder) / "search.json")
    finals = run_finals(tuning, runner, found)
    limit = next(one.limit for one in tuning.aims.guardrails if one.metric == "exposure_gini")
    truths = np.array([formula.of(found.runs.arms[i]) for i in finals.finalists])
    kept = truths[truths[:, 1] <= limit, 0]
    n = len(tuning.aims.objectives)
    front = on_front(found.stand.found.means[:, :n], tuning.aims.directions) & (found.stand.who != CONTROL)
    points = np.array([formula.of(found.runs.arms[i]) for i in found.stand.who[front]]).reshape(-1, 2)
    if finals.chosen is None:
        return Found(np.full(2, math.nan), math.nan, math.nan, kept.max(initial=-math.inf), points)
    place, control = (int(np.flatnonzero(found.stand.who == i)[0]) for i in (finals.chosen, CONTROL))
    seemed = float(found.stand.found.means[place, 0] - found.stand.found.means[control, 0])
    arm = len(tuning.policies) + finals.finalists.index(finals.chosen)
    now = float(differences(finals.runs.values, arm, 0, tuning.policies.index("uniform")).mean())
    return Found(formula.of(found.runs.arms[finals.chosen]), seemed, now, kept.max(initial=-math.inf), points)


def unbiased(each: Sequence[Found]) -> bool:
    """Print how far searched and confirmed values err; whether the confirmed ones do not."""
    errors = np.array([(one.searched - one.truth[0], one.confirmed - one.truth[0]) for one in each])
    errors = 100 * errors[np.isfinite(errors).all(axis=1)]
    mean, error = errors.mean(axis=0), errors.std(axis=0, ddof=1) / math.sqrt(len(errors))
    print(
        f"  recommended: searched minus truth {mean[0]:+.3f} points (standard error {error[0]:.3f}),"
        f" confirmed minus truth {mean[1]:+.3f} ({error[1]:.3f}; 0 within 2 asked), {len(errors)} searches"
    )
    return bool(abs(mean[1]) <= 2 * error[1])


def one_objective(name: str, formula: Formula, limit: float, trials: int, seed: int) -> bool:
    """Print how often the best setting is found; whether often enough."""
    keys = ("maximise=return_rate_6m", f"decision.guardrails.exposure_gini.up_at_most={limit}")
    place = np.linspace(0, 1, 100_001)
    values = formula(place, np.zeros_like(place))
    best = float(values[values[:, 1] <= limit, 0].max())
    each = [searched(tuning_of(seed + i, *keys), formula) for i in range(trials)]
    delta = tuning_of(seed, *keys).delta
    near = [one.truth[0] >= best - delta for one in each]
    kept = [one.truth[1] <= limit for one in each]
    among = [one.truth[0] >= one.best_finalist - delta for one in each]
    both = int(sum(a and b for a, b in zip(near, kept, strict=True)))
    low, high = stats.binomtest(both, trials).proportion_ci(method="wilson")
    far = 100 * np.nanmean([best - one.truth[0] for one in each])
    print(f"{name}: best {100 * best:+.2f} points; recommended {far:.2f} below it on average, indifference zone {100 * delta:.2f}")
    print(
        f"  within the zone {np.mean(near):.1%}, within the guardrail {np.mean(kept):.1%}, both {both / trials:.1%}"
        f" [{low:.1%}, {high:.1%}] (95 % asked); within the zone of the best finalist {np.mean(among):.1%}"
    )
    return unbiased(each) and high >= 0.95


def volume(points: Floats, whole: float) -> float:
    """Hypervolume of what settings really reach, of the whole."""
    return hypervolume(points, WORST, GOOD) / whole


def noisy_front(formula: Formula, shares: Floats, rng: np.random.Generator) -> Floats:
    """Truth of the settings that seem to be on the front, each run once."""
    truth = formula.at(shares)
    sizes = [NOISE[name][1] for name in ("return_rate_6m", "exposure_gini")]
    return truth[on_front(truth + rng.normal(size=truth.shape) * sizes, GOOD)]


def front(trials: int, seed: int) -> bool:
    """Print how much of the true front is found; whether enough."""
    formula, budget = Formula(None), GRID ** len(RANGES) // 4
    keys = ("objectives=[return_rate_6m,exposure_gini]", f"budget={budget}")
    each = [searched(tuning_of(seed + i, *keys), formula) for i in range(trials)]
    grid = np.stack(np.meshgrid(*[np.linspace(0, 1, GRID)] * len(RANGES), indexing="ij"), axis=-1).reshape(-1, len(RANGES))
    whole = hypervolume(formula.at(grid), WORST, GOOD)
    place = np.linspace(0, 1, 10_001)
    between = volume(formula(place, np.zeros_like(place)), whole)
    rng = np.random.default_rng(seed)
    shares = {
        "search": [volume(one.front, whole) for one in each],
        "at random": [volume(noisy_front(formula, rng.random((budget, len(RANGES))), rng), whole) for _ in range(trials)],
        "whole grid": [volume(noisy_front(formula, grid, rng), whole) for _ in range(trials)],
    }
    runs = {"search": budget, "at random": budget, "whole grid": len(grid)}
    print("front: hypervolume of the settings that seem to be on it, of the grid's without noise")
    print(f"  without noise between the grid's values, too: {between:.1%}")
    for name, values in shares.items():
        error = np.std(values, ddof=1) / math.sqrt(trials)
        print(f"  {name}, {runs[name]} runs: {np.mean(values):.1%} (standard error {error:.1%})")
    return unbiased(each) and bool(np.mean(shares["search"]) >= 0.95)


CHECKS: Mapping[str, Check] = {
    "peak": lambda trials, seed: one_objective("peak", Formula(0.5), 0.12, trials, seed),
    "edge": lambda trials, seed: one_objective("edge", Formula(None), 0.05, trials, seed),
    "front": front,
}


def main() -> int:
    """Run the searches; returns the exit code."""
    return run_checks(__doc__, CHECKS, 200, "searches of each kind")


if __name__ == "__main__":
    sys.exit(main())

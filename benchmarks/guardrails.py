"""Does a search find the best setting where a guardrail ends? Settings whose metrics a formula gives, with the simulator's luck.

  OPENBLAS_NUM_THREADS=1 python -m benchmarks.guardrails   # 120 searches of 400 runs: two minutes; slower with more threads
  python -m benchmarks.guardrails --trials 20

The searches are those of ``experiments.tune``; a formula stands where it would simulate. Four keys vary: the more of the first, the
more clients return and the less equal pros are; each of the others only does harm, the more, the further it is from where it should
be. What is recommended is asked to be within the guardrail in 95 % of the searches, and its confirmed value to err by less than 2
standard errors of the mean. How far it is below the best there is, is printed: a setting close to the limit is not surely within.
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
LIMIT = 0.05
"""Most that inequality may rise, as in the decision rule of the default market."""


def formula(place: Floats, harm: Floats) -> Floats:
    """Return and inequality, as differences to uniform, (..., 2): by the first key, 0 to 1, and by how far the others are off."""
    return np.stack([0.02 * np.sqrt(place) - 0.02 * harm, 0.1 * place + 0.05 * harm], axis=-1)


def truth_at(shares: Floats) -> Floats:
    """The same of keys, (..., 4) each 0 to 1."""
    return formula(shares[..., 0], ((shares[..., 1:] - BEST) ** 2).sum(axis=-1))


def truth_of(arm: Arm) -> Floats:
    """The same of an arm."""
    if arm.name == "uniform":
        return np.zeros(2)
    values: dict[str, float] = {key: getattr(getattr(arm, key.split(".")[0]), key.split(".")[1]) for key in RANGES}
    return truth_at(np.array([(values[key] - low) / (high - low) for key, (low, high) in RANGES.items()]))


class Answered:
    """A runner that asks the formula."""

    def run(self, jobs: Sequence[Job], what: str) -> dict[str, RunResult]:
        """The metrics of each job."""
        return {job.key: RunResult(self.metrics(job), {}) for job in jobs}

    def metrics(self, job: Job) -> dict[str, float]:
        """The formula, the luck that all arms of a replication share, and that of the arm."""
        own = int(hashlib.sha256(repr(job.arm).encode()).hexdigest()[:12], 16)
        shared = np.random.default_rng([job.seed, job.replication])
        alone = np.random.default_rng([job.seed, job.replication, own])
        truth = dict(zip(NOISE, (*truth_of(job.arm), 0.0), strict=True))
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


def tuning_of(seed: int, *keys: str) -> Tuning:
    """The search of a seed."""
    space = ", ".join(
        f"arm.{key}: {{low: {low}, high: {high}{', step: 1' if isinstance(low, int) else ''}}}"
        for key, (low, high) in RANGES.items()
    )
    return make_tuning(compose_settings("tune", [f"search={{{space}}}", "landmarks=[uniform]", f"seed={seed}", *keys]))


def searched(tuning: Tuning) -> Found:
    """Search, choose and confirm as the command does."""
    runner: Any = Answered()
    with tempfile.TemporaryDirectory() as folder:
        found = run_search(tuning, runner, Path(folder) / "search.json")
    finals = run_finals(tuning, runner, found)
    truths = np.array([truth_of(found.runs.arms[i]) for i in finals.finalists])
    kept = truths[truths[:, 1] <= LIMIT, 0]
    if finals.chosen is None:
        return Found(np.full(2, math.nan), math.nan, math.nan, kept.max(initial=-math.inf))
    place, control = (int(np.flatnonzero(found.stand.who == i)[0]) for i in (finals.chosen, CONTROL))
    seemed = float(found.stand.found.means[place, 0] - found.stand.found.means[control, 0])
    arm = len(tuning.policies) + finals.finalists.index(finals.chosen)
    now = float(differences(finals.runs.values, arm, 0, tuning.policies.index("uniform")).mean())
    return Found(truth_of(found.runs.arms[finals.chosen]), seemed, now, kept.max(initial=-math.inf))


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


def edge(trials: int, seed: int) -> bool:
    """Print what is recommended beside the best there is; whether the guardrail and confirmed values hold."""
    keys = ("maximise=return_rate_6m", f"decision.guardrails.exposure_gini.up_at_most={LIMIT}")
    best = float(formula(np.array(LIMIT / 0.1), np.array(0.0))[0])
    each = [searched(tuning_of(seed + i, *keys)) for i in range(trials)]
    delta = tuning_of(seed, *keys).delta
    near = [one.truth[0] >= best - delta for one in each]
    kept = int(sum(not one.truth[1] > LIMIT for one in each))
    among = [one.truth[0] >= one.best_finalist - delta for one in each]
    low, high = stats.binomtest(kept, trials).proportion_ci(method="wilson")
    far = 100 * np.nanmean([best - one.truth[0] for one in each])
    print(f"edge: best {100 * best:+.2f} points; recommended {far:.2f} below it on average, indifference zone {100 * delta:.2f}")
    print(
        f"  within the guardrail {kept / trials:.1%} [{low:.1%}, {high:.1%}] (95 % asked);"
        f" within the zone of the best {np.mean(near):.1%}, of the best finalist {np.mean(among):.1%}"
    )
    return unbiased(each) and bool(high >= 0.95)


CHECKS: Mapping[str, Check] = {"edge": edge}


def main() -> int:
    """Run the searches; returns the exit code."""
    return run_checks(__doc__, CHECKS, 120, "searches")


if __name__ == "__main__":
    sys.exit(main())

"""Does a search find what is true, and does it say how good that is? Settings whose metrics a formula gives, with luck as in runs.

  python -m benchmarks.search                # 200 searches a check, 20 of each sampler for a front
  python -m benchmarks.search --only edge --trials 20

The searches are those of the command tune; a formula stands where it would simulate. Five settings of the default rule vary. Their
metrics have luck of the size that runs of the default market have: of a replication, which all settings share, and of their own.
A peak that no guardrail touches, and an edge, where the best lies at a guardrail, ask for one objective; a front asks for two.
"""

import hashlib
import math
import multiprocessing
import os
import sys
import tempfile
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from functools import cache, partial
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.checks import Check, run_checks
from experiments.execution.jobs import Job
from experiments.execution.store import RunResult
from experiments.execution.worker import ONE_THREAD
from experiments.plans.compose import compose_settings
from experiments.search.finals import run_finals
from experiments.search.loop import CONTROL, Searched, differences, run_search
from experiments.search.plan import Tuning, make_tuning
from experiments.search.space import Candidate
from sim.arrays import Floats
from sim.engine.platform import Arm
from sim.statistics.fronts import Direction, hypervolume
from sim.statistics.intervals import wilson

RANGES: Mapping[str, tuple[float, float]] = {
    "allocator.strength": (0.0, 8.0),
    "allocator.floor": (0.0, 0.6),
    "allocator.cap": (1.5, 9.0),
    "score.min_sessions": (0, 60),
    "score.min_clients_behind": (1, 21),
}
"""Settings that vary; ends of each."""
BEST = np.array([0.6, 0.3, 0.7, 0.4, 0.5])
"""Where settings should be, 0 to 1 between their ends; the first only on the peak."""
LEVEL = {"return_rate_6m": 0.30, "exposure_gini": 0.27, "fill_rate": 0.98}
"""Of uniform."""
LUCK = {"return_rate_6m": (0.007, 0.0028), "exposure_gini": (0.02, 0.013), "fill_rate": (0.002, 0.0005)}
"""Standard deviations of what all arms share in a replication, and of what one has for itself, as in the default market."""
LIMIT = 0.05
"""Most that inequality may rise, as in the decision rule of the default market."""
GRID = 4**5
"""Points of a grid of four values a setting."""
TOP, BOTTOM = 0.02, 0.05
"""What the first setting brings along the front, and what it costs."""
CORNER, WAYS = (0.0, BOTTOM), ("higher", "lower")
"""Of the volume of a front: nobody more comes back, at all that it costs."""
SAMPLERS = ("tpe", "nsga2", "gp", "at random")

Formula = Callable[[Floats], Floats]
"""From settings (..., 5), each 0 to 1 between its ends, to return and inequality less those of uniform, (..., 2)."""


def harm(x: Floats) -> Floats:
    """How far all settings but the first are from where they should be, (...)."""
    return np.asarray(((x[..., 1:] - BEST[1:]) ** 2).sum(axis=-1))


def peak(x: Floats) -> Floats:
    """Return falls with the squared distance from the best; inequality does not depend on settings."""
    back = TOP * (1 - ((x - BEST) ** 2).sum(axis=-1))
    return np.stack([back, np.zeros_like(back)], axis=-1)


def front(x: Floats) -> Floats:
    """The first setting trades return for inequality, with less and less gain; the others only do harm."""
    return np.stack([TOP * np.sqrt(x[..., 0]) - 0.01 * harm(x), BOTTOM * x[..., 0] + 0.02 * harm(x)], axis=-1)


def edge(x: Floats) -> Floats:
    """The same, twice as dear: half of the first setting's range is beyond the guardrail."""
    return np.stack([TOP * np.sqrt(x[..., 0]) - 0.02 * harm(x), 2 * LIMIT * x[..., 0] + 0.05 * harm(x)], axis=-1)


def place(arm: Arm) -> Floats:
    """Settings of an arm, (5,), each 0 to 1 between its ends."""
    values = [getattr(getattr(arm, part), key) for part, key in (name.split(".") for name in RANGES)]
    return np.array([(value - low) / (high - low) for value, (low, high) in zip(values, RANGES.values(), strict=True)])


def truth_of(formula: Formula, arm: Arm) -> Floats:
    """Return and inequality of an arm less those of uniform, (2,)."""
    return np.zeros(2) if arm.name == "uniform" else formula(place(arm))


@dataclass(frozen=True)
class Answered:
    """A runner that asks a formula."""

    formula: Formula

    def run(self, jobs: Sequence[Job], _what: str) -> dict[str, RunResult]:
        """The metrics of each job."""
        return {job.key: RunResult(self.metrics(job), {}) for job in jobs}

    def metrics(self, job: Job) -> dict[str, float]:
        """The formula, the luck that all arms of a replication share, and that of the arm."""
        # not by the job's key, which every edit of the model changes
        own = int(hashlib.sha256(repr((job.arm.score, job.arm.allocator)).encode()).hexdigest()[:12], 16)
        shared = np.random.default_rng([job.seed, job.replication])
        alone = np.random.default_rng([job.seed, job.replication, own])
        truth = dict(zip(LUCK, (*truth_of(self.formula, job.arm), 0.0), strict=True))
        return {
            name: LEVEL[name] + truth[name] + all_ * shared.standard_normal() + one * alone.standard_normal()
            for name, (all_, one) in LUCK.items()
        }


class AtRandom:
    """A source of settings that knows nothing."""

    def __init__(self, tuning: Tuning) -> None:
        self._space, self._rng = tuning.space, np.random.default_rng(tuning.options.seed)

    def propose(self) -> Candidate:
        """Any settings."""
        return self._space.candidate(lambda one: one.at(float(self._rng.random())))

    def learn(self, told: Sequence[Any]) -> None:
        """Nothing."""


class Blind(Tuning):
    """The same search with settings at random."""

    def begun(self) -> Any:
        """A search whose source knows nothing."""
        search = super().begun()
        search._source = AtRandom(self)
        return search


@cache
def _settings(*keys: str) -> Mapping[str, Any]:
    space = ", ".join(
        f"arm.{key}: {{low: {low}, high: {high}{', step: 1' if isinstance(low, int) else ''}}}"
        for key, (low, high) in RANGES.items()
    )
    return compose_settings("tune", [f"search={{{space}}}", "landmarks=[uniform]", *keys])


def tuning_of(seed: int, *keys: str) -> Tuning:
    """The search of a seed."""
    return make_tuning({**_settings(*keys), "seed": seed})


def ran(tuning: Tuning, formula: Formula) -> tuple[Searched, Any]:
    """A search, and the runner that it asked."""
    runner: Any = Answered(formula)
    with tempfile.TemporaryDirectory() as folder:
        return run_search(tuning, runner, Path(folder) / "search.json"), runner


@dataclass(frozen=True)
class Found:
    """What one search found, return as differences to uniform."""

    truth: Floats
    """(2,) of the recommended setting; nan where none is."""
    searched: float
    confirmed: float
    best_finalist: float
    """Most that a finalist within the guardrail really reaches."""


def searched(tuning: Tuning, formula: Formula) -> Found:
    """Search, choose and confirm as the command does."""
    found, runner = ran(tuning, formula)
    finals = run_finals(tuning, runner, found)
    truths = np.array([truth_of(formula, found.runs.arms[i]) for i in finals.finalists]).reshape(-1, 2)
    best = truths[truths[:, 1] <= LIMIT, 0].max(initial=-math.inf)
    if finals.chosen is None:
        return Found(np.full(2, math.nan), math.nan, math.nan, best)
    at, control = (int(np.flatnonzero(found.stand.who == i)[0]) for i in (finals.chosen, CONTROL))
    seemed = float(found.stand.found.means[at, 0] - found.stand.found.means[control, 0])
    arm = len(tuning.policies) + finals.finalists.index(finals.chosen)
    now = float(differences(finals.runs.values, arm, 0, tuning.policies.index("uniform")).mean())
    return Found(truth_of(formula, found.runs.arms[finals.chosen]), seemed, now, best)


def one_objective(formula: Formula, keys: Sequence[str], seed: int) -> Found:
    """A search for the best return."""
    return searched(tuning_of(seed, "maximise=return_rate_6m", *keys), formula)


def volume(sampler: str, seed: int) -> tuple[float, int]:
    """Share of the true front's volume that the settings tried reach, and runs of the search."""
    keys = ("objectives=[return_rate_6m,exposure_gini]", f"budget={GRID // 4 + 40}", "confirmed_share=.14")
    tuning = tuning_of(seed, *keys, *(() if sampler == "at random" else (f"sampler={sampler}",)))
    found, _ = ran(Blind(**vars(tuning)) if sampler == "at random" else tuning, front)
    x = np.linspace(0, 1, 2001)
    ways: Sequence[Direction] = WAYS  # type: ignore[assignment]
    best = hypervolume(np.column_stack([TOP * np.sqrt(x), BOTTOM * x]), CORNER, ways)
    truths = np.array([truth_of(front, arm) for arm in found.runs.arms[1:]])
    return hypervolume(truths, CORNER, ways) / best, int(found.runs.counts.sum())


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


def share(good: Sequence[bool]) -> tuple[str, float]:
    """A share with its 95 % interval in words, and the upper end."""
    found = wilson(float(np.mean(good)), len(good))
    return f"{found.estimate:.1%} [{found.low:.1%}, {found.high:.1%}]", found.high


def _each(search: Callable[[int], Any], n: int, seed: int) -> list[Any]:
    """The searches of n seeds, side by side; in order."""
    # its matrices are small: threads of linear algebra would wait for one another
    os.environ.update(ONE_THREAD)
    with ProcessPoolExecutor(mp_context=multiprocessing.get_context("spawn")) as pool:
        return list(pool.map(search, range(seed, seed + n)))


def check_peak(trials: int, seed: int) -> bool:
    """Whether the recommended setting is as good as it should be, and whether its value is."""
    each = _each(partial(one_objective, peak, ("~decision.guardrails.exposure_gini",)), trials, seed)
    delta = tuning_of(seed, "maximise=return_rate_6m").delta
    words, high = share([one.truth[0] >= TOP - delta for one in each])
    print(f"peak: within {100 * delta:.1f} points of the best {words} (95 % asked)")
    return unbiased(each) and high >= 0.95


def check_edge(trials: int, seed: int) -> bool:
    """Whether what is recommended keeps the guardrail, and is worth what is said; beside the best there is."""
    each = _each(partial(one_objective, edge, (f"decision.guardrails.exposure_gini.up_at_most={LIMIT}",)), trials, seed)
    best, delta = TOP * math.sqrt(0.5), tuning_of(seed, "maximise=return_rate_6m").delta
    words, high = share([not one.truth[1] > LIMIT for one in each])
    near, _ = share([one.truth[0] >= best - delta for one in each])
    among, _ = share([one.truth[0] >= one.best_finalist - delta for one in each])
    far = 100 * np.nanmean([best - one.truth[0] for one in each])
    none = sum(math.isnan(one.confirmed) for one in each)
    print(f"edge: best {100 * best:+.2f} points; recommended {far:.2f} below it on average, nothing in {none} of {trials}")
    print(f"  within the guardrail {words} (95 % asked)")
    print(f"  within {100 * delta:.1f} points of the best {near}, of the best finalist {among}")
    return unbiased(each) and high >= 0.95


def check_front(trials: int, seed: int) -> bool:
    """How much of the true front is reached with a quarter of a grid's runs, by sampler."""
    n, passed = max(trials // 10, 2), False
    for sampler in SAMPLERS:
        each = _each(partial(volume, sampler), n, seed)
        shares = np.array([one for one, _ in each])
        error = shares.std(ddof=1) / math.sqrt(n)
        print(
            f"front, {sampler}: {shares.mean():.1%} of the true volume (standard error {error:.1%}), {each[0][1]} runs where a grid"
            f" takes {GRID}, {n} searches (95 % asked of the first)"
        )
        passed |= sampler == SAMPLERS[0] and bool(shares.mean() + 2 * error >= 0.95)
    return passed


CHECKS: Mapping[str, Check] = {"peak": check_peak, "edge": check_edge, "front": check_front}


def main() -> int:
    """Run the searches; returns the exit code."""
    return run_checks(__doc__, CHECKS, 200, "searches; a tenth of each sampler for the front")


if __name__ == "__main__":
    sys.exit(main())

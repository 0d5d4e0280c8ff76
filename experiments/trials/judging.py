"""How well each design tells the effect, from simulated experiments and the two worlds that they stand for."""

from collections.abc import Mapping, Sequence

import numpy as np

from experiments.execution.runner import Runner
from experiments.trials.estimating import NOT_RANDOMISED, Newcomers, estimates, newcomers_of, undisturbed
from experiments.trials.formulas import power_by_formula
from experiments.trials.plan import Lab
from experiments.trials.tried import ALL_CONTROL, ALL_TREATED
from sim.arrays import Floats
from sim.config import ConfigError
from sim.designs.base import Split
from sim.estimators.estimate import Estimate
from sim.estimators.performance import Performance, performance
from sim.metrics.newcomers import LOAD, OUTCOMES, PREFIX
from sim.report.instead import OutcomeFound
from sim.report.lab import WEEK_DAYS, DesignFound
from sim.statistics.intervals import mean_interval

FIXED = ("zone", "pro")
"""Units of which time brings no more."""
Runs = Sequence[Mapping[str, Floats]]
"""Columns of each replication."""
Pair = tuple[Newcomers, Newcomers]
"""Of a market in which nobody is treated, and of the same in which all are."""


def simulate_lab(lab: Lab, runner: Runner) -> dict[str, Runs]:
    """Columns of newcomers by name of what is tried and replication, from the store where present.

    Raises
    ------
    RunError
        Some runs failed; all others were completed and stored first.
    """
    jobs = lab.jobs()
    results = runner.run(list(jobs.values()), "Experiments")
    return {name: [results[jobs[name, r].key].curves for r in range(one.replications)] for name, one in lab.tried.items()}


def judge(lab: Lab, runs: Mapping[str, Runs]) -> tuple[DesignFound, ...]:
    """Every design with its estimators.

    Raises
    ------
    ConfigError
        Fewer clusters than an estimator can bear.
    """
    splits = {name: _splits(lab, name, runs) for name in lab.designs}
    by_outcome = {outcome: _judged(lab, runs, splits, outcome) for outcome in OUTCOMES}
    found, outcome = [], lab.plan.options.outcome
    control = [newcomers_of(run, outcome) for run in runs[ALL_CONTROL]]
    for (name, estimator), one in by_outcome[outcome].items():
        design, earned = lab.trials[name].design, [newcomers_of(run, "contribution_6m_eur") for run in runs[name]]
        part = [float(split.groups.pros.mean()) for split in splits[name]]
        shown = [_exposed(split, who) for split, who in zip(splits[name], earned, strict=True)]
        found.append(
            DesignFound(
                design=name,
                estimator=estimator,
                unit=design.unit,
                randomised=design.estimator not in NOT_RANDOMISED,
                found=one,
                clients=float(np.mean([len(who.client) for who in earned])),
                exposed=float(np.mean([pros * len(who.client) for pros, who in zip(part, shown, strict=True)])),
                at_stake_eur=float(np.mean([pros * who.outcome.sum() for pros, who in zip(part, shown, strict=True)])),
                by_formula=power_by_formula(design, splits[name], control, one.truth.estimate),
                by_outcome={outcome: each[name, estimator].days_needed / WEEK_DAYS for outcome, each in by_outcome.items()},
            )
        )
    return tuple(found)


def signs_of(lab: Lab, runs: Mapping[str, Runs]) -> dict[str, OutcomeFound]:
    """Every outcome but the one that matters, as a sign of it."""
    ours = lab.plan.options.outcome
    found = {}
    for outcome in OUTCOMES:
        if outcome == ours:
            continue
        slopes, effects, truths = [], [], []
        for control, treated in zip(runs[ALL_CONTROL], runs[ALL_TREATED], strict=True):
            sign, value = (control[PREFIX + name] for name in (outcome, ours))
            slopes.append(np.cov(sign, value)[0, 1] / sign.var(ddof=1) if sign.std() > 0 else 0.0)
            effects.append(treated[PREFIX + outcome].mean() - sign.mean())
            truths.append(treated[PREFIX + ours].mean() - value.mean())
        slope = float(np.mean(slopes))
        forecast = slope * np.array(effects)
        found[outcome] = OutcomeFound(
            mean_interval(np.array(effects)), slope, mean_interval(forecast), mean_interval(forecast - np.array(truths))
        )
    return found


def _splits(lab: Lab, name: str, runs: Mapping[str, Runs]) -> list[Split]:
    """The split of each experiment of a design, for its clients and those of both worlds."""
    found = []
    for r, columns in enumerate(zip(*(runs[one] for one in (name, ALL_CONTROL, ALL_TREATED)), strict=True)):
        last = max(int(run[PREFIX + "client"].max(initial=0)) for run in columns)
        found.append(lab.trials[name].split(lab.plan.market, 1 + last, r))
    return found


def _exposed(split: Split, who: Newcomers) -> Newcomers:
    """Clients who came while an experiment lasted and were shown the treated arm."""
    return who.rows(split.of_requests(who.client, who.zone, who.day + split.start_days) == 1)


def _judged(
    lab: Lab, runs: Mapping[str, Runs], splits: Mapping[str, Sequence[Split]], outcome: str
) -> dict[tuple[str, str], Performance]:
    """By design and estimator, how well an outcome tells its own effect."""
    worlds = {name: [newcomers_of(run, outcome) for run in runs[name]] for name in (ALL_CONTROL, ALL_TREATED)}
    pairs = list(zip(worlds[ALL_CONTROL], worlds[ALL_TREATED], strict=True))
    truths = np.array([treated.outcome.mean() - control.outcome.mean() for control, treated in pairs])
    loads = [float(run[LOAD][0]) for run in runs[ALL_CONTROL]]
    found: dict[tuple[str, str], Performance] = {}
    known_on = lab.plan.options.days + lab.plan.options.delay_days
    for name in lab.designs:
        experiments = [newcomers_of(run, outcome, known_on) for run in runs[name]]
        by_estimator = _of_design(lab, name, list(zip(splits[name], experiments, pairs, loads, strict=True)), truths)
        found |= {(name, estimator): one for estimator, one in by_estimator.items()}
    return found


def _of_design(
    lab: Lab, name: str, experiments: Sequence[tuple[Split, Newcomers, Pair, float]], truths: Floats
) -> dict[str, Performance]:
    design, options = lab.trials[name].design, lab.plan.options
    by_estimator: dict[str, list[Estimate]] = {}
    apart = []
    for r, (split, who, pair, load) in enumerate(experiments):
        try:
            for estimator, one in estimates(design, split, who, load).items():
                by_estimator.setdefault(estimator, []).append(one)
        except ValueError as error:
            raise ConfigError(f"designs.{name}, experiment {r}: {error}") from None
        apart.append(undisturbed(design, split, *pair))
    # who is met by a pro at all depends on the treatment: what that does is a part of the bias, too
    alike = design.estimator not in NOT_RANDOMISED and design.unit != "pro"
    return {
        estimator: performance(
            each, np.array(apart), truths, options.days, options.smallest_effect, alike, is_fixed=design.unit in FIXED
        )
        for estimator, each in by_estimator.items()
    }

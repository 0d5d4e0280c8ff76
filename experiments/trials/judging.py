"""How well each design tells the effect, from simulated experiments and the two worlds that they stand for."""

from collections.abc import Mapping, Sequence

import numpy as np

from experiments.execution.runner import Runner
from experiments.trials.estimating import BEFORE_AFTER, Newcomers, estimates, newcomers_of, undisturbed
from experiments.trials.plan import ALL_CONTROL, ALL_TREATED, Lab
from sim.arrays import Floats
from sim.config import ConfigError
from sim.estimators.estimate import Estimate
from sim.estimators.performance import Performance, performance
from sim.metrics.newcomers import LOAD, OUTCOMES
from sim.report.lab import WEEK_DAYS, DesignFound

Runs = Sequence[Mapping[str, Floats]]
"""Columns of each replication."""
Pair = tuple[Newcomers, Newcomers]
"""Of a market in which nobody is treated, and of the same in which all are."""


def simulate_lab(lab: Lab, runner: Runner) -> dict[str, Runs]:
    """Columns of newcomers by design and replication, from the store where present.

    Raises
    ------
    RunError
        Some runs failed; all others were completed and stored first.
    """
    jobs = lab.jobs()
    results = runner.run(list(jobs.values()), "Experiments")
    n = lab.plan.options.replications
    return {name: [results[jobs[name, r].key].curves for r in range(n)] for name in lab.trials}


def judge(lab: Lab, runs: Mapping[str, Runs]) -> tuple[DesignFound, ...]:
    """Every design with its estimators.

    Raises
    ------
    ConfigError
        Fewer clusters than an estimator can bear.
    """
    by_outcome = {outcome: _judged(lab, runs, outcome) for outcome in OUTCOMES}
    found = []
    for (name, estimator), one in by_outcome[lab.plan.options.outcome].items():
        trial, experiments = lab.trials[name], [newcomers_of(run, lab.plan.options.outcome) for run in runs[name]]
        exposed = [_exposed(lab, name, r, who) for r, who in enumerate(experiments)]
        found.append(
            DesignFound(
                design=name,
                estimator=estimator,
                unit=trial.design.unit,
                randomised=trial.design.estimator != BEFORE_AFTER,
                found=one,
                clients=float(np.mean([len(who.client) for who in experiments])),
                exposed=float(np.mean(exposed)),
                by_outcome={outcome: each[name, estimator].days_needed / WEEK_DAYS for outcome, each in by_outcome.items()},
            )
        )
    return tuple(found)


def _exposed(lab: Lab, name: str, r: int, who: Newcomers) -> int:
    """Clients who came while an experiment lasted and were shown the treated arm."""
    split = lab.trials[name].split(lab.plan.market, 1 + int(who.client.max(initial=0)), r)
    return int((split.of_requests(who.client, who.zone, who.day + split.start_days) == 1).sum())


def _judged(lab: Lab, runs: Mapping[str, Runs], outcome: str) -> dict[tuple[str, str], Performance]:
    """By design and estimator, how well an outcome tells its own effect."""
    worlds = {name: [newcomers_of(run, outcome) for run in runs[name]] for name in (ALL_CONTROL, ALL_TREATED)}
    pairs = list(zip(worlds[ALL_CONTROL], worlds[ALL_TREATED], strict=True))
    truths = np.array([treated.outcome.mean() - control.outcome.mean() for control, treated in pairs])
    loads = [float(run[LOAD][0]) for run in runs[ALL_CONTROL]]
    found: dict[tuple[str, str], Performance] = {}
    for name in lab.designs:
        experiments = [newcomers_of(run, outcome) for run in runs[name]]
        by_estimator = _of_design(lab, name, experiments, pairs, truths, loads)
        found |= {(name, estimator): one for estimator, one in by_estimator.items()}
    return found


def _of_design(
    lab: Lab, name: str, experiments: Sequence[Newcomers], pairs: Sequence[Pair], truths: Floats, loads: Sequence[float]
) -> dict[str, Performance]:
    trial, options = lab.trials[name], lab.plan.options
    by_estimator: dict[str, list[Estimate]] = {}
    apart = []
    for r, (who, pair) in enumerate(zip(experiments, pairs, strict=True)):
        n_clients = 1 + max(int(one.client.max(initial=0)) for one in (who, *pair))
        split = trial.split(lab.plan.market, n_clients, r)
        try:
            for estimator, one in estimates(trial.design, split, who, loads[r]).items():
                by_estimator.setdefault(estimator, []).append(one)
        except ValueError as error:
            raise ConfigError(f"designs.{name}, experiment {r}: {error}") from None
        apart.append(undisturbed(trial.design, split, *pair))
    randomised = trial.design.estimator != BEFORE_AFTER
    return {
        estimator: performance(each, np.array(apart), truths, options.days, options.smallest_effect, randomised)
        for estimator, each in by_estimator.items()
    }

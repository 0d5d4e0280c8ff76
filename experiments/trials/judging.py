"""How well each design tells the effect, from simulated experiments and the two worlds that they stand for."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from experiments.execution.runner import Runner
from experiments.trials.estimating import BEFORE_AFTER, Newcomers, estimates, newcomers_of, undisturbed
from experiments.trials.plan import ALL_CONTROL, ALL_TREATED, Lab
from sim.arrays import Floats
from sim.config import ConfigError
from sim.estimators.estimate import Estimate
from sim.estimators.performance import Performance, performance
from sim.metrics.newcomers import LOAD
from sim.statistics.intervals import Interval, mean_interval


@dataclass(frozen=True)
class Judged:
    """A design and an estimator."""

    design: str
    estimator: str
    unit: str
    found: Performance
    clients: float
    """Who came while an experiment lasts, on average."""
    exposed: float
    """Of these, shown the treated arm."""
    groups: tuple[Interval, Interval] | None
    """What the other group does to the control's and the treated's outcome: against a market that is all of its kind."""


def simulate_lab(lab: Lab, runner: Runner) -> dict[str, list[Mapping[str, Floats]]]:
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


def judge(lab: Lab, runs: Mapping[str, list[Mapping[str, Floats]]]) -> list[Judged]:
    """Every design with its estimators.

    Raises
    ------
    ConfigError
        Fewer clusters than an estimator can bear.
    """
    options, found = lab.plan.options, []
    worlds = {name: [newcomers_of(run, options.outcome) for run in runs[name]] for name in (ALL_CONTROL, ALL_TREATED)}
    pairs = list(zip(worlds[ALL_CONTROL], worlds[ALL_TREATED], strict=True))
    truths = np.array([treated.outcome.mean() - control.outcome.mean() for control, treated in pairs])
    for name in lab.designs:
        found += _judged(lab, name, [newcomers_of(run, options.outcome) for run in runs[name]], pairs, truths, runs[ALL_CONTROL])
    return found


def _judged(
    lab: Lab,
    name: str,
    experiments: list[Newcomers],
    pairs: list[tuple[Newcomers, Newcomers]],
    truths: Floats,
    control_runs: list[Mapping[str, Floats]],
) -> list[Judged]:
    trial, options = lab.trials[name], lab.plan.options
    by_estimator: dict[str, list[Estimate]] = {}
    apart, shifts, exposed = [], [], []
    for r, (who, (control, treated)) in enumerate(zip(experiments, pairs, strict=True)):
        n_clients = 1 + max(int(one.client.max(initial=0)) for one in (who, control, treated))
        split = trial.split(lab.plan.market, n_clients, r)
        try:
            for estimator, one in estimates(trial.design, split, who, float(control_runs[r][LOAD][0])).items():
                by_estimator.setdefault(estimator, []).append(one)
        except ValueError as error:
            raise ConfigError(f"designs.{name}, experiment {r}: {error}") from None
        apart.append(undisturbed(trial.design, split, control, treated))
        exposed.append(split.of_requests(who.client, who.zone, who.day + split.start_days).sum())
    clients = float(np.mean([len(one.client) for one in experiments]))
    randomised = trial.design.estimator != BEFORE_AFTER
    return [
        Judged(
            name,
            estimator,
            trial.design.unit,
            performance(each, np.array(apart), truths, options.days, options.smallest_effect, randomised),
            clients,
            float(np.mean(exposed)),
            None,
        )
        for estimator, each in by_estimator.items()
    ]

"""Simulated logs: read from the store, judged together, and set beside what the same market does under each policy."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial

import numpy as np

from experiments.execution.logs import read_log
from experiments.execution.runner import Runner
from experiments.hindsight.exploring import TYPICAL, by_softmax, explorations, shares
from experiments.hindsight.judging import Target, Wanted, judged
from experiments.hindsight.logged import Clients, Logged, logged
from experiments.hindsight.plan import Hindsight
from sim.arrays import Floats
from sim.engine.platform import Arm
from sim.log import RunLog
from sim.metrics.cohort import Cohort
from sim.metrics.retention import returned_within
from sim.offpolicy.decisions import NOBODY, pooled
from sim.offpolicy.exploration import Exploration
from sim.offpolicy.returns import cross_fitted
from sim.report.offpolicy_record import PolicyJudged
from sim.statistics.intervals import Interval, mean_interval

WEEK_DAYS = 7.0


@dataclass(frozen=True)
class Found:
    """What all logs together say."""

    clients: Clients
    policies: tuple[PolicyJudged, ...]
    weekly: float
    """New clients a week, in one log."""
    logged: Interval
    """Share who come back under the policy of the log, over runs."""


def found_in(hindsight: Hindsight, runner: Runner) -> Found:
    """Simulate logs and the same market under each policy, as far as the store does not have them, and judge.

    Raises
    ------
    RunError
        Some runs failed; all others were completed and stored first.
    """
    plan = hindsight.plan
    options, jobs = plan.options, hindsight.jobs()
    runner.run(list(jobs.values()), "Logs")
    is_strict = options.control in plan.strict
    logs = [
        logged(_log(hindsight, options.control, r), hindsight.logging_market, options.outcome_days, is_strict, (options.seed, r))
        for r in range(options.replications)
    ]
    together = _together(logs)
    rates = {name: np.array([_rate(hindsight, name, r) for r in range(options.replications)]) for name in plan.arms}
    days = plan.market.horizon_days - plan.market.warmup_days
    weekly = len(logs[0].clients.followed_days) / days * WEEK_DAYS
    wanted = Wanted(options.outcome_days, options.effective_n, is_strict, len(hindsight.judged))
    found = []
    for name, arm in hindsight.judged.items():
        targets = [one.targets(arm, name in plan.strict) for one in logs]
        target = Target(name, arm.is_reference, *(np.concatenate(columns) for columns in zip(*targets, strict=True)))
        truth = mean_interval(rates[name]), mean_interval(rates[name] - rates[options.control])
        explored = partial(_explored, hindsight, logs[0], arm, weekly)
        found.append(judged(together, target, wanted, explored, truth))
    return Found(together, tuple(found), weekly, mean_interval(rates[options.control]))


def _log(hindsight: Hindsight, arm: str, replication: int) -> RunLog:
    job = hindsight.jobs()[arm, replication]
    return read_log(hindsight.plan.store / job.key, job.market, job.arm)


def _rate(hindsight: Hindsight, arm: str, replication: int) -> float:
    """Share of the new clients whose time is over who came back."""
    cohort, window = Cohort(_log(hindsight, arm, replication)), hindsight.plan.options.outcome_days
    return float(returned_within(cohort, window)[cohort.followed(window)].mean())


def _together(logs: Sequence[Logged]) -> Clients:
    """Clients of all logs."""
    return Clients(
        pooled([one.clients.decisions for one in logs], [one.n_pros for one in logs]),
        np.concatenate([one.clients.returned_after_days for one in logs]),
        np.concatenate([one.clients.followed_days for one in logs]),
    )


def _explored(hindsight: Hindsight, log: Logged, arm: Arm, weekly: float) -> tuple[Exploration, ...]:
    """What exploring by the score of an arm would give, by the latest choices of one log."""
    decisions = log.clients.decisions
    sizes = decisions.counts - 1
    late = np.flatnonzero(sizes > 0)[-TYPICAL:]
    of_decision = np.isin(np.repeat(np.arange(len(sizes)), sizes), late)
    first = np.flatnonzero(log.races.first)[of_decision]
    counts = sizes[late]
    expected = cross_fitted(decisions.asked)[decisions.pros != NOBODY][of_decision]
    options, strict = hindsight.plan.options, hindsight.plan.strict

    def shown(weights: Floats, is_strict: bool = False) -> Floats:
        return shares(weights[first], counts, is_strict)

    own = log.log.choices["weight"][log.rows].astype(float)
    return explorations(
        counts,
        shown(own, options.control in strict),
        shown(log.weights(arm), arm.name in strict),
        expected,
        lambda temperature: shown(log.weights(by_softmax(arm, temperature))),
        options.temperatures,
        weekly,
        options.effective_n,
    )


def run_keys(hindsight: Hindsight) -> Mapping[str, str]:
    """Names in the store of all that is simulated, by ``arm/replication``."""
    return {f"{arm}/{r}": job.key for (arm, r), job in hindsight.jobs().items()}

"""A selection among the arms of a plan: checked, and raced."""

import os
from collections.abc import Mapping, Sequence

from experiments.execution.jobs import Job
from experiments.execution.runner import RunError, Runner
from experiments.plans.plan import Plan, SelectOptions
from experiments.selection.race import Race, UndefinedError, run_race
from sim.config import ConfigError
from sim.metrics.catalogue import Metric
from sim.statistics.selection import Selection, Task

CLUSTER_RUNS = 64
"""Runs in a batch for a cluster, whose size is not known beforehand."""


def check_race(plan: Plan[SelectOptions]) -> tuple[Metric, Selection]:
    """The metric that decides, and the selection; everything that can be refused is, before anything is simulated.

    Raises
    ------
    ConfigError
        The metric is unknown or has no good direction, an arm is a reference, there are fewer than two, or a number of the
        procedure is out of its range.
    """
    options = plan.options
    shown = plan.check_metric("metric", options.metric)
    if shown.better is None:
        names = ", ".join(known.name for known in plan.metrics if known.better)
        raise ConfigError(f"metric = {shown.name!r}, has no direction that is good for everybody; must be one of: {names}")
    policies = [name for name in plan.arms if name not in plan.references]
    if plan.references:
        names = " and ".join(sorted(plan.references))
        raise ConfigError(
            f"arm = {names}, must be a policy that can be chosen, not a reference that knows the truth;"
            f" without it: arm=[{','.join(policies)}]"
        )
    if len(policies) < 2:
        raise ConfigError(f"arm = [{policies[0]}], must be two arms or more to choose from")
    if shown.unit == "share" and options.delta >= 1:
        raise ConfigError(f"delta = {options.delta:g}, must be < 1: {shown.name} is a share, so that .003 is 0.3 points")
    try:
        selection = Selection(
            len(policies),
            options.delta,
            options.alpha,
            options.n0,
            options.seed,
            options.procedure,
            shown.better == "higher",
            options.budget,
        )
    except ValueError as error:
        raise ConfigError(str(error).replace("n_systems", "the number of arms")) from None
    return shown, selection


def race_arms(plan: Plan[SelectOptions], shown: Metric, selection: Selection) -> tuple[Race, Mapping[Task, Job], int]:
    """Simulate until the search is over.

    Returns
    -------
    Race, Mapping, int
        The race; the run behind each of its values; how many runs were simulated now, the others were in the store.

    Raises
    ------
    RunError
        Runs failed, or the metric is undefined in a run that the race needs.
    """
    options, arms = plan.options, list(plan.arms.values())
    jobs: dict[Task, Job] = {}

    with Runner(plan.store, options.executor, keep_logs=False) as runner:

        def simulate(tasks: Sequence[Task]) -> dict[Task, float]:
            jobs.update({(s, r): Job(plan.market, arms[s], options.seed, r, options.engine) for s, r in tasks})
            results = runner.run([jobs[task] for task in tasks])
            return {task: results[jobs[task].key].metrics[shown.name] for task in tasks}

        try:
            race = run_race(selection, len(arms), simulate, _workers(plan), options.procedure != "ocba", options.budget)
        except UndefinedError as error:
            raise RunError(
                f"{jobs[error.task].where}: {shown.name} is not defined in this run, so the race cannot go on: nobody to count."
                " Choose another metric, or a larger market: market.clients.arrivals_per_day, market.horizon_days"
            ) from None
        return race, jobs, runner.simulated


def _workers(plan: Plan[SelectOptions]) -> int:
    """Runs that are simulated side by side, about."""
    executor = plan.options.executor
    return {"serial": 1, "local": executor.workers or os.cpu_count() or 1}.get(executor.name, CLUSTER_RUNS)

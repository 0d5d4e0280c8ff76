"""The runs of a comparison: as many replications as asked for, or as a wanted precision takes."""

import os

import numpy as np

from experiments.execution.run_set import RunSet, run_set
from experiments.execution.runner import Runner
from experiments.plans.plan import ComparisonOptions, Plan
from sim.config import ConfigError
from sim.metrics.catalogue import Metric
from sim.report.settling import WantedPrecision
from sim.statistics.precision import MIN_FIRST, PrecisionRule


def simulate_plan(plan: Plan[ComparisonOptions], runner: Runner) -> tuple[RunSet, WantedPrecision | None]:
    """All arms of a plan, with as many replications as were asked for or as the wanted precision takes.

    Returns
    -------
    RunSet, WantedPrecision or None
        The runs that count, and why there are that many; None when their number was given.
    """
    options = plan.options
    # checked before anything is simulated
    shown = plan.check_metric("precision_metric", options.precision_metric)
    if options.precision is not None and len(plan.arms) < 2:
        raise ConfigError(f"precision = {options.precision:g}, needs two arms: it is that of the differences to the control")

    if options.precision is None:
        return run_set(runner, plan.jobs(options.replications)), None
    return _to_precision(plan, runner, options.precision, shown)


def _to_precision(plan: Plan[ComparisonOptions], runner: Runner, precision: float, shown: Metric) -> tuple[RunSet, WantedPrecision]:
    """Replications in rounds until the differences in a metric are known to a precision."""
    options = plan.options
    first = max(options.replications, MIN_FIRST)
    rule = PrecisionRule(precision, options.max_replications, min(first, options.max_replications))
    others = [name for name in plan.arms if name != options.control]
    differences = np.empty((len(others), 0))
    runs, n = RunSet({}, {}, 0), 0
    while more := rule.next_n(differences, options.workers or os.cpu_count() or 1):
        n += more
        runs = run_set(runner, plan.jobs(n))
        values = {name: runs.values(name)[shown.name] for name in plan.arms}
        differences = np.stack([values[name] - values[options.control] for name in others])
    found = rule.result(differences)
    return runs.first(found.n), WantedPrecision(shown.name, precision, found)

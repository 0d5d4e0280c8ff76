"""Which worlds look real: history matching in waves against the figures that a real market is known to have."""

from collections.abc import Mapping

import numpy as np
from sim.worlds.matching import Conflict, match

from experiments.execution.runner import Runner
from experiments.plans.metrics import find_metric
from experiments.plans.plan import Plan, WorldsOptions
from experiments.uncertain.runs import run_worlds
from experiments.uncertain.sample import N_POPULATION, Sample, sample_of
from sim.arrays import Floats
from sim.config import ConfigError
from sim.metrics.catalogue import metric
from sim.report.published import TARGETS
from sim.words.units import label
from sim.worlds.prior import Prior

N_CANDIDATES = 16_384
N_WAVE, N_WAVES = 192, 3
"""Runs of a wave, and waves: more of them rule out hardly more."""


def targets_of(plan: Plan[WorldsOptions]) -> dict[str, tuple[float, float]]:
    """By metric, the band that a plausible world meets: the prior's own, or the published ones.

    Raises
    ------
    ConfigError
        A metric that is not measured.
    """
    prior = plan.prior
    if prior is not None and prior.targets is not None:
        for name in prior.targets:
            find_metric(plan.metrics, f"worlds.targets.{name}", name)
        return dict(prior.targets)
    measured = {one.name for one in plan.metrics}
    return {target.metric: target.tolerance for target in TARGETS if target.metric in measured}


def matched_sample(plan: Plan[WorldsOptions], runner: Runner) -> Sample:
    """As many worlds as were asked for, from what the targets leave of the prior.

    Raises
    ------
    ConfigError
        No world meets the targets; the message says which target is in conflict with which number, and the nearest world.
    """
    prior, options, targets = plan.prior, plan.options, targets_of(plan)
    if prior is None:
        raise ConfigError(f"worlds = {options.worlds}, needs a yaml of what is uncertain")
    arm = plan.studied or options.control
    points = prior.points(N_CANDIDATES, options.seed)
    done = 0

    def simulate(u: Floats) -> Floats:
        nonlocal done
        markets = [prior.market(world) for world in prior.values(u)]
        runs = run_worlds(plan, runner, markets, [arm], 1, "Which worlds are plausible", done)
        done += len(u)
        return np.column_stack([runs.values[arm][name][:, 0] for name in targets])

    bands = np.array(list(targets.values()))
    found = match(simulate, bands, points, prior.correlated(points), N_WAVE, N_WAVES, options.seed)
    if isinstance(found, Conflict):
        raise ConfigError(conflict_message(found, prior, targets))
    many = found.plausible(max(N_POPULATION, options.worlds))
    return sample_of(prior, points[many], range(options.worlds), found.survived, done)


def conflict_message(found: Conflict, prior: Prior, targets: Mapping[str, tuple[float, float]]) -> str:
    """Which targets no world meets, what they hang on, and the world that comes nearest."""
    names, nearest = list(targets), prior.values(found.nearest[None, :])[0]
    lines = [f"{prior_name}, no world meets all targets; those out of reach:" for prior_name in ("worlds.targets",)]
    for t, name in enumerate(names):
        if found.reachable[t]:
            continue
        low, high = targets[name]
        on = ", ".join(prior.names[i] for i in found.movers[t])
        lines.append(f"  {label(metric(name))} ({name}): {low:g} to {high:g}, nearest {found.figures[t]:.3g}; it hangs on {on}")
    if len(lines) == 1:
        lines.append("  each target alone is within reach, all of them together are not")
    told = ", ".join(f"{name} = {value}" for name, value in zip(prior.names, nearest, strict=True))
    return "\n".join([*lines, f"  the nearest world: {told}"])

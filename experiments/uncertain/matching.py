"""Which worlds look real: history matching in waves against the figures that a real market is known to have."""

from collections.abc import Mapping

import numpy as np

from experiments.execution.runner import Runner
from experiments.plans.metrics import find_metric
from experiments.plans.plan import Plan, WorldsOptions
from experiments.uncertain.runs import run_worlds
from experiments.uncertain.sample import N_POPULATION, Sample, first_sample, sample_of
from sim.arrays import Floats
from sim.config import ConfigError
from sim.report.published import TARGETS
from sim.worlds.emulator import FEWEST
from sim.worlds.found import A_LOOK
from sim.worlds.matching import Conflict, match
from sim.worlds.prior import Prior, Value

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

    worlds = prior.values(points)

    def simulate(chosen: np.ndarray) -> Floats:
        nonlocal done
        markets = [prior.market(worlds[i]) for i in chosen]
        runs = run_worlds(plan, runner, markets, [arm], 1, "Which worlds are plausible", done)
        done += len(chosen)
        found = np.column_stack([runs.values[arm][name][:, 0] for name in targets])
        known = np.isfinite(found).sum(axis=0)
        if done == len(chosen) and known.min() < FEWEST:
            name = list(targets)[int(known.argmin())]
            raise ConfigError(f"worlds.targets.{name}, is defined in {known.min()} of {done} worlds tried, must be in >= {FEWEST}")
        return found

    bands = np.array(list(targets.values()))
    found = match(simulate, bands, prior.coded(worlds), N_WAVE, N_WAVES, options.seed)
    if isinstance(found, Conflict):
        raise ConfigError(conflict_message(found, prior, worlds[found.nearest], targets))
    many = found.plausible(max(N_POPULATION, options.worlds))
    return sample_of(prior, worlds, many, options.worlds, found.survived, done)


def choose_worlds(plan: Plan[WorldsOptions], runner: Runner) -> Sample | None:
    """The worlds that are looked at, found out by history matching where nobody has written them down.

    Returns
    -------
    Sample or None
        None where no worlds were asked for, nothing is uncertain, or a look would first have to find out which are plausible.

    Raises
    ------
    ConfigError
        No world meets the targets.
    """
    sample, n = first_sample(plan), plan.options.worlds
    if sample is not None or n <= A_LOOK or plan.prior is None or plan.prior.is_one_market:
        return sample
    return matched_sample(plan, runner)


def conflict_message(found: Conflict, prior: Prior, nearest: tuple[Value, ...], targets: Mapping[str, tuple[float, float]]) -> str:
    """Which targets no world meets, what they hang on, and the world that comes nearest."""
    lines = ["worlds.targets, no world meets all of them"]
    for t, (name, (low, high)) in enumerate(targets.items()):
        if not found.reachable[t]:
            on = " and ".join(prior.names[i] for i in found.movers[t])
            lines.append(f"  {name}: {low:g} to {high:g} is out of reach, nearest {found.closest[t]:.3g}; it hangs on {on}")
    if len(lines) == 1:
        lines.append("  each alone is within reach, all of them together are not; in the nearest world:")
        for t, (name, (low, high)) in enumerate(targets.items()):
            if not low <= found.figures[t] <= high:
                on = " and ".join(prior.names[i] for i in found.movers[t])
                lines.append(f"  {name}: {low:g} to {high:g}, there {found.figures[t]:.3g}; it hangs on {on}")
    told = ", ".join(f"{name} = {value}" for name, value in zip(prior.names, nearest, strict=True))
    return "\n".join([*lines, f"  the nearest world: {told}"])

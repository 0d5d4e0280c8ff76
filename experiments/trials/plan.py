"""Experiments to be simulated: two arms, some designs, when and how long; checked before anything is."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Annotated, Any

import numpy as np
from pydantic import Field, StrictInt

from experiments.execution.jobs import Job
from experiments.plans.plan import ControlOptions, Plan, make_plan
from experiments.trials.estimating import BEFORE_AFTER
from experiments.trials.rollout import RolloutOptions, rollouts
from sim import plugins
from sim.arrays import Flags
from sim.config import ConfigError, Market, NonNegative, Positive, Real
from sim.designs.base import Design, Split
from sim.designs.everybody import Everybody
from sim.engine.trial import Scores, Trial, refuse_unless_fits
from sim.estimators.means import LEAST_CLUSTERS
from sim.metrics.cohort import SIX_MONTHS_DAYS
from sim.report.lab import Outcome

ALL_CONTROL, ALL_TREATED = "all_control", "all_treated"
"""The two worlds that every experiment stands for."""


class LabOptions(ControlOptions):
    """Keys of the lab."""

    design: Annotated[tuple[str, ...], Field(min_length=1)]
    outcome: Outcome
    smallest_effect: NonNegative
    """Of the outcome, in its own unit."""
    start_days: Real | None
    days: Positive
    within_weeks: Positive
    scores: Scores
    replications: Annotated[StrictInt, Field(ge=2, le=100_000)]
    rollout: RolloutOptions


@dataclass(frozen=True)
class Tried:
    """A market under the control with an experiment in it, so many times."""

    market: Market
    trial: Trial
    replications: int


@dataclass(frozen=True)
class Lab:
    """What is simulated."""

    plan: Plan[LabOptions]
    """Its market ends when the last client of an experiment has been followed."""
    trials: Mapping[str, Trial]
    """By design, ``ALL_CONTROL`` and ``ALL_TREATED`` first."""
    beside: Mapping[str, Tried] = field(default_factory=dict)
    """What else is simulated, by a name that says what for."""

    @property
    def designs(self) -> dict[str, Design]:
        """By name."""
        return {name: trial.design for name, trial in self.trials.items() if name not in (ALL_CONTROL, ALL_TREATED)}

    @property
    def tried(self) -> dict[str, Tried]:
        """All that is simulated, by name."""
        return {name: Tried(self.plan.market, trial, self.plan.options.replications) for name, trial in self.trials.items()} | {
            **self.beside
        }

    def jobs(self) -> dict[tuple[str, int], Job]:
        """A job a name of ``tried`` and replication."""
        options, control = self.plan.options, self.plan.arms[self.plan.options.control]
        return {
            (name, r): Job(one.market, control, options.seed, r, options.engine, label=f"design={name}", trial=one.trial)
            for name, one in self.tried.items()
            for r in range(one.replications)
        }


def make_lab(settings: Mapping[str, Any]) -> Lab:
    """Validate composed settings.

    Raises
    ------
    ConfigError
        Not two arms; a design that cannot be, or has too few units; experiments that begin within the warm-up, or whose clients
        cannot be followed until the horizon; a rollout that cannot be watched.
    """
    designs = designs_of(settings)
    plan = make_plan(settings, LabOptions)
    control, treated = arms_of(plan)
    market, options = plan.market, plan.options
    start = float(market.warmup_days if options.start_days is None else options.start_days)
    end = start + options.days + SIX_MONTHS_DAYS
    if end > market.horizon_days:
        raise ConfigError(
            f"days = {options.days:g}, from day {start:g} and with {SIX_MONTHS_DAYS:g} days to follow clients ends at day {end:g}:"
            f" must end by market.horizon_days = {market.horizon_days}, or set that to {int(-(-end // 1))}"
        )
    # nothing that comes later is looked at
    market = market.model_copy(update={"horizon_days": int(-(-end // 1))})
    everybody = {ALL_CONTROL: Everybody(False), ALL_TREATED: Everybody(True)}
    trials = {
        name: Trial(plan.arms[treated], design, start, float(options.days), options.scores)
        for name, design in (everybody | designs).items()
    }
    for name, trial in trials.items():
        refuse_unless_fits(trial, market, plan.arms[control])
        if name in designs:
            _check_groups(name, trial, plan)
    staged, ends = rollouts(options.rollout, plan.arms[control], plan.arms[treated], trials[ALL_TREATED], market)
    return Lab(replace(plan, market=market), trials, {name: Tried(ends, one, options.replications) for name, one in staged.items()})


def designs_of(settings: Mapping[str, Any]) -> dict[str, Design]:
    """The experiment designs of composed settings, in order.

    Raises
    ------
    ConfigError
        A design that cannot be built.
    """
    said = settings.get("designs")
    names = settings["design"] if isinstance(settings["design"], list) else [settings["design"]]
    if not isinstance(said, Mapping) or (unknown := [name for name in said if name not in names]):
        wrong = f"designs = {said!r}" if not isinstance(said, Mapping) else f"designs.{unknown[0]}"
        raise ConfigError(f"{wrong}, must be of the designs: {', '.join(names)}")
    return {name: plugins.build(said.get(name), "design", f"designs.{name}") for name in names}


def arms_of(plan: Plan[LabOptions]) -> tuple[str, str]:
    """Control and treated arm.

    Raises
    ------
    ConfigError
        Not two arms, or two that are the same.
    """
    others = [name for name in plan.arms if name != plan.options.control]
    if len(plan.arms) != 2 or len(others) != 1:
        raise ConfigError(f"arm = [{','.join(plan.arms)}], must be two arms: the control and what is tried")
    ours, theirs = (plan.arms[name] for name in (plan.options.control, others[0]))
    if (ours.score, ours.allocator, ours.programmes) == (theirs.score, theirs.allocator, theirs.programmes):
        raise ConfigError(f"arm = [{','.join(plan.arms)}], are the same: there is no effect to look for")
    return plan.options.control, others[0]


def _check_groups(name: str, trial: Trial, plan: Plan[LabOptions]) -> None:
    """Raise ConfigError for a design that leaves a group empty, or one of pros, zones or periods nearly so."""
    try:
        split = trial.split(plan.market, 1_000, 0)
    except ConfigError as error:
        raise ConfigError(f"designs.{name}: {error}") from None
    groups = split.groups
    treats = (groups.places[None, None, :] < groups.shares[:, :, None]).any() and groups.pros.any()
    spares = (groups.places[None, None, :] >= groups.shares[:, :, None]).any() or not groups.pros.all()
    if not (treats and spares):
        which = "nobody is treated" if not treats else "everybody is treated"
        raise ConfigError(f"designs.{name}: {which} within days = {trial.days:g}, must have treated and control units")
    for what, treated in _wholes(split, trial.design).items():
        n_treated, n_control = int(treated.sum()), int((~treated).sum())
        if min(n_treated, n_control) < LEAST_CLUSTERS:
            raise ConfigError(
                f"designs.{name}: {n_treated} {what} treated and {n_control} not, must be >= {LEAST_CLUSTERS} each: without, there"
                " is no standard error"
            )


def _wholes(split: Split, design: Design) -> dict[str, Flags]:
    """What few there are of, and whether each is treated: pros, zones, periods."""
    shares, found = split.groups.shares, {}
    if split.randomises_pros:
        found["pros"] = np.asarray(split.groups.pros, bool)
    if design.unit == "zone":
        found["zones"] = shares[:, 0] > 0
    if design.unit == "period" and design.estimator != BEFORE_AFTER:
        found["periods"] = shares[0] > 0
    return found

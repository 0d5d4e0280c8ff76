"""Experiments to be simulated: two arms, some designs, when and how long; checked before anything is."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Annotated, Any

import numpy as np
from pydantic import Field, StrictInt

from experiments.bookings.opened import SourceKeys
from experiments.execution.jobs import Job
from experiments.plans.arms import load_named
from experiments.plans.plan import Plan, WorldsOptions, make_plan
from experiments.trials.curves import bolder_tried, loads_tried, shares_tried
from experiments.trials.estimating import NOT_RANDOMISED, RETURNS
from experiments.trials.rollout import RolloutOptions, rollouts
from experiments.trials.tried import ALL_CONTROL, ALL_TREATED, Tried
from sim import plugins
from sim.arrays import Flags
from sim.config import ConfigError, Count, NonNegative, OpenShare, Positive, Real, Section, Share
from sim.designs.base import Design, Split
from sim.designs.everybody import Everybody
from sim.engine.platform import Arm
from sim.engine.trial import Novelty, Scores, Trial, refuse_unless_fits
from sim.estimators.means import LEAST_CLUSTERS
from sim.metrics.cohort import SIX_MONTHS_DAYS
from sim.report.lab import Outcome

GIVEN = (*SourceKeys.model_fields, "assignments", "groups", "start", "end")
FILE_KEYS = (*GIVEN, "columns", "simulate")
"""Keys that say how a real experiment is read; simulated ones have none of them."""


class NoveltyOptions(Section):
    """Keys of ``novelty``, see ``sim.engine.trial.Novelty``."""

    lasting_share: Share
    half_life_days: NonNegative


class LabOptions(WorldsOptions):
    """Keys of the lab."""

    design: Annotated[tuple[str, ...], Field(min_length=1)]
    outcome: Outcome
    smallest_effect: NonNegative
    """Of the outcome, in its own unit."""
    start_days: Real | None
    days: Positive
    within_weeks: Positive
    decision_years: Positive
    """How long what is decided stays decided."""
    scores: Scores
    delay_days: Annotated[Real, Field(ge=0, le=SIX_MONTHS_DAYS)]
    """After the end, until the experiment is analysed: who came late has been followed for so long only."""
    zones: Annotated[tuple[Count, ...], Field(min_length=1)] | None
    """Zones in which requests have a part in experiments; None: all."""
    eligible_share: Annotated[Real, Field(gt=0, le=1)]
    """Of clients who have a part in experiments."""
    novelty: NoveltyOptions | None
    """How the treatment wears off; None: it does not."""
    shares: tuple[OpenShare, ...]
    """Of clients treated, for what groups do to one another by how many are treated."""
    loads: tuple[Positive, ...]
    """Times as many clients, for what groups do to one another by how scarce pros are."""
    bolder: str | None
    """Name of an arm that changes more than what is tried; None: none."""
    replications: Annotated[StrictInt, Field(ge=2, le=100_000)]
    rollout: RolloutOptions


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
        options, known = self.plan.options, self.plan.known
        control = self.plan.arms[options.control]
        return {
            (name, r): Job(
                one.market,
                control,
                options.seed,
                one.first + r,
                options.engine,
                label=f"design={name}",
                stream=self.plan.stream,
                known=known[(one.first + r) % len(known)] if known else None,
                trial=one.trial,
            )
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
    plan = make_plan({key: value for key, value in settings.items() if key not in FILE_KEYS}, LabOptions)
    return lab_of(plan, designs, load_named(settings))


def lab_of(plan: Plan[LabOptions], designs: Mapping[str, Design], named: Mapping[str, Arm] | None = None) -> Lab:
    """Experiments of some designs in the market of a plan, which ends when the last client has been followed.

    Parameters
    ----------
    named
        The arms that options name beside those of the plan, by name.

    Raises
    ------
    ConfigError
        As ``make_lab``.
    """
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
    if options.delay_days < SIX_MONTHS_DAYS and options.outcome not in RETURNS:
        raise ConfigError(
            f"delay_days = {options.delay_days:g}, must be {SIX_MONTHS_DAYS:g} for outcome = {options.outcome}: only of returns the"
            " day is known"
        )
    worn = None if options.novelty is None else Novelty(**options.novelty.model_dump())
    whole = Trial(plan.arms[treated], Everybody(True), start, float(options.days), options.scores, novelty=worn)
    # what is true in the long run is what is left when the new has worn off
    lasts = None if worn is None else replace(worn, half_life_days=0.0)
    trials = {name: replace(whole, design=design, novelty=lasts) for name, design in everybody.items()}
    for name, design in designs.items():
        trials[name] = replace(whole, design=design, zones=options.zones, eligible_share=options.eligible_share)
    for name, trial in trials.items():
        refuse_unless_fits(trial, market, plan.arms[control])
        if name in designs:
            _check_groups(name, trial, plan)
    arms = {**(named or {}), **plan.arms}
    beside = shares_tried(options.shares, whole, market, options.replications) | loads_tried(options.loads, trials, market)
    if options.bolder is not None and options.bolder not in (control, treated):
        beside |= bolder_tried(arms[options.bolder], whole, market, options.replications)
    staged, ends = rollouts(options.rollout, plan.arms[control], plan.arms[treated], arms, whole, market)
    beside |= {name: Tried(ends, one, options.replications) for name, one in staged.items()}
    return Lab(replace(plan, market=market), trials, beside)


def is_observed(settings: Mapping[str, Any]) -> bool:
    """Whether composed settings speak of a real experiment."""
    return any(settings.get(key) is not None for key in GIVEN) or bool(settings.get("columns", {}).get("group"))


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
    shares, places = groups.shares[groups.shares[:, 0] >= 0][:, :, None], groups.places[groups.places <= 1][None, None, :]
    treats = (places < shares).any() and groups.pros.any()
    spares = (places >= shares).any() or not groups.pros.all()
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
    shares, found = split.groups.shares[split.groups.shares[:, 0] >= 0], {}
    if split.randomises_pros:
        found["pros"] = np.asarray(split.groups.pros, bool)
    if design.unit == "zone" and design.estimator not in NOT_RANDOMISED:
        found["zones"] = shares[:, 0] > 0
    if design.unit == "period" and design.estimator not in NOT_RANDOMISED:
        found["periods"] = shares[0] > 0
    return found

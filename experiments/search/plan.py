"""A search ready to begin: everything that can be refused is, before anything is simulated."""

import hashlib
import json
import math
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import Field, StrictInt

from experiments.execution.keys import RESULT_DIGEST, versions
from experiments.plans.arms import load_arms, load_named
from experiments.plans.compose import compose_settings
from experiments.plans.decide import DecisionOptions
from experiments.plans.plan import Followed, Plan, Worlds, WorldsOptions, make_plan
from experiments.plans.settings import Settings
from experiments.search.aims import Aims, Way, aims_of
from experiments.search.sampling import Method, Search
from experiments.search.space import Candidate, Dimension, Space, parse_space
from experiments.studies.factors import Level
from experiments.uncertain.sample import first_sample
from sim.config import ConfigError, Market, OpenShare, Positive
from sim.engine.platform import Arm
from sim.metrics.catalogue import metric
from sim.report.rule import SMALLEST_EFFECTS
from sim.statistics.racing import Race

FEWEST_FRESH = 5
"""Fresh runs of a finalist, at least: fewer decide nothing."""
FIRST_TWICE = 10
"""Settings of the first generation that run twice at once, so that the luck of a run is known."""
FEWEST_FINALISTS = 2
BLOCK = 16
"""Worlds that choosing has before it is the turn of confirming: a power of 2, since worlds lie evenly in such blocks only."""
MOST_RUNS = 20
"""Of one setting while it is searched."""


class TuneOptions(WorldsOptions):
    """Keys of a search for settings."""

    longest_window_months: Followed
    studied: None = None
    replications: Literal[1] = 1
    landmarks: list[str]
    search: dict[str, Any] | None
    """By key of the arm; None: the space of ``experiment=frontier``."""
    objectives: list[str | dict[str, Way]]
    maximise: str | None
    minimise: str | None
    budget: Annotated[StrictInt, Field(ge=1, le=1_000_000)]
    """Runs in all."""
    confirmed_share: OpenShare
    """Of the budget, for fresh runs."""
    finalists: Annotated[StrictInt, Field(ge=FEWEST_FINALISTS, le=64)]
    sampler: Method
    generation: Annotated[StrictInt, Field(ge=4, le=1_000)]
    """Settings that are tried side by side."""
    delta: Positive | None
    """Smallest lead that is worth finding, with one objective; None: what matters in it."""
    alpha: OpenShare
    worlds: Worlds
    decision: DecisionOptions


@dataclass(frozen=True)
class Tuning:
    """A search, and all that it needs."""

    plan: Plan[TuneOptions]
    settings: Settings
    """Composed: with the arm that is varied."""
    space: Space
    aims: Aims
    markets: tuple[Market, ...]
    """Those that replications of the search lie in, one after another; one for a single market."""
    others: tuple[Market, ...]
    """Other worlds, for fresh replications: as many as there may be, each for one; none for a single market."""
    delta: float
    """nan with several objectives."""

    @property
    def options(self) -> TuneOptions:
        """All keys."""
        return self.plan.options

    @property
    def varied(self) -> str:
        """Name of the arm that is varied."""
        return str(self.settings["arm"][0])

    @property
    def policies(self) -> tuple[str, ...]:
        """Arms that are run beside the finalists: the control first, then the varied one as it is, then the other landmarks."""
        control = self.options.control
        return tuple(dict.fromkeys([control, self.varied, *self.plan.arms]))

    @property
    def fresh_runs(self) -> int:
        """Of the budget."""
        return round(self.options.confirmed_share * self.options.budget)

    @property
    def is_one(self) -> bool:
        """Whether there is one objective: then half of the fresh runs choose, and half confirm."""
        return len(self.aims.objectives) == 1

    def fresh_market(self, replication: int, confirming: bool) -> Market:
        """Where a fresh replication lies: in a world that nothing else lies in.

        Choosing and confirming take turns, ``BLOCK`` worlds each, so that a larger budget has the same worlds and more.
        """
        if not self.others:
            return self.markets[0]
        if not self.is_one:
            return self.others[replication]
        block, place = divmod(replication, BLOCK)
        return self.others[(2 * block + confirming) * BLOCK + place]

    @property
    def race(self) -> Race:
        """What makes a setting worth a further run: its place on the front."""
        aims = self.aims
        return Race(aims.column_directions, tuple(range(len(aims.objectives))), aims.front_limits, most=MOST_RUNS)

    @property
    def race_within(self) -> Race:
        """The same with all guardrails, for what is recommended."""
        return replace(self.race, limits=self.aims.all_limits)

    def begun(self) -> Search:
        """The search, at its beginning."""
        options = self.options
        return Search(self.space, self.aims.directions, options.seed, options.sampler, len(self.aims.of_front), options.generation)

    @property
    def about(self) -> dict[str, Any]:
        """What else decides what settings reach: a search whose file says something else is another one."""
        parts = {"market": [one.model_dump(mode="json") for one in self.markets], "arm": self.settings["arms"][self.varied]}
        parts["control"] = self.settings["named_arms"].get(self.options.control) or self.settings["arms"].get(self.options.control)
        market = hashlib.sha256(json.dumps(parts, sort_keys=True, default=str).encode()).hexdigest()[:16]
        return {
            "market_and_arms": market,
            "objectives": list(self.aims.objectives),
            "guardrails": [[one.metric, one.side, one.limit] for one in self.aims.guardrails],
            "generation": self.options.generation,
            "source": RESULT_DIGEST[:16],
            "versions": versions(),
        }

    def arm(self, candidate: Candidate, name: str) -> Arm:
        """The policy with the settings of a candidate."""
        changed = self.space.applied(self.settings, candidate)
        one = load_arms({"arm": [self.varied], "arms": {self.varied: changed["arms"][self.varied]}})[self.varied]
        return replace(one, name=name)


def make_tuning(settings: Mapping[str, Any], config_dirs: tuple[Path, ...] = ()) -> Tuning:
    """Validate composed settings.

    Raises
    ------
    ConfigError
        Anything that cannot be searched: see the message.
    """
    names = settings["arm"]
    if len(names) != 1:
        raise ConfigError(f"arm = [{', '.join(names)}], must be one arm, whose settings vary; others are landmarks")
    own = load_named(settings)
    plain = {key: value for key, value in settings.items() if key != "experiment"}
    plan = make_plan(plain, TuneOptions, own)
    options = plan.options
    if names[0] in plan.references:
        raise ConfigError(f"arm = {names[0]}, must be a policy that can be chosen, not a reference that knows the truth")
    if options.control in plan.references:
        raise ConfigError(f"control = {options.control!r}, must not be a reference that knows the truth")
    aims = aims_of(options.objectives, options.maximise, options.minimise, options.decision, plan.metrics)
    delta = _delta(options, aims)
    searched = options.search
    if searched is None:
        searched = compose_settings("tune", ["experiment=frontier"])["search"]
    space = parse_space({**plain, "search": searched}, names[0], config_dirs)
    found = Tuning(plan, plain, space, aims, (plan.market,), (), delta)
    _check_budget(found)
    if options.worlds:
        found = _in_worlds(found)
    _refuse_references(found)
    # refuses what cannot be searched this way, such as without optuna
    found.begun()
    return found


def _in_worlds(tuning: Tuning) -> Tuning:
    """The same in worlds: those of ``worlds`` for the search, others for fresh replications."""
    plan, options = tuning.plan, tuning.options
    if first_sample(plan) is None:
        raise ConfigError(
            f"worlds = {options.worlds}, needs worlds that are written down: plausible=personal_care, or those that"
            " experiments.calibrate or experiments.worlds left"
        )
    # the control and the arm run in each; who chooses among two settings spends half of the runs on them
    each = tuning.fresh_runs // 2 if tuning.is_one else tuning.fresh_runs // len(tuning.policies)
    more = 2 * BLOCK * math.ceil(each / 2 / BLOCK) if tuning.is_one else each
    try:
        sample = first_sample(replace(plan, options=options.model_copy(update={"worlds": options.worlds + more})))
    except ConfigError as error:
        raise ConfigError(
            f"worlds = {options.worlds}, needs {more} others for fresh replications, each in its own: {error}. A smaller budget or"
            " confirmed_share needs fewer"
        ) from None
    assert sample is not None  # noqa: S101
    return replace(tuning, markets=sample.markets[: options.worlds], others=sample.markets[options.worlds :])


def _refuse_references(tuning: Tuning) -> None:
    """Refuse values with which the arm would see the truth."""
    for one in tuning.space.dimensions:
        for level in one.levels:
            chosen: dict[str, Level] = {one.name: level} | ({one.parent: one.only[0]} if one.parent else {})
            candidate = tuning.space.candidate(partial(_first, chosen))
            if tuning.arm(candidate, tuning.varied).is_reference:
                raise ConfigError(f"search.{one.name} = {level!r}, must not be a reference that knows the truth: nobody can use it")


def _first(chosen: Mapping[str, Level], dimension: Dimension) -> Level:
    return chosen.get(dimension.name, dimension.at(0.0))


def _delta(options: TuneOptions, aims: Aims) -> float:
    if len(aims.objectives) > 1:
        if options.delta is not None:
            raise ConfigError(f"delta = {options.delta:g}, must be null with several objectives: it is for one, maximise=NAME")
        return float("nan")
    name = aims.objectives[0]
    delta = options.delta if options.delta is not None else SMALLEST_EFFECTS.get(name)
    if delta is None:
        raise ConfigError(f"delta = null, must be the smallest lead worth finding in {name}, in its own unit, > 0")
    if metric(name).unit == "share" and delta >= 1:
        raise ConfigError(f"delta = {delta:g}, must be < 1: {name} is a share, so that .003 is 0.3 points")
    return delta


def _check_budget(tuning: Tuning) -> None:
    """Refuse a budget that does not reach for one generation and for the finalists."""
    options = tuning.options
    first = first_runs(tuning)
    fixed = len(tuning.policies)
    # with one objective half of the fresh runs choose, and the other half confirms
    fewest = FEWEST_FRESH * (fixed + FEWEST_FINALISTS) * (2 if tuning.is_one else 1)
    share = options.confirmed_share
    least = next(n for n in range(1, 10_000_000) if n - round(share * n) >= first and round(share * n) >= fewest)
    if options.budget < least:
        raise ConfigError(
            f"budget = {options.budget}, must be >= {least}: a first generation of {options.generation} takes {first} runs, and"
            f" {fixed} arms and {FEWEST_FINALISTS} finalists with {FEWEST_FRESH} fresh runs each take {fewest}"
            + (", as many to choose included" if tuning.is_one else "")
        )


def first_runs(tuning: Tuning) -> int:
    """Runs of a first generation: each setting once, some twice, the control as often, and in its race as many as settings."""
    n = tuning.options.generation
    return 2 * n + min(n, FIRST_TWICE) + 2

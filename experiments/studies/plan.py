"""A study of several factors: validated at every point of its design, then simulated."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Annotated, Any, Literal

import numpy as np
from pydantic import Field, StrictInt

from experiments.execution.jobs import Job
from experiments.execution.runner import Runner
from experiments.plans.arms import load_market
from experiments.plans.plan import Export, InWorlds, Plan, RunOptions, Worlds, make_plan, prior_of
from experiments.studies.factors import Factor, Level, parse_factors, settings_at
from sim.arrays import Floats
from sim.config import ConfigError, NonNegative
from sim.metrics.catalogue import Metric
from sim.statistics.designs import Design, Hypercube, full_factorial, latin_hypercube
from sim.statistics.effects import Effect, effects
from sim.statistics.fractional import fractional_factorial
from sim.statistics.sensitivity import Sensitivity, n_coefficients, sobol_indices

FEWEST_WHOLE = 5
"""Whole values of a range for which a surface over continuous ranges is a fair description."""


class StudyOptions(RunOptions):
    """Keys of a study."""

    question: Annotated[str, Field(max_length=300)] | None
    studied: str
    control: str | None
    design: Literal["full", "fractional_5", "fractional_4", "latin_hypercube"]
    points: Annotated[StrictInt, Field(ge=2, le=100_000)]
    metrics: Annotated[tuple[str, ...], Field(min_length=1)]
    equivalence_margin: dict[str, NonNegative] | None
    replications: Annotated[StrictInt, Field(ge=1, le=100_000)]
    """With ``worlds``, as many as these, one in each."""
    export: Export = None
    worlds: Worlds = 0
    """Plausible worlds that every point is simulated in; 0: in the market alone."""
    plausible: str | None = None
    """Name of the yaml that says which worlds are plausible; None: that of the market."""


@dataclass(frozen=True)
class Study:
    """A study ready to run."""

    plan: Plan[StudyOptions]
    """At the configuration as it stands, without the factors."""
    factors: tuple[Factor, ...]
    design: Design | Hypercube
    points: tuple[Plan[StudyOptions], ...]
    """By point of the design."""
    metrics: tuple[Metric, ...]

    @property
    def arms(self) -> tuple[str, ...]:
        """The studied arm, and the control if there is one."""
        options = self.plan.options
        return (options.studied,) if options.control is None else (options.studied, options.control)


@dataclass(frozen=True)
class StudyFindings:
    """What a study has found."""

    responses: Mapping[str, Floats]
    """By metric: (n_points, n_replications), of the studied arm, minus those of the control if there is one."""
    effects: Mapping[str, Sequence[Effect]]
    """By metric; empty for a Latin hypercube."""
    sensitivity: Mapping[str, Sensitivity]
    """By metric; only for a Latin hypercube."""
    simulated: int
    """Runs simulated now; the others were in the store."""


def make_design(factors: Sequence[Factor], options: StudyOptions) -> Design | Hypercube:
    """The points of a study.

    Raises
    ------
    ConfigError
        The factors do not fit the design.
    """
    for factor in factors:
        if factor.is_range != (options.design == "latin_hypercube"):
            wanted = "{low: a, high: b}" if options.design == "latin_hypercube" else "a list of values"
            raise ConfigError(f"factors.{factor.name}, must be {wanted} with design={options.design}")
    try:
        if options.design == "latin_hypercube":
            needed = n_coefficients(len(factors))
            if options.points <= needed:
                raise ConfigError(
                    f"points = {options.points}, must be > {needed} for a quadratic surface of {len(factors)} factors"
                )
            for factor in factors:
                if isinstance(factor.low, int) and isinstance(factor.high, int) and factor.high - factor.low < FEWEST_WHOLE - 1:
                    rule = f"must have {FEWEST_WHOLE} whole values at least, or be a list of them with design=full"
                    raise ConfigError(f"factors.{factor.name}, {rule}")
            ranges = {factor.name: (factor.low, factor.high) for factor in factors}
            return latin_hypercube(ranges, options.points, options.seed % 2**32)
        levels = {factor.name: factor.levels for factor in factors}
        if options.design == "full":
            return full_factorial(levels)
        return fractional_factorial(levels, 5 if options.design == "fractional_5" else 4)
    except ValueError as error:
        raise ConfigError(str(error)) from None


def make_study(settings: Mapping[str, Any], worlds: InWorlds | None = None, known: Sequence[str] = ()) -> Study:
    """Validate composed settings: every point of the design, before anything is simulated.

    Parameters
    ----------
    worlds
        Those of the study that this is a part of; None: as the settings say.
    known
        Keys of the market that the part has changed, so that they differ in no world.

    Raises
    ------
    ConfigError
        Anything that cannot be run; at a point of the design the message says where.
    """
    plain = {key: value for key, value in settings.items() if key != "factors"}
    here = {**plain, "worlds": 0}
    plan = make_plan(here, StudyOptions)
    options = plan.options
    if options.studied not in plan.arms:
        raise ConfigError(f"studied = {options.studied!r}, must be one of the arms: {', '.join(plan.arms)}")
    if options.control == options.studied:
        raise ConfigError(f"control = {options.control!r}, must be another arm than the studied one")
    metrics = tuple(plan.check_metric("metrics", name) for name in options.metrics)
    if len(set(options.metrics)) < len(options.metrics):
        raise ConfigError(f"metrics = {list(options.metrics)}, must be distinct")
    plan.check_margins()
    factors = tuple(_whole_or_not(plain, factor) for factor in parse_factors(settings, options.studied))
    design = make_design(factors, options)
    # what is studied is the same in all worlds
    taken = sorted(path for factor in factors for path in factor.paths if path[0] == "market")
    paths = [*known, *(".".join(path[1:]) for path in taken)]
    within = worlds_of(plain) if worlds is None else worlds
    plan = with_worlds(plan, within, paths)
    points = []
    for values in design.points:
        levels: list[Level] = [values[factor.name] for factor in factors]
        try:
            points.append(with_worlds(make_plan(settings_at(here, factors, levels), StudyOptions), within, paths))
        except ConfigError as error:
            raise ConfigError(f"at {point_label(values)}: {error}") from None
    return Study(plan, factors, design, tuple(points), metrics)


def with_worlds(plan: Plan[StudyOptions], worlds: InWorlds | None, known: Sequence[str]) -> Plan[StudyOptions]:
    """The plan with each replication in a plausible world of its own; ``known`` are keys of the market that differ in none."""
    if worlds is None:
        return plan
    options = plan.options.model_copy(update={"replications": len(worlds.worlds)})
    return replace(plan, options=options, in_worlds=replace(worlds, known=tuple(known)))


def worlds_of(settings: Mapping[str, Any]) -> InWorlds | None:
    """The worlds that a study asks for, around its market as it stands; None for none.

    Raises
    ------
    ConfigError
        It has to be found out first which worlds are plausible, or there are fewer.
    """
    n, market = settings.get("worlds") or 0, load_market(settings)
    prior = prior_of(settings, market)
    if prior is None or prior.is_one_market:
        return None
    if not prior.draws and prior.targets != {}:
        raise ConfigError(
            f"worlds = {n}, must be 0 until worlds of this market are written: python -m experiments.worlds"
            f" market={market.name}, then --config-dir out/worlds"
        )
    return InWorlds(prior, tuple(prior.drawn(n, int(settings["seed"]))))


def _whole_or_not(settings: Mapping[str, Any], factor: Factor) -> Factor:
    """A range between two whole numbers, which stay whole only where the key takes nothing else."""
    if not factor.is_range or isinstance(factor.low, float) or isinstance(factor.high, float):
        return factor
    try:
        make_plan(settings_at(settings, [factor], [factor.low + 0.5]), StudyOptions)
    except ConfigError:
        return factor
    return replace(factor, low=float(factor.low), high=float(factor.high))


def point_label(values: Mapping[str, Any]) -> str:
    """A point in one line."""
    return ", ".join(f"{name}={value}" for name, value in values.items())


def run_study(study: Study) -> StudyFindings:
    """Simulate every point, and work out what the factors do.

    Raises
    ------
    RunError
        Some runs failed; all others were completed and stored first.
    """
    options = study.plan.options
    labels = [point_label(values) for values in study.design.points]
    jobs = {
        (i, arm, replication): Job(market, point.arms[arm], options.seed, replication, options.engine, label)
        for i, (point, label) in enumerate(zip(study.points, labels, strict=True))
        for arm in study.arms
        for replication, market in enumerate(point.markets(options.replications))
    }
    with Runner(study.plan.store, options.executor, keep_logs=False) as runner:
        results = runner.run(list(jobs.values()))
        simulated = runner.simulated

    def values(arm: str, metric: str) -> Floats:
        columns = [
            [results[jobs[i, arm, replication].key].metrics[metric] for replication in range(options.replications)]
            for i in range(len(study.points))
        ]
        return np.array(columns)

    responses = {}
    for metric in study.metrics:
        ours = values(options.studied, metric.name)
        responses[metric.name] = ours if options.control is None else ours - values(options.control, metric.name)
    return StudyFindings(responses, _effects(study, responses), _sensitivity(study, responses), simulated)


def _effects(study: Study, responses: Mapping[str, Floats]) -> dict[str, list[Effect]]:
    if isinstance(study.design, Hypercube):
        return {}
    margins = study.plan.options.equivalence_margin or {}
    return {
        metric.name: effects(metric.name, study.design, responses[metric.name], metric.better, margin=margins.get(metric.name))
        for metric in study.metrics
    }


def _sensitivity(study: Study, responses: Mapping[str, Floats]) -> dict[str, Sensitivity]:
    design = study.design
    if not isinstance(design, Hypercube):
        return {}
    # whole numbers stand for the unit interval around them, so that they spread as evenly as their range
    ranges = {
        name: (low - 0.5, high + 0.5) if whole else (low, high)
        for (name, (low, high)), whole in zip(design.ranges.items(), design.integers, strict=True)
    }
    found = {}
    for metric in study.metrics:
        try:
            found[metric.name] = sobol_indices(ranges, design.values, responses[metric.name])
        except ValueError as error:
            raise ConfigError(f"metrics = {metric.name!r}, has no Sobol indices: {error}") from None
    return found

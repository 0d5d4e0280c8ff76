"""A study of several parts: each some arms, at one point or at every point of a design, validated before anything is simulated."""

import copy
import difflib
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated, Any, Literal

import numpy as np
from pydantic import Field, StrictBool, StrictInt, field_validator

from experiments.execution.jobs import Job
from experiments.execution.runner import Runner
from experiments.plans.decide import Limit, guardrails_of
from experiments.plans.plan import Plan, make_plan
from experiments.plans.suggest import did_you_mean
from experiments.studies.factors import MARKET, Changes, Level
from experiments.studies.plan import Study, StudyOptions, make_study, point_label, with_worlds, worlds_of
from sim.arrays import Floats
from sim.config import ConfigError, NonNegative, Section, load
from sim.metrics.catalogue import METRICS, RETURN_RATE
from sim.metrics.curves import LAST_SCORES
from sim.report.answers.kind import Outline, problem
from sim.report.answers.page import KINDS
from sim.report.part import Part
from sim.statistics.designs import Design

QUICK_REPLICATIONS = 3
"""The fewest that have an interval."""
ONE_PART = ("design", "points", "metrics", "studied", "control", "factors")
"""Keys of a study of one part, which parts say for themselves or do without."""


class PartOptions(Section):
    """Keys of a part."""

    question: Annotated[str, Field(min_length=1, max_length=300)]
    arms: Annotated[dict[str, dict[str, Any]], Field(min_length=1)]
    """By name: ``like`` (an arm of the study, by default the one of that name), ``step`` (what it removes of the imperfections of
    the arm before), ``against`` (the arm to compare it with, where that is not the studied one), and any key of the arm, such as
    ``score.min_sessions``."""
    studied: str
    control: str | None = None
    replications: Annotated[StrictInt, Field(ge=1, le=100_000)]
    market: dict[str, Any] = Field(default_factory=dict)
    """Keys of the market that differ, such as ``acquisition.mode``; ``{times: x}`` multiplies what stands there."""
    factors: dict[str, Any] | None = None
    design: Literal["full", "fractional_5", "fractional_4"] = "full"
    """Which combinations of the factors' levels: all, or a fraction of those of two-level factors."""
    section: tuple[str, ...] = ()
    """Of the page, what the part serves: a name, or a list of them. ``ladder`` is the part that the section is about,
    ``ladder.capacity`` one in another role. None: a section of its own, the same for any part."""

    @field_validator("section", mode="before")
    @classmethod
    def _listed(cls, given: Any) -> Any:
        return () if given is None else (given,) if isinstance(given, str) else given


class PartsOptions(Section):
    """What a study of several parts says beside them."""

    question: Annotated[str, Field(min_length=1, max_length=300)]
    decision_rule: Annotated[str, Field(max_length=600)]
    parts: dict[str, dict[str, Any]]
    replications: Annotated[StrictInt, Field(ge=1, le=100_000)] | None
    """Of every part; None: as each part says."""
    quick: StrictBool
    equivalence_margin: dict[str, NonNegative] | None = None
    """By metric, in its own unit: a difference surely smaller than this does not matter."""
    guardrails: dict[str, Limit] | None = None
    """What a setting must not break to be recommended, as differences to the control of its part."""
    budget: dict[str, Any] | None = None
    """What several arms are made to spend alike before anything else is simulated; see ``experiments/studies/budget.py``."""


@dataclass(frozen=True)
class PartPlan:
    """A part ready to run."""

    name: str
    options: PartOptions
    plan: Plan[StudyOptions]
    """At the configuration as it stands, without the factors."""
    study: Study | None
    """With factors: the design and its points."""

    @property
    def points(self) -> tuple[Plan[StudyOptions], ...]:
        """By point of the design; one without factors."""
        return self.study.points if self.study else (self.plan,)

    @property
    def n_runs(self) -> int:
        """Runs, those that points share counted once."""
        return len({job.key for job in self.jobs().values()})

    def jobs(self) -> dict[tuple[int, str, int], Job]:
        """By point, arm and replication."""
        options = self.plan.options
        labels = [point_label(values) for values in self.study.design.points] if self.study else [""]
        return {
            (i, arm, r): Job(market, point.arms[arm], options.seed, r, options.engine, f"{self.name} {label}".strip())
            for i, (point, label) in enumerate(zip(self.points, labels, strict=True))
            for arm in self.options.arms
            for r, market in enumerate(point.markets(options.replications))
        }


@dataclass(frozen=True)
class PartsPlan:
    """All parts of a study, ready to run."""

    options: PartsOptions
    parts: tuple[PartPlan, ...]


def change(node: dict[str, Any], changes: Mapping[str, Any], where: str) -> dict[str, Any]:
    """A mapping with some of its values replaced, by dotted keys; the one given stays as it is.

    Raises
    ------
    ConfigError
        A key that is not there, or ``{times: x}`` on something that is not a number.
    """
    changed = copy.deepcopy(node)
    for key, value in changes.items():
        *folders, last = key.split(".")
        inner: Any = changed
        for part in folders:
            inner = inner.get(part) if isinstance(inner, dict) else None
        if not isinstance(inner, dict) or last not in inner:
            near = difflib.get_close_matches(key, _dotted(node), 1, 0.6)
            raise ConfigError(f"{where}.{key}, unknown key" + (f"; did you mean {near[0]}?" if near else ""))
        if isinstance(value, Mapping) and set(value) == {"times"}:
            if not _is_number(inner[last]) or not _is_number(value["times"]):
                raise ConfigError(f"{where}.{key} = {dict(value)!r}, must be {{times: number}} of a key that holds a number")
            value = inner[last] * value["times"]
        inner[last] = value
    return changed


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _dotted(node: Mapping[str, Any], prefix: str = "") -> list[str]:
    keys = []
    for name, below in node.items():
        keys += _dotted(below, f"{prefix}{name}.") if isinstance(below, Mapping) else [f"{prefix}{name}"]
    return keys


def make_parts(settings: Mapping[str, Any]) -> PartsPlan:
    """Validate composed settings with ``parts``: every part, at every point of its design.

    Raises
    ------
    ConfigError
        Anything that cannot be run; the message begins with the part.
    """
    own = {name: settings[name] for name in PartsOptions.model_fields if name in settings}
    options = load(PartsOptions, own)
    if not options.parts:
        raise ConfigError("parts = {}, must name at least one part")
    for name in options.parts:
        if not re.fullmatch(r"[A-Za-z][A-Za-z0-9_]*", name):
            raise ConfigError(f"parts.{name}, must be a name of letters, digits and _ that begins with a letter")
    for key in ONE_PART:
        if key in ("factors", "control") and settings.get(key) is not None:
            raise ConfigError(f"{key} = {settings[key]!r}, must be null beside parts: set parts.NAME.{key}")
    dropped = {*PartsOptions.model_fields, *ONE_PART, "arm", "arms"}
    shared = {name: value for name, value in settings.items() if name not in dropped}
    parts = {name: load(PartOptions, spec, f"parts.{name}") for name, spec in options.parts.items()}
    guardrails_of(options.guardrails or {}, METRICS, "guardrails")
    check_sections([outline(name, part) for name, part in parts.items()])
    return PartsPlan(options, tuple(_make_part(name, part, options, shared, settings) for name, part in parts.items()))


def outline(name: str, part: PartOptions) -> Outline:
    """What the sections of the page need to know of a part."""
    steps = tuple(arm for arm, changes in part.arms.items() if "step" in changes)
    return Outline(name, part.section, tuple(part.arms), part.studied, part.control or "", steps, tuple(part.factors or ()))


def check_sections(parts: Sequence[Outline]) -> None:
    """Check that every part can serve the sections that it names.

    Raises
    ------
    ConfigError
        An unknown section, two parts where a section takes one, or a part without what the section needs.
    """
    known = [kind.spelling(role) for kind in KINDS for role in kind.roles]
    for part in parts:
        for section in part.sections:
            if section not in known:
                hint = did_you_mean(section, known) or f", must be one of: {', '.join(known)}"
                raise ConfigError(f"parts.{part.name}.section = {section!r}, unknown section{hint}")
    if (found := problem(KINDS, parts)) is not None:
        name, section, why = found
        raise ConfigError(f"parts.{name}.section = {section!r}, {why}; without a section any part gets a general one")


def _make_part(
    name: str, part: PartOptions, options: PartsOptions, shared: Mapping[str, Any], settings: Mapping[str, Any]
) -> PartPlan:
    where = f"parts.{name}.arms"
    arms = {}
    for arm, changes in part.arms.items():
        like = changes.get("like", arm)
        if like not in settings["arms"]:
            raise ConfigError(f"{where}.{arm}.like = {like!r}, must be one of the arms: {', '.join(settings['arm'])}")
        kept = {key: value for key, value in changes.items() if key not in ("like", "step", "against")}
        arms[arm] = change(settings["arms"][like], kept, f"{where}.{arm}")
    rivals = {f"arms.{arm}.against": changes["against"] for arm, changes in part.arms.items() if "against" in changes}
    for key, chosen in ({"studied": part.studied, "control": part.control} | rivals).items():
        if chosen is not None and chosen not in arms:
            raise ConfigError(f"parts.{name}.{key} = {chosen!r}, must be one of its arms: {', '.join(arms)}")
    composed = dict(shared) | {
        "market": change(settings["market"], part.market, f"parts.{name}.market"),
        "arm": list(arms),
        "arms": arms,
        "question": part.question,
        "studied": part.studied,
        "control": None if part.control == part.studied else part.control,
        "design": part.design,
        "points": 2,
        "metrics": [RETURN_RATE],
        "equivalence_margin": options.equivalence_margin,
        "replications": QUICK_REPLICATIONS if options.quick else options.replications or part.replications,
    }
    factors = part.factors
    if factors and options.quick:
        factors = {key: _two(values) for key, values in factors.items()}
    try:
        worlds, known = worlds_of(settings), tuple(part.market)
        composed |= {"worlds": 0}
        plan = with_worlds(make_plan(composed, StudyOptions), worlds, known)
        plan.check_margins()
        study = make_study(composed | {"factors": factors}, worlds, known) if factors else None
        return PartPlan(name, part, plan, study)
    except ConfigError as error:
        raise ConfigError(f"parts.{name}: {error}") from None


def run_part(part: PartPlan, runner: Runner, description: str, guardrails: Mapping[str, Limit] | None = None) -> Part:
    """Simulate what is missing of a part, and put together what was measured.

    Raises
    ------
    RunError
        Some runs failed; all others were completed and stored first.
    """
    jobs = part.jobs()
    results = runner.run(list(jobs.values()), description)
    points, runs = range(len(part.points)), range(part.plan.options.replications)

    def stacked(arm: str) -> list[list[Any]]:
        return [[results[jobs[i, arm, r].key] for r in runs] for i in points]

    found = {arm: stacked(arm) for arm in part.options.arms}
    # a metric whose window does not fit is nan
    values = {
        arm: {metric.name: np.array([[run.metrics[metric.name] for run in row] for row in rows]) for metric in METRICS}
        for arm, rows in found.items()
    }
    scores = {
        arm: {name: _even([[run.curves[name] for run in row] for row in rows]) for name in LAST_SCORES}
        for arm, rows in found.items()
    }
    design = part.study.design if part.study and isinstance(part.study.design, Design) else None
    return Part(
        name=part.name,
        question=part.options.question,
        arms=tuple(part.options.arms),
        studied=part.options.studied,
        control=part.options.control or "",
        values=values,
        payback={arm: np.array([[run.curves["payback"] for run in row] for row in rows]) for arm, rows in found.items()},
        scores=scores,
        design=design,
        base=base_of(part),
        steps={arm: str(changes["step"]) for arm, changes in part.options.arms.items() if "step" in changes},
        against={arm: str(changes["against"]) for arm, changes in part.options.arms.items() if "against" in changes},
        descriptions={arm: part.plan.arms[arm].description for arm in part.options.arms},
        guardrails=guardrails_of(guardrails or {}, METRICS, "guardrails"),
        margins=part.plan.options.equivalence_margin or {},
        payback_bookings=part.plan.market.economics.payback_bookings,
        sections=part.options.section,
    )


def base_of(part: PartPlan) -> dict[str, Level]:
    """By factor: its value in the configuration as it stands, which need not be one of its levels; None for named levels if so."""
    composed = {"market": part.plan.market.model_dump(), "arms": part.plan.arms}
    found: dict[str, Level] = {}
    for factor in part.study.factors if part.study else ():
        if factor.settings:
            found[factor.name] = next((one for one in factor.levels if _holds(composed, factor.changes(one))), None)
        else:
            found[factor.name] = part.plan.market.name if factor.path == MARKET else _value(composed, factor.path)
    return found


def _two(values: Any) -> Any:
    """The first and the last level of a factor; a range as it is."""
    if isinstance(values, Mapping) and not all(isinstance(level, Mapping) for level in values.values()):
        return values
    ends = list(values)
    return {end: values[end] for end in (ends[0], ends[-1])} if isinstance(values, Mapping) else [ends[0], ends[-1]]


def _even(columns: Sequence[Sequence[Floats]]) -> Floats:
    """Columns by point and replication as (n_points, n_replications, longest); where markets have fewer pros, the rest is nan."""
    longest = max(len(column) for row in columns for column in row)
    return np.array([[np.pad(column, (0, longest - len(column)), constant_values=np.nan) for column in row] for row in columns])


def _holds(composed: Mapping[str, Any], changes: Changes) -> bool:
    """Whether all of these stand there already."""
    return all(_value(composed, path) == value for path, value in changes)


def _value(node: Any, path: tuple[str, ...]) -> Any:
    """What stands at a path of mappings and plug-ins."""
    for key in path:
        if isinstance(node, Sequence) and key.isdecimal():
            node = node[int(key)]
        else:
            node = node[key] if isinstance(node, Mapping) else getattr(node, key)
    return node

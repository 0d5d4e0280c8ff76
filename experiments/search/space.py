"""The search space: which keys of an arm vary, over what, and the settings of one candidate.

A key is one of the arm, as in a study: ``arm.allocator.strength``. ``arm.allocator`` and ``arm.score`` themselves take names of
``configs/allocator`` and ``configs/score``; then a key below them, such as ``arm.allocator.strength``, belongs to those that have
it, and a candidate with another has no such key.
"""

import itertools
import json
import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path as File
from typing import Any, NamedTuple

from experiments.plans.arms import load_arms
from experiments.plans.compose import compose_settings
from experiments.plans.suggest import did_you_mean, dotted_keys
from experiments.studies.factors import Factor, Level, lookup, settings_at
from sim.config import ConfigError

DIGITS = 6
"""Significant ones of a value between two ends: what a yaml can show, and more than any policy feels."""
GROUPS = ("score", "allocator")
INSIDE = 0.382
"""Where within a range it is tried out beforehand: not a whole number, where ends are."""


class Candidate(NamedTuple):
    """One setting of the keys that vary."""

    values: tuple[tuple[str, Level], ...]
    """Keys and values, in the order of the space; without the keys that its allocator or score does not have."""

    @property
    def identity(self) -> str:
        """What makes two candidates the same: all values, as text, so that 1 and True differ."""
        return json.dumps(dict(self.values))


@dataclass(frozen=True)
class Dimension:
    """One key, and what it may be."""

    factor: Factor
    """Its name, where it stands, and its levels; none for a range."""
    low: float = 0.0
    high: float = 0.0
    """Ends of a range, both included."""
    log: bool = False
    """Whether equal factors, not equal differences, are equally far apart."""
    step: float | None = None
    """Between the values of a range, from its low end; None: any value."""
    parent: str | None = None
    """The key whose value decides whether there is this one; None: there always is."""
    only: tuple[Level, ...] = ()
    """Values of the parent at which there is."""

    @property
    def name(self) -> str:
        """The key as the user wrote it."""
        return self.factor.name

    @property
    def levels(self) -> tuple[Level, ...]:
        """Of a list; empty for a range."""
        return self.factor.levels

    def canonical(self, value: Level) -> Level:
        """The value as a candidate holds it: on its step, or of so many digits.

        Raises
        ------
        ConfigError
            A value that is not within.
        """
        if self.levels:
            found = [level for level in self.levels if type(level) is type(value) and level == value]
            if not found:
                raise ConfigError(f"search.{self.name} = {value!r}, must be one of: {', '.join(map(str, self.levels))}")
            return found[0]
        if not isinstance(value, int | float) or isinstance(value, bool) or not self.low <= value <= self.high:
            raise ConfigError(f"search.{self.name} = {value!r}, must be within {self.low} and {self.high}")
        if self.step is None:
            value = float(value)
        else:
            value = self.low + round((value - self.low) / self.step) * self.step
        return value if isinstance(value, int) else min(max(float(f"{value:.{DIGITS}g}"), self.low), self.high)

    def at(self, share: float) -> Level:
        """The value so far, 0 to 1, from its first to its last."""
        if self.levels:
            return self.levels[min(int(share * len(self.levels)), len(self.levels) - 1)]
        if self.step is not None:
            n = round((self.high - self.low) / self.step) + 1
            return self.canonical(self.low + min(int(share * n), n - 1) * self.step)
        value = self.low * (self.high / self.low) ** share if self.log else self.low + share * (self.high - self.low)
        return self.canonical(min(max(value, self.low), self.high))

    def share(self, value: Level) -> float:
        """How far along the range a value lies, 0 to 1; the opposite of ``at``."""
        if self.log:
            return math.log(value / self.low) / math.log(self.high / self.low)  # type: ignore[operator]
        return (value - self.low) / (self.high - self.low)  # type: ignore[operator]


@dataclass(frozen=True)
class Space:
    """All keys that vary; those that decide whether there are others come first."""

    dimensions: tuple[Dimension, ...]

    def candidate(self, pick: Callable[[Dimension], Level]) -> Candidate:
        """The candidate that a way of picking values makes, asked for the keys that there are, in order."""
        chosen: dict[str, Level] = {}
        for one in self.dimensions:
            if one.parent is None or chosen.get(one.parent) in one.only:
                chosen[one.name] = one.canonical(pick(one))
        return Candidate(tuple(chosen.items()))

    def read(self, values: Mapping[str, Level]) -> Candidate:
        """The candidate of values by key, as from a file.

        Raises
        ------
        ConfigError
            A key that is missing, or that such a candidate has not, or a value out of range.
        """

        def given(one: Dimension) -> Level:
            if one.name not in values:
                raise ConfigError(f"search.{one.name} is missing")
            return values[one.name]

        found = self.candidate(given)
        unknown = set(values) - {name for name, _ in found.values}
        if unknown:
            raise ConfigError(f"search.{min(unknown)} = {values[min(unknown)]!r}, unknown key of this candidate")
        return found

    def applied(self, settings: Mapping[str, Any], candidate: Candidate) -> dict[str, Any]:
        """Composed settings with the candidate's values in its arm; the settings given stay as they are."""
        by_name = {one.name: one.factor for one in self.dimensions}
        return settings_at(settings, [by_name[name] for name, _ in candidate.values], [value for _, value in candidate.values])

    @property
    def described(self) -> dict[str, Any]:
        """What the space is, as plain values: two searches of the same space have the same."""
        return {
            one.name: {
                "levels": list(one.levels),
                "low": one.low,
                "high": one.high,
                "log": one.log,
                "step": one.step,
                "only": list(one.only),
            }
            for one in self.dimensions
        }


def parse_space(settings: Mapping[str, Any], arm: str, config_dirs: Sequence[File] = ()) -> Space:
    """The search space of composed settings, each key tried out at both ends and inside.

    Parameters
    ----------
    settings
        With ``search``: by key, a list of at least two distinct values, or ``{low: a, high: b}`` with ``log: true`` for a scale of
        factors or ``step: c`` for values so far apart (1 for whole numbers).
    arm
        The arm that is varied, which ``arm.`` stands for.
    config_dirs
        Further folders with allocators and scores.

    Raises
    ------
    ConfigError
        An empty space, a key that no arm has, a range or list that is none, or values that the arm refuses.
    """
    given = settings.get("search")
    if not isinstance(given, Mapping) or not given:
        raise ConfigError(
            f"search = {given!r}, must name a key and its values, such as 'search={{arm.allocator.strength: {{low: 0, high: 8}}}}'"
        )
    if arm not in settings.get("arms", {}):
        raise ConfigError(f"search, varies the arm {arm!r}, must be one of the arms: {', '.join(settings.get('arms', {}))}")
    names = sorted(map(str, given), key=lambda name: name.split(".")[1:] not in [[group] for group in GROUPS])
    found: list[Dimension] = []
    for name in names:
        parts = name.split(".")
        if parts[0] != "arm" or len(parts) < 2:
            raise ConfigError(f"search.{name}, must begin with arm. : a search varies a rule, not the market")
        path = ("arms", arm, *parts[1:])
        if parts[1:] in [[group] for group in GROUPS]:
            found.append(_group(name, path, given[name], config_dirs))
            continue
        parent = next((one for one in found if one.factor.path == path[:3]), None)
        only = _only(settings, name, path, parent)
        found.append(_dimension(name, path, given[name], parent.name if parent else None, only))
    space = Space(tuple(found))
    _try_out(settings, arm, space)
    return space


def _group(name: str, path: tuple[str, ...], values: Any, config_dirs: Sequence[File]) -> Dimension:
    """A key that takes whole allocators or scores by their names."""
    if not isinstance(values, list) or not all(isinstance(value, str) for value in values):
        raise ConfigError(f"search.{name} = {values!r}, must be a list of names of configs/{path[-1]}")
    levels = _levels(name, values)
    composed = {}
    for level in levels:
        try:
            composed[level] = compose_settings("study", [f"+{path[-1]}@found={level}"], config_dirs)["found"]
        except ConfigError as error:
            raise ConfigError(f"search.{name}: {error}") from None
    return Dimension(Factor(name, path, levels, settings={level: ((path, one),) for level, one in composed.items()}))


def _only(settings: Mapping[str, Any], name: str, path: tuple[str, ...], parent: Dimension | None) -> tuple[Level, ...]:
    """Levels of the parent that have the key; () without a parent.

    Raises
    ------
    ConfigError
        None has it, or the arm has not; or it is a section.
    """
    within: dict[Level, Any] = {None: {"arms": {path[1]: settings["arms"][path[1]]}}}
    if parent is not None:
        within = {level: {"arms": {path[1]: {path[2]: changes[0][1]}}} for level, changes in parent.factor.settings.items()}
    has = []
    for level, one in within.items():
        try:
            now = lookup(one, name, path)
        except ConfigError:
            continue
        if isinstance(now, Mapping | list):
            raise ConfigError(f"search.{name}, must be a key with one value, not a section")
        has.append(level)
    if not has:
        known = sorted({key.replace(f"arms.{path[1]}.", "arm.") for one in within.values() for key in dotted_keys(one)})
        who = f"none of {', '.join(map(str, within))} has it" if parent else f"the arm {path[1]} has no such key"
        raise ConfigError(f"search.{name}, unknown key: {who}{did_you_mean(name, known)}")
    return tuple(has) if parent else ()


def _levels(name: str, values: Any) -> tuple[Level, ...]:
    if not isinstance(values, list) or len(values) < 2 or any(isinstance(value, Mapping | list) for value in values):
        raise ConfigError(f"search.{name} = {values!r}, must be a list of at least two values, or {{low: a, high: b}}")
    if len({(type(value), value) for value in values}) < len(values):
        raise ConfigError(f"search.{name} = {values}, must be distinct")
    return tuple(values)


def _dimension(name: str, path: tuple[str, ...], values: Any, parent: str | None, only: tuple[Level, ...]) -> Dimension:
    if not isinstance(values, Mapping):
        return Dimension(Factor(name, path, _levels(name, values)), parent=parent, only=only)
    key = f"search.{name} = {dict(values)!r}"
    low, high, step, log = (values.get(one) for one in ("low", "high", "step", "log"))
    ends: list[float] = []
    for one in values:
        if one not in ("low", "high", "step", "log"):
            raise ConfigError(f"search.{name}.{one} = {values[one]!r}, unknown key; a range has: low, high, log, step")
    for end in (low, high, *(() if step is None else (step,))):
        if not isinstance(end, int | float) or isinstance(end, bool) or not math.isfinite(end):
            raise ConfigError(f"{key}, must be {{low: a, high: b}} with numbers")
        ends.append(end)
    if log is not None and not isinstance(log, bool):
        raise ConfigError(f"search.{name}.log = {log!r}, must be true or false")
    low, high = ends[:2]
    if not low < high:
        raise ConfigError(f"{key}, low must be < high")
    if log and low <= 0:
        raise ConfigError(f"{key}, low must be > 0 on a scale of factors")
    if log and step is not None:
        raise ConfigError(f"{key}, must not have both log and step")
    if step is not None and (step <= 0 or abs((high - low) / step - round((high - low) / step)) > 1e-9):
        raise ConfigError(f"{key}, high must be a whole number of steps > 0 above low")
    return Dimension(Factor(name, path, (), low, high), low, high, bool(log), step, parent, only)


def _try_out(settings: Mapping[str, Any], arm: str, space: Space) -> None:
    """Build the arm at every level of a list, and at both ends and inside every range, all other keys at their first value."""
    for one in space.dimensions:
        for value, above in itertools.product(one.levels or (one.at(0.0), one.at(INSIDE), one.at(1.0)), one.only or (None,)):
            chosen = {one.name: value} | ({one.parent: above} if one.parent else {})
            candidate = space.candidate(partial(_first, chosen))
            changed = space.applied(settings, candidate)
            try:
                load_arms({"arm": [arm], "arms": {arm: changed["arms"][arm]}})
            except ConfigError as error:
                whole = "integer" in str(error) and isinstance(value, float)
                raise ConfigError(f"search.{one.name}: {error}{'; step: 1 keeps to whole numbers' if whole else ''}") from None


def _first(chosen: Mapping[str, Level], dimension: Dimension) -> Level:
    return chosen.get(dimension.name, dimension.at(0.0))

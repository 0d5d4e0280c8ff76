"""Factors of a study: which keys of the configuration vary, and the configuration at one point of a design.

A key is one of the composed configuration, such as ``market.clients.one_time_share``; ``arm.`` stands for the studied arm
(``arm.score.min_sessions``), and the sections of the market may leave out ``market.`` (``economics.payback_bookings``). The key
``market`` itself takes names of configs/market: at such a level holds what that preset changes of the default market.

A factor may also be a name of its own whose levels are named settings, for what takes several keys at once: ``spread: {usual: {},
double: {stay.skill: .9, stay.warmth: .8}}``. There, ``all_arms.`` stands for every arm of the study.
"""

import copy
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from typing import Any

from experiments.plans.compose import CONFIGS, compose_settings
from experiments.plans.suggest import did_you_mean, dotted_keys
from sim.config import ConfigError, Market

Level = float | int | str | bool | None
Path = tuple[str, ...]
Changes = tuple[tuple[Path, Any], ...]
"""Paths of the composed settings, and what is put there."""
MARKET = ("market",)
"""The path of a factor whose levels are whole markets."""


@dataclass(frozen=True)
class Factor:
    """A key that a study varies."""

    name: str
    """As the user wrote it."""
    path: Path
    """Where it stands in the composed settings; its own name where its levels are settings."""
    levels: tuple[Level, ...]
    """The values it takes, at least two; empty for a range."""
    low: float | int = 0
    high: float | int = 0
    """Ends of a range, low < high; both 0 for levels."""
    settings: Mapping[Level, Changes] = field(default_factory=dict)
    """By level, where it takes several keys; empty where the level is the value of one key."""

    def changes(self, level: Level) -> Changes:
        """What a level puts where."""
        if self.path == MARKET:
            return tuple((("market", *path), value) for path, value in preset_changes(str(level)))
        return self.settings[level] if self.settings else ((self.path, level),)

    @property
    def paths(self) -> set[Path]:
        """Of all keys that it takes."""
        return {path for changes in self.settings.values() for path, _ in changes} or {self.path}

    @property
    def is_range(self) -> bool:
        """Whether it varies continuously."""
        return not self.levels

    @property
    def short(self) -> str:
        """The last part of the key, for charts and tables."""
        return self.path[-1]


def _path(name: str, arm: str) -> Path:
    parts = name.split(".")
    if parts[0] == "arm":
        parts = ["arms", arm, *parts[1:]]
    elif parts[0] in Market.model_fields:
        parts = ["market", *parts]
    return tuple(parts)


def _check_presets(values: Any) -> None:
    """Refuse names that are no markets."""
    known = sorted(path.stem for path in (CONFIGS / "market").glob("*.yaml"))
    for value in values if isinstance(values, list) else [values]:
        if value not in known:
            raise ConfigError(f"factors.market = {value!r}, must be names of configs/market: {', '.join(known)}")


@cache
def preset_changes(name: str) -> Changes:
    """What a market of configs/market changes of the default one: paths below ``market`` and values."""
    usual, preset = (compose_settings("study", overrides)["market"] for overrides in ([], [f"market={name}"]))
    return tuple(_changed(usual, preset))


def _changed(usual: Mapping[str, Any], other: Mapping[str, Any]) -> Iterator[tuple[Path, Any]]:
    for key, value in other.items():
        before = usual[key]
        if isinstance(value, Mapping) and isinstance(before, Mapping) and set(value) == set(before):
            yield from (((key, *path), inner) for path, inner in _changed(before, value))
        elif value != before:
            yield (key,), value


def lookup(settings: Mapping[str, Any], name: str, path: Sequence[str]) -> Any:
    """The value at a path.

    Raises
    ------
    ConfigError
        There is no such key; the message has the nearest one.
    """
    node: Any = settings
    for part in path:
        if isinstance(node, Sequence) and not isinstance(node, str) and part.isdecimal() and int(part) < len(node):
            node = node[int(part)]
        elif isinstance(node, Mapping) and part in node:
            node = node[part]
        else:
            raise ConfigError(f"factors.{name}, unknown key{did_you_mean('.'.join(path), dotted_keys(settings))}")
    return node


def parse_factors(settings: Mapping[str, Any], arm: str) -> tuple[Factor, ...]:
    """The factors of composed settings, in their order.

    Parameters
    ----------
    settings
        With ``factors``: by key, a list of at least two distinct values, or ``{low: a, high: b}`` for a range; or by any name,
        ``{level: {key: value, ...}, ...}``.
    arm
        The studied arm, which ``arm.`` stands for.

    Raises
    ------
    ConfigError
        No factor, an unknown key, a key that two factors share, fewer than two values or levels, or a range that is not one.
    """
    given = settings.get("factors")
    if not isinstance(given, Mapping) or not given:
        raise ConfigError(
            f"factors = {given!r}, must name a key and its values, such as 'factors={{arm.score.min_sessions: [0, 30]}}'"
        )
    factors: list[Factor] = []
    for name, values in given.items():
        if isinstance(values, Mapping) and values and all(isinstance(level, Mapping) for level in values.values()):
            factor = _of_settings(settings, str(name), values, arm)
        else:
            path = _path(str(name), arm)
            now = lookup(settings, str(name), path)
            if path == MARKET:
                _check_presets(values)
            elif isinstance(now, Mapping | list):
                raise ConfigError(f"factors.{name}, must be a key with one value, not a section")
            factor = _factor(str(name), path, values)
        if any(factor.paths & other.paths for other in factors):
            raise ConfigError(f"factors.{name}, varies the same key as another factor")
        factors.append(factor)
    return tuple(factors)


def _of_settings(settings: Mapping[str, Any], name: str, levels: Mapping[Level, Mapping[str, Any]], arm: str) -> Factor:
    """A factor whose levels are named settings."""
    if len(levels) < 2:
        raise ConfigError(f"factors.{name}, must have at least two levels")
    found: dict[Level, Changes] = {}
    for level, keys in levels.items():
        changes = []
        for key, value in keys.items():
            head, _, rest = str(key).partition(".")
            everywhere = [f"arms.{one}.{rest}" for one in settings.get("arms", {})] if head == "all_arms" else [str(key)]
            for one in everywhere:
                path = _path(one, arm)
                now = lookup(settings, f"{name}.{level}", path)
                if isinstance(now, Mapping) or isinstance(value, Mapping):
                    raise ConfigError(f"factors.{name}.{level}.{key}, must be a key with one value, not a section")
                changes.append((path, value))
        found[level] = tuple(changes)
    return Factor(name, (name,), tuple(found), settings=found)


def _factor(name: str, path: tuple[str, ...], values: Any) -> Factor:
    if isinstance(values, Mapping):
        low, high = values.get("low"), values.get("high")
        numbers = all(isinstance(end, int | float) and not isinstance(end, bool) for end in (low, high))
        if set(values) != {"low", "high"} or not numbers or not low < high:  # type: ignore[operator]
            raise ConfigError(f"factors.{name} = {dict(values)!r}, must be {{low: a, high: b}} with numbers a < b")
        return Factor(name, path, (), low, high)  # type: ignore[arg-type]
    if not isinstance(values, list) or len(values) < 2 or any(isinstance(value, Mapping | list) for value in values):
        raise ConfigError(f"factors.{name} = {values!r}, must be a list of at least two values, or {{low: a, high: b}}")
    if len({(type(value), value) for value in values}) < len(values):
        raise ConfigError(f"factors.{name} = {values}, must be distinct")
    return Factor(name, path, tuple(values))


def settings_at(settings: Mapping[str, Any], factors: Sequence[Factor], point: Sequence[Level]) -> dict[str, Any]:
    """The settings with each factor at its value of a point; the settings given stay as they are."""
    changed = copy.deepcopy(dict(settings))
    # a whole market first, so that a key of it that varies, too, has the last word
    for factor, value in sorted(zip(factors, point, strict=True), key=lambda pair: pair[0].path != MARKET):
        for path, inner in factor.changes(value):
            node: Any = changed
            for part in path[:-1]:
                node = node[int(part)] if isinstance(node, list) else node[part]
            last = path[-1]
            node[int(last) if isinstance(node, list) else last] = copy.deepcopy(inner)
    return changed

"""What nobody knows for certain about a market: which numbers, which mechanisms, and how likely each value is.

A prior over d numbers and switches is a map from the unit cube: a point of it becomes a world by each distribution's quantile
function, and the cells of a switch are as wide as its levels are likely. So a space-filling set of points is a sample of worlds.
A joint posterior, written as rows of values (``draws``), takes the place of the distributions of the numbers that it is of.
"""

import copy
import hashlib
import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Annotated, Any

import numpy as np
import scipy
from pydantic import Field
from scipy import special

from sim.arrays import Floats
from sim.config import ConfigError, Market, Real, Section, Share, load
from sim.worlds.distributions import KINDS, Choice, Distribution, Uniform, rounded, sum_to_one

Value = float | str
"""What a number is in a world; the name of its level for a switch, and for a choice the text of its value."""
Text = Annotated[str, Field(min_length=1, max_length=300)]
PREFIX = "worlds"
N_GRID = 4_097
"""Points of a quantile function from which its inverse is read."""


class NumberOptions(Section):
    """Keys of a number: one distribution, and where it acts."""

    uniform: dict[str, Any] | None = None
    normal: dict[str, Any] | None = None
    log_normal: dict[str, Any] | None = None
    logit_normal: dict[str, Any] | None = None
    beta: dict[str, Any] | None = None
    triangular: dict[str, Any] | None = None
    choice: Choice | None = None
    source: Text
    sets: tuple[str, ...] | None = None
    """Keys of the market that get the value; None: the number's own name."""
    scales: tuple[str, ...] | None = None
    """Keys of the market that are multiplied by it instead."""


class LevelOptions(Section):
    """Keys of a level of a switch."""

    probability: Share
    set: dict[str, Any] = Field(default_factory=dict)


class Correlation(Section):
    """Keys of a rank correlation between two numbers."""

    of: tuple[str, str]
    is_: Annotated[Real, Field(ge=-1, le=1, alias="is")]


class Draws(Section):
    """Keys of a joint posterior."""

    market: str
    """Digest of the market that it is of, see ``market_digest``."""
    of: Annotated[tuple[str, ...], Field(min_length=1)]
    """Names of numbers and switches."""
    rows: Annotated[tuple[tuple[Any, ...], ...], Field(min_length=1)]
    """Values, in the order of ``of``."""
    from_: Annotated[str, Field(min_length=1, max_length=300, alias="from")]
    """What they are: a sentence."""
    survived: tuple[Share, ...] = ()
    """Share of the prior that was not ruled out after each wave of history matching; empty where nothing was matched."""
    simulated: int = 0
    """Runs of the history matching."""


class PriorOptions(Section):
    """Keys of ``configs/worlds/<name>.yaml``."""

    market: str
    """Name of the market that it is about; for the reader."""
    numbers: dict[str, NumberOptions] = Field(default_factory=dict)
    switches: dict[str, dict[Any, Any]] = Field(default_factory=dict)
    correlations: tuple[Correlation, ...] = ()
    draws: Draws | None = None
    targets: dict[str, tuple[Real, Real]] | None = None
    """By metric, the band that a plausible world meets; None: the published ones."""
    measurements: dict[str, dict[str, Any]] = Field(default_factory=dict)


@dataclass(frozen=True)
class Level:
    """A level of a switch or a choice."""

    name: str
    probability: float
    changes: Mapping[str, Any]
    """New values by key of the market."""


@dataclass(frozen=True)
class Number:
    """Something that differs between worlds: a number with its distribution, or a switch with its levels."""

    name: str
    source: str
    keys: tuple[str, ...] = ()
    """Of the market, that a number sets or scales."""
    scales: bool = False
    distribution: Distribution | None = None
    levels: tuple[Level, ...] = ()
    whole: bool = False
    """Whether its keys take whole numbers only."""

    @property
    def is_known(self) -> bool:
        """Whether it is the same in all worlds."""
        if self.distribution is not None:
            low, high = self.distribution.ends
            return low == high
        return max(level.probability for level in self.levels) == 1

    @property
    def touched(self) -> frozenset[str]:
        """Keys of the market that it may change."""
        return frozenset((*self.keys, *(key for level in self.levels for key in level.changes)))

    @property
    def edges(self) -> Floats:
        """Ends of the cells of its levels within the unit interval, (n_levels + 1,)."""
        inner = np.cumsum([level.probability for level in self.levels])[:-1]
        return np.array([0.0, *inner, 1.0])

    def values(self, u: Floats) -> list[Value]:
        """What it is at points of the unit interval, (n,)."""
        if self.distribution is None:
            return [self.levels[int(i)].name for i in np.searchsorted(self.edges[1:-1], u, side="right")]
        return [self._valued(float(value)) for value in self.distribution.quantiles(u)]

    def _valued(self, value: float) -> float:
        if not self.whole:
            return rounded(value)
        # the ends of a range lie half a unit beyond its whole numbers
        low, high = self.distribution.ends if self.distribution is not None else (value, value)
        return float(min(max(math.floor(value + 0.5), math.ceil(low)), math.floor(high)))

    def coded(self, values: Sequence[Value]) -> Floats:
        """Values as coordinates within the unit interval, (n,): where in the prior they lie, a level in the middle of its cell."""
        if self.distribution is None:
            middle = dict(zip((one.name for one in self.levels), (self.edges[1:] + self.edges[:-1]) / 2, strict=True))
            return np.array([middle[str(value)] for value in values])
        grid = np.linspace(0, 1, N_GRID)[1:-1]
        quantiles = self.distribution.quantiles(grid)
        if quantiles[0] == quantiles[-1]:
            return np.full(len(values), 0.5)
        column = np.array(values, float)
        if self.whole:
            ends = (np.interp(column - 0.5, quantiles, grid, 0, 1), np.interp(column + 0.5, quantiles, grid, 0, 1))
            return np.asarray((ends[0] + ends[1]) / 2, float)
        return np.asarray(np.interp(column, quantiles, grid), float)

    def changes(self, base: Mapping[str, Any], value: Value) -> dict[str, Any]:
        """New values by key of the market, for its value in a world."""
        if self.distribution is None:
            return dict(next(level.changes for level in self.levels if level.name == value))
        number: Any = int(value) if self.whole else float(value)
        return {key: rounded(number * at(base, key)) if self.scales else number for key in self.keys}


@dataclass(frozen=True)
class Prior:
    """All that differs between worlds around a market."""

    base: Market
    numbers: tuple[Number, ...]
    """Switches come last."""
    copula: Floats
    """(d, d) lower triangle: standard normals of independent points times it are correlated as asked for."""
    draws: Mapping[str, tuple[Value, ...]]
    """By name of a number, its values in the joint posterior; empty without one that is of this market."""
    targets: Mapping[str, tuple[float, float]] | None
    measurements: Mapping[str, Mapping[str, Any]]
    posterior: Draws | None = None
    """Where the joint posterior comes from."""
    known: tuple[str, ...] = ()
    """Keys that were given for certain."""

    @property
    def names(self) -> tuple[str, ...]:
        """Of everything that differs."""
        return tuple(number.name for number in self.numbers)

    @property
    def is_one_market(self) -> bool:
        """Whether there is nothing uncertain."""
        return not self.numbers

    @property
    def n_draws(self) -> int:
        """Rows of the joint posterior; 0 without one."""
        return len(next(iter(self.draws.values()), ()))

    @cached_property
    def _plain(self) -> dict[str, Any]:
        return self.base.model_dump(mode="json")

    def points(self, n: int, seed: int) -> Floats:
        """The first ``n`` of a scrambled Sobol sequence in the unit cube, (n, d); the first 16 of 64 are the 16."""
        sequence = scipy.stats.qmc.Sobol(len(self.numbers), rng=np.random.default_rng(seed))
        return np.asarray(sequence.random_base2(max(math.ceil(math.log2(n)), 0))[:n], float)

    def correlated(self, u: Floats) -> Floats:
        """Points (n, d) of independent coordinates as points with the prior's rank correlations."""
        if np.array_equal(self.copula, np.eye(len(self.copula))):
            return u
        return np.asarray(special.ndtr(special.ndtri(np.clip(u, 1e-12, 1 - 1e-12)) @ self.copula.T), float)

    def values(self, u: Floats) -> list[tuple[Value, ...]]:
        """The worlds at points of the cube, (n, d), a value a number each."""
        columns = [number.values(column) for number, column in zip(self.numbers, self.correlated(u).T, strict=True)]
        return list(zip(*columns, strict=True))

    def drawn(self, n: int, seed: int) -> list[tuple[Value, ...]]:
        """``n`` worlds: the first rows of the joint posterior, and what it is not of from the prior.

        Raises
        ------
        ConfigError
            There are fewer rows.
        """
        if self.draws and n > self.n_draws:
            raise ConfigError(f"{PREFIX} = {n}, must be <= {self.n_draws}: as many are written in {PREFIX}.draws")
        worlds = self.values(self.points(n, seed))
        return [
            tuple(self.draws[name][i] if name in self.draws else value for name, value in zip(self.names, world, strict=True))
            for i, world in enumerate(worlds)
        ]

    def coded(self, worlds: Sequence[tuple[Value, ...]]) -> Floats:
        """Worlds as points of the unit cube, (n, d): see ``Number.coded``."""
        columns = zip(*worlds, strict=True)
        return np.column_stack([number.coded(column) for number, column in zip(self.numbers, columns, strict=True)])

    def market(self, world: tuple[Value, ...], base: Market | None = None, known: Sequence[str] = ()) -> Market:
        """The market of a world.

        Parameters
        ----------
        base
            Another market in the middle than the prior's own.
        known
            Keys that stay as they are in it.

        Raises
        ------
        ConfigError
            Its numbers contradict one another.
        """
        plain = self._plain if base is None else base.model_dump(mode="json")
        changes: dict[str, Any] = {}
        for number, value in zip(self.numbers, world, strict=True):
            if not _is_given(number, known):
                changes |= number.changes(plain, value)
        try:
            return load(Market, changed(plain, changes), "market")
        except ConfigError as error:
            told = ", ".join(f"{name} = {value}" for name, value in zip(self.names, world, strict=True))
            raise ConfigError(f"{error}\nin the world of {PREFIX} with {told}") from None


def market_digest(market: Market) -> str:
    """What tells whether a joint posterior is of a market (16 hex digits); its name and what is only logged do not count."""
    plain = {key: value for key, value in market.model_dump(mode="json").items() if key not in ("name", "log_choices")}
    return hashlib.sha256(json.dumps(plain, sort_keys=True).encode()).hexdigest()[:16]


def at(node: Any, key: str) -> Any:
    """The value at a dotted key.

    Raises
    ------
    KeyError
        There is none.
    """
    for part in key.split("."):
        if isinstance(node, Mapping) and part in node:
            node = node[part]
        elif isinstance(node, Sequence) and not isinstance(node, str) and part.isdigit() and int(part) < len(node):
            node = node[int(part)]
        else:
            raise KeyError(key)
    return node


def changed(base: Mapping[str, Any], changes: Mapping[str, Any]) -> dict[str, Any]:
    """A mapping with new values at dotted keys, which must be there; the one given stays as it is."""
    found = copy.deepcopy(dict(base))
    for key, value in changes.items():
        folder, _, last = key.rpartition(".")
        inner: Any = at(found, folder) if folder else found
        at(inner, last)
        inner[int(last) if isinstance(inner, list) else last] = value
    return found


def make_prior(values: Mapping[str, Any], base: Market, known: Sequence[str] = ()) -> Prior:
    """Validate what a yaml says about the worlds around a market.

    Parameters
    ----------
    values
        Keys of ``PriorOptions``.
    base
        The market in the middle.
    known
        Keys of the market that are known for certain: a number or switch that would change one of them is left out.

    Raises
    ------
    ConfigError
        An unknown key, a distribution that leaves its key's range, correlations that are none, probabilities that do not sum to 1.
    """
    options = load(PriorOptions, values, PREFIX)
    for metric, (low, high) in (options.targets or {}).items():
        if not low < high:
            raise ConfigError(f"{PREFIX}.targets.{metric} = {[low, high]}, must be two increasing numbers")
    plain = base.model_dump(mode="json")
    found = [_number(name, one, plain) for name, one in options.numbers.items()]
    found += [_switch(name, one, plain) for name, one in options.switches.items()]
    if len({number.name for number in found}) < len(found):
        raise ConfigError(f"{PREFIX}.switches, must have other names than {PREFIX}.numbers")
    free = [number for number in found if not _is_given(number, known)]
    for number in free:
        _check_range(number, f"{PREFIX}.{'numbers' if number.name in options.numbers else 'switches'}.{number.name}", plain)
    used = tuple(number for number in free if not number.is_known)
    draws = options.draws
    fits = draws is not None and draws.market == market_digest(base) and not known
    rows = _columns(draws, found) if draws is not None else {}
    return Prior(
        base=base,
        numbers=used,
        copula=_copula(options.correlations, [number.name for number in found], [number.name for number in used]),
        draws={name: column for name, column in rows.items() if fits and name in {number.name for number in used}},
        targets=options.targets,
        measurements=options.measurements,
        posterior=draws if fits else None,
        known=tuple(known),
    )


def _is_given(number: Number, known: Sequence[str]) -> bool:
    """Whether one of the keys that it changes is known, or lies in a section that is."""
    return any(lies_in(key, one) for key in number.touched for one in known)


def lies_in(key: str, section: str) -> bool:
    """Whether a dotted key is a section, or one of its keys."""
    return key == section or key.startswith(f"{section}.")


def _number(name: str, options: NumberOptions, base: Mapping[str, Any]) -> Number:
    where = f"{PREFIX}.numbers.{name}"
    given = [kind for kind in (*KINDS, "choice") if getattr(options, kind) is not None]
    if len(given) != 1:
        raise ConfigError(f"{where}, has {len(given)} distributions, must have one of: {', '.join((*KINDS, 'choice'))}")
    if options.sets is not None and options.scales is not None:
        raise ConfigError(f"{where}, must have sets or scales, not both")
    keys = options.scales or options.sets or (name,)
    for key in keys:
        _check_key(key, base, where, scaled=options.scales is not None)
    if options.choice is not None:
        if options.scales is not None:
            raise ConfigError(f"{where}.scales, must not be given with choice: its values are set")
        pairs = zip(options.choice.values, options.choice.probabilities, strict=True)
        levels = tuple(Level(_written(value), share, dict.fromkeys(keys, value)) for value, share in pairs)
        number = Number(name, options.source, tuple(keys), levels=levels)
    else:
        distribution = load(KINDS[given[0]], getattr(options, given[0]), f"{where}.{given[0]}")
        number = Number(name, options.source, tuple(keys), options.scales is not None, distribution)
        if not number.scales and _takes_whole_only(keys, base):
            number = replace(number, distribution=_of_whole(distribution), whole=True)
    return number


def _of_whole(distribution: Distribution) -> Distribution:
    """Of a range of whole numbers, half a unit more on either side, so that all are as likely."""
    if not isinstance(distribution, Uniform):
        return distribution
    return Uniform(low=math.ceil(distribution.low) - 0.5, high=math.floor(distribution.high) + 0.5)


def _written(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value)


def _level(key: Any) -> str:
    """The name of a level: yaml reads off and on as false and true."""
    return {False: "off", True: "on"}.get(key, str(key)) if isinstance(key, bool) else str(key)


def _takes_whole_only(keys: Sequence[str], base: Mapping[str, Any]) -> bool:
    """Whether half a unit more would be refused because it is no whole number."""
    if not all(type(at(base, key)) is int for key in keys):
        return False
    try:
        load(Market, changed(base, {key: at(base, key) + 0.5 for key in keys}))
    except ConfigError as error:
        return "valid integer" in str(error)
    return False


def _check_key(key: str, base: Mapping[str, Any], where: str, scaled: bool = False) -> None:
    try:
        value = at(base, key)
    except KeyError:
        raise ConfigError(f"{where}: market.{key}, unknown key") from None
    if scaled and (isinstance(value, bool) or not isinstance(value, int | float)):
        raise ConfigError(f"{where}.scales: market.{key} = {value!r}, must hold a number")


def _check_range(number: Number, where: str, base: Mapping[str, Any]) -> None:
    """Raise ConfigError unless both ends of a distribution, and all levels, are values that the market may have."""
    values: list[Value] = [one.name for one in number.levels]
    if number.distribution is not None:
        values = [number._valued(end) for end in number.distribution.ends]
    for value in values:
        try:
            load(Market, changed(base, number.changes(base, value)), "market")
        except ConfigError as error:
            raise ConfigError(f"{where}, reaches {value}: {error}") from None


def _switch(name: str, options: Mapping[Any, Any], base: Mapping[str, Any]) -> Number:
    where = f"{PREFIX}.switches.{name}"
    source = options.get("source")
    if not isinstance(source, str) or not source:
        raise ConfigError(f"{where}.source = {source!r}, must say where it comes from")
    levels = []
    for key, given in options.items():
        if key == "source":
            continue
        level = _level(key)
        if not isinstance(given, Mapping):
            raise ConfigError(f"{where}.{level} = {given!r}, must be a mapping with probability and set")
        one = load(LevelOptions, given, f"{where}.{level}")
        for touched in one.set:
            _check_key(touched, base, f"{where}.{level}.set")
        levels.append(Level(level, one.probability, one.set))
    if not levels:
        raise ConfigError(f"{where}, must have levels such as off and on")
    try:
        sum_to_one("probabilities", tuple(level.probability for level in levels))
    except ValueError as error:
        raise ConfigError(f"{where}: {error}") from None
    return Number(name, source, levels=tuple(levels))


def _copula(correlations: Sequence[Correlation], names: Sequence[str], used: Sequence[str]) -> Floats:
    """The factor of the correlations of standard normals that have these rank correlations."""
    matrix = np.eye(len(names))
    for one in correlations:
        for name in one.of:
            if name not in names:
                raise ConfigError(f"{PREFIX}.correlations: {name!r}, must be one of the numbers: {', '.join(names)}")
        i, j = (names.index(name) for name in one.of)
        if i == j:
            raise ConfigError(f"{PREFIX}.correlations: {one.of[0]!r}, must be between two numbers")
        # of a normal copula, Spearman's rho is 6 / pi asin(r / 2)
        matrix[i, j] = matrix[j, i] = 2 * math.sin(math.pi / 6 * one.is_)
    lowest = float(np.linalg.eigvalsh(matrix).min()) if len(matrix) else 1.0
    if lowest < 1e-9:
        told = ", ".join(f"{a} with {b} {one.is_:g}" for one in correlations for a, b in [one.of])
        raise ConfigError(f"{PREFIX}.correlations = {told}, cannot hold together: they are no correlation matrix")
    chosen = [names.index(name) for name in used]
    return np.asarray(np.linalg.cholesky(matrix[np.ix_(chosen, chosen)]), float)


def _columns(draws: Draws, numbers: Sequence[Number]) -> dict[str, tuple[Value, ...]]:
    """The joint posterior by column, each value checked."""
    where, by_name = f"{PREFIX}.draws", {number.name: number for number in numbers}
    for name in draws.of:
        if name not in by_name:
            raise ConfigError(f"{where}.of: {name!r}, must be one of the numbers and switches: {', '.join(by_name)}")
    if len(set(draws.of)) < len(draws.of):
        raise ConfigError(f"{where}.of = {list(draws.of)}, must be distinct")
    for i, row in enumerate(draws.rows):
        if len(row) != len(draws.of):
            raise ConfigError(f"{where}.rows.{i}, has {len(row)} values, must have {len(draws.of)}: one for each of {where}.of")
    columns: dict[str, tuple[Value, ...]] = {}
    for j, name in enumerate(draws.of):
        levels = [level.name for level in by_name[name].levels]
        switch = levels and not by_name[name].keys
        column = [_level(row[j]) if switch else row[j] for row in draws.rows]
        for i, value in enumerate(column):
            good = _written(value) in levels if levels else isinstance(value, int | float) and math.isfinite(value)
            if not good or isinstance(value, bool):
                rule = f"must be one of: {', '.join(levels)}" if levels else "must be a number"
                raise ConfigError(f"{where}.rows.{i}: {name} = {value!r}, {rule}")
        columns[name] = tuple(_written(value) if levels else float(value) for value in column)
    return columns

"""Which points to simulate to learn how several factors act: full factorials and Latin hypercubes."""

import itertools
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import scipy

from sim.arrays import Floats, Ints
from sim.said import Said, say

Levels = Mapping[str, Sequence[Any]]
"""By name of the factor: its levels, in order."""
MAX_POINTS = 100_000


@dataclass(frozen=True)
class Design:
    """Points at chosen levels of several factors."""

    name: Said
    """What a methods section would call it."""
    levels: Mapping[str, tuple[Any, ...]]
    """By factor, in order."""
    index: Ints
    """(n_points, n_factors) which level each factor is at."""
    aliases: tuple[tuple[tuple[str, str], ...], ...] = ()
    """Groups of two-way interactions that the points cannot tell from one another; empty when all are apart."""

    @property
    def factors(self) -> tuple[str, ...]:
        """Names of the factors, in order."""
        return tuple(self.levels)

    @property
    def points(self) -> list[dict[str, Any]]:
        """Value of each factor, point by point."""
        return [{name: self.levels[name][i] for name, i in zip(self.levels, row, strict=True)} for row in self.index.tolist()]


@dataclass(frozen=True)
class Hypercube:
    """Points spread over continuous ranges of several factors."""

    name: Said
    ranges: Mapping[str, tuple[float, float]]
    values: Floats
    """(n_points, n_factors)."""
    integers: tuple[bool, ...]
    """By factor: whether both ends of its range are integers, so that its values are, too."""

    @property
    def factors(self) -> tuple[str, ...]:
        """Names of the factors, in order."""
        return tuple(self.ranges)

    @property
    def points(self) -> list[dict[str, float | int]]:
        """Value of each factor, point by point."""
        kinds = [int if whole else float for whole in self.integers]
        return [{name: kind(x) for name, kind, x in zip(self.ranges, kinds, row, strict=True)} for row in self.values.tolist()]


def checked_levels(factors: Levels) -> dict[str, tuple[Any, ...]]:
    """The factors with at least two distinct levels each, or a ValueError."""
    if not factors:
        raise ValueError("factors = {}, must name at least one factor")
    for name, levels in factors.items():
        if isinstance(levels, str) or not isinstance(levels, Sequence) or len(levels) < 2:
            raise ValueError(f"factors.{name} = {levels!r}, must be a list of at least 2 levels")
        if any(one == other for one, other in itertools.combinations(levels, 2)):
            raise ValueError(f"factors.{name} = {levels!r}, must be distinct")
    return {name: tuple(levels) for name, levels in factors.items()}


def full_factorial(factors: Levels) -> Design:
    """Every combination of all levels; the last factor changes fastest.

    Raises
    ------
    ValueError
        No factor, fewer than two levels, a level twice, or more than 100,000 points.

    Examples
    --------
    >>> full_factorial({"a": [0, 15], "b": [2, 3, 4]}).points[:3]
    [{'a': 0, 'b': 2}, {'a': 0, 'b': 3}, {'a': 0, 'b': 4}]
    """
    levels = checked_levels(factors)
    sizes = [len(one) for one in levels.values()]
    n = math.prod(sizes)
    if n > MAX_POINTS:
        raise ValueError(f"factors have {n} combinations, must be <= {MAX_POINTS}: use fewer levels or another design")
    index = np.array(list(itertools.product(*(range(size) for size in sizes))), dtype=np.int64)
    return Design(say("full factorial, {sizes}", sizes=" x ".join(map(str, sizes))), levels, index)


def latin_hypercube(ranges: Mapping[str, tuple[float, float]], n_points: int, seed: int) -> Hypercube:
    """Points of which every factor has exactly one in each of ``n_points`` equal parts of its range, spread out by chance.

    Parameters
    ----------
    ranges
        By factor: lowest and highest value. When both are integers, so are the values, both ends included.
    n_points
        How many points, >= 2.
    seed
        Of the spreading: the same seed gives the same points.

    Raises
    ------
    ValueError
        No factor, a range that is empty or not finite, or fewer than two points.

    References
    ----------
    McKay, Beckman & Conover (1979), A comparison of three methods for selecting values of input variables in the analysis of output
    from a computer code. Technometrics 21(2), 239-245.

    Examples
    --------
    >>> design = latin_hypercube({"strength": (0.0, 4.0), "min_sessions": (0, 60)}, 4, seed=1)
    >>> sorted(int(point["strength"]) for point in design.points)
    [0, 1, 2, 3]
    """
    if not ranges:
        raise ValueError("factors = {}, must name at least one factor")
    if n_points < 2:
        raise ValueError(f"points = {n_points}, must be >= 2")
    for name, ends in ranges.items():
        if len(ends) != 2 or not all(math.isfinite(end) for end in ends) or not ends[0] < ends[1]:
            raise ValueError(f"factors.{name} = {list(ends)}, must be [lowest, highest] with lowest < highest")
    integers = tuple(all(isinstance(end, int) for end in ends) for ends in ranges.values())
    unit = scipy.stats.qmc.LatinHypercube(len(ranges), rng=np.random.default_rng(seed)).random(n_points)
    low, high = (np.array([ends[i] for ends in ranges.values()], float) for i in (0, 1))
    whole = np.array(integers)
    values = np.where(whole, np.floor(low + unit * (high - low + 1)), low + unit * (high - low))
    return Hypercube(say("Latin hypercube, {n} points", n=n_points), dict(ranges), values, integers)

"""Regions of a design: which few factors tell most between its points, and in how few words the points of a kind can be named."""

import itertools
import math
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from sim.arrays import Flags, Floats
from sim.statistics.designs import Design

MOST = 3
"""Factors of a region: as many as a picture shows."""
Region = Mapping[str, Any]
"""By factor: the level that it is held at; all other factors are free."""


def points_of(design: Design, region: Region) -> Flags:
    """(n_points,) which points lie in a region."""
    inside = np.ones(len(design.index), dtype=bool)
    for column, name in enumerate(design.factors):
        if name in region:
            inside &= design.index[:, column] == design.levels[name].index(region[name])
    return inside


def tiles(design: Design, factors: Sequence[str]) -> list[Region]:
    """Every combination of the levels of some factors, the last one changing fastest."""
    return [dict(zip(factors, levels, strict=True)) for levels in itertools.product(*(design.levels[name] for name in factors))]


def n_regions(design: Design, most: int = MOST) -> int:
    """Regions of at most so many factors, that of all points among them: as many as may be picked by looking at the results.

    Examples
    --------
    >>> from sim.statistics.designs import full_factorial
    >>> n_regions(full_factorial({"a": [0, 1], "b": [0, 1, 2]}))  # all, 2 + 3 of one factor, 6 of two
    12
    """
    sizes = [len(levels) for levels in design.levels.values()]
    return sum(int(np.prod(some, dtype=int)) for n in range(most + 1) for some in itertools.combinations(sizes, n))


def explained(design: Design, means: Floats, factors: Sequence[str]) -> float:
    """Share of the variance between points that some factors explain, with all their interactions; nan where nothing varies.

    The variance of the means of their tiles, each weighed by its points, over that of all means; what luck adds is in both.

    Parameters
    ----------
    means
        (n_points,).

    Raises
    ------
    ValueError
        The means do not fit the design.
    """
    means = np.asarray(means, float)
    if means.shape != (len(design.index),):
        raise ValueError(f"means have shape {means.shape}, must be ({len(design.index)},), one a point")
    total = float(((means - means.mean()) ** 2).sum())
    inside = [points_of(design, tile) for tile in tiles(design, factors)]
    between = sum(float(one.sum()) * float(means[one].mean() - means.mean()) ** 2 for one in inside if one.any())
    return between / total if total else math.nan


def leading_factors(design: Design, means: Floats, most: int = MOST) -> tuple[str, ...]:
    """The ``most`` factors that explain most of the variance between points, in the order of the design; ``means`` as above."""
    some = itertools.combinations(design.factors, min(most, len(design.factors)))
    return max(some, key=lambda factors: explained(design, means, factors))


def named(design: Design, factors: Sequence[str], wanted: Sequence[Region]) -> list[Region]:
    """Some tiles in as few words as a greedy search finds: regions that hold wanted tiles only, and each of them.

    Parameters
    ----------
    factors
        Whose levels make the tiles.
    wanted
        Some of ``tiles(design, factors)``.

    Examples
    --------
    >>> from sim.statistics.designs import full_factorial
    >>> design = full_factorial({"a": [0, 1], "b": [0, 1]})
    >>> named(design, ["a", "b"], [{"a": 0, "b": 0}, {"a": 0, "b": 1}, {"a": 1, "b": 1}])
    [{'a': 0}, {'b': 1}]
    """
    left = [dict(tile) for tile in wanted]
    every = tiles(design, factors)
    found: list[Region] = []
    regions = [
        region for n in range(len(factors) + 1) for some in itertools.combinations(factors, n) for region in tiles(design, some)
    ]
    for region in regions:
        inside = [tile for tile in every if region.items() <= tile.items()]
        if all(tile in wanted for tile in inside) and any(tile in left for tile in inside):
            found.append(region)
            left = [tile for tile in left if tile not in inside]
    return found

"""Regular two-level fractions: main effects and two-way interactions from a part of all combinations."""

import functools
import itertools
import operator
from collections.abc import Sequence
from typing import Literal

import numpy as np

from sim.said import say
from sim.statistics.designs import Design, Levels, checked_levels


def fractional_factorial(factors: Levels, resolution: Literal[4, 5] = 5) -> Design:
    """A regular 2^(k - p) fraction of all combinations of two-level factors, with the fewest points that a greedy search finds.

    Parameters
    ----------
    factors
        Two levels each.
    resolution
        5: main effects and two-way interactions are all apart from one another. 4: main effects are apart from two-way
        interactions, some of which cannot be told from one another (``Design.aliases``). Both suppose that interactions of three
        and more factors are negligible.

    Raises
    ------
    ValueError
        A factor has another number of levels, or the resolution is neither 4 nor 5.

    References
    ----------
    Box & Hunter (1961), The 2^(k-p) fractional factorial designs. Technometrics 3(3), 311-351.

    Examples
    --------
    >>> design = fractional_factorial({name: [0, 1] for name in "abcde"})
    >>> str(design.name), len(design.points)
    ('2^(5-1) fractional factorial, resolution V: e = abcd', 16)
    """
    levels = checked_levels(factors)
    if resolution not in (4, 5):
        raise ValueError(f"resolution = {resolution}, must be 4 or 5")
    for name, values in levels.items():
        if len(values) != 2:
            raise ValueError(f"factors.{name} has {len(values)} levels, must be 2 for a fractional design; use design=full")
    names, columns = list(levels), _columns(len(levels), resolution)
    n_basic = sum(column.bit_count() == 1 for column in columns)
    runs = np.arange(1 << n_basic)
    # the basic factors count in binary, the first slowest; products of +-1 are parities of the number of lows
    bits = [(runs >> (n_basic - 1 - i)) & 1 for i in range(n_basic)]
    index = np.empty((len(runs), len(names)), dtype=np.int64)
    generators = []
    for f, column in enumerate(columns):
        basic = [i for i in range(n_basic) if column >> i & 1]
        index[:, f] = 1 - sum(1 - bits[i] for i in basic) % 2
        if len(basic) > 1:
            generators.append(f"{names[f]} = {_product([names[i] for i in basic])}")
    groups: dict[int, list[tuple[str, str]]] = {}
    for (i, a), (j, b) in itertools.combinations(enumerate(names), 2):
        groups.setdefault(columns[i] ^ columns[j], []).append((a, b))
    aliases = tuple(tuple(group) for group in groups.values() if len(group) > 1)
    p = len(names) - n_basic
    title = say("full factorial")
    if p:
        title = say(
            "2^({factors}) fractional factorial, resolution {resolution}: {generators}",
            factors=f"{len(names)}-{p}",
            resolution="IV" if resolution == 4 else "V",
            generators=", ".join(generators),
        )
    return Design(title, levels, index, aliases)


def _columns(n_factors: int, resolution: int) -> list[int]:
    """Each factor as a set of basic ones (bits), such that no product of fewer than ``resolution`` factors is constant.

    A factor whose bits are a set of basic factors is their product. The design has resolution R when no R - 1 of these sets add
    up to nothing (modulo 2). As few basic factors as possible; sets are tried largest first (which suits one or two generators),
    then in the order of a lexicographic code (which suits many).
    """
    for n_basic in range(1, n_factors):
        sets = [bits for bits in range(1, 1 << n_basic) if bits.bit_count() >= resolution - 1]
        for order in (sorted(sets, key=int.bit_count, reverse=True), sets):
            columns = _greedy([1 << i for i in range(n_basic)], order, n_factors, resolution)
            if len(columns) == n_factors:
                return columns
    return [1 << i for i in range(n_factors)]


def _greedy(columns: list[int], order: Sequence[int], n_factors: int, resolution: int) -> list[int]:
    """Columns with as many of ``order`` added as fit, up to ``n_factors``."""
    # what up to R - 2 chosen columns add up to: a further column must not be among them
    taken = {functools.reduce(operator.xor, some, 0) for n in range(resolution - 1) for some in itertools.combinations(columns, n)}
    for column in order:
        if len(columns) == n_factors:
            break
        if column in taken:
            continue
        few = [some for n in range(resolution - 2) for some in itertools.combinations(columns, n)]
        taken |= {functools.reduce(operator.xor, some, column) for some in few}
        columns = [*columns, column]
    return columns


def _product(names: Sequence[str]) -> str:
    return ("" if all(len(name) == 1 for name in names) else " x ").join(names)

"""The mean of a metric at every pair of levels of two factors, and where its best may lie."""

import itertools
import math
from dataclasses import dataclass
from typing import Any

import numpy as np

from sim.arrays import Flags, Floats
from sim.statistics.comparison import Better
from sim.statistics.designs import Design
from sim.statistics.effects import ROUNDING, cell_values, checked_responses
from sim.statistics.intervals import mean_interval


@dataclass(frozen=True)
class CellMeans:
    """Mean of a metric at every pair of levels of two factors, over all else; every array is (n_levels_a, n_levels_b)."""

    metric: str
    factor_a: str
    factor_b: str
    levels_a: tuple[Any, ...]
    levels_b: tuple[Any, ...]
    mean: Floats
    low: Floats
    high: Floats
    """95 % interval of each mean on its own: cells share their luck, so differences are surer than these say."""
    may_be_best: Flags
    """Cells that cannot be told from the best: with 95 % confidence it is among them. All False when neither direction is good."""
    n: int
    """Replications."""


def cell_means(
    metric: str, design: Design, responses: Floats, factor_a: str, factor_b: str, better: Better = None, level: float = 0.95
) -> CellMeans:
    """Mean of a metric at every pair of levels of two factors, averaged over the other factors, and which cells may be the best.

    Parameters
    ----------
    design, responses, better
        As for ``effects``.
    factor_a, factor_b
        Two factors of the design.

    Raises
    ------
    ValueError
        As for ``effects``; or a factor is not one of the design, or both are the same.
    """
    responses = checked_responses(design, responses)
    for name in (factor_a, factor_b):
        if name not in design.factors:
            raise ValueError(f"factor = {name!r}, must be one of: {', '.join(design.factors)}")
    if factor_a == factor_b:
        raise ValueError(f"factor_b = {factor_b!r}, must differ from factor_a")
    values = cell_values(design, responses, design.factors.index(factor_a), design.factors.index(factor_b))
    shape = values.shape[:2]
    flat = values.reshape(-1, values.shape[2])
    intervals = [mean_interval(cell, level) for cell in flat]
    mean, low, high = (np.array([getattr(i, part) for i in intervals]).reshape(shape) for part in ("estimate", "low", "high"))
    best = may_be_best(flat if better != "lower" else -flat, level) if better else np.zeros(len(flat), dtype=bool)
    levels_a, levels_b = design.levels[factor_a], design.levels[factor_b]
    return CellMeans(metric, factor_a, factor_b, levels_a, levels_b, mean, low, high, best.reshape(shape), values.shape[2])


def may_be_best(values: Floats, level: float = 0.95) -> Flags:
    """Which systems cannot be told from the best: with probability ``level`` at least, the one with the largest mean is kept.

    A system is dropped when some other is ahead of it by more than the upper end of a one-sided t interval of their paired
    difference at 1 - (1 - level) / (k - 1): the best is dropped wrongly by each of its k - 1 rivals with at most that chance.

    Parameters
    ----------
    values
        (k, n_replications), replication r with the same random numbers for all; larger is better. A pair of systems is compared
        over the replications that both know; with fewer than two such, neither drops the other.

    Returns
    -------
    array of bool
        (k,). A system that is never defined is not kept.

    References
    ----------
    Nelson, Swann, Goldsman & Song (2001), Simple procedures for selecting the best simulated system when the number of alternatives
    is large. Operations Research 49(6), 950-963: the screening of section 3, with paired variances.

    Examples
    --------
    >>> may_be_best(np.array([[1.0, 2.0, 3.0], [1.1, 2.1, 3.0], [0.0, 1.0, 2.0]]))
    array([ True,  True, False])
    """
    values = np.asarray(values, float)
    k = len(values)
    kept: Flags = np.array([bool(np.isfinite(row).any()) for row in values])
    if k < 2:
        return kept
    two_sided = 1 - 2 * (1 - level) / (k - 1)
    scale = ROUNDING * float(np.abs(values[np.isfinite(values)]).max(initial=0.0))
    for i, j in itertools.permutations(range(k), 2):
        gap = values[i] - values[j]
        behind = mean_interval(np.where(np.abs(gap) <= scale, 0.0, gap), two_sided)
        if math.isfinite(behind.high) and behind.high < 0:
            kept[i] = False
    return kept

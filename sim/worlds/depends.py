"""What an emulated output depends on: shares of its variance over plausible points, and its course along one input."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from scipy import linalg, stats

from sim.arrays import Floats
from sim.statistics.intervals import Interval
from sim.worlds.emulator import Emulator, kernel

N_EXCHANGES = 8
"""Times that each input is exchanged at random between the points."""
N_REDRAWN = 60
"""Sets of outputs as they might have come out, from which intervals are taken."""


@dataclass(frozen=True)
class Shares:
    """By input, the share of the variance of an output."""

    first: Mapping[str, Interval]
    """That goes when the input alone is known."""
    total: Mapping[str, Interval]
    """That stays when all others are known."""


def redrawn(emulator: Emulator, seed: int) -> Floats:
    """Weights of the emulator for outputs as they might have come out, (n, 1 + N_REDRAWN); the first are its own.

    A parametric bootstrap: the function as it is emulated, and the emulator's noise anew.
    """
    n = len(emulator.y)
    fitted = emulator.mean(emulator.x) - emulator.level
    luck = np.random.default_rng(seed).normal(0, np.sqrt(emulator.noise), (n, N_REDRAWN))
    again = linalg.cho_solve((emulator.factor, True), fitted[:, None] + luck)
    return np.column_stack([emulator.weights, again])


def shares(emulator: Emulator, points: Floats, names: Sequence[str], seed: int, level: float = 0.95) -> Shares:
    """First-order and total Sobol shares over a sample of points, (m, d), whose inputs are about independent.

    Parameters
    ----------
    points
        Over which the output varies; each input is exchanged between them.
    level
        Of the intervals, which hold the luck in the outputs that the emulator was fitted to.

    References
    ----------
    Saltelli et al. (2010), Variance based sensitivity analysis of model output. Computer Physics Communications 181, table 2, with
    correlations in the place of its products, which scatter less (Martinez 2011, Analyse de sensibilité globale).
    """
    generator, weights = np.random.default_rng(seed), redrawn(emulator, seed + 1)
    here = kernel(points, emulator) @ weights
    here = (here - here.mean(axis=0)) / np.maximum(here.std(axis=0), 1e-300)
    first, total = (np.zeros((len(names), weights.shape[1])) for _ in range(2))
    for _ in range(N_EXCHANGES):
        order = generator.permutation(len(points))
        other, there = points[order], here[order]
        for i in range(len(names)):
            mixed = points.copy()
            mixed[:, i] = other[:, i]
            found = kernel(mixed, emulator) @ weights
            found = (found - found.mean(axis=0)) / np.maximum(found.std(axis=0), 1e-300)
            # alike in this input alone, and in all but this
            first[i] += (there * found).mean(axis=0)
            total[i] += 1 - (here * found).mean(axis=0)
    alone, together = (
        {name: _interval(row, len(points), level) for name, row in zip(names, rows / N_EXCHANGES, strict=True)}
        for rows in (first, total)
    )
    return Shares(alone, together)


def _interval(values: Floats, n: int, level: float) -> Interval:
    """Of a share: the emulator's own, and how much it moves with outputs drawn anew."""
    reach = float(stats.norm.ppf((1 + level) / 2)) * float(values[1:].std(ddof=1))
    own = float(np.clip(values[0], 0, 1))
    return Interval(own, max(own - reach, 0.0), min(own + reach, 1.0), n)


def main_effect(emulator: Emulator, points: Floats, i: int, grid: Floats, seed: int = 0) -> tuple[Floats, Floats]:
    """The output along an input, the others as they are in the points: mean and standard deviation, (len(grid),) each."""
    weights = redrawn(emulator, seed)
    along = []
    for value in grid:
        moved = points.copy()
        moved[:, i] = value
        along.append(emulator.level + kernel(moved, emulator).mean(axis=0) @ weights)
    found = np.array(along)
    return found[:, 0], found[:, 1:].std(axis=1, ddof=1)


def flips(grid: Floats, mean: Floats, limit: float) -> list[float]:
    """Where along a grid a line crosses a limit.

    Examples
    --------
    >>> flips(np.array([0.0, 1.0, 2.0]), np.array([1.0, 3.0, 0.0]), 2.0)
    [0.5, 1.3333333333333333]
    """
    over = mean - limit
    places = np.flatnonzero(np.sign(over[:-1]) * np.sign(over[1:]) < 0)
    return [float(grid[i] + (grid[i + 1] - grid[i]) * over[i] / (over[i] - over[i + 1])) for i in places]

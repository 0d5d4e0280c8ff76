"""What an emulated output depends on: shares of its variance over plausible points, and its course along one input."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import scipy

from sim.arrays import Floats
from sim.statistics.intervals import Interval
from sim.worlds.emulator import Emulator, kernel

N_EXCHANGES = 8
"""Times that each input is exchanged at random between the points."""
N_DRAWN, N_WAVES = 60, 256
"""Functions that the runs leave possible, from which intervals are taken, and cosines of which each is made."""


@dataclass(frozen=True)
class Shares:
    """By input, the share of the variance of an output."""

    first: Mapping[str, Interval]
    """That goes when the input alone is known."""
    total: Mapping[str, Interval]
    """That stays when all others are known."""


def functions(emulator: Emulator, seed: int) -> Callable[[Floats], Floats]:
    """Functions that the runs leave possible, about the emulator's level: from points (m, d) to (m, 1 + N_DRAWN), the mean first.

    Each is a function of the prior, made of a plane and of cosines at random, that is bent by the kernel to what was run.

    References
    ----------
    Wilson et al. (2020), Efficiently sampling functions from Gaussian process posteriors. ICML, equation 11; its cosines are of
    Rahimi & Recht (2007), Random features for large-scale kernel machines.
    """
    generator, (n, d) = np.random.default_rng(seed), emulator.x.shape
    tilts = generator.normal(size=(d, N_DRAWN)) * emulator.slopes[:, None]
    turns = generator.normal(size=(d, N_WAVES)) / emulator.lengths[:, None]
    starts = generator.uniform(0, 2 * np.pi, N_WAVES)
    heights = generator.normal(0, emulator.height * np.sqrt(2 / N_WAVES), (N_WAVES, N_DRAWN))

    def before(x: Floats) -> Floats:
        return np.asarray((x - 0.5) @ tilts + np.cos(x @ turns + starts) @ heights, float)

    luck = generator.normal(0, np.sqrt(emulator.noise), (n, N_DRAWN))
    missed = (emulator.y - emulator.level)[:, None] - before(emulator.x) - luck
    weights = np.column_stack([emulator.weights, scipy.linalg.cho_solve((emulator.factor, True), missed)])

    def after(x: Floats) -> Floats:
        found = kernel(x, emulator) @ weights
        found[:, 1:] += before(x)
        return found

    return after


def shares(emulator: Emulator, points: Floats, names: Sequence[str], seed: int, level: float = 0.95) -> Shares:
    """First-order and total Sobol shares over a sample of points, (m, d), whose inputs are about independent.

    Parameters
    ----------
    points
        Over which the output varies; each input is exchanged between them.
    level
        Of the intervals, which hold what the runs leave open of the function.

    Returns
    -------
    Shares
        Means and quantiles over functions that the runs leave possible. Of luck alone nothing is explained, and each of d inputs
        has about a d-th: an emulator's own mean would give most of it to the input that luck happened to favour.

    References
    ----------
    Saltelli et al. (2010), Variance based sensitivity analysis of model output. Computer Physics Communications 181, table 2, with
    correlations in the place of its products, which scatter less (Martinez 2011, Analyse de sensibilité globale).
    """
    generator, possible = np.random.default_rng(seed), functions(emulator, seed + 1)
    here = _standard(possible(points))
    first, total = (np.zeros((len(names), here.shape[1])) for _ in range(2))
    for _ in range(N_EXCHANGES):
        order = generator.permutation(len(points))
        other, there = points[order], here[order]
        for i in range(len(names)):
            mixed = points.copy()
            mixed[:, i] = other[:, i]
            found = _standard(possible(mixed))
            # alike in this input alone, and in all but this
            first[i] += (there * found).mean(axis=0)
            total[i] += 1 - (here * found).mean(axis=0)
    alone, together = (
        {name: _interval(row, len(points), level) for name, row in zip(names, rows / N_EXCHANGES, strict=True)}
        for rows in (first, total)
    )
    return Shares(alone, together)


def _standard(values: Floats) -> Floats:
    """Columns with mean 0 and standard deviation 1."""
    return np.asarray((values - values.mean(axis=0)) / np.maximum(values.std(axis=0), 1e-300), float)


def _interval(values: Floats, n: int, level: float) -> Interval:
    """Of a share, over functions."""
    drawn = np.clip(values[1:], 0, 1)
    low, high = np.quantile(drawn, [(1 - level) / 2, (1 + level) / 2])
    return Interval(float(drawn.mean()), float(low), float(high), n)


def main_effect(emulator: Emulator, points: Floats, i: int, grid: Floats, seed: int = 0) -> tuple[Floats, Floats]:
    """The output along an input, the others as they are in the points: mean and standard deviation, (len(grid),) each."""
    possible = functions(emulator, seed)
    along = []
    for value in grid:
        moved = points.copy()
        moved[:, i] = value
        along.append(emulator.level + possible(moved).mean(axis=0))
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

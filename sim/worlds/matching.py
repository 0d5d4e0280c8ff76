"""History matching: which points of the unit cube give outputs that reality allows, found in waves of runs.

An emulator of each output says what it would be where nothing was run. A point is *implausible* when the middle of a band lies
too far from that, in units of all that is not known: the emulator's own error, and how wide the band is. Later waves run where
the earlier ones left something. What is left over is weighed by how well it fits.

References
----------
Craig, Goldstein, Seheult & Smith (1997), Pressure matching for hydrocarbon reservoirs: a case study in the use of Bayes linear
strategies for large computer experiments. Andrianakis et al. (2015), Bayesian history matching of complex infectious disease models
using emulation. PLoS Computational Biology 11(1), equation 3. Pukelsheim (1994), The three sigma rule. The American
Statistician 48(2).
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import scipy

from sim.arrays import Floats
from sim.worlds.emulator import FEWEST, Emulator, fit_emulator

CUT = 3.0
"""Implausibility beyond which a point is ruled out: at most 5 % of any distribution with one peak lies beyond (Pukelsheim 1994)."""
BAND_SDS = 4.0
"""A band is as wide as four standard deviations of what it is a band of: it holds 95 % of it."""
N_MOVERS = 2
"""Inputs that are named for a target that is out of reach."""


@dataclass(frozen=True)
class Matched:
    """What the bands leave of some candidates."""

    kept: np.ndarray
    """(k,) which candidates are not ruled out."""
    log_likelihood: Floats
    """(k,) of each, the largest 0: how well it fits all bands together."""
    survived: tuple[float, ...]
    """Share of the candidates left after each wave."""
    order: np.ndarray
    """(k,) places in ``kept``, so that neighbours are alike."""

    @property
    def effective(self) -> float:
        """Candidates that would say as much if all fitted alike (Kish)."""
        weights = np.exp(self.log_likelihood)
        return float(weights.sum() ** 2 / (weights**2).sum())

    def plausible(self, n: int) -> list[int]:
        """``n`` candidates, in proportion to how well they fit and spread over all that do; the first of many are the few."""
        return [int(i) for i in self.kept[resampled(np.exp(self.log_likelihood), self.order, n)]]


@dataclass(frozen=True)
class Conflict:
    """Bands that no candidate meets together."""

    nearest: int
    """The candidate whose largest implausibility is smallest."""
    figures: Floats
    """(n_targets,) what it is expected to give."""
    reachable: np.ndarray
    """(n_targets,) whether some candidate meets the band of this target, whatever the others."""
    closest: Floats
    """(n_targets,) what the candidate that comes nearest to each band alone is expected to give."""
    movers: tuple[tuple[int, ...], ...]
    """(n_targets,) the inputs that move each target most."""


def match(
    simulate: Callable[[np.ndarray], Floats],
    bands: Floats,
    coded: Floats,
    n_wave: int,
    n_waves: int,
    seed: int,
) -> Matched | Conflict:
    """Rule out candidates in waves.

    Parameters
    ----------
    simulate
        From numbers of candidates (n,) to outputs (n, n_targets) of one run of each; nan where not defined.
    bands
        (n_targets, 2) low and high of what each output is on average; read as two standard deviations about the middle.
    coded
        (m, d) candidates as points of the unit cube, such as a space-filling sample of the prior.
    n_wave, n_waves
        Runs of each wave, and waves.

    Raises
    ------
    ValueError
        An output that is defined in too few runs for an emulator; the message gives its place among the targets.
    """
    middle, variance = bands.mean(axis=1), ((bands[:, 1] - bands[:, 0]) / BAND_SDS) ** 2
    generator = np.random.default_rng(seed)
    left = np.arange(len(coded))
    tried: list[int] = []
    outputs = np.empty((0, len(bands)))
    survived: list[float] = []
    emulators: list[Emulator] = []
    means = spreads = np.empty((0, 0))
    for _ in range(n_waves):
        more = spread_over(coded, left, n_wave, tried, generator)
        outputs = np.vstack([outputs, simulate(more)])
        tried += [int(i) for i in more]
        known = np.isfinite(outputs).sum(axis=0)
        if known.min() < FEWEST:
            raise ValueError(f"output {known.argmin()} is defined in {known.min()} of {len(outputs)} runs, must be in >= {FEWEST}")
        emulators = [fit_emulator(coded[tried], outputs[:, t]) for t in range(len(bands))]
        means, spreads = predictions(emulators, coded)
        implausible = np.abs(middle - means) / np.sqrt(spreads + variance)
        left = np.flatnonzero(implausible.max(axis=1) <= CUT)
        survived.append(len(left) / len(coded))
        if not len(left):
            return _conflict(emulators, means, implausible, coded)
    total = spreads[left] + variance
    fit = -0.5 * (((middle - means[left]) ** 2 / total) + np.log(total)).sum(axis=1)
    return Matched(left, fit - fit.max(), tuple(survived), along(coded[left]))


def predictions(emulators: Sequence[Emulator], coded: Floats) -> tuple[Floats, Floats]:
    """Means and variances of outputs, (m, n_targets) each."""
    found = [one.predict(coded) for one in emulators]
    return np.column_stack([mean for mean, _ in found]), np.column_stack([variance for _, variance in found])


def spread_over(coded: Floats, left: np.ndarray, n: int, tried: Sequence[int], generator: np.random.Generator) -> np.ndarray:
    """``n`` of the candidates that are left and not tried yet: the first of all, which fill the space, or later at random."""
    open_ = np.setdiff1d(left, np.array(tried, int))
    if len(open_) <= n:
        return open_ if len(open_) else left[:n]
    if not tried:
        # the beginning of a low-discrepancy sequence is one, too
        return open_[:n]
    return np.sort(generator.choice(open_, n, replace=False))


def resampled(weights: Floats, order: np.ndarray, n: int) -> np.ndarray:
    """Places of ``n`` points in proportion to their weights (k,), evenly along an order of them; the first of many are the few."""
    ends = np.cumsum(weights[order]) / weights.sum()
    at = scipy.stats.qmc.Halton(1, scramble=False).random(n + 1)[1:, 0]
    return order[np.minimum(np.searchsorted(ends, at), len(ends) - 1)]


def along(points: Floats) -> np.ndarray:
    """An order of points in which neighbours are alike: along the direction in which they differ most."""
    centred = points - points.mean(axis=0)
    direction = np.linalg.eigh(centred.T @ centred)[1][:, -1]
    return np.argsort(centred @ direction * np.sign(direction[np.abs(direction).argmax()]), kind="stable")


def _conflict(emulators: Sequence[Emulator], means: Floats, implausible: Floats, coded: Floats) -> Conflict:
    nearest = int(implausible.max(axis=1).argmin())
    best = implausible.argmin(axis=0)
    return Conflict(
        nearest,
        means[nearest],
        implausible.min(axis=0) <= CUT,
        means[best, np.arange(means.shape[1])],
        tuple(_movers(one, coded) for one in emulators),
    )


def _movers(emulator: Emulator, coded: Floats) -> tuple[int, ...]:
    """Inputs along which an emulated output moves most, each alone with the others in the middle."""
    reach = []
    for i in range(coded.shape[1]):
        line = np.full((5, coded.shape[1]), 0.5)
        line[:, i] = np.quantile(coded[:, i], np.linspace(0, 1, 5))
        reach.append(float(np.ptp(emulator.mean(line))))
    ranked = sorted(range(len(reach)), key=lambda i: -reach[i])
    return tuple(ranked[:N_MOVERS])

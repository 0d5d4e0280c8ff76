"""An emulator: what a simulation would give at points where it was not run, and how sure that is.

A Gaussian process with a kernel of two parts, a plane through the middle of the unit cube and a smooth surface on top of it, each
with a scale of its own for every input. Inputs that do nothing get a slope near zero and a long length: with about as many
points as inputs the plane alone is a ridge regression. Hyperparameters maximise the posterior density, with weak priors. That
density often has two humps, a rough function with little noise and a plane with much, so it is climbed from either side.

References
----------
Rasmussen & Williams (2006), Gaussian processes for machine learning, chapters 2 and 5 (equations 5.8, 5.9 and 5.12). Hvarfner,
Hellsten & Nardi (2024), Vanilla Bayesian optimization performs great in high dimensions, section 4: lengths that grow with the
square root of the number of inputs, so that a surface is as smooth a priori however many there are.
"""

import math
from dataclasses import dataclass

import numpy as np
import scipy

from sim.arrays import Floats

FEWEST = 8
"""Outputs from which an emulator is fitted."""
MOST_TO_SEARCH, MOST_TO_FIT = 200, 400
"""Points from which hyperparameters are searched, and then improved; predictions use all."""
STEPS, STEPS_MORE = 80, 20
"""Of the search and of the improvement, at most."""
SLOPE, LENGTH = (math.log(0.5), 1.5), (math.log(0.9), 0.7)
HEIGHT, NOISE = (math.log(0.3), 1.0), (math.log(0.4), 1.0)
"""Mean and standard deviation of the normal priors of the logs of: an input's slope, its length on the unit interval (of one
input; of d it grows by their square root), the height of the surface, and the noise, in standard deviations of the output."""
N_WAVES, P_BENT = 6, 0.01
"""Cosines by which an input is judged to bend the output on its own, and the p value below which it is."""
BLOCK = 4_096
"""Points that are predicted at once."""


@dataclass(frozen=True)
class Emulator:
    """A fitted Gaussian process."""

    x: Floats
    """(n, d) points of the unit cube at which the output is known."""
    slopes: Floats
    lengths: Floats
    """(d,) of each input: standard deviation of the plane's slope, and length over which the surface changes."""
    height: float
    """Standard deviation of the surface."""
    noise: float
    """Variance of the output about the function: the luck of a run."""
    level: float
    """Mean of the outputs."""
    factor: Floats
    """(n, n) lower Cholesky factor of the covariance of the outputs."""
    weights: Floats
    """(n,) the inverse covariance times the outputs about their level."""
    y: Floats
    """(n,) outputs."""

    def mean(self, x: Floats) -> Floats:
        """Of the function at points (m, d), (m,)."""
        parts = [kernel(block, self) @ self.weights for block in _blocks(x)]
        return self.level + np.concatenate(parts)

    def predict(self, x: Floats) -> tuple[Floats, Floats]:
        """Mean of the function at points (m, d), and the variance that not having run there leaves of it, (m,) each."""
        means, variances = [], []
        for block in _blocks(x):
            between = kernel(block, self)
            solved = scipy.linalg.solve_triangular(self.factor, between.T, lower=True, check_finite=False)
            own = ((block - 0.5) ** 2) @ self.slopes**2 + self.height**2
            means.append(self.level + between @ self.weights)
            variances.append(np.maximum(own - (solved**2).sum(axis=0), 0.0))
        return np.concatenate(means), np.concatenate(variances)

    def left_out(self) -> Floats:
        """What is predicted for each output from all others, (n,) (Rasmussen & Williams, equation 5.12)."""
        inverse = scipy.linalg.cho_solve((self.factor, True), np.eye(len(self.y)))
        return np.asarray(self.y - self.weights / np.diag(inverse), float)

    @property
    def q2(self) -> float:
        """Share of the variance of the function, noise apart, that is predicted for points left out; nan for noise alone.

        Too large where the noise is larger than the function and points are few for the inputs: all points chose the
        hyperparameters.
        """
        variance = float(self.y.var()) - self.noise
        if variance <= 0:
            return math.nan
        found = float(self.y.var() - ((self.y - self.left_out()) ** 2).mean())
        # a variance within two standard errors of the noise's own is not known: dividing by it makes much of nothing
        return min(max(found / max(variance, 2 * self.noise * math.sqrt(2 / len(self.y))), 0.0), 1.0)


def _blocks(x: Floats) -> list[Floats]:
    return [x[i : i + BLOCK] for i in range(0, len(x), BLOCK)]


def kernel(x: Floats, of: Emulator) -> Floats:
    """Covariance of the function at points (m, d) with it at the emulator's own, (m, n)."""
    plane = ((x - 0.5) * of.slopes**2) @ (of.x - 0.5).T
    return np.asarray(plane + of.height**2 * np.exp(-0.5 * _squared(x / of.lengths, of.x / of.lengths)), float)


def _squared(a: Floats, b: Floats) -> Floats:
    """Squared distances between points, (len(a), len(b))."""
    found = (a**2).sum(axis=1)[:, None] + (b**2).sum(axis=1) - 2 * a @ b.T
    return np.maximum(found, 0.0)


def fit_emulator(x: Floats, y: Floats, noise_variance: float | None = None) -> Emulator:
    """Fit an emulator.

    Parameters
    ----------
    x
        (n, d) points of the unit cube.
    y
        (n,) outputs; points with a nan are left out.
    noise_variance
        Of an output about the function; None: estimated.

    Raises
    ------
    ValueError
        Fewer than 8 outputs are known.

    Examples
    --------
    >>> x = np.random.default_rng(1).uniform(size=(60, 3))
    >>> found = fit_emulator(x, 2 * x[:, 0] + np.sin(6 * x[:, 1]), 0.0)
    >>> round(float(found.mean(np.array([[0.5, 0.5, 0.9]]))[0]), 2)  # 1 + sin 3 = 1.14
    1.14
    """
    known = np.isfinite(y)
    x, y = np.asarray(x, float)[known], np.asarray(y, float)[known]
    if len(y) < FEWEST:
        raise ValueError(f"{len(y)} outputs are known, must be >= {FEWEST}")
    level, scale = float(y.mean()), float(y.std()) or 1.0
    z = (y - level) / scale
    given = None if noise_variance is None else noise_variance / scale**2
    some = _some(len(z), MOST_TO_SEARCH)
    found = [_hyperparameters(x[some], z[some], given, start, STEPS) for start in _starts(x, z, given)]
    theta = min(found, key=lambda one: one[0])[1]
    if len(z) > MOST_TO_SEARCH:
        some = _some(len(z), MOST_TO_FIT)
        theta = _hyperparameters(x[some], z[some], given, theta, STEPS_MORE)[1]
    slopes, lengths, height, noise = _unpacked(theta, x.shape[1], given)
    covariance = _own(x, slopes, lengths, height)[0]
    factor = scipy.linalg.cholesky(covariance + (noise + 1e-8) * np.eye(len(z)), lower=True)
    weights = scipy.linalg.cho_solve((factor, True), z)
    # in the unit of the output
    return Emulator(x, slopes * scale, lengths, height * scale, noise * scale**2, level, factor * scale, weights / scale, y)


def _unpacked(theta: Floats, d: int, given: float | None) -> tuple[Floats, Floats, float, float]:
    noise = given if given is not None else math.exp(2 * theta[2 * d + 1])
    return np.exp(theta[:d]), np.exp(theta[d : 2 * d]), math.exp(theta[2 * d]), noise


def _own(x: Floats, slopes: Floats, lengths: Floats, height: float) -> tuple[Floats, Floats]:
    """Covariance of the function at its own points, and the surface's part of it, (n, n) each."""
    surface = height**2 * np.exp(-0.5 * _squared(x / lengths, x / lengths))
    return ((x - 0.5) * slopes**2) @ (x - 0.5).T + surface, surface


def _some(n: int, most: int) -> np.ndarray:
    """Which points stand for all: at random, since every fourth of a Sobol sequence lies in one half of the cube."""
    return np.sort(np.random.default_rng(n).permutation(n)[:most])


def _prior(d: int, given: float | None) -> tuple[Floats, Floats]:
    """Means and standard deviations of the logs of slopes, lengths, height and noise (of which there is none when it is given)."""
    length = (LENGTH[0] + 0.5 * math.log(d), LENGTH[1])
    each = np.array([SLOPE] * d + [length] * d + [HEIGHT] + ([NOISE] if given is None else []))
    return each[:, 0], each[:, 1]


def _starts(x: Floats, z: Floats, given: float | None) -> list[Floats]:
    """What the prior expects, and a rough surface with little noise, roughest along inputs that bend the output on their own."""
    d = x.shape[1]
    middle, _ = _prior(d, given)
    lengths = np.where(np.array(_bends(x, z)) < P_BENT, 0.3, 0.5 * math.sqrt(d))
    # without slopes, and from little noise: else a plane and noise are found again
    rough = np.log(np.concatenate([np.full(d, 0.1), lengths, [1.0], [0.15] if given is None else []]))
    return [middle, rough]


def _bends(x: Floats, z: Floats) -> list[float]:
    """By input, the p value of an F test of a few cosines of it alone against nothing, (d,)."""
    n, found = len(z), []
    degrees = n - N_WAVES - 1
    for column in x.T:
        waves = np.cos(np.pi * np.outer(column, np.arange(N_WAVES + 1)))
        missed = float(((z - waves @ np.linalg.lstsq(waves, z, rcond=None)[0]) ** 2).sum())
        better = float(z @ z) - missed
        found.append(float(scipy.stats.f.sf(better / N_WAVES / max(missed / max(degrees, 1), 1e-300), N_WAVES, max(degrees, 1))))
    return found


def _hyperparameters(x: Floats, z: Floats, given: float | None, start: Floats, steps: int) -> tuple[float, Floats]:
    """Climb to a peak of the posterior density: minus its log, and the logs of slopes, lengths, height and noise there."""
    n, d = x.shape
    middle, spread = _prior(d, given)
    centred = x - 0.5

    def loss(theta: Floats) -> tuple[float, Floats]:
        slopes, lengths, height, noise = _unpacked(theta, d, given)
        covariance, surface = _own(x, slopes, lengths, height)
        try:
            factor = scipy.linalg.cholesky(covariance + (noise + 1e-8) * np.eye(n), lower=True, check_finite=False)
        except scipy.linalg.LinAlgError:
            return 1e10, np.zeros(len(theta))
        inverse = scipy.linalg.cho_solve((factor, True), np.eye(n), check_finite=False)
        weights = inverse @ z
        value = 0.5 * float(z @ weights) + float(np.log(np.diag(factor)).sum())
        # derivative of the loss by the covariance, (n, n)
        by = 0.5 * (inverse - np.outer(weights, weights))
        slope = 2 * slopes**2 * (centred * (by @ centred)).sum(axis=0)
        around = by * surface
        # sum over pairs of what is symmetric, times the squared distance along each input
        pairs = 2 * (centred**2 * around.sum(axis=1)[:, None] - centred * (around @ centred)).sum(axis=0)
        length = pairs / lengths**2
        more = [2 * float(around.sum())] + ([2 * noise * float(np.trace(by))] if given is None else [])
        away = (theta - middle) / spread
        return value + 0.5 * float(away @ away), np.concatenate([slope, length, more]) + away / spread

    bounds = [(centre - 4 * width, centre + 4 * width) for centre, width in zip(middle, spread, strict=True)]
    found = scipy.optimize.minimize(loss, start, jac=True, method="L-BFGS-B", bounds=bounds, options={"maxiter": steps})
    return float(found.fun), np.asarray(found.x, float)

"""An emulator: what a simulation would give at points where it was not run, and how sure that is.

A Gaussian process with a kernel of two parts, a plane through the middle of the unit cube and a smooth surface on top of it, each
with a scale of its own for every input. Inputs that do nothing get a slope near zero and a long length: with about as many
points as inputs the plane alone is a ridge regression. Hyperparameters maximise the posterior density, with weak priors.

References
----------
Rasmussen & Williams (2006), Gaussian processes for machine learning, chapters 2 and 5 (equations 5.8, 5.9 and 5.12).
"""

import math
from dataclasses import dataclass

import numpy as np
from scipy import linalg, optimize

from sim.arrays import Floats

MOST_TO_FIT = 200
"""Points from which hyperparameters are found; predictions use all."""
SLOPE, LENGTH = (math.log(0.5), 1.5), (math.log(1.5), 0.7)
HEIGHT, NOISE = (math.log(0.3), 1.0), (math.log(0.4), 1.0)
"""Mean and standard deviation of the normal priors of the logs of: an input's slope, its length on the unit interval, the
height of the surface, and the noise, in standard deviations of the output."""
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
            solved = linalg.solve_triangular(self.factor, between.T, lower=True, check_finite=False)
            own = ((block - 0.5) ** 2) @ self.slopes**2 + self.height**2
            means.append(self.level + between @ self.weights)
            variances.append(np.maximum(own - (solved**2).sum(axis=0), 0.0))
        return np.concatenate(means), np.concatenate(variances)

    def left_out(self) -> Floats:
        """What is predicted for each output from all others, (n,) (Rasmussen & Williams, equation 5.12)."""
        inverse = linalg.cho_solve((self.factor, True), np.eye(len(self.y)))
        return np.asarray(self.y - self.weights / np.diag(inverse), float)

    @property
    def q2(self) -> float:
        """Share of the variance of the function, noise apart, that is predicted for points left out; nan for noise alone."""
        variance = float(self.y.var()) - self.noise
        if variance <= 0:
            return math.nan
        missed = float(((self.y - self.left_out()) ** 2).mean()) - self.noise
        return min(max(1 - missed / variance, 0.0), 1.0)


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
    if len(y) < 8:
        raise ValueError(f"{len(y)} outputs are known, must be >= 8")
    level, scale = float(y.mean()), float(y.std()) or 1.0
    z = (y - level) / scale
    given = None if noise_variance is None else noise_variance / scale**2
    step = math.ceil(len(z) / MOST_TO_FIT)
    theta = _hyperparameters(x[::step], z[::step], given)
    slopes, lengths, height, noise = _unpacked(theta, x.shape[1], given)
    covariance = _own(x, slopes, lengths, height)[0]
    factor = linalg.cholesky(covariance + (noise + 1e-8) * np.eye(len(z)), lower=True)
    weights = linalg.cho_solve((factor, True), z)
    # in the unit of the output
    return Emulator(x, slopes * scale, lengths, height * scale, noise * scale**2, level, factor * scale, weights / scale, y)


def _unpacked(theta: Floats, d: int, given: float | None) -> tuple[Floats, Floats, float, float]:
    noise = given if given is not None else math.exp(2 * theta[2 * d + 1])
    return np.exp(theta[:d]), np.exp(theta[d : 2 * d]), math.exp(theta[2 * d]), noise


def _own(x: Floats, slopes: Floats, lengths: Floats, height: float) -> tuple[Floats, Floats]:
    """Covariance of the function at its own points, and the surface's part of it, (n, n) each."""
    surface = height**2 * np.exp(-0.5 * _squared(x / lengths, x / lengths))
    return ((x - 0.5) * slopes**2) @ (x - 0.5).T + surface, surface


def _hyperparameters(x: Floats, z: Floats, given: float | None) -> Floats:
    """Logs of slopes, lengths, height and noise (of which there is none when it is given) with the largest posterior density."""
    n, d = x.shape
    middle = np.array([SLOPE[0]] * d + [LENGTH[0]] * d + [HEIGHT[0]] + ([NOISE[0]] if given is None else []))
    spread = np.array([SLOPE[1]] * d + [LENGTH[1]] * d + [HEIGHT[1]] + ([NOISE[1]] if given is None else []))
    centred = x - 0.5

    def loss(theta: Floats) -> tuple[float, Floats]:
        slopes, lengths, height, noise = _unpacked(theta, d, given)
        covariance, surface = _own(x, slopes, lengths, height)
        try:
            factor = linalg.cholesky(covariance + (noise + 1e-8) * np.eye(n), lower=True, check_finite=False)
        except linalg.LinAlgError:
            return 1e10, np.zeros(len(theta))
        inverse = linalg.cho_solve((factor, True), np.eye(n), check_finite=False)
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
    found = optimize.minimize(loss, middle, jac=True, method="L-BFGS-B", bounds=bounds, options={"maxiter": 80})
    return np.asarray(found.x, float)

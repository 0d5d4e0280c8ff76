"""Which continuous factors a metric depends on: Sobol indices of a quadratic response surface."""

import itertools
import math
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import scipy

from sim.arrays import Floats
from sim.statistics.intervals import Interval


@dataclass(frozen=True)
class Sensitivity:
    """Shares of the variance of a metric, when every factor is uniform over its range, by the fitted surface."""

    factors: tuple[str, ...]
    first: Mapping[str, Interval]
    """By factor: the share that it explains alone. Within 0..1 but for noise; an interval that holds 0 says that none is proven."""
    total: Mapping[str, Interval]
    """By factor: the same with all its interactions."""
    r2: float
    """Share of the variance between points that the surface fits, of the means over replications."""
    q2: float
    """The same for points left out of the fit one at a time: what the surface is worth elsewhere. Do not rely on less than .7."""
    n_points: int
    n_replications: int


def n_coefficients(n_factors: int) -> int:
    """Coefficients of a full quadratic surface: a constant, two for each factor, one for each pair."""
    return 1 + 2 * n_factors + n_factors * (n_factors - 1) // 2


def _basis(u: Floats) -> tuple[Floats, list[tuple[int, ...]]]:
    """Legendre polynomials of u (n_points, n_factors) within -1..1 up to degree 2, and the factors that each term is of.

    They are orthonormal under the uniform distribution, so the variance of a surface is the sum of its squared coefficients.
    """
    n, d = u.shape
    linear = math.sqrt(3) * u
    square = math.sqrt(5) / 2 * (3 * u**2 - 1)
    pairs = list(itertools.combinations(range(d), 2))
    columns = [np.ones(n), *linear.T, *square.T, *(linear[:, i] * linear[:, j] for i, j in pairs)]
    return np.column_stack(columns), [(), *((i,) for i in range(d)), *((i,) for i in range(d)), *pairs]


def _indices(coefficients: Floats, terms: list[tuple[int, ...]], d: int) -> Floats:
    """First and total indices, (2 d,), of (n_terms,) coefficients; nan for a flat surface."""
    squares = coefficients**2
    variance = float(squares[1:].sum())
    if variance == 0:
        return np.full(2 * d, math.nan)
    first = [sum(s for s, term in zip(squares, terms, strict=True) if term == (i,)) for i in range(d)]
    total = [sum(s for s, term in zip(squares, terms, strict=True) if i in term) for i in range(d)]
    return np.array([*first, *total]) / variance


def sobol_indices(ranges: Mapping[str, tuple[float, float]], values: Floats, responses: Floats, level: float = 0.95) -> Sensitivity:
    """First-order and total Sobol indices of every factor, from any space-filling design.

    A full quadratic surface is fitted by least squares, and its indices are read from the squares of its coefficients. What is
    not quadratic is not seen: ``q2`` says how much that is.

    Parameters
    ----------
    ranges
        By factor: lowest and highest value; the indices are those for factors that are independent and uniform over them.
    values
        (n_points, n_factors), such as those of ``latin_hypercube``.
    responses
        (n_points, n_replications), replication r with the same random numbers at all points.

    Returns
    -------
    Sensitivity
        Estimates and intervals by the jackknife over replications, whose bias correction takes out the noise that squaring turns
        into variance; hence small indices may come out slightly below 0. With one replication there are no intervals and no
        correction. Nan where the surface is flat.

    Raises
    ------
    ValueError
        A nan among the responses, shapes that do not fit, or not more points than the surface has coefficients.

    References
    ----------
    Sobol (2001), Global sensitivity indices for nonlinear mathematical models and their Monte Carlo estimates. Mathematics and
    Computers in Simulation 55. Sudret (2008), Global sensitivity analysis using polynomial chaos expansions. Reliability
    Engineering & System Safety 93(7), equations 36-39. Efron & Stein (1981), The jackknife estimate of variance. Annals of
    Statistics 9(3).

    Examples
    --------
    >>> u = np.random.default_rng(1).uniform(size=(40, 2))
    >>> found = sobol_indices({"x": (0, 1), "y": (0, 1)}, u, (2 * u[:, :1] + u[:, 1:]) + np.array([[0.0, 0.1]]))
    >>> round(found.first["x"].estimate, 3), round(found.total["y"].estimate, 3)  # variances 4 to 1
    (0.8, 0.2)
    """
    factors = tuple(ranges)
    values, responses = np.asarray(values, float), np.asarray(responses, float)
    if values.ndim != 2 or values.shape[1] != len(factors) or responses.ndim != 2 or len(responses) != len(values):
        raise ValueError(
            f"values have shape {values.shape} and responses {responses.shape}, must be (n_points, {len(factors)}) and"
            " (n_points, n_replications)"
        )
    if not np.isfinite(responses).all():
        raise ValueError("responses hold a nan, must be defined at every point in every replication")
    low, high = (np.array([ends[i] for ends in ranges.values()], float) for i in (0, 1))
    basis, terms = _basis(2 * (values - low) / (high - low) - 1)
    n_points, n_terms = basis.shape
    if n_points <= n_terms or np.linalg.matrix_rank(basis) < n_terms:
        raise ValueError(
            f"{n_points} points, must be > {n_terms}, spread over all ranges, for a quadratic surface of {len(factors)} factors"
        )
    # the fit is linear: coefficients of the mean are the mean of the coefficients, (n_terms, n_replications)
    coefficients = np.asarray(np.linalg.lstsq(basis, responses, rcond=None)[0], float)
    r2, q2 = _quality(basis, responses.mean(axis=1))
    found = _jackknifed(coefficients, terms, len(factors), level)
    d = len(factors)
    return Sensitivity(
        factors=factors,
        first=dict(zip(factors, found[:d], strict=True)),
        total=dict(zip(factors, found[d:], strict=True)),
        r2=r2,
        q2=q2,
        n_points=n_points,
        n_replications=responses.shape[1],
    )


def _quality(basis: Floats, mean: Floats) -> tuple[float, float]:
    """Share of the variance explained within the fit, and by leaving out one point at a time; nan when nothing varies."""
    hat = basis @ np.linalg.pinv(basis)
    residuals = mean - hat @ mean
    spread = float(((mean - mean.mean()) ** 2).sum())
    if np.ptp(mean) == 0:
        return math.nan, math.nan
    left_out = residuals / (1 - np.diag(hat))
    return 1 - float((residuals**2).sum()) / spread, 1 - float((left_out**2).sum()) / spread


def _jackknifed(coefficients: Floats, terms: list[tuple[int, ...]], d: int, level: float) -> list[Interval]:
    """Every index with its interval, from coefficients (n_terms, n_replications)."""
    # least squares leaves rounding errors where a surface is flat
    coefficients = np.where(np.abs(coefficients) <= 1e-12 * np.abs(coefficients).max(), 0.0, coefficients)
    n = coefficients.shape[1]
    plain = _indices(coefficients.mean(axis=1), terms, d)
    if n < 2:
        return [Interval(float(one), math.nan, math.nan, n) for one in plain]
    without = np.array([_indices(np.delete(coefficients, r, axis=1).mean(axis=1), terms, d) for r in range(n)])
    estimates = n * plain - (n - 1) * without.mean(axis=0)
    errors = np.sqrt((n - 1) / n * ((without - without.mean(axis=0)) ** 2).sum(axis=0))
    reach = float(scipy.stats.t.ppf((1 + level) / 2, n - 1)) * errors
    return [Interval(float(e), float(e - w), float(e + w), n) for e, w in zip(estimates, reach, strict=True)]

"""Least squares with standard errors that allow for clusters, even few and unequal ones."""

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import scipy

from sim.arrays import Floats, Ints
from sim.estimators.estimate import Estimate, student

ALONE = 1e-8
"""A direction of which a cluster explains all but this share is known from that cluster alone."""


@dataclass(frozen=True)
class Fit:
    """Coefficients of a regression with their CR2 covariance."""

    coefficients: Floats
    """(n_terms,)."""
    covariance: Floats
    """(n_terms, n_terms)."""
    df: Floats
    """(n_terms,) Satterthwaite degrees of freedom of each coefficient."""
    n_clusters: int

    def estimate(self, term: int, n_treated: int, n_control: int, level: float = 0.95) -> Estimate:
        """A coefficient with its t interval, and how many units are behind either side."""
        error = math.sqrt(self.covariance[term, term])
        return student(float(self.coefficients[term]), error, float(self.df[term]), n_treated, n_control, level)

    def wald(self, terms: list[int]) -> float:
        """P-value of the hypothesis that these coefficients are all 0, by an F test with n_clusters - 1 degrees of freedom.

        Parameters
        ----------
        terms
            Which ones; at most n_clusters - 1.
        """
        some = self.coefficients[terms]
        n, left = len(terms), self.n_clusters - 1
        statistic = float(some @ np.linalg.solve(self.covariance[np.ix_(terms, terms)], some))
        # Hotelling's: a covariance from few clusters is itself uncertain
        return float(scipy.stats.f.sf(statistic * (left - n + 1) / (left * n), n, left - n + 1))


def numbered(labels: Ints | None, n: int) -> tuple[Ints, int]:
    """Labels as 0, 1, ..., and how many there are; every row its own without labels."""
    if labels is None:
        return np.arange(n), n
    found, index = np.unique(np.asarray(labels), return_inverse=True)
    return index, len(found)


def least_squares(values: Floats, terms: Floats, clusters: Ints | None = None) -> Fit:
    """Ordinary least squares with the bias-reduced cluster-robust covariance CR2.

    Residuals of a cluster g are brought to their size before fitting by (I - H_gg)^-1/2, where H_gg is the cluster's part of the
    hat matrix: the covariance is unbiased when errors are independent and alike. Without clusters each row is one, and CR2 is HC2;
    for a difference in means that is s1^2 / n1 + s0^2 / n0.

    Parameters
    ----------
    values
        (n,) outcomes, without nan.
    terms
        (n, n_terms) regressors with their constant, of full rank.
    clusters
        (n,) labels; each row its own without them.

    Raises
    ------
    ValueError
        Terms depend on one another, or one of them is known from a single cluster.

    References
    ----------
    Bell & McCaffrey (2002), Bias reduction in standard errors for linear regression with multi-stage samples. Survey Methodology
    28(2), 169-181. Degrees of freedom as in Imbens & Kolesar (2016), Review of Economics and Statistics 98(4).

    Notes
    -----
    With M = (X'X)^-1 = L L' and Z_g = X_g L, all of it is n_terms by n_terms: Z_g' (I - Z_g Z_g')^-1/2 = (I - Z_g'Z_g)^-1/2 Z_g'.
    """
    y, x = np.asarray(values, float), np.asarray(terms, float)
    group, n_groups = numbered(clusters, len(y))
    # X = Q R, so that Z = Q, L = R^-1
    z, r = np.linalg.qr(x)
    if np.linalg.matrix_rank(r) < x.shape[1]:
        raise ValueError(f"terms = {x.shape[1]}, must not depend on one another")
    rotate = np.linalg.inv(r)
    coefficients = rotate @ (z.T @ y)
    residuals = y - x @ coefficients
    scores, square, twice = _alone(z, residuals) if clusters is None else _by_group(z, residuals, group, n_groups)
    covariance = rotate @ (scores.T @ scores) @ rotate.T
    # the variance is a sum of (p_g'y)^2: its moments, were errors independent and alike
    df = np.empty(len(r))
    for term, q in enumerate(rotate):
        b, own = square(q), twice(q)
        both = b.T @ b
        trace = own.sum() - np.trace(both)
        df[term] = trace**2 / ((own**2).sum() - 2 * (own * (b**2).sum(axis=1)).sum() + (both**2).sum())
    return Fit(coefficients, covariance, df, n_groups)


Moments = tuple[Floats, Callable[[Floats], Floats], Callable[[Floats], Floats]]
"""Scores (n_groups, n_terms); and of a row q of L, with A_g = (I - Z_g'Z_g)^-1/2: A_g Z_g'Z_g q, (n_groups, n_terms), and
q'A_g Z_g'Z_g A_g q, (n_groups,)."""


def _by_group(z: Floats, residuals: Floats, group: Ints, n_groups: int) -> Moments:
    order = np.argsort(group, kind="stable")
    starts = np.searchsorted(group[order], np.arange(n_groups))
    within = np.add.reduceat((z[:, :, None] * z[:, None, :])[order], starts)
    share, axes = np.linalg.eigh(within)
    _check_alone(share)
    widen = (axes / np.sqrt(1 - share)[:, None, :]) @ axes.transpose(0, 2, 1)
    scores = np.einsum("gij,gj->gi", widen, np.add.reduceat((z * residuals[:, None])[order], starts))
    square = widen @ within
    both = square @ widen
    return scores, lambda q: square @ q, lambda q: np.einsum("i,gij,j->g", q, both, q)


def _alone(z: Floats, residuals: Floats) -> Moments:
    """The same where each row is a group: matrices of rank one, for which an eigenvalue is known."""
    share = (z**2).sum(axis=1)
    _check_alone(share)
    widened = z / np.sqrt(1 - share)[:, None]
    return widened * residuals[:, None], lambda q: widened * (z @ q)[:, None], lambda q: (widened @ q) ** 2


def _check_alone(share: Floats) -> None:
    if (share > 1 - ALONE).any():
        raise ValueError("one cluster alone carries a term: each must vary among at least 2 clusters")

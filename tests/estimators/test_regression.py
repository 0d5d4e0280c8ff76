"""Least squares with CR2, against the definition in full matrices."""

import numpy as np
import pytest
from scipy import linalg, stats

from sim.estimators.regression import least_squares


def by_definition(y, x, g):
    """CR2 and its degrees of freedom with n x n matrices: A_g = (I - H_gg)^-1/2, p_g = (I - H)_g' A_g X_g M."""
    n, m = len(y), np.linalg.inv(x.T @ x)
    left = np.eye(n) - x @ m @ x.T
    residuals = left @ y
    covariance, vectors = np.zeros_like(m), []
    for one in np.unique(g):
        rows = g == one
        adjust = linalg.inv(linalg.sqrtm(left[np.ix_(rows, rows)])).real
        score = m @ x[rows].T @ adjust @ residuals[rows]
        covariance += np.outer(score, score)
        vectors.append(left[:, rows] @ adjust @ x[rows] @ m)
    products = np.einsum("gnk,hnk->kgh", vectors, vectors)
    return covariance, np.trace(products, axis1=1, axis2=2) ** 2 / (products**2).sum(axis=(1, 2))


def test_covariance_and_degrees_of_freedom_are_those_of_the_definition():
    generator = np.random.default_rng(1)
    # 7 clusters of 2 to 8 rows, in no order; the second term is constant within a cluster, the third is not
    g = generator.permutation(np.repeat(np.arange(7), [2, 3, 4, 8, 5, 6, 2]))
    x = np.column_stack([np.ones(30), g % 2, generator.normal(size=30)])
    y = generator.normal(size=30) + 0.3 * g
    fit = least_squares(y, x, g * 10)
    covariance, df = by_definition(y, x, g)
    np.testing.assert_allclose(fit.covariance, covariance, rtol=1e-9)
    np.testing.assert_allclose(fit.df, df, rtol=1e-9)
    assert fit.n_clusters == 7


def test_without_clusters_each_row_is_one():
    x = np.column_stack([np.ones(6), [0, 0, 0, 0, 1, 1]])
    y = np.array([1.0, 3.0, 2.0, 6.0, 5.0, 9.0])
    # s0^2 = 14/3 of 4 rows, s1^2 = 8 of 2: 14/12 + 4
    assert least_squares(y, x).covariance[1, 1] == pytest.approx(14 / 12 + 4)


def test_the_wald_test_of_one_term_is_the_square_of_its_t_test():
    generator = np.random.default_rng(2)
    g, x = np.repeat(np.arange(10), 3), np.column_stack([np.ones(30), generator.normal(size=30)])
    fit = least_squares(generator.normal(size=30), x, g)
    t = fit.coefficients[1] / fit.covariance[1, 1] ** 0.5
    assert fit.wald([1]) == pytest.approx(2 * stats.t.sf(abs(t), 9))


def test_what_cannot_be_told_apart_is_refused():
    with pytest.raises(ValueError, match="must not depend on one another"):
        least_squares(np.arange(4.0), np.column_stack([np.ones(4), np.ones(4)]))
    with pytest.raises(ValueError, match="one cluster alone carries a term"):
        least_squares(np.arange(6.0), np.column_stack([np.ones(6), [0, 0, 0, 0, 1, 1]]), np.array([0, 0, 1, 1, 2, 2]))

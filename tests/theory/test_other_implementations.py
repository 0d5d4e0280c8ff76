"""Estimates of experiments against another implementation: ``cluster-experiments``, which rests on ``statsmodels``.

It corrects clustered errors by one factor for all clusters (CR1), ours by each cluster's part of the hat matrix (CR2); what is
known of the relation between them is used, and the definition of CR2 on the residuals that it finds.
"""

import numpy as np
import pandas as pd
import pytest
import statsmodels.api as sm
from cluster_experiments import ClusteredOLSAnalysis, DeltaMethodAnalysis, OLSAnalysis

from experiments.trials.estimating import by_period
from sim.estimators.means import difference, ratio
from sim.estimators.switchback import hajek

EXACT = 1e-6


def said(analysis, **columns) -> tuple[float, float]:
    """Its estimate and standard error."""
    table = pd.DataFrame(columns | {"treatment": np.where(columns["treatment"], "B", "A")})
    return analysis.get_point_estimate(table), analysis.get_standard_error(table)


def cr2_over_cr1(n_a_side: int, n_rows: int, n_terms: int = 2) -> float:
    """Of variances, with clusters of one size and as many on either side, which CR2 multiplies by n / (n - 1) each."""
    n = 2 * n_a_side
    return n_a_side / (n_a_side - 1) / (n / (n - 1) * (n_rows - 1) / (n_rows - n_terms))


def clustered(sizes) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Outcome, group, cluster and a covariate; every other cluster is treated."""
    generator = np.random.default_rng(5)
    cluster = np.repeat(np.arange(len(sizes)), sizes)
    treated, before = cluster % 2 == 1, generator.normal(size=len(cluster))
    values = 0.4 * treated + before + generator.normal(0, 0.5, len(sizes))[cluster] + generator.normal(size=len(cluster))
    return values, treated, cluster, before


def test_clusters_of_one_size():
    values, treated, cluster, _ = clustered([6] * 20)
    ours = difference(values, treated, cluster)
    estimate, error = said(ClusteredOLSAnalysis(cluster_cols=["cluster"]), target=values, treatment=treated, cluster=cluster)
    assert ours.estimate == pytest.approx(estimate, abs=EXACT)
    assert ours.standard_error == pytest.approx(error * cr2_over_cr1(10, 120) ** 0.5, abs=EXACT)


def test_unequal_clusters_with_the_pre_period():
    values, treated, cluster, before = clustered(np.arange(3, 17))
    ours = difference(values, treated, cluster, before)
    analysis = ClusteredOLSAnalysis(cluster_cols=["cluster"], covariates=["before"])
    estimate, error = said(analysis, target=values, treatment=treated, cluster=cluster, before=before)
    assert ours.estimate == pytest.approx(estimate, abs=EXACT)
    x = np.column_stack([np.ones(len(values)), treated, before])
    residuals, inverse = sm.OLS(values, x).fit().resid, np.linalg.inv(x.T @ x)

    def by_definition(power: float) -> float:
        """From statsmodels' residuals, each cluster's multiplied by (I - H_gg) ** power."""
        total = np.zeros((3, 3))
        for one in range(14):
            rows = x[cluster == one]
            left, axes = np.linalg.eigh(np.eye(len(rows)) - rows @ inverse @ rows.T)
            score = rows.T @ (axes @ (left**power * (axes.T @ residuals[cluster == one])))
            total += np.outer(score, score)
        return float((inverse @ total @ inverse)[1, 1]) ** 0.5

    n = len(values)
    assert by_definition(0) * (14 / 13 * (n - 1) / (n - 3)) ** 0.5 == pytest.approx(error, abs=EXACT)
    assert ours.standard_error == pytest.approx(by_definition(-0.5), abs=EXACT)


def test_single_clients_with_the_pre_period():
    values, treated, _, before = clustered([1] * 150)
    ours = difference(values, treated, covariates=before)
    estimate, error = said(OLSAnalysis(covariates=["before"], cov_type="HC2"), target=values, treatment=treated, before=before)
    assert (ours.estimate, ours.standard_error) == pytest.approx((estimate, error), abs=EXACT)


def test_a_market_that_is_switched():
    values, treated, period, _ = clustered([9] * 26)
    means, on, counts = by_period(values, treated, period)
    ours = hajek(means, on, counts=counts)
    estimate, error = said(ClusteredOLSAnalysis(cluster_cols=["period"]), target=values, treatment=treated, period=period)
    assert ours.estimate == pytest.approx(estimate, abs=EXACT)
    assert ours.standard_error == pytest.approx(error * cr2_over_cr1(13, 234) ** 0.5, abs=EXACT)


def test_periods_of_unequal_size():
    values, treated, period, _ = clustered(np.arange(3, 17))
    means, on, counts = by_period(values, treated, period)
    estimate, _ = said(ClusteredOLSAnalysis(cluster_cols=["period"]), target=values, treatment=treated, period=period)
    assert hajek(means, on, counts=counts).estimate == pytest.approx(estimate, abs=EXACT)


@pytest.mark.filterwarnings("ignore:Delta Method")
def test_a_ratio_by_the_delta_method():
    generator = np.random.default_rng(6)
    asked, treated = 1 + generator.poisson(2, 1200), np.arange(1200) < 600
    filled = generator.binomial(asked, 0.7 + 0.1 * treated)
    ours = ratio(filled, asked, treated)
    analysis = DeltaMethodAnalysis(cluster_cols=["client"])
    estimate, error = said(analysis, target=filled, scale=asked, treatment=treated, client=np.arange(1200))
    assert ours.estimate == pytest.approx(estimate, abs=EXACT)
    # its variances divide by the number of clients of a side, ours by one less
    assert ours.standard_error == pytest.approx(error * (600 / 599) ** 0.5, abs=EXACT)

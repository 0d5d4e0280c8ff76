"""Differences in means, by unit and by cluster."""

import numpy as np
import pytest
from scipy import stats

from sim.estimators.means import difference, ratio


def test_with_equal_groups_it_is_the_t_test_of_two_samples():
    values, treated = np.random.default_rng(1).normal(size=40), np.arange(40) < 20
    found = difference(values, treated)
    # equal sizes: the pooled and the separate variance are the same number, and 38 degrees of freedom
    classic = stats.ttest_ind(values[treated], values[~treated]).confidence_interval()
    assert (found.low, found.high) == pytest.approx((classic.low, classic.high))
    assert (found.n_treated, found.n_control, found.df) == (20, 20, pytest.approx(38))


def test_clusters_of_one_size_count_as_their_means():
    values = np.array([1.0, 3.0, 2.0, 4.0, 6.0, 8.0, 9.0, 9.0, 5.0, 7.0])
    clusters, treated = np.repeat(np.arange(5), 2), np.repeat([False, False, True, True, True], 2)
    found = difference(values, treated, clusters)
    # means 2, 3 | 7, 9, 6: variances 1/2 and 7/3, errors 1/4 + 7/9
    assert found.estimate == pytest.approx(22 / 3 - 2.5)
    assert found.standard_error == pytest.approx((1 / 4 + 7 / 9) ** 0.5)


def test_a_covariate_takes_out_what_it_predicts():
    generator = np.random.default_rng(3)
    before, treated = generator.normal(size=400), generator.random(400) < 0.5
    values = 5 * before + 0.3 * treated + generator.normal(size=400)
    plain, adjusted = difference(values, treated), difference(values, treated, covariates=before)
    # sd of the outcome 26^.5, of what is left 1
    assert adjusted.standard_error == pytest.approx(plain.standard_error / 26**0.5, rel=0.1)
    assert abs(adjusted.estimate - 0.3) < 2 * adjusted.standard_error


def test_what_is_unknown_is_left_out():
    values, treated = np.array([1.0, 2.0, np.nan, 3.0, 5.0, 9.0]), np.array([0, 0, 0, 1, 1, 1], bool)
    found = difference(values, treated)
    assert (found.n_treated, found.n_control) == (3, 2)
    covariate = np.array([0.3, 0.1, 0.0, 0.7, 0.2, np.nan])
    assert difference(values, treated, covariates=covariate).n_treated == 2


def test_a_ratio_has_the_error_of_the_delta_method():
    num, den = np.array([1.0, 2.0, 3.0, 2.0, 5.0, 6.0]), np.array([2.0, 3.0, 4.0, 2.0, 6.0, 7.0])
    treated = np.array([0, 0, 0, 1, 1, 1], bool)
    # var R = (s_nn - 2 R s_nd + R^2 s_dd) / (n dbar^2) of each group
    error = 0.0
    for rows in (treated, ~treated):
        r, c = num[rows].sum() / den[rows].sum(), np.cov(num[rows], den[rows])
        error += (c[0, 0] - 2 * r * c[0, 1] + r**2 * c[1, 1]) / (3 * den[rows].mean() ** 2)
    found = ratio(num, den, treated)
    assert found.estimate == pytest.approx(13 / 15 - 6 / 9)
    assert found.standard_error == pytest.approx(error**0.5)


def test_too_few_clusters_are_counted():
    with pytest.raises(ValueError, match=r"control clusters = 1, must be >= 2"):
        difference(np.arange(6.0), np.array([0, 0, 1, 1, 1, 1], bool), np.repeat([0, 1, 2], 2))
    with pytest.raises(ValueError, match=r"treated units = 0, must be >= 2"):
        difference(np.arange(6.0), np.zeros(6, bool))
    with pytest.raises(ValueError, match=r"denominators of the treated sum to 0"):
        ratio(np.ones(4), np.array([1.0, 1, 0, 0]), np.array([0, 0, 1, 1], bool))


@pytest.mark.parametrize("sizes", [(5, 5), (3, 7)])
def test_intervals_of_ten_unequal_zones_hold_the_truth_as_often_as_they_say(sizes):
    generator = np.random.default_rng(4)
    zone = np.repeat(np.arange(10), np.arange(4, 24, 2))
    held = []
    for _ in range(250):
        effects = generator.normal(size=10)
        treated = generator.permutation(10) < sizes[0]
        found = difference(effects[zone] + generator.normal(size=len(zone)), treated[zone], zone)
        held.append(not found.excludes(0))
    # 95 % -+ 3 x 1.4; the usual normal interval holds it in 84 %
    assert 0.908 < np.mean(held) < 0.992

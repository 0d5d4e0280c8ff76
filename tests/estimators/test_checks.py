"""Checks of an experiment."""

import numpy as np
import pytest
from scipy import stats

from sim.estimators.checks import against_pre_period, assigned_once, balance, sample_ratio, settling, spill_over


def test_a_sample_ratio_is_tested_against_the_share_that_was_meant():
    # 20 % of 1,000 meant: (30^2 / 200 + 30^2 / 800) = 5.625
    assert sample_ratio(230, 770, 0.2) == pytest.approx(stats.chi2.sf(5.625, 1))
    with pytest.raises(ValueError, match="share = 1, must be > 0 and < 1"):
        sample_ratio(1, 1, 1.0)
    with pytest.raises(ValueError, match="units = 0"):
        sample_ratio(0, 0, 0.5)


def test_a_unit_in_both_groups_is_named():
    assigned_once(np.array([7, 7, 9]), np.array([1, 1, 0], bool))
    with pytest.raises(ValueError, match="unit 9 is in both groups, and 1 of 2 are"):
        assigned_once(np.array([7, 9, 9]), np.array([1, 1, 0], bool))
    with pytest.raises(ValueError, match="unit ana is in both groups"):
        assigned_once(np.array(["ana", "ana", "bo"]), np.array([1, 0, 0], bool))


def test_balance_of_one_covariate_is_the_t_test():
    generator = np.random.default_rng(1)
    x, treated = generator.normal(size=50), np.arange(50) < 20
    found = balance(x, treated)
    assert found.p_value == pytest.approx(stats.ttest_ind(x[treated], x[~treated]).pvalue)
    spread = ((x[treated].var(ddof=1) + x[~treated].var(ddof=1)) / 2) ** 0.5
    assert found.differences == pytest.approx([(x[treated].mean() - x[~treated].mean()) / spread])


def test_balance_is_found_as_often_as_it_should_be_also_of_zones():
    generator = np.random.default_rng(2)
    zone = np.repeat(np.arange(12), 20)
    found = []
    for _ in range(200):
        x = generator.normal(size=(12, 3))[zone] + generator.normal(size=(240, 3))
        found.append(balance(x, (generator.permutation(12) < 6)[zone], zone).p_value)
    # 10 % -+ 3 x 2.1; by unit it would be 90 %
    assert abs(np.mean(np.array(found) < 0.1) - 0.1) < 0.064


def test_a_constant_covariate_has_no_difference_and_too_many_are_counted():
    treated = np.array([1, 1, 1, 0, 0, 0], bool)
    found = balance(np.column_stack([np.ones(6), [1.0, 2, 3, 4, 5, 6.5]]), treated)
    assert found.differences[0] == 0
    with pytest.raises(ValueError, match="clusters = 6, must be >= 7 for a joint test of 5 covariates"):
        balance(np.random.default_rng(3).normal(size=(6, 5)), treated)


def test_a_control_that_falls_while_the_treated_rises_is_a_sign():
    generator = np.random.default_rng(4)
    treated, during = np.arange(400) % 2 == 0, np.arange(400) >= 200
    noise = generator.normal(size=400)
    found = against_pre_period(noise + during * np.where(treated, 1, -1), treated, during)
    assert found.taken_from_control
    assert found.treated.estimate == pytest.approx(1, abs=0.4)
    assert not against_pre_period(noise + during, treated, during).taken_from_control


def test_spill_over_grows_with_the_share_treated_around():
    generator = np.random.default_rng(5)
    zone = np.repeat(np.arange(20), 30)
    share = generator.uniform(0.1, 0.9, 20)[zone]
    treated = generator.random(600) < share
    found = spill_over(0.5 * treated - 2 * share + 0.3 * generator.normal(size=600), treated, share, zone)
    assert abs(found.estimate + 2) < 3 * found.standard_error < 0.5
    with pytest.raises(ValueError, match="must not depend on one another"):
        spill_over(np.ones(4), np.array([1, 1, 0, 0], bool), np.full(4, 0.5))


def test_an_effect_that_needs_days_to_settle_is_seen():
    # each of 8 periods has an early and a later day; early ones lack .6 of the effect of 1
    blocks, early = np.repeat(np.arange(8), 2), np.tile([True, False], 8)
    treated = np.repeat(np.arange(8) % 2 == 0, 2)
    values = treated * np.where(early, 0.4, 1.0) + np.random.default_rng(6).normal(0, 0.01, 16)
    assert settling(values, treated, early, blocks).estimate == pytest.approx(0.6, abs=0.05)

import math

import numpy as np
import pytest
from scipy import stats

from sim.statistics.bootstrap import bca_interval, expanded_level
from sim.statistics.intervals import mean_interval


def test_the_interval_is_the_bca_formula_of_the_jackknife_and_the_resamples():
    # independent of scipy's bootstrap: z0 and the acceleration of Efron (1987), on resamples of our own
    values = np.random.default_rng(1).exponential(size=40)
    n, mean = len(values), values.mean()
    means = np.random.default_rng(2).choice(values, (100_000, n)).mean(axis=1)
    z0 = stats.norm.ppf((means < mean).mean())
    jackknife = (values.sum() - values) / (n - 1)
    spread = jackknife.mean() - jackknife
    acceleration = (spread**3).sum() / (6 * (spread**2).sum() ** 1.5)
    reach = np.sqrt(40 / 39) * stats.t.ppf(0.975, 39)
    z = np.array([-reach, reach])
    ends = np.quantile(means, stats.norm.cdf(z0 + (z0 + z) / (1 - acceleration * (z0 + z))))
    interval = bca_interval(values)
    assert interval.estimate == pytest.approx(mean)
    # 9,999 resamples leave a standard error of about .011 at the far end; the plain percentile interval is further off
    assert (interval.low, interval.high) == pytest.approx(tuple(ends), abs=0.04)
    assert interval.high - np.quantile(means, stats.norm.cdf(reach)) > 0.04


def test_the_ends_are_those_of_scipy_at_the_expanded_level():
    values = np.random.default_rng(8).normal(size=30)
    level = expanded_level(0.95, 30)
    expected = stats.bootstrap((values,), np.mean, n_resamples=9999, confidence_level=level, rng=np.random.default_rng(9))
    found = bca_interval(values)
    assert (found.low, found.high) == pytest.approx(tuple(expected.confidence_interval), abs=0.03)


def test_for_symmetric_data_the_interval_is_as_long_as_the_t_interval():
    values = stats.norm.ppf((np.arange(60) + 0.5) / 60)
    assert bca_interval(values).half_width == pytest.approx(mean_interval(values).half_width, rel=0.03)


def test_a_skewed_sample_gets_an_interval_that_leans_to_the_long_tail():
    values = np.random.default_rng(3).exponential(size=40) ** 2
    interval = bca_interval(values)
    assert interval.high - interval.estimate > 1.2 * (interval.estimate - interval.low)


def test_the_same_data_give_the_same_interval_and_another_level_another():
    values = np.random.default_rng(4).normal(size=30)
    assert bca_interval(values) == bca_interval(values)
    wide = bca_interval(values, 0.99)
    assert wide.low < bca_interval(values).low < bca_interval(values).high < wide.high


def test_undefined_replications_are_left_out_and_too_few_give_no_interval():
    values = np.random.default_rng(5).normal(size=31)
    values[0] = np.nan
    assert bca_interval(values) == bca_interval(values[1:])
    assert math.isnan(bca_interval(values[1:30]).low)
    assert math.isnan(bca_interval(np.array([])).estimate)


def test_a_sample_with_one_odd_value_has_an_interval_that_holds_its_mean():
    values = np.zeros(30)
    values[7] = 1.0
    interval = bca_interval(values)
    assert interval.low <= 1 / 30 <= interval.high

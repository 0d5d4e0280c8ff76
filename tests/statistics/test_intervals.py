import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from scipy import stats

from sim.statistics.intervals import fieller, mean_interval, wilson


@given(hnp.arrays(float, st.integers(2, 20), elements=st.floats(-100, 100)), st.sampled_from([0.8, 0.95, 0.99]))
def test_the_mean_interval_is_that_of_scipy(values, level):
    if np.ptp(values) < 1e-6:
        return
    expected = stats.ttest_1samp(values, 0).confidence_interval(level)
    interval = mean_interval(values, level)
    assert (interval.low, interval.high) == pytest.approx((expected.low, expected.high), rel=1e-9, abs=1e-9)


def test_undefined_replications_are_left_out_and_counted_out():
    interval = mean_interval(np.array([1.0, np.nan, 3.0]))
    assert interval.n == 2
    assert interval.estimate == 2.0
    alone = mean_interval(np.array([1.0]))
    assert alone.estimate == 1.0
    assert math.isnan(alone.half_width)
    assert mean_interval(np.array([])).n == 0


def test_the_mean_interval_covers_in_95_percent_of_normal_samples():
    # 4,000 samples of 8: binomial standard error of the coverage .0034
    samples = np.random.default_rng(1).normal(3.0, 2.0, (4000, 8))
    covered = [not mean_interval(sample).excludes(3.0) for sample in samples]
    assert abs(np.mean(covered) - 0.95) < 3 * math.sqrt(0.95 * 0.05 / 4000)


def test_a_share_has_an_interval_within_0_and_1_that_solves_the_score_equation():
    # both ends p solve (share - p)^2 = 1.96^2 p (1 - p) / n
    found = wilson(0.9, 20)
    for end in (found.low, found.high):
        assert (0.9 - end) ** 2 == pytest.approx(stats.norm.ppf(0.975) ** 2 * end * (1 - end) / 20)
    assert 0 < found.low < 0.9 < found.high < 1
    # where all are alike it has a width all the same: n / (n + 1.96^2)
    assert wilson(1.0, 10).low == pytest.approx(10 / (10 + stats.norm.ppf(0.975) ** 2))
    assert wilson(0.0, 10).low == 0
    assert math.isnan(wilson(math.nan, 0).low)


def test_fieller_covers_in_95_percent_of_samples_where_the_delta_method_would_not_be_exact():
    random = np.random.default_rng(2)
    covered = []
    for _ in range(4000):
        b = random.normal(2.0, 1.0, 8)
        a = 0.5 * b + random.normal(0.0, 1.0, 8)  # true ratio .5
        interval = fieller(a, b)
        if math.isfinite(interval.low):
            covered.append(not interval.excludes(0.5))
    # given that the denominator is significant the coverage stays near nominal; 3 standard errors and 1 point of conditioning
    assert abs(np.mean(covered) - 0.95) < 3 * math.sqrt(0.95 * 0.05 / len(covered)) + 0.01


def test_fieller_solves_its_quadratic():
    # at each end r of the interval, the t statistic of a - r b equals the critical value
    random = np.random.default_rng(3)
    b = random.normal(5.0, 1.0, 10)
    a = random.normal(2.0, 1.0, 10)
    interval = fieller(a, b)
    for end in (interval.low, interval.high):
        rest = a - end * b
        t = abs(rest.mean()) / (rest.std(ddof=1) / math.sqrt(10))
        assert t == pytest.approx(stats.t.ppf(0.975, 9))
    assert interval.low < interval.estimate < interval.high


def test_fieller_is_not_defined_when_the_denominator_may_be_zero():
    a = np.array([1.0, 2.0, 3.0])
    assert math.isnan(fieller(a, np.array([-1.0, 0.5, 1.0])).low)
    assert math.isnan(fieller(a, np.zeros(3)).estimate)
    assert math.isnan(fieller(a[:1], a[:1]).estimate)


def test_the_ratio_of_equals_is_one_with_no_width():
    a = np.array([1.0, 2.0, 1.5, 1.8])
    interval = fieller(a, a)
    assert (interval.estimate, interval.low, interval.high) == pytest.approx((1.0, 1.0, 1.0))

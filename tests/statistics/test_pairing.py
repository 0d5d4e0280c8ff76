import math

import numpy as np
import pytest
from scipy import stats

from sim.statistics.pairing import variance_reduction


def test_what_pairing_is_worth_is_the_variance_of_a_difference():
    # var(x - y) = var x + var y - 2 r sd x sd y
    random = np.random.default_rng(4)
    x = random.normal(size=40)
    y = 0.8 * x + random.normal(size=40)
    correlation, ratio = variance_reduction(x, y)
    assert correlation == pytest.approx(stats.pearsonr(x, y).statistic)
    v, w = x.var(ddof=1), y.var(ddof=1)
    assert ratio == pytest.approx(1 - 2 * correlation * math.sqrt(v * w) / (v + w))
    # opposite luck is worse than independent luck: x - (-x) has variance 4, independent 2
    assert variance_reduction(x, -x) == pytest.approx((-1.0, 2.0))
    assert variance_reduction(x, x) == pytest.approx((1.0, 0.0))


def test_what_pairing_is_worth_is_undefined_without_variance_or_with_two_pairs():
    x = np.array([1.0, 2.0, 4.0])
    correlation, ratio = variance_reduction(x, np.full(3, 0.1))
    assert math.isnan(correlation)
    assert ratio == pytest.approx(1.0)
    assert np.isnan(variance_reduction(np.full(3, 0.1), np.full(3, 0.2))).all()
    assert np.isnan(variance_reduction(x[:2], x[:2])).all()
    assert np.isnan(variance_reduction(np.array([1.0, np.nan, 4.0]), x)).all()

"""One effect with its interval."""

import math

import pytest

from sim.estimators.estimate import student


def test_the_interval_and_the_p_value_agree():
    # t(.975, 4) = 2.776: 3 -+ 2.776
    found = student(3.0, 1.0, 4, 3, 3)
    assert (found.low, found.high) == pytest.approx((0.2236, 5.7764), abs=1e-4)
    # P(|t_4| > 3) = .0399
    assert found.p_value == pytest.approx(0.0399, abs=1e-4)
    assert found.excludes(0)
    assert not found.excludes(1)


def test_without_a_standard_error_nothing_is_excluded():
    found = student(3.0, math.nan, 4, 1, 1)
    assert not found.excludes(0)
    assert math.isnan(found.p_value)

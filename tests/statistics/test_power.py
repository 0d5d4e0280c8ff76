"""What a comparison can find."""

import math

import numpy as np
import pytest

from sim.statistics.comparison import paired_difference
from sim.statistics.power import USUAL_POWER, power, settling_replications, smallest_found


def test_the_power_is_how_often_the_interval_lies_beyond_the_limit() -> None:
    # 4,000 comparisons of 8 replications, five arms read together: standard error .008 at the most
    random = np.random.default_rng(2)
    found = 0
    for _ in range(4000):
        interval, _ = paired_difference(random.normal(0.6, 0.18, 8), np.zeros(8), 5)
        found += interval.low > 0.3
    assert found / 4000 == pytest.approx(power(0.6, 0.3, 0.18, 8, 5), abs=0.024)


def test_the_smallest_effect_that_is_found_is_found_with_the_usual_power() -> None:
    effect = smallest_found(0.3, 0.18, 8, 5)
    assert power(effect, 0.3, 0.18, 8, 5) == pytest.approx(USUAL_POWER)
    assert smallest_found(0.3, 0.18, 32, 5) < effect


def test_without_spread_whatever_is_beyond_the_limit_is_found() -> None:
    assert (power(0.4, 0.3, 0.0, 8, 5), power(0.3, 0.3, 0.0, 8, 5)) == (1.0, 0.0)
    assert smallest_found(0.3, 0.0, 8, 5) == pytest.approx(0.3)


def test_replications_that_settle_are_the_first_with_an_interval_that_leaves_the_limit_out() -> None:
    # mean 1, sd sqrt(2): at n the half-width is t * 1.4142 / sqrt(n); .5043 at n = 33, .4953 at 34
    differences = np.array([0.0, 2.0, math.nan])
    assert settling_replications(differences, 0.5, 1) == 34
    assert settling_replications(differences, 1.5, 1) == 34
    assert settling_replications(differences, 0.5, 5) > 34


def test_on_the_limit_nothing_settles() -> None:
    assert settling_replications(np.array([0.0, 2.0]), 1.0, 1) is None
    assert settling_replications(np.array([1.0]), 0.5, 1) is None

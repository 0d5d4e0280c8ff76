"""Experiments without a random control group."""

import numpy as np
import pytest
from scipy import stats

from sim.estimators.before_after import before_after, synthetic_control


def test_the_difference_is_after_less_before_and_trends_are_in_it():
    week = np.arange(40.0)
    found = before_after(0.1 * week + 3 * (week >= 30), week >= 30)
    # 3, and the trend's .1 x 20 weeks from middle to middle
    assert found.estimate == pytest.approx(3 + 0.1 * 20)
    assert (found.n_treated, found.n_control) == (10, 30)


def test_independent_weeks_have_at_least_the_error_of_two_samples():
    values, after = np.random.default_rng(1).normal(size=30), np.arange(30) >= 15
    plain = (stats.sem(values[after]) ** 2 + stats.sem(values[~after]) ** 2) ** 0.5
    assert before_after(values, after).standard_error >= plain * (1 - 1e-9)


@pytest.mark.parametrize("correlation", [0.0, 0.4])
def test_intervals_allow_for_weeks_that_go_together(correlation):
    generator = np.random.default_rng(2)
    held = []
    for _ in range(200):
        noise = generator.normal(size=60)
        for t in range(1, 60):
            noise[t] += correlation * noise[t - 1]
        held.append(not before_after(noise, np.arange(60) >= 30).excludes(0))
    # 95 % -+ 3 x 1.5; a t test of independent weeks holds it in 80 % at .4
    assert np.mean(held) > 0.9


def test_too_few_weeks_are_counted():
    with pytest.raises(ValueError, match="runs of 1 treated periods = 1, must be >= 2"):
        before_after(np.arange(5.0), np.arange(5) >= 4)


def zones(generator, n, effect, n_treated=1):
    """Two common factors, a level of each zone, noise; the first zones treated from period 30 of 52."""
    values = generator.normal(size=(n, 2)) @ generator.normal(0, 0.3, (2, 52)).cumsum(axis=1)
    values += 3 * generator.normal(size=(n, 1)) + generator.normal(0, 0.3, (n, 52))
    values[:n_treated, 30:] += effect
    return values, np.arange(n) < n_treated


def test_a_zone_that_is_a_mixture_of_others_gets_its_weights_back():
    donors = np.random.default_rng(3).normal(size=(6, 40)).cumsum(axis=1)
    # another level, and an effect of 2
    treated = 0.7 * donors[1] + 0.3 * donors[4] + 50 + 2 * (np.arange(40) >= 25)
    found = synthetic_control(np.vstack([treated, donors]), np.arange(7) < 1, 25)
    np.testing.assert_allclose(found.weights, [0, 0.7, 0, 0, 0.3, 0], atol=1e-6)
    assert found.effect.estimate == pytest.approx(2)
    # the gap before is 0, so it grew more than that of any of 6 placebos
    assert found.p_value == pytest.approx(1 / 7)


@pytest.mark.parametrize("n_treated", [1, 3])
def test_its_interval_holds_the_effect_as_often_as_it_says(n_treated):
    generator = np.random.default_rng(4)
    found = [synthetic_control(*zones(generator, 16, 0.7, n_treated), 30) for _ in range(120)]
    # 95 % -+ 3 x 2; estimates have a standard deviation of half a point each
    assert np.mean([not one.effect.excludes(0.7) for one in found]) > 0.89
    assert abs(np.mean([one.effect.estimate for one in found]) - 0.7) < 0.15


def test_without_an_effect_placebos_are_as_extreme():
    generator = np.random.default_rng(5)
    found = [synthetic_control(*zones(generator, 10, 0), 30).p_value for _ in range(150)]
    # 20 % -+ 3 x 3.3
    assert abs(np.mean(np.array(found) <= 0.2) - 0.2) < 0.1


def test_too_few_zones_and_a_start_outside_are_refused():
    with pytest.raises(ValueError, match=r"treated zones = 2, control zones = 3: must be >= 1 and >= 4"):
        synthetic_control(np.ones((5, 10)), np.arange(5) < 2, 5)
    with pytest.raises(ValueError, match="start = 10, must be >= 2 and below the number of periods, 10"):
        synthetic_control(np.ones((5, 10)), np.arange(5) < 1, 10)

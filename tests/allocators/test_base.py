import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sim.allocators.base import Proportional, Traits, _power, raised, relative_to_average, traits, with_neutral

everybody = np.ones(4, bool)
ratios = st.lists(st.floats(0, 1e3), min_size=1, max_size=20)


def test_neutral_is_exactly_the_mean_of_the_active_pros_who_count() -> None:
    weights = np.array([1.0, 2.0, 6.0, 50.0, 50.0])
    counted = np.array([True, True, True, False, True])
    active = np.array([True, True, True, True, False])
    # (1 + 2 + 6) / 3 = 3; the last one counts but is not there
    assert with_neutral(weights, counted, active).tolist() == [1, 2, 6, 3, 50]


@given(st.floats(1e-6, 1e6), st.integers(1, 40))
def test_equal_weights_give_exactly_their_common_value(weight: float, n: int) -> None:
    # the sum of n equal numbers over n need not be that number: .1 + .1 + .1 is not .3
    counted = np.array([True] * n + [False])
    assert with_neutral(np.full(n + 1, weight), counted, np.ones(n + 1, bool))[-1] == weight


def test_with_nobody_counted_all_are_equally_visible() -> None:
    weights = np.array([0.5, 2.0, 3.0, np.nan])
    assert with_neutral(weights, ~everybody, everybody).tolist() == [1, 1, 1, 1]
    # and when those who count have left
    assert with_neutral(weights, everybody, ~everybody).tolist() == [1, 1, 1, 1]


def test_values_are_relative_to_the_mean_of_the_active_pros_who_count() -> None:
    values = np.array([10.0, 30.0, np.nan, 80.0])
    counted = np.array([True, True, False, True])
    active = np.array([True, True, True, False])
    # mean of 10 and 30 is 20
    assert relative_to_average(values, counted, active).tolist() == [0.5, 1.5, 1.0, 4.0]


def test_values_without_a_positive_mean_say_nothing() -> None:
    assert relative_to_average(np.zeros(4), everybody, everybody).tolist() == [1, 1, 1, 1]
    assert relative_to_average(np.full(4, np.nan), ~everybody, everybody).tolist() == [1, 1, 1, 1]


def test_a_ratio_is_raised_then_kept_between_floor_and_cap() -> None:
    # 0, 1/16, 1/4, 1, 9, 1024 to the power 1/2 are 0, 1/4, 1/2, 1, 3, 32
    seen = raised(np.array([0, 1 / 16, 1 / 4, 1, 9, 1024]), 0.5, 0.3, 5.0)
    assert seen == pytest.approx([0.3, 0.3, 0.5, 1, 3, 5])
    # exactly 1 where the ratio is, whatever the power
    assert raised(np.ones(3), 1.7).tolist() == [1, 1, 1]


@given(ratios)
def test_at_strength_0_every_ratio_becomes_exactly_1(values: list[float]) -> None:
    assert (raised(np.array(values), 0.0) == 1.0).all()


@given(ratios, st.floats(0.1, 5))
def test_a_power_equals_numpys(values: list[float], exponent: float) -> None:
    np.testing.assert_allclose(raised(np.array(values), exponent), np.array(values) ** exponent, rtol=1e-12, atol=1e-300)


def test_a_pro_who_is_not_counted_gets_the_mean_of_the_weights_after_floor_and_cap() -> None:
    values = np.array([0.1, 0.4, 1.0, np.nan])
    counted = np.array([True, True, True, False])
    # mean .5: ratios .2, .8, 2; kept between .5 and 1.5: .5, .8, 1.5, of which the mean is 2.8 / 3
    assert Proportional(1.0, 0.5, 1.5).by_value(values, counted, everybody) == pytest.approx([0.5, 0.8, 1.5, 2.8 / 3])


@pytest.mark.parametrize(
    ("values", "rule"),
    [
        ((-0.1, 0.2, 5), "strength = -0.1, must be within 0..100"),
        ((101, 0.2, 5), "strength = 101, must be within 0..100"),
        ((math.nan, 0.2, 5), "strength = nan, must be within 0..100"),
        ((1, -0.1, 5), "floor = -0.1, must be within 0..1"),
        ((1, 1.1, 5), "floor = 1.1, must be within 0..1"),
        ((1, 0.2, 0.9), "cap = 0.9, must be >= 1 and finite"),
        ((1, 0.2, math.inf), "cap = inf, must be >= 1 and finite"),
    ],
)
def test_strength_floor_and_cap_have_bounds(values: tuple[float, float, float], rule: str) -> None:
    with pytest.raises(ValueError) as caught:
        Proportional(*values)
    assert str(caught.value) == rule


def test_a_power_beyond_all_numbers_is_the_cap_with_or_without_compilation() -> None:
    for power in {_power, getattr(_power, "py_func", _power)}:
        np.testing.assert_array_equal(power(np.array([2000.0, 1.0, 1e-9]), 100.0, 0.2, 5.0), [5.0, 1.0, 0.2])


def test_a_policy_says_what_it_asks_for_by_class_attributes_and_need_not_inherit_to_say_it() -> None:
    class Silent:
        pass

    class Ranked:
        offer_order = "ranked"
        sees_truth = True

    assert traits(Silent()) == Traits(offer_order=None, needs_uniforms=False, sees_truth=False, neutral=True)
    assert traits(Ranked()) == Traits(offer_order="ranked", sees_truth=True)

import math

import pytest

from sim.allocators.fidelity import Fidelity
from sim.allocators.proportional_fair import ProportionalFair
from tests.views import pro_view


def policy(strength: float = 1, floor: float = 0, cap: float = 50, fairness: float = 1) -> ProportionalFair:
    return ProportionalFair(strength, floor, cap, fairness, prior_hours=1e-9)


def test_weights_are_score_over_exposure_both_relative_to_the_average() -> None:
    # scores 1/2 and 3/2 of the average; exposure 1/2 and 3/2: worth their exposure. A third is not counted
    view = pro_view([0.1, 0.3], recent_offers=[10, 30])
    assert policy().visibility(view, 100.0) == pytest.approx([1, 1])
    assert policy(strength=2).visibility(view, 100.0) == pytest.approx([0.5, 1.5])
    assert policy(fairness=2).visibility(view, 100.0) == pytest.approx([2, 2 / 3])


def test_a_pro_who_is_not_counted_stands_at_the_average_score_with_the_own_exposure() -> None:
    view = pro_view([0.1, 0.3, 0.9], [True, True, False], recent_offers=[20, 20, 5])
    # 45 offers of three: 15 on average
    assert policy().visibility(view, 100.0) == pytest.approx([0.5 / (4 / 3), 1.5 / (4 / 3), 3])


def test_without_fairness_and_all_counted_it_is_fidelity() -> None:
    view = pro_view([0.1, 0.3, 0.6], recent_offers=[10, 30, 0])
    assert policy(2, 0.2, 5, fairness=0).visibility(view, 100.0) == pytest.approx(Fidelity(2, 0.2, 5).visibility(view, 100.0))


def test_at_rest_exposure_follows_a_power_of_the_score() -> None:
    # exposure in proportion to the weight, week after week: it settles at score ** (strength / (1 + fairness))
    scores = [0.1, 0.2, 0.4, 0.5]
    offers = [25.0] * 4
    for _ in range(200):
        weights = policy(strength=2).visibility(pro_view(scores, recent_offers=[int(10**6 * count) for count in offers]), 100.0)
        offers = [0.75 * count + 25 * weight / sum(weights) for count, weight in zip(offers, weights, strict=True)]
    # 2 / (1 + 1) = 1: in proportion
    assert [count / offers[0] for count in offers] == pytest.approx([1, 2, 4, 5], rel=1e-3)


def test_huge_powers_are_bounded() -> None:
    view = pro_view([0.1, 0.3, 0.5, 0.6], recent_offers=[10**9, 30, 0, 10**9])
    assert policy(100, 0.2, 5, fairness=100).visibility(view, 100.0).tolist() == [0.2, 5, 5, 0.2]


@pytest.mark.parametrize(
    ("fairness", "hours", "rule"),
    [
        (-1, 40, "fairness = -1, must be within 0..100"),
        (101, 40, "fairness = 101, must be within 0..100"),
        (1, 0, "prior_hours = 0, must be > 0 and finite"),
        (1, math.nan, "prior_hours = nan, must be > 0 and finite"),
    ],
)
def test_parameters_have_bounds(fairness: float, hours: float, rule: str) -> None:
    with pytest.raises(ValueError) as caught:
        ProportionalFair(1, 0.2, 5, fairness, hours)
    assert str(caught.value) == rule

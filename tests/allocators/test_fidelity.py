import pytest
from hypothesis import given
from hypothesis import strategies as st

from sim.allocators.fidelity import Fidelity
from tests.views import pro_view

scores = st.lists(st.tuples(st.floats(0, 1), st.booleans(), st.booleans()), min_size=1, max_size=12)


def test_visibility_is_the_score_over_the_platform_average() -> None:
    # average .3: 1/3, 2/3, 2; with strength 2: 1/9, 4/9, 4, of which floor .2 and cap 3 leave .2, 4/9, 3
    view = pro_view([0.1, 0.2, 0.6])
    assert Fidelity(1, 0.0, 5.0).visibility(view, 100.0) == pytest.approx([1 / 3, 2 / 3, 2])
    assert Fidelity(2, 0.2, 3.0).visibility(view, 100.0) == pytest.approx([0.2, 4 / 9, 3])


def test_a_pro_who_is_not_counted_is_neutral() -> None:
    # the score of .9 does not count yet: the mean of 1/2 and 3/2
    view = pro_view([0.1, 0.3, 0.9], counted=[True, True, False])
    assert Fidelity(1, 0.0, 5.0).visibility(view, 100.0) == pytest.approx([0.5, 1.5, 1.0])


def test_the_average_is_the_one_of_the_active_pros() -> None:
    # .9 has left: the average is .2; one who is yet to join and is not counted is neutral
    view = pro_view([0.1, 0.3, 0.9, 0.0], counted=[True, True, True, False], active=[True, True, False, False])
    assert Fidelity(1, 0.0, 5.0).visibility(view, 100.0) == pytest.approx([0.5, 1.5, 4.5, 1.0])


@given(scores)
def test_strength_0_makes_everybody_exactly_equal(pros: list[tuple[float, bool, bool]]) -> None:
    value, counted, active = zip(*pros, strict=True)
    weights = Fidelity(0, 0.2, 5.0).visibility(pro_view(value, list(counted), active=list(active)), 100.0)
    assert weights.tolist() == [1.0] * len(pros)


@given(scores)
def test_with_nobody_counted_everybody_is_exactly_equal(pros: list[tuple[float, bool, bool]]) -> None:
    value, _, active = zip(*pros, strict=True)
    weights = Fidelity(2, 0.2, 5.0).visibility(pro_view(value, [False] * len(pros), active=list(active)), 100.0)
    assert weights.tolist() == [1.0] * len(pros)


@given(scores, st.floats(0.1, 4))
def test_visibility_follows_the_order_of_scores_and_stays_between_floor_and_cap(
    pros: list[tuple[float, bool, bool]], strength: float
) -> None:
    value = sorted(score for score, _, _ in pros)
    weights = Fidelity(strength, 0.2, 5.0).visibility(pro_view(value), 100.0)
    assert (weights[1:] >= weights[:-1]).all()
    assert weights.min() >= 0.2
    assert weights.max() <= 5.0

import math

import pytest

from sim.allocators.fidelity import Fidelity
from sim.allocators.new_pro_boost import NewProBoost
from tests.views import pro_view


def test_the_head_start_halves_and_ends_when_the_score_counts() -> None:
    # on day 100: counted pros of 1/2 and 3/2 of the average, one of them new; not counted: new, of 60 and 120 days, to join
    view = pro_view([0.1, 0.3, 0, 0, 0, 0], [True, True] + [False] * 4, joined_days=[0, 100, 100, 40, -20, 130])
    weights = NewProBoost(1, 0.0, 5.0, boost=3, half_life_days=60).visibility(view, 100.0)
    # neutral is 1
    assert weights == pytest.approx([0.5, 1.5, 3, 2, 1.5, 3])


def test_a_boost_of_1_is_fidelity_to_the_bit() -> None:
    view = pro_view([0.1, 0.37, 0.6, 0], [True, True, True, False], joined_days=[0, 0, 0, 70])
    boosted = NewProBoost(2, 0.2, 5.0, boost=1, half_life_days=60).visibility(view, 100.0)
    assert boosted.tobytes() == Fidelity(2, 0.2, 5.0).visibility(view, 100.0).tobytes()


@pytest.mark.parametrize(
    ("boost", "half_life", "rule"),
    [
        (0.5, 60, "boost = 0.5, must be within 1..100"),
        (math.nan, 60, "boost = nan, must be within 1..100"),
        (2, 0, "half_life_days = 0, must be > 0 and finite"),
        (2, math.inf, "half_life_days = inf, must be > 0 and finite"),
    ],
)
def test_parameters_have_bounds(boost: float, half_life: float, rule: str) -> None:
    with pytest.raises(ValueError) as caught:
        NewProBoost(1, 0.2, 5, boost, half_life)
    assert str(caught.value) == rule

import math

import pytest

from sim.allocators.least_loaded import LeastLoaded
from tests.views import pro_view


def test_half_the_load_is_twice_the_visibility() -> None:
    # loads .5 and 1.5 of the average with hardly any prior: inverses 2 and 2/3, over their mean of 4/3
    view = pro_view([0.9, 0.1], recent_bookings=[8, 24])
    assert LeastLoaded(1, 0.0, 5.0, prior_hours=1e-9).visibility(view, 100.0) == pytest.approx([1.5, 0.5])
    # strength 2: squares
    assert LeastLoaded(2, 0.0, 5.0, prior_hours=1e-9).visibility(view, 100.0) == pytest.approx([2.25, 0.25])


def test_scores_play_no_part_and_strength_0_makes_everybody_exactly_equal() -> None:
    weights = [LeastLoaded(1, 0.2, 5, 40).visibility(pro_view(score, recent_bookings=[8, 24]), 100.0) for score in ([0, 1], [1, 0])]
    assert weights[0].tolist() == weights[1].tolist()
    assert LeastLoaded(0, 0.2, 5, 40).visibility(pro_view([0, 1], recent_bookings=[8, 24]), 100.0).tolist() == [1, 1]


def test_someone_without_work_is_bounded_by_the_cap() -> None:
    assert LeastLoaded(100, 0.2, 5, 1).visibility(pro_view([0.0] * 3, recent_bookings=[0, 24, 24]), 100.0).tolist() == [5, 0.2, 0.2]


@pytest.mark.parametrize("hours", [0, -1, math.nan, math.inf])
def test_the_prior_is_a_positive_number(hours: float) -> None:
    with pytest.raises(ValueError, match=f"prior_hours = {hours:g}, must be > 0 and finite"):
        LeastLoaded(1, 0.2, 5, hours)

import math

import pytest

from sim.allocators.rating import Rating
from tests.views import pro_view


def test_stars_are_shrunk_to_the_platform_mean_by_the_prior_ratings() -> None:
    # 10 ratings with 45 stars, 30 with 115: 160 / 40 = 4 on average. With 10 ratings at 4 more:
    # (45 + 40) / 20 = 4.25; (115 + 40) / 40 = 3.875; none: 4. Their mean is 12.125 / 3
    view = pro_view([0.0] * 3, n_ratings=[10, 30, 0], rating_sum=[45, 115, 0])
    expected = [stars / (12.125 / 3) for stars in (4.25, 3.875, 4.0)]
    assert Rating(strength=1, floor=0.2, cap=5, prior_ratings=10).visibility(view, 100.0) == pytest.approx(expected)
    # strength 4: the same ratios to the fourth power
    assert Rating(strength=4, floor=0.2, cap=5, prior_ratings=10).visibility(view, 100.0) == pytest.approx(
        [ratio**4 for ratio in expected]
    )


def test_the_fidelity_score_plays_no_part() -> None:
    stars = {"n_ratings": [10, 30], "rating_sum": [45, 115]}
    weights = [
        Rating(strength=4, floor=0.2, cap=5, prior_ratings=10).visibility(pro_view(score, **stars), 100.0)
        for score in ([0.1, 0.9], [0.9, 0.1])
    ]
    assert weights[0].tolist() == weights[1].tolist()


def test_before_the_first_rating_everybody_is_equal() -> None:
    assert Rating(strength=4, floor=0.2, cap=5, prior_ratings=10).visibility(pro_view([0.1, 0.9]), 0.0).tolist() == [1, 1]


def test_strength_0_makes_everybody_exactly_equal() -> None:
    view = pro_view([0.0] * 3, n_ratings=[10, 30, 0], rating_sum=[45, 115, 0])
    assert Rating(strength=0, floor=0.2, cap=5, prior_ratings=10).visibility(view, 100.0).tolist() == [1, 1, 1]


@pytest.mark.parametrize("prior", [0, -1, math.nan, math.inf])
def test_the_prior_is_a_positive_number(prior: float) -> None:
    with pytest.raises(ValueError, match=f"prior_ratings = {prior:g}, must be > 0 and finite"):
        Rating(strength=4, floor=0.2, cap=5, prior_ratings=prior)

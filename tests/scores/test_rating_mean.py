import math

import numpy as np
import pytest

from sim.scores.rating_mean import RatingMean, spread_of_stars
from tests.views import history


def test_the_score_is_stars_over_ratings() -> None:
    past = history([], n_pros=3, completed=[40, 40, 9], stars=[(10, 45), (0, 0), (4, 8)])
    table = RatingMean(min_sessions=10, min_ratings=1)(past, 100.0)
    assert table.value[[0, 2]].tolist() == [4.5, 2.0]
    assert math.isnan(table.value[1])
    assert math.isnan(table.standard_error[1])
    assert table.counted.tolist() == [True, False, False]
    assert table.clients_behind.tolist() == [10, 0, 4]


@pytest.mark.parametrize(("stars", "exact"), [([5, 5, 5, 1], True), ([1, 1], True), ([5, 4, 5, 3], False), ([3, 3], False)])
def test_the_spread_is_exact_where_stars_are_one_or_five_and_never_too_small(stars: list[int], exact: bool) -> None:
    bound = spread_of_stars(np.array([np.mean(stars)]))[0]
    assert bound == pytest.approx(np.var(stars)) if exact else bound > np.var(stars)


def test_the_standard_error_is_that_of_a_mean_with_this_spread() -> None:
    # 20 stars of 5 ratings: 4 on average, sqrt(3 * 1 / 5)
    table = RatingMean(0, 1)(history([], stars=[(5, 20)]), 100.0)
    assert table.standard_error == pytest.approx([math.sqrt(3 / 5)])


@pytest.mark.parametrize(
    ("values", "rule"), [((-1, 1), "min_sessions = -1, must be >= 0"), ((0, 0), "min_ratings = 0, must be >= 1")]
)
def test_thresholds_have_bounds(values: tuple[int, int], rule: str) -> None:
    with pytest.raises(ValueError, match=rule):
        RatingMean(*values)

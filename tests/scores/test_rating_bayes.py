import math

import numpy as np
import pytest

from sim.scores.rating_bayes import RatingBayes
from sim.scores.rating_mean import RatingMean
from tests.views import history


def test_stars_are_shrunk_to_the_platform_mean() -> None:
    # 45 of 10 and 115 of 30: 4 on average; with ten more ratings of 4
    past = history([], n_pros=3, stars=[(10, 45), (30, 115), (0, 0)])
    table = RatingBayes(prior_ratings=10, min_sessions=0, min_ratings=0)(past, 100.0)
    assert table.value == pytest.approx([85 / 20, 155 / 40, 4])
    # (4.25 - 1) * (5 - 4.25) / 20
    assert table.standard_error[0] == pytest.approx(math.sqrt(3.25 * 0.75 / 20))
    assert table.counted.all()
    assert RatingBayes(10, 0, 1)(past, 100.0).counted.tolist() == [True, True, False]
    assert RatingBayes(10, 101, 0)(past, 100.0).counted.tolist() == [False] * 3


def test_one_rating_hardly_moves_a_pro_and_very_many_are_the_mean() -> None:
    past = history([], n_pros=3, stars=[(1, 5), (10**6, 45 * 10**5), (100, 300)])
    value = RatingBayes(10, 0, 0)(past, 100.0).value
    assert value[0] < 4.6
    np.testing.assert_allclose(value[1], RatingMean(0, 1)(past, 100.0).value[1], atol=1e-4)


def test_before_the_first_rating_nothing_counts() -> None:
    table = RatingBayes(10, 0, 0)(history([], n_pros=2), 100.0)
    assert np.isnan(table.value).all()
    assert not table.counted.any()


@pytest.mark.parametrize(
    ("values", "rule"),
    [
        ((0, 0, 0), "prior_ratings = 0, must be > 0 and finite"),
        ((math.inf, 0, 0), "prior_ratings = inf, must be > 0 and finite"),
        ((10, -1, 0), "min_sessions = -1, must be >= 0"),
        ((10, 0, -1), "min_ratings = -1, must be >= 0"),
    ],
)
def test_parameters_have_bounds(values: tuple[float, int, int], rule: str) -> None:
    with pytest.raises(ValueError, match=rule):
        RatingBayes(*values)

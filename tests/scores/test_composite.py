import math

import pytest

from sim.scores.cleaning import CleaningScore
from sim.scores.composite import Composite
from tests.views import NOT_YET, history


def score(*weights: float) -> Composite:
    """Book again within 30 days; look back 40 days; no threshold but one client behind."""
    return Composite(30, 40, 0, 1, "left_out", "platform", *weights)


# pro 0: loyalty 1 of 2; 4 of 20 accepted sessions cancelled; 2 of 16 late; 4.6 stars of 10 ratings
CLIENTS = [(0, 40.0, 50.0, NOT_YET), (0, 41.0, NOT_YET, NOT_YET)]
PAST = history(CLIENTS, n_pros=2, completed=[16, 0], cancelled=[4, 0], late=[2, 0], stars=[(10, 46), (0, 0)])


@pytest.mark.parametrize(
    ("weights", "expected", "variance"),
    [
        # shares of .5, .8, .875 and (4.6 - 1) / 4 = .9, with the variance of each
        ((1, 0, 0, 0), 50, 0.25 / 2),
        ((0, 1, 0, 0), 80, 0.16 / 20),
        ((0, 0, 1, 0), 87.5, 0.875 * 0.125 / 16),
        ((0, 0, 0, 1), 90, 3.6 * 0.4 / 16 / 10),
        ((0.5, 0.5, 0, 0), 65, (0.25 / 2 + 0.16 / 20) / 4),
        # 20 + 16 + 17.5 + 18
        ((0.4, 0.2, 0.2, 0.2), 71.5, 0.16 * 0.125 + 0.04 * (0.008 + 0.875 * 0.125 / 16 + 0.009)),
    ],
)
def test_parts_are_weighed_out_of_100(weights: tuple[float, ...], expected: float, variance: float) -> None:
    table = score(*weights)(PAST, 100.0)
    assert table.value[0] == pytest.approx(expected)
    assert table.standard_error[0] == pytest.approx(100 * math.sqrt(variance))


def test_it_counts_when_the_fidelity_score_would() -> None:
    table = score(0.4, 0.2, 0.2, 0.2)(PAST, 100.0)
    assert table.counted.tolist() == [True, False]
    assert table.clients_behind.tolist() == [2, 0]
    assert math.isnan(table.value[1])


def test_a_pro_without_ratings_has_the_platforms_stars() -> None:
    firsts = [(pro, 40.0, 50.0, 50.0) for pro in range(2)]
    table = score(0, 0, 0, 1)(history(firsts, n_pros=2, stars=[(10, 46), (0, 0)]), 100.0)
    assert table.value == pytest.approx([90, 90])
    # before anybody was rated, nobody is blamed
    assert score(0, 0, 0, 1)(history(firsts, n_pros=2), 100.0).value == pytest.approx([100, 100])


@pytest.mark.parametrize("loyalty", [0.0, 0.3, 1.0])
def test_with_two_parts_it_is_the_cleaning_score_to_the_bit(loyalty: float) -> None:
    cleaning = CleaningScore(30, 40, 0, 1, "left_out", "platform", loyalty)(PAST, 100.0)
    composite = score(loyalty, 1 - loyalty, 0, 0)(PAST, 100.0)
    assert composite.value.tobytes() == cleaning.value.tobytes()
    assert composite.standard_error.tobytes() == cleaning.standard_error.tobytes()


@pytest.mark.parametrize(
    ("weights", "rule"),
    [
        ((1.1, 0, 0, -0.1), "loyalty_weight = 1.1, must be within 0..1"),
        ((0.5, math.nan, 0, 0.5), "cancellation_weight = nan, must be within 0..1"),
        ((0.5, 0, -0.5, 1), "punctuality_weight = -0.5, must be within 0..1"),
        ((0.5, 0.2, 0.2, 0.2), "loyalty_weight = 0.5, the weights must sum to 1 and not 1.1"),
        ((0, 0, 0, 0), "loyalty_weight = 0, the weights must sum to 1 and not 0"),
    ],
)
def test_weights_have_bounds_and_sum_to_1(weights: tuple[float, ...], rule: str) -> None:
    with pytest.raises(ValueError) as caught:
        score(*weights)
    assert str(caught.value) == rule

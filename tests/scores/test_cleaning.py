import math

import pytest

from sim.scores.cleaning import CleaningScore
from tests.views import NOT_YET, history


def score(loyalty_weight: float) -> CleaningScore:
    """Book again within 30 days; look back 40 days; no threshold but one client behind."""
    return CleaningScore(30, 40, 0, 1, "left_out", "platform", loyalty_weight)


def test_the_score_weighs_loyalty_and_kept_sessions_out_of_100() -> None:
    # loyalty 1 of 2; 4 of 20 accepted sessions cancelled
    past = history([(0, 40, 50, NOT_YET), (0, 41, NOT_YET, NOT_YET)], completed=16, cancelled=4)
    # 100 * (.75 * .5 + .25 * .8) = 57.5
    assert score(0.75)(past, 100.0).value == pytest.approx([57.5])
    assert score(1.0)(past, 100.0).value == pytest.approx([50])
    assert score(0.0)(past, 100.0).value == pytest.approx([80])


def test_it_counts_when_the_fidelity_score_would() -> None:
    past = history([(1, 40, 50, 50)], n_pros=2, completed=[10, 10])
    table = score(0.5)(past, 100.0)
    assert math.isnan(table.value[0])
    assert table.value[1] == pytest.approx(100)
    assert table.counted.tolist() == [False, True]
    assert table.clients_behind.tolist() == [0, 1]


def test_more_cancellations_lower_the_score() -> None:
    past = history([(pro, 40, 50, 50) for pro in range(3)], n_pros=3, completed=50, cancelled=[0, 1, 10])
    value = score(0.5)(past, 100.0).value
    assert value[0] > value[1] > value[2]


@pytest.mark.parametrize("weight", [-0.1, 1.1, math.nan])
def test_a_weight_outside_0_to_1_is_refused(weight: float) -> None:
    with pytest.raises(ValueError, match=f"loyalty_weight = {weight:g}, must be within 0..1"):
        score(weight)


def test_the_parameters_of_the_fidelity_score_are_checked_too() -> None:
    with pytest.raises(ValueError, match="min_sessions = -1, must be >= 0"):
        CleaningScore(30, 40, -1, 1, "left_out", "platform", 0.5)

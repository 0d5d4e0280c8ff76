import math

import numpy as np
import pytest
from scipy import stats

from sim.scores.wilson_lower import WilsonLower
from sim.views import ScoreTable
from tests.views import NOT_YET, history


def table(*pros: tuple[int, int], confidence: float = 0.9) -> ScoreTable:
    """The score of pros by (clients, how many of them returned)."""
    firsts = [(pro, 50.0, 55.0 if i < returned else NOT_YET, NOT_YET) for pro, (n, returned) in enumerate(pros) for i in range(n)]
    return WilsonLower(30, 40, 0, 1, "left_out", "platform", confidence)(history(firsts, n_pros=len(pros)), 100.0)


@pytest.mark.parametrize("confidence", [0.75, 0.9, 0.975])
def test_the_bound_is_scipys(confidence: float) -> None:
    pros = [(1, 0), (1, 1), (5, 2), (30, 9), (200, 60), (200, 200)]
    for (n, returned), value in zip(pros, table(*pros, confidence=confidence).value, strict=True):
        interval = stats.binomtest(returned, n).proportion_ci(confidence_level=2 * confidence - 1, method="wilson")
        assert value == pytest.approx(interval.low, abs=1e-12)


def test_at_a_confidence_of_a_half_it_is_the_raw_share() -> None:
    found = table((4, 1), (30, 9), confidence=0.5)
    assert found.value.tolist() == [0.25, 0.3]
    assert found.standard_error == pytest.approx([math.sqrt(0.25 * 0.75 / 4), math.sqrt(0.21 / 30)])


def test_the_same_share_of_more_clients_stands_higher_and_of_very_many_at_the_share() -> None:
    value = table((10, 3), (30, 9), (100, 30), (20_000, 6_000)).value
    assert (np.diff(value) > 0).all()
    # z = 1.28 times an error of sqrt(.21 / 20,000) = .0032
    assert 0.29 < value[-1] < 0.3


def test_a_pro_without_clients_has_no_score() -> None:
    found = table((0, 0), (3, 1))
    assert math.isnan(found.value[0])
    assert math.isnan(found.standard_error[0])
    assert found.counted.tolist() == [False, True]


def test_even_a_pro_to_whom_nobody_returned_has_an_error() -> None:
    assert table((4, 0)).standard_error[0] > 0.1


@pytest.mark.parametrize("confidence", [0.49, 1, math.nan])
def test_the_confidence_has_bounds(confidence: float) -> None:
    with pytest.raises(ValueError, match=f"confidence = {confidence:g}, must be within 0.5..0.9999"):
        table((1, 1), confidence=confidence)

import math

import numpy as np
import pytest

from sim.allocators.ranked import Ranked
from sim.allocators.softmax import Softmax
from tests.views import pro_view


def test_weights_are_exponentials_of_the_score_relative_to_the_average() -> None:
    # average .3: ratios 1/3, 2/3, 2; the fourth is not counted and gets the mean
    weights = Softmax(0.5).visibility(pro_view([0.1, 0.2, 0.6, 0.9], [True, True, True, False]), 100.0)
    expected = [math.exp((ratio - 1) / 0.5) for ratio in (1 / 3, 2 / 3, 2)]
    assert weights == pytest.approx([*expected, sum(expected) / 3])


def test_towards_0_the_counted_pros_stand_in_strict_order() -> None:
    view = pro_view(np.random.default_rng(1).uniform(0.25, 0.35, 20).tolist())
    cold, strict = Softmax(0.01).visibility(view, 100.0), Ranked().visibility(view, 100.0)
    assert np.argsort(cold).tolist() == np.argsort(strict).tolist()
    # 1 % more of the average score is worth e times the visibility
    best, second = np.sort(cold)[[-1, -2]]
    gap = np.diff(np.sort(strict))[-1]
    assert best / second == pytest.approx(math.exp(gap / 0.01))


def test_at_an_infinite_temperature_everybody_is_exactly_equal() -> None:
    assert Softmax(math.inf).visibility(pro_view([0.1, 0.2, 0.6, 0.9], [True, True, True, False]), 100.0).tolist() == [1] * 4


@pytest.mark.parametrize("temperature", [0, 0.001, -1, math.nan])
def test_a_temperature_that_would_overflow_is_refused(temperature: float) -> None:
    with pytest.raises(ValueError, match=f"temperature = {temperature:g}, must be >= 0.01"):
        Softmax(temperature)

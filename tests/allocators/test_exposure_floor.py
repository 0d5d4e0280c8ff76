import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sim.allocators.exposure_floor import ExposureFloor
from sim.allocators.fidelity import Fidelity
from tests.views import pro_view

values = st.lists(st.floats(0, 1), min_size=1, max_size=12)


def test_the_floor_is_a_share_of_the_mean_and_the_others_keep_their_proportions() -> None:
    # ratios .2, .4, 1.4, 2. Two at .5; the others share 4 - 2 * .5 = 3 as 1.4 to 2
    weights = ExposureFloor(1, 0.5, 5).visibility(pro_view([0.1, 0.2, 0.7, 1.0]), 100.0)
    assert weights == pytest.approx([0.5, 0.5, 3 * 1.4 / 3.4, 3 * 2 / 3.4])


@given(values, st.floats(0, 4), st.floats(0, 1))
def test_nobody_is_below_the_promise_and_the_mean_is_1(scores: list[float], strength: float, least: float) -> None:
    weights = ExposureFloor(strength, least, 5).visibility(pro_view(scores), 100.0)
    assert weights.min() >= least
    assert weights.mean() == pytest.approx(1)
    # better scores are never shown less
    assert (np.diff(weights[np.argsort(scores)]) >= 0).all()


@given(values)
def test_a_share_of_1_makes_everybody_exactly_equal(scores: list[float]) -> None:
    assert ExposureFloor(2, 1, 5).visibility(pro_view([*scores, 0.5], [True] * len(scores) + [False]), 100.0).tolist() == [1] * (
        len(scores) + 1
    )


def test_without_a_promise_it_is_fidelity_on_another_scale() -> None:
    view = pro_view([0.1, 0.3, 0.5, 0.9], [True, True, True, False])
    weights = ExposureFloor(2, 0, 2).visibility(view, 100.0)
    plain = Fidelity(2, 0, 2).visibility(view, 100.0)
    assert weights / weights[0] == pytest.approx(plain / plain[0])
    # who is not counted has the mean
    assert weights[3] == pytest.approx(1)


@pytest.mark.parametrize(
    ("parameters", "rule"),
    [
        ((1, 1.1, 5), "least_share = 1.1, must be within 0..1"),
        ((1, -0.1, 5), "least_share = -0.1, must be within 0..1"),
        ((1, math.nan, 5), "least_share = nan, must be within 0..1"),
        ((101, 0.5, 5), "strength = 101, must be within 0..100"),
        ((1, 0.5, 0.5), "cap = 0.5, must be >= 1 and finite"),
    ],
)
def test_a_promise_that_cannot_be_kept_is_refused(parameters: tuple[float, float, float], rule: str) -> None:
    with pytest.raises(ValueError) as caught:
        ExposureFloor(*parameters)
    assert str(caught.value) == rule

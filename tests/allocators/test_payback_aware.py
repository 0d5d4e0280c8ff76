import math

import pytest

from sim.allocators.fidelity import Fidelity
from sim.allocators.payback_aware import PaybackAware
from tests.views import pro_view

VIEW = pro_view([0.1, 0.2, 0.6, 0.9], [True, True, True, False])


def test_strength_depends_on_whether_the_client_has_paid_back() -> None:
    # K = 3: three stages below, one after
    weights = PaybackAware(2, 0.2, 5, strength_after=1).visibility(VIEW, 100.0)
    assert weights.shape == (4, 4)
    for stage in range(3):
        assert weights[stage].tolist() == Fidelity(2, 0.2, 5).visibility(VIEW, 100.0).tolist()
    assert weights[3].tolist() == Fidelity(1, 0.2, 5).visibility(VIEW, 100.0).tolist()


def test_afterwards_everybody_can_be_exactly_equal() -> None:
    assert PaybackAware(2, 0.2, 5, strength_after=0).visibility(VIEW, 100.0)[3].tolist() == [1] * 4


@pytest.mark.parametrize("strength", [-1, 101, math.nan])
def test_the_strength_afterwards_has_bounds(strength: float) -> None:
    with pytest.raises(ValueError, match=f"strength_after = {strength:g}, must be within 0..100"):
        PaybackAware(1, 0.2, 5, strength)

import numpy as np
import pytest

from sim.programmes import base
from sim.programmes.base import KINDS
from sim.programmes.record import PARAMETERS, n_friends, parameters
from tests.markets import market
from tests.programmes.presets import preset


def test_every_kind_has_its_part_and_is_off_unless_named() -> None:
    assert PARAMETERS.names == KINDS
    table = parameters([preset("recovery"), preset("referral", max_per_client=3)], market())
    assert [kind for kind in KINDS if table[0][kind]["on"]] == ["recovery", "referral"]
    assert n_friends(table) == 3
    assert n_friends(parameters([preset("recovery")], market())) == 0
    assert len(parameters([], market())) == n_friends(parameters([], market())) == 0


def test_two_programmes_of_a_kind_are_refused() -> None:
    with pytest.raises(ValueError, match=r"^points: two programmes of this kind, must be one at most"):
        parameters([preset("points"), preset("points_cafe")], market())


def test_a_programme_that_does_not_fit_is_named() -> None:
    with pytest.raises(ValueError, match=r"^points.per_service = 'hairr', must be one of session"):
        parameters([preset("points", per_service={"hairr": 1})], market())


def test_amounts_are_rounded_to_the_cent_half_up() -> None:
    assert [base.cents(amount) for amount in (0.0, 2.745, 2.755, 9.999, 60.0)] == [0, 2.75, 2.76, 10, 60]
    assert base.cents(np.float64(0.1) + 0.2) == 0.3

import math
from typing import Any

import numpy as np
import pytest

from sim.programmes import response
from sim.programmes.response import RESPONSE, Response
from tests.programmes.presets import filled, preset

HABIT = Response(value_logit=2.0, start_share=0.25, acceleration_share=0.4, reach_days=100.0, far_share=0.1)


def record(habit: Response = HABIT) -> Any:
    row = np.zeros(1, RESPONSE)[0]
    habit.fill(row)
    return row


def test_the_shift_grows_with_value_and_with_the_share_of_the_way_covered() -> None:
    # worth half a session, half way: 2 * .5 * (.25 + .75 * .5) = .625
    assert response.stay_logit(0.5, 0.5, 10.0, record()) == pytest.approx(0.625)
    assert response.stay_logit(0.5, 0.0, 10.0, record()) == pytest.approx(2 * 0.5 * 0.25)
    assert response.stay_logit(0.5, 1.0, 10.0, record()) == pytest.approx(1.0)
    # more than a session is as good as one
    assert response.stay_logit(3.0, 1.0, 10.0, record()) == pytest.approx(2.0)


def test_the_gap_shrinks_as_the_reward_nears() -> None:
    # .4 * .5 * .5
    assert response.haste(0.5, 0.5, 10.0, record()) == pytest.approx(0.1)
    assert response.haste(1.0, 1.0, 10.0, record()) == pytest.approx(0.4)
    assert response.haste(1.0, 0.0, 10.0, record()) == 0.0


def test_a_reward_out_of_reach_has_next_to_no_effect() -> None:
    assert response.stay_logit(0.5, 0.5, 100.0, record()) == pytest.approx(0.625)
    assert response.stay_logit(0.5, 0.5, 100.1, record()) == pytest.approx(0.0625)
    assert response.haste(0.5, 0.5, math.inf, record()) == pytest.approx(0.01)


def test_the_default_last_gap_before_a_free_session_is_a_fifth_shorter() -> None:
    # Kivetz, Urminsky & Zheng 2006: 20 % between the first and the last gap of a card
    habit = filled(preset("points_cafe"))["response"]
    first, last = (1.0 - response.haste(1.0, progress, 30.0, habit) for progress in (0.0, 1.0))
    assert last / first == pytest.approx(0.8)


def test_a_client_without_needs_never_gets_there() -> None:
    assert response.days_until(3.0, 0.1) == pytest.approx(30.0)
    assert response.days_until(3.0, 0.0) == math.inf
    assert response.days_until(0.0, 0.0) == 0.0


@pytest.mark.parametrize(
    ("field", "value"), [("value_logit", -1), ("start_share", 1.1), ("acceleration_share", 0.95), ("reach_days", math.inf)]
)
def test_a_response_out_of_range_is_refused(field: str, value: float) -> None:
    with pytest.raises(ValueError, match=rf"^{field} = {value:g}, must be"):
        Response(
            **({"value_logit": 1, "start_share": 0, "acceleration_share": 0, "reach_days": 1, "far_share": 0} | {field: value})
        )

from typing import Any

import pytest

from sim.programmes import outreach
from tests.programmes.presets import filled, preset


def test_a_message_annoys_the_more_the_closer_it_follows() -> None:
    def annoyed(every_days: float) -> float:
        return float(filled(preset("outreach", every_days=every_days, tolerated_days=20, annoyed_share=0.4))["annoyed_share"])

    # falls from .4 to 0 at 20 days: .4 * (1 - 5 / 20) = .3
    assert annoyed(5) == pytest.approx(0.3)
    assert annoyed(10) == pytest.approx(0.2)
    assert annoyed(20) == annoyed(40) == 0.0


def test_what_one_message_does() -> None:
    eager = preset("outreach", every_days=5, tolerated_days=20, annoyed_share=0.4, opt_out_share=0.2, response_share=0.5)
    rule = filled(eager)
    assert outreach.effect_of(0.29, 0.1, 0.1, rule) == outreach.LEFT
    assert outreach.effect_of(0.31, 0.1, 0.1, rule) == outreach.OPTED_OUT
    assert outreach.effect_of(0.31, 0.3, 0.4, rule) == outreach.ANSWERED
    assert outreach.effect_of(0.31, 0.3, 0.6, rule) == outreach.NOTHING


def test_a_need_moves_towards_the_message_and_never_before_it() -> None:
    # 100 ticks ahead, a quarter of which is cut
    rule = filled(preset("outreach", forward_share=0.25))
    assert outreach.brought_forward(1100, 1000, rule) == 1075
    assert outreach.brought_forward(1100, 1000, filled(preset("outreach", forward_share=0))) == 1100
    assert outreach.brought_forward(1100, 1000, filled(preset("outreach", forward_share=1))) == 1000


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"every_days": 0.5}, r"^every_days = 0.5, must be within 1..36525"),
        ({"max_messages": 13}, r"^max_messages = 13, must be within 1..12"),
        ({"cost_eur": -0.1}, r"^cost_eur = -0.1, must be >= 0"),
        ({"opt_out_share": 2}, r"^opt_out_share = 2, must be within 0..1"),
        ({"taught_share": -1}, r"^taught_share = -1, must be within 0..1"),
    ],
)
def test_an_outreach_out_of_range_is_refused(changed: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        preset("outreach", **changed)

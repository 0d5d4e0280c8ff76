import math
from typing import Any

import pytest

from sim.programmes import referral
from tests.markets import market
from tests.programmes.presets import filled, preset


def test_friends_are_numbered_by_who_brings_them() -> None:
    # 100 clients come by themselves: first friends are 100 to 199, second ones 200 to 299
    assert referral.friend_of(7, 0, 100) == 107
    assert referral.friend_of(7, 1, 100) == 207


def test_who_brings_a_friend() -> None:
    rule = filled(preset("referral", share_per_session=0.5, max_per_client=2, satisfied_logit=0.1))
    assert referral.brings(0.4, 7, 1, 0.1, 100, rule)
    assert not referral.brings(0.5, 7, 1, 0.1, 100, rule)
    assert not referral.brings(0.4, 7, 2, 0.1, 100, rule)
    assert not referral.brings(0.4, 7, 1, 0.09, 100, rule)
    # friends bring nobody: one generation
    assert not referral.brings(0.4, 107, 0, 9.0, 100, rule)


def test_a_friend_comes_an_exponential_time_later() -> None:
    rule = filled(preset("referral", delay_days=10))
    assert referral.arrival_tick(math.exp(-2.0), 1000, rule) == pytest.approx(1000 + 20 * 86400, abs=2)
    assert referral.arrival_tick(0.5, 1000, filled(preset("referral", delay_days=0))) == 1001


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"delay_days": 1e300}, r"^delay_days = 1e\+300, must be within 0..36525"),
        ({"max_per_client": 4}, r"^max_per_client = 4, must be within 1..3"),
        ({"share_per_session": -0.1}, r"^share_per_session = -0.1, must be within 0..1"),
        ({"referrer_bonus_eur": -1}, r"^referrer_bonus_eur = -1, must be >= 0"),
    ],
)
def test_a_referral_out_of_range_is_refused(changed: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        preset("referral", **changed)


def test_the_market_must_not_have_a_channel_of_that_name() -> None:
    with pytest.raises(ValueError, match=r"has a channel 'referral' already"):
        filled(preset("referral"), market("clients.channels=[{name: referral, share: 1, relative_cost: 1}]"))

from typing import Any

import numpy as np
import pytest

from sim.programmes import points
from sim.programmes.points import Card
from tests.markets import market
from tests.programmes.presets import filled, preset


def test_supermarket_points_are_worth_one_percent() -> None:
    shop = preset("points_supermarket")
    # 59.99 EUR paid: 59 whole points; 60 EUR: 60
    assert points.earned(59.99, 0, filled(shop)) == 59
    assert points.earned(60.0, 0, filled(shop)) == 60
    assert {card.eur / card.points for card in shop.cards} == {0.01}


def test_progressive_cards_are_worth_the_more_the_dearer_they_are() -> None:
    cards = preset("points_progressive").cards
    assert (cards[0].points, cards[0].eur) == (1000, 10)
    assert (cards[-1].points, cards[-1].eur) == (3400, 40)
    worth = [card.eur / card.points for card in cards]
    assert worth == sorted(set(worth))


def test_a_session_that_cost_nothing_earns_nothing() -> None:
    cafe = filled(preset("points_cafe"))
    assert points.earned(60.0, 1, cafe) == 1
    assert points.earned(0.0, 1, cafe) == 0
    # a price of a third of a cent more than the discount is still nothing
    assert points.earned(0.0033, 1, cafe) == 0


def test_the_business_sets_points_by_service() -> None:
    world = market(preset="personal_care")
    table = preset("points", per_session=5, per_service={"massage": 80, "nails": 0})
    # hair and beauty are not in the table
    assert table.service_points(world) == [5, 80, 5, 0]


def test_a_card_is_blocked_while_points_are_short() -> None:
    shop = filled(preset("points", cards=(Card(500, 5), Card(1000, 12))))
    assert points.card_to_redeem(499, 60.0, shop) == -1
    assert points.card_to_redeem(500, 60.0, shop) == 0
    assert points.card_to_redeem(1000, 60.0, shop) == 1
    # nothing left to pay, or less than the card is worth: no rest is paid out
    assert points.card_to_redeem(1000, 0.0, shop) == -1
    assert points.card_to_redeem(1000, 11.0, shop) == 0
    assert points.card_to_redeem(1000, 4.0, shop) == -1


def test_who_saves_for_the_last_card_redeems_none_before() -> None:
    saver = filled(preset("points", cards=(Card(500, 5), Card(1000, 12)), saves_for="last"))
    assert points.card_to_redeem(999, 60.0, saver) == -1
    assert points.card_to_redeem(1000, 60.0, saver) == 1


def test_a_card_of_a_session_pays_what_is_left() -> None:
    cafe = filled(preset("points_cafe"))
    assert points.card_worth(points.card_to_redeem(9, 57.0, cafe), 57.0, cafe) == 57.0


def test_the_goal_counts_visits_at_the_client_s_own_pace() -> None:
    cafe = filled(preset("points_cafe"))
    # 3 of 9 stamps: 6 visits to collect, 1 to redeem, one in 20 days
    worth, progress, days = points.goal(3, 60.0, 1, 0.05, cafe)
    assert (worth, progress, days) == (1.0, pytest.approx(1 / 3), pytest.approx(140.0))
    # the card in hand: redeemed at the next visit
    assert points.goal(9, 60.0, 1, 0.05, cafe) == (1.0, 1.0, pytest.approx(20.0))
    # a service without points leads nowhere
    assert points.goal(3, 60.0, 0, 0.05, filled(preset("points", per_eur=0, per_session=1)))[0] == 0.0


def test_points_expire_when_none_were_added_for_long_enough() -> None:
    short = filled(preset("points", expiry_days=10))
    day = 86400
    state = np.array([(5, 3 * day)], points.STATE)[0]
    assert not points.expires(state, 13 * day - 1, short)
    assert points.expires(state, 13 * day, short)
    assert not points.expires(np.zeros(1, points.STATE)[0], 99 * day, short)
    assert not points.expires(state, 10**6 * day, filled(preset("points")))


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"expiry_days": 1e300}, r"^expiry_days = 1e\+300, must be within 1..36525"),
        ({"cards": ()}, r"^cards = 0 cards, must be 1 to 8"),
        ({"cards": (Card(5, 1), Card(5, 2))}, r"^cards.points = \[5.0, 5.0\], must increase"),
        ({"cards": (Card(5, 2), Card(6, 2))}, r"^cards.eur = \[2.0, 2.0\], must increase"),
        ({"cards": (Card(5, None), Card(6, 2))}, r"^cards.eur = \[inf, 2.0\], must increase"),
        ({"per_eur": -1}, r"^per_eur = -1, must be within 0\.\."),
        ({"per_session": -1}, r"^per_session = -1, must be"),
        ({"per_service": {"hair": -2}}, r"^per_service.hair = -2, must be"),
        ({"per_eur": 0}, r"^per_session = 0, must be > 0 when"),
        ({"expiry_days": 0}, r"^expiry_days = 0, must be within 1..36525"),
        ({"card_sale_share": 1.5}, r"^card_sale_share = 1.5, must be within 0..1"),
        ({"cards": (Card(5, None),), "card_sale_share": 0.1}, r"^card_sale_share = 0.1, must be 0 when"),
        ({"saves_for": "best"}, r"^saves_for = 'best', must be one of first, last"),
    ],
)
def test_a_scheme_that_makes_no_sense_is_refused(changed: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        preset("points", **changed)


def test_a_card_needs_points_and_worth() -> None:
    with pytest.raises(ValueError, match=r"^points = 0, must be"):
        Card(0, 5)
    with pytest.raises(ValueError, match=r"^eur = -5, must be"):
        Card(5, -5)


def test_a_scheme_must_fit_the_market() -> None:
    with pytest.raises(ValueError, match=r"^per_service = 'hairr', must be one of hair, massage, beauty, nails"):
        filled(preset("points", per_service={"hairr": 3}), market(preset="personal_care"))
    with pytest.raises(ValueError, match=r"^cards.eur = 61, must be <= 60, the dearest session"):
        filled(preset("points", cards=(Card(5, 61),)))


def test_a_card_that_nobody_can_reach_is_warned_of() -> None:
    # the fastest client of the minimal market has fewer than 1,000 sessions of 60 points
    (warning,) = preset("points", cards=(Card(5, 5), Card(60_000, 6))).warnings(market())
    assert warning.startswith("cards.points = 60000, nobody can reach it")
    assert preset("points_cafe").warnings(market()) == []

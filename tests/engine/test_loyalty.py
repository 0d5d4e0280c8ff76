"""Programmes in the client clock: what they pay, how clients respond, and that both engines agree on it."""

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sim import rules
from sim.config import Market
from sim.engine.platform import Arm, PolicyError
from sim.engine.run import simulate
from sim.log import RunLog
from sim.population import Population
from sim.programmes.base import Programme
from sim.programmes.points import Card, Points
from sim.programmes.response import Response
from sim.programmes.tiers import Tier
from tests.engine.hand import AT_ONCE, people
from tests.engine.test_compiled_engine import both, changed, differing_columns
from tests.markets import arm, market
from tests.programmes.presets import preset

UNMOVED = Response(value_logit=0.0, start_share=0.0, acceleration_share=0.0, reach_days=1.0, far_share=0.0)
"""Clients who do not respond to rewards: what is paid can be followed by hand."""

REGULAR = {"one_time": False, "rate_per_day": 0.1}
"""A client who always stays and comes back every ten days or so."""


def given_to(policy: Arm, *programmes: Programme) -> Arm:
    return replace(policy, programmes=programmes)


def live(programmes: tuple[Programme, ...], who: Population, world: Market, seed: int = 1) -> RunLog:
    """The log of both engines, which must be the same."""
    one, other = (simulate(world, given_to(arm("uniform"), *programmes), seed, 0, engine, who) for engine in ("compiled", "simpy"))
    assert not differing_columns(one, other)
    return one


QUICK = ("clients.gap_shape=1000", "requests.lead_mean_hours=0")


def hand_world(*overrides: str, days: int = 60) -> Market:
    """Sessions at 60 EUR without refunds, two hours after they are asked for: each brings 60 * .25 - 3 = 12 EUR."""
    return market(f"horizon_days={days}", *QUICK, "economics.refund_share=0", *overrides)


def ledger(log: RunLog) -> list[tuple[str, int, int]]:
    table, kinds = log.ledger, log.names["ledger_kinds"]
    columns = (table["kind"].tolist(), table["points"].tolist(), table["balance"].tolist())
    return [(kinds[kind], points, balance) for kind, points, balance in zip(*columns, strict=True)]


def spent(log: RunLog, kind: str) -> list[float]:
    return log.spend["cost_eur"][log.spend["kind"] == log.names["spend_kinds"].index(kind)].tolist()


# ---- paying


def test_the_third_session_of_a_stamp_card_for_two_is_free() -> None:
    card = preset("points_cafe", cards=(Card(2, None),), response=UNMOVED)
    log = live((card,), people(hand_world(), [REGULAR], [{}]), hand_world())
    n = 5
    # two stamps, a free session that gives none, two stamps, ...
    assert ledger(log)[:n] == [("earned", 1, 1), ("earned", 1, 2), ("redeemed", 2, 0), ("earned", 1, 1), ("earned", 1, 2)]
    assert log.bookings["discount_eur"][:n].tolist() == [0, 0, 60, 0, 0]
    # the platform pays the pro 45 EUR and costs of 3 EUR without being paid
    assert log.bookings["contribution_eur"][:n].tolist() == [12, 12, -48, 12, 12]
    assert log.ledger["booking"][:n].tolist() == [0, 1, 2, 3, 4]
    np.testing.assert_array_equal(log.ledger["days"][:n], log.bookings["closed_days"][:n])


def test_a_card_takes_its_worth_off_and_what_is_paid_earns_points() -> None:
    # 60 points a session; the card of 5 EUR costs 100: at the third session 55 EUR are paid
    shop = preset("points", cards=(Card(100, 5),), response=UNMOVED)
    log = live((shop,), people(hand_world(), [REGULAR], [{}]), hand_world())
    assert ledger(log)[:4] == [("earned", 60, 60), ("earned", 60, 120), ("redeemed", 100, 20), ("earned", 55, 75)]
    assert log.bookings["discount_eur"][:3].tolist() == [0, 0, 5]
    assert log.bookings["contribution_eur"][:3].tolist() == [12, 12, 7]


def test_money_that_is_refunded_earns_neither_points_nor_status() -> None:
    # always late, half of 60 EUR comes back each time: 30 points, and 30 EUR towards status
    shop = preset("points", cards=(Card(10**6, 5),), response=UNMOVED)
    club = preset("tiers", by="spend", grid=(Tier(60, 0.1),), response=UNMOVED)
    world = market("horizon_days=60", *QUICK, "economics.refund_share=0.5", "economics.refund_from_minutes=0")
    log = live((shop, club), people(world, [REGULAR], [LATE]), world)
    assert log.bookings["refund_eur"][:3].tolist() == [30, 30, 30]
    # from 60 EUR on 6 EUR off: 60 - 6 - 30 = 24 points
    assert log.bookings["tier"][:3].tolist() == [0, 0, 1]
    assert ledger(log)[:3] == [("earned", 30, 30), ("earned", 30, 60), ("earned", 24, 84)]


def test_points_that_are_not_added_to_expire_on_their_day() -> None:
    # needs at day 0 and about every ten days; points are good for five
    card = preset("points_cafe", expiry_days=5, response=UNMOVED)
    log = live((card,), people(hand_world(), [REGULAR, {}], [{}, {}]), hand_world(days=30))
    assert (log.ledger["balance"] <= 1).all()
    for client in (0, 1):
        kinds, days = (log.ledger[name][log.ledger["client"] == client] for name in ("kind", "days"))
        earned, expired = (days[kinds == i] for i in (0, 2))
        # each stamp expires alone, the last one too: nobody was there to see it
        np.testing.assert_allclose(expired, earned[: len(expired)] + 5, atol=1e-9)
        assert len(expired) == len(earned[earned < 25])
    assert (log.ledger["booking"][log.ledger["kind"] == 2] == -1).all()
    assert (np.diff(log.ledger["days"]) >= 0).all()


def test_a_card_bought_for_money_pays_for_the_next_session() -> None:
    shop = preset("points", cards=(Card(10**6, 5),), card_sale_share=1.0, response=UNMOVED)
    log = live((shop,), people(hand_world(), [REGULAR], [{}]), hand_world())
    n = len(log.bookings["client"])
    assert n > 3
    closed = int((log.bookings["outcome"] == rules.COMPLETED).sum())
    # sold at every session, used at the next
    assert spent(log, "card_sale") == [-5.0] * closed
    assert log.bookings["discount_eur"][:closed].tolist() == [0, *[5] * (closed - 1)]


def test_status_is_that_of_the_window_before_the_session() -> None:
    # needs every ten days: within 25 days there are two earlier sessions, from the third on
    club = preset("tiers", window_days=25, grid=(Tier(2, 0.1),), response=UNMOVED)
    log = live((club,), people(hand_world(), [REGULAR], [{}]), hand_world())
    assert log.bookings["tier"][:5].tolist() == [0, 0, 1, 1, 1]
    assert log.bookings["discount_eur"][:5].tolist() == [0, 0, 6, 6, 6]
    narrow = live((replace(club, window_days=5),), people(hand_world(), [REGULAR], [{}]), hand_world())
    assert not narrow.bookings["tier"].any()


def test_status_by_spend_counts_what_was_paid() -> None:
    club = preset("tiers", by="spend", window_days=25, grid=(Tier(115, 0.1),), response=UNMOVED)
    log = live((club,), people(hand_world(), [REGULAR], [{}]), hand_world())
    # a window holds two sessions: 60 + 60 is status; 60 + 54 and 54 + 60 are not; 60 + 60 is again
    assert log.bookings["tier"][:6].tolist() == [0, 0, 1, 0, 0, 1]


def test_a_channel_s_grid_is_that_of_its_clients() -> None:
    two = "clients.channels=[{name: a, share: .5, relative_cost: 1}, {name: b, share: .5, relative_cost: 1}]"
    club = preset("tiers", grid=(Tier(1, 0.1),), channel_grids={"b": (Tier(1, 0.5),)}, response=UNMOVED)
    world = hand_world(two)
    who = people(world, [REGULAR, REGULAR | {"channel": 1}], [{}, {}])
    log = live((club,), who, world)
    second = [log.bookings["discount_eur"][log.bookings["client"] == client][1] for client in (0, 1)]
    assert second == [6, 30]


# ---- making good

LATE = {"late_share": 0.999999}
"""A pro who is always late, beyond 5 minutes by an exponential time."""


def test_a_failure_costs_an_apology_and_gives_a_voucher_for_the_next_session() -> None:
    care = preset("recovery", late_from_minutes=0, apology_cost_eur=2, voucher_eur=15, money_eur=4, hours=12)
    log = live((care,), people(hand_world(), [REGULAR], [LATE]), hand_world(days=40))
    closed = int((log.bookings["outcome"] == rules.COMPLETED).sum())
    assert closed >= 3
    assert log.bookings["discount_eur"][:closed].tolist() == [0, *[15] * (closed - 1)]
    assert spent(log, "apology") == [2.0] * closed
    assert spent(log, "compensation") == [4.0] * closed
    assert log.spend["days"][0] == pytest.approx(log.bookings["closed_days"][0] + 0.5)


def test_a_voucher_is_good_for_its_days_only() -> None:
    care = preset("recovery", late_from_minutes=0, hours=0, voucher_days=3)
    log = live((care,), people(hand_world(), [REGULAR], [LATE]), hand_world(days=40))
    assert not log.bookings["discount_eur"].any()


def test_a_voucher_pays_for_no_session_before_it_is_given() -> None:
    # sessions about every ten days, the apology a fortnight after each: the second comes too soon for the first voucher
    care = preset("recovery", late_from_minutes=0, hours=24 * 14, voucher_eur=15)
    log = live((care,), people(hand_world(), [REGULAR], [LATE]), hand_world(days=15))
    assert (log.bookings["outcome"] == rules.COMPLETED).sum() == 2
    assert not log.bookings["discount_eur"].any()


def test_vouchers_for_two_failures_in_a_row_both_pay() -> None:
    # a pro who declines half of what is offered, and no other
    care = preset("recovery", late_from_minutes=1e6, rating_at_most=0, hours=0, voucher_eur=15, money_eur=0)
    world = hand_world("requests.patience_hours=1", "requests.offer_timeout_hours=1")
    who = people(world, [REGULAR | {"rate_per_day": 1.0}], [{"acceptance_logit": 0.0}])
    log = live((care,), who, world)
    unfilled = log.bookings["outcome"] == rules.UNFILLED
    completed = np.flatnonzero(log.bookings["outcome"] == rules.COMPLETED)
    # each session is paid with one voucher for every request that failed since the last one, up to its price
    failed = np.diff(np.concatenate(([0], np.cumsum(unfilled)[completed])))
    assert failed.max() >= 2
    np.testing.assert_array_equal(log.bookings["discount_eur"][completed], np.minimum(15 * failed, 60))


def stays(world: Market, who: Population, *programmes: Programme) -> list[bool]:
    log = simulate(world, given_to(arm("uniform"), *programmes), 1, people=who)
    return log.bookings["stays"][log.bookings["need"] == 0].tolist()


def test_what_is_repaired_is_the_harm_and_the_paradox_is_more_than_that() -> None:
    many = [REGULAR | {"taste_logit": 0.0}] * 400
    skills = ("stay.skill=0", "stay.warmth=0", "stay.advocacy=0", "pros.n=1")
    harmed, unharmed = hand_world("stay.late=-1", *skills), hand_world("stay.late=0", *skills)
    who = people(harmed, many, [LATE] * 40)

    def recovered(share: float) -> list[bool]:
        care = preset("recovery", late_from_minutes=0, voucher_eur=0, money_eur=0, hours=0, apology_share=share)
        return stays(harmed, who, care)

    # repaired in full, the same clients stay as if nobody minded lateness
    assert recovered(1.0) == stays(unharmed, who)
    counts = [sum(recovered(share)) for share in (0.0, 0.5, 1.0, 1.5)]
    assert counts == sorted(set(counts)), counts
    assert recovered(0.0) == stays(harmed, who)


def test_the_more_a_compensation_is_worth_the_more_clients_it_keeps() -> None:
    world = hand_world("stay.late=-2", "pros.n=1")
    who = people(world, [REGULAR | {"taste_logit": 0.0}] * 300, [LATE] * 30)
    care = preset("recovery", late_from_minutes=0, voucher_eur=0, money_eur=0, hours=0, apology_share=0.2, compensation_share=0.8)

    def kept(**changed: float) -> int:
        return int(live((replace(care, **changed),), who, world).bookings["stays"].sum())

    by_voucher = [kept(voucher_eur=worth) for worth in (0, 20, 60)]
    assert by_voucher == sorted(set(by_voucher)), by_voucher
    # money is worth as much as a voucher, the whole price is all there is to win, and an apology alone is not nothing
    assert kept(money_eur=20) == by_voucher[1]
    assert kept(voucher_eur=60, money_eur=60) == by_voucher[2]
    assert kept(apology_share=0) < by_voucher[0]
    # what comes late repairs less
    assert kept(voucher_eur=60, hours=300) < by_voucher[2]


# ---- responding


def requests(world: Market, who: Population, *programmes: Programme) -> int:
    return len(simulate(world, given_to(arm("uniform"), *programmes), 1, people=who).bookings["client"])


def eager(**habits: float) -> Response:
    return Response(**({"value_logit": 0, "start_share": 0.2, "acceleration_share": 0, "reach_days": 183, "far_share": 0} | habits))


def test_a_reward_keeps_more_clients_the_more_it_is_worth_and_the_nearer_it_is() -> None:
    world = hand_world(days=200)
    who = people(world, [REGULAR | {"taste_logit": 1.0}] * 300, [{}] * 60)

    def kept(response: Response, cards: tuple[Card, ...] = (Card(9, None),)) -> int:
        return requests(world, who, preset("points_cafe", cards=cards, response=response))

    by_value = [kept(eager(value_logit=value)) for value in (0, 1, 3)]
    assert by_value == sorted(set(by_value)), by_value
    # the goal gradient: who feels the whole reward from the start stays longer than who feels it at its end only
    by_start = [kept(eager(value_logit=1, start_share=share)) for share in (0, 0.5, 1)]
    assert by_start == sorted(set(by_start)), by_start
    # a card of 6 EUR is a tenth of a session
    assert kept(eager(value_logit=3), (Card(9, 6),)) < kept(eager(value_logit=3))


def test_a_reward_out_of_reach_for_over_six_months_changes_nothing() -> None:
    # ten visits at one in 30 days are 300 days; at one in 10 days they are 100
    world = hand_world(days=200)
    card = preset("points_cafe", response=eager(value_logit=3, acceleration_share=0.5))
    slow, quick = ([REGULAR | {"taste_logit": 1.0, "rate_per_day": rate}] * 100 for rate in (1 / 30, 1 / 10))

    def first_stays(clients: list[dict[str, Any]], *programmes: Programme) -> int:
        return sum(stays(world, people(world, clients, [{}] * 40), *programmes))

    assert first_stays(slow, card) == first_stays(slow)
    assert first_stays(quick, card) > first_stays(quick)


def test_gaps_shrink_towards_the_reward_and_fall_back_after_it() -> None:
    card = preset("points_cafe", cards=(Card(4, None),), response=eager(acceleration_share=0.4))
    world = hand_world(days=150)
    log = live((card,), people(world, [REGULAR], [{}]), world)
    gaps = np.diff(log.bookings["need_days"])
    # after 1, 2, 3, 4 of 4 stamps the gap of 10 days is 10 %, 20 %, 30 %, 40 % shorter; after the free session it is whole
    np.testing.assert_allclose(gaps[:5], [9, 8, 7, 6, 10], rtol=0.1)


def test_a_known_client_is_a_little_likelier_to_stay() -> None:
    world = hand_world(days=200)
    who = people(world, [REGULAR | {"taste_logit": 1.0}] * 300, [{}] * 60)
    lifts = [requests(world, who, preset("recognition", lift_logit=lift)) for lift in (0.0, 0.5, 2.0)]
    assert lifts[0] == requests(world, who)
    assert lifts == sorted(set(lifts)), lifts
    log = live((preset("recognition", cost_eur=0.5),), people(world, [REGULAR], [{}]), world)
    # from the third booking on
    closed = int((log.bookings["outcome"] == rules.COMPLETED).sum())
    assert spent(log, "recognition") == [0.5] * (closed - 2)


# ---- between bookings


def test_a_message_that_is_answered_brings_the_next_need_to_it() -> None:
    reminder = preset("outreach", every_days=4, response_share=1, forward_share=1, opt_out_share=0, annoyed_share=0, cost_eur=0.2)
    log = live((reminder,), people(hand_world(), [REGULAR], [{}]), hand_world())
    closed, needs = log.bookings["closed_days"], log.bookings["need_days"]
    np.testing.assert_allclose(needs[1:], closed[:-1] + 4, atol=1e-6)
    # one message before each request but the first, and perhaps one after the last
    assert len(needs) - 1 <= len(spent(log, "message")) <= len(needs)
    unanswered = live((replace(reminder, response_share=0),), people(hand_world(), [REGULAR], [{}]), hand_world())
    plain = live((), people(hand_world(), [REGULAR], [{}]), hand_world())
    np.testing.assert_array_equal(unanswered.bookings["need_days"], plain.bookings["need_days"])


def test_who_has_left_gets_messages_too_until_there_were_enough() -> None:
    reminder = preset("outreach", every_days=7, max_messages=3, cost_eur=0.2)
    log = live((reminder,), people(hand_world(), [{"one_time": True}], [{}]), hand_world())
    assert spent(log, "message") == [0.2, 0.2, 0.2]
    np.testing.assert_allclose(log.spend["days"], log.bookings["closed_days"][0] + [7, 14, 21])
    # the run ends before the third
    short = live((reminder,), people(hand_world(), [{"one_time": True}], [{}]), hand_world(days=20))
    assert len(spent(short, "message")) == 2


def test_too_many_messages_drive_clients_away_and_opting_out_ends_them() -> None:
    daily = preset("outreach", every_days=1, max_messages=12, response_share=0, opt_out_share=0)
    who = people(hand_world(), [REGULAR] * 50, [{}] * 20)
    # annoyed for sure by the first message: nobody comes back
    hated = live((replace(daily, tolerated_days=10**9, annoyed_share=1),), who, hand_world())
    assert len(hated.bookings["client"]) == len(spent(hated, "message")) == 50
    annoyance = [requests(hand_world(), who, replace(daily, tolerated_days=30, annoyed_share=share)) for share in (0.0, 0.05, 0.3)]
    assert annoyance == sorted(set(annoyance), reverse=True), annoyance
    # who opts out with the first message gets no second one, and stays
    quiet = live((replace(daily, annoyed_share=0, opt_out_share=1),), who, hand_world())
    assert len(spent(quiet, "message")) == 50
    assert len(quiet.bookings["client"]) == annoyance[0]


def test_a_client_who_was_taught_asks_for_the_favourite() -> None:
    lesson = preset("outreach", every_days=4, response_share=0, opt_out_share=0, annoyed_share=0, taught_share=1, favourite_share=1)
    world = hand_world("requests.favourite_asked_share=0")
    log = live((lesson,), people(world, [REGULAR], [{}]), world)
    assert log.bookings["favourite"][0] == -1
    assert (log.bookings["favourite"][1:] == 0).all()


# ---- friends

EAGER_FRIENDS = {"share_per_session": 1.0, "satisfied_logit": -100.0, "delay_days": 1.0}


def test_bonuses_are_paid_for_a_friend_s_first_completed_session() -> None:
    world = hand_world("pros.n=3")
    bring = preset("referral", **EAGER_FRIENDS, max_per_client=2, referrer_bonus_eur=8, friend_voucher_eur=7)
    log = live((bring,), people(world, [REGULAR, {"one_time": True}], [{}] * 3), world)
    # client 0 stays and brings two friends, 2 and 4; client 1 leaves and brings nobody (3 and 5)
    assert log.clients["client"].tolist() == [0, 1, 2, 4]
    assert log.clients["referrer"].tolist() == [-1, -1, 0, 0]
    assert log.names["channels"][log.clients["channel"][2]] == "referral"
    assert log.clients["acquisition_cost_eur"].tolist()[2:] == [0, 0]
    for friend in (2, 4):
        mine = log.bookings["client"] == friend
        done = mine & (log.bookings["outcome"] == rules.COMPLETED)
        first = np.flatnonzero(done)[0]
        assert log.bookings["discount_eur"][mine].sum() == log.bookings["discount_eur"][first] == 7
        bonus = log.spend["client"] == friend
        assert log.spend["booking"][bonus].tolist() == [first]
        assert log.spend["cost_eur"][bonus].tolist() == [8]


def test_friends_are_the_same_people_whatever_else_differs() -> None:
    world = market("horizon_days=120", "warmup_days=0", "clients.arrivals_per_day=3", preset="personal_care")
    bring = preset("referral", **EAGER_FRIENDS, max_per_client=1)
    one = simulate(world, given_to(arm("uniform"), bring), 5)
    other = simulate(world, given_to(arm("wecasa_2025"), replace(bring, max_per_client=2), preset("points_cafe")), 5)
    common = np.intersect1d(one.clients["client"], other.clients["client"])
    assert (one.clients["referrer"] >= 0).sum() > 20
    for table in ("truth_clients", "clients"):
        for name, column in getattr(one, table).items():
            if name != "arrival_days":
                rows = [np.isin(getattr(log, table)["client"], common) for log in (one, other)]
                np.testing.assert_array_equal(column[rows[0]], getattr(other, table)[name][rows[1]])


# ---- common random numbers


def everything(**shares: float) -> tuple[Programme, ...]:
    return (
        preset("points_cafe", expiry_days=60),
        preset("tiers"),
        preset("recovery"),
        preset("outreach"),
        preset("recognition"),
        preset("referral", **shares),
    )


def test_an_arm_with_programmes_meets_the_same_clients_and_the_same_luck() -> None:
    world = market("horizon_days=150", "pros.open_all_hours=true", "pros.n=200", "clients.arrivals_per_day=4")
    plain, loyal = (simulate(world, policy, 3) for policy in (arm("uniform"), given_to(arm("uniform"), *everything())))
    came = len(plain.clients["client"])
    for name, column in plain.clients.items():
        np.testing.assert_array_equal(column, loyal.clients[name][:came])
    firsts = [log.bookings["need"] == 0 for log in (plain, loyal)]
    own = loyal.bookings["client"][firsts[1]] < came
    for name in ("client", "request_days", "start_days", "need_days"):
        np.testing.assert_array_equal(plain.bookings[name][firsts[0]], loyal.bookings[name][firsts[1]][own])
    # lateness is the pro's at the client's luck: the same wherever the same pro came
    pros = [log.bookings["pro"][first] for log, first in zip((plain, loyal), firsts, strict=True)]
    same = pros[0] == pros[1][own]
    assert same.mean() > 0.9
    late = [log.bookings["minutes_late"][first] for log, first in zip((plain, loyal), firsts, strict=True)]
    np.testing.assert_array_equal(late[0][same], late[1][own][same])


# ---- whatever the parameters

SHARE = st.sampled_from([0.0, 0.1, 0.5, 1.0])
EUR = st.sampled_from([0.0, 0.1, 3.33, 20.0])
RESPONSES = st.builds(
    Response,
    value_logit=st.sampled_from([0.0, 1.0, 10.0]),
    start_share=SHARE,
    acceleration_share=st.sampled_from([0.0, 0.2, 0.9]),
    reach_days=st.sampled_from([0.0, 30.0, 1000.0]),
    far_share=SHARE,
)
CARDS = st.sampled_from([(Card(1, None),), (Card(3, 2.5), Card(5, 4.99)), (Card(50, 1), Card(200, 9.5), Card(400, None))])
POINTS = st.builds(
    Points,
    per_session=st.sampled_from([0, 1, 7]),
    per_service=st.sampled_from([None, {"hair": 3, "nails": 0}]),
    per_eur=st.sampled_from([0.3, 1.0, 10.0]),
    cards=CARDS,
    saves_for=st.sampled_from(["first", "last"]),
    expiry_days=st.sampled_from([None, 1.0, 15.0]),
    card_sale_share=st.just(0.0),
    response=RESPONSES,
)


def seller(points: Points) -> Points:
    """The same scheme with cards for money, where that is possible."""
    return points if points.cards[0].eur is None else replace(points, card_sale_share=0.3)


GRIDS = st.sampled_from([(Tier(0, 0.03),), (Tier(1, 0.0), Tier(2, 0.15)), (Tier(100, 0.333), Tier(150, 1.0))])
PROGRAMMES: dict[str, st.SearchStrategy[Programme]] = {
    "points": st.one_of(POINTS, POINTS.map(seller)),
    "tiers": st.builds(
        lambda **changed: preset("tiers", **changed),
        by=st.sampled_from(["bookings", "spend"]),
        window_days=st.sampled_from([1.0, 20.0, 365.0]),
        grid=GRIDS,
        channel_grids=st.one_of(st.none(), st.fixed_dictionaries({"tv": GRIDS, "influencers": st.just(())})),
        response=RESPONSES,
    ),
    "recovery": st.builds(
        lambda **changed: preset("recovery", **changed),
        late_from_minutes=st.sampled_from([0.0, 10.0]),
        rating_at_most=st.integers(0, 4),
        after_cancelled=st.booleans(),
        after_unfilled=st.booleans(),
        apology_cost_eur=EUR,
        voucher_eur=EUR,
        voucher_days=st.sampled_from([0.0, 10.0, 1000.0]),
        money_eur=EUR,
        hours=st.sampled_from([0.0, 1.0, 2000.0]),
        apology_share=st.sampled_from([0.0, 0.7, 1.5]),
        compensation_share=st.sampled_from([0.0, 0.5, 1.5]),
    ),
    "outreach": st.builds(
        lambda **changed: preset("outreach", **changed),
        every_days=st.sampled_from([1.0, 2.5, 10.0]),
        max_messages=st.sampled_from([1, 3, 12]),
        cost_eur=EUR,
        response_share=SHARE,
        forward_share=SHARE,
        opt_out_share=st.sampled_from([0.0, 0.1]),
        tolerated_days=st.sampled_from([0.0, 7.0]),
        annoyed_share=st.sampled_from([0.0, 0.1]),
        taught_share=SHARE,
        favourite_share=SHARE,
    ),
    "recognition": st.builds(
        lambda **changed: preset("recognition", **changed), from_booking=st.integers(1, 3), lift_logit=EUR, cost_eur=EUR
    ),
    "referral": st.builds(
        lambda **changed: preset("referral", **changed),
        share_per_session=SHARE,
        max_per_client=st.integers(1, 3),
        satisfied_logit=st.sampled_from([-10.0, 0.0]),
        delay_days=st.sampled_from([0.0, 3.0]),
        referrer_bonus_eur=EUR,
        friend_voucher_eur=EUR,
        acquisition_cost_eur=EUR,
    ),
}
ANY_PROGRAMMES = st.tuples(*(st.one_of(st.just(None), one, one, one) for one in PROGRAMMES.values()))

SMALL = st.fixed_dictionaries(
    {
        "top": st.fixed_dictionaries(
            {
                "horizon_days": st.integers(20, 70),
                "warmup_days": st.just(0),
                "zones": st.integers(1, 2),
                "log_offers": st.booleans(),
                "log_choices": st.booleans(),
            }
        ),
        "clients": st.fixed_dictionaries(
            {
                "arrivals_per_day": st.sampled_from([0.5, 3.0]),
                "one_time_share": st.sampled_from([0.0, 0.5]),
                "rate_scale_per_day": st.sampled_from([0.01, 0.1, 5.0]),
                "taste_mean": st.sampled_from([0.5, 0.9, 1.0]),
                "competitors": st.fixed_dictionaries({"hazard_per_idle_month": st.sampled_from([0.0, 0.5])}),
                "leakage": st.fixed_dictionaries({"share_per_session": st.sampled_from([0.0, 0.2]), "from_session": st.just(2)}),
            }
        ),
        "pros": st.fixed_dictionaries(
            {
                "n": st.integers(1, 8),
                "cancellation_share": st.sampled_from([0.0, 0.4]),
                "acceptance_share": st.sampled_from([0.3, 1.0]),
                "late_share": st.sampled_from([0.1, 0.8]),
                "zones_per_pro": st.just(1),
                "open_all_hours": st.booleans(),
            }
        ),
        "acquisition": st.sampled_from(
            [{"mode": "fixed"}, {"mode": "reinvest", "launch_months": 1, "launch_share": 0.5, "floor_share": 0.1}]
        ),
        "economics": st.fixed_dictionaries(
            {"refund_share": st.sampled_from([0.0, 0.2, 1.0]), "refund_from_minutes": st.sampled_from([0.0, 20.0])}
        ),
    }
)


def check_points(log: RunLog) -> None:
    """Balances are what was earned, less what was redeemed and expired, and never below 0."""
    table = log.ledger
    if not table:
        return
    assert (table["points"] > 0).all()
    assert (table["balance"] >= 0).all()
    assert (np.diff(table["days"]) >= 0).all()
    signed = np.where(table["kind"] == 0, table["points"], -table["points"])
    for client in np.unique(table["client"]):
        mine = table["client"] == client
        np.testing.assert_array_equal(np.cumsum(signed[mine]), table["balance"][mine])
    assert (table["balance"][table["kind"] == 2] == 0).all()
    # a reward belongs to a session that took place
    rewarded = table["booking"][table["kind"] != 2]
    assert (log.bookings["outcome"][rewarded] == rules.COMPLETED).all()
    assert (table["client"][table["kind"] != 2] == log.bookings["client"][rewarded]).all()


def check_money(log: RunLog, world: Market) -> None:
    """Every cent of a booking and of the platform is accounted for."""
    bookings, economics = log.bookings, world.economics
    price, off, back = (bookings[f"{name}_eur"] for name in ("price", "discount", "refund"))
    done = bookings["outcome"] == rules.COMPLETED
    np.testing.assert_array_equal(
        bookings["contribution_eur"][done],
        (economics.commission_share * price - economics.variable_cost_eur - back - off)[done],
    )
    assert not off[~done].any()
    assert not back[~done].any()
    assert ((off >= 0) & (off <= price) & (back >= 0) & (back <= price - off)).all()
    np.testing.assert_allclose(off * 100, np.round(off * 100), atol=1e-6)
    other = (bookings["outcome"] == rules.CANCELLED_BY_PRO) * -economics.cancelled_by_pro_cost_eur
    other = other + (bookings["outcome"] == rules.NO_SHOW) * economics.commission_share * economics.no_show_fee_share * price
    np.testing.assert_allclose(bookings["contribution_eur"][~done], other[~done])
    if log.months:
        total = (
            bookings["contribution_eur"].sum() - log.spend["cost_eur"].sum() if log.spend else bookings["contribution_eur"].sum()
        )
        assert log.months["contribution_eur"].sum() == pytest.approx(total, abs=1e-6)


def check_spend(log: RunLog, programmes: tuple[Programme, ...]) -> None:
    """Each cost belongs to what happened."""
    table, kinds = log.spend, log.names["spend_kinds"]
    assert (table["cost_eur"] != 0).all()
    assert ((table["cost_eur"] < 0) == (table["kind"] == kinds.index("card_sale"))).all()
    assert (table["client"] == log.bookings["client"][table["booking"]]).all()
    assert (table["days"] >= log.bookings["closed_days"][table["booking"]]).all()
    outcome = log.bookings["outcome"][table["booking"]]
    for kind in ("referral_bonus", "card_sale", "recognition"):
        assert (outcome[table["kind"] == kinds.index(kind)] == rules.COMPLETED).all()
    named = [log.names["programmes"].index(programme.kind) for programme in programmes]
    assert np.isin(table["programme"], named).all()
    bonuses = table["client"][table["kind"] == kinds.index("referral_bonus")]
    assert len(np.unique(bonuses)) == len(bonuses)


@settings(max_examples=40, suppress_health_check=list(HealthCheck))
@given(keys=SMALL, chosen=ANY_PROGRAMMES, name=st.sampled_from(["uniform", "wecasa_2025"]), seed=st.integers(0, 2**31))
def test_money_and_points_add_up_and_both_engines_agree(
    keys: dict[str, Any], chosen: tuple[Programme | None, ...], name: str, seed: int
) -> None:
    if keys["acquisition"]["mode"] == "reinvest" and keys["top"]["horizon_days"] < 31:
        keys = keys | {"acquisition": {"mode": "fixed"}}
    world = changed(market(preset="personal_care"), **keys)
    programmes = tuple(programme for programme in chosen if programme is not None)
    policy = arm(name, "score.min_sessions=1", "score.rebook_days=10", "score.lookback_days=20", "score.min_clients_behind=1")
    compiled, reference = both(world, given_to(policy, *programmes), seed)
    assert not differing_columns(compiled, reference)
    check_money(compiled, world)
    check_points(compiled)
    if programmes:
        check_spend(compiled, programmes)
    else:
        assert not compiled.spend
        assert not compiled.ledger


def test_a_log_of_programmes_that_outgrows_its_room_is_the_same() -> None:
    # a client who asks again at once, for ten years: more rows than the 1,024 there is room for
    world = hand_world(days=300)
    who = people(world, [REGULAR | {"rate_per_day": AT_ONCE}], [{}])
    log = live((preset("points_cafe", response=UNMOVED), preset("recognition", from_booking=1, cost_eur=1)), who, world)
    assert min(len(log.ledger["client"]), len(log.spend["client"])) > 1024


def test_programmes_that_do_not_fit_are_refused_before_anything_is_simulated() -> None:
    wrong = given_to(arm("uniform"), preset("points", per_service={"hairr": 1}))
    with pytest.raises(PolicyError, match=r"arm uniform: points.per_service = 'hairr', must be one of session"):
        simulate(hand_world(), wrong, 1)

"""The log says what happened in days, names and money, and says plainly what has not happened."""

import numpy as np

from sim import rules
from sim.engine.record import in_order
from sim.truth import acquisition_cost_eur
from tests.engine.hand import people, play
from tests.markets import arm, market, run

SEED = 8


def test_what_has_not_happened_when_the_run_stops_is_nan_none_or_zero() -> None:
    world = market("horizon_days=1", "pros.n=1", "requests.lead_min_hours=20", "requests.lead_mean_hours=0", "rating.given_share=1")
    clients = [{"arrival_tick": 0}, {"arrival_tick": 12600}, {"arrival_tick": 12960}]
    _, log = play(world, people(world, clients, [{}]), arm("uniform"))
    # Starts are 20 h ahead, in whole half hours. The first session ends at 21 h; the second client asks at 3.5 h, and that session
    # would end at 24.5 h, after the run; the third asks at 3.6 h for 24 h, when the only pro is taken.
    bookings = log.bookings
    assert bookings["outcome"].tolist() == [rules.COMPLETED, rules.OPEN, rules.UNFILLED]
    assert np.isnan(bookings["closed_days"]).tolist() == [False, True, False]
    assert np.isnan(bookings["assigned_days"]).tolist() == [False, False, True]
    assert np.isnan(bookings["minutes_late"]).tolist() == [False, True, True]
    assert (bookings["rating"] == 0).tolist() == [False, True, True]
    assert bookings["survey"].tolist() == [-1, -1, -1]
    assert bookings["pro"].tolist() == [0, 0, -1]
    assert bookings["favourite"].tolist() == [-1, -1, -1]
    assert bookings["first_answer"].tolist() == [rules.ACCEPTED, rules.ACCEPTED, -1]
    assert np.isnan(bookings["propensity"]).tolist() == [False, False, True]
    assert bookings["contribution_eur"][1:].tolist() == [0, 0]
    assert np.isnan(log.pros["left_days"]).all()


def test_money_follows_the_outcome_and_the_minutes() -> None:
    world = market(
        "horizon_days=200",
        "warmup_days=0",
        "clients.arrivals_per_day=15",
        "pros.late_share=.4",
        "sessions.no_show_share=.1",
        "pros.cancellation_share=.1",
        "economics={commission_share: .25, variable_cost_eur: 3, refund_from_minutes: 30, refund_share: .2, "
        "cancelled_by_pro_cost_eur: 5, no_show_fee_share: .5, payback_bookings: 3}",
        preset="personal_care",
    )
    bookings = run(world, arm("uniform"), SEED).bookings
    outcome, late = bookings["outcome"], np.nan_to_num(bookings["minutes_late"])
    price = np.array([service.price_eur for service in world.services])[bookings["service"]]
    np.testing.assert_array_equal(bookings["price_eur"], price)
    refund = np.where(late > 30, 0.2 * price, 0.0)
    expected = np.zeros(len(price))
    expected = np.where(outcome == rules.COMPLETED, 0.25 * price - 3 - refund, expected)
    expected = np.where(outcome == rules.CANCELLED_BY_PRO, -5.0, expected)
    expected = np.where(outcome == rules.NO_SHOW, 0.25 * 0.5 * price, expected)
    np.testing.assert_allclose(bookings["contribution_eur"], expected)
    assert set(outcome) == set(range(6)), "every outcome occurs"
    assert (refund[outcome == rules.COMPLETED] > 0).sum() > 50


def test_each_client_costs_what_the_channel_costs() -> None:
    world = market("horizon_days=100", "warmup_days=0", preset="personal_care")
    log = run(world, arm("uniform"), SEED)
    cost = acquisition_cost_eur(world)
    np.testing.assert_array_equal(log.clients["acquisition_cost_eur"], cost[log.clients["channel"]])
    assert len(set(log.clients["acquisition_cost_eur"])) == len(world.clients.channels)


def test_bookings_are_in_order_of_their_requests_and_codes_have_names() -> None:
    world = market("horizon_days=100", "warmup_days=0", "log_offers=true", preset="personal_care")
    log = run(world, arm("uniform"), SEED)
    assert (np.diff(log.bookings["request_days"]) >= 0).all()
    client, service = log.bookings["client"], log.bookings["service"]
    # later needs may be for another service than the client's own
    first = log.bookings["need"] == 0
    np.testing.assert_array_equal(service[first], log.clients["service"][client[first]])
    np.testing.assert_array_equal(log.bookings["zone"], log.clients["zone"][client])
    wanted = np.bincount(service, minlength=4)
    table = log.arrow("bookings").to_pydict()
    assert set(table["service"]) == {name for name, n in zip(log.names["services"], wanted, strict=True) if n}
    assert table["service"] == [log.names["services"][code] for code in service]
    assert table["outcome"] == [rules.OUTCOMES[code] for code in log.bookings["outcome"]]
    nobody_answered = [answer is None for answer in table["first_answer"]]
    assert nobody_answered == (log.bookings["first_answer"] < 0).tolist()


def test_rows_come_by_tick_and_ties_stay_in_order() -> None:
    # ticks on both sides of 2^16, where the two sorts meet
    ticks = np.array([70_000, 3, 65_536, 65_535, 3, 2**31 - 1, 70_000, 0])
    assert in_order(ticks).tolist() == [7, 1, 4, 3, 2, 0, 6, 5]

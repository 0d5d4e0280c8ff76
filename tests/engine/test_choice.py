"""Clients who choose from a list: shares of a multinomial logit through the engine, visibility as rank, prices of pros."""

from typing import Any

import numpy as np
import pytest

from sim import rules
from sim.config import Market
from sim.engine.platform import Arm
from sim.engine.run import simulate
from sim.log import RunLog
from tests.engine.hand import people
from tests.engine.test_dispatch import Fixed, busy_market
from tests.markets import arm, market, run

SEED = 5
LISTED = ("list_length", "list_position", "choice_probability")


def quiet(*more: str) -> Market:
    """About 2,500 requests of clients who ask once, to pros who are nearly always free and all alike."""
    return market("horizon_days=50", "clients.arrivals_per_day=50", "clients.one_time_share=1", "pros.n=500", *more)


def chosen(*more: str) -> RunLog:
    """A run of the quiet market in which all choose from a list."""
    return run(quiet("requests.mode=list", *more), arm("uniform"), SEED)


def check_shares(values: Any, expected: dict[int, float]) -> None:
    """Assert that each value has its share, within 3.5 standard errors; no other value may appear."""
    n = len(values)
    assert n > 2000
    assert set(values.tolist()) <= set(expected)
    for value, share in expected.items():
        assert abs((values == value).mean() - share) < 3.5 * np.sqrt(share * (1 - share) / n), (value, (values == value).mean())


@pytest.mark.parametrize(
    ("position", "form", "weights"),
    [(0, "log", (1, 1, 1)), (1, "log", (1, 1 / 2, 1 / 3)), (np.log(2), "linear", (1, 1 / 2, 1 / 4))],
)
def test_positions_are_chosen_in_the_shares_of_a_multinomial_logit(position: float, form: str, weights: tuple[float, ...]) -> None:
    log = chosen("requests.list.size=3", f"requests.list.position={position}", f"requests.list.position_form={form}")
    # exp(-position * log(rank)) = 1 / rank; exp(-log(2) * (rank - 1)) = 1, 1/2, 1/4
    shares = np.array(weights) / sum(weights)
    at = log.bookings["list_position"]
    check_shares(at, {1: shares[0], 2: shares[1], 3: shares[2]})
    assert (log.bookings["list_length"] == 3).all()
    assert log.bookings["choice_probability"] == pytest.approx(shares[at - 1])
    # the platform drew no pro
    assert np.isnan(log.bookings["propensity"]).all()


@pytest.mark.parametrize(("size", "outside"), [(1, 0.0), (3, 0.0), (3, float(np.log(3)))])
def test_clients_leave_in_the_share_of_the_outside_option(size: int, outside: float) -> None:
    log = chosen(f"requests.list.size={size}", f"requests.list.outside={outside}")
    share = np.exp(outside) / (np.exp(outside) + size)
    left = log.bookings["list_position"] == 0
    check_shares(left, {True: share, False: 1 - share})
    assert np.array_equal(left, log.bookings["outcome"] == rules.UNFILLED)
    assert (log.bookings["offers"] == ~left).all()
    assert log.bookings["choice_probability"][left] == pytest.approx(share)
    assert log.bookings["choice_probability"][~left] == pytest.approx((1 - share) / size)


def test_after_a_refusal_the_client_chooses_again_among_the_rest_and_may_leave() -> None:
    log = chosen("requests.list.size=3", "requests.list.outside=0", "pros.acceptance_share=1e-12", "requests.max_offers=3")
    # leaving has 1 of 4, then 1 of 3, then 1 of 2 chances: 1/4 leave at once, 3/4 * 1/3, 1/2 * 1/2, and 1/4 ask all three
    check_shares(log.bookings["offers"], {0: 0.25, 1: 0.25, 2: 0.25, 3: 0.25})
    asked = log.bookings["offers"]
    assert np.array_equal(log.bookings["list_position"], np.where(asked < 3, 0, -1))
    assert log.bookings["choice_probability"][asked < 3] == pytest.approx(1 / (4 - asked[asked < 3]))
    assert np.isnan(log.bookings["choice_probability"][asked == 3]).all()
    fewer = chosen("requests.list.size=3", "requests.list.outside=0", "pros.acceptance_share=1e-12", "requests.max_offers=2")
    assert fewer.bookings["offers"].max() == 2


def test_visibility_is_rank() -> None:
    world = quiet("requests.mode=list", "requests.offer_order=ranked", "requests.list.size=3", "pros.n=5")
    # nobody accepts, so all are free; listed by weight: pro 3, pro 1, then 2 or 4 by the race, and pro 0 never; all three are asked
    world = world.model_copy(update={"pros": world.pros.model_copy(update={"acceptance_share": 1e-12}), "log_offers": True})
    policy = Arm("fixed", arm("uniform").score, Fixed((0.0, 3.0, 2.0, 5.0, 2.0)))
    log = simulate(world, policy, SEED)
    times = np.bincount(log.offers["pro"], minlength=5)
    n = len(log.bookings["client"])
    assert times[[0, 1, 3]].tolist() == [0, n, n]
    assert times[2] + times[4] == n
    assert abs(times[2] / n - 0.5) < 3.5 * np.sqrt(0.25 / n)


def test_a_client_who_only_looks_at_the_top_is_served_as_by_dispatch() -> None:
    # 20 units of utility a position: the chance to look further down is exp(-20)
    top = ("requests.list={mixed_share: 0, size: 1000, prior_stars: 4, prior_ratings: 0, stars: 0, price: 0, position: 20,"
           " position_form: linear, outside: null}",)  # fmt: skip
    listed, dispatched = (run(busy_market(f"requests.mode={mode}", *top), arm("uniform"), SEED) for mode in ("list", "dispatch"))
    assert set(listed.bookings) - set(dispatched.bookings) == set(LISTED)
    for name, column in dispatched.bookings.items():
        if name != "propensity":
            np.testing.assert_array_equal(column, listed.bookings[name], err_msg=name)


def test_without_lists_the_keys_of_the_list_change_nothing() -> None:
    usual = run(busy_market(), arm("uniform"), SEED)
    other = run(busy_market("requests.list.size=1", "requests.list.outside=5"), arm("uniform"), SEED)
    assert other.digest() == usual.digest()
    assert not set(LISTED) & set(usual.bookings)
    assert "relative_price" not in usual.pros


def test_a_share_of_the_clients_chooses_and_each_does_so_always_or_never() -> None:
    log = run(
        busy_market("requests.mode=mixed", "requests.list.mixed_share=.3", "requests.list.outside=null"), arm("uniform"), SEED
    )
    # whoever the favourite took was shown no list and drawn by nobody
    once = log.bookings["cancellations_by_pros"] == 0
    open_to_all = once & (log.bookings["offers"] > 0) & (log.bookings["favourite"] < 0)
    client, listed = log.bookings["client"][open_to_all], log.bookings["list_length"][open_to_all] > 0
    people_, first = np.unique(client, return_index=True)
    share = listed[first].mean()
    assert len(people_) > 1000
    assert abs(share - 0.3) < 3.5 * np.sqrt(0.3 * 0.7 / len(people_))
    assert np.array_equal(listed, listed[first][np.searchsorted(people_, client)])
    booked = log.bookings["pro"][open_to_all] >= 0
    drawn = log.bookings["propensity"][open_to_all]
    assert np.isnan(drawn[listed]).all()
    assert np.isfinite(drawn[~listed & booked]).all()


def two_pros(pros: Any, *more: str) -> RunLog:
    """2,400 clients, one every two hours, choose between two pros with these traits."""
    world = market("horizon_days=200", "requests.lead_mean_hours=0", "requests.mode=list", "pros.n=2", *more)
    who = people(world, [{"arrival_tick": 7200 * i} for i in range(2400)], pros)
    return simulate(world, arm("uniform"), SEED, people=who)


def test_a_dearer_pro_is_chosen_less_often_and_their_price_is_what_is_paid() -> None:
    pros = [{}, {"log_price": 0.5}]
    log = two_pros(pros, "requests.list.price=2")
    # odds exp(-2 * .5)
    dear = np.exp(-1) / (1 + np.exp(-1))
    check_shares(log.bookings["pro"], {0: 1 - dear, 1: dear})
    # 60 * exp(.5) = 98.923
    assert np.array_equal(log.bookings["price_eur"], np.where(log.bookings["pro"] == 1, 98.92, 60.0))
    check_shares(two_pros(pros).bookings["pro"], {0: 0.5, 1: 0.5})


def test_stars_draw_clients() -> None:
    pros = [{"skill": -1.0}, {"skill": 1.0}]
    rated = ("rating.given_share=1", "rating.quality=3", "sessions.quality_noise_sd=0")
    # nearly all sessions of the better pro get 5 stars; 1 star, log odds of -2.65 + 3, is the most frequent of the other's
    blind, seeing = (two_pros(pros, *rated, f"requests.list.stars={stars}").bookings["pro"] for stars in (0, 2))
    check_shares(blind, {0: 0.5, 1: 0.5})
    assert (seeing == 1).mean() > 0.9


def test_prices_follow_the_pro_who_comes_also_after_a_cancellation() -> None:
    log = run(busy_market("requests.mode=list", "pros.price_log_sd=.3", "requests.list.outside=-1"), arm("uniform"), SEED)
    bookings, world = log.bookings, busy_market()
    usual = np.array([service.price_eur for service in world.services])[bookings["service"]]
    relative = np.where(bookings["pro"] >= 0, log.pros["relative_price"][bookings["pro"]], 1.0)
    assert bookings["price_eur"] == pytest.approx(usual * relative, abs=0.0051)
    assert (bookings["cancellations_by_pros"] > 0).sum() > 100
    done = bookings["outcome"] == rules.COMPLETED
    economics = world.economics
    brought = economics.commission_share * bookings["price_eur"] - economics.variable_cost_eur - bookings["refund_eur"]
    assert bookings["contribution_eur"][done] == pytest.approx(brought[done])
    at, length = bookings["list_position"], bookings["list_length"]
    assert ((at >= -1) & (at <= length)).all()
    assert np.array_equal(np.isfinite(bookings["choice_probability"]), at >= 0)
    given = at >= 0
    assert ((bookings["choice_probability"][given] > 0) & (bookings["choice_probability"][given] <= 1)).all()


def test_the_price_of_a_pro_changes_nothing_but_money_where_nobody_chooses() -> None:
    same, own = (run(busy_market(f"pros.price_log_sd={sd}"), arm("uniform"), SEED) for sd in (0, 0.3))
    money = {"price_eur", "refund_eur", "contribution_eur"}
    for name in set(same.bookings) - money:
        np.testing.assert_array_equal(same.bookings[name], own.bookings[name], err_msg=name)
    assert not np.array_equal(same.bookings["price_eur"], own.bookings["price_eur"])

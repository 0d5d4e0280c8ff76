import math
from collections.abc import Mapping
from dataclasses import dataclass, field, fields

import numpy as np
import pytest

from sim.log import RunLog
from sim.metrics.cohort import Cohort
from sim.metrics.loyalty_value import (
    acquisition_cost_per_year_eur,
    lifetime_value_24m_eur,
    payback_clients_per_year,
    programme_cost_per_year_eur,
    reward_cost_per_retained_client_eur,
    sales_per_client_12m_eur,
    spend_per_booking_eur,
)
from sim.metrics.payback import contribution_per_client_24m_eur, payback_rate_12m
from tests.metrics.logs import booking, log, unfilled
from tests.worlds import arm, market, run


@dataclass(frozen=True)
class WithSpend(RunLog):
    """A log of a run with programmes."""

    spend: Mapping[str, np.ndarray] = field(default_factory=dict)


def spending(rows, spend, **more):
    """A log of these requests, and of what programmes spent as (client, day, EUR)."""
    plain = log(rows, **more)
    client, days, cost = zip(*spend, strict=True)
    table = {"client": np.array(client), "days": np.array(days, float), "cost_eur": np.array(cost, float)}
    return WithSpend(**{each.name: getattr(plain, each.name) for each in fields(RunLog)}, spend=table)


def test_sales_are_what_clients_pay_for_completed_bookings_of_their_first_year():
    # 0 pays 50 and 50 - 20; 1 pays 60, the second session ends on day 366; 2 was there and not served: (80 + 60 + 0) / 3
    rows = [booking(0, 0), booking(0, 50, need=1, discount=20), booking(1, 0, price=60), booking(1, 365, need=1), unfilled(2, 0)]
    cohort = Cohort(log(rows))
    assert sales_per_client_12m_eur(cohort) == pytest.approx(140 / 3)
    # four completed bookings, whenever: (50 + 30 + 60 + 50) / 4
    assert spend_per_booking_eur(cohort) == pytest.approx(190 / 4)


def test_spend_per_booking_leaves_out_the_warm_up_and_what_did_not_take_place():
    rows = [booking(0, 98, price=10), booking(1, 100, price=70), booking(2, 100, price=90, outcome="no_show"), unfilled(3, 150)]
    assert spend_per_booking_eur(Cohort(log(rows, warmup=100))) == 70


def test_lifetime_value_is_contribution_less_what_programmes_spent_on_the_client():
    rows = [booking(0, 0, contribution=20), booking(0, 100, need=1, contribution=10, discount=5), booking(1, 0, contribution=15)]
    # without spend: (20 + 10 + 15) / 2; the discount is out of the contribution already
    plain = Cohort(log(rows))
    assert lifetime_value_24m_eur(plain) == contribution_per_client_24m_eur(plain) == 22.5
    # 4 on client 0; 3 on day 731, too late; a card of 6 bought by client 1; 9 on nobody in particular: (45 - 4 + 6) / 2
    spent = [(0, 30, 4), (0, 731, 3), (1, 50, -6), (-1, 50, 9)]
    assert lifetime_value_24m_eur(Cohort(spending(rows, spent))) == pytest.approx(47 / 2)


def test_spend_finds_its_client_when_marketing_did_not_buy_everybody():
    plain = log([booking(0, 0, contribution=20), booking(1, 0, contribution=10)], n_clients=2)
    clients = {**plain.clients, "client": np.array([3, 8])}
    bookings = {**plain.bookings, "client": np.array([3, 8])}
    table = {"client": np.array([8, 5, 9]), "days": np.zeros(3), "cost_eur": np.array([4.0, 100.0, 100.0])}
    parts = {each.name: getattr(plain, each.name) for each in fields(RunLog)} | {"clients": clients, "bookings": bookings}
    cohort = Cohort(WithSpend(**parts, spend=table))
    # 4 on client 8; clients 5 and 9 are not in the log: (20 + 10 - 4) / 2
    assert lifetime_value_24m_eur(cohort) == 13


def test_the_cost_of_programmes_is_discounts_and_spend_after_the_warm_up_a_year():
    # warm-up 100, horizon 830: two years. Sessions end a day after their request: the first discount is of the warm-up, the last
    # request is still open and has cost nothing
    rows = [booking(0, 50, discount=7), booking(0, 150, need=1, discount=5)]
    rows += [booking(1, 829.5, closed=None, outcome="open", discount=50)]
    assert programme_cost_per_year_eur(Cohort(log(rows, warmup=100, horizon=830))) == pytest.approx(5 / 2)
    spent = [(0, 99, 1000), (0, 100, 11), (-1, 300, 4), (1, 400, -2)]
    assert programme_cost_per_year_eur(Cohort(spending(rows, spent, warmup=100, horizon=830))) == pytest.approx((5 + 13) / 2)


def test_acquisition_is_paid_for_the_clients_who_come_after_the_warm_up():
    rows = [booking(0, 50), booking(1, 150), booking(2, 829)]
    assert acquisition_cost_per_year_eur(Cohort(log(rows, cost=30, warmup=100, horizon=830))) == pytest.approx(2 * 30 / 2)


def test_clients_who_pay_back_are_counted_a_year_of_first_requests():
    # horizon 830, warm-up 100: first requests of days 100 to 465 can be followed, one year; cost 30
    rows = [booking(0, 150, contribution=30), booking(1, 200, contribution=29), booking(2, 300, contribution=20)]
    rows += [booking(2, 400, need=1, contribution=20), booking(3, 50, contribution=99), booking(4, 470, contribution=99)]
    plain = Cohort(log(rows, warmup=100, horizon=830))
    assert payback_clients_per_year(plain) == pytest.approx(2)
    assert payback_rate_12m(plain) == pytest.approx(2 / 3)
    # a message of 1 EUR is too much for client 0; 10 on client 2 leave exactly the cost, 1 more after their year is up
    spent = Cohort(spending(rows, [(0, 160, 1), (2, 310, 10), (2, 666, 1)], warmup=100, horizon=830))
    assert payback_clients_per_year(spent) == pytest.approx(1)
    assert math.isnan(payback_clients_per_year(Cohort(log(rows, warmup=100, horizon=465))))


def test_the_cost_per_retained_client_is_of_the_periods_in_which_they_were_kept():
    # periods 0-183, 183-366, 366-549 (the run ends on day 600): client 0 is kept twice, client 1 once and then lost
    rows = [booking(0, 10), booking(0, 200, need=1), booking(0, 400, need=2, discount=6), booking(1, 20), booking(1, 250, need=1)]
    assert reward_cost_per_retained_client_eur(Cohort(log(rows, horizon=600))) == pytest.approx(6 / 3)
    # 3 in the first period and 50 after the last one lie outside
    spent = [(0, 100, 3), (0, 190, 9), (1, 548, 6), (1, 560, 50)]
    assert reward_cost_per_retained_client_eur(Cohort(spending(rows, spent, horizon=600))) == pytest.approx((6 + 15) / 3)


def test_without_programmes_they_cost_nothing():
    cohort = Cohort(log([booking(0, 10), booking(0, 200, need=1)], horizon=600))
    assert reward_cost_per_retained_client_eur(cohort) == programme_cost_per_year_eur(cohort) == 0.0
    world = Cohort(run(market("horizon_days=500"), arm("uniform")))
    assert reward_cost_per_retained_client_eur(world) == programme_cost_per_year_eur(world) == 0.0


def test_without_a_client_who_stays_the_cost_per_retained_client_is_not_defined():
    assert math.isnan(reward_cost_per_retained_client_eur(Cohort(spending([booking(0, 10)], [(0, 200, 5)], horizon=600))))


@pytest.mark.parametrize(
    "metric",
    [
        sales_per_client_12m_eur,
        spend_per_booking_eur,
        lifetime_value_24m_eur,
        payback_clients_per_year,
        acquisition_cost_per_year_eur,
        programme_cost_per_year_eur,
        reward_cost_per_retained_client_eur,
    ],
)
def test_without_clients_their_value_is_not_defined(metric):
    assert math.isnan(metric(Cohort(log([], n_clients=0))))


@pytest.mark.parametrize("metric", [sales_per_client_12m_eur, spend_per_booking_eur, lifetime_value_24m_eur])
def test_without_clients_after_the_warm_up_their_value_is_not_defined(metric):
    assert math.isnan(metric(Cohort(log([booking(0, 0), booking(0, 9, need=1)], warmup=500))))

import math
from dataclasses import replace

import numpy as np
import pytest

from sim.metrics.cohort import Cohort
from sim.metrics.loyalty_value import (
    acquisition_cost_per_year_eur,
    payback_clients_per_year,
    programme_cost_per_year_eur,
    reward_cost_per_retained_client_eur,
    sales_per_client_12m_eur,
    spend_per_booking_eur,
)
from sim.metrics.payback import payback_rate_12m
from tests.markets import arm, market, run
from tests.metrics.logs import booking, log, unfilled


def spending(rows, spend, **more):
    """A log of these requests, and of what programmes spent as (client, day, EUR)."""
    client, days, cost = zip(*spend, strict=True)
    table = {"client": np.array(client), "days": np.array(days, float), "cost_eur": np.array(cost, float)}
    return replace(log(rows, **more), spend=table)


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


def test_the_cost_of_programmes_is_discounts_and_spend_after_the_warm_up_a_year():
    # warm-up 100, horizon 830: two years. Sessions end a day after their request: the first discount is of the warm-up, the last
    # request is still open and has cost nothing
    rows = [booking(0, 50, discount=7), booking(0, 150, need=1, discount=5)]
    rows += [booking(1, 829.5, closed=None, outcome="open", discount=50)]
    assert programme_cost_per_year_eur(Cohort(log(rows, warmup=100, horizon=830))) == pytest.approx(5 / 2)
    spent = [(0, 99, 1000), (0, 100, 11), (0, 300, 4), (1, 400, -2)]
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
        payback_clients_per_year,
        acquisition_cost_per_year_eur,
        programme_cost_per_year_eur,
        reward_cost_per_retained_client_eur,
    ],
)
def test_without_clients_their_value_is_not_defined(metric):
    assert math.isnan(metric(Cohort(log([], n_clients=0))))


@pytest.mark.parametrize("metric", [sales_per_client_12m_eur, spend_per_booking_eur])
def test_without_clients_after_the_warm_up_their_value_is_not_defined(metric):
    assert math.isnan(metric(Cohort(log([booking(0, 0), booking(0, 9, need=1)], warmup=500))))

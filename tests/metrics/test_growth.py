import math
from dataclasses import replace

import numpy as np
import pytest

from sim.metrics import growth
from sim.metrics.catalogue import measure
from sim.metrics.cohort import MONTH_DAYS, Cohort
from tests.markets import arm, market, run
from tests.metrics.logs import booking, log


def test_growth_compares_the_last_quarter_with_the_first_after_the_warm_up():
    # warm-up until day 100, end at 400: first quarter [100, 190), last [310, 400)
    days = [50, 100, 189.5, 190, 300, 310, 350, 399]
    rows = [booking(i, day, closed=0.25, contribution=10 + i) for i, day in enumerate(days)]
    cohort = Cohort(log(rows, horizon=400, warmup=100))
    assert growth.new_client_growth(cohort) == 3 / 2
    # clients 1 and 2 bring 11 + 12, clients 5, 6 and 7 bring 15 + 16 + 17
    assert growth.contribution_growth(cohort) == pytest.approx(48 / 23)
    assert growth.new_clients_per_month(cohort) == pytest.approx(3 * MONTH_DAYS / 90)


def test_repeat_bookings_are_contribution_but_not_new_clients():
    rows = [booking(0, 0, contribution=10), booking(0, 150, need=1, contribution=10), booking(0, 160, need=2, contribution=10)]
    cohort = Cohort(log(rows, horizon=200))
    assert growth.new_client_growth(cohort) == 0
    assert growth.contribution_growth(cohort) == 2


def test_growth_is_not_defined_when_the_quarters_overlap_or_the_first_is_empty():
    rows = [booking(0, 0, contribution=10), booking(1, 150, contribution=10)]
    assert math.isnan(growth.new_client_growth(Cohort(log(rows, horizon=179))))
    assert math.isnan(growth.new_clients_per_month(Cohort(log(rows, horizon=89))))
    late = Cohort(log(rows[1:], n_clients=2, horizon=200))
    assert math.isnan(growth.new_client_growth(late))
    assert math.isnan(growth.contribution_growth(late))


def test_net_contribution_is_what_was_earned_less_what_new_clients_cost():
    # client 0 came before the warm-up: pays 10 on day 120, cost nothing in this time; client 1 brings 10 and costs 30;
    # client 2's session is not over
    rows = [booking(0, 50, contribution=99), booking(0, 119, need=1, contribution=10), booking(1, 130, contribution=10)]
    rows.append(booking(2, 199, closed=None, outcome="open"))
    cohort = Cohort(log(rows, cost=30, horizon=200, warmup=100))
    assert growth.net_contribution_eur(cohort) == 10 + 10 - 2 * 30
    # 100 days after the warm-up, two new clients in them
    assert growth.net_contribution_per_year_eur(cohort) == pytest.approx(-40 * 365 / 100)
    assert growth.net_contribution_per_1000_clients_eur(cohort) == -40 / 2 * 1000
    assert math.isnan(growth.net_contribution_eur(Cohort(log([], n_clients=0))))


def test_metrics_do_not_depend_on_how_clients_are_numbered():
    world = market(
        "horizon_days=900",
        "warmup_days=120",
        "zones=2",
        "pros.zones_per_pro=2",
        "pros.n=12",
        "clients.arrivals_per_day=6",
        "acquisition.mode=reinvest",
        "acquisition.launch_months=4",
        preset="personal_care",
    )
    with_gaps = run(world, arm("wecasa_2025", "score.min_sessions=5"), 3)
    numbers = with_gaps.clients["client"]
    assert numbers[-1] > 1.2 * len(numbers)
    position = {number: i for i, number in enumerate(numbers.tolist())}
    renumbered = replace(
        with_gaps,
        clients={**with_gaps.clients, "client": np.arange(len(numbers))},
        bookings={**with_gaps.bookings, "client": np.array([position[number] for number in with_gaps.bookings["client"].tolist()])},
    )
    assert measure(Cohort(with_gaps)) == pytest.approx(measure(Cohort(renumbered)), rel=0, abs=0)


def test_what_programmes_spent_is_taken_from_the_contribution_of_its_day():
    rows = [booking(0, 10, contribution=30), booking(1, 150, contribution=60)]
    plain = log(rows, cost=5, horizon=200)
    spend = {"client": np.array([0, 1]), "days": np.array([20.0, 160.0]), "cost_eur": np.array([10.0, 30.0])}
    cohort = Cohort(replace(plain, spend=spend))
    # first quarter 30 - 10, last quarter 60 - 30
    assert growth.contribution_growth(cohort) == 1.5
    assert growth.net_contribution_eur(cohort) == 90 - 40 - 2 * 5
    # spent before the warm-up is left out, as contribution is
    late = Cohort(replace(log(rows, cost=5, horizon=200, warmup=100), spend=spend))
    assert growth.net_contribution_eur(late) == 60 - 30 - 5

import math
from dataclasses import replace

import numpy as np
import pytest

from sim.metrics import payback
from sim.metrics.cohort import MONTH_DAYS, Cohort
from tests.metrics.logs import booking, log, unfilled


def test_contribution_counts_what_is_closed_within_the_window_and_includes_clients_without_a_session():
    # client 0: 10 on day 1, 10 on day 365 (in), 10 on day 366 (out); client 1: nothing. Mean of 20 and 0
    rows = [booking(0, day, need=i, closed=1, contribution=10) for i, day in enumerate((0, 364, 365))] + [unfilled(1, 0)]
    cohort = Cohort(log(rows))
    assert payback.contribution_per_client_12m_eur(cohort) == 10.0
    assert payback.contribution_per_client_24m_eur(cohort) == 15.0


def test_the_value_of_a_new_client_is_what_a_client_brings_less_what_the_client_cost():
    # as above, 20 and 30 in all; the two clients cost 8 each, whether or not they were served
    rows = [booking(0, day, need=i, closed=1, contribution=10) for i, day in enumerate((0, 364, 365))] + [unfilled(1, 0)]
    cohort = Cohort(log(rows, cost=8))
    assert payback.net_contribution_per_client_12m_eur(cohort) == 2.0
    assert payback.net_contribution_per_client_24m_eur(cohort) == 7.0


def test_a_cancellation_costs():
    rows = [booking(0, 0, outcome="cancelled_by_pro", contribution=-5.0)]
    assert payback.contribution_per_client_12m_eur(Cohort(log(rows))) == -5.0


def test_three_bookings_pay_back_three_times_their_contribution():
    three = [booking(0, day, need=i, contribution=10) for i, day in enumerate((0, 50, 100))]
    two = [booking(1, day, need=i, contribution=10) for i, day in enumerate((0, 50))]
    assert payback.payback_rate_12m(Cohort(log(three + two, cost=30))) == 0.5


def test_the_curve_starts_at_minus_the_acquisition_cost_and_break_even_is_interpolated():
    # one client, cost 30; 20 in month 1, 20 in month 3: -30, -10, -10, +10, ...: zero halfway through month 3
    rows = [booking(0, 0, closed=1, contribution=20), booking(0, 2.5 * MONTH_DAYS, need=1, closed=0, contribution=20)]
    cohort = Cohort(log(rows, cost=30))
    curve = payback.payback_curve(cohort)
    np.testing.assert_allclose(curve[:5], [-30, -10, -10, 10, 10])
    assert curve.shape == (25,)
    assert payback.months_to_break_even(cohort) == pytest.approx(2.5)


def test_not_within_two_years_is_24_and_no_followed_client_is_not_defined():
    rows = [booking(0, 0, contribution=1)]
    assert payback.months_to_break_even(Cohort(log(rows))) == 24.0
    short = Cohort(log(rows, horizon=700))
    assert math.isnan(payback.months_to_break_even(short))
    assert np.isnan(payback.payback_curve(short)).all()
    assert math.isnan(payback.contribution_per_client_24m_eur(short))
    assert math.isnan(payback.payback_rate_12m(Cohort(log([], n_clients=0))))


def test_break_even_rests_on_who_rebooks_and_how_often():
    # completed within two years: client 0 three (one more comes too late), client 1 one and a cancellation, client 2 two
    days = {0: (0, 100, 700, 731), 1: (0,), 2: (0, 300)}
    rows = [booking(client, day, need=i) for client, when in days.items() for i, day in enumerate(when)]
    rows.append(booking(1, 50, need=1, outcome="cancelled_by_pro"))
    cohort = Cohort(log(rows))
    assert payback.repeat_share_24m(cohort) == pytest.approx(2 / 3)
    # 2 further bookings and 1
    assert payback.further_bookings_24m(cohort) == pytest.approx(1.5)
    once = Cohort(log([booking(0, 0)]))
    assert payback.repeat_share_24m(once) == 0.0
    assert math.isnan(payback.further_bookings_24m(once))
    assert math.isnan(payback.repeat_share_24m(Cohort(log(rows, horizon=700))))


def with_spend(plain, rows):
    """The same log with costs of programmes: client, days, EUR."""
    client, days, cost = (np.array(column) for column in zip(*rows, strict=True))
    return replace(plain, spend={"client": client, "days": days.astype(float), "cost_eur": cost.astype(float)})


def test_what_programmes_spent_on_a_client_counts_against_what_the_client_brought():
    rows = [booking(0, 0, closed=1, contribution=40), booking(1, 0, closed=1, contribution=40)]
    plain = log(rows, cost=30, horizon=800)
    # client 0: 4 EUR on day 10 and a card sold for 1 on day 20; 100 EUR after a year. client 1: 15 EUR on day 40
    cohort = Cohort(with_spend(plain, [(0, 10, 4), (0, 20, -1), (0, 366, 100), (1, 40, 15)]))
    assert payback.contribution_per_client_12m_eur(cohort) == ((40 - 4 + 1) + (40 - 15)) / 2
    assert payback.contribution_per_client_24m_eur(cohort) == ((40 - 4 + 1 - 100) + (40 - 15)) / 2
    # 37 pay back 30, 25 do not; without programmes both do
    assert payback.payback_rate_12m(cohort) == 0.5
    assert payback.payback_rate_12m(Cohort(plain)) == 1.0
    # month 1: 80 - 3; month 2: - 15; month 13 (day 366 is beyond 12 months of 30.4 days): - 100
    curve = payback.payback_curve(cohort)
    assert curve[[0, 1, 2, 12, 13, 24]].tolist() == [-30, 8.5, 1.0, 1.0, -49.0, -49.0]


def test_spend_is_the_client_s_even_when_numbers_are_missing():
    rows = [booking(0, 0, contribution=40), booking(1, 0, contribution=40)]
    plain = with_spend(log(rows, cost=30, horizon=400), [(9, 10, 15)])
    numbers = np.array([4, 9])
    sparse = replace(
        plain,
        clients={**plain.clients, "client": numbers},
        bookings={**plain.bookings, "client": numbers[plain.bookings["client"]]},
    )
    assert payback.contribution_within(Cohort(sparse), 365.0).tolist() == [40, 25]

import math

import pytest

from sim.metrics import matching
from sim.metrics.cohort import Cohort
from tests.metrics.logs import booking, log, unfilled


def test_fill_rate_counts_requests_after_the_warm_up():
    rows = [unfilled(0, 5), booking(1, 10), booking(2, 11), unfilled(3, 12)]
    assert matching.fill_rate(Cohort(log(rows, warmup=10))) == pytest.approx(2 / 3)


def test_hours_to_assign_are_those_of_accepted_requests():
    rows = [booking(0, 0, assigned=0.5), booking(1, 0, assigned=0.25), unfilled(2, 0)]
    assert matching.hours_to_assign(Cohort(log(rows))) == pytest.approx(9.0)


def test_first_offer_acceptance_leaves_out_requests_without_such_an_offer():
    rows = [booking(0, 0), booking(1, 0, answer="lapsed"), booking(2, 0, answer="declined"), booking(3, 0)]
    table = log(rows)
    table.bookings["first_answer"][3] = -1
    assert matching.first_offer_acceptance(Cohort(table)) == pytest.approx(1 / 3)


def test_a_session_is_late_from_five_minutes_on():
    rows = [booking(0, 0, late=5.0), booking(1, 0, late=4.99), booking(2, 0, outcome="no_show")]
    assert matching.late_share(Cohort(log(rows))) == 0.5


def test_mean_rating_is_over_rated_sessions():
    rows = [booking(0, 0, rating=5), booking(1, 0, rating=2), booking(2, 0)]
    assert matching.mean_rating(Cohort(log(rows))) == 3.5


@pytest.mark.parametrize(
    "metric",
    [matching.fill_rate, matching.hours_to_assign, matching.first_offer_acceptance, matching.late_share, matching.mean_rating],
)
def test_without_requests_nothing_is_defined(metric):
    assert math.isnan(metric(Cohort(log([], n_clients=0))))

import math

import pytest

from sim.metrics import retention
from sim.metrics.cohort import Cohort
from tests.metrics.logs import booking, log, unfilled


def test_a_second_booking_within_183_days_of_the_first_request_is_a_return():
    # client 0 at day 183 exactly: returned; client 1 at 183.5: not; client 2 never
    rows = [booking(0, 0), booking(0, 183, need=1), booking(1, 0), booking(1, 183.5, need=1), booking(2, 0)]
    assert retention.return_rate_6m(Cohort(log(rows))) == pytest.approx(1 / 3)


def test_a_client_whose_first_request_is_unfilled_counts_and_has_not_returned():
    # client 0 returned; client 1: unfilled, then one booking: booked once, not again; client 2: unfilled only
    rows = [booking(0, 0), booking(0, 50, need=1), unfilled(1, 0), booking(1, 20, need=1), unfilled(2, 0)]
    assert retention.return_rate_6m(Cohort(log(rows))) == pytest.approx(1 / 3)
    # given a completed first session only client 0 is left
    assert retention.return_rate_6m_first_completed(Cohort(log(rows))) == 1.0


def test_an_unfilled_second_request_is_no_return():
    rows = [booking(0, 0), unfilled(0, 50, need=1)]
    assert retention.return_rate_6m(Cohort(log(rows))) == 0.0


def test_only_clients_after_the_warm_up_with_full_follow_up_are_in_the_cohort():
    # warm-up 100, horizon 400: day 99 too early, day 218 too late (218 + 183 = 401), day 217 in
    rows = [booking(0, 99), booking(0, 120, need=1), booking(1, 218), booking(1, 230, need=1), booking(2, 217)]
    assert retention.return_rate_6m(Cohort(log(rows, warmup=100, horizon=400))) == 0.0


def test_the_rate_given_a_first_session_counts_from_its_end():
    # first session ends on day 10; booked again on day 190: 180 days after the session, 190 after the request
    rows = [booking(0, 0, closed=10), booking(0, 190, need=1)]
    cohort = Cohort(log(rows))
    assert retention.return_rate_6m_first_completed(cohort) == 1.0
    assert retention.return_rate_6m(cohort) == 0.0


def test_three_completed_sessions_within_a_year_reach_three():
    rows = [booking(0, day, need=i, closed=1) for i, day in enumerate((0, 100, 364))]
    rows += [booking(1, day, need=i, closed=1) for i, day in enumerate((0, 100, 364.5))]
    rows += [booking(2, 0), booking(2, 100, need=1, outcome="no_show"), booking(2, 200, need=2)]
    assert retention.reach_3_in_12m(Cohort(log(rows))) == pytest.approx(1 / 3)


def test_the_share_who_come_back_to_the_same_pro():
    rows = [booking(0, 0, pro=0), booking(0, 50, pro=0, need=1), booking(0, 90, pro=1, need=2)]
    rows += [booking(1, 0, pro=0), unfilled(1, 30, need=1), booking(1, 60, pro=1, need=2)]
    rows += [booking(2, 0, pro=1)]  # never back: not in the denominator
    rows += [booking(3, 0, pro=0, outcome="no_show"), booking(3, 40, pro=0, need=1)]  # no first session
    assert retention.same_pro_return_share(Cohort(log(rows))) == 0.5


def test_the_relative_risk_after_a_late_first_session():
    # late (5 minutes or more): 1 of 2 back; on time: 2 of 2 back, so .5 / 1
    rows = [booking(0, 0, late=5.0), booking(0, 50, need=1), booking(1, 0, late=30.0)]
    rows += [booking(2, 0, late=4.9), booking(2, 50, need=1), booking(3, 0), booking(3, 60, need=1)]
    assert retention.late_first_session_relative_risk(Cohort(log(rows))) == 0.5
    assert math.isnan(retention.late_first_session_relative_risk(Cohort(log(rows[:2]))))


def test_the_risk_of_one_star_is_relative_to_five_and_who_gave_none_is_left_out():
    # one star: 1 of 2 returns; five stars: 2 of 2; three stars and no rating do not matter
    rows = [booking(client, 0, rating=stars) for client, stars in enumerate([1, 1, 5, 5, 3, 0])]
    rows += [booking(client, 50, need=1) for client in (0, 2, 3, 5)]
    assert retention.one_star_relative_risk(Cohort(log(rows))) == 0.5
    assert math.isnan(retention.one_star_relative_risk(Cohort(log(rows[:2]))))


def test_the_share_of_a_months_clients_who_had_booked_before():
    # months of 30.4375 days. Month 1: client 0 (new), 1 (new) -> 0; month 2: 0 (old), 2 (new) -> 1/2; month 3: empty
    rows = [booking(0, 1), booking(1, 2), booking(0, 40, need=1), booking(2, 45)]
    assert retention.repeat_majority_share(Cohort(log(rows, horizon=100))) == pytest.approx(0.25)


@pytest.mark.parametrize(
    "metric",
    [
        retention.return_rate_6m,
        retention.return_rate_6m_first_completed,
        retention.reach_3_in_12m,
        retention.repeat_majority_share,
        retention.same_pro_return_share,
        retention.late_first_session_relative_risk,
        retention.one_star_relative_risk,
    ],
)
def test_without_clients_retention_is_not_defined(metric):
    assert math.isnan(metric(Cohort(log([], n_clients=0))))
    assert math.isnan(metric(Cohort(log([booking(0, 0), booking(0, 9, need=1)], warmup=500))))

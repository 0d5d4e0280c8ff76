import numpy as np
import pytest

from sim.metrics.catalogue import METRICS, measure, metric
from sim.metrics.cohort import Cohort, nth_by_client
from sim.metrics.curves import (
    curves,
    last_scores,
    new_pro_visibility,
    time_to_second_booking,
    weekly_return_rate_6m,
    weekly_sessions,
)
from tests.metrics.logs import booking, log


def test_the_nth_event_of_each_client():
    client = np.array([1, 0, 1, 1, 3])
    days = np.array([5.0, 2.0, 1.0, 9.0, 4.0])
    np.testing.assert_array_equal(nth_by_client(client, days, 1, 4), [2.0, 1.0, np.nan, 4.0])
    np.testing.assert_array_equal(nth_by_client(client, days, 2, 4), [np.nan, 5.0, np.nan, np.nan])
    np.testing.assert_array_equal(nth_by_client(client[:0], days[:0], 1, 2), [np.nan, np.nan])


def test_time_to_second_booking_is_kaplan_meier():
    # returns after 10 and 30 days; one client censored after 20 (arrived 20 days before the end), one never within 100.
    # S: 4 at risk, 3/4 after 10; censored at 20; 2 at risk at 30: 3/8. Weeks 1, 2, 5: 0, 1/4, 5/8
    rows = [booking(0, 0), booking(0, 10, need=1), booking(1, 0), booking(1, 30, need=1), booking(2, 80), booking(3, 0)]
    curve = time_to_second_booking(Cohort(log(rows, horizon=100)))
    np.testing.assert_allclose(curve[[0, 1, 2, 5]], [0, 0, 0.25, 0.625])
    assert curve.shape == (53,)


def test_visibility_of_a_new_pro_is_by_week_since_joining():
    # joined on day 10: refresh on day 14 is week 0, on day 21 week 1; the other pro was there from the start
    table = {
        "refresh_days": [14, 14, 21, 21], "pro": [0, 1, 0, 1], "value": [0] * 4, "counted": [False] * 4,
        "completed_sessions": [0] * 4, "offers": [0] * 4, "visibility": [1.5, 0.5, 1.2, 0.8],
    }  # fmt: skip
    pros = {"joined_days": [10.0, 0.0]}
    curve = new_pro_visibility(Cohort(log([], n_clients=0, scores=table, pros=pros, warmup=5)))
    np.testing.assert_allclose(curve[:3], [1.5, 1.2, np.nan])


def test_the_last_scores_leave_absent_pros_undefined():
    table = {
        "refresh_days": [7, 14], "pro": [0, 1], "value": [0.4, 0.6], "counted": [True, True],
        "completed_sessions": [31, 40], "offers": [0, 0], "visibility": [1.0, 1.0],
    }  # fmt: skip
    columns = last_scores(Cohort(log([], n_clients=0, scores=table, truth=[0.1, 0.2])))
    np.testing.assert_array_equal(columns["score_value"], [np.nan, 0.6])
    np.testing.assert_array_equal(columns["score_truth"], [np.nan, 0.2])
    np.testing.assert_array_equal(columns["score_sessions"], [np.nan, 40])


def test_every_metric_says_what_it_means_and_survives_an_empty_log():
    empty = log([], n_clients=0, truth=[])
    measured = measure(Cohort(empty))
    assert list(measured) == [known.name for known in METRICS]
    assert all(np.isnan(value) for value in measured.values())
    for known in METRICS:
        assert known.meaning.endswith(".")
        assert metric(known.name) is known
    with pytest.raises(KeyError):
        metric("no_such_metric")
    assert set(curves(Cohort(empty))) >= {"time_to_second_booking", "payback", "exposure_lorenz", "new_pro_visibility"}


def test_weekly_sessions_are_counted_by_their_end():
    # 22 days hold 3 whole weeks; sessions end on days 1, 6, 11 and 21 (the last one after the third week)
    rows = [booking(0, 0), booking(1, 5), booking(0, 10, need=1), booking(2, 12, outcome="no_show"), booking(1, 20, need=1)]
    np.testing.assert_array_equal(weekly_sessions(Cohort(log(rows, horizon=22))), [2, 1, 0])


def test_the_weekly_return_rate_is_that_of_the_clients_who_arrive_in_the_week():
    # week 0: two new clients, one back within 183 days; week 1: nobody; week 2: one, back too late; week 3 ends on day 28 and
    # 28 + 183 > 210: it cannot be followed
    rows = [booking(0, 0), booking(1, 6), booking(0, 100, need=1), booking(2, 15), booking(2, 205, need=1), booking(3, 22)]
    rate = weekly_return_rate_6m(Cohort(log(rows, horizon=210)))
    assert rate.shape == (30,)
    np.testing.assert_array_equal(rate[:4], [1 / 2, np.nan, 0, np.nan])
    assert np.isnan(rate[4:]).all()

import numpy as np
import pytest
from scipy import stats

from experiments.explorer.cohorts import by_month
from experiments.explorer.logs import log_of
from sim.metrics.cohort import Cohort
from sim.metrics.retention import return_rate_6m
from tests.metrics.logs import booking, log


def test_months_hold_their_own_clients_and_who_of_them_came_back():
    # warm-up 100, months of 30.4375 days: [100, 130.4), [130.4, 160.9), ...; client 0 came in the warm-up
    rows = [booking(0, 50), booking(0, 60, need=1)]
    # month 1: clients 1 and 2, of whom 1 is back; month 2: client 3, not back, but paid 40 >= 30
    rows += [booking(1, 101, contribution=5), booking(1, 120, need=1, contribution=5), booking(2, 130, contribution=5)]
    rows += [booking(3, 131, contribution=40)]
    months = by_month(Cohort(log(rows, warmup=100, horizon=560, cost=30)))
    assert len(months.start_days) == 15  # (560 - 100) / 30.4375 = 15.1
    np.testing.assert_array_equal(months.returned.n[:3], [2, 1, 0])
    np.testing.assert_array_equal(months.returned.share[:3], [0.5, 0.0, np.nan])
    np.testing.assert_array_equal(months.paid_back.share[:2], [0.0, 1.0])
    # month 1: (10 - 30 + 5 - 30) / 2
    assert months.balance_eur[0] == pytest.approx(-22.5)
    expected = stats.binomtest(1, 2).proportion_ci(method="wilson")
    assert (months.returned.low[0], months.returned.high[0]) == pytest.approx((expected.low, expected.high))


def test_a_month_whose_clients_cannot_all_be_followed_is_left_out():
    # month 1 of a run of 213 days ends on day 30.4: 30.4 + 183 = 213.4 > 213
    rows = [booking(0, 1), booking(0, 5, need=1)]
    assert np.isnan(by_month(Cohort(log(rows, horizon=213))).returned.share[0])
    assert by_month(Cohort(log(rows, horizon=214))).returned.share[0] == 1.0


def test_a_run_shorter_than_a_month_has_no_months():
    months = by_month(Cohort(log([booking(0, 1)], horizon=20)))
    assert months.table().num_rows == 0


def test_the_months_together_are_near_the_metric_of_the_run(finished):
    cohort = Cohort(log_of(finished, "uniform", 0))
    share = by_month(cohort).returned
    known = np.isfinite(share.share)
    pooled = np.sum(share.share[known] * share.n[known]) / np.sum(share.n[known])
    # the metric also has the clients of the last, partial month: at most 30.4 of 217 days
    n = float(np.sum(share.n[known]))
    rate = return_rate_6m(cohort)
    whole = float(cohort.followed(183.0).sum())
    assert abs(pooled * n - rate * whole) <= whole - n
    assert n > 0.8 * whole

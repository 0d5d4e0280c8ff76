import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from sim.metrics import exposure
from sim.metrics.cohort import Cohort
from tests.metrics.logs import booking, log


@given(hnp.arrays(float, st.integers(1, 30), elements=st.floats(0, 1e6)))
def test_gini_is_half_the_relative_mean_difference(amounts):
    # definition: sum |x_i - x_j| / (2 n^2 mean)
    if amounts.sum() <= 1e-6:
        return
    expected = np.abs(amounts[:, None] - amounts[None, :]).sum() / (2 * len(amounts) ** 2 * amounts.mean())
    assert exposure.gini(amounts) == pytest.approx(expected, abs=1e-9)


def weekly_scores(offers_by_pro, n_weeks):
    """Rows of n_weeks + 1 refreshes in which each pro's offers grow evenly to the given total, from a start of 7."""
    days, pros, offers = [], [], []
    for week in range(n_weeks + 1):
        for pro, total in enumerate(offers_by_pro):
            days.append(7.0 * week)
            pros.append(pro)
            offers.append(7 + total * week // n_weeks)
    n = len(days)
    zero = [0] * n
    return {"refresh_days": days, "pro": pros, "value": zero, "counted": zero, "completed_sessions": zero, "offers": offers,
            "visibility": [1.0] * n}  # fmt: skip


def test_exposure_is_offers_per_hour_on_offer():
    # 20 weeks; pro 0: 100 offers at 40 h, pro 1: 50 offers at 20 h: the same per hour, .125
    table = log([], n_clients=0, scores=weekly_scores([100, 50], 20), pros={"weekly_hours": [40.0, 20.0]})
    np.testing.assert_allclose(exposure.exposure_per_hour(Cohort(table)), [0.125, 0.125])
    assert exposure.exposure_gini(Cohort(table)) == pytest.approx(0)


def test_a_pro_present_for_less_than_13_weeks_is_left_out():
    table = log([], n_clients=0, scores=weekly_scores([100, 50], 12))
    assert math.isnan(exposure.exposure_gini(Cohort(table)))


def test_earnings_are_per_week_present():
    # both present 20 weeks; 300 against 100: Gini of two = (x2 - x1) / (2 (x1 + x2)) = 200 / 800
    rows = [booking(0, 10, pro=0, price=300), booking(1, 10, pro=1, price=100), booking(2, 10, pro=1, outcome="no_show")]
    table = log(rows, scores=weekly_scores([1, 1], 20))
    assert exposure.earnings_gini(Cohort(table)) == pytest.approx(0.25)


def test_bookings_of_favourites_are_no_exposure_by_dispatch():
    # both receive 100 offers in 20 weeks; 50 of pro 0's are favourites' bookings: 50 against 100, Gini = 50 / (2 * 150) = 1/6
    own = [booking(i, 1.0 + i, pro=0, favourite=True) for i in range(50)]
    before = [booking(60, 0.0, pro=0, favourite=True)]  # on the day of the first refresh: in its count already
    table = log([*own, *before], scores=weekly_scores([100, 100], 20))
    assert exposure.exposure_gini(Cohort(table)) == pytest.approx(0)
    assert exposure.exposure_gini_without_favourites(Cohort(table)) == pytest.approx(1 / 6)


def test_income_is_per_week_present_and_unknown_for_who_was_hardly_there():
    rows = [booking(0, 10, pro=0, price=300), booking(1, 10, pro=0, outcome="no_show")]
    np.testing.assert_allclose(exposure.income_per_week(Cohort(log(rows, scores=weekly_scores([1, 1], 20)))), [300 / 20, 0])
    assert np.isnan(exposure.income_per_week(Cohort(log(rows, scores=weekly_scores([1, 1], 12))))).all()


def test_who_leaves_never_gets_to_30_sessions():
    # pros join on day 10; 30th session of pro 0 ends on day 10 + 30, of pro 1 on 10 + 50; pro 2 left on day 30 with 3 sessions.
    # a third is gone by 20 days of tenure, a third there at 30, two thirds at 50: the median is 50 (30 if leaving were censoring)
    rows = [booking(i, 9 + 1 + i, pro=0, closed=1.0) for i in range(30)]
    rows += [booking(100 + i, 30 + i, pro=1, closed=1.0) for i in range(30)]
    rows += [booking(200 + i, 12 + i, pro=2, closed=1.0) for i in range(3)]
    pros = {"joined_days": [10.0, 10.0, 10.0], "left_days": [np.nan, np.nan, 30.0]}
    cohort = Cohort(log(rows, pros=pros, truth=(0.3, 0.3, 0.3)))
    assert exposure.new_pro_days_to_30_sessions(cohort) == pytest.approx(50.0)
    assert exposure.new_pro_30_sessions_share_12m(cohort) == pytest.approx(2 / 3)


def test_when_fewer_than_half_get_there_the_median_is_not_defined():
    rows = [booking(i, 10 + i, pro=0) for i in range(30)]
    pros = {"joined_days": [10.0, 10.0, 10.0]}
    cohort = Cohort(log(rows, pros=pros, truth=(0.3,) * 3))
    assert math.isnan(exposure.new_pro_days_to_30_sessions(cohort))
    # where the share within a year is known: one of three
    assert exposure.new_pro_30_sessions_share_12m(cohort) == pytest.approx(1 / 3)
    # and pros who were there before the warm-up ended are not new
    assert math.isnan(exposure.new_pro_days_to_30_sessions(Cohort(log(rows, warmup=50))))


def test_the_lorenz_curve_of_equals_is_the_diagonal():
    np.testing.assert_allclose(exposure.lorenz(np.ones(5)), np.linspace(0, 1, 101))
    # one of two has all: nothing up to one half, then straight up
    curve = exposure.lorenz(np.array([0.0, 4.0]))
    np.testing.assert_allclose(curve[[0, 50, 75, 100]], [0, 0, 0.5, 1])
    assert np.isnan(exposure.lorenz(np.zeros(3))).all()

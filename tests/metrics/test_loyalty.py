import math

import numpy as np
import pytest

from sim.metrics import loyalty
from sim.metrics.cohort import Cohort
from sim.metrics.loyalty import (
    attrition_rate,
    churn_by_age,
    churn_by_cohort,
    engagement_index_12m,
    net_promoter_score,
    repurchase_rate_12m,
    retention_rate,
    survey_answers,
    survey_response_rate,
    upsell_ratio_12m,
)
from sim.metrics.retention import return_rate_6m
from tests.markets import arm, market, run
from tests.metrics.logs import booking, log, unfilled


def visits(client, *days, **more):
    """One booking on each day."""
    return [booking(client, day, need=i, **more) for i, day in enumerate(days)]


def test_retention_is_loyal_clients_over_all_clients_of_a_period_and_attrition_the_rest():
    # warm-up 100, periods of 183 days from days 100, 283, 466; the run ends on day 700, within the fourth
    rows = visits(0, 110, 300, 500) + visits(1, 120, 470) + visits(2, 290, 480) + visits(3, 50, 300) + visits(4, 600)
    kept = Cohort(log(rows, warmup=100, horizon=700))
    # second period: 0 and 1 were clients before, 0 stayed; 2 is new, 3 was a client of the warm-up only
    # third period: 0, 2 and 3 were clients before, 0 and 2 stayed; 1 came back and is counted as lost before; so 3 of 5 in all
    assert retention_rate(kept) == pytest.approx(3 / 5)
    # retention = 100 % - attrition = loyal clients / total clients
    assert attrition_rate(kept) == pytest.approx(2 / 5)
    assert 100 * retention_rate(kept) == pytest.approx(100 - 100 * attrition_rate(kept))
    assert loyalty.loyal_client_periods(kept) == 3


def test_a_request_that_nobody_accepted_keeps_no_client():
    assert retention_rate(Cohort(log([*visits(0, 10), unfilled(0, 200, need=1)], horizon=400))) == 0.0


def test_the_end_of_a_period_belongs_to_the_next_one():
    # 366 = 2 * 183: periods are days 0 to 183 and 183 to 366
    assert retention_rate(Cohort(log(visits(0, 10, 183), horizon=366))) == 1.0
    assert retention_rate(Cohort(log(visits(0, 10, 182), horizon=366))) == 0.0
    assert math.isnan(retention_rate(Cohort(log(visits(0, 10, 183), horizon=365)))), "one whole period has none before it"


def test_churn_is_half_a_year_without_a_booking_from_some_age_on():
    # ages 0, 91.3, 182.6, 273.9, ... days; client 0 books again on days 100 and 400, client 1 never, client 2 on day 183
    rows = visits(0, 0, 100, 400) + visits(1, 0) + visits(2, 0, 183)
    # silent at age 0, days 0 to 183: 1. At 91.3, to 274.3: 1. At 182.6, to 365.6: 0 (day 400 is later) and 1, since 2 booked on day
    # 183. At 273.9, to 456.9: 1 and 2. At 365.25, to 548.25: 1 and 2. At 456.6 and 547.9: all
    expected = [1 / 3, 1 / 3, 2 / 3, 2 / 3, 2 / 3, 1, 1]
    np.testing.assert_allclose(churn_by_age(Cohort(log(rows, horizon=1000))), expected)


def test_churn_at_age_zero_is_one_minus_the_return_rate():
    cohort = Cohort(run(market("horizon_days=500", "clients.arrivals_per_day=8"), arm("uniform")))
    assert churn_by_age(cohort)[0] == pytest.approx(1 - return_rate_6m(cohort), abs=1e-12)
    # an unfilled first request: the one booking that follows makes a client, and is no return
    late = Cohort(log([unfilled(0, 0), booking(0, 30, need=1)]))
    assert churn_by_age(late)[0] == 1.0 == 1 - return_rate_6m(late)


def test_churn_at_an_age_that_nobody_can_be_followed_to_is_not_defined():
    # the half year from age 91.3 on ends on day 274.3
    churn = churn_by_age(Cohort(log(visits(0, 0, 20), horizon=270)))
    assert churn[0] == 0.0
    assert np.isnan(churn[1:]).all()


def test_the_churn_triangle_has_a_row_for_each_quarter_of_first_requests():
    # warm-up 10, quarters from days 10, 101.3 and 192.6 (to 283.9); the run ends on day 400, which lies in the fifth
    rows = visits(0, 20, 60) + visits(1, 30) + visits(2, 110, 120) + visits(3, 5, 30)
    table = churn_by_cohort(Cohort(log(rows, warmup=10, horizon=400)))
    assert table.shape == (4, 7)
    # first quarter, age 0: 1 of 2 silent; its last client is followed to 101.3 + 183 = 284.3. Age 91.3: to 375.6, both silent.
    # Age 182.6: to 467, too late. Second, age 0: to 375.6, nobody silent. Third: nobody came
    expected = np.full((4, 7), np.nan)
    expected[0, :2], expected[1, 0] = (0.5, 1.0), 0.0
    np.testing.assert_array_equal(table, expected)


def test_the_pooled_curve_is_the_mean_of_the_quarters_weighted_by_their_clients():
    log_ = run(market("horizon_days=1000", "clients.arrivals_per_day=8"), arm("uniform"))
    cohort = Cohort(log_)
    table, first = churn_by_cohort(cohort), cohort.first_request_days
    # at 18 months, two quarters can be followed whole: the third would take 273.9 + 547.9 + 183 = 1004.8 days
    whole = np.isfinite(table[:, 6])
    assert whole.sum() == 2
    n = np.histogram(first, bins=loyalty.QUARTER_DAYS * np.arange(3))[0]
    pooled = loyalty.inactive_at(cohort, 6 * loyalty.QUARTER_DAYS)[first < 2 * loyalty.QUARTER_DAYS].mean()
    assert table[:2, 6] @ n / n.sum() == pytest.approx(pooled)


def test_the_repurchase_rate_is_of_those_who_bought():
    # 0 twice; 1 once and a no-show; 2 never had a session; 3 too late: the second session ends on day 366
    rows = [*visits(0, 0, 50), booking(1, 0), booking(1, 50, need=1, outcome="no_show"), unfilled(2, 0), *visits(3, 0, 365)]
    assert repurchase_rate_12m(Cohort(log(rows))) == pytest.approx(1 / 3)


def test_the_upsell_ratio_is_clients_of_several_services_per_client_of_one():
    # 0: services 0 and 1; 1: service 1 twice; 2: service 0; 3: services 0, then 1 cancelled: one; 4 too late with the second one
    rows = [booking(0, 0, service=0), booking(0, 40, need=1, service=1), *visits(1, 0, 50, service=1), booking(2, 0)]
    rows += [booking(3, 0), booking(3, 50, need=1, service=1, outcome="cancelled_by_client")]
    rows += [booking(4, 0), booking(4, 370, need=1, service=1), unfilled(5, 0)]
    assert upsell_ratio_12m(Cohort(log(rows))) == pytest.approx(1 / 4)
    assert math.isnan(upsell_ratio_12m(Cohort(log(rows[:2])))), "nobody with one service only"
    assert upsell_ratio_12m(Cohort(log(rows[2:4]))) == 0.0


def test_nobody_is_sold_another_service_where_nobody_asks_for_one_and_more_are_where_more_do():
    worlds = [
        market("horizon_days=500", "warmup_days=0", f"clients.other_service_share={share}", preset="personal_care")
        for share in (0, 0.1, 0.3)
    ]
    none, some, more = (upsell_ratio_12m(Cohort(run(world, arm("uniform")))) for world in worlds)
    assert none == 0 < some < more


def test_the_net_promoter_score_is_promoters_minus_detractors_per_100_answers():
    # 9 and 10 promote; 7 and 8 are passive; 0 and 6 detract; -1 gave no answer: 100 * (2 - 2) / 6, then without the zero 100 / 5
    answers = [10, 9, 8, 7, 6, 0]
    rows = [booking(client, 5, survey=answer) for client, answer in enumerate([*answers, -1, -1])]
    assert net_promoter_score(Cohort(log(rows))) == 0.0
    assert net_promoter_score(Cohort(log([row for row in rows if row["survey"] != 0]))) == pytest.approx(20)
    assert survey_response_rate(Cohort(log(rows))) == pytest.approx(6 / 8)
    assert survey_answers(Cohort(log(rows))).tolist() == [1, 0, 0, 0, 0, 0, 1, 1, 1, 1, 1]


def test_only_sessions_that_ended_after_the_warm_up_are_asked_about():
    # sessions end a day after the request: day 100 counts, day 99.9 does not; who had no session is not asked
    rows = [booking(0, 98.9, survey=0), booking(1, 99, survey=10), booking(2, 150), unfilled(3, 200)]
    cohort = Cohort(log(rows, warmup=100))
    assert net_promoter_score(cohort) == 100
    assert survey_response_rate(cohort) == 0.5


def test_the_response_rate_of_a_run_is_that_of_the_market():
    cohort = Cohort(run(market("horizon_days=500", "rating.survey_share=.15"), arm("uniform")))
    n = int(cohort.completed.sum())
    assert n > 10_000
    assert abs(survey_response_rate(cohort) - 0.15) < 3 * math.sqrt(0.15 * 0.85 / n)


def test_happier_clients_promote_more():
    low, high = (
        net_promoter_score(
            Cohort(run(market("horizon_days=300", "rating.survey_share=.5", f"rating.survey_location={x}"), arm("uniform")))
        )
        for x in (0.5, 2.5)
    )
    assert low < high


def test_the_engagement_index_is_the_mean_of_frequency_recency_and_voice():
    # client 0, bookings on days 0, 10, 200 of 365: months 0, 0 and 6, so frequency 2/12, recency 200/365; voice 2 of 3 sessions
    rows = [booking(0, 0, rating=4), booking(0, 10, need=1, survey=9, rating=2), booking(0, 200, need=2)]
    first = (2 / 12 + 200 / 365 + 2 / 3) / 3
    assert engagement_index_12m(Cohort(log(rows))) == pytest.approx(100 * first)
    # client 1 was never served and is worth nothing; client 2 was booked on the last day of the year, whose month is the twelfth
    rows += [unfilled(1, 0), unfilled(2, 0), booking(2, 365, need=1), booking(2, 366, need=2, rating=5)]
    last = (1 / 12 + 1 + 0) / 3
    assert engagement_index_12m(Cohort(log(rows))) == pytest.approx(100 * (first + last) / 3)


@pytest.mark.parametrize(
    "metric",
    [
        retention_rate,
        attrition_rate,
        repurchase_rate_12m,
        upsell_ratio_12m,
        net_promoter_score,
        survey_response_rate,
        engagement_index_12m,
    ],
)
def test_without_clients_loyalty_is_not_defined(metric):
    assert math.isnan(metric(Cohort(log([], n_clients=0))))
    assert math.isnan(metric(Cohort(log([booking(0, 0), booking(0, 9, need=1)], warmup=500))))


def test_without_clients_nobody_has_fallen_silent():
    empty = Cohort(log([], n_clients=0))
    assert np.isnan(churn_by_age(empty)).all()
    assert np.isnan(churn_by_cohort(empty)).all()

import math
from dataclasses import replace

import numpy as np
import pytest

from sim.metrics import score_quality
from sim.metrics.cohort import Cohort
from tests.metrics.logs import log


def scores(rows):
    """Rows of (day, pro, value, counted)."""
    n = len(rows)
    day, pro, value, counted = zip(*rows, strict=True)
    return {"refresh_days": day, "pro": pro, "value": value, "counted": counted, "completed_sessions": [0] * n,
            "offers": [0] * n, "visibility": [1.0] * n}  # fmt: skip


def test_signal_is_the_mean_squared_correlation_over_the_last_half_year():
    truth = [0.1, 0.2, 0.3]
    rows = [(0, 0, 9.0, True), (0, 1, 1.0, True), (0, 2, 5.0, True)]  # more than half a year before the end: ignored
    rows += [(900, pro, value, True) for pro, value in enumerate([1.0, 2.0, 3.0])]  # r = 1
    rows += [(907, pro, value, True) for pro, value in enumerate([1.0, 3.0, 2.0])]  # r = 1/2
    cohort = Cohort(log([], n_clients=0, truth=truth, scores=scores(rows)))
    assert score_quality.score_signal_share(cohort) == pytest.approx((1 + 0.25) / 2)
    # ranks agree with the values here: (1 + .5) / 2
    assert score_quality.score_rank_correlation(cohort) == pytest.approx(0.75)


def test_where_quality_moves_a_score_is_held_against_the_truth_of_its_week():
    rows = [(day, pro, value, True) for day in (900, 907) for pro, value in enumerate([1.0, 2.0, 3.0])]
    still = log([], n_clients=0, truth=[0.1, 0.2, 0.3], scores=scores(rows))
    moving = replace(still, truth_refreshes={"return_propensity": np.array([0.1, 0.2, 0.3, 0.3, 0.2, 0.1])})
    # with the score in one week, against it in the other
    assert score_quality.score_rank_correlation(Cohort(still)) == pytest.approx(1)
    assert score_quality.score_rank_correlation(Cohort(moving)) == pytest.approx(0)


def test_scores_that_do_not_count_are_left_out_and_two_pros_are_too_few():
    rows = [(900, 0, 1.0, True), (900, 1, 2.0, True), (900, 2, 50.0, False)]
    cohort = Cohort(log([], n_clients=0, truth=[0.1, 0.2, 0.3], scores=scores(rows)))
    assert math.isnan(score_quality.score_signal_share(cohort))


def test_equal_scores_have_no_correlation():
    rows = [(900, pro, 1.0, True) for pro in range(3)]
    cohort = Cohort(log([], n_clients=0, truth=[0.1, 0.2, 0.3], scores=scores(rows)))
    assert math.isnan(score_quality.score_rank_correlation(cohort))


def test_the_spread_of_the_truth_is_its_standard_deviation():
    assert score_quality.true_propensity_sd(Cohort(log([], n_clients=0, truth=[0.2, 0.4]))) == pytest.approx(math.sqrt(0.02))
    assert math.isnan(score_quality.true_propensity_sd(Cohort(log([], n_clients=0, truth=[0.2]))))
    assert np.isnan(score_quality.score_signal_share(Cohort(log([], n_clients=0))))


def history(rows):
    """Rows of (day, pro, counted, clients behind, sessions, visibility)."""
    names = ("refresh_days", "pro", "counted", "clients_behind", "completed_sessions", "visibility")
    return {name: list(column) for name, column in zip(names, zip(*rows, strict=True), strict=True)}


def test_a_false_demotion_is_a_good_pro_shown_less_than_the_average():
    # truths .1 .2 .3 .4, mean .25: pros 2 and 3 are good; on day 900 pro 2 is shown less, on day 907 both are
    rows = [(900, pro, True, 9, 40, seen) for pro, seen in enumerate([1.2, 1.0, 0.8, 1.0])]
    rows += [(907, pro, True, 9, 40, seen) for pro, seen in enumerate([1.6, 0.8, 0.8, 0.8])]
    cohort = Cohort(log([], n_clients=0, truth=[0.1, 0.2, 0.3, 0.4], scores=history(rows)))
    assert score_quality.false_demotion_share(cohort) == pytest.approx((1 / 2 + 2 / 2) / 2)


def test_a_pro_who_does_not_count_is_not_demoted_and_equal_weights_demote_nobody():
    rows = [(900, 0, True, 9, 40, 1.0), (900, 1, False, 0, 0, 0.5), (900, 2, True, 9, 40, 1.0 - 1e-16)]
    cohort = Cohort(log([], n_clients=0, truth=[0.1, 0.4, 0.4], scores=history(rows)))
    assert score_quality.false_demotion_share(cohort) == 0
    only_absent = history([(900, 0, False, 0, 0, 1.0)])
    assert math.isnan(score_quality.false_demotion_share(Cohort(log([], n_clients=0, truth=[0.1], scores=only_absent))))


def newcomers(rows, joined, left):
    pros = {"joined_days": joined, "left_days": left}
    built = log([], n_clients=0, truth=[0.3] * len(joined), pros=pros, scores=history(rows), warmup=366.0)
    return Cohort(replace(built, facts={**built.facts, "min_sessions": 30.0, "min_clients_behind": 5.0}))


def test_days_until_counted_is_the_median_over_new_pros_and_who_never_counts_is_censored():
    joined = [400.0, 400.0, 400.0, 0.0]  # the last one was there before the warm-up was over
    rows = [(414, 0, True, 5, 30, 1.0), (421, 0, True, 5, 30, 1.0), (428, 1, True, 5, 30, 1.0), (414, 2, False, 0, 0, 1.0)]
    # there after 14 and 28 days, one never: shares 1/3, 2/3
    assert score_quality.days_until_counted(newcomers(rows, joined, [math.nan] * 4)) == 28
    one_of_three = [row for row in rows if row[1] != 1]
    assert math.isnan(score_quality.days_until_counted(newcomers(one_of_three, joined, [math.nan] * 4)))


def test_a_pro_who_leaves_never_counts():
    # one of three is there after 14 days, the others are gone after 20
    rows = [(414, 0, True, 5, 30, 1.0), (414, 1, False, 0, 0, 1.0), (414, 2, False, 0, 0, 1.0)]
    leaving = [math.nan, 420.0, 420.0]
    assert math.isnan(score_quality.days_until_counted(newcomers(rows, [400.0] * 3, leaving)))
    # with one leaver fewer, 2 of 3 get there: the second after 28 days
    rows.append((428, 1, True, 5, 30, 1.0))
    assert score_quality.days_until_counted(newcomers(rows, [400.0] * 3, [math.nan, math.nan, 420.0])) == 28


def test_the_threshold_delayed_the_pro_who_had_the_clients_but_not_the_sessions():
    rows = [
        (407, 0, False, 6, 29, 1.0), (414, 0, True, 6, 30, 1.0),  # sessions came last
        (407, 1, False, 4, 35, 1.0), (414, 1, True, 5, 36, 1.0),  # clients came last
        (407, 2, False, 4, 29, 1.0), (414, 2, True, 5, 30, 1.0),  # both in one week
        (407, 3, False, 4, 29, 1.0),  # does not count yet
    ]  # fmt: skip
    assert score_quality.threshold_delay_share(newcomers(rows, [400.0] * 4, [math.nan] * 4)) == pytest.approx(1 / 3)

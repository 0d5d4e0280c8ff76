import math

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

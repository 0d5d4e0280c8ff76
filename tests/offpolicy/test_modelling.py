"""Estimates with a model of outcomes."""

import numpy as np
import pytest

from sim.offpolicy.choices import Choices
from sim.offpolicy.modelling import direct, doubly_robust, predicted, switched, switching
from sim.offpolicy.weighting import inverse_propensity
from sim.statistics.intervals import mean_interval
from tests.offpolicy.bandit import HAND, HAND_CHOICES, HAND_MODEL, RETURNS, TARGET, TRUTH, WRONG, drawn

LOGS = 500


def test_estimates_are_those_worked_by_hand():
    assert direct(HAND_MODEL).estimate == pytest.approx((0.56 + 0.3 + 0.5) / 3, abs=1e-9)
    # errors of the model at the chosen: 1 - .6, 0 - .4, 1 - .5; times 1.6, 5/3, 4
    terms = [0.56 + 1.6 * 0.4, 0.3 - 5 / 3 * 0.4, 0.5 + 4 * 0.5]
    assert doubly_robust(HAND_CHOICES, HAND_MODEL).values == pytest.approx(terms, abs=1e-9)
    # above 2 only the model
    assert switched(HAND_CHOICES, HAND_MODEL, 2.0).values == pytest.approx([*terms[:2], 0.5], abs=1e-9)


def test_switching_ends_at_doubly_robust_and_at_the_model_alone():
    assert switched(HAND_CHOICES, HAND_MODEL, 4.0).estimate == doubly_robust(HAND_CHOICES, HAND_MODEL).estimate
    assert switched(HAND_CHOICES, HAND_MODEL, 1.0).estimate == direct(HAND_MODEL).estimate


def test_what_switching_costs_is_worked_by_hand():
    found = switching(HAND_CHOICES, HAND_MODEL)
    assert found.tried == pytest.approx([1.6, 5 / 3, 4.0])
    assert found.bias_bound == pytest.approx([(5 / 3 + 4) / 3, 4 / 3, 0.0], abs=1e-9)


def test_doubly_robust_is_unbiased_with_a_wrong_model_and_its_interval_covers():
    logs = [drawn(400, seed) for seed in range(LOGS)]
    found = [mean_interval(doubly_robust(log.choices, log.model).values) for log in logs]
    estimates = np.array([each.estimate for each in found])
    error = 3 * estimates.std(ddof=1) / LOGS**0.5
    assert abs(estimates.mean() - TRUTH) < error
    assert 0.93 <= np.mean([not each.excludes(TRUTH) for each in found]) <= 0.97
    # the model alone errs by what it errs over the new policy
    alone = np.mean([direct(log.model).estimate for log in logs])
    assert alone == pytest.approx(float((WRONG * TARGET).sum() / 2), abs=0.005)
    assert abs(alone - TRUTH) > 3 * error


def test_a_right_model_forgives_wrong_propensities():
    estimates = []
    for seed in range(200):
        log = drawn(400, seed)
        model = predicted(log.candidates, RETURNS[log.context].ravel())
        wrong = Choices(log.choices.outcome, np.full(400, 0.25), log.choices.target)
        estimates.append((doubly_robust(wrong, model).estimate, inverse_propensity(wrong).estimate))
    means, errors = np.mean(estimates, axis=0), np.std(estimates, axis=0) / 200**0.5
    assert abs(means[0] - TRUTH) < 3 * errors[0]
    assert abs(means[1] - TRUTH) > 10 * errors[1]


def test_outcomes_that_are_not_known_leave_the_model():
    choices = Choices(np.array([1.0, np.nan, 1.0]), HAND_CHOICES.logged, HAND_CHOICES.target, np.array([1.5, 0.0, 1.5]))
    terms = [0.56 + 1.5 * 1.6 * 0.4, 0.3, 0.5 + 1.5 * 4 * 0.5]
    assert doubly_robust(choices, HAND_MODEL).values == pytest.approx(terms, abs=1e-9)


def test_predictions_that_do_not_fit_are_refused():
    with pytest.raises(ValueError, match="predicted outcomes has 3 rows, must have one a candidate, 7"):
        predicted(HAND, np.zeros(3))
    with pytest.raises(ValueError, match="predicted outcome of decision 1 = nan, must be finite"):
        predicted(HAND, np.array([0, 0, 0, np.nan, 0, 0, 0]))
    with pytest.raises(ValueError, match="threshold = -1, must be > 0"):
        switched(HAND_CHOICES, HAND_MODEL, -1.0)

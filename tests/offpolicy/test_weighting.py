"""Estimates by weighting."""

import numpy as np
import pytest

from sim.offpolicy.choices import Choices
from sim.offpolicy.weighting import clipped, clipping, inverse_propensity, self_normalised
from sim.statistics.intervals import mean_interval
from tests.offpolicy.bandit import HAND_CHOICES, TRUTH, drawn

LOGS = 500


def test_estimates_are_those_worked_by_hand():
    # outcomes 1, 0, 1 with weights 1.6, 5/3, 4
    assert inverse_propensity(HAND_CHOICES).estimate == pytest.approx(5.6 / 3, abs=1e-9)
    assert self_normalised(HAND_CHOICES).estimate == pytest.approx(5.6 / (1.6 + 5 / 3 + 4), abs=1e-9)
    assert clipped(HAND_CHOICES, 2.0).estimate == pytest.approx((1.6 + 2) / 3, abs=1e-9)


def test_clients_who_are_not_followed_count_by_those_who_are():
    choices = Choices(np.array([1.0, np.nan, 0.0]), np.full(3, 0.5), np.array([1.0, 1.0, 0.25]), np.array([1.5, 0.0, 1.5]))
    # weights 2, 2, .5 times 1.5, 0, 1.5
    assert inverse_propensity(choices).estimate == pytest.approx(3 / 3, abs=1e-9)
    assert self_normalised(choices).estimate == pytest.approx(3 / 3.75, abs=1e-9)


def test_clipping_at_the_largest_weight_cuts_nothing():
    assert clipped(HAND_CHOICES, 4.0).estimate == inverse_propensity(HAND_CHOICES).estimate


def test_what_clipping_costs_is_worked_by_hand():
    found = clipping(HAND_CHOICES)
    assert found.tried == pytest.approx([1.6, 5 / 3, 4.0])
    # cut off: 5/3 - 1.6 and 4 - 1.6; 4 - 5/3; nothing
    assert found.bias_bound == pytest.approx([(5 / 3 - 1.6 + 2.4) / 3, (4 - 5 / 3) / 3, 0.0], abs=1e-9)
    # uncut terms 1.6, 0, 4: squares 18.56 less 3 * (5.6 / 3)^2 = 8.10667; over n - 1 = 2, over n = 3
    assert found.standard_error[-1] == pytest.approx(((18.56 - 5.6**2 / 3) / 6) ** 0.5, abs=1e-9)


def test_weighting_is_unbiased_and_its_interval_covers():
    logs = [drawn(400, seed).choices for seed in range(LOGS)]
    naive = np.array([choices.outcome.mean() for choices in logs])
    assert naive.mean() - TRUTH < -0.1  # there is something to correct
    for estimator in (inverse_propensity, self_normalised):
        found = [mean_interval(estimator(choices).linear) for choices in logs]
        estimates = np.array([each.estimate for each in found])
        assert abs(estimates.mean() - TRUTH) < 3 * estimates.std(ddof=1) / LOGS**0.5
        assert 0.93 <= np.mean([not each.excludes(TRUTH) for each in found]) <= 0.97


def test_clipping_lowers_estimates_and_their_scatter():
    logs = [drawn(400, seed).choices for seed in range(100)]
    cut = np.array([clipped(choices, 1.5).estimate for choices in logs])
    whole = np.array([inverse_propensity(choices).estimate for choices in logs])
    assert (cut <= whole).all()
    assert cut.std() < whole.std()


def test_a_policy_that_never_chose_so_has_no_estimate():
    choices = Choices(np.ones(2), np.full(2, 0.5), np.zeros(2))
    for estimator in (self_normalised, clipping):
        with pytest.raises(ValueError, match="weights of all decisions = 0, one must be > 0"):
            estimator(choices)
    assert inverse_propensity(choices).estimate == 0.0


def test_a_threshold_must_be_positive():
    with pytest.raises(ValueError, match="threshold = 0, must be > 0"):
        clipped(HAND_CHOICES, 0.0)

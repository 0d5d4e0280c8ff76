"""Bias against variance."""

import numpy as np
import pytest

from sim.offpolicy.choices import Choices
from sim.offpolicy.thresholds import Thresholds, cuts, weighed
from sim.offpolicy.weighting import clipping


def test_the_best_has_the_least_squared_error():
    # .09 + .01, .04 + .0025, .25
    found = Thresholds(np.array([1.0, 2.0, 3.0]), np.array([0.1, 0.2, 0.5]), np.array([0.3, 0.05, 0.0]))
    assert found.best == 2.0


def test_of_two_alike_the_one_that_cuts_less_is_best():
    assert Thresholds(np.array([1.0, 2.0]), np.zeros(2), np.zeros(2)).best == 2.0


def test_weights_seen_are_tried_up_to_the_largest():
    ratio = np.append(np.zeros(50), np.arange(1.0, 101.0))
    tried = cuts(ratio)
    assert (tried[0], tried[-1], len(tried)) == (1.0, 100.0, 21)
    assert set(tried) <= set(ratio)


def test_more_decisions_afford_larger_weights():
    # One decision in 50 weighs 20 and has the outcome 1; half of the others have it. Uncut, the variance of the mean is
    # (400 + 24 - 50 * .88^2) / 49 / 50 = .16. Cut at 1, the bias is 19 / 50, squared .144, and the variance .005.
    # With a hundred times as many it is .0016 against .144.
    outcome, logged = np.append(1.0, np.arange(49) % 2), np.append(0.05, np.ones(49))
    few = Choices(outcome, logged, np.ones(50))
    many = Choices(np.tile(outcome, 100), np.tile(logged, 100), np.ones(5_000))
    assert clipping(few).best == 1.0
    assert clipping(many).best == 20.0


def test_a_single_decision_has_no_scatter():
    assert weighed(np.array([2.0]), np.array([[1.0]]), np.zeros(1)).standard_error.tolist() == [0.0]


def test_weights_of_nothing_are_refused():
    with pytest.raises(ValueError, match="weights of all decisions = 0"):
        cuts(np.zeros(3))

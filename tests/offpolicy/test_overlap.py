"""How far a log reaches."""

import math

import numpy as np
import pytest

from sim.offpolicy.choices import Candidates, Choices
from sim.offpolicy.overlap import check_support, largest_possible_weight, overlap, unsupported_share
from tests.offpolicy.bandit import HAND, HAND_CHOICES

STRICT = Candidates(np.array([2, 2]), np.array([0, 1]), np.array([1.0, 0.0, 0.0, 1.0]), np.array([0.5, 0.5, 0.0, 1.0]))


def test_reach_is_that_worked_by_hand():
    found = overlap(HAND_CHOICES, HAND)
    # weights 1.6, 5/3, 4
    assert found.effective_n == pytest.approx((1.6 + 5 / 3 + 4) ** 2 / (1.6**2 + 25 / 9 + 16), abs=1e-9)
    assert (found.largest_weight, found.largest_share) == pytest.approx((4.0, 4 / (1.6 + 5 / 3 + 4)), abs=1e-9)
    assert found.unsupported_share == 0.0


def test_a_policy_judged_on_its_own_log_has_every_decision():
    assert overlap(Choices(np.zeros(7), np.full(7, 0.2), np.full(7, 0.2))).effective_n == pytest.approx(7)


def test_mass_without_support_is_counted_over_all_candidates():
    # half of the first decision's mass, none of the second's
    assert unsupported_share(STRICT) == 0.25
    assert math.isnan(overlap(STRICT.choices(np.zeros(2))).unsupported_share)


def test_weights_that_were_not_drawn_count_for_the_range():
    # .8/.5, .5/.2 = 2.5, 5/3, 1/.25: the largest happens to be chosen, but not here
    assert largest_possible_weight(HAND) == 4.0
    other = Candidates.from_table(np.array([0]), np.array([[0.9, 0.1]]), np.array([[0.5, 0.5]]))
    assert largest_possible_weight(other) == pytest.approx(5.0)


def test_decisions_that_are_not_followed_do_not_reach():
    choices = Choices(np.zeros(3), np.full(3, 0.5), np.full(3, 0.5), np.array([1.5, 0.0, 1.5]))
    assert overlap(choices).effective_n == pytest.approx(2)


def test_without_any_weight_nothing_is_reached():
    found = overlap(Choices(np.zeros(2), np.full(2, 0.5), np.zeros(2)))
    assert (found.effective_n, found.largest_weight) == (0.0, 0.0)
    assert math.isnan(found.largest_share)


def test_a_strict_order_is_refused_with_what_would_be_needed():
    # a tenth at random makes propensities .95 and .05. First decision .25 / .95 + .25 / .05 = 5.263, second 1 / .95 = 1.053:
    # mean 3.158, so 3158 decisions for 1000
    with pytest.raises(ValueError, match=r"a strict order says nothing about other choices; .* 10% at random, 3158 decisions"):
        check_support(STRICT.choices(np.zeros(2)), STRICT)
    with pytest.raises(ValueError, match=r"logged propensities are all 1, some must be < 1: .* make 10% of decisions at random"):
        check_support(STRICT.choices(np.zeros(2)))


def test_chance_or_no_difference_is_let_pass():
    check_support(HAND_CHOICES, HAND)
    check_support(Choices(np.zeros(2), np.ones(2), np.ones(2)))

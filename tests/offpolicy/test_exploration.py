"""What a log would need."""

import math

import numpy as np
import pytest

from sim.allocators.softmax import Softmax
from sim.offpolicy.choices import Candidates
from sim.offpolicy.exploration import Exploration, decisions_needed, mixed, softmax, softmax_plans
from sim.offpolicy.overlap import overlap
from tests.offpolicy.bandit import HAND, LOGGED, TARGET, drawn
from tests.views import pro_view

TWO = np.array([2])


def test_decisions_needed_are_those_worked_by_hand():
    # .64/.5 + .04/.5 = 1.36; .25/.2 + .25/.3 = 2.08333; 1/.25 = 4
    expected = 100 * (1.36 + 1.25 + 0.25 / 0.3 + 4) / 3
    assert decisions_needed(HAND.counts, HAND.logged, HAND.target, 100) == pytest.approx(expected, abs=1e-9)


def test_a_log_of_the_size_advised_has_the_effective_size_asked_for():
    needed = decisions_needed(np.array([4, 4]), LOGGED.ravel(), TARGET.ravel(), 2_000)
    log = drawn(round(needed), 1)
    assert overlap(log.choices).effective_n == pytest.approx(2_000, rel=0.03)


def test_without_support_no_log_is_long_enough():
    assert decisions_needed(TWO, np.array([1.0, 0.0]), np.array([0.5, 0.5])) == math.inf
    assert decisions_needed(TWO, np.array([1.0, 0.0]), np.array([1.0, 0.0]), 100) == 100


def test_softmax_is_that_of_the_allocator():
    scores = np.array([0.2, 0.3, 0.4])
    weights = Softmax(temperature=0.25).visibility(pro_view(scores), 0.0)
    assert softmax(np.array([3]), scores / 0.3, 0.25) == pytest.approx(weights / weights.sum(), abs=1e-12)


def test_softmax_is_within_each_decision_and_towards_zero_a_strict_order():
    found = softmax(np.array([2, 3]), np.array([1.0, 1.0 + math.log(3), 2.0, 2.0, 2.0]), 1.0)
    assert found == pytest.approx([0.25, 0.75, 1 / 3, 1 / 3, 1 / 3])
    assert softmax(TWO, np.array([1.0, 1.1]), 1e-4).tolist() == [0.0, 1.0]


def test_a_share_at_random_leaves_every_candidate_a_chance():
    assert mixed(TWO, np.array([1.0, 0.0]), 0.1) == pytest.approx([0.95, 0.05])
    assert Candidates(TWO, np.array([1]), mixed(TWO, np.array([1.0, 0.0]), 0.1), np.array([0.0, 1.0])).counts.tolist() == [2]


def test_a_plan_is_worked_by_hand():
    # softmax(log 3 apart, temperature 1) = 1/4, 3/4. Towards the first alone: 1 / .25 = 4 times 1000 decisions, at 50 a week 80
    # weeks. A strict order by the second expects .5, softmax .25 * .3 + .75 * .5 = .45: .05 less a decision, 200 in all.
    plans = softmax_plans(
        TWO, np.array([1.0, 1 + math.log(3)]), np.array([0.0, 1.0]), np.array([1.0, 0.0]), np.array([0.3, 0.5]), [1.0, 1e-4], 50
    )
    first, frozen = plans
    assert (first.decisions, first.weeks, first.less_per_decision) == pytest.approx((4_000, 80, 0.05), abs=1e-9)
    assert first.less == pytest.approx(200, abs=1e-6)
    assert frozen.weeks == math.inf
    assert math.isnan(frozen.less)


def test_more_temperature_needs_fewer_weeks_towards_a_policy_unlike_todays():
    order = np.arange(5.0)
    plans = softmax_plans(np.array([5]), order, np.eye(5)[4], np.eye(5)[0], order, [0.5, 1.0, 2.0], 10)
    weeks = [plan.weeks for plan in plans]
    assert weeks == sorted(weeks, reverse=True)
    assert plans[0].less_per_decision < plans[2].less_per_decision


def test_bad_plans_are_refused():
    with pytest.raises(ValueError, match="temperature = 0, must be > 0"):
        softmax(TWO, np.ones(2), 0.0)
    with pytest.raises(ValueError, match="decisions_per_week = 0, must be > 0"):
        softmax_plans(TWO, np.ones(2), np.full(2, 0.5), np.full(2, 0.5), np.ones(2), [1.0], 0)
    assert Exploration(1.0, 10.0, 1.0, -0.1).less == -1.0

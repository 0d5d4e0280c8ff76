"""The formula whose best lies at a guardrail, and what is said about searches."""

import math

import numpy as np
import pytest

from benchmarks.guardrails import BEST, Answered, Found, searched, truth_at, truth_of, tuning_of, unbiased
from experiments.execution.jobs import Job


def test_other_keys_than_the_first_do_harm_in_both_metrics():
    best, harmed = truth_at(np.array([[0.25, *BEST], [0.25, BEST[0] + 0.1, *BEST[1:]]]))
    # gain .02 * sqrt(.25), inequality .1 * .25; a tenth beside is a hundredth of harm
    assert best == pytest.approx([0.01, 0.025])
    assert harmed - best == pytest.approx([-0.0002, 0.0005])


def test_arms_have_the_place_of_their_keys_and_share_the_luck_of_a_replication():
    tuning = tuning_of(1, "maximise=return_rate_6m")
    keys = {"strength": 2.0, "floor": 0.18, "cap": 8.0, "min_sessions": 45}
    values = {f"arm.{'score' if key == 'min_sessions' else 'allocator'}.{key}": value for key, value in keys.items()}
    arm = tuning.arm(tuning.space.read(values), "setting_1")
    assert truth_of(arm) == pytest.approx([0.01, 0.025])
    arms = (tuning.plan.arms["uniform"], arm)
    runs = np.array(
        [[Answered().metrics(Job(tuning.plan.market, one, 1, r))["return_rate_6m"] for r in range(400)] for one in arms]
    )
    # spread .006 of what is shared, .002 each of what is not
    assert np.corrcoef(runs)[0, 1] == pytest.approx(0.9, abs=0.05)
    assert (runs[1] - runs[0]).std() == pytest.approx(0.002 * math.sqrt(2), rel=0.15)
    assert (runs[1] - runs[0]).mean() == pytest.approx(0.01, abs=0.0006)


def test_confirmed_values_that_are_too_good_are_found_out(capsys):
    rng = np.random.default_rng(1)
    each = [Found(np.zeros(2), 0.004, error, 0.0) for error in rng.normal(0, 0.001, 100)]
    assert unbiased(each)
    assert "searched minus truth +0.400 points" in capsys.readouterr().out
    assert not unbiased([Found(one.truth, one.searched, one.confirmed + 0.0005, 0.0) for one in each])


def test_one_search_finds_more_than_the_rule_of_today_and_the_same_again():
    tuning = tuning_of(3, "maximise=return_rate_6m", "budget=150")
    found = searched(tuning)
    assert found.truth[0] > truth_of(tuning.plan.arms["wecasa_2025"])[0]
    assert searched(tuning).confirmed == found.confirmed

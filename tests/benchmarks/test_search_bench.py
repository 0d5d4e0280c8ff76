"""The formulas that searches are held against, and what is said about searches."""

import math

import numpy as np
import pytest

from benchmarks.search import BEST, Answered, Found, edge, searched, truth_of, tuning_of, unbiased, volume
from experiments.execution.jobs import Job


def test_other_keys_than_the_first_do_harm_in_both_metrics():
    best, harmed = edge(np.array([[0.25, *BEST[1:]], [0.25, BEST[1] + 0.1, *BEST[2:]]]))
    # gain .02 * sqrt(.25), inequality .1 * .25; a tenth beside is a hundredth of harm
    assert best == pytest.approx([0.01, 0.025])
    assert harmed - best == pytest.approx([-0.0002, 0.0005])


def test_arms_have_the_place_of_their_keys_and_share_the_luck_of_a_replication():
    tuning = tuning_of(1, "maximise=return_rate_6m")
    keys = {"strength": 2.0, "floor": 0.18, "cap": 6.75, "min_sessions": 24, "min_clients_behind": 11}
    values = {f"arm.{'score' if key.startswith('min') else 'allocator'}.{key}": value for key, value in keys.items()}
    arm = tuning.arm(tuning.space.read(values), "setting_1")
    assert truth_of(edge, arm) == pytest.approx([0.01, 0.025])
    arms = (tuning.plan.arms["uniform"], arm)
    runs = np.array(
        [[Answered(edge).metrics(Job(tuning.plan.market, one, 1, r))["return_rate_6m"] for r in range(400)] for one in arms]
    )
    # spread .007 of what is shared, .0028 each of what is not: a correlation of .007 ** 2 / (.007 ** 2 + .0028 ** 2)
    assert np.corrcoef(runs)[0, 1] == pytest.approx(0.862, abs=0.05)
    assert (runs[1] - runs[0]).std() == pytest.approx(0.0028 * math.sqrt(2), rel=0.15)
    assert (runs[1] - runs[0]).mean() == pytest.approx(0.01, abs=0.0006)


def test_confirmed_values_that_are_too_good_are_found_out(capsys):
    rng = np.random.default_rng(1)
    each = [Found(np.zeros(2), 0.004, error, 0.0) for error in rng.normal(0, 0.001, 100)]
    assert unbiased(each)
    assert "searched minus truth +0.400 points" in capsys.readouterr().out
    assert not unbiased([Found(one.truth, one.searched, one.confirmed + 0.0005, 0.0) for one in each])


def test_one_search_finds_more_than_the_rule_of_today_and_the_same_again():
    tuning = tuning_of(3, "maximise=return_rate_6m", "budget=400")
    found = searched(tuning, edge)
    assert found.truth[0] > truth_of(edge, tuning.plan.arms["wecasa_2025"])[0]
    assert searched(tuning, edge).confirmed == found.confirmed


def test_a_front_is_a_share_of_the_true_one_and_settings_at_random_reach_another():
    (found, runs), (blind, _) = volume("tpe", 1), volume("at random", 1)
    assert 0.5 < blind < 1
    assert 0.5 < found < 1
    assert found != blind
    assert runs <= 256

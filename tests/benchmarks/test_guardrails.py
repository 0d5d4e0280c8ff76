"""Formulas that searches are held against, and what is said about one search."""

import math

import numpy as np
import pytest

from benchmarks.search import BEST, Answered, Formula, Found, noisy_front, searched, tuning_of, unbiased, volume
from experiments.execution.jobs import Job


def test_harmless_keys_reach_the_front_and_others_stay_behind_it_in_both_metrics():
    formula = Formula(None)
    best, harmed = formula.at(np.array([[0.25, *BEST], [0.25, BEST[0] + 0.1, *BEST[1:]]]))
    # gain .02 * sqrt(.25), inequality .1 * .25; a tenth beside is a hundredth of harm
    assert best == pytest.approx([0.01, 0.025])
    assert harmed - best == pytest.approx([-0.0002, 0.0005])


def test_an_arm_has_the_place_of_its_keys():
    tuning = tuning_of(1, "maximise=return_rate_6m")
    keys = {"strength": 4.0, "floor": 0.18, "cap": 8.0, "min_sessions": 45}
    values = {f"arm.{'score' if key == 'min_sessions' else 'allocator'}.{key}": value for key, value in keys.items()}
    arm = tuning.arm(tuning.space.read(values), "setting_1")
    assert Formula(0.5).of(arm) == pytest.approx([0.02, 0.05])


def test_arms_share_the_luck_of_a_replication_and_each_has_its_own():
    tuning = tuning_of(1)
    answered, arms = Answered(Formula(None)), tuning.plan.arms
    runs = np.array(
        [
            [answered.metrics(Job(tuning.plan.market, arms[name], 1, r))["return_rate_6m"] for r in range(400)]
            for name in ("uniform", "wecasa_2025")
        ]
    )
    # spread .006 of what is shared, .002 each of what is not
    assert np.corrcoef(runs)[0, 1] == pytest.approx(0.9, abs=0.05)
    assert (runs[1] - runs[0]).std() == pytest.approx(0.002 * math.sqrt(2), rel=0.15)


def test_a_front_of_settings_that_only_seem_good_is_smaller():
    formula, rng = Formula(None), np.random.default_rng(1)
    shares = np.column_stack([np.linspace(0, 1, 200), np.tile(BEST, (200, 1))])
    whole = volume(formula.at(shares), 1.0)
    assert volume(noisy_front(formula, shares, rng), whole) < 1.0


def test_confirmed_values_that_are_too_good_are_found_out(capsys):
    rng = np.random.default_rng(1)
    none = np.empty((0, 2))
    each = [Found(np.zeros(2), 0.004, error, 0.0, none) for error in rng.normal(0, 0.001, 100)]
    assert unbiased(each)
    assert "searched minus truth +0.400 points" in capsys.readouterr().out
    assert not unbiased([Found(one.truth, one.searched, one.confirmed + 0.0005, 0.0, none) for one in each])


def test_one_search_recommends_what_is_nearly_best_and_the_same_again():
    tuning, formula = (
        tuning_of(3, "maximise=return_rate_6m", "budget=150", "decision.guardrails.exposure_gini.up_at_most=.3"),
        Formula(0.5),
    )
    found = searched(tuning, formula)
    assert found.truth[0] > 0.015
    assert searched(tuning, formula).confirmed == found.confirmed

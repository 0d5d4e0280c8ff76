"""The arm that came out best, allowing for its having been chosen."""

import numpy as np
import pytest

from sim.statistics.chosen import shrunk


def bias(true: list[float], experiments: int = 2000) -> tuple[float, float]:
    """Mean of estimate minus truth of the arm that came out best of 8 replications: raw, and shrunk."""
    random, raw, allowed = np.random.default_rng(1), [], []
    effects = np.array(true)
    for _ in range(experiments):
        # luck of each arm with standard deviation .17, and of the control with .06
        differences = effects[:, None] + random.normal(0, 0.17, (len(true), 8)) + random.normal(0, 0.06, 8)
        best = differences.mean(axis=1).argmax()
        raw.append(differences.mean(axis=1)[best] - effects[best])
        allowed.append(shrunk(differences)[best] - effects[best])
    return float(np.mean(raw)), float(np.mean(allowed))


def test_the_best_of_five_equal_arms_looks_a_fifth_too_good_and_shrunk_it_does_not() -> None:
    # the largest of five normal numbers is 1.163 on average: 1.163 * .17 / sqrt(8) = .070 of .4
    raw, allowed = bias([0.4] * 5)
    assert raw == pytest.approx(0.070, abs=0.005)
    assert abs(allowed) < 0.025


def test_an_arm_that_is_truly_ahead_is_left_where_it_is() -> None:
    raw, allowed = bias([0.6, 0.6, 0.6, 2.6])
    assert abs(raw) < 0.005
    assert abs(allowed) < 0.008


def test_one_arm_was_not_chosen() -> None:
    assert shrunk(np.array([[1.0, 2.0, 6.0]])).tolist() == [3.0]


def test_luck_that_all_arms_share_shrinks_nothing() -> None:
    luck = np.array([-5.0, 0.0, 5.0])
    assert shrunk(np.stack([luck, luck + 1.0])).tolist() == [0.0, 1.0]

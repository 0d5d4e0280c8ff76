"""Exact tests by other assignments."""

import itertools

import numpy as np
import pytest

from sim.estimators.randomisation import randomisation_test, redrawn, shuffled


def test_all_other_assignments_give_the_exact_p_value():
    # of the 20 ways to treat 3 of 6, the most extreme one and its mirror have a difference as large: 2 / 20
    treated = np.array([1, 1, 1, 0, 0, 0], bool)
    every = np.array([np.isin(np.arange(6), some) for some in itertools.combinations(range(6), 3)])
    others = every[(every != treated).any(axis=1)]
    assert randomisation_test(np.array([7.0, 8, 9, 1, 2, 3]), treated, others) == pytest.approx(2 / 20)


def test_without_an_effect_p_values_are_uniform():
    generator = np.random.default_rng(1)
    treated = np.arange(12) < 6
    found = [
        randomisation_test(generator.exponential(size=12), generator.permutation(treated), shuffled(treated, 99, i))
        for i in range(400)
    ]
    # 5 % -+ 3 x 1.1, 50 % -+ 3 x 2.5
    assert abs(np.mean(np.array(found) <= 0.05) - 0.05) < 0.033
    assert abs(np.mean(np.array(found) <= 0.5) - 0.5) < 0.075


def test_draws_are_as_the_design_draws():
    treated = np.arange(10) < 3
    assert (shuffled(treated, 50, 1).sum(axis=1) == 3).all()
    free = redrawn(10, 0.3, 2000, 1)
    assert abs(free.mean() - 0.3) < 0.01
    assert free.sum(axis=1).std() > 1
    np.testing.assert_array_equal(free, redrawn(10, 0.3, 2000, 1))


def test_counts_weigh_and_empty_sides_are_left_out():
    values, treated = np.array([1.0, 4.0, 0.0]), np.array([1, 1, 0], bool)
    # (3 x 1 + 1 x 4) / 4 = 1.75; the other: |0 - 1.75|, then nobody treated
    others = np.array([[0, 0, 1], [0, 0, 0]], bool)
    assert randomisation_test(values, treated, others, np.array([3.0, 1.0, 2.0])) == 1
    with pytest.raises(ValueError, match="treated units = 0 of 3"):
        randomisation_test(values, np.zeros(3, bool), others)

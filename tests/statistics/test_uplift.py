import math

import numpy as np
import pytest
from scipy import stats

from sim.statistics.intervals import fieller, mean_interval
from sim.statistics.uplift import Spent, per_euro_difference, uplift


def test_uplift_per_euro_is_the_difference_in_clients_over_the_difference_in_cost():
    spent = uplift(np.array([110.0, 130]), np.array([100.0, 110]), np.array([500.0, 500]), np.array([0.0, 0]))
    assert spent.gained.tolist() == [10, 20]
    # (10 + 20) / (500 + 500)
    assert spent.per_euro().estimate == pytest.approx(0.03)


def test_the_interval_of_an_uplift_per_euro_is_fieller_s():
    generator = np.random.default_rng(1)
    gained, cost = generator.normal(10, 3, 12), generator.normal(500, 40, 12)
    assert Spent(gained, cost).per_euro(0.9) == fieller(gained, cost, 0.9)


def test_a_programme_that_costs_nothing_has_no_uplift_per_euro():
    free = Spent(np.array([1.0, 2.0, 3.0]), np.zeros(3))
    paid = Spent(np.array([1.0, 2.0, 3.0]), np.full(3, 10.0))
    assert math.isnan(free.per_euro().estimate)
    assert math.isnan(per_euro_difference(free, paid).estimate)
    assert math.isnan(per_euro_difference(paid, free).estimate)


def test_with_fixed_costs_the_difference_per_euro_is_a_paired_t_interval():
    generator = np.random.default_rng(2)
    one, other = generator.normal(10, 3, 15), generator.normal(8, 2, 15)
    found = per_euro_difference(Spent(one, np.full(15, 200.0)), Spent(other, np.full(15, 100.0)))
    expected = mean_interval(one / 200 - other / 100)
    assert (found.estimate, found.low, found.high) == pytest.approx((expected.estimate, expected.low, expected.high))
    paired = stats.ttest_1samp(one / 200 - other / 100, 0).confidence_interval(0.95)
    assert (found.low, found.high) == pytest.approx((paired.low, paired.high))


def test_the_same_money_spent_on_the_same_thing_makes_no_difference():
    spent = Spent(np.array([1.0, 2.0, 4.0]), np.array([10.0, 12.0, 11.0]))
    found = per_euro_difference(spent, spent)
    assert (found.estimate, found.low, found.high) == (0.0, 0.0, 0.0)


def test_replications_with_a_gap_are_left_out_and_two_give_no_interval():
    gap = Spent(np.array([1.0, 2.0, math.nan]), np.full(3, 10.0))
    found = per_euro_difference(gap, Spent(np.ones(3), np.full(3, 10.0)))
    assert found.n == 2
    assert found.estimate == pytest.approx(0.05)
    assert math.isnan(found.low)


def test_the_interval_of_the_difference_covers_the_truth_as_often_as_it_says():
    # gains 10 and 8 of costs 500 and 300, all noisy, costs and gains correlated: truth 10/500 - 8/300
    generator = np.random.default_rng(3)
    truth, covered, n_sets = 10 / 500 - 8 / 300, 0, 800
    for _ in range(n_sets):
        shared = generator.normal(0, 1, (2, 16))
        cost = 500 + 60 * shared[0], 300 + 40 * shared[1]
        gain = 10 + 1.5 * shared[0] + generator.normal(0, 2, 16), 8 + shared[1] + generator.normal(0, 2, 16)
        found = per_euro_difference(Spent(gain[0], cost[0]), Spent(gain[1], cost[1]))
        covered += found.low <= truth <= found.high
    # 95 % of 800, 3 standard errors of .0077
    assert abs(covered / n_sets - 0.95) < 0.023

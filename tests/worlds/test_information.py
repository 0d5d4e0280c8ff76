"""Values of information against closed forms."""

import numpy as np
import pytest
from scipy.stats import norm

from sim.worlds.information import enough, evpi, evppi, evsi, smooth
from sim.worlds.measurements import Experiment, Mean, Share


def loss(mean: float, sd: float) -> float:
    """E max(0, m) - max(0, E m) of a normal m: what knowing m is worth when the other action pays nothing."""
    k = mean / sd
    return sd * (norm.pdf(k) + k * norm.cdf(k)) - max(mean, 0.0)


def worlds(n: int, mean: float, seed: int):
    x, z = np.random.default_rng(seed).normal(size=(2, n))
    return x, z, np.column_stack([np.zeros(n), mean + x + 0.7 * z]), np.full(n, 1 / n)


@pytest.mark.parametrize("mean", [0.0, 0.5, -1.0])
def test_knowing_a_number_is_worth_its_closed_form_within_three_standard_errors(mean) -> None:
    found = [evppi(payoffs, x, w).estimate for x, _, payoffs, w in (worlds(400, mean, seed) for seed in range(12))]
    error = np.std(found, ddof=1) / np.sqrt(12)
    assert abs(np.mean(found) - loss(mean, 1.0)) < 3 * error + 0.01


def test_knowing_everything_is_worth_at_least_knowing_a_part() -> None:
    x, z, payoffs, w = worlds(2000, 0.5, 1)
    everything = evpi(payoffs, w)
    assert everything.estimate == pytest.approx(loss(0.5, np.sqrt(1 + 0.49)), abs=0.04)
    assert everything.estimate > evppi(payoffs, x, w).estimate > evppi(payoffs, z, w).estimate


def test_with_few_worlds_the_value_is_not_too_good_and_that_of_an_irrelevant_number_is_next_to_nothing() -> None:
    found, nothing = [], []
    for seed in range(20):
        x, _, payoffs, w = worlds(64, 0.5, 100 + seed)
        found.append(evppi(payoffs, x, w).estimate)
        nothing.append(evppi(payoffs, np.random.default_rng(seed).normal(size=64), w).estimate)
    assert np.mean(found) == pytest.approx(loss(0.5, 1.0), abs=0.04)
    # fitted to itself, the regression would promise about .05
    assert np.mean(nothing) < 0.02


def test_no_number_is_worth_more_than_everything_and_the_best_of_many_irrelevant_ones_is_worth_little() -> None:
    best, whole = [], []
    for seed in range(6):
        generator = np.random.default_rng(seed)
        shared, luck = generator.normal(5, 4, 64), generator.normal(0, 1.5, (64, 3))
        # three policies that bring nearly the same, up to luck
        payoffs, w = np.column_stack([np.zeros(64), shared[:, None] + luck]), np.full(64, 1 / 64)
        worth = [evppi(payoffs, generator.uniform(size=64), w) for _ in range(20)]
        whole.append(evpi(payoffs, w).estimate)
        best.append(max(one.estimate for one in worth))
        assert best[-1] <= whole[-1]
        assert sum(one.low == 0 for one in worth) >= 18  # of 20
    # valued by the curves that chose, the best of twenty would have half of it
    assert np.mean(best) < 0.25 * np.mean(whole)


def test_its_interval_holds_the_truth_about_as_often_as_it_says() -> None:
    held = 0
    for seed in range(30):
        x, _, payoffs, w = worlds(100, 0.5, 300 + seed)
        found = evppi(payoffs, x, w)
        held += found.low <= loss(0.5, 1.0) <= found.high
    assert held >= 25  # of 30: with 95 %, fewer come once in 300 times


def test_the_interval_of_an_irrelevant_number_holds_nothing_about_as_often_as_it_says() -> None:
    held = 0
    for seed in range(25):
        _, _, payoffs, w = worlds(64, 0.5, 700 + seed)
        held += evppi(payoffs, np.random.default_rng(seed).uniform(size=64), w).low == 0
    assert held >= 20  # of 25: with 95 %, fewer come once in 800 times


def test_knowing_a_number_is_worth_its_closed_form_with_three_actions() -> None:
    # 0, x and -x + .3: the best at x is max(0, x, .3 - x), of which the mean over a normal x is summed; without x: .3
    grid = np.linspace(-8, 8, 20_001)
    best = np.maximum.reduce([np.zeros_like(grid), grid, 0.3 - grid])
    closed = float((best * norm.pdf(grid)).sum() * (grid[1] - grid[0])) - 0.3
    found = []
    for seed in range(12):
        generator = np.random.default_rng(800 + seed)
        x, z = generator.normal(size=(2, 200))
        payoffs = np.column_stack([np.zeros(200), x + 0.5 * z, 0.3 - x + 0.5 * generator.normal(size=200)])
        found.append(evppi(payoffs, norm.cdf(x), np.full(200, 1 / 200)).estimate)
    # not more than .01 beyond three standard errors: a curve of ten functions is not that of a normal's tails
    assert abs(np.mean(found) - closed) < 3 * np.std(found, ddof=1) / np.sqrt(12) + 0.01


@pytest.mark.parametrize("cases", [1, 4, 20])
def test_a_measurement_is_worth_what_its_data_leave_known(cases) -> None:
    # n cases with a standard deviation of 1 about x, which has one of 1: what is expected of x then has sqrt(n / (n + 1))
    found = []
    for seed in range(8):
        x, _, payoffs, w = worlds(300, 0.5, 500 + seed)
        kind = Mean(1.0)
        found.append(evsi(payoffs, lambda g, x=x, kind=kind: kind.observe(x, cases, g), w, 4).estimate)
    closed = loss(0.5, np.sqrt(cases / (cases + 1)))
    assert abs(np.mean(found) - closed) < 3 * np.std(found, ddof=1) / np.sqrt(8) + 0.01


def test_enough_is_the_smallest_size_with_nine_tenths_of_the_value() -> None:
    x, _, payoffs, w = worlds(3000, 0.5, 9)
    kind = Mean(3.0)
    # with n cases 1 / (1 + 9 / n) of the variance is known; the loss reaches .9 of its whole near n = 70
    sizes = (10, 30, 100, 300)
    assert enough(payoffs, lambda n, g: kind.observe(x, n, g), x, sizes, w) == 100
    assert enough(payoffs + np.array([0, 20]), lambda n, g: kind.observe(x, n, g), x, sizes, w) == 0


def test_few_levels_have_a_mean_each() -> None:
    x = np.repeat([0.0, 1.0], 10)
    payoffs = np.column_stack([np.zeros(20), np.where(x == 1, 3.0, -1.0) + np.tile([-0.5, 0.5], 10)])
    found = smooth(x, payoffs, np.full(20, 0.05))
    assert found.fitted[:10, 1] == pytest.approx(-1)
    assert found.fitted[10:, 1] == pytest.approx(3)
    # half of the worlds gain 3 instead of the mean of 1, which the best single action has: .5 * 3 - 1
    assert evppi(payoffs, x, np.full(20, 0.05)).estimate == pytest.approx(0.5)


def test_weights_count_like_copies() -> None:
    _, _, payoffs, _ = worlds(60, 0.3, 4)
    weights = np.where(np.arange(60) < 20, 2.0, 1.0)
    copies = np.concatenate([np.arange(60), np.arange(20)])
    weighted = evpi(payoffs, weights / weights.sum()).estimate
    assert weighted == pytest.approx(evpi(payoffs[copies], np.full(80, 1 / 80)).estimate)


def test_measurements_scatter_as_binomials_and_normals_do() -> None:
    generator, truth = np.random.default_rng(3), np.full(4000, 0.2)
    # sqrt(.2 * .8 / 100) = .04; 2 / sqrt(16) = .5; sqrt(2 * .3 * .7 / 84) = .0707
    assert Share().observe(truth, 100, generator).std() == pytest.approx(0.04, rel=0.05)
    assert Mean(2.0).observe(truth, 16, generator).std() == pytest.approx(0.5, rel=0.05)
    assert Experiment(0.3).observe(truth, 84, generator).std() == pytest.approx(0.0707, rel=0.05)
    assert Experiment(0.3).observe(truth, 84, generator).mean() == pytest.approx(0.2, abs=0.005)

"""Draws of the true effects of worlds."""

import numpy as np
import pytest

from sim.worlds.shrinkage import N_DRAWS, true_effects

EVEN = np.full(60, 1 / 60)


def worlds(tau: float, luck: float, seed: int = 1):
    generator = np.random.default_rng(seed)
    true = generator.normal(2.0, tau, 60)
    return true, true + generator.normal(0, luck, 60)


def test_worlds_without_luck_are_known() -> None:
    true, means = worlds(1.0, 0.0)
    drawn = true_effects(means, np.full(60, 1e-12), EVEN, 500, 0)
    assert drawn.shape == (N_DRAWS, 60)
    # up to a step of the grid and a half: a range of about seven standard deviations in 160 steps
    assert np.abs(drawn - true).max() < 0.07


def test_normal_worlds_are_moved_to_the_mean_by_the_share_of_luck() -> None:
    _, means = worlds(1.0, 1.0)
    drawn = true_effects(means, np.full(60, 1.0), EVEN, 500, 0)
    spread = means.var(ddof=1)
    # what is left of a deviation is (spread - 1) / spread, and its variance the same times 1
    slope = np.polyfit(means, drawn.mean(axis=0), 1)[0]
    assert slope == pytest.approx((spread - 1) / spread, abs=0.1)
    assert drawn.std(axis=0).mean() == pytest.approx(np.sqrt((spread - 1) / spread), abs=0.12)


def test_a_world_of_which_nothing_is_known_is_like_any() -> None:
    _, means = worlds(1.0, 0.3)
    variances, weights = np.full(61, 0.09), np.append(EVEN, 0.0)
    variances[60] = np.inf
    drawn = true_effects(np.append(means, 0.0), variances, weights, 500, 0)[:, 60]
    assert drawn.mean() == pytest.approx(means.mean(), abs=0.2)
    assert drawn.std() == pytest.approx(np.sqrt(means.var() - 0.09), rel=0.2)


def test_worlds_with_two_humps_are_not_pulled_into_the_middle() -> None:
    generator = np.random.default_rng(3)
    true = np.where(np.arange(60) < 48, 0.0, 4.0)
    drawn = true_effects(true + generator.normal(0, 0.7, 60), np.full(60, 0.49), EVEN, 500, 0)
    # normal worlds with that spread of 1.6 would leave luck of .64; the humps say more
    assert ((drawn.mean(axis=0) - true) ** 2).mean() < 0.7 * 0.64**2
    assert ((drawn > 1) & (drawn < 3)).mean() < 0.16  # 30 % of a normal distribution with that mean and spread


def test_differences_that_are_all_alike_are_what_they_are() -> None:
    assert true_effects(np.full(8, 0.3), np.zeros(8), np.full(8, 1 / 8), 7, 0) == pytest.approx(0.3)


def test_draws_are_the_same_for_a_seed_and_independent_for_two() -> None:
    _, means = worlds(1.0, 1.0)
    one, again, other = (true_effects(means, np.ones(60), EVEN, 500, seed) for seed in (4, 4, 5))
    assert (one == again).all()
    away = [drawn - drawn.mean(axis=0) for drawn in (one, other)]
    # 12,000 draws: a standard error of .01 within worlds, more between them
    assert abs(np.corrcoef(away[0].ravel(), away[1].ravel())[0, 1]) < 0.05

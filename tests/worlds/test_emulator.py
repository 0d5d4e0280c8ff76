"""An emulator predicts what was not run, knows how well, and makes nothing of noise."""

import numpy as np
import pytest
from scipy.stats import qmc

from sim.worlds.emulator import fit_emulator

RNG = np.random.default_rng(20)


def surface(x):
    return 2 * x[:, 0] + np.sin(6 * x[:, 1]) + x[:, 0] * x[:, 2]


def test_a_smooth_function_is_predicted_where_it_was_not_run() -> None:
    x, new = RNG.uniform(size=(100, 3)), RNG.uniform(size=(400, 3))
    found = fit_emulator(x, surface(x), 0.0)
    assert np.abs(found.mean(new) - surface(new)).max() < 0.1
    assert found.q2 > 0.99


def test_its_error_is_as_large_as_it_says() -> None:
    x, new = RNG.uniform(size=(100, 6)), RNG.uniform(size=(500, 6))
    found = fit_emulator(x, surface(x) + RNG.normal(0, 0.3, 100), 0.09)
    mean, variance = found.predict(new)
    # of a normal, 95 % lie within 1.96
    inside = np.abs(mean - surface(new)) <= 1.96 * np.sqrt(variance)
    assert 0.88 < inside.mean() <= 1
    assert np.allclose(mean, found.mean(new))


def test_noise_is_told_from_the_function() -> None:
    x = RNG.uniform(size=(125, 3))
    assert fit_emulator(x, surface(x) + RNG.normal(0, 0.5, 125)).noise == pytest.approx(0.25, rel=0.35)


def test_a_rough_function_is_not_taken_for_a_plane_in_noise() -> None:
    # with the two of eight inputs that bend it found first, and the third that acts through the first found from there
    u = qmc.Sobol(8, rng=np.random.default_rng(1)).random(256)
    x = np.pi * (2 * u - 1)
    rough = np.sin(x[:, 0]) + 7 * np.sin(x[:, 1]) ** 2 + 0.1 * x[:, 2] ** 4 * np.sin(x[:, 0])
    found = fit_emulator(u, rough + RNG.normal(0, 0.1, 256))
    # its variance is 13.8
    assert found.noise < 0.1
    assert np.abs(found.mean(u) - rough).mean() < 0.5


def test_a_long_sequence_of_points_is_fitted_as_well_as_a_short_one() -> None:
    # hyperparameters come from some of the points only, predictions from all
    x = qmc.Sobol(3, rng=np.random.default_rng(2)).random(1024)
    found = fit_emulator(x, surface(x) + RNG.normal(0, 0.5, 1024))
    assert found.noise == pytest.approx(0.25, rel=0.2)
    assert np.abs(found.mean(x) - surface(x)).max() < 0.4


def test_with_about_as_many_points_as_inputs_what_matters_is_found_and_no_more() -> None:
    x = RNG.uniform(size=(64, 25))
    found = fit_emulator(x, 4 * x[:, 3] + RNG.normal(0, 0.5, 64), 0.25)
    # a slope of 4 on the unit interval; what the priors leave of the others is small beside it
    moved = [float(np.ptp(found.mean(np.where(np.arange(25) == i, np.linspace(0, 1, 5)[:, None], 0.5)))) for i in range(25)]
    assert moved[3] == pytest.approx(4, abs=0.7)
    assert sorted(moved)[-2] < 0.9


def test_a_point_left_out_is_predicted_as_by_an_emulator_without_it() -> None:
    x = RNG.uniform(size=(30, 2))
    y = surface(np.column_stack([x, x[:, 0]]))
    whole = fit_emulator(x, y, 0.01)
    left = whole.left_out()
    # (K + noise) without row and column 0, the same hyperparameters
    covariance = whole.factor @ whole.factor.T
    others = y[1:] - whole.level
    by_hand = whole.level + covariance[0, 1:] @ np.linalg.solve(covariance[1:, 1:], others)
    assert left[0] == pytest.approx(by_hand, abs=1e-6)


def test_the_share_predicted_of_hardly_anything_is_not_said_to_be_large() -> None:
    # what is shown for noise alone, given its variance, over many draws: by chance only
    x = qmc.Sobol(10, rng=np.random.default_rng(3)).random(64)
    told = [fit_emulator(x, np.random.default_rng(k).normal(size=64), 1.0).q2 for k in range(20)]
    assert np.mean(np.nan_to_num(told) > 0.5) <= 0.1


def test_outputs_that_are_not_defined_are_left_out_and_too_few_are_refused() -> None:
    x = RNG.uniform(size=(40, 2))
    y = x[:, 0].copy()
    y[::3] = np.nan
    assert np.isfinite(fit_emulator(x, y).mean(x)).all()
    with pytest.raises(ValueError, match="7 outputs are known, must be >= 8"):
        fit_emulator(x[:7], np.arange(7.0))

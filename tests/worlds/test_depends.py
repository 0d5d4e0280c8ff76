"""Shares of variance against closed forms, and where a line passes a limit."""

import numpy as np
import pytest
from scipy.stats import qmc

from sim.worlds.depends import flips, functions, main_effect, shares
from sim.worlds.emulator import fit_emulator

A, B = 7.0, 0.1


def sobol(d, n, seed):
    return qmc.Sobol(d, rng=np.random.default_rng(seed)).random(n)


def ishigami(u):
    x = np.pi * (2 * u - 1)
    return np.sin(x[:, 0]) + A * np.sin(x[:, 1]) ** 2 + B * x[:, 2] ** 4 * np.sin(x[:, 0])


def test_shares_of_the_ishigami_function_are_within_two_points_of_the_closed_form() -> None:
    u = sobol(3, 256, 1)
    found = shares(fit_emulator(u, ishigami(u), 0.0), sobol(3, 2048, 2), list("abc"), 3)
    # V1 = (1 + b pi^4 / 5)^2 / 2, V2 = a^2 / 8, V13 = 8 b^2 pi^8 / 225
    v1, v2, v13 = (1 + B * np.pi**4 / 5) ** 2 / 2, A**2 / 8, 8 * B**2 * np.pi**8 / 225
    whole = v1 + v2 + v13
    for name, first, total in (("a", v1, v1 + v13), ("b", v2, v2), ("c", 0, v13)):
        assert found.first[name].estimate == pytest.approx(first / whole, abs=0.02)
        assert found.total[name].estimate == pytest.approx(total / whole, abs=0.02)


def test_shares_of_a_quadratic_are_within_two_points_of_the_closed_form_for_all_that_luck_adds() -> None:
    u = sobol(6, 128, 4)
    w = 2 * u - 1
    y = 2 * w[:, 0] + w[:, 1] + 1.5 * w[:, 0] * w[:, 2] + w[:, 3] ** 2 + np.random.default_rng(5).normal(0, 0.1, 128)
    found = shares(fit_emulator(u, y, 0.01), sobol(6, 1024, 6), list("abcdef"), 7)
    # variances of 2w, w, 1.5 w w', w^2 for w uniform on -1..1: 4/3, 1/3, 2.25/9, 4/45
    parts = {"a": (4 / 3, 4 / 3 + 0.25), "b": (1 / 3, 1 / 3), "c": (0, 0.25), "d": (4 / 45, 4 / 45), "e": (0, 0), "f": (0, 0)}
    whole = 4 / 3 + 1 / 3 + 0.25 + 4 / 45
    for name, (first, total) in parts.items():
        assert found.first[name].estimate == pytest.approx(first / whole, abs=0.02)
        assert found.total[name].estimate == pytest.approx(total / whole, abs=0.02)
        assert found.total[name].low <= found.total[name].estimate <= found.total[name].high


def test_of_noise_no_input_is_said_to_explain_much() -> None:
    largest, low = [], []
    for seed in range(4):
        generator = np.random.default_rng(seed)
        emulator = fit_emulator(generator.uniform(size=(64, 25)), generator.normal(size=64), 1.0)
        found = shares(emulator, sobol(25, 256, seed), [str(i) for i in range(25)], seed).total
        largest.append(max(one.estimate for one in found.values()))
        low.append(max(one.low for one in found.values()))
    # a twenty-fifth each, were it not that luck favours one of 25; the mean function alone would give .2 to .5
    assert np.mean(largest) < 0.25
    assert max(low) < 0.1


def test_functions_that_are_possible_scatter_as_the_emulator_says() -> None:
    u = sobol(3, 64, 11)
    emulator = fit_emulator(u, ishigami(u) + np.random.default_rng(12).normal(0, 1, 64), 1.0)
    new = sobol(3, 256, 13)
    mean, variance = emulator.predict(new)
    drawn = np.hstack([functions(emulator, seed)(new)[:, 1:] for seed in range(5)])
    assert functions(emulator, 1)(new)[:, 0] + emulator.level == pytest.approx(mean)
    # 300 draws: the standard error of a mean is 6 % of the deviation, and that of the mean variance about 3 %
    assert np.abs((drawn.mean(axis=1) + emulator.level - mean) / np.sqrt(variance)).max() < 0.3
    assert drawn.var(axis=1).mean() == pytest.approx(variance.mean(), rel=0.1)


def test_a_main_effect_is_the_mean_over_all_else_and_knows_its_error() -> None:
    u = sobol(3, 128, 9)
    emulator = fit_emulator(u, 3 * u[:, 0] + u[:, 1] * u[:, 2] + np.random.default_rng(1).normal(0, 0.1, 128), 0.01)
    mean, sd = main_effect(emulator, u, 0, np.array([0.0, 0.5, 1.0]))
    # the mean of the product of two independent uniforms is a quarter
    assert mean == pytest.approx([0.25, 1.75, 3.25], abs=0.08)
    assert (sd > 0).all()
    assert (sd < 0.1).all()


def test_a_line_passes_a_limit_where_it_is_interpolated() -> None:
    grid = np.array([0.0, 1.0, 2.0, 3.0])
    # from 0 to 4 it passes 1 at a quarter; from 4 to 0 at three quarters
    assert flips(grid, np.array([0.0, 4.0, 4.0, 0.0]), 1.0) == pytest.approx([0.25, 2.75])
    assert flips(grid, np.array([2.0, 3.0, 4.0, 5.0]), 1.0) == []

import math

import numpy as np
import pytest
from scipy import stats

from sim.statistics.designs import latin_hypercube
from sim.statistics.sensitivity import sobol_indices

RANGES = {"x": (0.0, 4.0), "y": (-1.0, 1.0), "z": (10.0, 20.0)}
DESIGN = latin_hypercube(RANGES, 40, seed=1)


def surface(values):
    x, y, z = values.T
    return 2 * x + x * y + 0.1 * (z - 15) ** 2


def respond(noise, n=12, seed=2):
    return surface(DESIGN.values)[:, None] + noise * np.random.default_rng(seed).normal(size=(40, n))


def test_indices_of_a_quadratic_surface_are_exact_and_those_of_scipy():
    found = sobol_indices(RANGES, DESIGN.values, respond(0.0))
    scales = [stats.uniform(low, high - low) for low, high in RANGES.values()]
    expected = stats.sobol_indices(func=lambda u: surface(u.T)[None], n=2**14, dists=scales, rng=np.random.default_rng(3))
    assert [found.first[name].estimate for name in RANGES] == pytest.approx(list(expected.first_order), abs=0.01)
    assert [found.total[name].estimate for name in RANGES] == pytest.approx(list(expected.total_order), abs=0.01)
    # by hand: x acts as 2x (4 * 16/12), y as E[x] y = 2y (4 * 4/12), both as (x - 2) y (16/12 * 4/12), z as .1 w^2 with w in +-5
    parts = np.array([16 / 3, 4 / 3, 4 / 9, 6.25 * (1 / 5 - 1 / 9)])
    total = parts.sum()
    assert found.first["x"].estimate == pytest.approx(parts[0] / total)
    assert found.first["y"].estimate == pytest.approx(parts[1] / total)
    assert found.total["x"].estimate == pytest.approx((parts[0] + parts[2]) / total)
    assert found.first["z"].estimate == found.total["z"].estimate == pytest.approx(parts[3] / total)
    assert (found.r2, found.q2) == (pytest.approx(1.0), pytest.approx(1.0))


def test_noise_is_not_taken_for_sensitivity():
    # a factor that does nothing has an index around 0, not above: the mean of 200 estimates, each +- its standard error
    ranges = {"x": (0.0, 1.0), "idle": (0.0, 1.0)}
    design = latin_hypercube(ranges, 20, seed=4)
    found = []
    for seed in range(200):
        noise = np.random.default_rng(seed).normal(size=(20, 6))
        found.append(sobol_indices(ranges, design.values, 2 * design.values[:, :1] + noise).total["idle"].estimate)
    assert abs(np.mean(found)) < 4 * np.std(found) / math.sqrt(200) + 0.01


def test_intervals_cover_the_true_index():
    # 300 repeats of a moderate noise at the nominal 95 %; the jackknife's t interval is approximate
    ranges = {"x": (0.0, 1.0), "y": (0.0, 1.0)}
    design = latin_hypercube(ranges, 20, seed=5)
    true = (design.values @ np.array([2.0, 1.0]))[:, None]
    covered = 0
    for seed in range(300):
        noise = np.random.default_rng(seed).normal(size=(20, 8)) * 0.5
        interval = sobol_indices(ranges, design.values, true + noise).first["x"]
        covered += interval.low <= 0.8 <= interval.high
    assert 0.90 <= covered / 300 <= 0.99


def test_a_shape_that_is_not_quadratic_is_owned_up_to():
    wave = np.sin(12 * DESIGN.values[:, :1] / 4) + np.zeros((1, 3))
    found = sobol_indices(RANGES, DESIGN.values, wave)
    assert found.q2 < 0.5
    assert found.q2 < found.r2


def test_one_replication_has_no_interval_and_a_flat_surface_no_index():
    alone = sobol_indices(RANGES, DESIGN.values, respond(0.0)[:, :1])
    assert alone.first["x"].estimate > 0.5
    assert math.isnan(alone.first["x"].low)
    flat = sobol_indices(RANGES, DESIGN.values, np.full((40, 3), 1 / 3))
    assert math.isnan(flat.total["x"].estimate)
    assert math.isnan(flat.r2)


def test_bad_input_is_refused():
    with pytest.raises(ValueError, match="10 points, must be > 10, spread over all ranges"):
        sobol_indices(RANGES, DESIGN.values[:10], respond(0.0)[:10])
    with pytest.raises(ValueError, match="responses hold a nan"):
        sobol_indices(RANGES, DESIGN.values, np.full((40, 2), np.nan))
    with pytest.raises(ValueError, match=r"must be \(n_points, 3\) and \(n_points, n_replications\)"):
        sobol_indices(RANGES, DESIGN.values[:, :2], respond(0.0))

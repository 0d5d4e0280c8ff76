import math

import numpy as np
import pytest

from sim.calibration.spread import fit_spread, log_likelihood
from sim.scores.empirical_bayes import beta_binomial


def drawn(mean: float, rho: float, n_pros: int, seed: int) -> tuple[np.ndarray, np.ndarray]:
    generator = np.random.default_rng(seed)
    trials = generator.integers(5, 80, n_pros)
    size = 1 / rho - 1
    return generator.binomial(trials, generator.beta(mean * size, (1 - mean) * size, n_pros)).astype(float), trials.astype(float)


def test_a_known_spread_is_recovered_and_agrees_with_the_moments_of_the_scores() -> None:
    successes, trials = drawn(0.3, 0.05, 400, 2)
    found = fit_spread(successes, trials)
    mean, rho = beta_binomial(successes, trials.astype(np.int64))
    assert found.rho.low < 0.05 < found.rho.high
    assert found.mean == pytest.approx(0.3, abs=0.02)
    assert found.mean == pytest.approx(mean, abs=0.01)
    assert found.rho.estimate == pytest.approx(rho, abs=0.015)
    # sqrt(.05 * .3 * .7) = .102 on the scale of rates, sqrt(.05 / .21) = .488 on the logit scale
    assert found.sd == pytest.approx(0.102, abs=0.015)
    assert found.logit_sd == pytest.approx(0.488, abs=0.08)


def test_the_estimate_is_the_maximum_and_the_interval_ends_two_units_of_twice_the_likelihood_below() -> None:
    successes, trials = drawn(0.4, 0.1, 60, 4)
    found = fit_spread(successes, trials)
    top = log_likelihood(found.mean, found.rho.estimate, successes, trials)
    for mean, rho in ((0.98, 1), (1.02, 1), (1, 0.95), (1, 1.05)):
        assert log_likelihood(found.mean * mean, found.rho.estimate * rho, successes, trials) < top
    for end in (found.rho.low, found.rho.high):
        profile = max(log_likelihood(mean, end, successes, trials) for mean in np.linspace(0.3, 0.5, 401))
        assert 2 * (top - profile) == pytest.approx(3.841, abs=0.01)


def test_intervals_cover() -> None:
    covered = [(lambda rho: rho.low <= 0.04 <= rho.high)(fit_spread(*drawn(0.3, 0.04, 40, seed)).rho) for seed in range(20)]
    # binomial: 17 or more of 20 in 98.4 % of cases at 95 %
    assert sum(covered) >= 17


def test_chance_alone_has_no_spread() -> None:
    generator = np.random.default_rng(8)
    trials = np.full(30, 40.0)
    found = fit_spread(generator.binomial(40, 0.3, 30).astype(float), trials)
    assert found.rho.low == 0
    assert found.rho.estimate < 0.02


@pytest.mark.parametrize(("successes", "trials"), [([3.0], [9.0]), ([0.0, 0.0], [5.0, 7.0]), ([5.0, 7.0], [5.0, 7.0]), ([], [])])
def test_a_spread_that_cannot_be_told_is_undefined(successes: list[float], trials: list[float]) -> None:
    found = fit_spread(np.array(successes), np.array(trials))
    assert math.isnan(found.mean)
    assert math.isnan(found.rho.estimate)

import math

import numpy as np
import pytest
from scipy import special

from sim.calibration.spread import LogitNormal, drawn_spreads, fit_spread, log_likelihood, median_share
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
    # sqrt(.05 * .3 * .7) = .102 on the scale of rates
    assert found.sd == pytest.approx(0.102, abs=0.015)


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


def test_draws_are_as_wide_as_the_likelihood_leaves_them() -> None:
    successes, trials = drawn(0.3, 0.05, 60, 3)
    found = fit_spread(successes, trials)
    means, rhos = drawn_spreads(successes, trials, 4_000, np.random.default_rng(1))
    # the profile interval of the same likelihood; a spread as likely anywhere moves it a little upwards
    low, high = np.quantile(rhos, [0.025, 0.975])
    assert low == pytest.approx(found.rho.low, rel=0.25)
    assert high == pytest.approx(found.rho.high, rel=0.25)
    # of 60 pros: sqrt(.05 * .21 / 60 + .21 / cases)
    assert means.mean() == pytest.approx(found.mean, abs=0.005)
    assert means.std() == pytest.approx((0.05 * 0.21 / 60 + 0.21 / trials.sum()) ** 0.5, rel=0.2)


def test_what_is_known_beforehand_narrows_the_draws() -> None:
    successes, trials = drawn(0.3, 0.05, 20, 4)
    # only square roots of the correlation from .15 to .2 are possible: correlations of .0225 to .04
    _, rhos = drawn_spreads(
        successes, trials, 500, np.random.default_rng(1), lambda edges: np.diff(np.clip(edges, 0.15, 0.2)) + 1e-12
    )
    assert rhos.min() > 0.02
    assert rhos.max() < 0.045


def test_log_odds_that_are_normal_over_pros_are_found_with_what_they_leave_open() -> None:
    generator = np.random.default_rng(6)
    trials = np.full(100, 150.0)
    late = generator.binomial(150, special.expit(special.logit(0.14) + 0.7 * generator.standard_normal(100)))
    pros = LogitNormal(late.astype(float), trials)
    median, logit_sd = pros.fit()
    # of 100 pros: .7 / sqrt(100) = .07 of the log odds, .7 / sqrt(200) = .05 of their spread, a little more for luck
    assert special.logit(median) == pytest.approx(special.logit(0.14), abs=0.2)
    assert logit_sd == pytest.approx(0.7, abs=0.15)
    medians, sds = pros.drawn(500, generator)
    assert special.logit(medians).std() == pytest.approx(0.076, abs=0.016)
    assert sds.std() == pytest.approx(0.058, abs=0.016)
    assert (medians.mean(), sds.mean()) == (pytest.approx(median, rel=0.05), pytest.approx(logit_sd, rel=0.05))


def test_the_mean_share_is_not_that_of_the_median_pro() -> None:
    shares = special.expit(special.logit(median_share(0.16, 0.7)) + 0.7 * np.random.default_rng(2).standard_normal(400_000))
    assert shares.mean() == pytest.approx(0.16, abs=0.0005)

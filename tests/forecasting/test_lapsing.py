import numpy as np
import pytest
from scipy import special, stats

from sim.forecasting.fit import log_likelihoods
from sim.forecasting.forms import Form
from sim.forecasting.lapsing import drawn, own_shares, upper_gamma
from tests.forecasting.definitions import VALUES, at_truth, lapsing_likelihood, same

FORM = Form("lapsing", "common")
BASE = {"rate_shape": 1.0, "rate_weeks": 8.0, "gap_shape": 8.0, **VALUES["lapsing"]}


@pytest.mark.parametrize("k", [0.3, 1.0, 8.0, 18.0])
@pytest.mark.parametrize(("rate_shape", "rate_weeks"), [(0.4, 4.4), (12.0, 60.0)])
def test_a_likelihood_is_the_integral_over_rates_and_shares(k: float, rate_shape: float, rate_weeks: float) -> None:
    values = BASE | {"gap_shape": k, "rate_shape": rate_shape, "rate_weeks": rate_weeks}
    at = at_truth(FORM, values).at
    for x, mean, idle in ((0, 1.0, 0.0), (0, 1.0, 30.0), (1, 4.0, 3.0), (6, 3.0, 9.0), (20, 4.0, 60.0), (60, 2.0, 6.0)):
        random = np.random.default_rng(x)
        gaps = np.maximum(mean * np.where(random.random(x) < 0.2, random.exponential(2.5, x), random.gamma(k, 1 / k, x)), 1 / 7)
        age = float(gaps.sum()) + idle
        found = log_likelihoods(FORM, at, same(1, gaps, age))[0]
        assert found == pytest.approx(lapsing_likelihood(values, gaps, age), abs=1e-5), (x, idle)


def test_without_lapses_it_is_the_form_with_regular_gaps() -> None:
    seen, plain = same(1, [4.0, 5.0, 3.0], 15.0), Form("mbg", "common")
    # a lapse like any gap of Poisson clients: with k = 1 and mean 1 no gap tells which kind it is
    values = BASE | {"gap_shape": 1.0, "lapse_gaps": 1.0}
    expected = log_likelihoods(plain, at_truth(plain, values).at, seen)
    assert log_likelihoods(FORM, at_truth(FORM, values).at, seen) == pytest.approx(expected, abs=1e-7)


def test_clients_without_any_repeat_have_a_likelihood() -> None:
    seen = same(3, [], 20.0)
    assert np.isfinite(log_likelihoods(FORM, at_truth(FORM, BASE).at, seen)).all()


def test_the_upper_incomplete_gamma_function_is_that_of_scipy() -> None:
    random = np.random.default_rng(1)
    for k, v in zip(np.exp(random.uniform(-2, 4, 300)), np.exp(random.uniform(-8, 4.5, 300)), strict=True):
        assert upper_gamma(k, v) == pytest.approx(float(special.gammaincc(k, v)), rel=1e-10, abs=1e-13)
    assert upper_gamma(2.0, 0.0) == 1.0


def test_own_shares_have_the_moments_of_their_beta_distribution() -> None:
    shares, logs = own_shares(0.2, 4.0, 4)
    truth = stats.beta(0.8, 3.2)
    assert [float(np.exp(logs) @ shares**power) for power in range(8)] == pytest.approx([truth.moment(i) for i in range(8)])


@pytest.mark.parametrize(("k", "age"), [(1.6, 20.0), (16.0, 60.0)])
def test_drawn_clients_are_those_of_the_definition_with_such_a_history(k: float, age: float) -> None:
    """New clients without a visit since their first: kept, of many, are those who left or whose first gap is longer."""
    values, n = BASE | {"gap_shape": k}, 4_000
    found = drawn(values, same(n, [], age), np.random.default_rng(2), 1)[0]
    random, many = np.random.default_rng(3), 400_000
    rate, share = random.gamma(1.0, 1 / 8.0, many), random.beta(0.8, 3.2, many)
    lapses = random.random(many) < share
    gap = np.where(lapses, 2.5 * random.exponential(size=many), random.gamma(k, 1 / k, many)) / rate
    leave = random.beta(0.5, 2.5, many)
    gone = random.random(many) < leave
    here = ~gone & (gap > age)
    alive, expected = found[:, 0] > 0, here.sum() / (here.sum() + gone.sum())
    assert abs(alive.mean() - expected) < 4 * np.sqrt(expected * (1 - expected) / n)
    for column, truth in ((0, rate), (2, gap - age), (3, leave)):
        assert stats.ks_2samp(found[alive, column], truth[here]).pvalue > 1e-3, column
    # four nodes stand for the shares, with their mean
    assert found[alive, 5].mean() == pytest.approx(share[here].mean(), abs=4 * share[here].std() / np.sqrt(alive.sum()))
    assert set(found[alive, 1]) == {k}
    assert set(found[alive, 6]) == {2.5}

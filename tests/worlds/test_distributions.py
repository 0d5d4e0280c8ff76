"""Every distribution against scipy's, and what none may be."""

import numpy as np
import pytest
from scipy import stats

from sim.config import ConfigError, load
from sim.worlds.distributions import KINDS, Beta, Choice, LogitNormal, LogNormal, Normal, Triangular, Uniform, rounded

U = np.array([0.01, 0.25, 0.5, 0.9])


@pytest.mark.parametrize(
    ("ours", "theirs"),
    [
        (Uniform(low=2, high=5), stats.uniform(2, 3)),
        (Normal(mean=-1, sd=0.3), stats.norm(-1, 0.3)),
        (Normal(mean=0.5, sd=1, low=0, high=1), stats.truncnorm(-0.5, 0.5, 0.5, 1)),
        (LogNormal(median=2, log_sd=0.5), stats.lognorm(0.5, scale=2)),
        (Beta(mean=0.7, size=10), stats.beta(7, 3)),
        (Triangular(low=1, mode=2, high=5), stats.triang(0.25, 1, 4)),
    ],
)
def test_quantiles_are_those_of_scipy(ours, theirs) -> None:
    assert ours.quantiles(U) == pytest.approx(theirs.ppf(U), rel=1e-9)


def test_log_odds_of_a_logit_normal_are_normal() -> None:
    found = LogitNormal(median=0.2, logit_sd=0.4).quantiles(U)
    assert np.log(found / (1 - found)) == pytest.approx(np.log(0.25) + 0.4 * stats.norm.ppf(U))


@pytest.mark.parametrize("one", [Uniform(low=2, high=2), Normal(mean=2, sd=0), LogNormal(median=2, log_sd=0)])
def test_a_distribution_without_width_is_a_number(one) -> None:
    assert list(one.quantiles(U)) == [2, 2, 2, 2]
    assert one.ends == (2, 2)


def test_ends_are_those_of_the_range_or_hold_all_but_two_in_a_million() -> None:
    assert Normal(mean=0, sd=1).ends == pytest.approx((-4.753424, 4.753424), abs=1e-6)
    assert Normal(mean=0, sd=1, low=-1).ends == pytest.approx((-1, stats.norm.ppf(1 - 1e-6 * stats.norm.cdf(1))), abs=1e-6)
    assert Triangular(low=1, mode=2, high=5).ends == (1, 5)


@pytest.mark.parametrize(
    ("kind", "values", "message"),
    [
        ("uniform", {"low": 3, "high": 1}, "low = 3, must be <= high = 1"),
        ("normal", {"mean": 2, "sd": 1, "high": 1}, "mean = 2, must lie within low and high"),
        ("normal", {"mean": 2, "sd": -1}, "sd = -1, input should be greater than or equal to 0"),
        ("beta", {"mean": 1.2, "size": 3}, "mean = 1.2, input should be less than 1"),
        ("triangular", {"low": 1, "mode": 5, "high": 2}, "must not fall"),
        ("uniform", {"low": 1, "height": 3}, "height = 3, unknown key"),
    ],
)
def test_what_is_no_distribution_is_refused(kind, values, message) -> None:
    with pytest.raises(ConfigError, match=message):
        load(KINDS[kind], values)


def test_probabilities_of_a_choice_sum_to_one_and_there_is_one_a_value() -> None:
    with pytest.raises(ConfigError, match=r"sum to 1\.1, must sum to 1"):
        load(Choice, {"values": [1, 2], "probabilities": [0.5, 0.6]})
    with pytest.raises(ConfigError, match="2 values and 1 probabilities, must be as many"):
        load(Choice, {"values": [1, 2], "probabilities": [1]})


def test_drawn_numbers_keep_six_digits() -> None:
    assert rounded(0.123456789) == 0.123457
    assert rounded(123456789.0) == 123457000.0

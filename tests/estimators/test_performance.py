"""How designs are judged, on experiments whose truth is known."""

import math

import numpy as np
import pytest

from sim.estimators.estimate import student
from sim.estimators.performance import performance

N, TRUTH, SD = 4_000, 0.5, 0.4


def judged(bias: float = 0.0, matters: float = 0.0, randomised: bool = True):
    """Experiments whose comparison is off by their own split, and by a bias; their errors are known."""
    split, luck = np.random.default_rng(1).normal(0, SD / math.sqrt(2), (2, N))
    estimates = [student(TRUTH + bias + a + b, SD, math.inf, 10, 10) for a, b in zip(split, luck, strict=True)]
    # each undisturbed comparison has the same split and other luck, small enough to see the bias by
    return performance(estimates, TRUTH + split, np.full(N, TRUTH), 28.0, matters, randomised)


def test_bias_is_seen_free_of_the_luck_of_the_split() -> None:
    found = judged(0.2)
    # of the variance of .16 half is the split's: what is left is sqrt(.08 / 4000) = .0045
    assert found.bias.half_width == pytest.approx(1.96 * 0.0045, rel=0.05)
    assert found.bias_error == pytest.approx(0.0045, rel=0.05)
    # with few experiments an interval is wider than 1.96 errors: errors of .1 and -.1 have one of .1
    few = performance([student(x, 1.0, math.inf, 2, 2) for x in (0.6, 0.4)], np.full(2, TRUTH), np.full(2, TRUTH), 7.0)
    assert few.bias_error == pytest.approx(0.1)
    assert found.bias.low < 0.2 < found.bias.high
    assert found.truth.estimate == TRUTH
    assert found.error == pytest.approx(math.sqrt(SD**2 + 0.2**2), rel=0.03)


def test_shares_of_experiments_are_those_of_a_normal_estimate() -> None:
    found = judged()
    # P(|Z| < 1.96); P(Z > 1.96 - 1.25); P(Z < -1.96 - 1.25)
    assert found.coverage.estimate == pytest.approx(0.95, abs=0.012)
    assert found.power.estimate == pytest.approx(0.239, abs=0.025)
    assert found.wrong_sign.estimate == pytest.approx(0.0007, abs=0.002)
    assert found.sd == pytest.approx(SD, rel=0.03)


def test_a_decision_is_wrong_on_the_other_side_of_what_matters() -> None:
    # the truth of .5 is less than .7: wrong are intervals that lie above it, P(Z > 1.96 + .5)
    assert judged(matters=0.7).wrong_decision.estimate == pytest.approx(0.0069, abs=0.004)
    # more than .3: wrong are those that lie below, as often
    assert judged(matters=0.3).wrong_decision.estimate == pytest.approx(0.0069, abs=0.004)


def test_days_needed_follow_from_what_is_seen_not_from_the_truth() -> None:
    found, biased = judged(), judged(0.5)
    # 28 days x (2.80 x .4 / .5)^2
    assert found.days_needed == pytest.approx(28 * (2.8016 * found.sd / 0.5) ** 2, rel=0.03)
    assert biased.days_needed == pytest.approx(found.days_needed / 4, rel=0.03)
    assert found.power_after(found.days_needed) == pytest.approx(0.8, abs=1e-6)
    assert found.detectable(found.days_needed) == pytest.approx(found.signal, rel=1e-6)
    assert biased.error_after(4 * 28) == pytest.approx(math.hypot(biased.sd / 2, biased.bias.estimate))
    assert judged(-1.0).days_needed == math.inf
    assert judged(-1.0).power_after(100) == 0


def test_what_is_not_randomised_is_held_against_the_truth_itself() -> None:
    # with it, the luck of the split is a part of the error
    assert judged(0.2, randomised=False).bias.half_width == pytest.approx(1.96 * SD / math.sqrt(N), rel=0.05)


def test_one_experiment_is_refused() -> None:
    with pytest.raises(ValueError, match="1 experiments, must be >= 2"):
        performance([student(1.0, 1.0, 5.0, 2, 2)], np.ones(1), np.ones(1), 7.0)

"""What an experiment teaches and is worth, against closed forms and by simulation."""

import math

import numpy as np
import pytest

from sim.worlds.information import evsi
from sim.worlds.learning import (
    OUTCOME,
    PAYOFF,
    Known,
    Planned,
    gain_a_day,
    gain_of_knowing,
    known_anew,
    known_from_worlds,
    learned,
    spread_of,
    worth,
)

KNOWN = Known(np.array([0.2, 10.0]), np.array([[0.25, 20.0], [20.0, 2500.0]]), 16)


def test_worlds_that_differ_by_luck_alone_leave_only_the_mean_open() -> None:
    generator = np.random.default_rng(1)
    luck = generator.normal(size=(4000, 2)) @ np.array([[1.0, 0.5], [0.0, 1.0]])
    known = known_from_worlds(luck[:400], luck[400:])
    # worlds do not differ, and their mean is known to 1 / 400 of the variance of one
    np.testing.assert_allclose(known.covariance, np.cov(luck[400:], rowvar=False) / 400, atol=0.08)
    assert known.covariance[OUTCOME, OUTCOME] < 0.1


def test_what_worlds_differ_by_beyond_luck_is_found() -> None:
    generator = np.random.default_rng(2)
    true = generator.multivariate_normal([1, 2], [[4, 3], [3, 9]], 20_000)
    known = known_from_worlds(true + generator.normal(size=true.shape), generator.normal(size=(20_000, 2)))
    np.testing.assert_allclose(known.means, [1, 2], atol=0.1)
    np.testing.assert_allclose(known.covariance, [[4, 3], [3, 9]], rtol=0.06)


def test_without_luck_all_that_worlds_differ_by_is_true() -> None:
    differences = np.array([[1.0, 2.0], [3.0, 2.0], [5.0, 8.0]])
    known = known_from_worlds(differences, np.zeros((3, 2)))
    # variances 4 and 12, covariance 6, and a third more for the mean
    np.testing.assert_allclose(known.covariance, np.array([[4, 6], [6, 12]]) * 4 / 3)


def test_an_estimate_as_sure_as_what_was_known_goes_half_of_the_way() -> None:
    found = learned(KNOWN, 1.3, 0.3, bias=0.1, bias_error=0.4, matters=0.2)
    # .3 and .4 make .5, the sd of what was known; 1.3 - .1 = 1.2
    assert found.after.means[OUTCOME] == pytest.approx(0.7)
    # 20 / (.25 + .25) x (1.2 - .2)
    assert found.after.means[PAYOFF] == pytest.approx(50)
    assert found.after.covariance[OUTCOME, OUTCOME] == pytest.approx(0.125)
    before, after = found.probabilities
    assert before == 0.5
    # .5 above what matters with an sd of 125^.5
    assert after == pytest.approx(0.9214, abs=1e-4)
    interval = found.before.interval(OUTCOME)
    assert (interval.low, interval.high) == pytest.approx((0.2 - 0.98, 0.2 + 0.98))


@pytest.mark.parametrize(
    ("error", "bias_error", "said"),
    [(0.0, 0.0, "standard_error = 0"), (math.nan, 0.0, "standard_error = nan"), (1.0, -1.0, "bias_error = -1")],
)
def test_an_estimate_without_an_error_is_refused(error: float, bias_error: float, said: str) -> None:
    with pytest.raises(ValueError, match=said):
        learned(KNOWN, 1.0, error, 0.0, bias_error)


def test_data_that_cannot_miss_are_worth_the_unit_normal_loss_integral() -> None:
    known = Known(np.array([0.0, 10.0]), np.array([[1.0, 20.0], [20.0, 400.0]]), 16)
    # the payoff is then known, N(10, 20^2): 20 x (phi(.5) - .5 x (1 - Phi(.5))) = 20 x (.35207 - .5 x .30854) = 3.956
    assert gain_a_day(known, np.array(0.0)) == pytest.approx(3.956, abs=1e-3)
    assert gain_of_knowing(known) == pytest.approx(3.956, abs=1e-3)
    # what is measured goes only in part with what is paid
    assert gain_a_day(KNOWN, np.array(0.0)) < gain_of_knowing(KNOWN)


def test_the_value_is_that_of_simulated_experiments() -> None:
    generator = np.random.default_rng(3)
    true = generator.multivariate_normal(KNOWN.means, KNOWN.covariance, 1_000)
    payoffs = np.column_stack([np.zeros(len(true)), true[:, PAYOFF]])
    error = 0.4
    found = evsi(payoffs, lambda g: true[:, OUTCOME] + g.normal(0, error, len(true)), np.full(len(true), 1e-3))
    formula = float(gain_a_day(KNOWN, np.array(error)))
    standard_error = found.half_width / 1.96
    assert formula > 2
    assert abs(found.estimate - formula) < 3 * standard_error


def test_an_experiment_costs_what_the_worse_arm_and_waiting_do() -> None:
    test = Planned(error=0.4, days=100.0, bias_error=0.0, share=0.25, followed_days=50.0)
    value, cost = worth(KNOWN, test, np.array([100.0, 400.0]), 500.0)
    # 10 EUR a day are missed by 3 of 4 clients for 100 days, and by all for 50
    assert cost[0] == pytest.approx(10 * (0.75 * 100 + 50))
    assert value[0] == pytest.approx(float(gain_a_day(KNOWN, np.array(0.4))) * 350)
    # four times as long: half of the error, and 50 days to use it
    assert value[1] == pytest.approx(float(gain_a_day(KNOWN, np.array(0.2))) * 50)
    worse = Known(-KNOWN.means, KNOWN.covariance, 16)
    # what is worse is shown to 1 of 4
    assert worth(worse, test, np.array([100.0]), 500.0)[1][0] == pytest.approx(10 * 0.25 * 100)


def test_intervals_come_from_worlds_drawn_anew_and_hold_the_value() -> None:
    generator = np.random.default_rng(4)
    differences, luck = generator.normal(size=(16, 2)), generator.normal(size=(64, 2)) / 10
    means = np.array([one.means[0] for one in known_anew(differences, luck, 1)])
    # the standard error of a mean of 16, by the Bayesian bootstrap: sd / 17^.5
    assert means.std() == pytest.approx(differences[:, 0].std() / 17**0.5, rel=0.15)
    found = spread_of(100.0, means, 16)
    assert (found.low < means.mean(), found.high) == (True, 100.0)

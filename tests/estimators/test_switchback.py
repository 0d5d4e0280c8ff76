"""Effects of switching a market on and off."""

import itertools

import numpy as np
import pytest

from sim.estimators.means import difference
from sim.estimators.switchback import carry_over, carry_over_order, hajek, horvitz_thompson


def market(generator, n_series, n_periods, order, noise=1.0, balanced=True):
    """Outcomes of a market in which treatment for order + 1 periods adds 1, and each of them the same part of it."""
    treated = generator.random((n_series, n_periods)) < 0.5
    if balanced:
        treated = generator.permutation(np.arange(treated.size) < treated.size // 2).reshape(treated.shape)
    before = np.hstack([np.zeros((n_series, order)), treated])
    effect = sum(before[:, lag : lag + n_periods] for lag in range(order + 1)) / (order + 1)
    return effect + generator.normal(0, noise, treated.shape), treated


def test_without_carry_over_it_is_the_difference_of_two_means():
    values, treated = market(np.random.default_rng(1), 1, 30, 0)
    plain = difference(values[0], treated[0])
    found = hajek(values, treated)
    assert found.estimate == pytest.approx(plain.estimate)
    # the same sums of squares; one correction for both groups instead of one each
    assert found.standard_error == pytest.approx(plain.standard_error, rel=0.01)
    # fixed number treated: every probability is that share, and constants cancel
    exact = horvitz_thompson(values, treated, 0.5, balanced=True)
    assert exact.estimate == pytest.approx(plain.estimate)


def test_runs_are_counted_by_hand():
    # runs of two: -, 00, 01, 11, 11, 10, 00
    values = np.array([9.0, 1.0, 7.0, 5.0, 6.0, 8.0, 3.0])
    treated = np.array([0, 0, 1, 1, 1, 0, 0], bool)
    found = hajek(values, treated, order=1)
    assert found.estimate == pytest.approx((5 + 6) / 2 - (1 + 3) / 2)
    assert (found.n_treated, found.n_control) == (2, 2)
    # each run has probability 1/4: (11 - 4) / (6 / 4)
    assert horvitz_thompson(values, treated, 0.5, balanced=False, order=1).estimate == pytest.approx(7 / 1.5)


def test_the_error_of_overlapping_runs_is_the_textbook_sum():
    values = np.array([9.0, 1.0, 7.0, 5.0, 6.0, 8.0, 3.0])
    treated = np.array([0, 0, 1, 1, 1, 0, 0], bool)
    # residuals of periods 2, 4, 5, 7: -1, -.5, .5, 1, weights 1/2: those of 4 and 5 overlap and cancel
    overlapping = (0.5**2) * (1 + 1 + (-0.5 + 0.5) ** 2)
    # expected of independent outcomes: A = 1/4 of [[1], [1, 1; 1, 1], [1]]; tr A = 1, less means: 2/8 + 4/8
    banded = overlapping * 1.0 / 0.25
    # the diagonal: (1 + .25 + .25 + 1) / 4; tr = 1 - 1/4 - 1/4
    diagonal = 0.625 * 1.0 / 0.5
    assert hajek(values, treated, order=1).standard_error ** 2 == pytest.approx(max(banded, diagonal))


def test_horvitz_thompson_is_unbiased_over_all_assignments_and_its_variance_is_not_too_small():
    values = np.array([3.0, 1.0, 4.0, 1.0, 5.0, 9.0])
    for balanced in (True, False):
        found = []
        for some in itertools.product([False, True], repeat=6):
            treated = np.array(some)
            if balanced and treated.sum() != 3:
                continue
            # treatment for two periods adds 2, for the last alone 1
            effect = treated + np.concatenate([[0], treated[:-1]])
            found.append(horvitz_thompson(values + effect, treated, 0.5, balanced, order=1))
        estimates = np.array([one.estimate for one in found])
        assert estimates.mean() == pytest.approx(2)
        assert np.mean([one.standard_error**2 for one in found]) >= estimates.var()


def test_counts_weigh_periods_and_leave_empty_ones_out():
    values, treated = np.array([1.0, 3.0, np.nan, 4.0, 8.0]), np.array([0, 0, 1, 1, 1], bool)
    found = hajek(values, treated, counts=np.array([1.0, 3.0, 0.0, 1.0, 1.0]))
    # (4 + 8) / 2 - (1 + 9) / 4
    assert found.estimate == pytest.approx(3.5)
    assert (found.n_treated, found.n_control) == (2, 2)


def test_carry_over_biases_a_short_order_and_not_a_long_enough_one():
    generator = np.random.default_rng(2)
    found = {order: [] for order in (0, 1)}
    for _ in range(60):
        values, treated = market(generator, 4, 40, 1, 0.5)
        for order, kept in found.items():
            kept.append(hajek(values, treated, order).estimate)
    # the period before is as likely control as treated: half of the effect is lost
    assert np.mean(found[0]) == pytest.approx(0.5, abs=0.05)
    assert np.mean(found[1]) == pytest.approx(1, abs=0.05)


@pytest.mark.parametrize("order", [0, 1, 2])
def test_the_order_of_carry_over_is_found(order):
    generator = np.random.default_rng(3)
    found = [carry_over_order(*market(generator, 1, 250, order, 0.2), 3) for _ in range(20)]
    # one test in twenty is wrong
    assert np.mean(np.array(found) == order) >= 0.9


@pytest.mark.parametrize(("n_series", "n_periods", "order", "balanced"), [(1, 26, 0, True), (1, 104, 1, False), (10, 13, 1, True)])
def test_intervals_hold_the_effect_as_often_as_they_say(n_series, n_periods, order, balanced):
    generator = np.random.default_rng(4)
    held = [not hajek(*market(generator, n_series, n_periods, order, 1.0, balanced), order).excludes(1) for _ in range(150)]
    # 95 % -+ 3 x 1.8
    assert np.mean(held) > 0.896


def test_what_is_impossible_is_said():
    values, treated = np.arange(6.0), np.array([0, 1, 0, 1, 0, 1], bool)
    with pytest.raises(ValueError, match="runs of 2 treated periods = 0, must be >= 2"):
        hajek(values, treated, order=1)
    with pytest.raises(ValueError, match=r"order = 6, must be >= 0 and below the number of periods, 6"):
        hajek(values, treated, order=6)
    with pytest.raises(ValueError, match="must be that of treated"):
        hajek(values[:5], treated)
    with pytest.raises(ValueError, match="higher = 1, must be > order = 1"):
        carry_over(values, treated, 1, 1)
    with pytest.raises(ValueError, match="impossible with 1 treated of 6"):
        horvitz_thompson(values, np.arange(6) < 1, 0.5, balanced=True, order=1)

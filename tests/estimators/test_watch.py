"""A rollout looked at every week: what it says, and how often it is wrong."""

import math

import numpy as np
import pytest

from sim.estimators.means import ratio
from sim.estimators.watch import first_beyond, level_of_each, reach, usual_reach, watch

RNG = np.random.default_rng(3)


def sums(x, y, stage, treated, n_stages: int = 1) -> np.ndarray:
    """Sums (6, 1, n_stages, 2) of clients, one entry each."""
    found = np.zeros((6, 1, n_stages, 2))
    for column, values in enumerate((np.ones(len(x)), x, y, x * x, x * y, y * y)):
        np.add.at(found[column, 0], (stage, treated.astype(int)), values)
    return found


def test_with_one_stage_it_is_the_difference_of_ratios_with_its_error() -> None:
    n = 4000
    treated, y = RNG.random(n) < 0.5, RNG.integers(1, 4, n).astype(float)
    x = RNG.binomial(y.astype(int), 0.3).astype(float)
    found = watch(sums(x, y, np.zeros(n, int), treated))
    expected = ratio(x, y, treated)
    assert found.estimate[0] == pytest.approx(expected.estimate)
    # its errors are of each group's own variance (CR2), not of the larger of it and the common one
    assert found.standard_error[0] == pytest.approx(expected.standard_error, rel=0.03)
    # y0 y1 / (y0 + y1) of nearly equal groups is a quarter of all
    assert found.information[0] == pytest.approx(y.sum(), rel=0.01)


def test_shares_that_change_with_the_season_do_not_look_like_an_effect() -> None:
    n = 20_000
    stage = np.repeat([0, 1], n // 2)
    treated = RNG.random(n) < np.where(stage == 0, 0.1, 0.5)
    # everything is better by .4 in the second stage, for both groups
    x = (RNG.random(n) < np.where(stage == 0, 0.2, 0.6)).astype(float)
    found = watch(sums(x, np.ones(n), stage, treated, 2))
    naive = x[treated].mean() - x[~treated].mean()
    assert naive > 0.1
    assert abs(found.estimate[0]) < 3 * found.standard_error[0] < 0.03


def test_a_few_treated_clients_to_whom_nothing_happened_are_not_certain() -> None:
    control, treated = np.zeros(1000), np.zeros(60)
    control[:50] = 1
    x = np.concatenate([control, treated])
    groups = np.arange(1060) >= 1000
    found = watch(sums(x, np.ones(1060), np.zeros(1060, int), groups))
    assert found.estimate[0] == pytest.approx(-0.05)
    # the common variance: about .047 over 60 treated
    assert found.standard_error[0] > math.sqrt(0.04 / 60)


def test_nothing_is_known_before_fifty_are_treated_nor_where_all_are_nor_while_nothing_happens() -> None:
    x, ones, stage = np.arange(200) % 2.0, np.ones(200), np.zeros(200, int)
    assert np.isnan(watch(sums(x, ones, stage, np.arange(200) < 49)).estimate[0])
    assert np.isfinite(watch(sums(x, ones, stage, np.arange(200) < 50)).estimate[0])
    assert np.isnan(watch(sums(ones, ones, stage, np.arange(200) < 50)).estimate[0])
    everybody = watch(sums(x, ones, stage, np.ones(200, bool)))
    assert np.isnan(everybody.estimate[0])
    assert everybody.information[0] == 0


def test_looking_every_week_at_six_guardrails_raises_few_false_alarms() -> None:
    weeks, each, paths, guardrails = 16, 60, 250, 6
    false = usual = 0
    for _ in range(paths):
        fired = warned = False
        for _ in range(guardrails):
            x = (RNG.random(weeks * each) < 0.3).astype(float)
            treated = RNG.random(weeks * each) < 0.5
            week = np.repeat(np.arange(weeks), each)
            ones = np.ones(len(x))
            found = np.zeros((6, weeks, 1, 2))
            for column, values in enumerate((ones, x, ones, x, x, ones)):
                np.add.at(found[column, :, 0], (week, treated.astype(int)), values)
            seen = watch(found.cumsum(axis=1))
            fired |= first_beyond(seen.estimate, reach(seen, 960.0, level_of_each(guardrails)), "up", 0.0) is not None
            warned |= first_beyond(seen.estimate, usual_reach(seen), "up", 0.0) is not None
        false, usual = false + fired, usual + warned
    # at most 5 of 100; the usual interval is far from that
    assert false / paths < 0.05 + 2 * math.sqrt(0.05 * 0.95 / paths)
    assert usual / paths > 0.3


def test_an_alarm_needs_the_whole_interval_beyond_the_limit_on_its_own_side() -> None:
    estimate, half = np.array([math.nan, -0.03, -0.05]), np.array([math.nan, 0.02, 0.02])
    # .05 - .02 = .03 surely down
    assert first_beyond(estimate, half, "down", 0.02) == 2
    assert first_beyond(estimate, half, "down", 0.04) is None
    assert first_beyond(estimate, half, "up", 0.0) is None


def test_the_level_is_shared_between_guardrails() -> None:
    # a hundredth for the side of each that can fire, and one for the other
    assert level_of_each(5) == pytest.approx(0.98)

"""Intervals for a team that looks every day."""

import math

import numpy as np
import pytest

from benchmarks.sequential import seen
from sim.estimators.sequential import LEAST_PER_GROUP, always_valid, half_width, tuning


def test_looking_every_day_is_wrong_in_fewer_experiments_than_promised():
    always, usual = seen(40, 0.0, 1000, 1)
    # the usual interval is wrong in 40 % of half years
    assert np.isfinite(always).mean() <= 0.05
    assert np.isfinite(usual).mean() > 0.3
    # an effect of 4 standard errors at the end is seen in most, often by half-time
    always, _ = seen(40, 0.030, 200, 1)
    assert np.isfinite(always).mean() > 0.75


def test_it_is_tightest_where_it_was_to_be():
    widths = [half_width(np.ones(1), np.array([100.0]), best)[0] for best in (60, 90, 100, 110, 160)]
    assert np.argmin(widths) == 2
    # u solves log(1 + u) - u + log(1 / .05^2) = 0: log(9.212) - 8.212 + 5.991
    assert math.log(1 + tuning()) - tuning() - 2 * math.log(0.05) == pytest.approx(0)


def test_looks_are_the_running_means():
    generator = np.random.default_rng(2)
    values, treated = 100 + generator.normal(size=400), generator.random(400) < 0.5
    found = always_valid(values, treated, np.array([0, 60, 300, 400]), 400)
    assert np.isnan(found.estimate[:2]).all()
    first = values[:300], treated[:300]
    assert found.estimate[2] == pytest.approx(first[0][first[1]].mean() - first[0][~first[1]].mean())
    n = np.array([first[1].sum(), (~first[1]).sum()])
    assert n.min() > LEAST_PER_GROUP
    error = (first[0][first[1]].var(ddof=1) / n[0] + first[0][~first[1]].var(ddof=1) / n[1]) ** 0.5
    reach = half_width(np.array([error]), np.array([4 * n[0] * n[1] / 300]), 400)[0]
    assert found.high[2] - found.estimate[2] == pytest.approx(reach)
    assert found.first_seen is None


def test_a_large_effect_is_seen_at_the_first_look_with_enough_clients():
    treated = np.arange(400) % 2 == 0
    found = always_valid(3.0 * treated + np.random.default_rng(3).normal(size=400), treated, np.arange(10, 401, 10), 400)
    # 50 a group are 100 clients: the tenth look
    assert found.first_seen == 9


def test_looks_beyond_the_data_are_refused():
    with pytest.raises(ValueError, match=r"looks = 2 to 9, must be within 0 and 4 outcomes"):
        always_valid(np.ones(4), np.ones(4, bool), np.array([2, 9]), 4)
    with pytest.raises(ValueError, match="n_best = 0, must be > 0"):
        always_valid(np.ones(4), np.ones(4, bool), np.array([2]), 0)

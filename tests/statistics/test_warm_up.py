import math

import numpy as np
import pytest

from sim.statistics.intervals import mean_interval
from sim.statistics.warm_up import judge_warm_up, mser


def settling(weeks, n_weeks=180, n_replications=8, seed=1, height=3.0):
    """A level of 1 with noise .1, on which a start falls from 1 + height in a straight line over the first weeks."""
    start = height * np.maximum(1 - np.arange(n_weeks) / weeks, 0.0) if weeks else np.zeros(n_weeks)
    return 1 + start + 0.1 * np.random.default_rng(seed).normal(size=(n_replications, n_weeks))


def test_the_statistic_is_the_squared_standard_error_of_what_is_left():
    series = np.random.default_rng(2).normal(size=20)
    # sum of squares / m^2 = population variance / m
    assert mser(series) == pytest.approx([series[d:].var() / (20 - d) for d in range(16)])


def test_a_step_is_cut_off_at_the_batch_in_which_it_ends():
    series = np.where(np.arange(100) < 13, 5.0, 1.0)[None] + np.tile([0.1, -0.1], 50)
    found = judge_warm_up(series, 14)
    # weeks 10-14 hold the end of the step, so 15 weeks go
    assert found.truncation_weeks == 15
    assert found.configured_weeks == 2
    assert found.too_short
    assert found.message == "the warm-up of 2.0 weeks ends before what MSER-5 would leave out, 15 weeks"


@pytest.mark.parametrize("weeks", [20, 40, 60])
def test_a_slow_start_is_found_nearly_whole(weeks):
    found = judge_warm_up(settling(weeks), 365)
    # the rule trades a little bias at the end of the start for variance, so it stops somewhat early
    assert 0.75 * weeks <= found.truncation_weeks <= weeks + 10
    assert found.too_short == (weeks == 60)


def test_a_settled_series_needs_almost_no_warm_up():
    truncations = [judge_warm_up(settling(0, seed=seed), 366).truncation_weeks for seed in range(20)]
    assert np.median(truncations) <= 10


def test_averaging_over_replications_finds_a_start_that_one_run_hides():
    faint = settling(30, n_replications=400, height=0.15)
    assert 15 <= judge_warm_up(faint, 366).truncation_weeks <= 40
    mean = judge_warm_up(faint, 366)
    band = mean_interval(faint[:, 4])
    assert (mean.mean[4], mean.low[4], mean.high[4]) == pytest.approx((band.estimate, band.low, band.high))


def test_a_series_that_keeps_rising_cannot_be_judged():
    found = judge_warm_up(np.linspace(0, 1, 100)[None], 366)
    assert found.verdict == "cannot tell"
    assert not found.too_short
    assert found.truncation_weeks > 50
    assert "has not settled" in found.message


def test_a_short_series_cannot_be_judged_either():
    found = judge_warm_up(np.ones((3, 49)), 70)
    assert math.isnan(found.truncation_weeks)
    assert found.verdict == "cannot tell"
    assert found.message == "MSER-5 cannot judge the warm-up of 10.0 weeks: it needs 50 weeks, there are 49"
    assert judge_warm_up(np.ones((3, 50)), 70).truncation_weeks == 0


def test_weeks_that_are_not_defined_yet_are_cut_off_at_the_end_only():
    series = settling(20)
    longer = np.hstack([series, np.full((8, 26), np.nan)])
    assert judge_warm_up(longer, 366).truncation_weeks == judge_warm_up(series, 366).truncation_weeks
    assert len(judge_warm_up(longer, 366).mean) == 180
    holed = series.copy()
    holed[0, 7] = np.nan
    assert judge_warm_up(holed, 366).mean[7] == pytest.approx(series[1:, 7].mean())


def test_a_series_with_a_week_in_which_nobody_came_cannot_be_judged():
    holed = settling(20)
    holed[:, [7, 30]] = np.nan
    found = judge_warm_up(holed, 366)
    assert found.verdict == "cannot tell"
    assert not found.too_short
    assert math.isnan(found.truncation_weeks)
    assert np.flatnonzero(np.isnan(found.mean)).tolist() == [7, 30]
    assert found.message == (
        "MSER-5 cannot judge the warm-up of 52.3 weeks: in 2 of 180 weeks there is no new client to follow; more replications or"
        " more new clients would fill them"
    )


def test_one_replication_has_no_bands_and_none_at_all_cannot_be_judged():
    assert np.isnan(judge_warm_up(settling(20)[:1], 366).low).all()
    assert judge_warm_up(np.full((2, 60), np.nan), 366).verdict == "cannot tell"


def test_bad_input_is_refused():
    with pytest.raises(ValueError, match="series has 1 dimensions, must be"):
        judge_warm_up(np.ones(60), 366)
    with pytest.raises(ValueError, match="warmup_days = -1, must be >= 0"):
        judge_warm_up(np.ones((1, 60)), -1)

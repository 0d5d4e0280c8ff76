import math

import numpy as np
import pytest
from scipy import stats

from sim.statistics.intervals import mean_interval
from sim.statistics.precision import PrecisionRule

NOISE = np.random.default_rng(1).normal(size=(1, 400))


def alternating(n):
    return np.tile([[0.0, 1.0]], (1, n // 2))


def test_half_widths_are_those_of_the_simultaneous_intervals_of_every_prefix():
    differences = np.random.default_rng(2).normal(5.0, [[1.0], [3.0]], (2, 20))
    differences[0, 3] = np.nan
    widths = PrecisionRule(1.0, 20).half_widths(differences)
    assert math.isinf(widths[0])
    for n in range(2, 21):
        intervals = [mean_interval(row[:n], 1 - 0.05 / 2) for row in differences]
        assert widths[n - 1] == pytest.approx(max(interval.half_width for interval in intervals))


def test_the_sequence_stops_where_a_hand_computed_width_is_first_small_enough_and_the_look_ahead_agrees():
    # 0 and 1 in turn: for even n the standard error is .5 / sqrt(n - 1); t(.975, 13) = 2.160 makes .2996 at n = 14
    def width(n):
        return stats.t.ppf(0.975, n - 1) * np.std(alternating(200)[0, :n], ddof=1) / math.sqrt(n)

    assert width(14) == pytest.approx(2.1604 * 0.5 / math.sqrt(13), abs=1e-4)
    assert width(13) > 0.3 > width(14)
    result = PrecisionRule(0.3, 200).result(alternating(200))
    assert (result.reached_at, result.n, result.reason, result.stopped) == (14, 19, "precision reached", True)
    assert result.half_width == pytest.approx(width(19))


def test_a_width_that_opens_again_within_the_look_ahead_starts_the_search_again():
    # eight differences of almost nothing, then one of 3 at the third look ahead: the width at 11 is t(.975, 10) * 3 / 11 = .61
    differences = np.zeros((1, 60))
    differences[0, 10] = 3.0
    rule = PrecisionRule(0.5, 60)
    assert rule.half_widths(differences)[10] == pytest.approx(2.2281 * 3 / 11, abs=1e-3)
    # for one 3 among n zeros the width is t 3 / n: t(.975, 13) 3 / 14 = .463 is the first below, since 13 gives .503
    assert rule.result(differences).reached_at == 14
    assert PrecisionRule(0.5, 60, look_ahead=0).result(differences).reached_at == 8


def test_the_look_ahead_grows_in_proportion_beyond_a_hundred():
    rule = PrecisionRule(1.0, 10)
    assert [rule.ahead(n) for n in (8, 100, 101, 250, 1000)] == [5, 5, 5, 12, 50]


def test_the_cap_ends_the_search_and_says_whether_the_precision_was_reached():
    missed = PrecisionRule(0.001, 50).result(NOISE)
    assert (missed.n, missed.reached_at, missed.stopped) == (50, None, True)
    assert missed.reason == "precision not reached at the cap of 50"
    short = PrecisionRule(0.3, 16).result(alternating(16))
    assert (short.n, short.reached_at) == (16, 14)
    assert short.reason == "precision reached, look-ahead cut short by the cap of 16"
    assert PrecisionRule(0.001, 50).next_n(NOISE[:, :50]) == 0


def test_every_arm_has_to_be_precise():
    quiet, loud = NOISE / 100, NOISE
    rule = PrecisionRule(0.25, 400)
    both = rule.result(np.vstack([quiet, loud]))
    assert both.n > rule.result(loud).n > rule.result(quiet).n == 8 + 5
    # an arm that is identical to the control is precise at once
    assert rule.result(np.zeros((1, 400))).reached_at == 8


def drive(rule, differences, at_once):
    """What a driver does; returns the result and the sizes of the batches."""
    n, batches = 0, []
    while more := rule.next_n(differences[:, :n], at_once):
        batches.append(more)
        n += more
    return rule.result(differences[:, :n]), batches


@pytest.mark.parametrize("at_once", [1, 2, 7, 64])
def test_where_it_stops_does_not_depend_on_how_many_are_simulated_side_by_side(at_once):
    rule = PrecisionRule(0.15, 400)
    result, batches = drive(rule, NOISE, at_once)
    assert result == rule.result(NOISE)
    assert result.reason == "precision reached"
    assert all(batch % at_once == 0 for batch in batches)


def test_batches_double_at_most_and_few_are_wasted():
    rule = PrecisionRule(0.15, 400)
    result, batches = drive(rule, NOISE, 1)
    totals = np.cumsum(batches)
    assert batches[0] == 8
    assert (totals[1:] <= 2 * totals[:-1]).all()
    assert len(batches) < 12
    assert totals[-1] <= 1.5 * result.n


def test_a_metric_that_is_never_defined_runs_to_the_cap():
    nothing = np.full((1, 40), np.nan)
    result, batches = drive(PrecisionRule(0.1, 40), nothing, 1)
    assert sum(batches) == 40
    assert result.reason == "precision not reached at the cap of 40"
    assert math.isinf(result.half_width)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"precision": 0.0}, "precision = 0.0, must be > 0"),
        ({"precision": math.nan}, "precision = nan, must be > 0"),
        ({"n0": 7}, "n0 = 7, must be >= 8"),
        ({"cap": 7}, "cap = 7, must be >= n0 = 8"),
        ({"look_ahead": -1}, "look_ahead = -1, must be >= 0"),
        ({"level": 1.0}, r"level = 1.0, must be within \(0, 1\)"),
    ],
)
def test_rules_out_of_range_are_refused(changes, message):
    with pytest.raises(ValueError, match=message):
        PrecisionRule(**{"precision": 0.1, "cap": 100, **changes})

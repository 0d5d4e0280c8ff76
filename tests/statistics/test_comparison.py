import math

import numpy as np
import pytest
from scipy import stats

from sim.statistics.bootstrap import expanded_level
from sim.statistics.comparison import compare, paired_difference, share_of_gain, verdict
from sim.statistics.intervals import Interval


def test_a_single_paired_difference_is_the_paired_t_test():
    random = np.random.default_rng(1)
    a, b = random.normal(size=8), random.normal(size=8)
    interval, p_value = paired_difference(a, b, 1)
    expected = stats.ttest_rel(a, b)
    assert p_value == pytest.approx(expected.pvalue)
    assert (interval.low, interval.high) == pytest.approx(tuple(expected.confidence_interval(0.95)))


def test_intervals_of_several_arms_are_bonferroni_and_agree_with_their_p_values():
    random = np.random.default_rng(2)
    for _ in range(200):
        a, b = random.normal(0.8, 1, 8), np.zeros(8)
        interval, p_value = paired_difference(a, b, 5)
        assert interval.excludes(0.0) == (p_value < 0.05)
    plain = stats.ttest_1samp(a, 0)
    assert p_value == pytest.approx(min(1.0, 5 * plain.pvalue))
    assert (interval.low, interval.high) == pytest.approx(tuple(plain.confidence_interval(0.99)))


def test_five_equal_arms_are_all_covered_in_at_least_95_percent_of_comparisons():
    # A/A with common noise in the control: family-wise error at most 5 % (Bonferroni); 2,000 repeats, standard error .005
    random = np.random.default_rng(3)
    wrong = 0
    for _ in range(2000):
        values = {name: {"m": random.normal(size=8)} for name in "abcdef"}
        wrong += any(row.verdict != "not distinguishable" for row in compare(values, "a", {"m": "higher"}).differences)
    assert wrong / 2000 < 0.05 + 3 * 0.005


def test_verdicts_say_better_or_worse_by_the_metric_s_direction():
    base = np.array([1.0, 1.1, 0.9, 1.0])
    values = {
        "control": {"up": base, "down": base, "none": base},
        "same": {"up": base, "down": base, "none": base},
        "more": {name: base + np.array([1.0, 1.01, 0.99, 1.0]) for name in ("up", "down", "none")},
        "noise": {name: base + np.array([1.0, -1.0, 1.0, -1.0]) for name in ("up", "down", "none")},
    }
    result = compare(values, "control", {"up": "higher", "down": "lower", "none": None})
    words = {(row.arm, row.metric): row.verdict for row in result.differences}
    assert words["more", "up"] == "better"
    assert words["more", "down"] == "worse"
    assert words["more", "none"] == "higher"
    assert words["same", "up"] == "identical"
    assert words["noise", "up"] == "not distinguishable"
    assert result.difference("control", "up") is None
    assert result.difference("more", "up").n == 4
    assert result.summary("control", "up").mean == pytest.approx(1.0)


def test_undefined_and_single_replications_get_no_verdict():
    values = {"a": {"m": np.array([np.nan, np.nan])}, "b": {"m": np.array([1.0, 2.0])}}
    assert compare(values, "a", {"m": "higher"}).differences[0].verdict == "not defined"
    values = {"a": {"m": np.array([1.0])}, "b": {"m": np.array([2.0])}}
    row = compare(values, "a", {"m": "higher"}).differences[0]
    assert row.verdict == "not defined"
    assert math.isnan(row.p_value)


def test_the_control_must_be_an_arm():
    with pytest.raises(ValueError, match="control = 'x', must be one of the arms: a"):
        compare({"a": {"m": np.zeros(2)}}, "x", {"m": None})


def test_the_share_of_gain_is_a_ratio_of_mean_differences():
    zero = np.array([1.0, 1.2, 0.8, 1.0])
    values = {"uniform": zero, "half": zero + np.array([1.0, 1.1, 0.9, 1.0]), "oracle": zero + np.array([2.0, 2.2, 1.8, 2.0])}
    shares = share_of_gain(values, "uniform", "oracle")
    assert shares["half"].estimate == pytest.approx(0.5)
    assert shares["uniform"].estimate == 0.0
    assert shares["oracle"].estimate == 1.0
    assert math.isnan(share_of_gain({"half": zero}, "uniform", "oracle")["half"].estimate)


@pytest.mark.parametrize(
    ("low", "high", "identical", "margin", "word"),
    [
        (0.0, 0.0, True, 0.01, "identical"),
        (math.nan, math.nan, False, 0.01, "not defined"),
        (-0.004, 0.006, False, 0.01, "practically equal"),
        # real, and too small to matter
        (0.002, 0.006, False, 0.01, "practically equal"),
        # the ends of the margin belong to it
        (-0.01, 0.01, False, 0.01, "practically equal"),
        (-0.004, 0.011, False, 0.01, "not distinguishable"),
        (0.002, 0.011, False, 0.01, "better"),
        (-0.011, -0.002, False, 0.01, "worse"),
        (-0.004, 0.006, False, None, "not distinguishable"),
        (0.002, 0.006, False, None, "better"),
        (-0.004, 0.006, False, 0.0, "not distinguishable"),
    ],
)
def test_the_first_verdict_that_holds_is_said(low, high, identical, margin, word):
    assert verdict(Interval((low + high) / 2, low, high, 8), identical, "higher", margin) == word


def test_a_margin_holds_for_its_own_metric_only():
    noise = np.array([0.01, -0.01, 0.01, -0.01])
    values = {"a": {"m": np.zeros(4), "other": np.zeros(4)}, "b": {"m": noise, "other": noise}}
    # half-width t(.975, 3) = 3.182 times .011547 / 2: .01837
    result = compare(values, "a", {"m": "higher", "other": "higher"}, equivalence_margin={"m": 0.019, "other": None})
    assert {row.metric: row.verdict for row in result.differences} == {"m": "practically equal", "other": "not distinguishable"}
    assert dict(result.equivalence_margin) == {"m": 0.019}
    wider = compare(values, "a", {"m": "higher"}, equivalence_margin={"m": 0.018})
    assert wider.differences[0].verdict == "not distinguishable"


@pytest.mark.parametrize("margin", [-0.1, math.nan, math.inf])
def test_a_margin_below_zero_or_not_finite_is_refused(margin):
    with pytest.raises(ValueError, match=r"equivalence_margin\.m = .*must be >= 0 and finite"):
        compare({"a": {"m": np.zeros(2)}}, "a", {"m": None}, equivalence_margin={"m": margin})


def test_a_margin_of_an_unknown_metric_is_refused():
    with pytest.raises(ValueError, match=r"equivalence_margin\.x: unknown metric, must be one of: m"):
        compare({"a": {"m": np.zeros(2)}}, "a", {"m": None}, equivalence_margin={"x": 0.1})


def test_bootstrap_intervals_stand_beside_from_thirty_replications_on_at_the_simultaneous_level():
    random = np.random.default_rng(5)
    values = {arm: {"m": random.exponential(size=30)} for arm in "abc"}
    row = compare(values, "a", {"m": "higher"}).differences[0]
    expected = stats.bootstrap(
        (values["b"]["m"] - values["a"]["m"],),
        np.mean,
        n_resamples=9999,
        confidence_level=expanded_level(0.975, 30),
        rng=np.random.default_rng(6),
    ).confidence_interval
    # two arms: 97.5 % each. Other resamples, so the ends differ by Monte Carlo error: a small part of the length
    assert (row.boot_low, row.boot_high) == pytest.approx(tuple(expected), abs=0.04 * (row.high - row.low))
    assert row == compare(values, "a", {"m": "higher"}).differences[0]
    short = {arm: {"m": column["m"][:29]} for arm, column in values.items()}
    assert math.isnan(compare(short, "a", {"m": "higher"}).differences[0].boot_low)


def test_a_difference_needs_three_pairs_and_nine_in_ten_of_them():
    luck = np.array([0.9, 1.0, 1.1, 1.0, 0.9, 1.1, 1.0, 1.0, 0.9, 1.1])
    nan = math.nan
    for known, defined in ((2, False), (3, True)):
        assert math.isfinite(paired_difference(luck[:known], np.zeros(known), 1)[0].low) == defined
    # nine of ten pairs will do, eight of ten may be missing for a reason that has to do with the arm
    for missing, defined in ((1, True), (2, False)):
        values = np.where(np.arange(10) < missing, nan, luck)
        interval, p_value = paired_difference(values, np.zeros(10), 1)
        assert interval.n == 10 - missing
        assert (math.isfinite(interval.low), math.isfinite(p_value)) == (defined, defined)
        assert math.isfinite(interval.estimate)


def test_equal_differences_are_no_certainty_but_no_difference_at_all_is_one():
    # .3 + .1 - .3 and .5 + .1 - .5 are the same but for rounding
    base = np.array([0.3, 0.5, 0.7])
    interval, p_value = paired_difference(base + 0.1, base, 1)
    assert interval.estimate == pytest.approx(0.1)
    assert math.isnan(interval.low)
    assert math.isnan(p_value)
    assert verdict(interval, False, "higher") == "not defined"
    same, p_value = paired_difference(base, base, 1)
    assert (same.low, same.high, p_value) == (0.0, 0.0, 1.0)

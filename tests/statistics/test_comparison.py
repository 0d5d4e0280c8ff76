import math

import numpy as np
import pytest
from scipy import stats

from sim.statistics.comparison import compare, paired_difference, share_of_gain


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

"""Differences beside a limit, and effects beside the smallest that matters."""

import math

import numpy as np
import pytest
from scipy import stats

from sim.statistics.comparison import paired_difference
from sim.statistics.intervals import Interval
from sim.statistics.limits import against_effect, against_limit

ZERO = np.zeros(3)
RISE = np.array([0.01, 0.02, 0.03])
"""Mean .02, error .01 / sqrt(3) = .0057735, t(.975, 2) = 4.30265: the interval is .02 -+ .0248414, [-.0048, .0448]."""


@pytest.mark.parametrize(
    ("limit", "side", "verdict"),
    [
        (0.05, "up", "within limit"),
        (0.045, "up", "within limit"),  # just above .0448
        (0.04, "up", "not clear yet"),
        (0.0, "up", "not clear yet"),
        (0.01, "down", "within limit"),  # it falls by .0048 at most
        (0.004, "down", "not clear yet"),
    ],
)
def test_the_whole_interval_must_be_within_the_limit(limit: float, side: str, verdict: str) -> None:
    assert against_limit(RISE, ZERO, limit, side, 1).verdict == verdict  # type: ignore[arg-type]


def test_a_limit_is_crossed_only_when_the_whole_interval_lies_beyond() -> None:
    far = RISE + 1  # 1.02 -+ .0248
    assert against_limit(far, ZERO, 0.99, "up", 1).verdict == "crossed"
    assert against_limit(far, ZERO, 1.0, "up", 1).verdict == "not clear yet"
    # the same difference the other way round
    assert against_limit(-far, ZERO, 0.99, "down", 1).verdict == "crossed"
    assert against_limit(-far, ZERO, 0.99, "up", 1).verdict == "within limit"


def test_the_interval_is_that_of_the_comparison_wider_with_more_arms() -> None:
    for n in (1, 5):
        assert against_limit(RISE, ZERO, 0.05, "up", n).interval == paired_difference(RISE, ZERO, n)[0]
    assert against_limit(RISE, ZERO, 0.05, "up", 1).verdict == "within limit"
    # t(.995, 2) = 9.92: .02 + .0573
    assert against_limit(RISE, ZERO, 0.05, "up", 5).verdict == "not clear yet"


@pytest.mark.parametrize(("side", "alternative", "bound"), [("up", "less", 0.05), ("down", "greater", -0.05)])
def test_the_p_value_is_that_of_a_one_sided_t_test_against_the_limit_times_the_arms(side, alternative, bound) -> None:  # type: ignore[no-untyped-def]
    values, control = np.random.default_rng(1).normal(0.01, 0.05, (2, 12))
    expected = stats.ttest_1samp(values - control, bound, alternative=alternative).pvalue
    assert against_limit(values, control, 0.05, side, 1).p_value == pytest.approx(expected)
    assert against_limit(values, control, 0.05, side, 3).p_value == pytest.approx(min(1, 3 * expected))


def test_within_the_limit_and_a_small_p_value_are_one_and_the_same() -> None:
    generator = np.random.default_rng(2)
    seen = set()
    for _ in range(300):
        found = against_limit(generator.normal(0, 1, 6), np.zeros(6), generator.uniform(0, 3), "up", 2)
        seen.add(found.verdict)
        assert (found.verdict == "within limit") == (found.p_value <= 0.025)
    assert seen == {"within limit", "not clear yet", "crossed"} or seen == {"within limit", "not clear yet"}


def test_a_limit_is_called_kept_by_mistake_as_rarely_as_promised() -> None:
    # the truth stands exactly on the limit: in 2.5 % of 4,000 samples the interval ends below it, 100 -+ 3 * 10
    generator = np.random.default_rng(3)
    wrong = sum(
        against_limit(generator.normal(0.5, 1, 8), np.zeros(8), 0.5, "up", 1).verdict == "within limit" for _ in range(4000)
    )
    assert 70 <= wrong <= 130


def test_nothing_but_no_difference_at_all_is_certain_without_spread() -> None:
    same = against_limit(ZERO, ZERO, 0.0, "up", 1)
    assert (same.verdict, same.p_value) == ("within limit", 0.0)
    for by in (1.0, 0.1):
        found = against_limit(np.full(3, 0.1 + by), np.full(3, 0.1), 0.5, "up", 1)
        assert found.verdict == "not defined"
        assert math.isnan(found.p_value)


def test_one_pair_or_none_is_not_defined() -> None:
    for values in (np.array([0.1]), np.array([math.nan, 0.1, math.nan])):
        found = against_limit(values, np.zeros(len(values)), 0.05, "up", 1)
        assert found.verdict == "not defined"
        assert math.isnan(found.p_value)


@pytest.mark.parametrize("limit", [-0.01, math.inf, math.nan])
def test_a_limit_below_zero_or_without_end_is_refused(limit: float) -> None:
    with pytest.raises(ValueError, match=r"limit = .*, must be >= 0 and finite"):
        against_limit(RISE, ZERO, limit, "up", 1)


@pytest.mark.parametrize(
    ("low", "high", "smallest", "standing"),
    [
        (0.01, 0.03, 0.0, "above"),
        (0.01, 0.03, 0.005, "above"),
        (0.01, 0.03, 0.01, "not clear yet"),  # exactly the smallest is not more than it
        (0.01, 0.03, 0.03, "below"),
        (-0.01, 0.03, 0.0, "not clear yet"),
        (-0.03, -0.01, 0.0, "below"),
        (0.0, 0.0, 0.0, "below"),  # identical in every run
        (math.nan, math.nan, 0.0, "not defined"),
    ],
)
def test_an_effect_stands_above_or_below_the_smallest_that_matters(low: float, high: float, smallest: float, standing: str) -> None:
    assert against_effect(Interval((low + high) / 2, low, high, 8), smallest) == standing
    # where less is better, the same improvement is a fall
    assert against_effect(Interval(-(low + high) / 2, -high, -low, 8), smallest, higher_is_better=False) == standing


def test_a_smallest_effect_below_zero_is_refused() -> None:
    with pytest.raises(ValueError, match=r"smallest = -0.1, must be >= 0"):
        against_effect(Interval(0.1, 0.0, 0.2, 8), -0.1)

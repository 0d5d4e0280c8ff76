import numpy as np
import pytest

from sim.forecasting.scores import LEVELS, MOST_COUNT, Distributions, distributions, most_of, reached

COUNTS = np.array([[0, 0, 1, 3], [2, 2, 2, 2]])
"""Two clients in four runs."""


def test_distributions_are_the_shares_of_runs_below() -> None:
    found = distributions(COUNTS, 3)
    assert found.below.tolist() == [[0.5, 0.75, 0.75], [0, 0, 1]]


def test_counts_above_the_most_are_not_told_apart() -> None:
    assert distributions(np.array([[7, 9]]), 3).below.tolist() == [[0, 0, 0]]


def test_crps_is_the_squared_distance_of_distributions_summed_over_counts() -> None:
    # truth 1: below 1 it is 0, then 1. First: .5^2 + .25^2 + .25^2 = .375; second (0, 0, 1) against (0, 1, 1): 1
    found = distributions(COUNTS, 3)
    assert found.crps(np.array([1.0, 1.0])) == pytest.approx((0.375 + 1) / 2)
    # a point forecast is scored by its distance: 2 visits against 0
    assert distributions(np.array([[2, 2]]), 5).crps(np.array([0.0])) == pytest.approx(2.0)


def test_log_score_is_that_of_what_happened_with_half_a_run_for_the_rest() -> None:
    # 4 runs: half a run is .125, shared by 3 counts; of the first client one run in four had 1 visit
    first, never = 0.25 * 0.875 + 0.125 / 3, 0.125 / 3
    found = distributions(COUNTS, 3).log_score(np.array([1.0, 0.0]), 4)
    assert found == pytest.approx(-(np.log(first) + np.log(never)) / 2)


def test_a_mixture_is_that_of_the_probabilities() -> None:
    first, second = distributions(np.array([[0, 0]]), 2), distributions(np.array([[1, 1]]), 2)
    assert first.mixed_with([second], np.array([0.25, 0.75])).below.tolist() == [[0.25, 1.0]]


@pytest.mark.parametrize("mean", [0.05, 0.6, 7.0])
def test_intervals_of_calibrated_forecasts_of_small_counts_cover_as_often_as_they_say(mean: float) -> None:
    """Whole counts would make plain intervals cover more: at a mean of .05, [0, 0] is 95 % of all."""
    random, n = np.random.default_rng(1), 4_000
    own = random.gamma(2.0, mean / 2, n)
    found = distributions(random.poisson(own[:, None], (n, 300)), 60).coverage(random.poisson(own).astype(float))
    for level in LEVELS:
        # runs are a sample, too: 300 of them widen nothing beyond a point; three standard errors and that
        assert found[level] == pytest.approx(level, abs=0.01 + 3 * np.sqrt(level * (1 - level) / n))


def test_intervals_that_are_too_narrow_cover_less_and_too_wide_ones_more() -> None:
    random, n = np.random.default_rng(2), 2_000
    true = random.poisson(8.0, n).astype(float)
    narrow = distributions(random.binomial(16, 0.5, (n, 200)), 60).coverage(true)
    wide = distributions(random.negative_binomial(2, 0.2, (n, 200)), 60).coverage(true)
    assert narrow[0.8] < 0.72
    assert wide[0.8] > 0.88


def test_what_is_certain_is_inside_only_if_it_is_within_the_level() -> None:
    # true count in one run of 100, at the lower end: its probabilities 0 to .01 lie outside 95 %
    below = np.full((1, 4), 1.0)
    below[0, 0] = 0.01
    assert Distributions(below).coverage(np.array([0.0]))[0.95] == 0.0
    assert Distributions(below).coverage(np.array([1.0]))[0.95] == pytest.approx(0.95 / 0.99)


def test_distributions_reach_as_far_as_anything_did() -> None:
    assert most_of(np.array([3.0]), [COUNTS, COUNTS + 4]) == 8
    assert most_of(np.array([9_999.0]), [COUNTS]) == MOST_COUNT
    assert reached(np.array([1.0, 0.0]), 2).tolist() == [[0, 1], [1, 1]]

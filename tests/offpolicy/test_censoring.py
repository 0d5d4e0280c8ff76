"""Outcomes that are not known yet."""

import numpy as np
import pytest

from sim.offpolicy.censoring import followed_weights

NEVER = np.inf


def test_a_client_counts_for_those_who_were_not_followed_as_long():
    returned = np.array([10.0, NEVER, NEVER, 50.0, NEVER])
    followed = np.array([20.0, 15.0, 100.0, 60.0, 90.0])
    # window 90. Known after 10, -, 90, 50, 90; followed as long: 5, -, 2, 3, 2 of 5
    assert followed_weights(returned, followed, 90.0) == pytest.approx([1.0, 0.0, 2.5, 5 / 3, 2.5], abs=1e-12)


def test_without_returns_only_those_whose_window_is_over_count():
    weights = followed_weights(np.full(4, NEVER), np.array([200.0, 181.0, 182.0, 10.0]), 182.0)
    assert weights.tolist() == [2.0, 0.0, 2.0, 0.0]


def test_weights_have_the_mean_one_and_take_the_bias_away():
    generator = np.random.default_rng(2)
    shares, naive = [], []
    for _ in range(200):
        returned = np.where(generator.random(300) < 0.4, generator.uniform(0, 100, 300), NEVER)
        followed = generator.uniform(0, 200, 300)
        seen = np.where(returned <= followed, returned, NEVER)
        weights = followed_weights(seen, followed, 100.0)
        shares.append((weights * (seen <= 100)).mean())
        naive.append((seen <= 100).mean())
    assert abs(np.mean(shares) - 0.4) < 3 * np.std(shares) / 200**0.5
    # half were followed for the window, the others for half of it on average: .4 * .75
    assert np.mean(naive) == pytest.approx(0.3, abs=0.01)


@pytest.mark.parametrize(
    ("returned", "followed", "window", "message"),
    [
        ([], [], 90.0, "decisions = 0, must be >= 1: the log is empty"),
        ([NEVER], [10.0], 90.0, "followed_days = 10 at most, must be >= window_days = 90 for some clients"),
        ([50.0], [10.0], 5.0, r"returned_after_days of decision 0 = 50, must be within 0..followed_days, or inf"),
        ([np.nan], [10.0], 5.0, r"returned_after_days of decision 0 = nan"),
        ([NEVER], [-1.0], 5.0, "followed_days of decision 0 = -1, must be >= 0"),
        ([NEVER], [10.0], 0.0, "window_days = 0, must be > 0"),
    ],
)
def test_times_that_cannot_be_are_refused(returned, followed, window, message):
    with pytest.raises(ValueError, match=message):
        followed_weights(np.array(returned), np.array(followed), window)

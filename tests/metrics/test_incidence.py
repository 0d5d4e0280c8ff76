import math

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from sim.metrics.cohort import Cohort
from sim.metrics.incidence import incidence, median_since_joining
from tests.metrics.logs import log

NEVER = math.inf


def test_the_share_is_worked_out_by_hand_with_leavers_and_censored():
    # days: 1 left, 2 there, 3 last seen, 4 there, 5 left, 6 last seen.
    # at risk 6, 5, 4, 3, 2, 1; still under way 5/6 after day 1, 4/6 after day 2, the same after day 3, 2/3 of that after day 4
    # there: 5/6 * 1/5 = 1/6 by day 2; + 4/6 * 1/3 = 2/9 by day 4: 7/18. under way 4/9; on day 5 half of these leave
    reached = np.array([NEVER, 2, NEVER, 4, NEVER, NEVER])
    left = np.array([1, NEVER, NEVER, NEVER, 5, NEVER])
    days, share = incidence(reached, left, np.array([9.0, 9, 3, 9, 9, 6]))
    np.testing.assert_allclose(days, [1, 2, 3, 4, 5, 6])
    np.testing.assert_allclose(share, [0, 1 / 6, 1 / 6, 7 / 18, 7 / 18, 7 / 18])


def test_who_gets_there_after_leaving_got_there():
    days, share = incidence(np.array([4.0]), np.array([2.0]), np.array([9.0]))
    assert (days.tolist(), share.tolist()) == ([4], [1])


@given(st.lists(st.tuples(st.integers(1, 9), st.booleans()), min_size=1, max_size=30))
def test_without_censoring_it_is_the_share_of_all(people):
    # the empirical share of those who got there, leavers in the denominator
    days = np.array([day for day, _ in people], float)
    there = np.array([got for _, got in people])
    times, share = incidence(np.where(there, days, NEVER), np.where(there, NEVER, days), np.full(len(days), 10.0))
    np.testing.assert_allclose(share, [(there & (days <= time)).mean() for time in times], atol=1e-12)


def test_leavers_lower_the_share_that_censoring_would_give():
    # 2 of 4 get there on day 3; the others are gone on day 1. Censored then, all at risk would get there by day 3
    reached, gone = np.array([3.0, 3, NEVER, NEVER]), np.array([NEVER, NEVER, 1, 1])
    assert incidence(reached, gone, np.full(4, 9.0))[1].tolist() == [0, 0.5]
    assert incidence(reached, np.full(4, NEVER), np.array([9.0, 9, 1, 1]))[1].tolist() == [0, 1]


def test_one_half_is_reached_whatever_the_last_bits_are():
    # 1, 2, 3, 4, 5 of 10 get there, one a day: five tenths, added up
    reached = np.array([1.0, 2, 3, 4, 5, *[NEVER] * 5])
    table = log([], pros={"joined_days": np.zeros(10), "left_days": np.full(10, np.nan)}, truth=[0.3] * 10)
    assert median_since_joining(Cohort(table), reached) == 5
    assert math.isnan(median_since_joining(Cohort(table), np.where(reached == 5, NEVER, reached)))

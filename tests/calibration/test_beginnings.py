import numpy as np
import pytest

from sim.calibration.beginnings import Beginnings, beginnings
from tests.calibration.worlds import cdnow

LUCK = np.random.default_rng(3)
LATE = LUCK.integers(30, 300, 16)


@pytest.mark.parametrize(
    ("first", "days", "last_day"),
    [
        (np.zeros(200, np.int64), 1, 0),
        (np.repeat(np.arange(14, 28), 10), 14, 27),
        # two batches of a day each, and one of them with latecomers who are nobody's cohort
        (np.repeat([0, 180], 100), 2, 180),
        (np.r_[np.zeros(184, np.int64), LATE], 1, 0),
        # as many at the end: nothing follows
        (np.full(60, 364), 1, 364),
    ],
    ids=["one day", "two weeks", "two batches", "latecomers", "the last day"],
)
def test_clients_who_began_together_are_told_from_those_who_came_throughout(first: np.ndarray, days: int, last_day: int) -> None:
    assert beginnings(first, 0, 364) == Beginnings(days, last_day)


def test_the_cohort_of_twelve_weeks_of_the_sample_is_one() -> None:
    visits = cdnow()
    first = visits.day[np.r_[True, np.diff(visits.client) != 0]]
    found = beginnings(first, int(visits.day.min()), int(visits.day.max()))
    assert 77 <= found.days <= 84
    assert found.last_day == int(first.max())


@pytest.mark.parametrize("n", [30, 200])
def test_clients_who_come_at_random_are_no_cohort_whatever_luck_does(n: int) -> None:
    # a season of half a year is none, either: 26 of 52 weeks
    for length in (60, 365, 900):
        for _ in range(200):
            assert beginnings(LUCK.integers(0, length, n), 0, length - 1).days == 0
            assert beginnings(LUCK.integers(0, length, n) // 2, 0, length - 1).days == 0


def test_nobody_began_at_all() -> None:
    assert beginnings(np.empty(0, np.int64), 5, 90) == Beginnings(0, 4)

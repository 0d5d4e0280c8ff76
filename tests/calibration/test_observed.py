import math

import numpy as np
import pytest

from sim.calibration.observed import (
    Observed,
    expected_visits,
    gaps,
    ladder,
    months,
    pro_spread,
    second_gaps,
    visits_per_client,
    weekdays,
)


def seen(*visits: tuple[int, int], end: int = 1000) -> Observed:
    client, day = (np.array(column, np.int64) for column in zip(*visits, strict=True))
    return Observed(client, day, end)


HAND = seen((0, 0), (0, 100), (0, 400), (1, 10), (2, 900), (2, 950))
"""Client 0 came back after 100 and again after 300 days, client 1 never, client 2 began too late to be followed."""


def test_the_ladder_asks_only_those_who_can_be_followed() -> None:
    assert ladder(HAND, 1).tolist() == [1, 0]
    assert ladder(HAND, 2).tolist() == [0]
    # nobody comes back within 183 days of the third, which is one client
    assert ladder(HAND, 3).tolist() == [0]
    assert len(ladder(HAND, 4)) == 0


def test_gaps_and_visits_by_hand() -> None:
    assert second_gaps(HAND).tolist() == [100]
    assert gaps(HAND).tolist() == [100]
    # within 365 days of the first: client 0 has two, client 1 one, client 2 is not followed
    assert visits_per_client(HAND).tolist() == [2, 1]
    assert visits_per_client(seen(*((0, i) for i in range(9)))).tolist() == [6]
    assert weekdays(HAND)[:3].tolist() == [0, 2, 1]


def test_months_are_counted_over_whole_years() -> None:
    # day 3 is 1970-01-01; a visit each day for 400 days counts the last 365
    year = seen(*((0, 3 + i) for i in range(400)), end=402)
    counts = np.bincount(months(year).astype(int), minlength=12)
    assert counts.sum() == 365
    assert counts.tolist() == [31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31]
    assert len(months(seen((0, 3), (0, 100), end=200))) == 0


def test_the_spread_between_pros_is_read_from_first_visits() -> None:
    generator = np.random.default_rng(4)
    pro = np.repeat(np.arange(30), 40)
    returns = generator.random(1200) < np.repeat(generator.beta(3, 7, 30), 40)
    rows = [(i, d) for i, back in enumerate(returns) for d in ((0, 50) if back else (0,))]
    client = np.array([i for i, _ in rows])
    data = Observed(client, np.array([d for _, d in rows]), 500, pro[client])
    # Beta(3, 7) has rho 1 / 11
    assert pro_spread(data).rho.estimate == pytest.approx(1 / 11, abs=0.05)
    assert math.isnan(pro_spread(HAND).rho.estimate)


def test_visits_are_counted_over_the_same_clients_for_equally_long() -> None:
    # those seen come again after 10 days, each; those of the file begin on days 0 and 95 of 100, so only one is followed to day 10
    twice = seen((0, 0), (0, 10), (1, 50), (1, 60), end=100)
    like = seen((0, 0), (1, 95), end=100)
    assert expected_visits(twice, like) == 3
    # a client seen too short for the gap says nothing about it: of two followed 10 days one came again
    late = seen((0, 0), (0, 10), (1, 50), (2, 95), end=100)
    assert expected_visits(late, like) == 1 + 0.5 + 1
    # nobody on one side
    assert expected_visits(Observed(np.empty(0, np.int64), np.empty(0, np.int64), 100), like) == 0


def test_clients_drawn_anew_keep_their_visits() -> None:
    drawn = HAND.resample(50, np.random.default_rng(5))
    assert len(np.unique(drawn.client)) == 50
    known = {(0, 100, 400), (10,), (900, 950)}
    assert {tuple(drawn.day[drawn.client == i]) for i in range(50)} == known

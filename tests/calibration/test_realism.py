import math

import numpy as np
import pytest

from sim.calibration.realism import (
    Observed,
    compare_worlds,
    gaps,
    judged,
    kolmogorov,
    ladder,
    months,
    pro_rho,
    second_gaps,
    total_variation,
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


def test_distances_by_hand() -> None:
    # shares (1/2, 1/2) and (3/4, 1/4): a quarter has to move
    assert total_variation(np.array([0.0, 1.0]), np.array([0.0, 0.0, 0.0, 1.0])) == pytest.approx(0.25)
    assert kolmogorov(np.array([1.0, 2.0]), np.array([2.0, 3.0])) == pytest.approx(0.5)
    assert math.isnan(total_variation(np.empty(0), np.ones(1)))
    assert math.isnan(kolmogorov(np.ones(1), np.empty(0)))


def test_a_verdict_weighs_the_distance_against_luck() -> None:
    assert judged(0.04, 0.05, 99) == "alike"
    assert judged(0.08, 0.05, 99) == "close"
    assert judged(0.12, 0.05, 99) == "differs"
    # small samples: even a large distance is luck
    assert judged(0.12, 0.2, 99) == "alike"
    assert judged(math.nan, 0.1, 99) == judged(0.1, math.nan, 99) == "cannot tell"


def world(mean_gap: float, n_clients: int, seed: int) -> Observed:
    """Clients who always come back, after exponential days."""
    generator = np.random.default_rng(seed)
    start = generator.integers(0, 300, n_clients)[:, None]
    day = start + np.cumsum(np.maximum(generator.exponential(mean_gap, (n_clients, 8)), 1), axis=1).astype(int)
    rows = day <= 800
    client = np.repeat(np.arange(n_clients), rows.sum(axis=1))
    pro = generator.integers(0, 5, len(client))
    return Observed(client, day[rows], 800, pro)


def test_the_same_world_is_alike_and_another_one_is_not() -> None:
    runs = [world(90, 400, seed) for seed in range(1, 5)]
    same = {check.name: check for check in compare_worlds(world(90, 400, 12), runs, np.random.default_rng(1))}
    assert not [name for name, check in same.items() if check.verdict == "differs"]
    assert same["pro_rho"].verdict == "alike"
    other = {check.name: check for check in compare_worlds(world(40, 400, 9), runs, np.random.default_rng(1))}
    assert other["gap_days"].verdict == "differs"
    assert other["second_visit_days"].verdict == "differs"
    assert other["weekday"].verdict == "alike"
    # no ratings on either side
    assert same["rating"].verdict == "cannot tell"
    assert same["rating"].n_real == 0


def test_the_share_of_false_alarms_is_small() -> None:
    runs = [world(90, 200, seed) for seed in range(1, 5)]
    alarms = [
        check.verdict not in ("alike", "cannot tell")
        for seed in range(20, 30)
        for check in compare_worlds(world(90, 200, seed), runs, np.random.default_rng(seed))
        if check.name in ("ladder_1", "gap_days", "weekday", "second_visit_days")
    ]
    # 40 judgements at 5 %: more than 6 in .3 % of cases
    assert sum(alarms) <= 6


def test_the_spread_between_pros_is_read_from_first_visits() -> None:
    generator = np.random.default_rng(4)
    pro = np.repeat(np.arange(30), 40)
    returns = generator.random(1200) < np.repeat(generator.beta(3, 7, 30), 40)
    rows = [(i, d) for i, back in enumerate(returns) for d in ((0, 50) if back else (0,))]
    client = np.array([i for i, _ in rows])
    data = Observed(client, np.array([d for _, d in rows]), 500, pro[client])
    # Beta(3, 7) has rho 1 / 11
    assert pro_rho(data) == pytest.approx(1 / 11, abs=0.05)
    assert math.isnan(pro_rho(HAND))


def test_clients_drawn_anew_keep_their_visits() -> None:
    drawn = HAND.resample(50, np.random.default_rng(5))
    assert len(np.unique(drawn.client)) == 50
    known = {(0, 100, 400), (10,), (900, 950)}
    assert {tuple(drawn.day[drawn.client == i]) for i in range(50)} == known


def test_runs_without_clients_are_refused() -> None:
    empty = Observed(np.empty(0, np.int64), np.empty(0, np.int64), 100)
    with pytest.raises(ValueError, match=r"runs hold 0 clients and the file 3, must hold some"):
        compare_worlds(HAND, [empty, empty], np.random.default_rng(1))

import math

import numpy as np
import pytest

from sim.calibration.likeness import compare_worlds, judged, kolmogorov, total_variation
from sim.calibration.observed import Observed
from tests.calibration.test_observed import HAND


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


def test_runs_without_clients_are_refused() -> None:
    empty = Observed(np.empty(0, np.int64), np.empty(0, np.int64), 100)
    with pytest.raises(ValueError, match=r"runs hold 0 clients and the file 3, must hold some"):
        compare_worlds(HAND, [empty, empty], np.random.default_rng(1))

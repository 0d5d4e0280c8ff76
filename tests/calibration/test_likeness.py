import math

import numpy as np
import pytest

from sim.calibration.likeness import LEVELS, Check, compare_worlds, judged, kolmogorov, total_variation
from sim.calibration.observed import Observed
from sim.calibration.served import Served
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


def test_a_run_without_a_visit_is_an_outcome_and_nothing_in_it_is_alike() -> None:
    empty = Observed(np.empty(0, np.int64), np.empty(0, np.int64), 100, np.empty(0, np.int64))
    nothing = Served(math.nan, 0.0, math.nan, 0.0)
    checks = compare_worlds(HAND, [empty, empty], np.random.default_rng(1), Served(1.0, 2.0, 0.5, 1.0), [nothing, nothing])
    verdicts = {check.name: check.verdict for check in checks}
    assert [verdicts.pop(name) for name in (*LEVELS, "utilisation")] == ["differs"] * 4
    assert set(verdicts.values()) == {"cannot tell"}
    # all of what the file served is missing
    assert [check.distance for check in checks[:4]] == [1, 1, 1, 1]


def levels(served: Served, *runs: Served) -> dict[str, Check]:
    return {check.name: check for check in compare_worlds(HAND, [HAND, HAND], np.random.default_rng(1), served, runs)}


def test_what_was_served_has_limits_of_its_own() -> None:
    file = Served(1.0, 10.0, math.nan, 5.0)
    close = levels(file, Served(0.981, 9.6, math.nan, 5.2), Served(0.981, 9.6, math.nan, 5.2))
    assert list(close)[:5] == [*LEVELS, "utilisation", "pro_rho"]
    # 1.9 points, 4 % and 4 %
    assert [close[name].verdict for name in LEVELS] == ["alike"] * 3
    assert close["visits_per_day"].distance == pytest.approx(0.04)
    assert close["utilisation"].n_real == 0
    far = levels(file, Served(0.97, 9.4, math.nan, 5.3), Served(0.97, 9.4, math.nan, 5.3))
    assert [far[name].verdict for name in LEVELS] == ["differs"] * 3
    # a mean of 9 and 10 runs' worth of doubt: 9.5 +- .5, the file's 10 is one standard error away
    open_ = levels(file, Served(1.0, 9.0, math.nan, 5.0), Served(1.0, 10.0, math.nan, 5.0))
    assert open_["visits_per_day"].verdict == "alike"


def test_a_spread_between_pros_is_alike_within_the_interval_of_the_file() -> None:
    def pros(share: float, seed: int) -> Observed:
        """600 clients of 20 pros, each of whom sees so many more, or fewer, than half of them again."""
        generator = np.random.default_rng(seed)
        pro = np.arange(600) % 20
        again = generator.random(600) < np.where(pro % 2 == 0, 0.5 + share, 0.5 - share)
        client = np.repeat(np.arange(600), 1 + again)
        second = np.r_[False, np.diff(client) == 0]
        return Observed(client, client // 10 + 20 * second, 400, pro[client])

    def verdict(real: float, simulated: float) -> str:
        runs = [pros(simulated, seed) for seed in (2, 3)]
        return next(c.verdict for c in compare_worlds(pros(real, 1), runs, np.random.default_rng(1)) if c.name == "pro_rho")

    assert verdict(0.1, 0.1) == "alike"
    # rho .36 against .04, which is less than a tenth of all cases apart for a file of rho 0
    assert verdict(0.3, 0.1) == "differs"
    assert verdict(0.0, 0.15) == "differs"

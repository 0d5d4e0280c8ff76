import dataclasses

import numpy as np
import pytest

from sim.statistics.comparison import Comparison, compare
from sim.statistics.people import lost_by_quality, who_pays


def compared(control, others, truth=None, left=None, **traits) -> Comparison:
    """A comparison of incomes by replication and pro; all pros are full-time, established, of service 0 and zone 0."""
    control = np.array(control, float)
    who = {
        "pro_new": np.zeros_like(control),
        "pro_hours": np.full_like(control, 40.0),
        "pro_service": np.zeros_like(control),
        "pro_zone": np.zeros_like(control),
        "pro_truth": np.broadcast_to(np.arange(control.shape[1]) if truth is None else truth, control.shape).astype(float),
    } | {name: np.broadcast_to(column, control.shape).astype(float) for name, column in traits.items()}
    stays = np.zeros_like(control)
    curves = {"control": who | {"pro_income_eur": control, "pro_left": stays}}
    for arm, income in others.items():
        gone = stays if left is None else np.array(left[arm], float)
        curves[arm] = who | {"pro_income_eur": np.array(income, float), "pro_left": gone}
    values = {arm: {"m": np.arange(len(control), dtype=float)} for arm in curves}
    return compare(values, "control", {"m": "higher"}, curves)


def of(comparison, arm, by, value=0):
    return next(one for one in who_pays(comparison, arm) if (one.by, one.value) == (by, value))


def test_losses_and_gains_are_counted_pro_by_pro_within_a_replication():
    # replication 0: 100 -> 89 (lost), 91 (within a tenth), 111 (gained), absent in one run; replication 1: two lost, two as before
    usual = [[100, 100, 100, np.nan], [100, 100, 200, 200]]
    under = [[89, 91, 111, 50], [50, 50, 200, 200]]
    left = {"arm": [[0, 0, 0, 1], [1, 1, 0, 0]]}
    found = of(compared(usual, {"arm": under}, left=left), "arm", "all")
    assert found.lost.estimate == pytest.approx((1 / 3 + 1 / 2) / 2)
    assert found.gained.estimate == pytest.approx((1 / 3 + 0) / 2)
    # incomes 291 of 300, and 500 of 600
    assert found.change.estimate == pytest.approx((-9 / 300 - 100 / 600) / 2)
    assert found.leavers.estimate == (1 + 2) / 2
    assert found.n_pros == 4
    assert found.lost.n == 2


def test_who_pays_is_told_by_tenure_hours_quality_service_and_zone():
    # six pros of quality 0 to 5: the two lowest lose 20 %, the two highest gain 20 %
    usual, under = [[100] * 6] * 3, [[80, 80, 100, 100, 120, 120]] * 3
    traits = {
        "pro_new": [1, 0, 0, 0, 0, 0],
        "pro_hours": [29.5, 30, 40, 40, 40, 40],
        "pro_service": [0, 0, 1, 1, 2, 2],
        "pro_zone": [7, 3, 3, 3, 3, 3],
    }
    comparison = compared(usual, {"arm": under}, **traits)
    assert [of(comparison, "arm", "quality", third).change.estimate for third in range(3)] == pytest.approx([-0.2, 0, 0.2])
    assert [of(comparison, "arm", "service", one).lost.estimate for one in range(3)] == [1, 0, 0]
    assert of(comparison, "arm", "tenure", 1).change.estimate == pytest.approx(-0.2)
    # the others: 500 -> 80 + 100 + 100 + 120 + 120 = 520
    assert of(comparison, "arm", "tenure", 0).change.estimate == pytest.approx(0.04)
    assert of(comparison, "arm", "hours", 0).n_pros == 1
    assert {one.value for one in who_pays(comparison, "arm") if one.by == "zone"} == {3, 7}


def test_intervals_hold_for_all_arms_together():
    usual, under = [[100, 100], [100, 100], [100, 100]], [[90, 90], [100, 100], [110, 110]]
    one = of(compared(usual, {"arm": under}), "arm", "all").change
    two = of(compared(usual, {"arm": under, "other": under}), "arm", "all").change
    # changes -.1, 0, .1: error .1 / sqrt(3); t(2) is 4.303 at 95 % and 6.205 at 97.5 %
    assert one.high == pytest.approx(4.303 * 0.1 / 3**0.5, rel=1e-3)
    assert two.high == pytest.approx(6.205 * 0.1 / 3**0.5, rel=1e-3)


def test_luck_alone_makes_many_lose_and_nobody_by_quality():
    # the same pros with independent luck of 25 % under both arms
    luck = np.random.default_rng(3)
    usual, under = (100 * np.exp(0.25 * luck.standard_normal((40, 100))) for _ in range(2))
    comparison = compared(usual, {"arm": under})
    assert of(comparison, "arm", "all").lost.estimate > 0.3
    found = lost_by_quality(comparison, "arm")
    assert (found.estimate, found.low, found.high) == (0, 0, 0)


def test_what_quality_costs_is_found_through_the_luck():
    # the lowest quarter of 20 pros loses 20 %, the others gain 10 %. By tenths -.2, -.2, -.05 (half and half), .1, ...: linear
    # between the middles .15 and .25 the change passes -.1 at .15 + .1 * 10 / 15 = .217
    luck = np.random.default_rng(4)
    factor = np.where(np.arange(20) < 5, 0.8, 1.1)
    without = compared(np.full((3, 20), 100.0), {"arm": np.tile(100 * factor, (3, 1))})
    assert lost_by_quality(without, "arm").estimate == pytest.approx(0.217, abs=0.001)
    usual, noise = (np.exp(0.25 * luck.standard_normal((60, 20))) for _ in range(2))
    found = lost_by_quality(compared(usual, {"arm": noise * factor}), "arm")
    assert found.low < 0.217 < found.high
    assert found.high - found.low < 0.1


def test_one_replication_has_no_interval_and_runs_without_incomes_say_nothing():
    one = compared([[100, 100]], {"arm": [[50, 150]]})
    found = lost_by_quality(one, "arm")
    assert found.n == 1
    assert np.isnan(found.low)
    bare = dataclasses.replace(one, curves={})
    assert who_pays(bare, "arm") == ()
    assert lost_by_quality(bare, "arm") is None
    # nobody there for long enough in both runs
    never = compared([[np.nan, 100]], {"arm": [[100, np.nan]]})
    assert who_pays(never, "arm") == ()
    assert lost_by_quality(never, "arm") is None


def test_who_did_not_join_is_in_no_group():
    # the second pro found too little to join
    comparison = compared([[100, np.nan]], {"arm": [[80, np.nan]]}, pro_new=[[0, np.nan]])
    found = of(comparison, "arm", "all")
    assert (found.n_pros, found.lost.estimate) == (1, 1)
    assert of(comparison, "arm", "hours", 1).n_pros == 1

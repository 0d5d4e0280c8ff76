"""What logs say about another policy, where the truth is known: the sums of the benchmark, and one small log."""

import math

import numpy as np
import pytest

from benchmarks import offpolicy
from benchmarks.offpolicy import NAIVE, Found, Said, one_log, returned, table, world_of
from sim.engine.run import simulate

UNKNOWN = (math.nan, math.nan)


def found(truth: float, expected: float, ips: float, low: float, high: float) -> Found:
    said = {"ips": Said(ips, (low, high), (low - 0.01, high), (0.0, 1.0)), NAIVE: Said(ips + 0.1, UNKNOWN, UNKNOWN, UNKNOWN)}
    return Found(truth, 0.25, expected, said, 10.0, 20)


def test_errors_are_to_the_own_truth_and_intervals_are_held_against_what_they_answer_for() -> None:
    # the mean truth is .31, and what the own pros bring is twice the expected: .30 and .32
    both = [found(0.29, 0.15, 0.31, 0.31, 0.34), found(0.33, 0.16, 0.33, 0.315, 0.34)]
    ips, naive = table(both)
    # errors +.02 and 0: their mean is 1 point and their standard deviation sqrt(2) points
    assert (ips.error, ips.standard_error, ips.scatter) == pytest.approx((1.0, 1.0, math.sqrt(2)))
    # by client .30 is not within .31...34 and .32 is within .315...34; by pro .31 is within .30...34 and .305...34
    assert (ips.by_client, ips.by_pro, ips.bernstein) == (0.5, 1.0, 1.0)
    assert naive.error == pytest.approx(11.0)
    assert math.isnan(naive.by_client)


def test_a_log_without_interference_is_near_the_truth_and_a_bad_estimator_is_found_out(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    world = world_of("minimal", ("oracle_proportional",), *offpolicy.ALONE)
    logs = [one_log(world, r) for r in range(2)]
    rows = {row.estimator: row for row in table([one["oracle_proportional"] for one in logs])}
    # one log errs by about 3 points
    assert abs(rows["ips"].error) < 8
    assert abs(rows["offers_ips"].error) < 10
    for one in logs:
        # what is expected of the log's own pros is not far from what the target brought; 365 clients err by 2.5 points
        assert abs(one["oracle_proportional"].expected - one["oracle_proportional"].truth) < 0.12
    monkeypatch.setattr(offpolicy, "all_logs", lambda *_: logs)
    monkeypatch.setattr(offpolicy, "FAR", 0.0)
    assert not offpolicy.check_alone(2)
    assert "NOT KEPT: ips is off by" in capsys.readouterr().out


def test_the_share_who_came_back_is_that_of_clients_whose_time_is_over() -> None:
    world = world_of("minimal", ("oracle_proportional",), *offpolicy.ALONE)
    log = simulate(world.market, world.control, 1, 0)
    client, days = log.bookings["client"], log.bookings["assigned_days"]
    asked, seen = {}, []
    for row in np.argsort(log.bookings["request_days"], kind="stable"):
        asked.setdefault(int(client[row]), float(log.bookings["request_days"][row]))
    for who, first in asked.items():
        if first <= world.market.horizon_days - 183:
            again = np.sort(days[(client == who) & np.isfinite(days)])[1:2]
            seen.append(bool((again - first <= 183).any()))
    assert returned(world.market, log) == pytest.approx(np.mean(seen))

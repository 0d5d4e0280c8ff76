"""What logs say about another policy, where the truth is known: the sums of the benchmark, and one small log."""

import math

import numpy as np
import pytest

from benchmarks import offpolicy
from benchmarks.offpolicy import NAIVE, Found, bernstein_held, one_log, returned, table, world_of
from sim.engine.run import simulate


def found(truth: float, ips: float, low: float, high: float) -> Found:
    estimates = {"ips": (ips, low, high), NAIVE: (ips + 0.1, math.nan, math.nan)}
    return Found(truth, 0.25, estimates, {"ips": (low - 0.25, high - 0.25)}, 10.0, 20)


def test_errors_are_to_the_own_truth_and_intervals_are_held_against_the_mean_of_all() -> None:
    # the mean truth is .31; errors +.02 and 0, so their mean is 1 point and their standard deviation sqrt(2) points
    both = [found(0.30, 0.32, 0.30, 0.34), found(0.32, 0.32, 0.315, 0.34)]
    ips, naive = table(both)
    assert (ips.error, ips.standard_error, ips.scatter) == pytest.approx((1.0, 1.0, math.sqrt(2)))
    assert ips.covered == 0.5
    assert naive.error == pytest.approx(11.0)
    assert math.isnan(naive.covered)
    # the mean difference to the log is .06: within .05..(.09), not within .065..(.09)
    assert bernstein_held(both) == {"ips": 0.5}


def test_a_log_without_interference_is_near_the_truth_and_a_bad_estimator_is_found_out(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    world = world_of("minimal", ("oracle_proportional",), *offpolicy.ALONE)
    logs = [one_log(world, r) for r in range(3)]
    rows = {row.estimator: row for row in table([one["oracle_proportional"] for one in logs])}
    # one log errs by about 3 points
    assert abs(rows["ips"].error) < 8
    assert abs(rows["offers_ips"].error) < 10
    assert len({one["oracle_proportional"].truth for one in logs}) == 3
    monkeypatch.setattr(offpolicy, "all_logs", lambda *_: logs)
    monkeypatch.setattr(offpolicy, "FAR", 0.0)
    assert not offpolicy.check_alone(3)
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

"""What is kept of a rollout, against the bookings themselves."""

import numpy as np
import pytest

from sim.designs.client import Client
from sim.designs.staged import Staged
from sim.engine.run import simulate
from sim.engine.trial import Trial
from sim.metrics.cohort import Cohort
from sim.metrics.watched import WATCHED, exposed_until, shape_of, sums_until, watched, watched_metric
from tests.markets import arm, market

MARKET = market("horizon_days=280", "warmup_days=20")
TRIAL = Trial(arm("rating"), Staged((0.2, 0.6), 14.0), 30.0, 30.0)
SHAPE = (5, 3)


@pytest.fixture(scope="module")
def log():
    return simulate(MARKET, arm("uniform"), 1, 0, trial=TRIAL)


@pytest.fixture(scope="module")
def found(log):
    split = TRIAL.split(MARKET, int(log.bookings["client"].max()) + 1, 0)
    # 30 days: five weeks, the last cut short, and three periods of 14 days, likewise
    assert shape_of(split) == SHAPE
    return watched(Cohort(log), split)


@pytest.mark.parametrize("week", [1, 4])
def test_sums_are_those_of_clients_by_stage_and_group_known_by_then(log, found, week: int) -> None:
    bookings = log.bookings
    known = np.where(np.isfinite(bookings["assigned_days"]), bookings["assigned_days"], bookings["closed_days"])
    filled = np.isfinite(bookings["assigned_days"])
    expected = np.zeros((6, *SHAPE[1:], 2))
    for period in range(SHAPE[1]):
        for group in (0, 1):
            rows = (bookings["group"] == group) & (bookings["request_days"] >= 30 + 14 * period)
            rows &= (bookings["request_days"] < 30 + 14 * (period + 1)) & (known < 30 + 7 * (week + 1)) & (known >= 30)
            for client in np.unique(bookings["client"][rows]):
                of_client = rows & (bookings["client"] == client)
                x, y = filled[of_client].sum(), of_client.sum()
                expected[:, period, group] += [1, x, y, x * x, x * y, y * y]
    np.testing.assert_allclose(sums_until(found, "fill_rate", SHAPE)[:, week], expected)
    assert expected[0, 0].min() > 5


def test_every_metric_lies_where_it_can(found) -> None:
    bounds = {"mean_rating": (1, 5), "contribution_per_request_eur": (-100, 100)}
    for one in WATCHED:
        n, x, y, xx, xy, yy = sums_until(found, one.name, SHAPE)[:, -1].sum(axis=(-1, -2))
        low, high = bounds.get(one.name, (0, 1))
        if one.name == "return_rate_28d":
            # one event a client, known 28 days after the first request: of those of the first week
            assert n == y
        if one.name == "mean_rating" and y == 0:
            continue
        assert low <= x / y <= high
        assert xx * yy >= xy**2 - 1e-6


def test_exposed_clients_are_counted_once_with_what_they_bring_in_183_days(log, found) -> None:
    bookings = log.bookings
    first: dict[int, int] = {}
    for row in np.flatnonzero(bookings["group"] == 1):
        first.setdefault(int(bookings["client"][row]), int(row))
    returned = eur = 0.0
    for client, row in first.items():
        own = np.flatnonzero(bookings["client"] == client)
        since = bookings["request_days"][row]
        later = own[own > row]
        returned += (bookings["assigned_days"][later] - since <= 183).any()
        until = own[own >= row]
        eur += bookings["contribution_eur"][until][bookings["closed_days"][until] - since <= 183].sum()
    clients = exposed_until(found, SHAPE[0])[:, -1]
    assert clients[:2].tolist() == [len(first), returned]
    assert clients[2] == pytest.approx(eur)


def test_what_is_no_rollout_keeps_nothing(log) -> None:
    trial = Trial(arm("rating"), Client(0.5), 30.0, 30.0)
    assert watched(Cohort(log), trial.split(MARKET, 5, 0)) == {}


def test_a_metric_has_its_name_of_its_function() -> None:
    assert watched_metric("late_share").better == "lower"
    with pytest.raises(KeyError):
        watched_metric("return_rate_6m")

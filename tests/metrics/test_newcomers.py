"""What is kept of clients who came while an experiment lasted."""

import numpy as np
import pytest

from sim.designs.client import Client
from sim.engine.run import simulate
from sim.engine.trial import Trial
from sim.metrics.cohort import Cohort
from sim.metrics.newcomers import LOAD, OUTCOMES, PREFIX, newcomers
from tests.markets import arm, market

MARKET = market("horizon_days=330", "warmup_days=20")
TRIAL = Trial(arm("rating"), Client(0.5), 30.0, 60.0)


@pytest.fixture(scope="module")
def log():
    return simulate(MARKET, arm("uniform"), 1, 0, trial=TRIAL)


@pytest.fixture(scope="module")
def found(log):
    return newcomers(Cohort(log), TRIAL.split(MARKET, int(log.bookings["client"].max()) + 1, 0))


def test_they_are_those_whose_first_request_lies_in_the_experiment(log, found) -> None:
    bookings = log.bookings
    first = {int(c): float(d) for c, d in zip(bookings["client"][::-1], bookings["request_days"][::-1], strict=True)}
    expected = sorted(client for client, day in first.items() if 30 <= day < 90)
    assert sorted(found[PREFIX + "client"].astype(int)) == expected
    np.testing.assert_allclose(found[PREFIX + "day"], [first[int(c)] - 30 for c in found[PREFIX + "client"]])


def test_groups_are_those_of_the_log_and_outcomes_those_of_its_bookings(log, found) -> None:
    bookings = log.bookings
    completed = log.names["outcomes"].index("completed")
    for i, client in enumerate(found[PREFIX + "client"].astype(int)):
        rows = np.flatnonzero(bookings["client"] == client)
        assert found[PREFIX + "group"][i] == bookings["group"][rows[0]]
        assert found[PREFIX + "completed"][i] == (bookings["outcome"][rows[0]] == completed)
        made = np.sort(bookings["assigned_days"][rows][np.isfinite(bookings["assigned_days"][rows])])
        gap = made[1] - bookings["request_days"][rows[0]] if len(made) > 1 else np.inf
        assert found[PREFIX + "returned_6m"][i] == (gap <= 183)
        assert found[PREFIX + "returned_60d"][i] == (gap <= 60)
        near = bookings["closed_days"][rows] - bookings["request_days"][rows[0]] <= 183
        assert found[PREFIX + "contribution_6m_eur"][i] == pytest.approx(bookings["contribution_eur"][rows][near].sum())


def test_the_load_is_hours_asked_for_over_hours_worked(log, found) -> None:
    bookings, pros = log.bookings, log.pros
    during = (bookings["request_days"] >= 30) & (bookings["request_days"] < 90)
    there = np.clip(np.minimum(np.nan_to_num(pros["left_days"], nan=90), 90) - np.maximum(pros["joined_days"], 30), 0, None)
    expected = bookings["duration_hours"][during].sum() / (there / 7 * pros["weekly_hours"]).sum()
    assert found[LOAD][0] == pytest.approx(expected)
    assert 0 < found[LOAD][0] < 2
    assert all(len(found[PREFIX + name]) == len(found[PREFIX + "client"]) for name in OUTCOMES)

"""Pros who leave out new clients to keep their score: whom, how much, and what it does."""

import math
from typing import Any

import numpy as np
import pytest

from sim.config import Market
from sim.draws import logit
from sim.engine.selecting import left_out, select
from sim.engine.world import open_world
from tests.engine.hand import people
from tests.markets import arm, market, run

SEED = 9
SMALL = ("horizon_days=500", "warmup_days=250", "zones=3", "pros.zones_per_pro=2", "pros.n=30", "clients.arrivals_per_day=7")
QUICK = (
    "score.min_sessions=5",
    "score.rebook_days=60",
    "score.lookback_days=120",
    "score.min_clients_behind=1",
    "allocator.strength=2",
)


def selecting(strength: float, refusal: float, cancellation: float, *more: str) -> Market:
    """A market whose pros leave out new clients."""
    keys = (
        f"enabled: true, incentive_strength: {strength}, lag_weeks: 2, refusal_logit: {refusal}, cancellation_logit: {cancellation}"
    )
    return market(f"pros.selecting={{{keys}}}", *SMALL, *more, preset="personal_care")


def test_only_new_clients_are_left_out_as_far_as_they_are_unlikely_to_come_back() -> None:
    small = market("horizon_days=30", "warmup_days=0", preset="personal_care")
    clients = [{"one_time": True}, {"one_time": False, "taste_logit": logit(0.8)}, {"one_time": False, "taste_logit": math.inf}]
    world = open_world(small, people(small, clients, [{}, {}]), SEED, 0)
    world.reluctance[:] = 0.5, 0.0
    # half of 1, of 1 - .8, of 0
    assert [left_out(world, client, 0) for client in range(3)] == pytest.approx([0.5, 0.1, 0.0])
    assert [left_out(world, client, 1) for client in range(3)] == [0.0, 0.0, 0.0]
    world.client_state["completed"] = 1
    assert [left_out(world, client, 0) for client in range(3)] == [0.0, 0.0, 0.0]


def test_reluctance_moves_as_effort_does() -> None:
    settings = selecting(1.0, 1.0, 0.0).pros.selecting
    reluctance = np.zeros(4)
    for _ in range(2):
        select(reluctance, np.array([0.5, 1.0, 1.5, 0.5]), np.array([True, True, True, False]), settings)
    # a shortfall of .5 and a time constant of two weeks: .25, then half of what is left; not counted: no reason
    assert reluctance.tolist() == [0.375, 0.0, 0.0, 0.0]


def digest(log: Any) -> str:
    log.truth_pros.pop("reluctance", None)
    return str(log.digest())


def test_without_a_reason_or_a_means_nothing_changes() -> None:
    for name, world in (("uniform", selecting(5, 3, 3)), ("wecasa_2025", selecting(0, 3, 3)), ("wecasa_2025", selecting(5, 0, 0))):
        policy = arm(name, *(QUICK[:-1] if name == "uniform" else QUICK))
        off, on = run(market(*SMALL, preset="personal_care"), policy, SEED), run(world, policy, SEED)
        assert "reluctance" not in off.truth_pros
        wanted = name != "uniform" and world.pros.selecting.incentive_strength > 0
        assert (on.truth_pros["reluctance"].max() > 0.5) == wanted
        assert digest(on) == digest(off)


@pytest.mark.parametrize(("refusal", "cancellation"), [(4, 0), (0, 4)])
def test_new_clients_pay_for_it_and_regulars_do_not(refusal: float, cancellation: float) -> None:
    policy = arm("wecasa_2025", *QUICK)
    served, cancelled, regulars = [], [], []
    for world in (market(*SMALL, preset="personal_care"), selecting(5, refusal, cancellation)):
        bookings = run(world, policy, SEED).bookings
        late = bookings["request_days"] > 250
        first, later = late & (bookings["stage"] == 0), late & (bookings["stage"] > 0)
        served.append((bookings["first_answer"][first & (bookings["offers"] > 0)] == 0).mean())
        cancelled.append((bookings["cancellations_by_pros"][first] > 0).mean())
        regulars.append(np.isfinite(bookings["assigned_days"][later]).mean())
    # a fraction of the counted pros are choosy, and their acceptance falls by some tens of points
    if refusal:
        assert served[1] < served[0] - 0.05
    else:
        assert cancelled[1] > cancelled[0] + 0.02
    assert regulars[1] == pytest.approx(regulars[0], abs=0.02)

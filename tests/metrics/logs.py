"""Tiny logs written by hand."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from sim.log import RunLog

OUTCOMES = ("open", "completed", "unfilled", "cancelled_by_pro", "cancelled_by_client", "no_show")
ANSWERS = ("accepted", "declined", "proposed", "lapsed")
NEVER = float("nan")


def booking(
    client: int,
    request: float,
    *,
    assigned: float | None = 0.0,
    closed: float | None = 1.0,
    outcome: str = "completed",
    pro: int = 0,
    need: int = 0,
    late: float = 0.0,
    rating: int = 0,
    contribution: float = 0.0,
    price: float = 50.0,
    answer: str = "accepted",
    service: int = 0,
    survey: int = -1,
    discount: float = 0.0,
    favourite: bool = False,
) -> dict[str, Any]:
    """One request; ``assigned`` and ``closed`` are days after it, None for never."""
    completed = outcome == "completed"
    return {
        "client": client,
        "need": need,
        "request_days": request,
        "assigned_days": NEVER if assigned is None else request + assigned,
        "closed_days": NEVER if closed is None else request + closed,
        "outcome": OUTCOMES.index(outcome),
        "pro": pro if assigned is not None else -1,
        "minutes_late": float(late) if completed else NEVER,
        "rating": rating,
        "contribution_eur": float(contribution),
        "price_eur": float(price),
        "first_answer": ANSWERS.index(answer),
        "service": service,
        "survey": survey,
        "discount_eur": float(discount),
        "favourite_booked": int(favourite),
    }


def unfilled(client: int, request: float, need: int = 0) -> dict[str, Any]:
    """A request that nobody accepted."""
    return booking(client, request, assigned=None, outcome="unfilled", need=need, answer="declined")


def log(
    bookings: Sequence[dict[str, Any]],
    *,
    n_clients: int | None = None,
    cost: float = 30.0,
    pros: dict[str, Any] | None = None,
    scores: dict[str, Any] | None = None,
    truth: Sequence[float] = (0.3, 0.3),
    horizon: float = 1000.0,
    warmup: float = 0.0,
) -> RunLog:
    """A log of these requests, in order of request."""
    rows = sorted(bookings, key=lambda row: row["request_days"])
    n = n_clients if n_clients is not None else 1 + max((row["client"] for row in rows), default=-1)
    n_pros = len(truth)
    some_pros = {
        "pro": np.arange(n_pros),
        "joined_days": np.zeros(n_pros),
        "left_days": np.full(n_pros, np.nan),
        "weekly_hours": np.full(n_pros, 40.0),
        "home_zone": np.zeros(n_pros, np.int64),
        "main_service": np.zeros(n_pros, np.int64),
    }
    empty = {"refresh_days": [], "pro": [], "value": [], "counted": [], "completed_sessions": [], "offers": [], "visibility": []}
    integer = ("pro", "completed_sessions", "offers")
    table = empty | (scores or {})
    table.setdefault("clients_behind", np.zeros(len(table["pro"])))
    return RunLog(
        clients={"client": np.arange(n), "acquisition_cost_eur": np.full(n, cost)},
        pros=some_pros | {name: np.asarray(values) for name, values in (pros or {}).items()},
        bookings={
            name: np.array([row[name] for row in rows], np.int64 if isinstance(example, int) else float)
            for name, example in booking(0, 0.0).items()
        },
        scores={
            name: np.asarray(values, np.int64 if name in integer else bool if name == "counted" else float)
            for name, values in table.items()
        },
        truth_pros={"return_propensity": np.asarray(truth, float)},
        truth_clients={},
        offers={},
        names={"outcomes": OUTCOMES, "answers": ANSWERS},
        facts={"horizon_days": horizon, "warmup_days": warmup, "payback_bookings": 3.0, "late_from_minutes": 5.0},
    )

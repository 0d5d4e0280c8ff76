"""From the state of a finished run to its log."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from sim import rules
from sim.calendar import SLOTS_PER_DAY, TICKS_PER_DAY, TICKS_PER_HOUR
from sim.config import Market
from sim.engine.platform import Platform
from sim.engine.world import N_BOOKINGS, N_OFFERS, World
from sim.log import Columns, RunLog
from sim.population import Floats, Table
from sim.truth import acquisition_cost_eur


def when(ticks: NDArray[np.int64]) -> Floats:
    """Ticks as days from the start of the run; nan for never."""
    return np.where(ticks >= 0, ticks / TICKS_PER_DAY, np.nan)


def make_log(market: Market, world: World, platform: Platform, months: Columns) -> RunLog:
    """Turn the arrays of a finished run into tables of its log; clients whom marketing did not buy are not in it."""
    bookings = world.bookings[: world.counters[N_BOOKINGS]]
    offers = world.offers[: world.counters[N_OFFERS]]
    everybody = bool(world.acquired.all())
    here = np.flatnonzero(world.acquired)
    clients = world.clients if everybody else world.clients[here]
    pros = world.pros_at_rest
    cost = acquisition_cost_eur(market)
    closed = bookings["outcome"] != rules.OPEN
    return RunLog(
        clients={
            "client": here,
            "arrival_days": when(clients["arrival_tick"]),
            "channel": clients["channel"].copy(),
            "zone": clients["zone"].copy(),
            "service": clients["service"].copy(),
            "acquisition_cost_eur": cost[clients["channel"]],
        },
        pros={
            "pro": np.arange(len(pros)),
            "joined_days": when(pros["joined_tick"]),
            "left_days": when(world.pro_state["left_tick"]),
            "weekly_hours": pros["weekly_slots"] / 2,
            "home_zone": pros["home_zone"].copy(),
            "main_service": pros["main_service"].copy(),
        },
        bookings={
            "booking": np.arange(len(bookings)),
            "client": bookings["client"].copy(),
            "need": bookings["need"].copy(),
            "need_days": when(bookings["need_tick"]),
            "request_days": when(bookings["request_tick"]),
            "assigned_days": when(bookings["assigned_tick"]),
            "closed_days": np.where(closed, when(bookings["closed_tick"]), np.nan),
            "start_days": bookings["slot"] / SLOTS_PER_DAY,
            "duration_hours": bookings["slots"] / 2,
            "zone": bookings["zone"].copy(),
            "service": bookings["service"].copy(),
            "stage": bookings["stage"].copy(),
            "favourite": bookings["favourite"].copy(),
            "favourite_booked": bookings["favourite_booked"].copy(),
            "cancellations_by_pros": bookings["attempts"].copy(),
            "offers": bookings["offers"].copy(),
            "first_answer": bookings["first_answer"].copy(),
            "pro": bookings["pro"].copy(),
            "propensity": bookings["propensity"].copy(),
            "outcome": bookings["outcome"].copy(),
            "minutes_late": bookings["minutes_late"].copy(),
            "rating": bookings["rating"].copy(),
            "survey": bookings["survey"].copy(),
            "stays": bookings["stays"].copy(),
            "price_eur": bookings["price_eur"].copy(),
            "discount_eur": bookings["discount_eur"].copy(),
            "contribution_eur": bookings["contribution_eur"].copy(),
        },
        scores=_stacked(platform.score_rows),
        truth_pros={
            "pro": np.arange(len(pros)),
            "return_propensity": platform.propensity,
            **{
                name: pros[name].copy()
                for name in (
                    "late_share",
                    "cancellation_share",
                    "skill",
                    "warmth",
                    "advocacy",
                    "acceptance_logit",
                    "answer_minutes",
                )
            },
            **({"effort": world.effort.copy()} if market.pros.adapting.enabled else {}),
        },
        truth_clients={
            "client": here.copy(),
            **{name: clients[name].copy() for name in ("one_time", "rate_per_day", "taste_logit", "tolerance_minutes", "flexible")},
            **_drawn_off(world.ties[here] if len(world.ties) else world.ties, market),
        },
        offers={
            "booking": offers["booking"].copy(),
            "attempt": offers["attempt"].copy(),
            "position": offers["position"].copy(),
            "pro": offers["pro"].copy(),
            "offered_days": when(offers["offered_tick"]),
            "answer": offers["answer"].copy(),
            "answer_hours": (offers["answer_tick"] - offers["offered_tick"]) / TICKS_PER_HOUR,
            "favourite": offers["favourite"].copy(),
        },
        names={
            "outcomes": rules.OUTCOMES,
            "answers": rules.ANSWERS,
            "services": tuple(service.name for service in market.services),
            "channels": tuple(channel.name for channel in market.clients.channels),
        },
        facts={
            "horizon_days": float(market.horizon_days),
            "warmup_days": float(market.warmup_days),
            "payback_bookings": float(market.economics.payback_bookings),
            "late_from_minutes": float(market.sessions.late_from_minutes),
        },
        months=months,
    )


def _drawn_off(ties: Table, market: Market) -> dict[str, NDArray[Any]]:
    """Who went private, when and with whom, and whose need went to a competitor; no columns when nobody can be."""
    if len(ties) == 0:
        return {}
    private = ties["private_tick"] != rules.NEVER
    # worked out when the client became idle: by the end of the run it may not have happened yet
    lost = np.where(ties["lost_tick"] < market.horizon_days * TICKS_PER_DAY, ties["lost_tick"], rules.NEVER)
    return {
        "private_days": when(ties["private_tick"]),
        "private_pro": np.where(private, ties["pro"], rules.NEVER),
        "lost_days": when(lost),
    }


def _stacked(rows: list[dict[str, NDArray[Any]]]) -> dict[str, NDArray[Any]]:
    return {name: np.concatenate([row[name] for row in rows]) for name in rows[0]} if rows else {}

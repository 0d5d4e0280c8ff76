"""From the state of a finished run to its log."""

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sim import rules
from sim.arrays import Floats, Ints, Table
from sim.calendar import SLOTS_PER_DAY, TICKS_PER_DAY, TICKS_PER_HOUR
from sim.config import Market
from sim.designs.base import Split
from sim.engine.platform import Arm, Platform
from sim.engine.world import LEDGER, N_BOOKINGS, N_CHOICES, N_LEDGER, N_OFFERS, N_RACES, N_SPEND, World
from sim.log import Columns, RunLog
from sim.programmes.base import EXPIRED, KINDS, LEDGER_KINDS, REFERRAL, SPEND_KINDS
from sim.programmes.referral import CHANNEL
from sim.scores.base import traits
from sim.truth import acquisition_cost_eur


def when(ticks: Ints) -> Floats:
    """Ticks as days from the start of the run; nan for never."""
    return np.where(ticks >= 0, ticks / TICKS_PER_DAY, np.nan)


BLOCK_ROWS = 2048
"""Rows copied at a time: few enough that all their fields stay in the processor's cache while each column takes its own."""


LISTED = ("list_length", "list_position", "choice_probability")
"""Columns of bookings that are in the log where clients choose from lists."""


def columns(table: NDArray[Any]) -> dict[str, NDArray[Any]]:
    """The fields of a table of records as contiguous columns, in one pass over its memory."""
    split = {name: np.empty(len(table), table.dtype[name]) for name in table.dtype.names or ()}
    for begin in range(0, len(table), BLOCK_ROWS):
        rows = slice(begin, begin + BLOCK_ROWS)
        for name, column in split.items():
            column[rows] = table[rows][name]
    return split


def make_log(market: Market, world: World, platform: Platform, months: Columns, split: Split | None = None) -> RunLog:
    """Turn the arrays of a finished run into tables of its log; clients whom marketing did not buy are not in it.

    ``split`` is that of the experiment, if there was one.
    """
    bookings = columns(world.bookings[: world.counters[N_BOOKINGS]])
    offers = columns(world.offers[: world.counters[N_OFFERS]])
    here = np.flatnonzero(world.acquired)
    clients = columns(world.clients if len(here) == len(world.clients) else world.clients[here])
    pros, n_pros = columns(world.pros_at_rest), len(world.pros)
    cost = acquisition_cost_eur(market)
    refers = len(world.programmes) > 0 and bool(world.programmes[0]["referral"]["on"])
    if refers:
        cost = np.append(cost, world.programmes[0]["referral"]["acquisition_cost_eur"])
    closed = bookings["outcome"] != rules.OPEN
    return RunLog(
        clients={
            "client": here,
            "arrival_days": when(clients["arrival_tick"]),
            "channel": clients["channel"],
            "zone": clients["zone"],
            "service": clients["service"],
            "acquisition_cost_eur": cost[clients["channel"]],
            **({"known": world.known[here]} if len(world.known) else {}),
            **({"referrer": _referrer(world.loyalty["referral"][here])} if refers else {}),
            **({"group": split.of_clients()[here]} if split is not None and split.randomises_clients else {}),
        },
        pros={
            "pro": np.arange(n_pros),
            "joined_days": when(np.where(platform.entry.declined, rules.NEVER, pros["joined_tick"])),
            "left_days": when(world.pro_state["left_tick"]),
            "weekly_hours": pros["weekly_slots"] / 2,
            "home_zone": pros["home_zone"],
            "main_service": pros["main_service"],
            **({"relative_price": np.array([math.exp(x) for x in pros["log_price"]])} if market.pros.price_log_sd > 0 else {}),
            **({"group": split.of_pros()} if split is not None and split.randomises_pros else {}),
        },
        bookings={
            "booking": np.arange(len(closed)),
            "client": bookings["client"],
            "need": bookings["need"],
            "need_days": when(bookings["need_tick"]),
            "request_days": when(bookings["request_tick"]),
            "assigned_days": when(bookings["assigned_tick"]),
            "closed_days": np.where(closed, when(bookings["closed_tick"]), np.nan),
            "start_days": bookings["slot"] / SLOTS_PER_DAY,
            "duration_hours": bookings["slots"] / 2,
            "zone": bookings["zone"],
            "service": bookings["service"],
            "stage": bookings["stage"],
            "favourite": bookings["favourite"],
            "favourite_booked": bookings["favourite_booked"],
            "cancellations_by_pros": bookings["attempts"],
            "offers": bookings["offers"],
            "first_answer": bookings["first_answer"],
            "pro": bookings["pro"],
            "propensity": bookings["propensity"],
            "outcome": bookings["outcome"],
            "minutes_late": bookings["minutes_late"],
            "rating": bookings["rating"],
            "survey": bookings["survey"],
            "stays": bookings["stays"],
            "price_eur": bookings["price_eur"],
            "discount_eur": bookings["discount_eur"],
            "refund_eur": bookings["refund_eur"],
            "contribution_eur": bookings["contribution_eur"],
            **({name: bookings[name] for name in LISTED} if market.requests.mode != "dispatch" else {}),
            **({"tier": bookings["tier"]} if len(world.programmes) and world.programmes[0]["tiers"]["on"] else {}),
            **({} if split is None else _groups(bookings, split)),
        },
        scores=platform.score_table(),
        truth_pros={
            "pro": np.arange(n_pros),
            "return_propensity": platform.pro_traits.propensity_at_rest,
            **{
                name: pros[name]
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
            **({"reluctance": world.reluctance.copy()} if market.pros.selecting.enabled else {}),
        },
        truth_refreshes=platform.truth_table(),
        truth_clients={
            "client": here.copy(),
            **{name: clients[name] for name in ("one_time", "rate_per_day", "taste_logit", "tolerance_minutes", "flexible")},
            **_drawn_off(world.ties[here] if len(world.ties) else world.ties, market),
        },
        offers={
            "booking": offers["booking"],
            "attempt": offers["attempt"],
            "position": offers["position"],
            "pro": offers["pro"],
            "offered_days": when(offers["offered_tick"]),
            "answer": offers["answer"],
            "answer_hours": (offers["answer_tick"] - offers["offered_tick"]) / TICKS_PER_HOUR,
            "favourite": offers["favourite"],
        },
        names=names_in(market, platform.arm),
        facts=facts_of(market, platform.arm),
        months=months,
        spend=_spend(world),
        ledger=_ledger(world),
        choices=_choices(world),
    )


def names_in(market: Market, arm: Arm) -> dict[str, tuple[str, ...]]:
    """Names behind the coded columns of a log."""
    refers = any(programme.kind == KINDS[REFERRAL] for programme in arm.programmes)
    return {
        "outcomes": rules.OUTCOMES,
        "answers": rules.ANSWERS,
        "services": tuple(service.name for service in market.services),
        "channels": (*(channel.name for channel in market.clients.channels), *((CHANNEL,) if refers else ())),
        "programmes": KINDS,
        "spend_kinds": SPEND_KINDS,
        "ledger_kinds": LEDGER_KINDS,
    }


def facts_of(market: Market, arm: Arm) -> dict[str, float]:
    """What a reader of a log must know of the run besides its tables."""
    known = traits(arm.score)
    thresholds = {"min_sessions": known.min_sessions, "min_clients_behind": known.min_clients_behind}
    return {
        "horizon_days": float(market.horizon_days),
        "warmup_days": float(market.warmup_days),
        "payback_bookings": float(market.economics.payback_bookings),
        "late_from_minutes": float(market.sessions.late_from_minutes),
        # a score without such a threshold has none to report
        **{name: np.nan if value is None else float(value) for name, value in thresholds.items()},
    }


def _groups(bookings: Columns, split: Split) -> Columns:
    """Group of each request, and the period of its client's first one; OUTSIDE before and after the experiment."""
    client = bookings["client"]
    known, first = np.unique(client, return_index=True)
    first_row = np.zeros(int(client.max(initial=-1)) + 1, np.int64)
    first_row[known] = first
    return {"group": bookings["group"], "first_period": split.periods(when(bookings["request_tick"]))[first_row[client]]}


def _referrer(state: Table) -> Ints:
    """Who brought each client; -1 for those who came by themselves."""
    return np.where(state["is_friend"], state["referrer"], rules.NEVER)


def in_order(ticks: Ints) -> Ints:
    """Positions by increasing tick, equal ones as they stand; ticks are below 2^31, so two radix sorts do."""
    low, high = (ticks & 0xFFFF).astype(np.uint16), (ticks >> 16).astype(np.uint16)
    by_low = np.argsort(low, kind="stable")
    return by_low[np.argsort(high[by_low], kind="stable")]


def _by_tick(table: Table) -> dict[str, NDArray[Any]]:
    """Columns of rows that are in order of writing, by instant; rows of the same instant stay in that order."""
    split = columns(table)
    order = in_order(split["tick"])
    return {name: column[order] for name, column in split.items()}


def _spend(world: World) -> dict[str, NDArray[Any]]:
    """Costs of programmes; no columns without them."""
    if len(world.programmes) == 0:
        return {}
    spent = _by_tick(world.spend[: world.counters[N_SPEND]])
    return {
        "client": spent["client"],
        "booking": spent["booking"],
        "days": when(spent["tick"]),
        "programme": spent["programme"],
        "kind": spent["kind"],
        "cost_eur": spent["cost_eur"],
    }


def _ledger(world: World) -> dict[str, NDArray[Any]]:
    """Changes of points, those included that expired while their client was away; no columns without points."""
    if len(world.programmes) == 0 or not world.programmes[0]["points"]["on"]:
        return {}
    state, expiry = world.loyalty["points"], int(world.programmes[0]["points"]["expiry_ticks"])
    gone = state["earned_tick"] + expiry
    within = (expiry >= 0) & (gone < world.rules[0]["horizon_tick"])
    lapsed = np.flatnonzero(within & (state["balance"] > 0))
    rest = np.zeros(len(lapsed), LEDGER)
    rest["client"], rest["tick"], rest["points"] = lapsed, gone[lapsed], state["balance"][lapsed]
    rest["booking"], rest["kind"] = rules.NEVER, EXPIRED
    entries = _by_tick(np.concatenate([world.ledger[: world.counters[N_LEDGER]], rest]))
    return {
        "client": entries["client"],
        "days": when(entries["tick"]),
        "booking": entries["booking"],
        "kind": entries["kind"],
        "points": entries["points"],
        "balance": entries["balance"],
    }


def _choices(world: World) -> dict[str, NDArray[Any]]:
    """Candidates of each choice, with what the race knows repeated for each of them; no columns unless they are kept."""
    if len(world.races) == 0:
        return {}
    races = world.races[: world.counters[N_RACES]]
    candidates = columns(world.choices[: world.counters[N_CHOICES]])
    return {
        "booking": np.repeat(races["booking"], races["candidates"]),
        "attempt": np.repeat(races["attempt"], races["candidates"]),
        "race_days": np.repeat(when(races["tick"]), races["candidates"]),
        "pro": candidates["pro"],
        "weight": candidates["weight"],
        "asked": candidates["asked"],
    }


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

"""The state of a running market, in arrays that compiled functions and Python share.

``World`` is what a run *is* at an instant: who there is, what is booked, what the platform shows, and the log so far. It is a
tuple of arrays and nothing else, so a compiled function takes it whole.
"""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from sim import rules
from sim.arrays import Flags, Floats, Ints, Table
from sim.calendar import SLOTS_PER_DAY, TICKS_PER_DAY, TICKS_PER_MONTH, Words, open_days
from sim.config import SLOT_MINUTES, Market
from sim.designs.base import Split
from sim.population import Population, cumulative, with_blank_rows, with_friends
from sim.programmes.base import GivesPoints, Programme
from sim.programmes.outreach import MAX_MESSAGES
from sim.programmes.record import STATE, n_friends, parameters

# Kinds of events. At equal ticks they happen in this order, then by client: outcomes, refresh, joins and leaves, effort, budget,
# requests.
SESSION_ENDS, PRO_CANCELS, CLIENT_CANCELS, NOT_FILLED, REFRESH, JOIN, LEAVE, EFFORT, BUDGET, REQUEST = range(1, 11)

# Positions in ``World.counters``.
N_BOOKINGS, N_OFFERS, N_FIRSTS, N_LEDGER, N_SPEND, REFERRED, N_RACES, N_CHOICES = range(8)
"""How many rows the tables have, how many clients have had a first session, and who was brought by the last request closed."""

MOST_LEDGER_ROWS, MOST_SPEND_ROWS = 3, MAX_MESSAGES + 5
"""The most that the end of one request can add to these tables."""

CLIENT_STATE = np.dtype(
    [
        ("need", np.int64),
        ("need_tick", np.int64),
        ("completed", np.int64),
        ("favourite", np.int64),
        ("booking", np.int64),
        ("first", np.int64),
        ("first_arm", np.int64),
        ("place", np.float64),
    ],
    align=True,
)
"""What changes about a client: need index and its instant, completed sessions, favourite pro, row of the open or last request in
the log, position among the first sessions and the arm that weighed the pro of it; and the place that an experiment's design has
given the client for good."""

PRO_STATE = np.dtype(
    [
        ("left_tick", np.int64),
        ("offers", np.int64),
        ("accepted", np.int64),
        ("completed", np.int64),
        ("cancelled", np.int64),
        ("late", np.int64),
        ("ratings", np.int64),
        ("stars", np.int64),
        ("group", np.int64),
    ],
    align=True,
)
"""What changes about a pro: when they left, and running counts of what has happened; and the group in an experiment, for good."""

TIES = np.dtype([("pro", np.int64), ("sessions", np.int64), ("private_tick", np.int64), ("lost_tick", np.int64)], align=True)
"""What binds a client: pro of the last completed session and how many in a row with that pro; when the client went private with
that pro, and the need that went to a competitor."""

SERVICE = np.dtype(
    [
        ("slots", np.int64),
        ("price_eur", np.float64),
        ("client_share", np.float64),
        ("cumulative", np.float64),
        ("points", np.int64),
    ],
    align=True,
)
"""A kind of work, the share of clients who want it, of those who want it or one before it, and the points for a session of it."""

# Rows of ``World.first_days``.
SESSION, REBOOKED, REBOOKED_SAME_PRO = range(3)

BOOKING = np.dtype(
    [
        ("client", np.int64),
        ("need", np.int64),
        ("need_tick", np.int64),
        ("request_tick", np.int64),
        ("assigned_tick", np.int64),
        ("closed_tick", np.int64),
        ("slot", np.int64),
        ("slots", np.int64),
        ("zone", np.int64),
        ("service", np.int64),
        ("stage", np.int64),
        ("favourite", np.int64),
        ("favourite_booked", np.bool_),
        ("attempts", np.int64),
        ("offers", np.int64),
        ("first_answer", np.int64),
        ("pro", np.int64),
        ("propensity", np.float64),
        ("outcome", np.int64),
        ("minutes_late", np.float64),
        ("rating", np.int64),
        ("survey", np.int64),
        ("stays", np.bool_),
        ("price_eur", np.float64),
        ("discount_eur", np.float64),
        ("refund_eur", np.float64),
        ("contribution_eur", np.float64),
        ("tier", np.int64),
        ("following", np.int64),
        ("list_length", np.int64),
        ("list_position", np.int64),
        ("choice_probability", np.float64),
        ("group", np.int64),
    ],
    align=True,
)
"""One row a request, in order of the request; ``following`` is the row of the client's next completed session, for programmes."""

OFFER = np.dtype(
    [
        ("booking", np.int64),
        ("attempt", np.int64),
        ("position", np.int64),
        ("pro", np.int64),
        ("offered_tick", np.int64),
        ("answer", np.int64),
        ("answer_tick", np.int64),
        ("favourite", np.bool_),
    ],
    align=True,
)
"""One row an offer; kept only when ``market.log_offers`` is on."""

RACE = np.dtype([("booking", np.int32), ("attempt", np.int8), ("candidates", np.int32), ("tick", np.int64)], align=True)
"""One row a choice that the platform made among at least one candidate; kept only when ``market.log_choices`` is on."""

CHOICE = np.dtype([("pro", np.int32), ("asked", np.int32), ("weight", np.float64)], align=True)
"""One row a candidate, race after race: the weight, and the place among those who were asked, or 0."""

TRIAL = np.dtype(
    [
        ("start_tick", np.int64),
        ("end_tick", np.int64),
        ("period_ticks", np.int64),
        ("treated_order", np.int64),
        ("merges", np.bool_),
        ("treated_share", np.float64),
        ("lasting_share", np.float64),
        ("half_life_ticks", np.float64),
    ],
    align=True,
)
"""When an experiment runs, how the treated arm offers, whether treated requests are offered in both arms' orders merged; what
changes: the share of requests treated in the week from the last refresh on; and how a treatment wears off."""


LEDGER = np.dtype(
    [
        ("client", np.int32),
        ("booking", np.int32),
        ("tick", np.int64),
        ("points", np.int64),
        ("balance", np.int64),
        ("kind", np.int8),
    ],
    align=True,
)
"""One row a change of a client's balance of points. These two tables are as narrow as they can be: they are written in every run
with programmes, and most of the time that takes is memory's."""

SPEND = np.dtype(
    [
        ("client", np.int32),
        ("booking", np.int32),
        ("tick", np.int64),
        ("cost_eur", np.float64),
        ("programme", np.int8),
        ("kind", np.int8),
    ],
    align=True,
)
"""One row a cost of a programme that is not a discount."""


class World(NamedTuple):
    """State of one run."""

    rules: Table
    """(1,) of ``rules.PARAMETERS``."""
    services: Table
    clients: Table
    client_state: Table
    acquired: Flags
    """(n_clients,) brought by marketing: only they ever arrive."""
    ties: Table
    """(n_clients,) of ``TIES``; empty unless clients can be drawn off the platform."""
    programmes: Table
    """(1,) of ``programmes.record.PARAMETERS``; empty without programmes."""
    loyalty: Table
    """(n_clients,) of ``programmes.record.STATE``; empty without programmes, and so are ``ledger`` and ``spend``."""
    ledger: Table
    spend: Table
    pros: Table
    """Traits as they show at present effort."""
    pros_at_rest: Table
    effort: Floats
    """(n_pros,) present effort, 0 to 1."""
    pro_state: Table
    arm_state: Table
    """(2, n_pros) of ``PRO_STATE``: counts of sessions by the arm that weighed the pro for the request, in an experiment with
    separate scores; else empty."""
    active: Flags
    """(n_pros,) on the platform now."""
    free: Words
    """(n_days, n_pros) half hours worked and not booked. A session that its pro cancelled stays booked: its pro is not there."""
    candidate_start: Ints
    candidates: Ints
    visibility: Floats
    """(n_rows * n_stages, n_pros) weights of the last refresh. Row 0 is for all requests, and in an experiment row 1 for treated
    ones; with merged orders row 0 has the control's weights and row 1 the treated arm's."""
    bookings: Table
    offers: Table
    races: Table
    choices: Table
    first_pro: Ints
    """(n_clients,) pro of each first completed session, in order of its end."""
    first_days: Floats
    """(3, n_clients) when that session ended, when its client booked again, and again with that pro; inf: not yet."""
    counters: Ints
    money: Floats
    """(n_months + 1,) contribution of all requests closed so far, then what programmes spend in each month, in EUR."""
    shortlist: Ints
    """Scratch: candidates of the request at hand."""
    weights: Floats
    """Scratch: their weights; an entry is set to -1 once it has had its offer. Where an experiment merges orders it is three times
    as long: behind the weights stands when each rings by the control's, and then by the treated arm's."""
    lots: Floats
    """Scratch: the uniform that each draws for the race."""
    asked: Table
    """(n_requests,) of ``ASKED``: requests that are given instead of drawn; empty for none, and then so are the next four."""
    asked_begin: Ints
    asked_end: Ints
    known: Flags
    exogenous: Flags
    """(n_clients,) each, see ``Script``."""
    leave_ticks: Ints
    """(n_pros,) when each leaves whatever happens, -1 for never; empty for nobody."""
    reluctance: Floats
    """(n_pros,) how much each leaves out new clients who are unlikely to come back, 0 to 1."""
    trial: Table
    """(1,) of ``TRIAL``; without an experiment it is over before it begins."""
    shares: Floats
    """(n_zones, n_periods) share of clients treated, those whose place is below it; empty without an experiment."""


def open_world(
    market: Market,
    people: Population,
    seed: int,
    replication: int,
    offer_order: str | None = None,
    programmes: Sequence[Programme] = (),
) -> World:
    """The market on day 0, before anything has happened: nobody is visible more than anybody else.

    Raises
    ------
    ValueError
        Programmes that do not fit the market or one another.
    """
    programme_rules = parameters(programmes, market)
    clients = with_friends(people.clients, n_friends(programme_rules))
    n_clients, n_pros = len(clients), len(people.pros)
    services = np.zeros(len(market.services), SERVICE)
    services["slots"] = [service.duration_minutes // SLOT_MINUTES for service in market.services]
    for name in ("price_eur", "client_share"):
        services[name] = [getattr(service, name) for service in market.services]
    services["cumulative"] = cumulative([service.client_share for service in market.services])
    for programme in programmes:
        if isinstance(programme, GivesPoints):
            services["points"] = programme.service_points(market)
    rule = rules.parameters(market, seed, replication, offer_order)
    rule["n_arrivals"] = len(people.clients)
    last_start_days = market.horizon_days + max(market.requests.lead_max_days, market.requests.lead_min_hours / 24)
    last_start_days = max(last_start_days, float(people.script.asked["slot"].max(initial=0)) / SLOTS_PER_DAY + 1)
    longest_days = max(service.duration_minutes for service in market.services) / 1440
    # a start may roll to the next day, move by a day to a favourite's free slot, and by one more with each proposed slot
    n_days = int(last_start_days + longest_days) + 4 + market.requests.max_attempts
    if market.requests.start_weekday_weights is not None:
        n_days += 6  # and on to a weekday in more demand
    client_state = np.zeros(n_clients, CLIENT_STATE)
    # friends' rows are touched when they are brought, so those of whom nobody brings cost no memory
    coming = client_state[: len(people.clients)]
    for name in ("favourite", "booking", "first"):
        coming[name] = rules.NEVER
    coming["need_tick"] = people.clients["arrival_tick"]
    script = with_blank_rows(people.script, n_clients)
    if len(script.known):
        # they have been here before: neither their first request nor their first session is in the run
        coming["need"] = coming["completed"] = people.script.known
    draws_off = market.clients.leakage.share_per_session > 0 or market.clients.competitors.hazard_per_idle_month > 0
    ties = np.zeros(n_clients if draws_off else 0, TIES)
    for name in ("pro", "private_tick", "lost_tick"):
        ties[name] = rules.NEVER
    pro_state = np.zeros(n_pros, PRO_STATE)
    pro_state["left_tick"] = rules.NEVER
    most_candidates = int(np.diff(people.candidate_start).max(initial=0))
    trial = np.zeros(1, TRIAL)
    trial["period_ticks"] = 1
    return World(
        rules=rule,
        services=services,
        clients=clients,
        client_state=client_state,
        acquired=(np.arange(n_clients) < len(people.clients)) & (market.acquisition.mode == "fixed"),
        ties=ties,
        programmes=programme_rules,
        loyalty=np.zeros(n_clients if programmes else 0, STATE),
        ledger=np.empty(max(1024, 4 * n_clients) if programmes else 0, LEDGER),
        spend=np.empty(max(1024, 4 * n_clients) if programmes else 0, SPEND),
        pros=people.pros.copy(),
        pros_at_rest=people.pros,
        effort=np.zeros(n_pros),
        pro_state=pro_state,
        arm_state=np.zeros((2, 0), PRO_STATE),
        active=people.pros["joined_tick"] == 0,
        free=open_days(people.work, n_days),
        candidate_start=people.candidate_start,
        candidates=people.candidates,
        visibility=np.ones((market.economics.payback_bookings + 1, n_pros)),
        # room that is never written to costs no memory; a row is written whole when its request is opened
        bookings=np.empty(max(1024, 6 * n_clients), BOOKING),
        offers=np.empty(max(1024, 8 * n_clients) if market.log_offers else 0, OFFER),
        races=np.empty(max(1024, 4 * n_clients) if market.log_choices else 0, RACE),
        choices=np.empty(max(1024, 32 * n_clients, most_candidates) if market.log_choices else 0, CHOICE),
        first_pro=np.zeros(n_clients, np.int64),
        # a column is written whole at the first session
        first_days=np.empty((3, n_clients)),
        counters=np.array([0, 0, 0, 0, 0, rules.NEVER, 0, 0]),
        money=np.zeros(market.horizon_days * TICKS_PER_DAY // TICKS_PER_MONTH + 2),
        shortlist=np.zeros(most_candidates, np.int64),
        weights=np.zeros(most_candidates),
        lots=np.zeros(most_candidates),
        asked=script.asked,
        asked_begin=script.begin,
        asked_end=script.end,
        known=script.known,
        exogenous=script.exogenous,
        leave_ticks=people.leave_ticks,
        reluctance=np.zeros(n_pros),
        trial=trial,
        shares=np.zeros((0, 0)),
    )


def with_groups(
    world: World, split: Split, treated_order: str, merges: bool, separate: bool, lasting: tuple[float, float] = (1.0, 0.0)
) -> World:
    """The same world on day 0 with an experiment ahead.

    Parameters
    ----------
    split
        Who is in which group.
    treated_order
        How treated requests are offered, one of ``rules.OFFER_ORDERS``.
    merges
        Whether they are offered in both arms' orders merged.
    separate
        Whether what happens to pros is also counted by arm.
    lasting
        Share of treated requests on which the treatment works for good, and the ticks in which what is above it halves.
    """
    trial = np.zeros(1, TRIAL)
    trial["start_tick"], trial["end_tick"], trial["period_ticks"] = split.bounds
    trial["treated_order"] = rules.OFFER_ORDERS.index(treated_order)
    trial["merges"] = merges
    trial["lasting_share"], trial["half_life_ticks"] = lasting
    world.client_state["place"] = split.groups.places
    world.pro_state["group"] = split.of_pros()
    return world._replace(
        visibility=np.tile(world.visibility, (2, 1)),
        arm_state=np.zeros((2, len(world.pros) if separate else 0), PRO_STATE),
        trial=trial,
        shares=np.ascontiguousarray(split.groups.shares),
        weights=np.zeros((3 if merges else 1) * len(world.shortlist)),
    )


def with_room(world: World) -> World:
    """The same world with room in the log for another request, its offers, and what programmes do at its end."""
    n_bookings, n_offers = int(world.counters[N_BOOKINGS]), int(world.counters[N_OFFERS])
    if n_bookings == len(world.bookings):
        world = world._replace(bookings=_doubled(world.bookings))
    most = int(world.rules[0]["max_offers"]) + 1
    if len(world.offers) and n_offers + most > len(world.offers):
        world = world._replace(offers=_doubled(world.offers, most))
    if len(world.races) and int(world.counters[N_RACES]) == len(world.races):
        world = world._replace(races=_doubled(world.races))
    if len(world.choices) and int(world.counters[N_CHOICES]) + len(world.shortlist) > len(world.choices):
        world = world._replace(choices=_doubled(world.choices, len(world.shortlist)))
    if len(world.ledger) and int(world.counters[N_LEDGER]) + MOST_LEDGER_ROWS > len(world.ledger):
        world = world._replace(ledger=_doubled(world.ledger))
    if len(world.spend) and int(world.counters[N_SPEND]) + MOST_SPEND_ROWS > len(world.spend):
        world = world._replace(spend=_doubled(world.spend))
    return world


def _doubled(table: Table, extra: int = 0) -> Table:
    larger = np.empty(2 * len(table) + extra, table.dtype)
    larger[: len(table)] = table
    return larger

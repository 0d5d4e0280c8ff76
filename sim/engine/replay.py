"""The clients of a request stream: requests that were made to a real platform, in the terms of a market.

What the stream does not say (an instant, an hour, a zone, who the client is) is drawn anew in each replication, so it is part of
the luck; what it says is the same in all of them, and under every policy.

Two questions can be asked of it. With ``all_requests=False`` each new client's first request is that of the stream, and whatever
follows is simulated: policies can differ in returns. With ``all_requests=True`` every request happens as it did: demand is
exogenous, and policies differ in who serves it only. Known clients, who were there before, make all their requests either way, or
are drawn anew in each replication: who is still there, and when each needs something next (``KnownClients``).

A client has one open request at a time. A request that is made before the client's earlier one can be over is made by a *double*:
somebody with the same traits, who counts as known.
"""

import hashlib
from dataclasses import dataclass
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from sim import draws, rules
from sim.arrays import Flags, Floats, Ints, Table
from sim.calendar import SLOTS_PER_DAY, TICKS_PER_DAY, TICKS_PER_SLOT, Words
from sim.config import SLOT_MINUTES, Market
from sim.jit import compiled
from sim.population import ASKED, Population, Script, draw_clients, draw_pros, index_candidates, index_served

UNKNOWN = -1
REQUEST_COLUMNS = ("client", "tick", "request_day", "slot", "start_day", "service", "zone", "channel")


@dataclass(frozen=True)
class Supply:
    """The pros of a file, by joining; their traits are drawn from the market."""

    joined_tick: Ints
    """(n_pros,) increasing."""
    leave_tick: Ints
    """(n_pros,) -1: never."""
    days: Flags
    """(n_pros, 7) weekdays on which each works."""
    work: Words
    """(n_pros, 7) half hours of each weekday; 0 throughout: unknown, those of the market on ``days``."""
    offered: Flags
    """(n_pros, n_services); none: unknown, those of the market."""
    serves: Flags
    """(n_pros, n_zones); none: unknown, those of the market."""


class Kept:
    """Arrays that are kept in a file, named by their content."""

    @classmethod
    def of(cls, arrays: dict[str, NDArray[Any]]) -> Self:
        """What the arrays came from."""
        return cls(**arrays)

    def arrays(self) -> dict[str, NDArray[Any]]:
        """Everything as arrays by name."""
        return dict(vars(self))

    def digest(self) -> str:
        """Fingerprint of every value (32 hex digits)."""
        digest = hashlib.sha256()
        for name, values in sorted(self.arrays().items()):
            digest.update(f"{name}:{values.dtype}:{values.shape}".encode())
            digest.update(np.ascontiguousarray(values).tobytes())
        return digest.hexdigest()[:32]


@dataclass(frozen=True)
class KnownClients(Kept):
    """Clients of before the stream as one replication has them: those who will need something again, each column (n,)."""

    next_tick: Ints
    """When each needs something next, in seconds from day 0."""
    rate_per_day: Floats
    gap_shape: Floats
    lapse_share: Floats
    taste_logit: Floats
    service: Ints
    """What each asked for last, as are zone and channel; -1: drawn from the market."""
    zone: Ints
    channel: Ints


@dataclass(frozen=True)
class Stream(Kept):
    """Requests in the terms of a market, each column (n_requests,), -1 where the file does not say."""

    client: Ints
    """0..n_clients - 1."""
    tick: Ints
    """When it was made, in seconds from day 0."""
    request_day: Ints
    """The day on which it was made, when only that is known."""
    slot: Ints
    """Half hour of the wanted start, from day 0."""
    start_day: Ints
    """The day of the start, when only that is known."""
    service: Ints
    zone: Ints
    channel: Ints
    known: Flags
    """(n_clients,) who may have been a client before."""
    drawn: Flags
    """(n_clients,) known clients whose requests are not these, but of ``KnownClients``."""
    all_requests: bool
    supply: Supply | None
    """None: the market's pros."""

    @property
    def n_clients(self) -> int:
        """Clients of the stream, known ones included."""
        return len(self.known)

    def arrays(self) -> dict[str, NDArray[Any]]:
        """Everything as arrays by name."""
        found: dict[str, NDArray[Any]] = {name: getattr(self, name) for name in (*REQUEST_COLUMNS, "known", "drawn")}
        found["all_requests"] = np.array(self.all_requests)
        if self.supply is not None:
            found |= {f"supply_{name}": values for name, values in vars(self.supply).items()}
        return found

    @classmethod
    def of(cls, arrays: dict[str, NDArray[Any]]) -> Self:
        """The stream that ``arrays`` came from."""
        own = {name: arrays[name] for name in (*REQUEST_COLUMNS, "known", "drawn")}
        supply = {name.removeprefix("supply_"): values for name, values in arrays.items() if name.startswith("supply_")}
        return cls(**own, all_requests=bool(arrays["all_requests"]), supply=Supply(**supply) if supply else None)


@compiled
def _completed(stream: Any, ordinal: Ints, rule_table: Any, seed: int, replication: int) -> tuple[Ints, Ints]:
    """Instant and start (n,) of every request, drawn where the file does not say.

    ``stream`` is (client, tick, request_day, slot, start_day). A start that is not known follows from the instant by the market's
    lead time; an instant that is not known lies a lead time before the start, on day 0 at the earliest.
    """
    client, ticks, request_day, slots, start_day = stream
    rule = rule_table[0]
    tick, slot = ticks.copy(), slots.copy()
    for i in range(len(tick)):
        if tick[i] >= 0 and slot[i] >= 0:
            continue
        u_lead, u_hour, u_instant, u_day = draws.block(seed, replication, draws.REPLAY, client[i], ordinal[i], 0)
        if slot[i] < 0 and start_day[i] >= 0:
            slot[i] = start_day[i] * SLOTS_PER_DAY + draws.pick(rule["start_cumulative"], u_hour)
        if tick[i] < 0 and request_day[i] >= 0:
            tick[i] = request_day[i] * TICKS_PER_DAY + int(u_instant * TICKS_PER_DAY)
            if slot[i] >= 0:
                tick[i] = max(request_day[i] * TICKS_PER_DAY, min(tick[i], slot[i] * TICKS_PER_SLOT))
        if tick[i] < 0:
            tick[i] = max(0, slot[i] * TICKS_PER_SLOT - int(rules.lead_ticks(u_lead, rule)))
        if slot[i] < 0:
            slot[i] = rules.wanted_slot(tick[i], u_lead, u_hour, u_day, rule)
        # on the day of the request only what is left of it
        slot[i] = max(slot[i], -(-tick[i] // TICKS_PER_SLOT))
    return tick, slot


@compiled
def _doubles(client: Ints, tick: Ints, over: Ints, kept: Flags) -> tuple[Ints, Ints]:
    """Who makes each request: 0 the client, 1, 2, ... a double; and the number of the request among that one's.

    Requests are sorted by client and instant; ``over`` is when each is over at the latest.
    """
    double, ordinal = np.zeros(len(client), np.int64), np.zeros(len(client), np.int64)
    free_from, n_made = np.zeros(64, np.int64), np.zeros(64, np.int64)
    n = 0
    for i in range(len(client)):
        if i == 0 or client[i] != client[i - 1]:
            n = 0
        if not kept[i]:
            continue
        who = 0
        while who < n and free_from[who] > tick[i]:
            who += 1
        if who == n:
            if n == len(free_from):
                free_from = np.concatenate((free_from, np.zeros(n, np.int64)))
                n_made = np.concatenate((n_made, np.zeros(n, np.int64)))
            n_made[n] = 0
            n += 1
        double[i], ordinal[i] = who, n_made[who]
        free_from[who] = over[i]
        n_made[who] += 1
    return double, ordinal


def _over_at_the_latest(tick: Ints, slot: Ints, service: Ints, market: Market) -> Ints:
    """Ticks by which each request is over whatever happens: a session moves by a day to a favourite, and with each proposal."""
    requests = market.requests
    proposes = requests.propose_share > 0 and requests.proposal_acceptance_share > 0
    days = (requests.favourite_asked_share > 0) + (requests.max_attempts if proposes else 0)
    slots = np.array([service.duration_minutes // SLOT_MINUTES for service in market.services])
    longest = np.where(service >= 0, slots[service], slots.max())
    return np.asarray((slot + longest) * TICKS_PER_SLOT + days * TICKS_PER_DAY, np.int64)


def _ordinals(client: Ints) -> Ints:
    """Number of each request among the client's, for sorted clients."""
    first = np.flatnonzero(np.r_[True, client[1:] != client[:-1]])
    return np.arange(len(client)) - np.repeat(first, np.diff(np.r_[first, len(client)]))


def replayed_population(
    stream: Stream, market: Market, seed: int, replication: int, drawn: KnownClients | None = None
) -> Population:
    """Clients and pros of one run, the clients' requests from a stream.

    The same (stream, market, seed, replication, drawn) always gives the same people, whatever the policy. Clients are numbered by
    arrival.

    Parameters
    ----------
    drawn
        Known clients of this replication whose requests are not the stream's, if any.
    """
    rule = rules.parameters(market, seed, replication)
    by_client = np.argsort(stream.client, kind="stable")
    columns = {name: np.ascontiguousarray(getattr(stream, name)[by_client]) for name in REQUEST_COLUMNS}
    client = columns["client"]
    given = tuple(columns[name] for name in REQUEST_COLUMNS[:5])
    tick, slot = _completed(given, _ordinals(client), rule, seed, replication)
    order = np.lexsort((slot, tick, client))
    tick, slot = tick[order], slot[order]
    columns = {name: column[order] for name, column in columns.items()}
    client = columns["client"]

    # all of them, or the first of each new client
    exogenous = np.full(stream.n_clients, stream.all_requests) | stream.known
    kept = (exogenous[client] | (_ordinals(client) == 0)) & ~stream.drawn[client]
    over = _over_at_the_latest(tick, slot, columns["service"], market)
    double, ordinal = _doubles(client, tick, over, kept)

    # people: a client or a double, by arrival
    starts = np.flatnonzero(kept & (ordinal == 0))
    starts = starts[np.lexsort((double[starts], client[starts], tick[starts]))]
    principal = np.full(stream.n_clients, -1)
    mine = double[starts] == 0
    principal[client[starts[mine]]] = np.flatnonzero(mine)
    n_more = 0 if drawn is None else len(drawn.next_tick)
    everybody = draw_clients(market.clients, market, seed, replication, np.r_[tick[starts], np.zeros(n_more, np.int64)])
    clients, more = everybody[: len(starts)], everybody[len(starts) :]
    for name in ("service", "zone", "channel"):
        told = columns[name][starts] >= 0
        clients[name][told] = columns[name][starts][told]
    arrival = clients["arrival_tick"].copy()
    clients = clients[principal[client[starts]]]
    clients["arrival_tick"] = arrival

    # their requests, side by side
    rows = np.flatnonzero(kept)
    name_of = client * (int(double.max(initial=0)) + 1) + double
    by_name = np.argsort(name_of[starts])
    who = by_name[np.searchsorted(name_of[starts], name_of[rows], sorter=by_name)]
    by_person = np.lexsort((ordinal[rows], who))
    rows, who = rows[by_person], who[by_person]
    asked = np.zeros(len(rows), ASKED)
    for name, values in (("tick", tick), ("slot", slot), ("service", columns["service"]), ("zone", columns["zone"])):
        asked[name] = values[rows]
    known = stream.known[client[starts]] | (double[starts] > 0)
    end = np.cumsum(np.bincount(who, minlength=len(starts)))
    begin = np.r_[0, end[:-1]] - known
    script = Script(asked, begin, end, known, exogenous[client[starts]])
    if drawn is not None:
        clients, script = _joined_by(clients, script, more, drawn)
    return _with_pros(clients, script, stream.supply, market, seed, replication)


def _joined_by(clients: Table, script: Script, more: Table, drawn: KnownClients) -> tuple[Table, Script]:
    """The clients of a stream and known ones who are drawn, by arrival; ``more`` (n,) has what a history does not tell of these."""
    more["arrival_tick"], more["one_time"] = drawn.next_tick, False
    for name in ("rate_per_day", "gap_shape", "lapse_share", "taste_logit"):
        more[name] = getattr(drawn, name)
    for name in ("service", "zone", "channel"):
        told = getattr(drawn, name) >= 0
        more[name][told] = getattr(drawn, name)[told]
    both = np.concatenate([clients, more])
    order = np.argsort(both["arrival_tick"], kind="stable")
    # nothing is given for them: their rows begin and end behind the last
    nothing, yes = np.full(len(more), len(script.asked)), np.ones(len(more), np.bool_)
    columns = zip(script[1:], (nothing, nothing, yes, ~yes), strict=True)
    return both[order], Script(script.asked, *(np.concatenate(pair)[order] for pair in columns))


def _with_pros(clients: Table, script: Script, supply: Supply | None, market: Market, seed: int, replication: int) -> Population:
    pros, work, offered = draw_pros(market.pros, market, seed, replication)
    if supply is None:
        start, members = index_candidates(pros["home_zone"], market.pros.zones_per_pro, market.zones, offered)
        return Population(clients, pros, work, start, members, script)
    usual = work.max(axis=1)
    work = np.where((supply.work == 0).all(axis=1, keepdims=True), np.where(supply.days, usual[:, None], 0), supply.work)
    pros["joined_tick"] = supply.joined_tick
    pros["weekly_slots"] = np.bitwise_count(work).sum(axis=1)
    # a pro whose bookings name no service or zone keeps those drawn
    offered = np.where(supply.offered.any(axis=1, keepdims=True), supply.offered, offered)
    home = (np.arange(market.zones) - pros["home_zone"][:, None]) % market.zones < market.pros.zones_per_pro
    serves = np.where(supply.serves.any(axis=1, keepdims=True), supply.serves, home)
    pros["main_service"] = np.where(
        offered[np.arange(len(pros)), pros["main_service"]], pros["main_service"], offered.argmax(axis=1)
    )
    pros["home_zone"] = np.where(serves[np.arange(len(pros)), pros["home_zone"]], pros["home_zone"], serves.argmax(axis=1))
    start, members = index_served(serves, offered)
    return Population(clients, pros, np.ascontiguousarray(work, np.int64), start, members, script, supply.leave_tick)

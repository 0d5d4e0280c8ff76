"""From a need to an assigned pro: the request, the favourite, then the others; and again when a pro cancels."""

import math

from sim import draws, rules
from sim.calendar import TICKS_PER_SLOT, is_free, nearest_free_slot
from sim.draws import block
from sim.engine import loyalty
from sim.engine.choice import choose_in_turn, chooses
from sim.engine.groups import arm_of, group_of, is_merged, merge, order_of
from sim.engine.offers import agreed_slot, assign, offer, offer_in_turn, offer_to_all, race, shortlist, weigh, write_choice
from sim.engine.script import follow
from sim.engine.world import N_BOOKINGS, NOT_FILLED, World
from sim.jit import kernel
from sim.rules import NEVER


@kernel
def service_of(world: World, client: int, need: int) -> int:
    """Service that the client asks for: the own one at the first need, perhaps another one later."""
    rule, own = world.rules[0], world.clients[client]["service"]
    if need == 0 or rule["other_service_share"] <= 0.0:
        return own
    u_other, u_which, _, _ = block(rule["seed"], rule["replication"], draws.SERVICE, client, need, 0)
    return rules.wanted_service(u_other, u_which, own, world.services, rule)


@kernel
def serves(world: World, pro: int, zone: int, service: int) -> bool:
    """Whether the pro serves the zone and offers the service, by bisection in the sorted list of those who do."""
    pair = zone * world.rules[0]["n_services"] + service
    low, high = world.candidate_start[pair], world.candidate_start[pair + 1]
    end = high
    while low < high:
        middle = (low + high) >> 1
        if world.candidates[middle] < pro:
            low = middle + 1
        else:
            high = middle
    return low < end and world.candidates[low] == pro


@kernel
def open_request(world: World, client: int, tick: int) -> int:
    """The client asks: a new row of the log with the wanted slot; returns the row."""
    rule, traits, state = world.rules[0], world.clients[client], world.client_state[client]
    row = world.counters[N_BOOKINGS]
    world.counters[N_BOOKINGS] = row + 1
    state["booking"] = row
    need = state["need"]
    u_lead, u_hour, u_favourite, u_day = block(rule["seed"], rule["replication"], draws.REQUEST, client, need, 0)
    service = service_of(world, client, need)
    booking = world.bookings[row]
    booking["client"] = client
    booking["need"] = need
    booking["need_tick"] = state["need_tick"]
    booking["request_tick"] = tick
    booking["assigned_tick"] = NEVER
    booking["closed_tick"] = NEVER
    booking["slot"] = rules.wanted_slot(tick, u_lead, u_hour, u_day, rule)
    booking["slots"] = world.services[service]["slots"]
    booking["zone"] = traits["zone"]
    booking["service"] = service
    booking["stage"] = rules.stage(state["completed"], rule)
    asked_share = rule["favourite_asked_share"]
    if len(world.loyalty) > 0:
        asked_share = loyalty.asked_share(world, client, asked_share)
    likes = state["favourite"] >= 0 and u_favourite < asked_share
    asks = likes
    if asks and service != traits["service"]:
        asks = serves(world, state["favourite"], traits["zone"], service)
    booking["favourite"] = state["favourite"] if asks else NEVER
    booking["favourite_booked"] = False
    booking["attempts"] = 0
    booking["offers"] = 0
    booking["first_answer"] = NEVER
    booking["pro"] = NEVER
    booking["propensity"] = math.nan
    booking["outcome"] = rules.OPEN
    booking["minutes_late"] = math.nan
    booking["rating"] = 0
    booking["survey"] = NEVER
    booking["stays"] = False
    booking["price_eur"] = world.services[service]["price_eur"]
    booking["discount_eur"] = 0.0
    booking["refund_eur"] = 0.0
    booking["contribution_eur"] = 0.0
    booking["tier"] = 0
    booking["following"] = NEVER
    booking["list_length"] = 0
    booking["list_position"] = NEVER
    booking["choice_probability"] = math.nan
    if len(world.asked) > 0:
        follow(world, client, row)
        # the given service and zone may be others than those drawn
        asks = likes and serves(world, state["favourite"], booking["zone"], booking["service"])
        booking["favourite"] = state["favourite"] if asks else NEVER
    booking["group"] = group_of(world, client, booking["need"], booking["zone"], tick)
    return row


@kernel
def ask_favourite(world: World, row: int, tick: int) -> tuple[int, int, int]:
    """Offer the request to the favourite, at the wanted slot or, if the client is flexible, the nearest free one within a day.

    Returns what ends the assignment, when, and how long the answer took. NOT_FILLED: it was not accepted, or could not be asked.
    """
    rule, booking = world.rules[0], world.bookings[row]
    pro = booking["favourite"]
    if not world.active[pro]:
        return NOT_FILLED, NEVER, 0
    slot = booking["slot"]
    if not is_free(world.free, pro, slot, booking["slots"]):
        if not world.clients[booking["client"]]["flexible"]:
            return NOT_FILLED, NEVER, 0
        earliest = math.ceil((tick + rule["lead_min_ticks"]) / TICKS_PER_SLOT)
        slot = nearest_free_slot(world.free, pro, slot, booking["slots"], earliest)
        if slot < 0:
            return NOT_FILLED, NEVER, 0
    answer, delay, u_client = offer(world, row, pro, tick, 0, True)
    slot = agreed_slot(world, row, pro, slot, answer, tick + delay, u_client)
    if slot < 0 or delay > rule["patience_ticks"]:
        return NOT_FILLED, NEVER, delay
    booking["favourite_booked"] = True
    kind, when = assign(world, row, pro, slot, tick + delay, 1.0)
    return kind, when, delay


@kernel
def begin(world: World, client: int, tick: int) -> tuple[int, int, int, int]:
    """A need becomes a request, and the favourite is asked first.

    Returns (row, what ends it, when, ticks waited so far); NOT_FILLED: still to be offered to the others.
    """
    row = open_request(world, client, tick)
    if world.bookings[row]["favourite"] < 0:
        return row, NOT_FILLED, NEVER, 0
    kind, when, wait = ask_favourite(world, row, tick)
    return row, kind, when, wait


@kernel
def make_offers(world: World, row: int, n: int, tick: int, wait: int) -> tuple[int, int]:
    """Offer the request to the n weighed candidates, or let the client choose from them; returns what ends it, and when."""
    order = order_of(world, row)
    race(world, row, n, draws.RACE, 0)
    if is_merged(world, row):
        merge(world, row, n)
    if chooses(world, world.bookings[row]["client"]):
        return choose_in_turn(world, row, n, tick, wait)
    first = write_choice(world, row, n, tick)
    if order == rules.BROADCAST:
        return offer_to_all(world, row, n, tick, wait, first)
    kind, when = offer_in_turn(world, row, n, tick, wait, order == rules.RANKED, 0.0, math.inf, first)
    if is_merged(world, row):
        # nobody knows how likely two orders merged were to give the session to this pro
        world.bookings[row]["propensity"] = math.nan
    return kind, when


@kernel
def send_request(world: World, client: int, tick: int) -> tuple[int, int]:
    """A need becomes a request: the favourite first, then the candidates by visibility. Returns what ends it, and when."""
    row, kind, when, wait = begin(world, client, tick)
    if kind != NOT_FILLED:
        return kind, when
    n = shortlist(world, row, world.bookings[row]["favourite"])
    weigh(world, row, n)
    return make_offers(world, row, n, tick, wait)


@kernel
def reopen(world: World, client: int, tick: int) -> tuple[int, int]:
    """The pro has cancelled: count it, and say whether there is time to look for another one.

    Returns (row, number of candidates), or (row, -1) when it is too late.
    """
    rule, state = world.rules[0], world.client_state[client]
    row = state["booking"]
    booking = world.bookings[row]
    pro = booking["pro"]
    world.pro_state[pro]["cancelled"] += 1
    arm = arm_of(world, row, pro)
    if arm >= 0 and world.arm_state.size > 0:
        world.arm_state[arm, pro]["cancelled"] += 1
    if state["favourite"] == pro:
        state["favourite"] = NEVER
    booking["attempts"] += 1
    booking["favourite_booked"] = False
    in_time = booking["slot"] * TICKS_PER_SLOT - tick >= rule["redispatch_min_ticks"]
    if not in_time or booking["attempts"] >= rule["max_attempts"]:
        return row, -1
    return row, shortlist(world, row, NEVER)


@kernel
def send_again(world: World, client: int, tick: int) -> tuple[int, int]:
    """The pro has cancelled: offer the session to others, if there is time. Returns what ends it, and when."""
    row, n = reopen(world, client, tick)
    if n < 0:
        return NOT_FILLED, tick
    weigh(world, row, n)
    return make_offers(world, row, n, tick, 0)

"""Candidates, offers and answers: who is asked, in which order, and who gets the session.

Answers are worked out at the instant of the request: the log has when each offer was made and answered, but between request
and assignment (minutes to a few hours) no other request sees the pro as undecided. The pro's time is taken at once, so nobody
is ever booked twice.
"""

import math

from sim import draws, rules
from sim.calendar import SLOTS_PER_DAY, TICKS_PER_DAY, TICKS_PER_SLOT, is_free, mark, nearest_free_slot, slot_mask
from sim.draws import block, lot, philox
from sim.engine.groups import TREATED
from sim.engine.selecting import left_out
from sim.engine.world import (
    CLIENT_CANCELS,
    N_CHOICES,
    N_OFFERS,
    N_RACES,
    NOT_FILLED,
    PRO_CANCELS,
    REBOOKED,
    REBOOKED_SAME_PRO,
    SESSION_ENDS,
    World,
)
from sim.jit import kernel
from sim.rules import NEVER

ATTEMPT = 1 << 32
"""Sub-ordinal of an attempt; a pro's number is added to it."""


@kernel
def shortlist(world: World, row: int, declined: int) -> int:
    """Fill the scratch list with those who serve the zone and service, are there, work and are free; returns how many.

    ``declined`` is the favourite who has already been asked, or -1.
    """
    booking = world.bookings[row]
    pair = booking["zone"] * world.rules[0]["n_services"] + booking["service"]
    slot, slots = booking["slot"], booking["slots"]
    # nearly all sessions lie within a day, whose mask serves all candidates
    day = slot // SLOTS_PER_DAY
    first = slot - day * SLOTS_PER_DAY
    within = min(slots, SLOTS_PER_DAY - first)
    mask = slot_mask(first, within)
    n = 0
    for position in range(world.candidate_start[pair], world.candidate_start[pair + 1]):
        pro = world.candidates[position]
        there = ((world.free[day, pro] & mask) == mask) & world.active[pro] & (pro != declined)
        # written always and kept by counting: a branch per candidate would be mispredicted every other time
        world.shortlist[n] = pro
        n += there
    if within == slots:
        return n
    kept = 0
    for i in range(n):
        world.shortlist[kept] = world.shortlist[i]
        kept += is_free(world.free, world.shortlist[i], slot + within, slots - within)
    return kept


@kernel
def weigh(world: World, row: int, n: int) -> None:
    """Give the n candidates their visibility to the request's group at the client's stage."""
    booking = world.bookings[row]
    shown = booking["stage"] + (world.rules[0]["n_stages"] if booking["group"] == TREATED else 0)
    for i in range(n):
        world.weights[i] = world.visibility[shown, world.shortlist[i]]


@kernel
def offer(world: World, row: int, pro: int, tick: int, wait: int, favourite: bool) -> tuple[int, int, float]:
    """Make one offer ``wait`` ticks after ``tick``: the pro's answer, the ticks it took, and a uniform for the client's reply."""
    rule, booking = world.rules[0], world.bookings[row]
    sub = booking["attempts"] * ATTEMPT + pro
    u_accept, u_propose, u_delay, u_client = block(
        rule["seed"], rule["replication"], draws.ANSWER, booking["client"], booking["need"], sub
    )
    inclination = world.pros[pro]["acceptance_logit"]
    if favourite:
        inclination += rule["favourite_acceptance_logit"]
    inclination -= rule["selecting_refusal_logit"] * left_out(world, booking["client"], pro)
    answer, delay = rules.answer(u_accept, u_propose, u_delay, inclination, world.pros[pro]["answer_minutes"], rule)
    booking["offers"] += 1
    if booking["first_answer"] == NEVER and not favourite:
        booking["first_answer"] = answer
    world.pro_state[pro]["offers"] += 1
    if len(world.offers) > 0:
        entry = world.offers[world.counters[N_OFFERS]]
        world.counters[N_OFFERS] += 1
        entry["booking"] = row
        entry["attempt"] = booking["attempts"]
        entry["position"] = booking["offers"]
        entry["pro"] = pro
        entry["offered_tick"] = tick + wait
        entry["answer"] = answer
        entry["answer_tick"] = tick + wait + delay
        entry["favourite"] = favourite
    return answer, delay, u_client


@kernel
def assign(world: World, row: int, pro: int, slot: int, assigned: int, propensity: float) -> tuple[int, int]:
    """Book the pro's time; returns what will end this assignment, and when."""
    rule, booking = world.rules[0], world.bookings[row]
    client, need = booking["client"], booking["need"]
    booking["pro"] = pro
    booking["slot"] = slot
    booking["propensity"] = propensity
    booking["price_eur"] = rules.session_price_eur(world.services[booking["service"]]["price_eur"], world.pros[pro]["log_price"])
    mark(world.free, pro, slot, booking["slots"], True)
    world.pro_state[pro]["accepted"] += 1
    if booking["assigned_tick"] == NEVER:
        booking["assigned_tick"] = assigned
        first = world.client_state[client]["first"]
        if first >= 0:
            if world.first_days[REBOOKED, first] == math.inf:
                world.first_days[REBOOKED, first] = assigned / TICKS_PER_DAY
            if world.first_days[REBOOKED_SAME_PRO, first] == math.inf and world.first_pro[first] == pro:
                world.first_days[REBOOKED_SAME_PRO, first] = assigned / TICKS_PER_DAY
    start = slot * TICKS_PER_SLOT
    kind, when = SESSION_ENDS, start + booking["slots"] * TICKS_PER_SLOT
    attempt = booking["attempts"]
    _, u_pro, u_pro_when, _ = block(rule["seed"], rule["replication"], draws.SESSION, client, need, attempt)
    u_client, u_client_when, _, _ = block(rule["seed"], rule["replication"], draws.ABSENCE, client, need, attempt)
    if u_client < rule["client_cancellation_share"]:
        kind, when = CLIENT_CANCELS, assigned + int(u_client_when * (start - assigned))
    shift = rule["selecting_cancellation_logit"] * left_out(world, client, pro)
    if u_pro < rules.shifted_share(world.pros[pro]["cancellation_share"], shift):
        cancels = assigned + int(u_pro_when * (start - assigned))
        if kind == SESSION_ENDS or cancels < when:
            kind, when = PRO_CANCELS, cancels
    return kind, when


@kernel
def agreed_slot(world: World, row: int, pro: int, slot: int, answer: int, now: int, u_client: float) -> int:
    """The slot that an answered offer leads to: the one offered, or another one proposed and taken; -1 for none."""
    rule, booking = world.rules[0], world.bookings[row]
    if answer == rules.ACCEPTED:
        return slot if now <= slot * TICKS_PER_SLOT else NEVER
    flexible = world.clients[booking["client"]]["flexible"]
    if answer != rules.PROPOSED or not flexible or u_client >= rule["proposal_acceptance_share"]:
        return NEVER
    earliest = math.ceil((now + rule["lead_min_ticks"]) / TICKS_PER_SLOT)
    # the pro is free at the slot offered but prefers another one: the search leaves that slot out
    mark(world.free, pro, slot, booking["slots"], True)
    proposed = nearest_free_slot(world.free, pro, slot, booking["slots"], earliest)
    mark(world.free, pro, slot, booking["slots"], False)
    return proposed


@kernel
def race(world: World, row: int, n: int, purpose: int, sub: int) -> None:
    """Let the n candidates draw their lots, keyed by (need, pro): nearly equal weights give the same order.

    A block of random words serves eight neighbouring pros; its number is added to ``sub``.
    """
    rule, booking = world.rules[0], world.bookings[row]
    seed, replication, client, need = rule["seed"], rule["replication"], booking["client"], booking["need"]
    drawn = world.shortlist[0] >> 3 if n > 0 else 0
    w0, w1, w2, w3 = philox(seed, replication, sub + drawn, need, client, purpose)
    for i in range(n):
        pro = world.shortlist[i]
        if pro >> 3 != drawn:
            drawn = pro >> 3
            w0, w1, w2, w3 = philox(seed, replication, sub + drawn, need, client, purpose)
        world.lots[i] = lot(w0, w1, w2, w3, pro & 7)


@kernel
def write_choice(world: World, row: int, n: int, tick: int) -> int:
    """Write down the n candidates of a race with the weights they go into it with; returns their first row, -1 where none are kept.

    A client who chooses from a list is no choice of the platform's, and a favourite who is asked first is none either.
    """
    if len(world.races) == 0 or n == 0:
        return NEVER
    entry = world.races[world.counters[N_RACES]]
    world.counters[N_RACES] += 1
    entry["booking"] = row
    entry["attempt"] = world.bookings[row]["attempts"]
    entry["candidates"] = n
    entry["tick"] = tick
    first = world.counters[N_CHOICES]
    world.counters[N_CHOICES] += n
    for i in range(n):
        candidate = world.choices[first + i]
        candidate["pro"] = world.shortlist[i]
        candidate["asked"] = 0
        candidate["weight"] = world.weights[i]
    return first


@kernel
def write_asked(world: World, first: int, i: int, place: int) -> None:
    """Note that candidate i is the ``place``-th to be asked, from 1; ``first`` is that of ``write_choice``."""
    if first >= 0:
        world.choices[first + i]["asked"] = place


@kernel
def next_in_line(world: World, n: int, ranked: bool) -> int:
    """Position of the candidate to be offered next, or -1: who rings first; or, when ranked, by weight, ties by the race."""
    best = -1
    if ranked:
        for i in range(n):
            weight = world.weights[i]
            if weight > 0.0 and (
                best < 0 or weight > world.weights[best] or (weight == world.weights[best] and world.lots[i] > world.lots[best])
            ):
                best = i
        return best
    first = math.inf
    for i in range(n):
        # since -log(u) >= 1 - u, most candidates are out without a logarithm
        if world.weights[i] > 0.0 and (1.0 - world.lots[i]) < first * world.weights[i]:
            rings = rules.race_time(world.lots[i], world.weights[i])
            if rings < first:
                best, first = i, rings
    return best


@kernel
def weight_left(world: World, n: int) -> float:
    """Sum of the weights of those not yet offered, in a fixed order."""
    total = 0.0
    for i in range(n):
        total += max(world.weights[i], 0.0)
    return total


@kernel
def offer_in_turn(
    world: World, row: int, n: int, tick: int, wait: int, ranked: bool, outside: float, leaves: float, first: int
) -> tuple[int, int]:
    """Offers one after another until one is accepted, the offers run out, or the client's patience or time does.

    ``outside`` is the weight of going without any of them and ``leaves`` when that rings in the race; 0 and inf where it cannot.
    The propensity of the request is that of the offer accepted, or of leaving. ``first`` is that of ``write_choice``.
    """
    rule, booking = world.rules[0], world.bookings[row]
    start = booking["slot"] * TICKS_PER_SLOT
    for asked in range(rule["max_offers"]):
        i = next_in_line(world, n, ranked)
        if i < 0 or wait > rule["patience_ticks"] or tick + wait > start:
            break
        if leaves < math.inf and leaves < rules.race_time(world.lots[i], world.weights[i]):
            booking["propensity"] = outside / (outside + weight_left(world, n))
            break
        pro = world.shortlist[i]
        propensity = 1.0 if ranked else world.weights[i] / (outside + weight_left(world, n))
        world.weights[i] = -1.0
        write_asked(world, first, i, asked + 1)
        answer, delay, u_client = offer(world, row, pro, tick, wait, False)
        wait += delay
        if wait > rule["patience_ticks"] or tick + wait > start:
            break
        slot = agreed_slot(world, row, pro, booking["slot"], answer, tick + wait, u_client)
        if slot >= 0:
            return assign(world, row, pro, slot, tick + wait, propensity)
    return NOT_FILLED, tick + min(wait, rule["patience_ticks"])


@kernel
def offer_to_all(world: World, row: int, n: int, tick: int, wait: int, first: int) -> tuple[int, int]:
    """Offers to the first ``max_offers`` of the race at once; the first to accept gets the session.

    A proposal of another slot counts as a refusal: somebody else may still accept. ``first`` is that of ``write_choice``.
    """
    rule, booking = world.rules[0], world.bookings[row]
    start = booking["slot"] * TICKS_PER_SLOT
    longest = min(rule["patience_ticks"], start - tick) - wait
    winner, fastest, slowest = -1, longest, 0
    for asked in range(rule["max_offers"]):
        i = next_in_line(world, n, False)
        if i < 0 or longest < 0:
            break
        world.weights[i] = -1.0
        write_asked(world, first, i, asked + 1)
        answer, delay, _ = offer(world, row, world.shortlist[i], tick, wait, False)
        slowest = max(slowest, delay)
        if answer == rules.ACCEPTED and delay <= fastest and (winner < 0 or delay < fastest):
            winner, fastest = world.shortlist[i], delay
    if winner >= 0:
        return assign(world, row, winner, booking["slot"], tick + wait + fastest, math.nan)
    return NOT_FILLED, tick + min(wait + slowest, rule["patience_ticks"])

"""The compiled engine: SimPy stays the platform's clock, one compiled loop advances all clients between its events.

It adds a scheduler and nothing else: every decision is made by the functions that the reference engine calls too. Clients' events
wait in a binary heap of single integers that sort by tick, kind and client, the order of the reference engine.
"""

from typing import NamedTuple

import numpy as np
import simpy

from sim.arrays import Ints
from sim.engine import dispatch, outcomes
from sim.engine.platform import Platform
from sim.engine.world import (
    MOST_LEDGER_ROWS,
    MOST_SPEND_ROWS,
    N_BOOKINGS,
    N_CHOICES,
    N_LEDGER,
    N_OFFERS,
    N_RACES,
    N_SPEND,
    PRO_CANCELS,
    REFERRED,
    REFRESH,
    REQUEST,
    World,
    with_room,
)
from sim.jit import kernel
from sim.rules import NEVER

TICK, KIND = 1 << 32, 1 << 28
"""An event is tick * TICK + kind * KIND + client: 31 bits, 4 bits, 28 bits."""
MAX_TICKS, MAX_CLIENTS = 1 << 31, 1 << 28

N_WAITING, N_ARRIVED = range(2)
"""Positions in ``Agenda.sizes``."""


class Agenda(NamedTuple):
    """What is due, for every client."""

    heap: Ints
    """(n_clients,) a binary heap of events; a client has one at most."""
    arrivals: Ints
    """(n_arrivals,) first requests of those who come by themselves, as events, increasing: they need no heap."""
    sizes: Ints
    """Events in the heap, and clients arrived."""


@kernel
def push(heap: Ints, n: int, event: int) -> None:
    """Add an event to a heap of n."""
    i = n
    while i > 0:
        parent = (i - 1) >> 1
        if heap[parent] <= event:
            break
        heap[i] = heap[parent]
        i = parent
    heap[i] = event


@kernel
def pop(heap: Ints, n: int) -> None:
    """Remove the first event from a heap of n."""
    n -= 1
    last = heap[n]
    i = 0
    child = 1
    while child < n:
        if child + 1 < n and heap[child + 1] < heap[child]:
            child += 1
        if last <= heap[child]:
            break
        heap[i] = heap[child]
        i = child
        child = 2 * i + 1
    heap[i] = last


@kernel
def is_full(world: World) -> bool:
    """Whether the log has no room for what one more event may write."""
    if world.counters[N_BOOKINGS] == len(world.bookings):
        return True
    if len(world.offers) > 0 and world.counters[N_OFFERS] + world.rules[0]["max_offers"] + 1 > len(world.offers):
        return True
    if len(world.races) > 0 and (
        world.counters[N_RACES] == len(world.races) or world.counters[N_CHOICES] + len(world.shortlist) > len(world.choices)
    ):
        return True
    return len(world.loyalty) > 0 and (
        world.counters[N_LEDGER] + MOST_LEDGER_ROWS > len(world.ledger)
        or world.counters[N_SPEND] + MOST_SPEND_ROWS > len(world.spend)
    )


@kernel
def schedule(agenda: Agenda, event: int) -> None:
    """Add an event of a client who has none."""
    push(agenda.heap, agenda.sizes[N_WAITING], event)
    agenda.sizes[N_WAITING] += 1


@kernel
def advance(world: World, agenda: Agenda, until: int) -> bool:
    """Handle all events before ``until`` (an event, too), in order; False when the log is full and must grow first."""
    rule = world.rules[0]
    n_clients = len(agenda.arrivals)
    while True:
        waiting, arrived = agenda.sizes[N_WAITING], agenda.sizes[N_ARRIVED]
        from_heap = waiting > 0 and (arrived == n_clients or agenda.heap[0] < agenda.arrivals[arrived])
        if from_heap:
            event = agenda.heap[0]
        elif arrived < n_clients:
            event = agenda.arrivals[arrived]
        else:
            return True
        if event >= until:
            return True
        if is_full(world):
            return False
        if from_heap:
            pop(agenda.heap, waiting)
            agenda.sizes[N_WAITING] = waiting - 1
        else:
            agenda.sizes[N_ARRIVED] = arrived + 1
            if not world.acquired[event & (KIND - 1)]:
                continue
        tick, kind, client = event >> 32, (event >> 28) & 15, event & (KIND - 1)
        if kind == REQUEST:
            kind, tick = dispatch.send_request(world, client, tick)
        elif kind == PRO_CANCELS:
            kind, tick = dispatch.send_again(world, client, tick)
        else:
            kind, tick = REQUEST, outcomes.close_request(world, client, kind, tick)
            friend = world.counters[REFERRED]
            if friend != NEVER:
                world.counters[REFERRED] = NEVER
                schedule(agenda, world.clients[friend]["arrival_tick"] * TICK + REQUEST * KIND + friend)
        if tick != NEVER and tick < rule["horizon_tick"]:
            schedule(agenda, tick * TICK + kind * KIND + client)


def run_compiled(env: simpy.Environment, platform: Platform, world: World, horizon_tick: int) -> World:
    """Run platform and clients until the horizon; returns the world, whose log has grown.

    Outcomes at the tick of a platform event come before it, requests at that tick after it.
    """
    n = len(world.clients)
    if horizon_tick >= MAX_TICKS or n >= MAX_CLIENTS:
        raise ValueError(f"horizon of {horizon_tick} ticks, {n} clients: must be < {MAX_TICKS} and < {MAX_CLIENTS}")
    arriving = np.arange(world.rules[0]["n_arrivals"])
    arrivals = world.clients["arrival_tick"][arriving] * TICK + REQUEST * KIND + arriving
    agenda = Agenda(np.zeros(n, np.int64), arrivals, np.zeros(2, np.int64))
    while True:
        tick = int(min(env.peek(), horizon_tick))
        until = tick * TICK + (REFRESH * KIND if tick < horizon_tick else 0)
        while not advance(world, agenda, until):
            world = with_room(world)
        if tick == horizon_tick:
            return world
        while env.peek() == tick:
            env.step()

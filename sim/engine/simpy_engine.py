"""The reference engine: each client is a SimPy process that reads like prose."""

from collections.abc import Generator
from typing import cast

import simpy

from sim.allocators.base import Request, RequestAllocator, weighs_requests
from sim.calendar import TICKS_PER_DAY, TICKS_PER_SLOT
from sim.engine import dispatch, offers, outcomes
from sim.engine.platform import Due, Platform, PolicyError, as_numbers, check_weights
from sim.engine.world import NOT_FILLED, PRO_CANCELS, REFERRED, REQUEST, World, with_room
from sim.rules import NEVER


class ClientProcesses:
    """The clients of one run, one process each."""

    def __init__(self, env: simpy.Environment, platform: Platform, world: World) -> None:
        self.env = env
        self.platform = platform
        self.world = world
        allocator = platform.arm.allocator
        self.chooser = cast(RequestAllocator, allocator) if weighs_requests(allocator) else None

    def start(self) -> None:
        """Schedule everybody's first need."""
        arrivals = self.world.clients["arrival_tick"][: self.world.rules[0]["n_arrivals"]]
        for client, arrival in enumerate(arrivals.tolist()):
            self.env.process(self.life(client, arrival))

    def life(self, client: int, tick: int) -> Generator[Due, None, None]:
        """A need arises and is sent out; whatever ends it decides whether another need will follow."""
        while tick != NEVER:
            yield Due(self.env, tick, REQUEST, client)
            if not self.world.acquired[client]:
                return
            kind, tick = self.request(client, tick)
            yield Due(self.env, tick, kind, client)
            while kind == PRO_CANCELS:
                kind, tick = self.request_again(client, tick)
                yield Due(self.env, tick, kind, client)
            tick = self.close(client, kind, tick)

    def request(self, client: int, tick: int) -> tuple[int, int]:
        """Send a new request; returns what ends it, and when."""
        self.world = with_room(self.world)
        if self.chooser is None:
            return dispatch.send_request(self.world, client, tick)
        row, kind, when, wait = dispatch.begin(self.world, client, tick)
        if kind != NOT_FILLED:
            return kind, when
        n = offers.shortlist(self.world, row, int(self.world.bookings[row]["favourite"]))
        self.choose(self.chooser, row, n)
        return dispatch.make_offers(self.world, row, n, tick, wait)

    def close(self, client: int, kind: int, tick: int) -> int:
        """End the open request; returns when the client comes back, or NEVER. A friend who was brought begins a life, too."""
        if len(self.world.loyalty) == 0:
            return outcomes.close_request(self.world, client, kind, tick)
        self.world = with_room(self.world)
        tick = outcomes.close_request(self.world, client, kind, tick)
        friend = int(self.world.counters[REFERRED])
        if friend != NEVER:
            self.world.counters[REFERRED] = NEVER
            self.env.process(self.life(friend, int(self.world.clients[friend]["arrival_tick"])))
        return tick

    def request_again(self, client: int, tick: int) -> tuple[int, int]:
        """Look for another pro after a cancellation; returns what ends the request, and when."""
        self.world = with_room(self.world)
        if self.chooser is None:
            return dispatch.send_again(self.world, client, tick)
        row, n = dispatch.reopen(self.world, client, tick)
        if n < 0:
            return NOT_FILLED, tick
        self.choose(self.chooser, row, n)
        return dispatch.make_offers(self.world, row, n, tick, 0)

    def choose(self, chooser: RequestAllocator, row: int, n: int) -> None:
        """Let a per-request policy weigh the n candidates, if there are any."""
        if n == 0:
            return
        booking = self.world.bookings[row]
        request = Request(
            request_days=float(booking["request_tick"] / TICKS_PER_DAY),
            start_days=float(booking["slot"] * TICKS_PER_SLOT / TICKS_PER_DAY),
            zone=int(booking["zone"]),
            service=int(booking["service"]),
            stage=int(booking["stage"]),
            attempt=int(booking["attempts"]),
        )
        if self.platform.view is None:
            raise PolicyError("a request came before the first refresh")
        candidates = self.world.shortlist[:n].copy()
        where = f"weights of the request at day {request.request_days:g}"
        weights = as_numbers(chooser.weights(request, candidates.copy(), self.platform.view), where)
        if weights.shape != (n,):
            raise PolicyError(f"{where} have shape {weights.shape}, must be ({n},)")
        check_weights(weights, where, candidates)
        self.world.weights[:n] = weights


def run_processes(env: simpy.Environment, platform: Platform, world: World, horizon_tick: int) -> World:
    """Run platform and clients until the horizon; returns the world, whose log has grown."""
    clients = ClientProcesses(env, platform, world)
    clients.start()
    env.run(until=horizon_tick)
    return clients.world

"""Which events a run of the reference engine consists of, and SimPy alone going through them."""

from collections.abc import Generator
from typing import Any
from unittest import mock

import numpy as np
import simpy

from sim.arrays import Ints
from sim.calendar import TICKS_PER_DAY
from sim.engine import world
from sim.engine.platform import ENTITIES
from sim.engine.run import simulate


class Recording(simpy.Environment):
    """An environment that remembers when each event of the engine is due and whose it is, and counts the events processed."""

    def __init__(self) -> None:
        super().__init__(0)
        self.due: list[tuple[float, int]] = []
        self.processed = 0

    def schedule(self, event: simpy.Event, priority: Any = 1, delay: float = 0) -> None:
        """Schedule and remember. Priorities 0 and 1 are SimPy's own starts and ends of processes, which any program has."""
        if priority > 1:
            self.due.append((self.now + delay, int(priority)))
        super().schedule(event, priority, delay)

    def step(self) -> None:
        """Process the next event."""
        self.processed += 1
        super().step()


def record_events(market: Any, arm: Any, seed: int) -> dict[str, Any]:
    """Ticks (n,) of all events that the reference engine schedules in a run, the process (n,) each belongs to, and totals.

    A process is a client's number, or negative for a process of the platform.
    """
    env = Recording()
    with mock.patch.object(simpy, "Environment", return_value=env):
        simulate(market, arm, seed=seed, engine="simpy")
    ticks, priorities = np.array(env.due, np.int64).T
    kinds, entities = np.divmod(priorities, ENTITIES)
    # each platform process has a kind of its own; all other kinds belong to clients
    processes = np.where(np.isin(kinds, [world.REFRESH, world.JOIN, world.LEAVE]), -kinds - 1, entities)
    return {"ticks": ticks, "processes": processes, "processed": env.processed, "horizon_tick": market.horizon_days * TICKS_PER_DAY}


def delays_by_process(ticks: Ints, processes: Ints) -> list[list[int]]:
    """For each process, the ticks it waits for each of its events in turn."""
    order = np.argsort(processes, kind="stable")
    begins = np.flatnonzero(np.diff(processes[order])) + 1
    return [np.diff(group, prepend=0).tolist() for group in np.split(ticks[order], begins)]


def ticks_by_client(ticks: Ints, processes: Ints, horizon_tick: int) -> tuple[Ints, Ints]:
    """Ticks (n_events,) of the clients' events before the horizon, client by client, and where each client's begin (n + 1,)."""
    kept = (processes >= 0) & (ticks < horizon_tick)
    ticks, processes = ticks[kept], processes[kept]
    begins = np.flatnonzero(np.diff(np.sort(processes))) + 1
    return ticks[np.argsort(processes, kind="stable")], np.concatenate([[0], begins, [len(ticks)]])


def pass_events(env: simpy.Environment, processes: list[list[int]], horizon_tick: int) -> None:
    """Let SimPy process events that do nothing, one process each list of delays."""

    def wait_through(delays: list[int]) -> Generator[simpy.Event, None, None]:
        for delay in delays:
            yield env.timeout(delay)

    for delays in processes:
        env.process(wait_through(delays))
    env.run(until=horizon_tick)

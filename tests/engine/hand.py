"""Worlds made by hand: people with chosen traits, and the exact list of events of a run."""

from collections.abc import Mapping, Sequence
from typing import Any
from unittest import mock

import numpy as np
import simpy

from sim.calendar import SLOTS_PER_DAY, slot_mask
from sim.config import Market
from sim.engine import run
from sim.engine.platform import ENTITIES, Arm, Due
from sim.log import RunLog
from sim.population import CLIENT, PRO, Population, index_candidates

AT_ONCE = 1e12
"""A rate of needs, per day, so high that every gap rounds to 0 ticks: the next need waits for the end of the request."""

SOMEBODY = {"rate_per_day": AT_ONCE, "taste_logit": np.inf, "tolerance_minutes": 5.0, "one_time": True}
"""A client who asks once, in zone 0 for service 0; with ``one_time=False``, one who always stays and asks again at once."""

WILLING = {"acceptance_logit": np.inf, "weekly_slots": 7 * SLOTS_PER_DAY}
"""A pro in zone 0 for service 0 who is there from tick 0, accepts at once, is never late and never cancels."""

Event = tuple[int, int, int]


def people(market: Market, clients: Sequence[Mapping[str, Any]], pros: Sequence[Mapping[str, Any]]) -> Population:
    """A population of ``SOMEBODY`` and ``WILLING`` with these traits instead, as regular as the market's; work never ends."""
    client_table, pro_table = np.zeros(len(clients), CLIENT), np.zeros(len(pros), PRO)
    regular = {"gap_shape": market.clients.gap_shape}
    for table, usual, defaults, rows in ((client_table, regular, SOMEBODY, clients), (pro_table, {}, WILLING, pros)):
        for i, row in enumerate(rows):
            for name, value in {**usual, **defaults, **row}.items():
                table[i][name] = value
    offered = pro_table["main_service"][:, None] == np.arange(len(market.services))
    start, members = index_candidates(pro_table["home_zone"], market.pros.zones_per_pro, market.zones, offered)
    work = np.full((len(pros), 7), slot_mask(0, SLOTS_PER_DAY), np.int64)
    return Population(client_table, pro_table, work, start, members)


def play(market: Market, who: Population, arm: Arm, seed: int = 1) -> tuple[list[Event], RunLog]:
    """Run the reference engine on these people; returns the events as (tick, kind, entity), in order, and the log."""
    trace: list[Event] = []

    class Recording(simpy.Environment):
        def step(self) -> None:
            tick, priority, _, event = self._queue[0]
            if isinstance(event, Due):
                trace.append((int(tick), priority // ENTITIES, priority % ENTITIES))
            super().step()

    with mock.patch.object(run, "draw_population", return_value=who), mock.patch.object(simpy, "Environment", Recording):
        log = run.simulate(market, arm, seed, engine="simpy")
    return trace, log

"""How many clients marketing buys each month out of what the platform earned: where the payback decides growth.

There is one list of clients within reach, the same under every policy. At the start of a month each client on it who would arrive
in that month is bought when a uniform of their own lies below the month's share, so a larger budget buys all whom a smaller one
buys, and more. Who is not bought never arrives.
"""

from collections.abc import Generator
from itertools import count
from typing import Any

import numpy as np
import simpy
from numpy.typing import NDArray

from sim import draws, rules
from sim.arrays import Flags
from sim.calendar import TICKS_PER_DAY, TICKS_PER_MONTH
from sim.config import Market
from sim.engine.platform import Due
from sim.engine.world import BUDGET, World
from sim.jit import compiled
from sim.truth import TRUTH_DECIMALS, acquisition_cost_eur, mean_contribution_eur


@compiled
def buy(acquired: Flags, first: int, end: int, share: float, seed: int, replication: int) -> None:
    """Mark who is bought among clients ``first`` to ``end`` - 1, each with probability ``share``."""
    for client in range(first, end):
        u, _, _, _ = draws.block(seed, replication, draws.ACQUISITION, client, 0, 0)
        acquired[client] = u < share


class Marketing:
    """The monthly budget of one run, and what became of it."""

    def __init__(self, env: simpy.Environment, market: Market, world: World) -> None:
        self.env = env
        self.market = market
        self.world = world
        self.cost_eur = round(market.economics.payback_bookings * mean_contribution_eur(market), TRUTH_DECIMALS)
        """Mean cost of a client: K mean contributions."""
        self.earned_eur: list[float] = []
        """Contribution ever, less what programmes have spent, at the start of each month."""
        self.reachable: list[int] = []
        self.share: list[float] = []
        self.budget_eur: list[float] = []

    def start(self) -> None:
        """Schedule the months, if acquisition is paid out of contribution."""
        if self.market.acquisition.mode == "reinvest":
            self.env.process(self.months())

    def months(self) -> Generator[Due, None, None]:
        """The clients of each month are bought as it begins."""
        for month in count():
            yield Due(self.env, month * TICKS_PER_MONTH, BUDGET)
            self.spend(month)

    def budget(self, month: int) -> float:
        """Budget of a month in EUR: a share of the mean monthly contribution of the trailing months."""
        acquisition = self.market.acquisition
        n = min(acquisition.trailing_months, month)
        return max(acquisition.reinvested_share * (self.earned_eur[month] - self.earned_eur[month - n]) / n, 0.0)

    def earned(self, month: int) -> float:
        """Contribution ever, less what programmes have spent before the month, in EUR."""
        earned = float(self.world.money[0])
        for spent in self.world.money[1 : 1 + month].tolist():
            earned -= spent
        return earned

    def spend(self, month: int) -> None:
        """Buy the clients of a month that begins now."""
        acquisition, rule = self.market.acquisition, self.world.rules[0]
        self.earned_eur.append(self.earned(month))
        arrivals = self.world.clients["arrival_tick"][: rule["n_arrivals"]]
        first, end = np.searchsorted(arrivals, [month * TICKS_PER_MONTH, (month + 1) * TICKS_PER_MONTH]).tolist()
        if month < acquisition.launch_months:
            budget, share = float("nan"), float(acquisition.launch_share)
        else:
            # a month that the horizon cuts short is bought with its part of a budget
            begin = month * TICKS_PER_MONTH
            inside = min(begin + TICKS_PER_MONTH, self.market.horizon_days * TICKS_PER_DAY) - begin
            budget = self.budget(month) * inside / TICKS_PER_MONTH
            share = rules.bought_share(budget, self.cost_eur, end - first, float(acquisition.floor_share))
        buy(self.world.acquired, first, end, share, int(rule["seed"]), int(rule["replication"]))
        self.reachable.append(end - first)
        self.share.append(share)
        self.budget_eur.append(budget)

    def table(self) -> dict[str, NDArray[Any]]:
        """One row a month that began within the run; no columns if acquisition is fixed.

        month, start_days, reachable_clients, share and number of those bought, budget_eur (nan while launching), spend_eur at the
        cost of the channels of those bought, and contribution_eur of requests closed in that month, less what programmes spent in
        it. Friends brought by clients are not bought.
        """
        n = len(self.share)
        if n == 0:
            return {}
        bought = np.flatnonzero(self.world.acquired[: self.world.rules[0]["n_arrivals"]])
        clients = self.world.clients[bought]
        month = clients["arrival_tick"] // TICKS_PER_MONTH
        cost = acquisition_cost_eur(self.market)[clients["channel"]]
        return {
            "month": np.arange(n),
            "start_days": np.arange(n) * (TICKS_PER_MONTH / TICKS_PER_DAY),
            "reachable_clients": np.array(self.reachable, np.int64),
            "share": np.array(self.share),
            "new_clients": np.bincount(month, minlength=n),
            "budget_eur": np.array(self.budget_eur),
            "spend_eur": np.bincount(month, cost, minlength=n).astype(np.float64),
            "contribution_eur": np.diff([*self.earned_eur, self.earned(len(self.world.money) - 1)]),
        }

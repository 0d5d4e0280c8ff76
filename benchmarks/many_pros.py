"""Are designs as biased on the engine as in the published mean field, when pros are many? Tests of clients, of pros, and of both.

  python -m benchmarks.many_pros               # three loads, 2 to 3 minutes on two free cores
  python -m benchmarks.many_pros --trials 4    # replications of each

The published model: listings are rented for a while; a client who comes looks at each free listing with a probability, and takes
one by a logit choice or leaves; treatment makes the product of that probability and the attraction larger. With many listings
nothing but these products matters.

Ours: clients choose from a list of all free pros who are shown to them, all as attractive as one another, or go without, whose
weight grows with the number of pros. The control shows a client four fifths of the pros, other four after each session, and
treatment shows all: a probability of .8 that becomes 1. Clients ask many times, so that at any time any number of sessions lies
behind them, and each fifth of the pros is hidden from a fifth of the requests. Sessions last a day: with many pros the share
of the busy ones depends on the mean alone.

References
----------
Johari, Li, Liskovich & Weintraub (2022), Experimental design in two-sided platforms: an analysis of bias. Management Science.
"""

import math
import os
import sys
from collections.abc import Mapping
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, replace
from functools import partial

import numpy as np

from benchmarks.checks import Check, run_checks
from benchmarks.laid_over import HEAD, Asked, Beside, Compared, beside, compared, plain_arms, plain_market
from benchmarks.mean_field import LOADS, SHARE, Comparison, MeanField, comparisons
from sim.arrays import Floats
from sim.calendar import TICKS_PER_DAY
from sim.config import Market
from sim.designs.base import Design
from sim.designs.client import Client
from sim.designs.pro import Pro
from sim.designs.two_sided import TwoSided
from sim.engine.platform import Arm
from sim.population import Population, draw_clients, draw_population
from sim.views import ProView
from sim.words.aligned import aligned

PARTS = 5
"""Of the pros; one of them is hidden from a control request."""
TREATED = 0.394
SOLVED = MeanField(control=TREATED * (1 - 1 / PARTS), treated=TREATED)
"""The published attractions; that of the control is .3152 instead of .315."""
BUSY_DAYS = 1 - 1 / 96
"""How long a session keeps a pro from others: those who ask in its last half hour ask for the next one, half an hour on average."""
PER_DAY = 0.025
"""Sessions of a client: few enough that hardly a need arises during one, which would wait for its end."""
WARMUP_DAYS, SETTLE_DAYS = 200, 10
"""Five sessions a client, after which those in each fifth are the same to 3 %; and some sessions one after another."""
SIZES: Mapping[float, tuple[int, int]] = {0.1: (200, 500), 1.0: (200, 100), 10.0: (100, 50)}
"""Pros, and days that experiments last, by load; no client may have more sessions than a market has stages (50)."""
EFFECT, TWO_SIDED = "effect", ("improved_1", "improved_2")
SMALL = 0.1
"""A bias, in global effects, that is near 0."""


@dataclass(frozen=True)
class FourFifths:
    """Hides a fifth of the pros from a client, another one at each stage."""

    def visibility(self, pros: ProView, now_days: float) -> Floats:
        """Weights (n_stages, n_pros), 0 or 1."""
        return ((np.arange(pros.n_pros) + np.arange(pros.n_stages)[:, None]) % PARTS != 0).astype(float)


def crowd(load: float, n_pros: int, days: int) -> Market:
    """A market with as many chances to leave as the published one, for an experiment of so many days."""
    return plain_market(
        *(f"pros.n={n_pros}", f"horizon_days={WARMUP_DAYS + days}", f"warmup_days={WARMUP_DAYS}"),
        *("services.0.duration_minutes=1440", "economics.payback_bookings=50", "clients.one_time_share=0", "clients.taste_mean=1"),
        *("requests.mode=list", "requests.list.size=1000", f"requests.list.outside={math.log(n_pros / TREATED)}"),
    )


def regulars(market: Market, load: float, seed: int, replication: int) -> Population:
    """Clients who stay for good and together ask ``load`` times a pro and session, each as often as the others."""
    booked = SOLVED.cells(load, 0, 0).sum() / load
    rate = PER_DAY / booked
    n = round(load * market.pros.n / BUSY_DAYS / rate)
    arrivals = (np.arange(n) / n / rate * TICKS_PER_DAY).astype(np.int64)
    clients = draw_clients(market.clients, market, seed, replication, arrivals)
    clients["rate_per_day"] = rate
    return draw_population(market, seed, replication)._replace(clients=clients)


def arms() -> tuple[Arm, Arm]:
    """Control and treated."""
    everybody = plain_arms()["uniform"]
    return replace(everybody, name="four_fifths", allocator=FourFifths()), everybody


def designs_at(load: float) -> dict[str, Design]:
    """The experiments to be run."""
    both = comparisons(load)["naive"]
    return {
        "client": Client(SHARE),
        "pro": Pro(SHARE),
        "two_sided": TwoSided(both.client_share, both.pro_share),
    }


def cells(asked: Asked, one: Beside, per: float) -> Floats:
    """Bookings (2, 2) by the group that a split gives to client and to pro, control first, over ``per``."""
    met = asked.pro >= 0
    groups = one.split.groups
    by_client = (groups.places[asked.client[met]] < groups.shares[0, 0]).astype(int)
    return np.bincount(2 * by_client + groups.pros[asked.pro[met]], minlength=4).reshape(2, 2) / per


def estimated(comparison: Comparison, one: Beside, per: float) -> tuple[float, float]:
    """What an experiment says; and what the same comparison says when each cell is looked at in a market of its own kind."""
    undisturbed = cells(one.control, one, per)
    undisturbed[1, 1] = cells(one.treated, one, per)[1, 1]
    return comparison.estimate(cells(one.experiment, one, per)), comparison.estimate(undisturbed)


def one_replication(load: float, seed: int, n_pros: int, days: int, replication: int) -> dict[str, float]:
    """Global effect, in bookings a pro and session, and each design's bias over the solved one."""
    market, designs, effect = crowd(load, n_pros, days), designs_at(load), SOLVED.global_effect(load)
    runs = beside(market, *arms(), designs, SETTLE_DAYS, (seed, replication), regulars(market, load, seed, replication))
    per = n_pros * (days - SETTLE_DAYS) / BUSY_DAYS
    control, treated = ((asked.pro >= 0).sum() / per for asked in (runs["client"].control, runs["client"].treated))
    found = {EFFECT: float(treated - control)}
    for name, comparison in comparisons(load).items():
        disturbed, undisturbed = estimated(comparison, runs[name if name in runs else "two_sided"], per)
        found[name] = (disturbed - undisturbed) / effect
    return found


def check_load(load: float, replications: int, seed: int, n_pros: int, days: int) -> dict[str, Compared]:
    """All of it beside the solution, by name; replications side by side on all cores."""
    solved = {EFFECT: SOLVED.global_effect(load)} | dict(SOLVED.biases(load))
    with ProcessPoolExecutor(min(os.cpu_count() or 1, replications)) as pool:
        found = list(pool.map(partial(one_replication, load, seed, n_pros, days), range(replications)))
    return {name: compared(f"load {load:g}, {name}", solved[name], [one[name] for one in found]) for name in solved}


def verdicts(found: Mapping[float, Mapping[str, Compared]]) -> dict[str, bool]:
    """What should hold over loads in what was simulated, and whether it does."""
    each = [found[load] for load in LOADS]
    bias = {name: np.array([rows[name].mean for rows in each]) for name in each[0]}
    better = {name: bool(abs(bias[name][1]) < min(abs(bias["client"][1]), abs(bias["pro"][1]))) for name in TWO_SIDED}
    return {
        "a test of clients: bias rises with load, towards 0 where pros are idle": bool(
            (np.diff(bias["client"]) > 0).all() and abs(bias["client"][0]) < SMALL
        ),
        "a test of pros: bias falls with load, towards 0 where pros are scarce": bool(
            (np.diff(bias["pro"]) < 0).all() and abs(bias["pro"][-1]) < SMALL
        ),
        **{f"two-sided, {name}: nearer to the truth than both at load 1": good for name, good in better.items()},
        **{f"two-sided, {name}: hardly biased at both ends": bool((abs(bias[name][[0, -1]]) < SMALL).all()) for name in TWO_SIDED},
    }


def compare(n: int, seed: int) -> bool:
    """Print all, and whether it is near."""
    found = {}
    for load in LOADS:
        found[load] = check_load(load, n, seed, *SIZES[load])
        print("\n".join(aligned([HEAD, *(row.row() for row in found[load].values())])), flush=True)
    said = verdicts(found)
    print("\n".join(f"{name}  {'kept' if good else 'BROKEN'}" for name, good in said.items()))
    return all(said.values()) and all(row.kept for rows in found.values() for row in rows.values())


CHECKS: Mapping[str, Check] = {"mean_field": compare}


if __name__ == "__main__":
    sys.exit(run_checks(__doc__, CHECKS, 8, "replications of each load"))

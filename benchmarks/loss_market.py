"""Is the bias of a test of clients that of a Markov chain, in a market that serves a request at once or loses it?

  python -m benchmarks.loss_market                # three loads, half a minute on one core
  python -m benchmarks.loss_market --trials 4     # replications of each

Good pros are the first few by the truth. Treated requests are offered to them first, in strict order; control requests to anybody
who is free, at random. What counts is whether a good pro served the request. If everybody is treated, good pros are a
loss system of their own and serve 1 - Erlang B of all requests, whatever the distribution of the sessions' length: a
day is taken. In an experiment both groups take pros from each other, and lengths matter: they are geometric here, in half
hours, so that each busy pro comes free after the next half hour with the same probability, and numbers of busy good and
busy other pros are a Markov chain.

References
----------
Erlang (1917); for insensitivity Sevastyanov (1957), An ergodic theorem for Markov processes and its application to telephone
systems with refusals. Theory of Probability and its Applications 2(1).
"""

import sys
from collections.abc import Mapping

import numpy as np
from scipy import linalg, stats

from benchmarks.checks import Check, run_checks
from benchmarks.laid_over import HEAD, Asked, Compared, beside, compared, plain_arms, plain_market
from sim.arrays import Flags, Floats
from sim.config import SLOT_MINUTES, Market, Service
from sim.designs.client import Client
from sim.population import Population, draw_population
from sim.truth import return_propensity
from sim.words.aligned import aligned

GOOD, OTHERS, SHARE = 3, 5, 0.5
LOADS = (0.3, 0.8, 2.0)
"""Requests that come while a session lasts, per pro."""
FREES = 1 / 6
"""Probability that a busy pro is free in the next half hour."""
LONGEST = 48
"""Half hours of the longest session that a market may have."""
SETTLE_DAYS = 5.0
ONCE = ("clients.one_time_share=0", "clients.rate_scale_per_day=1e-9")
"""Clients who would return so late that hardly one of a million does: were there nobody to return, no pro would be better."""


def erlang_b(servers: int, load: float) -> float:
    """Share of requests that find all servers busy, ``load`` of which come while one is served.

    Examples
    --------
    >>> round(erlang_b(10, 8), 5)
    0.12166
    """
    blocked = 1.0
    for n in range(1, servers + 1):
        blocked = load * blocked / (n + load * blocked)
    return blocked


def served_by_good(
    per_slot: float, share: float, good: int = GOOD, others: int = OTHERS, frees: float = FREES
) -> tuple[float, float]:
    """Probabilities that a good pro serves a control and a treated request, in the steady state.

    Parameters
    ----------
    per_slot
        Mean number of requests in half an hour, > 0.
    share
        Of requests treated, 0 to 1.
    frees
        Probability that a pro who is busy when half an hour ends is free in the next one.
    """
    states = [(g, b) for g in range(good + 1) for b in range(others + 1)]
    place = {state: i for i, state in enumerate(states)}
    chance: Floats = np.array([((good - g) / max(good + others - g - b, 1), float(g < good)) for g, b in states])
    comes, goes = np.zeros((len(states),) * 2), np.zeros((len(states),) * 2)
    for (g, b), i in place.items():
        to_good = per_slot * float(np.array([1 - share, share]) @ chance[i])
        to_other = per_slot - to_good if b < others else 0.0
        for rate, state in ((to_good, (g + 1, b)), (to_other, (g, b + 1))):
            if rate > 0:
                comes[i, place[state]] += rate
                comes[i, i] -= rate
        stay_good, stay_others = (stats.binom.pmf(np.arange(n + 1), n, 1 - frees) for n in (g, b))
        for (left, p), (right, q) in ((x, y) for x in enumerate(stay_good) for y in enumerate(stay_others)):
            goes[i, place[left, right]] = p * q
    # of the half hour that begins in a state: where it ends, and how long it is where
    both = linalg.expm(np.block([[comes, np.eye(len(states))], [np.zeros((len(states), 2 * len(states)))]]))
    step, time = both[: len(states), : len(states)] @ goes, both[: len(states), len(states) :]
    balance = np.vstack([(step - np.eye(len(states))).T, np.ones(len(states))])
    begins = linalg.lstsq(balance, np.append(np.zeros(len(states)), 1.0))[0]
    found = begins @ time @ chance
    return float(found[0]), float(found[1])


def exact_bias(per_slot: float) -> float:
    """Of the difference between treated and control clients, against treating everybody instead of nobody."""
    (_, alone), (without, _), (control, treated) = (served_by_good(per_slot, share) for share in (1.0, 0.0, SHARE))
    return (treated - control) - (alone - without)


def loss_market(per_day: float, lengths: Floats, horizon_days: int) -> Market:
    """A market of one zone and one chance a request, whose sessions last 1, 2, ... half hours in these shares (n,)."""
    market = plain_market(*ONCE, "requests.max_offers=1", f"pros.n={GOOD + OTHERS}", "pros.extra_service_share=1")
    services = [
        Service(name=f"{k} half hours", client_share=float(part), duration_minutes=SLOT_MINUTES * k, price_eur=60)
        for k, part in enumerate(lengths, 1)
        if part > 0
    ]
    changed = {
        "services": services,
        "horizon_days": horizon_days,
        "warmup_days": 7,
        "clients": market.clients.model_dump() | {"arrivals_per_day": per_day},
    }
    return Market.model_validate(market.model_dump() | changed)


def by_good(asked: Asked, market: Market, people: Population) -> Flags:
    """Which requests (n,) one of the best pros served."""
    best = np.argsort(-return_propensity(market, people.pros))[:GOOD]
    return np.isin(asked.pro, best)


def check_erlang(load: float, replications: int, seed: int, horizon_days: int = 1000) -> Compared:
    """Requests of an all-treated market that good pros serve, with sessions of a day."""
    lengths = np.eye(LONGEST)[-1]
    # a pro is free again for those who ask in the last half hour of a session, since they ask for the next one
    busy_days = (LONGEST - 0.5) * SLOT_MINUTES / 1440
    per_day = load * (GOOD + OTHERS) / busy_days
    market, arms = loss_market(per_day, lengths, horizon_days), plain_arms()
    shares = []
    for r in range(replications):
        people = draw_population(market, seed, r)
        (one,) = beside(market, arms["uniform"], arms["oracle"], {"client": Client(SHARE)}, SETTLE_DAYS, (seed, r), people).values()
        shares.append(float(by_good(one.treated, market, people).mean()))
    return compared(f"load {load:g}: good pros serve, all treated", 1 - erlang_b(GOOD, per_day * busy_days), shares)


def check_bias(load: float, replications: int, seed: int, horizon_days: int = 300) -> list[Compared]:
    """What good pros serve in a market of one kind, and the bias of a test of clients, with sessions of geometric length."""
    lengths = FREES * (1 - FREES) ** np.arange(LONGEST)
    lengths[-1] += 1 - lengths.sum()
    per_slot = load * (GOOD + OTHERS) / (1 / FREES - 0.5)
    market, arms = loss_market(per_slot * 1440 / SLOT_MINUTES, lengths, horizon_days), plain_arms()
    alone, without, biases = [], [], []
    for r in range(replications):
        people = draw_population(market, seed, r)
        (one,) = beside(market, arms["uniform"], arms["oracle"], {"client": Client(SHARE)}, SETTLE_DAYS, (seed, r), people).values()
        alone.append(float(by_good(one.treated, market, people).mean()))
        without.append(float(by_good(one.control, market, people).mean()))
        parts = [
            by_good(asked, market, people)[(one.split.groups.places[asked.client] < SHARE) == group].mean()
            for asked, group in ((one.experiment, True), (one.treated, True), (one.experiment, False), (one.control, False))
        ]
        # the same clients in a market of their own kind: most of the luck cancels
        biases.append(float((parts[0] - parts[1]) - (parts[2] - parts[3])))
    return [
        compared(f"load {load:g}: good pros serve, all treated", served_by_good(per_slot, 1.0)[1], alone),
        compared(f"load {load:g}: good pros serve, none treated", served_by_good(per_slot, 0.0)[0], without),
        compared(f"load {load:g}: bias of a test of clients", exact_bias(per_slot), biases),
    ]


def print_all(title: str, rows: list[Compared]) -> bool:
    """Print a table; whether all of it was kept."""
    print("\n".join(["", title, *aligned([HEAD, *(row.row() for row in rows)])]), flush=True)
    return all(row.kept for row in rows)


def loss(n: int, seed: int) -> bool:
    """Whether Erlang's formula holds."""
    return print_all("Erlang's loss formula, sessions of a day", [check_erlang(load, n, seed) for load in LOADS])


def bias(n: int, seed: int) -> bool:
    """Whether the bias is that of the chain."""
    return print_all("the Markov chain, sessions of geometric length", [row for load in LOADS for row in check_bias(load, n, seed)])


CHECKS: Mapping[str, Check] = {"loss": loss, "bias": bias}


if __name__ == "__main__":
    sys.exit(run_checks(__doc__, CHECKS, 32, "replications of each load"))

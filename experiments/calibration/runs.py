"""Runs of a fitted market as if they had been read from a file."""

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np

from sim.calibration.observed import Observed, expected_visits
from sim.calibration.served import Served, served_in_run
from sim.config import Market
from sim.engine.platform import Arm
from sim.engine.run import simulate
from sim.log import RunLog
from sim.rules import COMPLETED

MOST_SERVED, SURE_SHARE = 64, 0.015
"""Runs of a small market from which is read what it serves: until the mean is known to this share of it."""


@dataclass(frozen=True)
class MarketRuns:
    """Some runs of one market, one entry a replication."""

    observed: list[Observed]
    served: list[Served]
    """Of the same runs, and of more of them in a small market."""


def simulate_market(
    market: Market, arm: Arm, like: Observed, seed: int, replications: int, tick: Callable[[], None] = lambda: None
) -> MarketRuns:
    """Runs in which new clients are followed for as long as those of a file, or as long as the market's runs last.

    Parameters
    ----------
    like
        The file's new clients.
    replications
        Runs that are observed; what is served is read from more where these leave it too open.
    tick
        Called after each run that is observed.
    """
    days = int(np.ptp(like.day)) + 1 if len(like.day) else 1
    long = market.model_copy(update={"horizon_days": max(market.horizon_days, market.warmup_days + days)})
    runs = MarketRuns([], [])
    while len(runs.served) < replications or (len(runs.served) < MOST_SERVED and _open(runs.served)):
        log = simulate(long, arm, seed, len(runs.served))
        seen = as_observed(log)
        runs.served.append(replace(served_in_run(log), new_visits_per_day=expected_visits(seen, like) / days))
        if len(runs.observed) < replications:
            runs.observed.append(seen)
            tick()
    return runs


def _open(served: list[Served]) -> bool:
    """Whether a mean over runs is less sure than a percent and a half."""
    for values in ([run.visits_per_day for run in served], [run.new_visits_per_day for run in served]):
        if np.std(values, ddof=1) / np.sqrt(len(values)) > SURE_SHARE * np.mean(values):
            return True
    return False


def as_observed(log: RunLog) -> Observed:
    """Completed visits of the clients who came after the warm-up, one a day; day 0 of a run is a Monday. There may be none."""
    arrival = np.full(int(log.clients["client"].max(initial=-1)) + 1, -np.inf)
    arrival[log.clients["client"]] = log.clients["arrival_days"]
    bookings = log.bookings
    horizon = log.facts["horizon_days"]
    rows = (bookings["outcome"] == COMPLETED) & (arrival[bookings["client"]] >= log.facts["warmup_days"])
    rows &= bookings["start_days"] < horizon
    rows = np.flatnonzero(rows)
    rows = rows[np.lexsort((bookings["start_days"][rows], bookings["client"][rows]))]
    day = np.floor(bookings["start_days"][rows]).astype(np.int64)
    same = np.zeros(len(rows), np.bool_)
    same[1:] = (np.diff(bookings["client"][rows]) == 0) & (np.diff(day) == 0)
    rows, day = rows[~same], day[~same]
    rating = np.where(bookings["rating"][rows] > 0, bookings["rating"][rows], np.nan).astype(float)
    return Observed(bookings["client"][rows], day, int(horizon) - 1, bookings["pro"][rows], rating, bookings["minutes_late"][rows])

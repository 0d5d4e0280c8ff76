"""Real clients in the simulator: forecasts through the engine, to hold the client model against.

Each client is one of the market, with traits drawn from the client model, who begins to ask when the next need arises. Nothing
stands between need and visit: a pro is always free, since the file's visits are those that found one.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from experiments.plans.arms import load_arms, load_market
from experiments.plans.compose import compose_settings
from sim.arrays import Floats, Table
from sim.calendar import TICKS_PER_DAY, Words
from sim.calibration.client_parameters import ClientModel
from sim.calibration.forecast import Posterior, weekly
from sim.calibration.histories import WEEK_DAYS, Histories
from sim.config import Market
from sim.engine.platform import Arm
from sim.engine.run import simulate
from sim.log import RunLog
from sim.population import CLIENT, Population, draw_population

N_PROS = 60


def open_market(horizon_days: int, model: ClientModel, dropout_after_first: bool) -> tuple[Market, Arm]:
    """A market in which every need is a visit at once."""
    overrides = (
        f"horizon_days={horizon_days}",
        "services.0.duration_minutes=30",
        "clients.arrivals_per_day=0.001",
        *(f"clients.{name}={getattr(model, name)}" for name in ("lapse_share", "lapse_gaps")),
        f"clients.dropout_after_first={str(dropout_after_first).lower()}",
        f"pros.n={N_PROS}",
        "requests.lead_min_hours=0",
        "requests.lead_mean_hours=0",
        *(f"stay.{name}=0" for name in ("skill", "warmth", "advocacy", "late")),
    )
    settings = compose_settings("compare", ["market=minimal", "arm=[uniform]", *(f"market.{line}" for line in overrides)])
    return load_market(settings), load_arms(settings)["uniform"]


def as_clients(arrival_days: Floats, rate_per_day: Floats, leave: Floats, gap_shape: Floats) -> Table:
    """Clients of the engine, sorted by arrival (which the caller does), who differ in nothing but rate, regularity and dropout."""
    clients = np.zeros(len(arrival_days), CLIENT)
    clients["arrival_tick"] = (arrival_days * TICKS_PER_DAY).astype(np.int64)
    clients["rate_per_day"] = rate_per_day
    clients["gap_shape"] = gap_shape
    # log of the odds to stay
    clients["taste_logit"] = np.log1p(-np.minimum(leave, 1 - 1e-15)) - np.log(np.maximum(leave, 1e-300))
    clients["tolerance_minutes"] = 1e9
    return clients


@dataclass(frozen=True)
class Forecast:
    """Visits of known clients in the time after the observation, in each run."""

    by_client: Floats
    """(n_clients,) mean over runs."""
    cumulative: Floats
    """(n_runs, n_weeks) visits of all by the end of each week."""


def _needs(log: RunLog, days: float) -> tuple[Floats, Floats]:
    """Client and day of each need in time."""
    inside = log.bookings["need_days"] < days
    return log.bookings["client"][inside], log.bookings["need_days"][inside]


def forecast_known(
    model: ClientModel, seen: Histories, days: int, seed: int, n_runs: int, tick: Callable[[], None] = lambda: None
) -> Forecast:
    """Simulate the days after the observation, each run with clients drawn from the posterior given their histories.

    Parameters
    ----------
    tick
        Called after each run, for a bar.
    """
    # the first need of a known client is a repeat, after which he may leave like after any other
    market, arm = open_market(days + 2, model, True)
    world = draw_population(market, seed, 0)
    n_weeks = max(int(days // WEEK_DAYS), 1)
    by_client, cumulative = np.zeros(len(seen)), np.zeros((n_runs, n_weeks))
    posterior = Posterior(model, seen)
    for run in range(n_runs):
        known = posterior.draw(np.random.Generator(np.random.Philox(np.random.SeedSequence([seed, run]))))
        order = np.argsort(known.next_days, kind="stable")
        order = order[known.next_days[order] < days]
        if len(order):
            clients = as_clients(known.next_days[order], known.rate_per_day[order], known.leave[order], known.gap_shape[order])
            who, when = _needs(simulate(market, arm, seed, run, people=_with(world, clients)), days)
            by_client += np.bincount(known.index[order][who], minlength=len(seen))
            cumulative[run] = weekly(when, n_weeks)
        tick()
    return Forecast(by_client / n_runs, cumulative)


def _with(world: Population, clients: Table) -> Population:
    work: Words = world.work
    return Population(clients, world.pros, work, world.candidate_start, world.candidates)

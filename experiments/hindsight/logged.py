"""The choices of a simulated log: new clients, the races for their first requests, and how each policy would have made them."""

from dataclasses import dataclass

import numpy as np

from sim.arrays import Flags, Floats, Ints
from sim.config import Market
from sim.engine.platform import Arm
from sim.log import RunLog
from sim.metrics.cohort import Cohort
from sim.offpolicy.censoring import followed_weights
from sim.offpolicy.decisions import Decisions, Offers
from sim.offpolicy.raced import Races
from sim.shadow.logged import past_of
from sim.shadow.past import Past
from sim.shadow.weights import target_weights


@dataclass(frozen=True)
class Clients:
    """New clients of a log, (n,) each, with the decision that was made about each."""

    decisions: Decisions
    """All outcomes count; whether they are known is in the other columns."""
    returned_after_days: Floats
    """From the first request to the second booking; inf for none in the log."""
    followed_days: Floats
    """From the first request to the end of the log."""

    def mature(self, window_days: float) -> Flags:
        """(n,) whose time is over."""
        return self.followed_days >= window_days

    def weights(self, window_days: float) -> Floats:
        """(n,) how much each counts so that those known stand for all."""
        return followed_weights(self.returned_after_days, self.followed_days, window_days)


@dataclass(frozen=True)
class Logged:
    """One simulated log."""

    clients: Clients
    races: Races
    """For the first requests of the clients."""
    rows: Ints
    """(r,) rows of ``choices`` that the races are made of."""
    chances: Floats
    """(n_pros,) to accept."""
    log: RunLog
    market: Market
    past: Past
    luck: tuple[int, int]

    @property
    def n_pros(self) -> int:
        """Pros of the market."""
        return len(self.chances)

    def weights(self, arm: Arm) -> Floats:
        """(r,) what an arm would have given to the candidates, by what had happened until then."""
        return target_weights(self.log, self.market, arm, self.luck, self.past)[self.rows]

    def targets(self, arm: Arm, is_strict: bool) -> tuple[Floats, Floats]:
        """Propensities of an arm: (m,) of each candidate to get the client, and (n_offers,) of each offer made."""
        weights = self.weights(arm)
        offers = self.market.requests.max_offers
        return self.races.acceptors(weights, self.chances, offers, is_strict), self.races.offered(weights, is_strict)


def races_of(log: RunLog, bookings: Ints) -> tuple[Races, Ints]:
    """The races for some bookings, (n,) rows of them ascending, and the rows of ``choices`` that they are made of."""
    choices = log.choices
    request = np.full(len(log.bookings["booking"]), -1)
    request[bookings] = np.arange(len(bookings))
    rows = np.flatnonzero(request[choices["booking"]] >= 0)
    booking = choices["booking"][rows].astype(np.int64)
    attempt, asked = choices["attempt"][rows].astype(np.int64), choices["asked"][rows].astype(np.int64)
    order = np.lexsort((rows, np.where(asked > 0, asked, np.iinfo(np.int64).max), attempt, request[booking]))
    rows, booking, attempt, asked = rows[order], booking[order], attempt[order], asked[order]
    pro = choices["pro"][rows].astype(np.int64)
    following = np.r_[asked[1:] > 1, False]
    last = (asked > 0) & ~following
    # who was asked last and has the booking, or had it and cancelled
    kept = (attempt < log.bookings["cancellations_by_pros"][booking]) | (log.bookings["pro"][booking] == pro)
    return Races(request[booking], attempt, pro, asked > 0, last & kept, len(bookings)), rows


def logged(log: RunLog, market: Market, window_days: float, is_strict: bool, luck: tuple[int, int]) -> Logged:
    """The choices about clients who were new after the warm-up.

    Parameters
    ----------
    window_days
        Within which a client who comes back books again.
    is_strict
        Whether the log was made by asking in the order of weights, instead of drawing by them.
    luck
        Seed and replication of the run.
    """
    cohort = Cohort(log)
    with np.errstate(invalid="ignore"):
        who = np.flatnonzero((cohort.first_row >= 0) & (cohort.first_request_days >= market.warmup_days))
    who = who[np.argsort(cohort.first_row[who], kind="stable")]
    first = cohort.first_row[who]
    everybody, _ = races_of(log, np.arange(len(log.bookings["booking"])))
    chances = everybody.chances(len(log.pros["pro"]))
    races, rows = races_of(log, first)
    weights = log.choices["weight"][rows].astype(float)
    followed = market.horizon_days - cohort.first_request_days[who]
    again = (cohort.nth_booked_days(2) - cohort.first_request_days)[who]
    again = np.where(np.isfinite(again) & (again <= followed), again, np.inf)
    own = {name: log.bookings[name][first].astype(np.int64) for name in ("service", "zone")}
    decisions = Decisions(
        outcome=(again <= window_days).astype(float),
        followed=np.ones(len(who)),
        features=np.column_stack([*own.values(), log.clients["channel"][who].astype(np.int64)]),
        counts=races.counts,
        chosen=races.chosen,
        pros=races.pros,
        logged=races.acceptors(weights, chances, market.requests.max_offers, is_strict),
        offers=Offers(races.offer_counts, races.offered(weights, is_strict)),
    )
    past = past_of(log, market)
    return Logged(Clients(decisions, again, followed), races, rows, chances, log, market, past, luck)

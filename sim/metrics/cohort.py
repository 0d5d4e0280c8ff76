"""New clients and what became of them, from the log: the base of retention and payback metrics.

A *booking* is a request that a pro accepted; it is made at ``assigned_days``. A *completed* booking is one whose session took
place. A client's *day 0* is the first request, filled or not, since who gets a first session depends on the policy.
"""

from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

import numpy as np

from sim.arrays import Flags, Floats, Ints
from sim.log import RunLog

SIX_MONTHS_DAYS = 183.0
YEAR_DAYS = 365.0
TWO_YEARS_DAYS = 730.0
MONTH_DAYS = 365.25 / 12


class Events:
    """Instants of events by whom they belong to, sorted once."""

    def __init__(self, owner: Ints, days: Floats, n_owners: int) -> None:
        """Events (n_events,) of owners 0 to ``n_owners`` - 1, in any order."""
        order = np.lexsort((days, owner))
        self.days = days[order]
        counts = np.bincount(owner, minlength=n_owners)
        self.end = np.cumsum(counts)
        self.start = self.end - counts

    def nth(self, n: int) -> Floats:
        """Day of each owner's n-th event (n = 1 is the first), (n_owners,); nan for an owner with fewer."""
        position = self.start + n - 1
        has = position < self.end
        result = np.full(len(position), np.nan)
        result[has] = self.days[position[has]]
        return result


def nth_by_client(client: Ints, days: Floats, n: int, n_clients: int) -> Floats:
    """Day of each client's n-th event (n = 1 is the first), (n_clients,); nan for a client with fewer."""
    return Events(client, days, n_clients).nth(n)


class Money(NamedTuple):
    """Amounts, each with its client and its day; one entry a request and one a cost of a programme."""

    client: Ints
    """Row in ``clients``."""
    days: Floats
    """When the request ended (nan: it has not) or the cost fell due."""
    eur: Floats
    """Contribution, or minus the cost."""


@dataclass(frozen=True)
class Cohort:
    """All clients of a run with the days of their first events. Every column is (n_clients,); nan: did not happen."""

    log: RunLog

    @cached_property
    def n_clients(self) -> int:
        """Clients who arrived."""
        return len(self.log.clients["client"])

    @cached_property
    def client(self) -> Ints:
        """(n_bookings,) row of each request's client in ``clients``: the client's number, unless numbers are missing there."""
        return self.rows_of(self.log.bookings["client"])

    def rows_of(self, client: Ints) -> Ints:
        """Rows in ``clients`` of clients given by number, (n,)."""
        numbers = self.log.clients["client"]
        complete = len(numbers) == 0 or numbers[-1] == len(numbers) - 1
        return client if complete else np.searchsorted(numbers, client)

    @cached_property
    def money(self) -> "Money":
        """What clients brought and what programmes cost: the contribution of every request that has ended, less spending.

        Without programmes that is the contribution of each request.
        """
        bookings, spend = self.log.bookings, self.log.spend
        earned = Money(self.client, bookings["closed_days"], bookings["contribution_eur"])
        if not spend:
            return earned
        spent = Money(self.rows_of(spend["client"]), spend["days"], -spend["cost_eur"])
        return Money(*(np.concatenate(columns) for columns in zip(earned, spent, strict=True)))

    @cached_property
    def first_request_days(self) -> Floats:
        """Day of the first request; nan for a client of before the run, whose first request is not in it."""
        first = nth_by_client(self.client, self.log.bookings["request_days"], 1, self.n_clients)
        return np.where(self.known, np.nan, first)

    @cached_property
    def known(self) -> Flags:
        """Clients of before the run, such as those who may be older than a file of bookings: nobody's new clients."""
        return np.asarray(self.log.clients.get("known", np.zeros(self.n_clients, bool)))

    @cached_property
    def booked(self) -> Flags:
        """(n_bookings,) requests that a pro accepted."""
        return np.isfinite(self.log.bookings["assigned_days"])

    @cached_property
    def completed(self) -> Flags:
        """(n_bookings,) requests whose session took place."""
        return self.log.bookings["outcome"] == self.log.names["outcomes"].index("completed")

    @cached_property
    def _bookings_made(self) -> Events:
        return Events(self.client[self.booked], self.log.bookings["assigned_days"][self.booked], self.n_clients)

    @cached_property
    def _sessions_ended(self) -> Events:
        return Events(self.client[self.completed], self.log.bookings["closed_days"][self.completed], self.n_clients)

    def nth_booked_days(self, n: int) -> Floats:
        """Day on which the n-th booking was made."""
        return self._bookings_made.nth(n)

    def nth_completed_days(self, n: int) -> Floats:
        """Day on which the n-th completed session ended."""
        return self._sessions_ended.nth(n)

    @cached_property
    def bookings_made(self) -> tuple[Ints, Floats, Flags]:
        """Client and day of every booking made, by client and day, and whether it is the client's first, (n_made,) each."""
        made = self._bookings_made
        first = np.zeros(len(made.days), bool)
        first[made.start[made.end > made.start]] = True
        return np.repeat(np.arange(self.n_clients), made.end - made.start), made.days, first

    def within(self, window_days: float) -> Flags:
        """(n_bookings,) requests that were closed within the window from their client's first request."""
        with np.errstate(invalid="ignore"):
            return self.log.bookings["closed_days"] - self.first_request_days[self.client] <= window_days

    @cached_property
    def first_row(self) -> Ints:
        """Row of the client's first request in ``bookings``; -1 for none."""
        rows = np.full(self.n_clients, -1)
        first = np.flatnonzero(self.log.bookings["need"] == 0)
        rows[self.client[first]] = first
        return rows

    def followed(self, window_days: float, since_days: Floats | None = None) -> Flags:
        """Clients after the warm-up whose whole window, from the first request or from ``since_days``, lies inside the run."""
        since = self.first_request_days if since_days is None else since_days
        facts = self.log.facts
        with np.errstate(invalid="ignore"):
            return (self.first_request_days >= facts["warmup_days"]) & (since + window_days <= facts["horizon_days"])

    @cached_property
    def first_completed(self) -> Flags:
        """Clients whose first request led to a completed session."""
        has = self.first_row >= 0
        result = np.zeros(self.n_clients, bool)
        result[has] = self.completed[self.first_row[has]]
        return result


def share(hit: Flags, among: Flags) -> float:
    """Share of ``among`` with ``hit``; nan when there is nobody."""
    return float(hit[among].mean()) if among.any() else float("nan")


def per_year(cohort: Cohort, total: float) -> float:
    """A total since the warm-up, per 365 days; nan in a run without requests."""
    facts = cohort.log.facts
    measured_days = facts["horizon_days"] - facts["warmup_days"]
    return total * YEAR_DAYS / measured_days if len(cohort.log.bookings["client"]) else float("nan")

"""What the client model needs to know of each client: how often, how regularly, how recently."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Self

import numpy as np
from scipy import sparse

from sim.arrays import Flags, Floats, Ints
from sim.bookings.visits import Visits

WEEK_DAYS = 7.0


@dataclass(frozen=True)
class Histories:
    """Visits of each client up to a day, in the numbers on which the likelihood depends. Times in weeks since the first visit."""

    client: Ints
    """(n,) codes of those with a visit by then."""
    repeats: Floats
    """(n,) visits after the first."""
    recency: Floats
    """(n,) week of the last visit; 0 without repeats."""
    age: Floats
    """(n,) week at which the observation ends."""
    sum_log_gaps: Floats
    """(n,) sum of the logarithms of the gaps, in weeks."""
    left_censored: Flags
    """(n,) who may be older than the file."""
    gaps: Floats
    """(sum of repeats,) the gaps themselves in weeks, client by client."""
    traits: Mapping[str, Floats] = field(default_factory=dict)
    """By name (n,): what else is known of each client, 0 on average."""

    def __len__(self) -> int:
        return len(self.client)

    def chosen(self, mask: Flags) -> Self:
        """Some of the clients."""
        return self.taken(np.flatnonzero(mask))

    def taken(self, rows: Ints) -> Self:
        """The clients at some positions (n,), in that order and as often as they are named."""
        n_gaps = self.repeats.astype(np.int64)
        ends = np.cumsum(n_gaps)
        lengths = n_gaps[rows]
        firsts = ends[rows] - lengths
        gaps = np.arange(lengths.sum()) - np.repeat(np.cumsum(lengths) - lengths, lengths) + np.repeat(firsts, lengths)
        columns = {name: getattr(self, name) for name in self.__dataclass_fields__ if name != "traits"}
        taken = {name: values[gaps if name == "gaps" else rows] for name, values in columns.items()}
        return type(self)(**taken, traits={name: values[rows] for name, values in self.traits.items()})

    @cached_property
    def gap_counts(self) -> tuple[Floats, sparse.csr_array]:
        """Distinct gaps (n_distinct,) in weeks, and how many of each a client has (n, n_distinct)."""
        weeks, which = np.unique(self.gaps, return_inverse=True)
        client = np.repeat(np.arange(len(self)), self.repeats.astype(np.int64))
        return weeks, sparse.csr_array((np.ones(len(which)), (client, which)), shape=(len(self), len(weeks)))


Clock = Callable[[Ints], Ints | Floats]
"""From days since 1970-01-01 to days on a clock on which clients come at an even pace; increasing."""


def calendar(day: Ints) -> Ints:
    """The clock that always goes equally fast."""
    return day


def histories(visits: Visits, until_day: int, clock: Clock = calendar) -> Histories:
    """Histories of all clients with a visit by the end of a day.

    Parameters
    ----------
    visits
        With only those that took place (``Visits.done``).
    until_day
        Last day that is seen, since 1970-01-01. Age counts from the first visit to the end of that day.
    clock
        On which time is counted.
    """
    seen = visits.day <= until_day
    client, day = visits.client[seen], visits.day[seen]
    n = visits.n_clients
    repeats = np.bincount(client, minlength=n) - 1
    first, last = np.full(n, np.iinfo(np.int64).max), np.full(n, -1)
    np.minimum.at(first, client, day)
    np.maximum.at(last, client, day)
    follows = np.diff(client) == 0
    gaps = np.diff(clock(day))[follows] / WEEK_DAYS
    sums = np.bincount(client[1:][follows], weights=np.log(gaps), minlength=n)
    there = np.flatnonzero(repeats >= 0)
    return Histories(
        there.astype(np.int64),
        repeats[there].astype(float),
        (clock(last[there]) - clock(first[there])) / WEEK_DAYS,
        (clock(np.array([until_day])) - clock(first[there])) / WEEK_DAYS,
        sums[there].astype(float),
        visits.left_censored[there],
        gaps,
    )

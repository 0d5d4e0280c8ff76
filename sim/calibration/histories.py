"""What the client model needs to know of each client: how often, how regularly, how recently."""

from dataclasses import dataclass
from typing import Self

import numpy as np
from numpy.typing import NDArray

from sim.calibration.visits import Floats, Ints, Visits

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
    left_censored: NDArray[np.bool_]
    """(n,) who may be older than the file."""

    def __len__(self) -> int:
        return len(self.client)

    def chosen(self, mask: NDArray[np.bool_]) -> Self:
        """Some of the clients."""
        return type(self)(*(getattr(self, name)[mask] for name in self.__dataclass_fields__))


def histories(visits: Visits, until_day: int) -> Histories:
    """Histories of all clients with a visit by the end of a day.

    Parameters
    ----------
    visits
        With only those that took place (``Visits.done``).
    until_day
        Last day that is seen, since 1970-01-01. Age counts from the first visit to the end of that day.
    """
    seen = visits.day <= until_day
    client, day = visits.client[seen], visits.day[seen]
    n = visits.n_clients
    repeats = np.bincount(client, minlength=n) - 1
    first, last = np.full(n, np.iinfo(np.int64).max), np.full(n, -1)
    np.minimum.at(first, client, day)
    np.maximum.at(last, client, day)
    follows = np.diff(client) == 0
    log_gaps = np.log(np.diff(day)[follows] / WEEK_DAYS)
    sums = np.bincount(client[1:][follows], weights=log_gaps, minlength=n)
    there = np.flatnonzero(repeats >= 0)
    return Histories(
        there.astype(np.int64),
        repeats[there].astype(float),
        (last - first)[there] / WEEK_DAYS,
        (until_day - first[there]) / WEEK_DAYS,
        sums[there].astype(float),
        visits.left_censored[there],
    )

"""Visits of new clients, real or simulated, and what is read from them in the same way.

Only clients who can be followed for the whole window of a figure count, so that neither the length of a file nor the mix of its
clients matters.
"""

from dataclasses import dataclass, replace

import numpy as np

from sim.arrays import Floats, Ints
from sim.bookings.visits import RETURN_DAYS, Visits
from sim.calibration.spread import Spread, fit_spread, tallies

YEAR_DAYS = 365
MOST_VISITS = 6
FEWEST = 25
"""Cases below which a figure is not judged."""


@dataclass(frozen=True)
class Observed:
    """Visits of new clients, all of whom are seen from their first visit on."""

    client: Ints
    """(n,) codes, those of one client side by side."""
    day: Ints
    """(n,) days, increasing within a client; day 0 is a Monday of January."""
    end_day: int
    """Last day that is seen."""
    pro: Ints | None = None
    rating: Floats | None = None
    """(n,) nan where none was given."""
    minutes_late: Floats | None = None

    def resample(self, n_clients: int, generator: np.random.Generator) -> "Observed":
        """As many clients, drawn with replacement, each with all visits."""
        starts = np.flatnonzero(np.r_[True, np.diff(self.client) != 0])
        lengths = np.diff(np.r_[starts, len(self.client)])
        drawn = generator.integers(0, len(starts), n_clients)
        ends = np.cumsum(lengths[drawn])
        rows = np.arange(ends[-1]) + np.repeat(starts[drawn] - (ends - lengths[drawn]), lengths[drawn])
        taken = self.only(rows)
        return replace(taken, client=np.repeat(np.arange(n_clients), lengths[drawn]))

    def only(self, rows: Ints | Floats | np.ndarray) -> "Observed":
        """Some of the rows."""
        optional = {
            name: None if (values := getattr(self, name)) is None else values[rows] for name in ("pro", "rating", "minutes_late")
        }
        return Observed(self.client[rows], self.day[rows], self.end_day, **optional)


def observed(visits: Visits, until_day: int) -> Observed:
    """The new clients of a file, up to a day."""
    rows = (visits.day <= until_day) & ~visits.left_censored[visits.client]
    # 1970-01-01 was a Thursday, 1969-12-29 a Monday
    return Observed(
        visits.client[rows],
        visits.day[rows] + 3,
        until_day + 3,
        visits.labels["pro"][rows] if "pro" in visits.labels else None,
        visits.numbers["rating"][rows] if "rating" in visits.numbers else None,
        visits.numbers["minutes_late"][rows] if "minutes_late" in visits.numbers else None,
    )


def _order(seen: Observed) -> Ints:
    """(n,) which visit of its client each one is, from 1."""
    starts = np.r_[True, np.diff(seen.client) != 0][: len(seen.client)]
    position = np.arange(len(seen.client))
    return position - np.maximum.accumulate(np.where(starts, position, 0)) + 1


def _next_gap(seen: Observed) -> Floats:
    """(n,) days to the client's next visit; inf where there is none."""
    gap = np.full(len(seen.client), np.inf)
    same = np.diff(seen.client) == 0
    gap[:-1][same] = np.diff(seen.day)[same]
    return gap


def ladder(seen: Observed, step: int, days: int = RETURN_DAYS) -> Floats:
    """Whether the next visit came within so many days of the ``step``-th, 1 or 0, of those followed that long."""
    rows = (_order(seen) == step) & (seen.day <= seen.end_day - days)
    return (_next_gap(seen)[rows] <= days).astype(float)


def second_gaps(seen: Observed, days: int = RETURN_DAYS) -> Floats:
    """Days to the second visit of those who came back within so many days and could be followed that long."""
    return gaps(seen.only(_order(seen) <= 2), days, first=True)


def gaps(seen: Observed, days: int = RETURN_DAYS, first: bool = False) -> Floats:
    """Gaps of at most so many days, from visits after which the client could be followed that long."""
    gap = _next_gap(seen)
    rows = (gap <= days) & (seen.day <= seen.end_day - days)
    return gap[rows & (_order(seen) == 1)] if first else gap[rows]


def visits_per_client(seen: Observed, days: int = YEAR_DAYS) -> Floats:
    """Visits of each client within so many days of the first, capped, of those followed that long."""
    order = _order(seen)
    first_day = seen.day[order == 1][np.cumsum(order == 1) - 1]
    rows = (first_day <= seen.end_day - days) & (seen.day <= first_day + days)
    counts = np.bincount(np.unique(seen.client[rows], return_inverse=True)[1])
    return np.minimum(counts, MOST_VISITS).astype(float)


def weekdays(seen: Observed) -> Floats:
    """Day of the week of each visit, 0 is Monday."""
    return (seen.day % 7).astype(float)


def months(seen: Observed) -> Floats:
    """Month of each visit, from 0, over whole years only, so that no month is counted more often than another."""
    start = int(seen.day.min()) if len(seen.day) else 0
    years = (seen.end_day - start + 1) // 365
    rows = seen.day > seen.end_day - 365 * years
    dates = (seen.day[rows] - 3).astype("datetime64[D]").astype("datetime64[M]").astype(np.int64)
    return (dates % 12).astype(float)


def pro_spread(seen: Observed) -> Spread:
    """The spread between pros of whether a new client came back within 183 days; nan throughout without pros or cases."""
    rows = np.zeros(len(seen.client), np.bool_)
    if seen.pro is not None:
        rows = (_order(seen) == 1) & (seen.day <= seen.end_day - RETURN_DAYS) & (seen.pro >= 0)
    if seen.pro is None or rows.sum() < FEWEST:
        return fit_spread(np.empty(0), np.empty(0))
    returned = _next_gap(seen)[rows] <= RETURN_DAYS
    return fit_spread(*tallies(returned, seen.pro[rows]))


def expected_visits(seen: Observed, like: Observed) -> float:
    """Visits of clients such as those seen, if they were as many, began and were followed as those of ``like``.

    The visits by age of a client since the first one, over those who are followed to that age: the same clients are counted on
    both sides for equally long, whoever arrives when. Ages that nobody seen reaches add nothing.
    """
    if not len(seen.client) or not len(like.client):
        return 0.0
    first = seen.day[_order(seen) == 1]
    ages = seen.day - np.repeat(first, np.diff(np.r_[np.flatnonzero(_order(seen) == 1), len(seen.day)]))
    longest = int(like.end_day - like.day.min())
    visits = np.bincount(np.minimum(ages, longest + 1), minlength=longest + 2)[: longest + 1]
    followed = np.bincount(np.clip(seen.end_day - first, 0, longest), minlength=longest + 1)[::-1].cumsum()[::-1]
    by_age = np.cumsum(visits / np.maximum(followed, 1))
    return float(by_age[like.end_day - like.day[_order(like) == 1]].sum())

"""What a team sees week by week of a rollout, by group: sums from which each metric's difference and its error follow.

A request belongs to the group and period of the experiment in which it was made, and to the week in which what became of it was
known, so that groups are alike but for the treatment at every look.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Literal, NamedTuple

import numpy as np

from sim.arrays import Flags, Floats, Ints
from sim.designs.base import OUTSIDE, Split
from sim.metrics.catalogue import Unit
from sim.metrics.cohort import SIX_MONTHS_DAYS, Cohort
from sim.metrics.retention import returned_within

PREFIX, EXPOSED = "watched_", "watched_exposed"
WEEK_DAYS = 7.0
SOON_DAYS = 28.0
"""Within which a second booking is known while a rollout still lasts."""
SUMS = ("n", "x", "y", "xx", "xy", "yy")
"""Of clients within a period: how many, sums of numerators and denominators, of their squares and products."""
COSTS = ("clients", "returned", "contribution_eur")
"""Of clients by the week in which they were first shown the treated arm: how many, how many of them booked again within 183 days,
and what they brought in that time."""


class Events(NamedTuple):
    """What a metric is the mean of, one entry each."""

    row: Ints
    """Of its request in ``bookings``."""
    known_days: Floats
    """When a team knew, in days of the run."""
    value: Floats


@dataclass(frozen=True)
class Watched:
    """A metric that can be watched while a rollout lasts."""

    events: Callable[[Cohort], Events]
    label: str
    """What a product manager calls it."""
    unit: Unit
    better: Literal["higher", "lower"]

    @property
    def name(self) -> str:
        """The fixed name: that of the function."""
        return self.events.__name__


def fill_rate(cohort: Cohort) -> Events:
    """Requests that a pro accepted, of those answered."""
    bookings = cohort.log.bookings
    known = np.where(cohort.booked, bookings["assigned_days"], bookings["closed_days"])
    rows = np.flatnonzero(np.isfinite(known))
    return Events(rows, known[rows], cohort.booked[rows].astype(float))


def cancelled_by_pro_share(cohort: Cohort) -> Events:
    """Bookings that a pro cancelled at least once, of those that have ended."""
    rows = _ended(cohort, "booked")
    return _closed(cohort, rows, cohort.log.bookings["cancellations_by_pros"][rows] > 0)


def no_show_share(cohort: Cohort) -> Events:
    """Bookings that the client missed, of those that have ended."""
    rows = _ended(cohort, "booked")
    return _closed(cohort, rows, cohort.log.bookings["outcome"][rows] == cohort.log.names["outcomes"].index("no_show"))


def late_share(cohort: Cohort) -> Events:
    """Completed sessions that began at least ``late_from_minutes`` late."""
    rows = _ended(cohort, "completed")
    return _closed(cohort, rows, cohort.log.bookings["minutes_late"][rows] >= cohort.log.facts["late_from_minutes"])


def mean_rating(cohort: Cohort) -> Events:
    """Stars (1 to 5) of the completed sessions that were rated."""
    rows = _ended(cohort, "completed")
    rows = rows[cohort.log.bookings["rating"][rows] > 0]
    return _closed(cohort, rows, cohort.log.bookings["rating"][rows])


def contribution_per_request_eur(cohort: Cohort) -> Events:
    """Contribution of requests that have ended, filled or not."""
    rows = np.flatnonzero(np.isfinite(cohort.log.bookings["closed_days"]))
    return _closed(cohort, rows, cohort.log.bookings["contribution_eur"][rows])


def return_rate_28d(cohort: Cohort) -> Events:
    """New clients with a second booking made within 28 days of their first request; known after as long."""
    clients = np.flatnonzero((cohort.first_row >= 0) & ~cohort.known)
    since = cohort.first_request_days[clients]
    return Events(cohort.first_row[clients], since + SOON_DAYS, returned_within(cohort, SOON_DAYS)[clients].astype(float))


def _ended(cohort: Cohort, what: Literal["booked", "completed"]) -> Ints:
    return np.flatnonzero(getattr(cohort, what) & np.isfinite(cohort.log.bookings["closed_days"]))


def _closed(cohort: Cohort, rows: Ints, values: Floats | Ints | Flags) -> Events:
    return Events(rows, cohort.log.bookings["closed_days"][rows], np.asarray(values, float))


WATCHED = (
    Watched(fill_rate, "Requests that a pro accepted", "share", "higher"),
    Watched(cancelled_by_pro_share, "Bookings cancelled by a pro", "share", "lower"),
    Watched(no_show_share, "Bookings missed by the client", "share", "lower"),
    Watched(late_share, "Sessions that began late", "share", "lower"),
    Watched(mean_rating, "Mean rating", "stars", "higher"),
    Watched(contribution_per_request_eur, "Contribution per request", "eur", "higher"),
    Watched(return_rate_28d, "New clients who book again within 28 days", "share", "higher"),
)
"""All that can be watched."""


def watched_metric(name: str) -> Watched:
    """The watched metric of that name.

    Raises
    ------
    KeyError
        There is none.
    """
    return {one.name: one for one in WATCHED}[name]


def shape_of(split: Split) -> tuple[int, int]:
    """Weeks (the last may be cut short) and periods of an experiment."""
    return int(-(-split.days // WEEK_DAYS)), split.groups.shares.shape[1]


def is_watched(split: Split) -> bool:
    """Whether an experiment is a rollout: clients differ, and how many are treated changes with time."""
    return split.randomises_clients and split.groups.shares.shape[1] > 1


def watched(cohort: Cohort, split: Split) -> dict[str, Floats]:
    """Sums of every watched metric, and the clients exposed.

    Returns
    -------
    dict
        By ``PREFIX`` and metric: flat (6, n_weeks, n_periods, 2) of ``SUMS`` by week known, period and group (control, treated) of
        the request. They are what each week adds: sums over weeks until one are those of clients within a period until then.
        ``EXPOSED``: flat (3, n_weeks), see ``COSTS``. Nothing for what is no rollout.
    """
    if not is_watched(split):
        return {}
    bookings = cohort.log.bookings
    period = split.periods(bookings["request_days"])
    inside = np.flatnonzero(period != OUTSIDE)
    group = np.full(len(period), OUTSIDE)
    group[inside] = split.of_requests(*(bookings[name][inside] for name in ("client", "zone", "request_days")))
    found = {PREFIX + one.name: _sums(cohort, split, one.events(cohort), period, group) for one in WATCHED}
    return found | {EXPOSED: _exposed(cohort, split, np.flatnonzero(group == 1))}


def _sums(cohort: Cohort, split: Split, events: Events, period: Ints, group: Ints) -> Floats:
    n_weeks, n_periods = shape_of(split)
    week = np.floor((events.known_days - split.start_days) / WEEK_DAYS).astype(np.int64)
    kept = (group[events.row] != OUTSIDE) & (week >= 0) & (week < n_weeks)
    row, week, value = events.row[kept], week[kept], events.value[kept]
    owner = (cohort.client[row] * n_periods + period[row]) * 2 + group[row]
    key, place = np.unique(owner * n_weeks + week, return_inverse=True)
    x, y = (np.bincount(place, part, len(key)) for part in (value, np.ones(len(value))))
    owner, week = key // n_weeks, key % n_weeks
    first = np.concatenate([[True], owner[1:] != owner[:-1]]) if len(owner) else np.zeros(0, bool)
    until_x, until_y = _within(np.asarray(x, float), first), _within(np.asarray(y, float), first)
    before_x, before_y = until_x - x, until_y - y
    added = (first, x, y, until_x**2 - before_x**2, until_x * until_y - before_x * before_y, until_y**2 - before_y**2)
    cell = (week * n_periods + owner // 2 % n_periods) * 2 + owner % 2
    return np.concatenate([np.bincount(cell, np.asarray(part, float), n_weeks * n_periods * 2) for part in added])


def _within(values: Floats, first: Flags) -> Floats:
    """Cumulative sums that begin anew at each ``first``."""
    total = np.cumsum(values)
    starts = np.flatnonzero(first)
    return total - np.repeat(total[starts] - values[starts], np.diff(np.append(starts, len(values))))


def _exposed(cohort: Cohort, split: Split, treated: Ints) -> Floats:
    n_weeks, _ = shape_of(split)
    bookings = cohort.log.bookings
    # rows are in order of request, so the first row of a client is the first exposure
    clients, place = np.unique(cohort.client[treated], return_index=True)
    since = np.full(cohort.n_clients, np.inf)
    since[clients] = bookings["request_days"][treated[place]]
    start = since[cohort.client]
    with np.errstate(invalid="ignore"):
        later = (bookings["assigned_days"] - start <= SIX_MONTHS_DAYS) & (bookings["request_days"] > start)
        earned = (bookings["closed_days"] - start <= SIX_MONTHS_DAYS) & (bookings["request_days"] >= start)
    returned = np.bincount(cohort.client[later], minlength=cohort.n_clients)[clients] > 0
    eur = np.bincount(cohort.client[earned], bookings["contribution_eur"][earned], cohort.n_clients)[clients]
    week = ((since[clients] - split.start_days) // WEEK_DAYS).astype(np.int64)
    return np.concatenate([np.bincount(week, part, n_weeks) for part in (np.ones(len(clients)), returned.astype(float), eur)])


def sums_until(curves: Mapping[str, Floats], name: str, shape: tuple[int, int]) -> Floats:
    """Sums of a metric until the end of each week, (6, n_weeks, n_periods, 2), of what ``watched`` kept."""
    return curves[PREFIX + name].reshape(len(SUMS), *shape, 2).cumsum(axis=1)


def exposed_until(curves: Mapping[str, Floats], n_weeks: int) -> Floats:
    """``COSTS`` until the end of each week, (3, n_weeks)."""
    return curves[EXPOSED].reshape(len(COSTS), n_weeks).cumsum(axis=1)

"""A simulated experiment as the tables that experiment platforms read: who was assigned when, and what happened to them since."""

import datetime as dt
from typing import NamedTuple

import numpy as np

from sim.arrays import Flags, Floats, Ints
from sim.designs.base import Split
from sim.log import RunLog
from sim.metrics.cohort import SIX_MONTHS_DAYS, Cohort
from sim.metrics.newcomers import PREFIX, newcomers

MONDAY = dt.datetime(2024, 1, 1, tzinfo=dt.UTC)
"""The first day of simulated time, any Monday."""
ASSIGNMENTS = ("experiment_id", "client_id", "variation", "first_exposure_at")
FACTS = ("client_id", "occurred_at", "event", "value")
EVENTS = {
    "request": "a request was made",
    "booking": "a pro accepted it",
    "second_booking": "the second booking of a client was made",
    "ended_booking": "a booking has ended, with a session or without",
    "cancelled_by_pro": "a booking that a pro had cancelled at least once has ended",
    "no_show": "the client missed the session",
    "session": "a session has ended",
    "first_session": "the session of a client's first request has ended",
    "late_session": "a session that had begun late has ended",
    "rating": "a session was rated; value: stars",
    "contribution": "a request has ended; value: what is left of it for the platform, in EUR",
}
"""What facts are about; the value is 1 where nothing else is said."""


class Platform(NamedTuple):
    """Rows of both tables, in order of time."""

    assignments: list[tuple[str, int, str, str]]
    facts: list[tuple[int, str, str, float]]


def stamps(days: Floats) -> list[str]:
    """Days of a run as ISO 8601 in UTC, to the second.

    Examples
    --------
    >>> stamps(np.array([0.0, 7.5]))
    ['2024-01-01T00:00:00Z', '2024-01-08T12:00:00Z']
    """
    seconds = np.rint(np.asarray(days) * 86_400).astype(np.int64)
    return [f"{(MONDAY + dt.timedelta(seconds=int(second))):%Y-%m-%dT%H:%M:%S}Z" for second in seconds]


def platform_tables(log: RunLog, split: Split, experiment: str, variations: tuple[str, str]) -> Platform:
    """Both tables of an experiment that assigns clients.

    The units are those that the lab judges designs by: clients whose first request was made while the experiment lasted. They
    are exposed by that request, and facts are of the 183 days from then on.

    Parameters
    ----------
    variations
        Of control and treated.
    """
    cohort = Cohort(log)
    found = newcomers(cohort, split)
    # the others have no part in the experiment
    part = found[PREFIX + "group"] >= 0
    clients, treated = (found[PREFIX + name][part].astype(np.int64) for name in ("client", "group"))
    start = found[PREFIX + "day"][part] + split.start_days
    order = np.lexsort((clients, start))
    exposed = zip(clients[order].tolist(), treated[order].tolist(), stamps(start[order]), strict=True)
    return Platform(
        [(experiment, client, variations[group], at) for client, group, at in exposed],
        _facts(cohort, clients, start),
    )


def _facts(cohort: Cohort, clients: Ints, start: Floats) -> list[tuple[int, str, str, float]]:
    bookings, names = cohort.log.bookings, list(EVENTS)
    since = np.full(int(clients.max(initial=-1)) + 1, np.inf)
    since[clients] = start
    client = bookings["client"]
    ours = np.flatnonzero((client < len(since)) & np.isin(client, clients))
    ended = cohort.booked & np.isfinite(bookings["closed_days"])
    completed = cohort.completed
    made = np.flatnonzero(cohort.booked)
    # by client, then by when it was made: the second of each
    made = made[np.lexsort((bookings["assigned_days"][made], client[made]))]
    second = np.zeros(len(client), bool)
    second[made[_is_second(client[made])]] = True
    one = np.ones(len(client))
    kinds: dict[str, tuple[Flags, Floats, Floats]] = {
        "request": (one > 0, bookings["request_days"], one),
        "booking": (cohort.booked, bookings["assigned_days"], one),
        "second_booking": (second, bookings["assigned_days"], one),
        "ended_booking": (ended, bookings["closed_days"], one),
        "cancelled_by_pro": (ended & (bookings["cancellations_by_pros"] > 0), bookings["closed_days"], one),
        "no_show": (bookings["outcome"] == cohort.log.names["outcomes"].index("no_show"), bookings["closed_days"], one),
        "session": (completed, bookings["closed_days"], one),
        "first_session": (completed & (bookings["need"] == 0), bookings["closed_days"], one),
        "late_session": (
            completed & (np.nan_to_num(bookings["minutes_late"]) >= cohort.log.facts["late_from_minutes"]),
            bookings["closed_days"],
            one,
        ),
        "rating": (bookings["rating"] > 0, bookings["closed_days"], bookings["rating"].astype(float)),
        "contribution": (np.isfinite(bookings["closed_days"]), bookings["closed_days"], bookings["contribution_eur"]),
    }
    parts: list[tuple[Ints, Floats, Ints, Floats]] = []
    for event, (flags, days, values) in kinds.items():
        rows = ours[flags[ours]]
        rows = rows[days[rows] - since[client[rows]] <= SIX_MONTHS_DAYS]
        parts.append((client[rows], days[rows], np.full(len(rows), names.index(event)), values[rows]))
    who, when, what, value = (np.concatenate(columns) for columns in zip(*parts, strict=True))
    order = np.lexsort((what, who, when))
    return list(
        zip(who[order].tolist(), stamps(when[order]), [names[kind] for kind in what[order]], value[order].tolist(), strict=True)
    )


def _is_second(owner: Ints) -> Flags:
    """Whether each entry of sorted owners is the owner's second one."""
    position = np.arange(len(owner)) - np.searchsorted(owner, owner)
    return position == 1

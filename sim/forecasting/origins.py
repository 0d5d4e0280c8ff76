"""Rolling origins inside the past: days at which one could have forecast, with what came after them."""

from dataclasses import dataclass

import numpy as np

from sim.arrays import Floats
from sim.bookings.visits import Visits
from sim.calibration.histories import WEEK_DAYS, Clock, Histories, calendar
from sim.forecasting.first_visits import known_clients

QUARTER_DAYS = 91
"""From one origin to the next, and the shortest horizon."""
MOST_ORIGINS = 8
FEWEST_AGAIN = 50
"""Clients with two visits below which nothing is learnt at an origin."""


@dataclass(frozen=True)
class Origin:
    """What was known before a day, and what happened from it on."""

    day: int
    """First day of the time ahead, since 1970-01-01."""
    until_day: int
    seen: Histories
    true: Floats
    """(n,) visits of each client in the time ahead."""
    ends: Floats
    """(n_weeks,) when each week of the time ahead ends, in weeks of the clock; the last may be a part of a week."""

    @property
    def weeks(self) -> float:
        """Of the time ahead, on the calendar."""
        return (self.until_day - self.day + 1) / WEEK_DAYS


def at_origin(needs: Visits, day: int, until_day: int, clock: Clock = calendar) -> Origin:
    """One origin: fit before ``day``, judged from then to ``until_day``."""
    seen = known_clients(needs, day - 1, clock)
    within = (needs.day >= day) & (needs.day <= until_day)
    true = np.bincount(needs.client[within], minlength=needs.n_clients)[seen.client].astype(float)
    return Origin(day, until_day, seen, true, week_ends(day, until_day, clock))


def week_ends(day: int, until_day: int, clock: Clock = calendar) -> Floats:
    """When each week from a day on ends, in weeks of the clock since the day before."""
    lasts = np.minimum(np.arange(day + 6, until_day + 7, 7), until_day)
    return np.asarray((clock(lasts) - clock(np.array([day - 1]))) / WEEK_DAYS)


def origin_days(needs: Visits, until_day: int, horizon_days: int) -> list[tuple[int, int]]:
    """First and last day of what follows each origin, the latest origin first; none that looks beyond ``until_day``.

    Every quarter before the end of the past is an origin as long as a quarter lies before it and 50 clients had come twice by
    then; it looks as far ahead as the forecast will, or to the end of the past.
    """
    found: list[tuple[int, int]] = []
    day = until_day + 1 - QUARTER_DAYS
    order = np.zeros(len(needs.client), np.int64)
    same = np.r_[False, np.diff(needs.client) == 0]
    position = np.arange(len(order))
    order = position - np.maximum.accumulate(np.where(same, 0, position))
    second = np.sort(needs.day[order == 1])
    while day - int(needs.day.min()) >= QUARTER_DAYS and len(found) < MOST_ORIGINS:
        if np.searchsorted(second, day) < FEWEST_AGAIN:
            break
        found.append((day, min(until_day, day + max(horizon_days, QUARTER_DAYS) - 1)))
        day -= QUARTER_DAYS
    return found

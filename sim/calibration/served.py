"""What a file and a run served: the share of requests that found a pro, visits a day, and how busy the pros were."""

import math
from dataclasses import dataclass

import numpy as np

from sim.bookings.columns import DONE
from sim.calibration.durations import booking_minutes
from sim.calibration.reader import Reader
from sim.calibration.supply import SLOT
from sim.calibration.team import RECENT_DAYS, overlapping, team_of_file
from sim.log import RunLog

FEWEST_DAYS = 28
"""Days after clients began together from which visits a day are taken: four weeks."""


@dataclass(frozen=True)
class Served:
    """Of one file, or one run after its warm-up."""

    fill_rate: float
    """Requests that a pro accepted, over all requests; nan without any."""
    visits_per_day: float
    """Visits that took place, of all clients, over days."""
    utilisation: float
    """Hours of these visits over hours worked; nan where hours are not known."""
    new_visits_per_day: float = math.nan
    """Visits of new clients over the days of a file; of a run, those of as many who begin as late and are followed as long."""


@dataclass(frozen=True)
class Flow:
    """Visits of all clients in the part of a file that stands for what goes on now."""

    per_day: float
    """nan where clients began together and too few days follow."""
    days: int
    cohort_days: int
    """Days within which nearly all new clients began; 0 where they came throughout."""


def recent_flow(reader: Reader) -> Flow:
    """Visits a day at the end of the file: in its last 52 weeks or, for clients who began together, after the last of them did.

    Whole weeks where there is at least one.
    """
    day, began = reader.done.day, reader.beginnings
    end = int(day.max())
    days = min(RECENT_DAYS, end - began.last_day)
    if began.days and days < FEWEST_DAYS:
        return Flow(math.nan, days, began.days)
    days = days // 7 * 7 or days
    return Flow(float((day > end - days).sum()) / days, days, began.days)


def served_in_file(reader: Reader, n_unfilled: int) -> Served:
    """What the file served, by the hours that its own bookings show.

    Parameters
    ----------
    n_unfilled
        Requests of the file that no pro accepted: they are no bookings.
    """
    n = len(reader.all.day)
    flow = recent_flow(reader)
    return Served(n / (n + n_unfilled), flow.per_day, _utilisation(reader, flow.days))


def _utilisation(reader: Reader, days: int) -> float:
    """Over the last days of the file; nan without pros or hours."""
    seen = team_of_file(reader)
    if seen is None or not seen.work.any():
        return math.nan
    end = reader.until_day
    begin = end - days + 1
    there = seen.days_there(begin, end)
    weekly = np.bitwise_count(seen.work).sum(axis=1) * (SLOT / 3600) * overlapping(reader, seen)
    rows = (reader.all.status == DONE) & (reader.all.labels["pro"] >= 0) & (reader.all.day >= begin)
    worked = float((weekly * there / 7).sum())
    return float(booking_minutes(reader)[rows].sum()) / 60 / worked if worked else math.nan


def served_in_run(log: RunLog) -> Served:
    """What a run served after its warm-up."""
    begin, end = log.facts["warmup_days"], log.facts["horizon_days"]
    bookings, pros = log.bookings, log.pros
    asked = bookings["request_days"] >= begin
    accepted = np.isfinite(bookings["assigned_days"][asked])
    done = bookings["outcome"] == log.names["outcomes"].index("completed")
    done &= (bookings["start_days"] >= begin) & (bookings["start_days"] < end)
    left = np.where(np.isfinite(pros["left_days"]), pros["left_days"], end)
    joined = np.where(np.isfinite(pros["joined_days"]), pros["joined_days"], end)
    there = np.maximum(np.minimum(left, end) - np.maximum(joined, begin), 0.0)
    worked = float((pros["weekly_hours"] * there / 7).sum())
    return Served(
        float(accepted.mean()) if len(accepted) else math.nan,
        float(done.sum()) / (end - begin),
        float(bookings["duration_hours"][done].sum()) / worked if worked else math.nan,
    )

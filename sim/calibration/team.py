"""What a file says about the team: how many pros there are at a time, when they work, what they do and where.

The market's pros are there throughout: the file shows who left and when, not why, and a market in which they leave for want of work
would contradict a file in which they stayed.
"""

import math

import numpy as np

from sim.arrays import Floats, Ints
from sim.bookings.columns import DONE
from sim.calibration.durations import booking_minutes
from sim.calibration.reader import Reader
from sim.calibration.supply import Booked, Team, team_of
from sim.config import SLOT_MINUTES, Market
from sim.said import Said, number, say

RECENT_DAYS = 364
"""The end of a file, in whole weeks, that stands for what goes on now."""
FEWEST_PROS = 4
"""A market without a column of pros has at least so many."""
ODD_SHARE = 0.0025
"""Share of starts that may lie before or after the hours of a whole team, each: exceptions, or typing errors."""
USUAL_OVERLAP = 0.95
"""A pro who has several bookings at once in more than this share of cases the other way round counts as several."""


def team(reader: Reader) -> None:
    """Numbers of the section ``pros``, and the zones."""
    names = reader.done.names.get("zone", ())
    used = np.unique(reader.all.labels["zone"]) if "zone" in reader.all.labels else np.empty(0, np.int64)
    n_zones = int((used >= 0).sum())
    no_zones = say("the file names no zones")
    reader.add("zones", max(n_zones, 1), say("zones with a booking, all alike: assumption") if n_zones else no_zones)
    seen = team_of_file(reader)
    reader.add("pros.leaving.enabled", False, _leaving(reader, seen))
    reader.add("pros.share_at_start", 1.0, say("a team as it is now, throughout: assumption, as for the arrivals"))
    if seen is None:
        reader.add("pros.zones_per_pro", max(n_zones, 1), say("no column: every pro goes everywhere") if n_zones else no_zones)
        _size_by_market(reader)
        _hours_of_all(reader)
        return
    many = overlapping(reader, seen)
    begin, end = int(reader.all.day.min()), reader.until_day
    recent = min(RECENT_DAYS, end - begin + 1)
    at_a_time = float((seen.days_there(end - recent + 1, end) * many).sum() / recent)
    source = say("there at a time in the last {days} days, of {n} pros; from first to last booking", days=recent, n=len(seen.pro))
    if (many > 1).any():
        source = say("{source}; {n} pros with bookings at the same time count as several", source=source, n=int((many > 1).sum()))
    reader.add("pros.n", max(round(at_a_time), 1), source)
    weight = seen.bookings.astype(float)
    low, high = _ends(seen.days.sum(axis=1), weight)
    reader.add("pros.work_days", [low, high], say("weekdays with bookings, of pros with nine tenths of all bookings"))
    if seen.work.any():
        _hours(reader, seen, weight)
    else:
        reader.miss("pros.work_hours, pros.start_hour", say("the file gives no time of day"))
    zones = seen.zones.sum(axis=1)
    if n_zones and len(names):
        mean = float(np.average(zones, weights=weight))
        reader.add("pros.zones_per_pro", min(max(round(mean), 1), n_zones), say("zones that a pro was booked in, on average"))
    else:
        reader.add("pros.zones_per_pro", 1, no_zones)
    n_services = int((seen.services.any(axis=0)).sum())
    if n_services > 1:
        extra = np.maximum(seen.services.sum(axis=1) - 1, 0) / (n_services - 1)
        share = say("services that a pro was booked for, beside the main one, on average")
        reader.add("pros.extra_service_share", min(float(np.average(extra, weights=weight)), 1.0), share)


def team_of_file(reader: Reader) -> Team | None:
    """The pros behind the file's bookings; None when it names none."""
    if "pro" not in reader.all.labels or not (reader.all.labels["pro"] >= 0).any():
        return None
    rows = np.flatnonzero(reader.all.labels["pro"] >= 0)
    hour = reader.all.hour[rows]
    labels = {
        name: (reader.all.labels[name][rows], len(reader.all.names[name]))
        for name in ("service", "zone")
        if name in reader.all.labels
    }
    booked = Booked(
        reader.all.labels["pro"][rows],
        reader.all.day[rows],
        np.where(np.isfinite(hour), np.floor(2 * np.nan_to_num(hour)), -1).astype(np.int64),
        np.ceil(booking_minutes(reader)[rows] / SLOT_MINUTES).astype(np.int64),
        labels,
    )
    return team_of(booked, int(reader.all.day.min()), reader.until_day)


def overlapping(reader: Reader, seen: Team) -> Ints:
    """How many clients each pro of the team has at a time, (n_pros,): 1 but for pros whose visits overlap as a rule."""
    done = reader.done
    minutes = booking_minutes(reader)[reader.all.status == DONE]
    begun = 1440.0 * done.day + 60 * done.hour
    order = np.lexsort((begun, done.labels["pro"]))
    order = order[np.isfinite(begun[order])]
    begins = np.searchsorted(done.labels["pro"][order], seen.pro)
    ends = np.searchsorted(done.labels["pro"][order], seen.pro, side="right")
    many = np.ones(len(seen.pro), np.int64)
    for i, (first, last) in enumerate(zip(begins, ends, strict=True)):
        mine = order[first:last]
        if len(mine):
            start = begun[mine]
            over = np.sort(start + minutes[mine])
            # those begun by then, less those that are over
            at_once = np.searchsorted(start, start, side="right") - np.searchsorted(over, start, side="right")
            many[i] = max(int(np.quantile(at_once, USUAL_OVERLAP, method="lower")), 1)
    return many


def opening_hours(weights: tuple[float, ...] | None, longest_minutes: int) -> tuple[int, int]:
    """First and last hour of a day between which visits lie, given the demand by hour of the start (24,)."""
    if weights is None:
        return 0, 24
    sums = np.cumsum(weights) / sum(weights)
    opens = int(np.searchsorted(sums, ODD_SHARE, side="right"))
    last = int(np.searchsorted(sums, 1 - ODD_SHARE - 1e-12, side="left"))
    # the last start is half an hour before the end of its hour
    return opens, min(math.ceil(last + 0.5 + longest_minutes / 60), 24)


def longest_usual(market: Market) -> int:
    """Minutes of the longest service that matters."""
    return max(service.duration_minutes for service in market.services if service.client_share > 0)


def _leaving(reader: Reader, seen: Team | None) -> Said:
    if seen is None:
        return say("the visits of the file are those that found a pro: so do the needs of the market that is fitted to it")
    left = int((seen.last_day >= 0).sum())
    if left:
        reader.miss(
            "pros.leaving", say("{n} of {all} pros left before the end; the file does not say why", n=left, all=len(seen.pro))
        )
        return say("the file shows who left, not that it was for want of work; the team is that of a time")
    return say("every pro of the file is there to its end")


def _size_by_market(reader: Reader) -> None:
    """As many pros as keep as busy as in the base market."""
    per_day = len(reader.done.day) / (reader.until_day - int(reader.done.day.min()) + 1)
    n = max(FEWEST_PROS, round(reader.base.pros.n / reader.base.clients.arrivals_per_day * per_day / 2.5))
    source = say(
        "no column: as many as keep as busy as in {market} with {n} visits a day",
        market=reader.base.name,
        n=number(per_day, ".2f"),
    )
    reader.add("pros.n", n, source)


def _hours_of_all(reader: Reader) -> None:
    """Without a column of pros everybody works the hours that hold the bookings, where the file has hours."""
    if any(finding.key == "requests.start_hour_weights" for finding in reader.found):
        market = reader.market()
        opens, closes = opening_hours(market.requests.start_hour_weights, longest_usual(market))
        source = say("no column: the hours that hold the file's starts")
        reader.add("pros.work_hours", [closes - opens, closes - opens], source)
        reader.add("pros.start_hour", [opens, opens], source)


def _hours(reader: Reader, seen: Team, weight: Floats) -> None:
    """Each pro's hours, rounded outwards to whole ones."""
    word = seen.work.max(axis=1)
    timed = word > 0
    opens = np.array([(int(bits) & -int(bits)).bit_length() - 1 for bits in word[timed]]) // 2
    closes = (np.array([int(bits).bit_length() for bits in word[timed]]) + 1) // 2
    source = say("between which nearly all of a pro's bookings lay, of pros with nine tenths of all bookings")
    first = _ends(opens, weight[timed])
    length = _ends(closes - opens, weight[timed])
    reader.add("pros.work_hours", [min(length[0], 24 - first[1]), length[1]], source)
    reader.add("pros.start_hour", list(first), source)


def _ends(values: Ints, weights: Floats) -> tuple[int, int]:
    """Between which values nine tenths of the weight lie."""
    order = np.argsort(values, kind="stable")
    sums = np.cumsum(weights[order]) / weights.sum()
    low, high = (int(values[order][min(int(np.searchsorted(sums, at)), len(values) - 1)]) for at in (0.05, 0.95))
    return low, high

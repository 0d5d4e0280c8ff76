"""Of each row: when it was, and its numbers; what cannot be read is refused, counted or left out."""

from dataclasses import replace
from zoneinfo import ZoneInfo

import numpy as np

from sim.arrays import Flags, Floats, Ints
from sim.bookings.amounts import read_amounts
from sim.bookings.cells import MOST_UNREADABLE, Cells
from sim.bookings.columns import NUMBERS
from sim.bookings.durations import read_minutes
from sim.bookings.instants import MISSING, UNTURNED, Instants, format_that_reads, read_instants
from sim.bookings.numbers import read_numbers
from sim.bookings.rows import DAY, FAR_DAYS, FIRST_DAY, LAST_DAY, ROWS, Issue, date_of, days
from sim.bookings.zones import HOUR, to_local
from sim.said import number, say


def _instant(reading: Cells, meaning: str, like: str | None = None, time: str | None = None) -> Instants:
    """A column of instants; ``like``: the format of another one, ``time``: meaning of the column with its times of day."""
    columns = reading.columns
    return read_instants(
        reading.column(meaning),
        reading.column(time) if time is not None and time in reading else None,
        date_format=columns.format_of(meaning),
        time_format=columns.format_of(time) if time is not None else None,
        timezone=columns.timezone,
        naive_timezone=columns.naive_timezone,
        heading=" ".join(reading.heading(name) for name in (meaning, time) if name is not None and name in reading),
        like=like,
    )


def instants_of(reading: Cells) -> tuple[Instants, Instants | None]:
    """Start and time of the request; the latter is None where the file has none."""
    start = _instant(reading, "date", time="time")
    asked = _instant(reading, "requested", start.format, "requested_time") if "requested" in reading else None
    if asked is not None and reading.columns.timezone is not None:
        start = _second_pass(start, asked, ZoneInfo(reading.columns.timezone))
    both = [found for found in (start, asked) if found is not None]
    unturned = all(UNTURNED in found.notes for found in both if found.timed)
    for meaning, found in (("date", start), ("requested", asked)):
        notes = () if found is None else [note for note in found.notes if unturned or note != UNTURNED]
        reading.warnings += [say("{column}: {note}", column=reading.heading(meaning), note=note) for note in notes]
    return start, asked


def _second_pass(start: Instants, asked: Instants, zone: ZoneInfo) -> Instants:
    """Starts in the hour that autumn repeats which are asked for after its first pass are in its second."""
    if not (start.timed and asked.timed):
        return start
    rows = np.flatnonzero(start.there & asked.there & (asked.utc > start.utc))
    later = start.utc[rows] + HOUR
    utc = start.utc.copy()
    utc[rows] = np.where((to_local(later, zone) == start.second[rows]) & (asked.utc[rows] <= later), later, start.utc[rows])
    return replace(start, utc=utc)


def numbers_of(reading: Cells, start: Instants) -> dict[str, Floats]:
    """Numeric columns, nan where empty or absurd; money back is no visit."""
    found = {}
    for name, (low, high) in NUMBERS.items():
        if name not in reading:
            continue
        column = reading.column(name)
        read = (
            read_minutes(column, heading=reading.heading(name))
            if name == "duration_minutes"
            else read_amounts(column, reading.columns.decimal_mark, reading.heading(name))
            if name == "price"
            else read_numbers(column, reading.columns.decimal_mark)
        )
        reading.judge(name, read.unreadable, say("taken as unknown"), f"; columns.{name}=null goes on without it")
        reading.warnings += [say("{column}: {note}", column=reading.heading(name), note=note) for note in read.notes]
        facts = [say("{column}: {note}", column=reading.heading(name), note=fact) for fact in read.facts]
        reading.issues += [Issue(fact, reading.n, ROWS) for fact in facts]
        values = read.values
        if name == "price":
            reading.leave("money_back", values < 0)
        absurd = (values < low) | (values > high)
        n = int((absurd & (reading.fate < 0)).sum())
        if n:
            what = say("{column} outside {low} to {high}", column=name, low=number(low), high=number(high))
            reading.issues.append(Issue(what, n, ROWS, say("value left out")))
        found[name] = np.where(absurd, np.nan, values)
    if "end" in reading and "duration_minutes" not in found:
        found["duration_minutes"] = _until_end(reading, start)
    return found


def _until_end(reading: Cells, start: Instants) -> Floats:
    """Minutes from start to end, nan where that is absurd; the end may be a time of the same day."""
    end = _instant(reading, "end", start.format)
    if end.unreadable.sum() > MOST_UNREADABLE * reading.n:
        end = _instant(reading, "date", time="end")
    reading.judge("end", end.unreadable, say("taken as unknown"), "; columns.end=null goes on without it")
    minutes = np.where((end.utc == MISSING) | (start.utc == MISSING), np.nan, (end.utc - start.utc) / 60)
    low, high = NUMBERS["duration_minutes"]
    return np.where((minutes < low) | (minutes > high), np.nan, minutes)


def settle_dates(reading: Cells, start: Instants, asked: Instants | None) -> Instants | None:
    """Leave rows out whose date cannot be used; the times of requests that can be used."""
    for meaning, found in (("date", start), ("requested", asked)):
        if found is not None:
            shown = _way_out(reading, meaning) if found.unreadable.any() else ""
            otherwise = None if meaning == "date" else say("taken as unknown")
            reading.judge(meaning, found.unreadable, otherwise, shown)
    absurd = _absurd(start)
    reading.leave("unreadable_date", start.unreadable)
    reading.leave("absurd_date", absurd)
    none = start.second == MISSING
    if asked is not None:
        wrong = _absurd(asked)
        n = int((wrong & (reading.fate < 0)).sum())
        if n:
            reading.issues.append(Issue(say("request before 1980 or after 2099"), n, ROWS, say("taken as unknown")))
        gone = np.where(wrong, MISSING, asked.second)
        asked = replace(asked, second=gone, utc=np.where(wrong, MISSING, asked.utc))
        none &= asked.second == MISSING
    reading.leave("no_date", none)
    day = days(start.second) if asked is None else np.where(asked.second == MISSING, days(start.second), days(asked.second))
    _leave_far(reading, day)
    return asked


def _way_out(reading: Cells, meaning: str) -> str:
    """The setting that reads a column of dates of which too much is unreadable; empty if there is none."""
    key = "columns.date_format" if meaning == "date" else f"columns.date_format.{meaning}"
    column = reading.column(meaning)
    reads = format_that_reads(column)
    if reads is not None:
        return f"; {key}={reads[0]!r} reads {reads[1]} of them"
    if reading.columns.format_of(meaning) is None:
        return ""
    n = int(read_instants(column).there.sum())
    return f"; {key}=null reads {n} of them" if n else ""


def _absurd(found: Instants) -> Flags:
    day = days(found.second)
    return np.asarray((found.second != MISSING) & ((day < FIRST_DAY) | (day >= LAST_DAY)))


def _leave_far(reading: Cells, day: Ints) -> None:
    """Leave rows out that lie beyond a hole from nearly all others; a hole between many is only said."""
    rows = np.flatnonzero(reading.fate < 0)
    there, counts = np.unique(day[rows], return_counts=True)
    holes = np.flatnonzero(np.diff(there) > FAR_DAYS)
    if not len(holes):
        return
    groups = np.add.reduceat(counts, np.r_[0, holes + 1])
    main = int(groups.argmax())
    first, last = there[np.r_[0, holes + 1][main]], there[np.r_[holes, len(there) - 1][main]]
    others = len(rows) - int(groups[main])
    if others <= max(1, MOST_UNREADABLE * len(rows)):
        reading.leave("far_off", (day < first) | (day > last))
        far = ", ".join(date_of(one) for one in there[(there < first) | (there > last)][:3])
        reading.warnings.append(say("{n} rows are far from all others, such as {day}: mistyped?", n=others, day=far))
    else:
        hole = holes[0]
        reading.warnings.append(
            say("no row from {first} to {last}: is it one file?", first=date_of(there[hole]), last=date_of(there[hole + 1]))
        )


def add_leads(numbers: dict[str, Floats], start: Instants, asked: Instants | None) -> None:
    """Days from request to start where the file has both; whole days where one is only a day."""
    if asked is None:
        return
    both = (start.second != MISSING) & (asked.second != MISSING)
    if start.timed and asked.timed:
        lead = (np.where(both, start.utc, 0) - np.where(both, asked.utc, 0)) / DAY
    else:
        lead = (days(np.where(both, start.second, 0)) - days(np.where(both, asked.second, 0))).astype(float)
    low, high = NUMBERS["lead_days"]
    known = both & (lead >= low) & (lead <= high)
    told = numbers.get("lead_days", np.full(len(lead), np.nan))
    numbers["lead_days"] = np.where(known, lead, told)

"""Rows of a file of bookings, each understood or left out for one reason: what visits and requests are both made of.

Nothing is repaired in silence. What is left out, merged or emptied is counted in a data-quality table; what cannot be told apart
from a mistake in the mapping is refused.
"""

import datetime as dt
import hashlib
import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from sim.arrays import Flags, Floats, Ints
from sim.bookings.amounts import read_amounts
from sim.bookings.columns import LABELS, LEFT_OUT, MEANINGS, NUMBERS, Columns
from sim.bookings.durations import read_minutes
from sim.bookings.identity import client_codes
from sim.bookings.instants import MISSING, UNTURNED, Instants, format_that_reads, read_instants
from sim.bookings.numbers import read_numbers
from sim.bookings.sheet import Sheet
from sim.bookings.sources.joined import FILE
from sim.bookings.texts import EMPTY
from sim.bookings.zones import HOUR, to_local
from sim.config import ConfigError
from sim.said import Said, number, say

DAY = 86400
EPOCH = dt.date(1970, 1, 1).toordinal()
FIRST_DAY, LAST_DAY = (dt.date(year, 1, 1).toordinal() - EPOCH for year in (1980, 2100))
"""Days outside are typing errors or placeholders, such as 1900-01-01."""
LONGEST_GAP_DAYS = 183
"""A stream of requests with a longer hole is two streams, or has a mistyped date."""
FAR_DAYS = 365
"""Few rows beyond a longer hole have a mistyped date."""
MANY = 50
"""Rows from which on chance does not make each client of a file come once: assumption."""
ROUNDED = re.compile(r"\d(?:[.,]\d+)?E\+\d{2}")
"""A long number that a spreadsheet shows with few of its digits."""
MOST_UNREADABLE = 0.02
"""A mapped column with a larger share of values that cannot be read is the wrong column, or is written in a way nobody knows."""

ROWS, DROPPED = say("rows"), say("left out")
REASONS: Mapping[str, Said] = {
    "total": say("a line of totals"),
    "value": say("a value that columns.left_out names"),
    "status": say("a status that is no booking"),
    "no_client": say("no client"),
    "anonymous": say("a client who stands for many, such as walk-ins"),
    "money_back": say("a negative amount: money back"),
    "no_date": say("no date"),
    "unreadable_date": say("a date that cannot be read"),
    "absurd_date": say("date before 1980 or after 2099"),
    "far_off": say("more than {days} days from the other rows", days=FAR_DAYS),
    "no_status": say("no status"),
    "duplicate": say("the same booking again"),
}
"""Why rows are left out, by the name that ``quality.json`` has; a row counts under the first that holds."""
TOTAL = re.compile(
    r"\W*(grand |sub-?)?\s*(totals?|totaux|summe|gesamt\w*|zwischensumme|sous-total|somme|totale|totaal|suma)\b.*", re.IGNORECASE
)


@dataclass(frozen=True)
class Issue:
    """One line of the data-quality table."""

    what: Said
    count: int
    unit: Said
    """What is counted."""
    treatment: Said | None = None
    """What was done; None: nothing."""


@dataclass(frozen=True)
class Rows:
    """All rows of a file, in its order."""

    client: Ints
    """(n,) codes, -1 where there is none."""
    start: Instants
    asked: Instants | None
    """When it was asked for; None: the file does not say."""
    status: Ints
    """(n,) position in ``MEANINGS``, -1 where the file does not say."""
    has_status: bool
    numbers: Mapping[str, Floats]
    """By name of ``NUMBERS``: (n,), nan where empty or absurd."""
    labels: Mapping[str, Ints]
    """By name of ``LABELS``: (n,) codes, -1 where empty."""
    names: Mapping[str, tuple[str, ...]]
    """Texts behind the codes of ``labels``; pros' are hashed unless ``columns.keep_ids``."""
    order: Ints | None
    """(n,) codes of the orders that rows are lines of, -1 where empty."""
    old: Flags
    """(n,) the file says that the client may be older than it."""
    fate: Ints
    """(n,) position in ``REASONS`` of why it is left out; -1: it is used."""
    issues: tuple[Issue, ...]
    warnings: tuple[Said, ...]
    """What to look at before the numbers are believed."""
    columns: Columns
    source: str
    """Name of the file or files, for messages."""

    @property
    def used(self) -> Flags:
        """(n,) not left out."""
        return self.fate < 0

    @property
    def lines(self) -> tuple[Issue, ...]:
        """The data-quality table with the warnings in it."""
        return (*self.issues, *(Issue(warning, len(self.client), ROWS) for warning in self.warnings))

    def left_out(self) -> dict[str, int]:
        """Rows by reason, those that occur."""
        counts = np.bincount(self.fate[self.fate >= 0], minlength=len(REASONS))
        return {reason: int(count) for reason, count in zip(REASONS, counts, strict=True) if count}


def date_of(day: int) -> str:
    """A day since 1970-01-01 as ``2018-12-31``."""
    return dt.date.fromordinal(int(day) + EPOCH).isoformat()


def day_of(date: str, key: str) -> int:
    """The day since 1970-01-01 of a date such as ``2018-12-31``.

    Raises
    ------
    ConfigError
        It is not a date; ``key`` is where it stood.
    """
    try:
        return dt.date.fromisoformat(date).toordinal() - EPOCH
    except (TypeError, ValueError):
        raise ConfigError(f"{key} = {date!r}, must be a date such as 2018-12-31") from None


def days(second: Ints) -> Ints:
    """Days since 1970-01-01 of wall-clock seconds; ``MISSING`` stays."""
    return np.where(second == MISSING, MISSING, second // DAY)


class _Reading:
    """Columns of one sheet by meaning, and what was met on the way."""

    def __init__(self, sheet: Sheet, columns: Columns) -> None:
        self.sheet, self.columns, self.n = sheet, columns, sheet.n_rows
        self.headings = {
            meaning: tuple(found_heading(sheet, meaning, name) for name in names) for meaning, names in columns.mapped().items()
        }
        self.issues: list[Issue] = [Issue(note, self.n, ROWS) for note in sheet.notes]
        self.warnings: list[Said] = []
        self.fate = np.full(self.n, -1)

    def __contains__(self, meaning: str) -> bool:
        return meaning in self.headings

    def column(self, meaning: str) -> pa.ChunkedArray:
        return self.sheet.columns[self.headings[meaning][0]]

    def text(self, meaning: str) -> pa.Array:
        """As text, trimmed, several columns joined by a space; empty where there is nothing."""
        parts = [as_text(self.sheet.columns[heading]) for heading in self.headings[meaning]]
        joined = parts[0] if len(parts) == 1 else pc.binary_join_element_wise(*parts, " ")
        if not pc.all(pc.string_is_ascii(joined)).as_py():
            # é may be one letter, or a letter and an accent
            joined = pc.utf8_normalize(joined, "NFC")
        return pc.utf8_trim_whitespace(joined)

    def heading(self, meaning: str) -> str:
        return " + ".join(self.headings[meaning])

    def leave(self, reason: str, rows: Flags) -> None:
        self.fate[rows & (self.fate < 0)] = list(REASONS).index(reason)

    def judge(self, meaning: str, unreadable: Flags, otherwise: Said | None, fix: str) -> None:
        """Refuse a column that cannot be read; count what cannot be read in one that can."""
        bad = unreadable & (self.fate < 0)
        n = int(bad.sum())
        if not n:
            return
        column = self.column(meaning)
        filled = int(((np.asarray(pc.fill_null(pc.utf8_length(as_text(column)), 0)) > 0) & (self.fate < 0)).sum())
        example = as_text(column)[int(np.flatnonzero(bad)[0])].as_py()
        if n > MOST_UNREADABLE * filled:
            raise ConfigError(
                f"columns.{meaning} = {self.heading(meaning)}: {n} of {filled} values of {self.sheet.name} cannot be read, such as"
                f" {example!r}, must be at most {MOST_UNREADABLE:.0%}{fix}"
            )
        if otherwise is not None:
            what = say("{column} that cannot be read, such as {example}", column=self.heading(meaning), example=example)
            self.issues.append(Issue(what, n, ROWS, otherwise))


def as_text(column: pa.ChunkedArray) -> pa.Array:
    """A column as texts (n,), null as empty; whole numbers without ``.0``, instants in ISO 8601."""
    array = pa.array([], column.type) if not column.num_chunks else column.combine_chunks()
    if isinstance(array, pa.ChunkedArray):
        array = pa.concat_arrays(array.chunks)
    if pa.types.is_floating(array.type):
        whole = pc.and_(pc.equal(pc.floor(array), array), pc.less(pc.abs(array), 2.0**53))
        if pc.all(pc.fill_null(whole, True)).as_py():
            array = pc.cast(array, pa.int64())
    return pc.fill_null(pc.cast(array, pa.string()), "")


def _plain(heading: str) -> str:
    return unicodedata.normalize("NFC", " ".join(heading.split()).casefold())


def found_heading(sheet: Sheet, meaning: str, name: str) -> str:
    """The heading that a mapping means: as written, else without regard to spaces and capitals, else by position."""
    there = list(sheet.columns)
    if name in there:
        return name
    alike = [heading for heading in there if _plain(heading) == _plain(name)]
    if len(alike) == 1:
        return alike[0]
    shown = [heading for heading in there if heading != FILE]
    if name.isdecimal() and 1 <= int(name) <= len(shown):
        return shown[int(name) - 1]
    raise ConfigError(f"columns.{meaning}: {name}, must be a column of {sheet.name}; there are: {', '.join(shown)}")


def codes_of(text: pa.Array) -> tuple[Ints, tuple[str, ...]]:
    """Texts (n,) as codes, -1 where empty, and the text behind each code, in the order of the texts: that of the rows is chance."""
    coded = text.dictionary_encode()
    order = pc.array_sort_indices(coded.dictionary)
    names = coded.dictionary.take(order).to_pylist()
    n_empty = int(bool(names) and names[0] == "")
    rank = np.empty(len(names) + 1, np.int64)
    rank[np.asarray(order)] = np.arange(len(names)) - n_empty
    rank[-1] = -1
    return rank[np.asarray(pc.fill_null(coded.indices, len(names)))], tuple(names[n_empty:])


def distinct(text: pa.Array, holds: Any) -> Flags:
    """(n,) a yes or no of each text, worked out once for each distinct one."""
    codes, names = codes_of(text)
    return np.array([*(bool(holds(name)) for name in names), False])[codes]


def read_rows(sheet: Sheet, columns: Columns) -> Rows:
    """Understand every row of a table.

    Raises
    ------
    ConfigError
        A mapped column is missing; more than 2 % of the values of one cannot be read; statuses without a meaning.
    """
    reading = _Reading(sheet, columns)
    client = _clients(reading)
    start, asked = _instants(reading)
    status = _statuses(reading)
    _leave_others(reading)
    numbers = _numbers(reading, start)
    asked = _dates(reading, start, asked)
    labels, names = {}, {}
    for name in LABELS:
        if name in reading:
            labels[name], names[name] = codes_of(reading.text(name))
    if not columns.keep_ids and "pro" in names:
        names["pro"] = hashed(names["pro"], names["pro"])
    reading.leave("no_client", client < 0)
    if columns.status is not None:
        reading.leave("no_status", status < 0)
    order = codes_of(reading.text("order"))[0] if "order" in reading else None
    old = distinct(reading.text("left_censored"), truth_of) if "left_censored" in reading else np.zeros(reading.n, np.bool_)
    _lead(numbers, start, asked)
    has_status = columns.status is not None or columns.constant_status is not None
    rows = Rows(
        client=client,
        start=start,
        asked=asked,
        status=status,
        has_status=has_status,
        numbers=numbers,
        labels=labels,
        names=names,
        order=order,
        old=old,
        fate=reading.fate,
        issues=(),
        warnings=(),
        columns=columns,
        source=sheet.name,
    )
    reading.leave("duplicate", _again(rows))
    if not rows.used.any():
        most, n = max(rows.left_out().items(), key=lambda item: item[1], default=("no_date", 0))
        raise ConfigError(f"data = {sheet.name!r}, holds no usable row: {n} with {REASONS[most]}")
    counted = [Issue(REASONS[reason], n, ROWS, DROPPED) for reason, n in rows.left_out().items()]
    first = Issue(say("rows in the file"), reading.n, ROWS)
    return replace(rows, issues=(first, *reading.issues, *counted), warnings=tuple(reading.warnings))


def truth_of(text: str) -> bool:
    """Whether a text says yes."""
    return text.casefold() in ("1", "1.0", "true", "yes", "y", "x", "oui", "ja", "si", "sim")


def hashed(names: Sequence[str], key: Sequence[str]) -> tuple[str, ...]:
    """Names that tell nobody apart from others by who they are, by a key that only the file gives."""
    secret = hashlib.blake2b("\0".join(key).encode(), digest_size=32).digest()
    return tuple(hashlib.blake2b(name.encode(), key=secret, digest_size=6).hexdigest() for name in names)


def _clients(reading: _Reading) -> Ints:
    """Codes of the clients; those who stand for many are left out."""
    codes, names = codes_of(reading.text("client"))
    _refuse_rounded(reading, codes, names)
    found = client_codes(codes, names)
    reading.warnings += found.warnings
    known = found.codes[found.codes >= 0]
    if len(known) >= MANY and len(np.unique(known)) == len(known):
        what = say("each row has a client of its own: is {column} the number of the booking?", column=reading.heading("client"))
        reading.warnings.append(what)
    total = np.zeros(reading.n, np.bool_)
    for meaning in ("client", "date", "pro", "service", "status"):
        if meaning in reading:
            total |= distinct(reading.text(meaning), TOTAL.fullmatch)
    date = distinct(reading.text("date"), lambda text: not TOTAL.fullmatch(text))
    # a service may be called so: a line of totals lacks a client or a date
    named = distinct(reading.text("client"), lambda text: not TOTAL.fullmatch(text))
    reading.leave("total", total & ~(date & named))
    reading.leave("anonymous", found.anonymous)
    return np.where(found.anonymous, -1, found.codes)


def _refuse_rounded(reading: _Reading, codes: Ints, names: Sequence[str]) -> None:
    """Refuse ids that a spreadsheet has rounded: different clients have the same one."""
    rounded = np.array([*(bool(ROUNDED.fullmatch(name)) for name in names), False])[codes]
    n, filled = int(rounded.sum()), int((codes >= 0).sum())
    if n > MOST_UNREADABLE * filled:
        raise ConfigError(
            f"columns.client = {reading.heading('client')}: {n} of {filled} values of {reading.sheet.name} have lost digits in a"
            f" spreadsheet, such as {names[codes[int(rounded.argmax())]]!r}, must be at most {MOST_UNREADABLE:.0%}: export the ids"
            " as texts"
        )


def _instant(reading: _Reading, meaning: str, like: str | None = None, time: str | None = None) -> Instants:
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


def _instants(reading: _Reading) -> tuple[Instants, Instants | None]:
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


def _statuses(reading: _Reading) -> Ints:
    """What became of each booking, -1 where the file does not say; rows whose status is no booking are left out."""
    columns = reading.columns
    status = np.full(reading.n, -1 if columns.status is not None else 0)
    if isinstance(columns.constant_status, str):
        status[:] = MEANINGS.index(columns.constant_status)
    elif columns.constant_status is not None:
        codes, files = (
            codes_of(as_text(reading.sheet.columns[FILE])) if FILE in reading.sheet.columns else (np.zeros(reading.n, int), ())
        )
        there = files or (reading.sheet.name,)
        for file, meaning in columns.constant_status.items():
            if file not in there:
                raise ConfigError(f"columns.constant_status.{file} = {meaning}, must be by file; there are: {', '.join(there)}")
            status[codes == there.index(file)] = MEANINGS.index(meaning)
    if "status" in reading:
        codes, names = codes_of(reading.text("status"))
        plain = {_plain(value): meaning for value, meaning in columns.statuses.items()}
        meant = [columns.statuses.get(name, plain.get(_plain(name.removesuffix(".0")))) for name in names]
        counts = np.bincount(codes[(codes >= 0) & (reading.fate < 0)], minlength=len(names))
        unknown = [
            f"{name!r} ({n} rows)"
            for name, meaning, n in zip(names, meant, counts, strict=True)
            if meaning is None and n and name.casefold() not in EMPTY
        ]
        if unknown:
            raise ConfigError(
                f"columns.statuses, must say what {reading.heading('status')} = {', '.join(unknown)} mean: {', '.join(MEANINGS)}"
            )
        found = np.array([*(-1 if meaning is None else MEANINGS.index(meaning) for meaning in meant), -1])[codes]
        empty = columns.statuses.get("")
        status = np.where(found >= 0, found, status if empty is None else MEANINGS.index(empty))
    n = int(((status < 0) & (reading.fate < 0)).sum())
    if "status" in reading and n > MOST_UNREADABLE * reading.n:
        what = say(
            "{column} is empty in {n} rows, which are no visits: statuses can say what an empty one means",
            column=reading.heading("status"),
            n=n,
        )
        reading.warnings.append(what)
    reading.leave("status", status == MEANINGS.index(LEFT_OUT))
    return status


def _leave_others(reading: _Reading) -> None:
    """Rows that the mapping says are no visit."""
    for heading, values in reading.columns.left_out.items():
        text = reading.text(f"left_out.{heading}")
        wanted = {_plain(value) for value in values}
        reading.leave("value", distinct(text, lambda name, wanted=wanted: _plain(name) in wanted))
        there = {_plain(name) for name in codes_of(text)[1]}
        for value in values:
            if _plain(value) not in there:
                reading.warnings.append(say("left_out: {column} = {value} is in no row", column=heading, value=value))


def _numbers(reading: _Reading, start: Instants) -> dict[str, Floats]:
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
        absurd = ((values < low) | (values > high)) & (reading.fate < 0)
        if absurd.any():
            what = say("{column} outside {low} to {high}", column=name, low=number(low), high=number(high))
            reading.issues.append(Issue(what, int(absurd.sum()), ROWS, say("value left out")))
        found[name] = np.where((values < low) | (values > high), np.nan, values)
    if "end" in reading and "duration_minutes" not in found:
        found["duration_minutes"] = _until_end(reading, start)
    return found


def _until_end(reading: _Reading, start: Instants) -> Floats:
    """Minutes from start to end, nan where that is absurd; the end may be a time of the same day."""
    end = _instant(reading, "end", start.format)
    if end.unreadable.sum() > MOST_UNREADABLE * reading.n:
        end = _instant(reading, "date", time="end")
    reading.judge("end", end.unreadable, say("taken as unknown"), "; columns.end=null goes on without it")
    minutes = np.where((end.utc == MISSING) | (start.utc == MISSING), np.nan, (end.utc - start.utc) / 60)
    low, high = NUMBERS["duration_minutes"]
    return np.where((minutes < low) | (minutes > high), np.nan, minutes)


def _dates(reading: _Reading, start: Instants, asked: Instants | None) -> Instants | None:
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


def _way_out(reading: _Reading, meaning: str) -> str:
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


def _leave_far(reading: _Reading, day: Ints) -> None:
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


def _lead(numbers: dict[str, Floats], start: Instants, asked: Instants | None) -> None:
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


def _again(rows: Rows) -> Flags:
    """(n,) used rows that are like an earlier one in every column that is mapped."""
    keys: list[Any] = [rows.client, rows.start.second, rows.status, *rows.labels.values()]
    keys += [] if rows.asked is None else [rows.asked.second]
    keys += [] if rows.order is None else [rows.order]
    keys += [np.nan_to_num(values, nan=-1e9) for values in rows.numbers.values()]
    used = np.flatnonzero(rows.used)
    keys = [key[used] for key in keys]
    order = np.lexsort(keys)
    same = np.ones(max(len(used) - 1, 0), np.bool_)
    for key in keys:
        same &= np.diff(key[order]) == 0
    again = np.zeros(len(rows.client), np.bool_)
    again[used[order[1:][same]]] = True
    return again

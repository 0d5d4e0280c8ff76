"""Texts that hold a date, a time of day or both, taken apart: ``3 janv. 2023 à 10h30``, ``2023-01-03T10:00:00+01:00``."""

import datetime as dt
import re
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from sim.arrays import Flags, Floats, Ints
from sim.bookings.texts import simple
from sim.bookings.zones import zone_named

CLOCK = r"\d{1,2}(?::\d{2}(?::\d{2})?|\.\d{2}(?:\.\d{2})?|\s?h(?:\s?\d{2})?(?:\s?m(?:in)?)?|\s?uhr)"
HALF = r"[ap]\.?\s?m\.?"
AFTER = rf"(?P<fraction>[.,]\d+)?\s*(?P<half>{HALF})?(?P<rest>(?:\s*[^\s\d.].*)?)$"
LINK = r"(?:(?:à|a las|at|um|om|alle|às|as|kl\.?|le|de|@|-|–)\s*)"
SHAPES = (
    # one of a program: digits and a T or a space
    rf"(?i)^(?P<date>\d[\d./-]*\d)(?:T|\s)(?P<clock>\d{{2}}:\d{{2}}(?::\d{{2}})?|\d{{4}}(?:\d{{2}})?){AFTER}",
    # one of a person: a date, perhaps a word, a time
    rf"(?i)^(?P<date>\D*\d.*?)(?:[\s,;]+{LINK}?|\s*@\s*)(?P<clock>{CLOCK}){AFTER}",
    rf"(?i)^(?P<date>\D*\d.*?)(?:[\s,;]+{LINK}?|\s*@\s*)(?P<clock>\d{{1,2}})(?P<fraction>)\s*(?P<half>{HALF})(?P<rest>(?:\s*[^\s\d.].*)?)$",
    # the time first
    rf"(?i)^(?P<clock>{CLOCK})(?P<fraction>)\s*(?P<half>{HALF})?(?P<rest>)\s*[,-]?\s+(?:(?:on|le|am|el|il)\s+)?(?P<date>.*\d.*)$",
)
"""How a text with a time can be made, the most common first."""
ALONE = (
    rf"(?i)^(?P<date>)(?P<clock>{CLOCK}){AFTER}",
    rf"(?i)^(?P<date>)(?P<clock>\d{{1,4}})(?P<fraction>)\s*(?P<half>{HALF})?(?P<rest>)$",
)
"""A time of day without a date."""
YEAR_AT_THE_END = r"^(\pL+,? \pL+\s+\d{1,2}) (\d{1,2}:\d{2}:\d{2})(?: ([A-Z]+|[+-]\d{4}))? (\d{4})$"
"""As a Unix shell writes it: ``Tue Jan 3 10:00:00 CET 2023``."""
UNTIL = re.compile(
    rf"^\s*(?:-|–|—|to|à|bis|until|a|/)\s*(\d{{1,2}})(?:[:.h]\s?(\d{{2}}))?(?::\d{{2}})?\s*({HALF})?$", re.IGNORECASE
)
BACKWARD = re.compile(r"^-\d{2}:\d{2}$")
WORDS = re.compile(r"^\s*(?:uhr|h|hrs|o'clock)\b", re.IGNORECASE)
FEW = 4
"""A column has at most so many offsets from UTC; more texts such as -11:00 are ends of visits."""


@dataclass(frozen=True)
class Moments:
    """Days, times of day and zones, as they are written."""

    days: Floats
    """(n,) since 1970-01-01; nan where they cannot be read."""
    seconds: Floats
    """(n,) of the day, up to 86400; nan where there is no time."""
    zone: Ints
    """(n,) position in ``zones``; -1: none is written."""
    zones: tuple[dt.tzinfo, ...]


@dataclass(frozen=True)
class Split:
    """Texts taken apart, before it is known in which order their dates are written."""

    date: Ints
    """(n,) position in ``dates``."""
    dates: list[str]
    seconds: Floats
    """(n,) of the day; nan where no time is written."""
    zone: Ints
    """(n,) position in ``zones``; -1: none is written."""
    zones: tuple[dt.tzinfo, ...]
    bad: Flags
    """(n,) with a time or a zone that cannot be."""
    halves: bool
    """Some times are before or after noon, with AM and PM."""


def zone_codes(words: list[str], where: Ints) -> tuple[Ints, list[dt.tzinfo], Flags]:
    """Zones by the texts (n_words,) that name them: by row (n,) its position, -1 without a text; the zones; whether it is known."""
    named = [zone_named(word.strip()) if word.strip() else None for word in words]
    zones = list(dict.fromkeys(zone for zone in named if zone is not None))
    code = np.array([-1 if zone is None else zones.index(zone) for zone in named], np.int64)
    known = np.array([not word.strip() or zone is not None for word, zone in zip(words, named, strict=True)], np.bool_)
    return code[where], zones, known[where]


def seconds_of(clock: str) -> float:
    """Seconds of the day of a time such as ``10:30``, ``10h30``, ``10.30`` or ``1030``; nan if there is no such time.

    Examples
    --------
    >>> seconds_of("10h30"), seconds_of("24:00"), seconds_of("25:00"), seconds_of("930")
    (37800.0, 86400.0, nan, 34200.0)
    """
    numbers = re.findall(r"\d+", clock)
    if len(numbers) == 1 and len(numbers[0]) > 2:
        digits = numbers[0].zfill(4 if len(numbers[0]) < 5 else 6)
        numbers = [digits[i : i + 2] for i in range(0, len(digits), 2)]
    hour, minute, second = (*map(int, numbers), 0, 0)[:3]
    seconds = 3600 * hour + 60 * minute + min(second, 59)
    return float(seconds) if minute < 60 and second < 62 and seconds <= 86400 else np.nan


def _coded(array: pa.Array) -> tuple[list[str], Ints]:
    coded = array.dictionary_encode()
    return [word or "" for word in coded.dictionary.to_pylist()], np.asarray(coded.indices).astype(np.int64)


def _typed_out(texts: pa.Array) -> pa.Array:
    """Texts of people with the signs of a keyboard, and the year beside the month."""
    plain = pa.array([simple(text) for text in texts.to_pylist()], pa.string())
    return pc.replace_substring_regex(plain, YEAR_AT_THE_END, r"\1 \4 \2 \3")


def _pieces(texts: pa.Array, shapes: tuple[str, ...]) -> dict[str, pa.Array]:
    """Date, clock, half and rest of texts (n,), each (n,); a text that has none of the shapes is all date."""
    names = ("date", "clock", "half", "rest")
    found = pc.extract_regex(texts, shapes[0])
    if not found.null_count:
        return {name: pc.struct_field(found, name) for name in names}
    nothing = pa.array([""] * len(texts), pa.string())
    pieces = {name: pc.fill_null(pc.struct_field(found, name), "") for name in names}
    left = np.flatnonzero(np.asarray(pc.is_null(found), bool))
    others = _typed_out(texts.take(pa.array(left)))
    for shape in (*shapes[1:], r"(?s)^(?P<date>.*)$"):
        found = pc.extract_regex(others, shape)
        fits = np.asarray(pc.is_valid(found), bool)
        if not fits.any():
            continue
        mask = np.zeros(len(texts), np.bool_)
        mask[left[fits]] = True
        has = [found.type.field(i).name for i in range(found.type.num_fields)]
        for name in names:
            new = pc.struct_field(found, name).filter(pa.array(fits)) if name in has else nothing[: int(fits.sum())]
            pieces[name] = pc.replace_with_mask(pieces[name], pa.array(mask), new)
        left, others = left[~fits], others.filter(pa.array(~fits))
    return pieces


def split(texts: pa.Array, time_only: bool = False) -> Split:
    """Take texts (n,) apart; none of them is null. ``time_only``: of a column of times of day, with or without a date.

    Examples
    --------
    >>> parts = split(pa.array(["3 janv. 2023 à 10h30", "1/3/2023 1:05 pm", "2023-01-03T10:00:00.5+01:00"]))
    >>> parts.dates, parts.seconds.tolist(), parts.zone.tolist()
    (['3 janv. 2023', '1/3/2023', '2023-01-03'], [37800.0, 47100.0, 36000.0], [-1, -1, 0])
    """
    pieces = _pieces(texts, (*ALONE, *SHAPES) if time_only else SHAPES)
    dates, date = _coded(pieces["date"])
    clocks, clock = _coded(pieces["clock"])
    halves, half = _coded(pieces["half"])
    rests, rest = _coded(pieces["rest"])
    rests = [WORDS.sub("", word).strip() for word in rests]
    seconds = np.array([seconds_of(word) if word else np.nan for word in clocks], np.float64)[clock]
    bad = np.isnan(seconds) & np.array([bool(word) for word in clocks], np.bool_)[clock]
    # the end of a visit, as in 10:00 - 11:00 AM
    ranged = len({word for word in rests if BACKWARD.match(word)}) > FEW
    ends = [UNTIL.match(word) if ranged or not BACKWARD.match(word) else None for word in rests]
    noon = np.array(["" if not word else word[0].lower() for word in halves])[half]
    end_noon = np.array([end[3][0].lower() if end and end[3] else "" for end in ends] or [""])[rest]
    end_second = np.array([60.0 * (60 * int(end[1]) + int(end[2] or 0)) if end else 0.0 for end in ends])[rest] % 43200
    borrowed = (noon == "") & (end_noon != "")
    flipped = np.where((seconds % 43200) <= end_second, end_noon, np.where(end_noon == "p", "a", "p"))
    noon = np.where(borrowed, flipped, noon)
    bad |= (noon != "") & (seconds >= 13 * 3600) & (noon == "a")
    early = (noon != "") & (seconds < 13 * 3600)
    seconds = np.where(early, seconds % 43200 + 43200 * (noon == "p"), seconds)
    zone, zones, known = zone_codes(["" if end else word for word, end in zip(rests, ends, strict=True)], rest)
    return Split(date, dates, seconds, zone, tuple(zones), bad | ~known, bool((noon != "").any()))


WRITTEN_CLOCK = re.compile(r"(\d{1,2})([:.h])(\d{2})(?:([:.])(\d{2})([.,]\d+)?)?(\s*)([ap]\.?\s?m\.?)?", re.IGNORECASE)
WRITTEN_ZONE = re.compile(r"(?<=%[MSf])(\s*)(?:Z|[+-]\d{2}(?::?\d{2})?)$")


def format_of_moment(text: str, date: str, date_form: str) -> str | None:
    """How a text is written, in the codes of ``strptime``, whose date and its format are known; None where the date is not first.

    Examples
    --------
    >>> format_of_moment("1/3/2023 1:05 pm", "1/3/2023", "%m/%d/%Y")
    '%m/%d/%Y %I:%M %p'
    """
    if not text.startswith(date):
        return None

    def codes(found: re.Match[str]) -> str:
        second = f"{found[4]}%S" + (f"{found[6][0]}%f" if found[6] else "") if found[4] else ""
        return f"{'%I' if found[8] else '%H'}{found[2]}%M{second}{found[7]}" + ("%p" if found[8] else "")

    clock = WRITTEN_CLOCK.sub(codes, text[len(date) :].replace("%", "%%"), count=1)
    return date_form + WRITTEN_ZONE.sub(r"\1%z", clock)

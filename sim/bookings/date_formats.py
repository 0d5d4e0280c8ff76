"""Dates and times read by a format in the codes of ``strptime``, many at once, with the names of months in any language."""

import datetime as dt
import re

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from sim.arrays import Ints
from sim.bookings.dates import days_of, whole_year
from sim.bookings.moments import Moments, zone_codes
from sim.bookings.month_names import month_of
from sim.config import ConfigError

WORD = r"\pL+\.?"
CODES = {
    **{"Y": r"\d{4}", "y": r"\d{2}", "m": r"\d{1,2}", "d": r"\d{1,2}", "b": WORD, "B": WORD, "a": WORD, "A": WORD},
    **{"H": r"\d{1,2}", "I": r"\d{1,2}", "M": r"\d{1,2}", "S": r"\d{1,2}", "f": r"\d{1,9}", "p": r"[ap]\.?\s?m\.?"},
    **{"z": r"Z|[+-]\d{2}(?::?\d{2})?", "Z": r"[A-Za-z/_]+"},
}
"""By code: what stands there."""
SHORTHANDS = {"%T": "%H:%M:%S", "%R": "%H:%M", "%F": "%Y-%m-%d", "%D": "%m/%d/%y", "%h": "%b", "%e": "%d", "%-": "%"}
PIECES = re.compile(r"%(.?)|\s+|[^%\s]+")


def _pattern(form: str, key: str) -> tuple[str, list[str]]:
    """A format as a regular expression, and its codes in order."""
    long = form
    for short, meaning in SHORTHANDS.items():
        long = long.replace(short, meaning)
    pattern, codes = "", []
    for piece in PIECES.finditer(long):
        code = piece[1]
        if code is None:
            pattern += r"\s+" if piece[0].isspace() else re.escape(piece[0])
        elif code == "%":
            pattern += "%"
        elif code in CODES and code not in codes:
            codes.append(code)
            pattern += f"(?P<{code}{len(codes)}>{CODES[code]})"
        else:
            rule = "each once" if code in codes else "such as %d/%m/%Y %H:%M"
            raise ConfigError(f"{key} = {form!r}: %{code}, must be made of {', '.join('%' + known for known in CODES)}, {rule}")
    return f"(?i)^{pattern}$", codes


def read_formatted(texts: pa.Array, form: str, key: str = "date_format") -> Moments:
    """Texts (n,) by one format.

    Parameters
    ----------
    texts
        Trimmed, none of them null.
    form
        Such as ``%d/%m/%Y %H:%M``; spaces stand for any number of spaces.
    key
        The setting that the format comes from, for messages.

    Returns
    -------
    Moments
        (n,) days are nan where the format cannot read the text, and 0 for a format of times of day.

    Raises
    ------
    ConfigError
        A code that is not understood or stands twice, or a format that has a part of a date but not all of it.

    Examples
    --------
    >>> read_formatted(pa.array(["3 janv. 1970 1:30 PM", "soon"]), "%d %b %Y %I:%M %p").days
    array([ 2., nan])
    """
    pattern, codes = _pattern(form, key)
    month_code = {"m", "b", "B"} & set(codes)
    year_code = {"Y", "y"} & set(codes)
    dated = [bool(year_code), bool(month_code), "d" in codes]
    timed = bool({"H", "I"} & set(codes))
    if not any((*dated, timed)) or (any(dated) and not all(dated)):
        raise ConfigError(f"{key} = {form!r}, must have a year, a month and a day, such as %d/%m/%Y, or a time, such as %H:%M")
    found = pc.extract_regex(texts, pattern)
    good = np.asarray(pc.is_valid(found), bool)

    def distinct(code: str) -> tuple[list[str], Ints]:
        coded = found.field(codes.index(code)).dictionary_encode()
        indices = np.asarray(pc.fill_null(coded.indices, 0)).astype(np.int64)
        return [word or "" for word in coded.dictionary.to_pylist()] or [""], indices

    def values(code: str) -> Ints:
        words, where = distinct(code)
        if code in ("b", "B"):
            return np.array([month_of(word.rstrip(".")) or 0 for word in words], np.int64)[where]
        if code == "p":
            return np.array([word[:1].lower() == "p" for word in words], np.int64)[where]
        return np.array([int(word or 0) for word in words], np.int64)[where]

    days = np.zeros(len(good))
    if all(dated):
        years = values(year_code.pop())
        days = days_of(whole_year(years) if "y" in codes else years, values(month_code.pop()), values("d"))
    seconds = np.full(len(good), np.nan)
    if timed:
        hour = values("H") if "H" in codes else values("I")
        if "p" in codes:
            fits = hour <= 12 if "I" in codes else np.ones(len(good), np.bool_)
            good &= fits & ((hour >= 1) | ("H" in codes))
            hour = np.where(hour <= 12, hour % 12 + 12 * values("p"), hour)
        minute, second = (values(code) if code in codes else np.zeros(len(good), np.int64) for code in ("M", "S"))
        good &= (hour <= 24) & (minute < 60) & (second < 62)
        seconds = (hour * 3600 + minute * 60 + np.minimum(second, 59)).astype(np.float64)
        good &= seconds <= 86400
    zone, zones = np.full(len(good), -1), list[dt.tzinfo]()
    for code in {"z", "Z"} & set(codes):
        words, where = distinct(code)
        zone, zones, known = zone_codes(words, where)
        good &= known
    good &= np.isfinite(days)
    return Moments(np.where(good, days, np.nan), np.where(good, seconds, np.nan), zone, tuple(zones))

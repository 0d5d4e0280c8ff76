"""Columns of times of day: typed, texts such as ``10:00 AM`` and ``10h30``, hours, and fractions of a day."""

import datetime as dt
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from sim.arrays import Flags, Floats, Ints
from sim.bookings.date_formats import read_formatted
from sim.bookings.moments import split
from sim.bookings.texts import texts_of
from sim.bookings.zones import DAY


@dataclass(frozen=True)
class Times:
    """A column of times of day."""

    seconds: Floats
    """(n,) of the day, up to 86400; nan where there is none."""
    zone: Ints
    """(n,) position in ``zones``; -1: none."""
    zones: tuple[dt.tzinfo, ...]
    unreadable: Flags
    """(n,) not empty, and no time of day."""


def _of_numbers(values: Floats) -> Floats:
    """Hours where all are at most 24 and some at least 1, digits such as 930 and 1430, or the fraction of a day."""
    day = np.mod(values, 1)
    if not (values >= 1).any() or (day > 0).any():
        # the time of a spreadsheet, perhaps with a day
        fraction = np.rint(day * DAY)
        return np.where((values >= 0) & ((values < 1) | (values > 100)), fraction, np.where(values <= 24, values * 3600, np.nan))
    if not (values > 24).any():
        return values * 3600
    hour, minute = np.divmod(values, 100)
    return np.where((hour < 24) & (minute < 60), hour * 3600 + minute * 60, np.nan)


def read_times(array: pa.Array, time_format: str | None = None, key: str = "time_format") -> Times:
    """Times of day of a column (n,), with the day left out where they have one.

    Raises
    ------
    ConfigError
        A format that cannot be understood; ``key`` is the setting that it comes from.

    Examples
    --------
    >>> read_times(pa.array(["10:00 AM", "10h30", "n/a", "soon"])).seconds.tolist()
    [36000.0, 37800.0, nan, nan]
    """
    kind = array.type
    n = len(array)
    if pa.types.is_time(kind) or pa.types.is_timestamp(kind) or pa.types.is_duration(kind):
        per_second = {"s": 1, "ms": 10**3, "us": 10**6, "ns": 10**9}[kind.unit]
        raw = array.cast(pa.int32()) if pa.types.is_time32(kind) else array.cast(pa.int64())
        whole = np.array(pc.fill_null(raw.cast(pa.int64()), 0)) // per_second % DAY
        seconds = np.where(np.asarray(pc.is_valid(array), bool), whole, np.nan)
        return Times(seconds, np.full(n, -1), (), np.zeros(n, np.bool_))
    if pa.types.is_integer(kind) or pa.types.is_floating(kind) or pa.types.is_decimal(kind):
        values = np.array(pc.fill_null(array.cast(pa.float64(), safe=False), np.nan), np.float64)
        seconds = _of_numbers(values)
        return Times(seconds, np.full(n, -1), (), np.isfinite(values) & np.isnan(seconds))
    texts = texts_of(array)
    if time_format is not None:
        read = read_formatted(texts.distinct, time_format, key)
        seconds, zone, zones = read.seconds, read.zone, read.zones
    elif len(texts.distinct) and pc.all(pc.match_substring_regex(texts.distinct, r"^(?:0?[.,]\d{3,}|\d{1,4})$")).as_py():
        values = np.asarray(pc.replace_substring(texts.distinct, ",", ".").cast(pa.float64()), np.float64)
        seconds, zone, zones = _of_numbers(values), np.full(len(values), -1), ()
    else:
        parts = split(texts.distinct, time_only=True)
        seconds, zone, zones = np.where(parts.bad, np.nan, parts.seconds), parts.zone, parts.zones
    return Times(texts.spread(seconds, np.nan), texts.spread(zone, -1), zones, texts.spread(np.isnan(seconds), False))

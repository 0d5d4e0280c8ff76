"""Dates and times that a program wrote as values or numbers: timestamps, days of a spreadsheet, epochs, digits without marks."""

import datetime as dt
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from sim.arrays import Flags, Floats, Ints
from sim.bookings.dates import days_of
from sim.bookings.zones import DAY, to_local, zone_named
from sim.said import Said, say

SERIALS = (29221.0, 73051.0)
"""Days since the end of 1899 of 1980 to 2099, as spreadsheets count them."""
SERIAL_1970 = 25569
EPOCHS = {"s": 1, "ms": 10**3, "µs": 10**6, "ns": 10**9}
WHOLE = (-1e18, 9e18)
"""Numbers beyond are no dates, and do not fit a whole number."""
EPOCH_SECONDS = (315_532_800, 4_102_444_800)
"""1980 to 2099, in seconds since 1970."""


@dataclass(frozen=True)
class Written:
    """A column as it is written, before any zone is turned into another."""

    second: Floats
    """(n,) wall-clock seconds since 1970-01-01; nan where there is none."""
    untimed: Flags
    """(n,) without a time of day."""
    zone: Ints
    """(n,) position in ``zones``; -1: none."""
    zones: tuple[dt.tzinfo, ...]
    unreadable: Flags
    utc: Floats | None = None
    """(n,) where the source gives it, and the wall clock is that of the one zone."""
    form: str | None = None
    """How it is written, in the codes of ``strptime``."""
    notes: tuple[Said, ...] = ()


def of_typed(array: pa.Array) -> Written:
    """Dates and timestamps."""
    kind = array.type
    n = len(array)
    no = np.zeros(n, np.bool_)
    none = np.full(n, -1)
    if pa.types.is_date(kind):
        days = np.array(pc.fill_null(array.cast(pa.date32()).cast(pa.int32()).cast(pa.float64()), np.nan), np.float64)
        return Written(days * DAY, ~no, none, (), no)
    raw = array.cast(pa.int64())
    there = np.asarray(pc.is_valid(raw), bool)
    seconds = np.asarray(pc.fill_null(raw, 0)).astype(np.int64) // {"s": 1, "ms": 10**3, "us": 10**6, "ns": 10**9}[kind.unit]
    zone = zone_named(kind.tz) if kind.tz else None
    wall = to_local(seconds, zone) if zone else seconds
    return Written(
        np.where(there, wall, np.nan),
        no,
        np.where(there, 0, -1) if zone else none,
        (zone,) if zone else (),
        no,
        np.where(there, seconds, np.nan) if zone else None,
    )


def read_stamps(values: Floats, whole: Ints) -> Written:
    """Numbers (n,), nan where there is none, and the same as whole numbers: days of a spreadsheet, epochs, or digits of a date."""
    n = len(values)
    second, zone = np.full(n, np.nan), np.full(n, -1)
    notes: list[Said] = []
    serial = (values >= SERIALS[0]) & (values < SERIALS[1])
    if serial.any():
        second[serial] = np.rint((values[serial] - SERIAL_1970) * DAY)
        notes.append(say("numbers are read as days since 1900, as spreadsheets count them"))
    for unit, per_second in EPOCHS.items():
        found = (whole >= EPOCH_SECONDS[0] * per_second) & (whole < EPOCH_SECONDS[1] * per_second)
        if found.any():
            second[found], zone[found] = whole[found] // per_second, 0
            notes.append(say("numbers are read as {unit} since 1970, in UTC", unit=unit))
    # 20230103, 202301031000 and 20230103100000
    for digits in (0, 4, 6):
        day, clock = np.divmod(whole, 10**digits)
        clock = clock if digits == 6 else clock * 100
        days = days_of(day // 10000, day // 100 % 100, day % 100)
        fits = (day >= 19800101) & (day < 21000101) & np.isfinite(days) & (clock // 10000 < 24) & (clock // 100 % 100 < 60)
        second[fits] = days[fits] * DAY + (clock // 10000 * 3600 + clock // 100 % 100 * 60 + clock % 100)[fits]
    return Written(second, np.zeros(n, np.bool_), zone, (dt.UTC,), np.isfinite(values) & np.isnan(second), notes=tuple(notes))


def of_numbers(array: pa.Array) -> Written:
    """A column of numbers, see ``read_stamps``; 0 stands for no date."""
    values = np.array(pc.fill_null(array.cast(pa.float64(), safe=False), np.nan), np.float64)
    values[values == 0] = np.nan
    exact = pa.types.is_integer(array.type)
    whole = (
        np.asarray(pc.fill_null(array, 0)).astype(np.int64)
        if exact
        else np.floor(np.clip(np.nan_to_num(values), *WHOLE)).astype(np.int64)
    )
    return read_stamps(values, whole)

"""Time zones: which one a text names, and wall-clock time there for many instants at once."""

import datetime as dt
import re
from functools import lru_cache
from zoneinfo import ZoneInfo

import numpy as np

from sim.arrays import Ints

DAY, HOUR, MINUTE = 86400, 3600, 60
FIRST, LAST = (int(dt.datetime(year, 1, 1, tzinfo=dt.UTC).timestamp()) for year in (1975, 2105))
"""Seconds between which changes of the clock are known; before and after, the clock stays as it is there."""
HOURS = {
    **{"Z": 0, "UTC": 0, "GMT": 0, "WET": 0, "WEST": 1, "BST": 1, "CET": 1, "MEZ": 1, "CEST": 2, "MESZ": 2, "EET": 2, "EEST": 3},
    **{"EST": -5, "EDT": -4, "CST": -6, "CDT": -5, "MST": -7, "MDT": -6, "PST": -8, "PDT": -7, "AKST": -9, "AKDT": -8, "HST": -10},
    **{"BRT": -3, "ART": -3, "SAST": 2, "MSK": 3, "SGT": 8, "AWST": 8, "JST": 9, "KST": 9, "AEST": 10, "AEDT": 11},
    **{"NZST": 12, "NZDT": 13},
}
"""Offset from UTC, by the abbreviation."""
PLACES = {"ET": "America/New_York", "CT": "America/Chicago", "MT": "America/Denver", "PT": "America/Los_Angeles"}
OFFSET = re.compile(r"(?:UTC|GMT)?\s*([+-])(\d{1,2})(?::?(\d{2}))?(?:\s*\(.*\)|\[.*\])?", re.IGNORECASE)
BRACKETED = re.compile(r"^[(\[]([^()\[\]]*)[)\]]$")
PLACE = re.compile(r"[A-Z][A-Za-z]+/[A-Za-z_/+-]+\d*")


@lru_cache(maxsize=1024)
def zone_named(text: str) -> dt.tzinfo | None:
    """The zone that a text such as ``+02:00``, ``Z``, ``CEST`` or ``[Europe/Paris]`` names; None if it names none.

    Examples
    --------
    >>> zone_named("GMT+0100 (Central European Standard Time)"), zone_named("soon")
    (datetime.timezone(datetime.timedelta(seconds=3600)), None)
    """
    name = BRACKETED.sub(r"\1", text.strip()).removesuffix("[UTC]")
    found = OFFSET.fullmatch(name)
    if found:
        minutes = 60 * int(found[2]) + int(found[3] or 0)
        return dt.timezone((-1 if found[1] == "-" else 1) * dt.timedelta(minutes=minutes)) if minutes <= 14 * 60 else None
    if name.upper() in HOURS:
        return dt.timezone(dt.timedelta(hours=HOURS[name.upper()]))
    place = PLACES.get(name, name)
    try:
        return ZoneInfo(place) if PLACE.fullmatch(place) else None
    except (KeyError, ValueError, OSError):
        return None


IN_HEADING = re.compile(r"(?:UTC|GMT)\s*[+-]\d{1,2}(?::?\d{2})?|[A-Z][a-z]+/[A-Z][A-Za-z_]+|[A-Za-z]+")


def zone_in(heading: str) -> dt.tzinfo | None:
    """The zone that the heading of a column names, such as ``Created (UTC)``, ``start_utc`` or ``Date (Europe/Paris)``.

    Examples
    --------
    >>> zone_in("start_utc"), zone_in("startUtc"), zone_in("Best time")
    (datetime.timezone.utc, datetime.timezone.utc, None)
    """
    words = heading if "/" in heading else re.sub(r"(?<=[a-z])(?=[A-Z])", " ", heading.replace("_", " "))
    for word in IN_HEADING.findall(words):
        # short words such as ET or MT are too common in headings, Z too
        if word.upper() in PLACES or len(word) < len("UTC"):
            continue
        zone = zone_named(word) if word.upper() in ("UTC", "GMT") or not word.islower() else None
        if zone is not None:
            return zone
    return None


@lru_cache(maxsize=64)
def _changes(zone: dt.tzinfo) -> tuple[Ints, Ints]:
    """When the clock of a zone changes, in seconds since 1970, and its offset in seconds before the first and after each."""

    def offset(second: int) -> int:
        ahead = dt.datetime.fromtimestamp(second, zone).utcoffset()
        return int(ahead.total_seconds()) if ahead else 0

    instants, offsets = [], [offset(FIRST)]
    if isinstance(zone, ZoneInfo):
        for second in range(FIRST, LAST, DAY):
            early, late = second, second + DAY
            if offset(late) == offsets[-1]:
                continue
            while late - early > 1:
                middle = (early + late) // 2
                early, late = (middle, late) if offset(middle) == offsets[-1] else (early, middle)
            instants.append(late)
            offsets.append(offset(second + DAY))
    return np.array(instants, np.int64), np.array(offsets, np.int64)


def to_local(utc: Ints, zone: dt.tzinfo) -> Ints:
    """Wall-clock seconds in a zone of instants in seconds since 1970.

    Examples
    --------
    >>> to_local(np.array([0]), zone_named("+02:00")).tolist()
    [7200]
    """
    instants, offsets = _changes(zone)
    return utc + offsets[np.searchsorted(instants, utc, side="right")]


def to_utc(local: Ints, zone: dt.tzinfo) -> Ints:
    """Instants of wall-clock seconds in a zone.

    The first of two where an hour is repeated; where one is skipped, as if the clock had not yet changed.

    Examples
    --------
    >>> to_utc(np.array([7200]), zone_named("+02:00")).tolist()
    [0]
    """
    instants, offsets = _changes(zone)
    walls = instants + np.maximum(offsets[:-1], offsets[1:])
    return local - offsets[np.searchsorted(walls, local, side="right")]

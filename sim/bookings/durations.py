"""Durations as people and tools write them, such as ``90 min``, ``1h30`` and ``01:30:00``, in minutes."""

import re

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from sim.bookings.numbers import Numbers, read_numbers, read_texts
from sim.bookings.texts import is_text, plain, simple, texts_of
from sim.said import Said, say

HOURS = r"h|hrs?|hours?|heures?|std\.?|stunden?|horas?|ore|ora|uur|uren|u"
MINUTES = r"m|mins?\.?|mn|minutes?|minuten?|minutos?|minuti|minuut|'"
SECONDS = r"s|secs?\.?|seconds?|secondes?|sekunden?"
DURATION = re.compile(
    rf"(?P<sign>-)?\s*(?:(?P<h>\d+(?:[.,]\d+)?)\s*(?:{HOURS}))?(?:\s*(?:and|et|und|y|e|en|,)?\s*(?P<m>\d+(?:[.,]\d+)?)\s*(?:{MINUTES}))?"
    rf"(?:\s*(?P<s>\d+)\s*(?:{SECONDS}))?",
    re.IGNORECASE,
)
HALF_PAST = re.compile(rf"(?P<sign>-)?\s*(?P<h>\d+)\s*(?:{HOURS})\s*(?P<m>\d{{1,2}})(?P<s>)", re.IGNORECASE)
CLOCK = re.compile(
    r"(?P<sign>-)?(?:0 days? )?(?P<h>\d{1,3}):(?P<m>[0-5]\d)(?::(?P<s>[0-5]\d)(?:[.,]\d+)?)?(?:\s*(?:h|hrs?|hours?))?",
    re.IGNORECASE,
)
ISO = re.compile(r"(?P<sign>-)?PT(?:(?P<h>\d+)H)?(?:(?P<m>\d+)M)?(?:(?P<s>\d+)(?:\.\d+)?S)?", re.IGNORECASE)
IN_HOURS = re.compile(r"(?:^|[^a-z])(?:hours?|hrs?|heures?|stunden|std|horas?|ore|h)(?:[^a-z]|$)", re.IGNORECASE)
IN_SECONDS = re.compile(r"(?:^|[^a-z])(?:seconds?|secs?|secondes?|sekunden)(?:[^a-z]|$)", re.IGNORECASE)


def _minutes(text: str) -> float:
    """A duration that names its units or has colons, in minutes; nan for anything else."""
    clean = simple(text)
    for pattern in (CLOCK, ISO, DURATION, HALF_PAST):
        found = pattern.fullmatch(clean)
        if found and any(found.group("h", "m", "s")):
            hours, minutes, seconds = (float((part or "0").replace(",", ".")) for part in found.group("h", "m", "s"))
            return (-1 if found["sign"] else 1) * (60 * hours + minutes + seconds / 60)
    return np.nan


def read_minutes(column: pa.ChunkedArray, decimal_mark: str | None = None, heading: str = "") -> Numbers:
    """Durations in minutes: ``90``, ``90 min``, ``1h30``, ``1 hour 30``, ``1:30`` (hours first), ``01:30:00``, ``PT1H30M``.

    Parameters
    ----------
    column
        Texts, numbers, or durations and times of day of a typed source.
    decimal_mark
        See ``read_numbers``.
    heading
        Of the column: plain numbers are minutes, unless it says hours or seconds.

    Examples
    --------
    >>> read_minutes(pa.chunked_array([["90", "1h30", "1:30"]])).values.tolist()
    [90.0, 90.0, 90.0]
    >>> read_minutes(pa.chunked_array([[1.5]]), heading="Duration (hours)").values.tolist()
    [90.0]
    """
    array = plain(column)
    kind = array.type
    if pa.types.is_duration(kind) or pa.types.is_time(kind):
        unit = {"s": 1, "ms": 10**3, "us": 10**6, "ns": 10**9}[kind.unit] * 60
        whole = array.cast(pa.int32() if pa.types.is_time32(kind) else pa.int64()).cast(pa.float64(), safe=False)
        values = np.array(pc.fill_null(whole, np.nan), np.float64) / unit
        return Numbers(values, np.zeros(len(values), np.bool_), ())
    notes: list[Said] = []
    factor = 1.0
    if IN_HOURS.search(heading):
        factor = 60.0
        notes.append(say("in hours, as the heading says"))
    elif IN_SECONDS.search(heading):
        factor = 1 / 60
        notes.append(say("in seconds, as the heading says"))
    if not is_text(kind):
        found = read_numbers(pa.chunked_array([array]))
        return Numbers(found.values * factor, found.unreadable, tuple(notes))
    texts = texts_of(array)
    spelled = np.array([_minutes(text) for text in texts.distinct.to_pylist()], np.float64)
    numbers = read_texts(texts, decimal_mark, (1.0, 1440.0))
    by_row = texts.spread(spelled, np.nan)
    told = np.isfinite(by_row)
    values = np.where(told, by_row, numbers.values * factor)
    plain_numbers = (np.isfinite(numbers.values) & ~told).any()
    return Numbers(values, numbers.unreadable & ~told, (*notes, *numbers.notes) if plain_numbers else ())

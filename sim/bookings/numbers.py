"""Amounts and scores as people and tools write them, such as ``€ 1.350,00``, ``(45.00)`` and ``4/5``."""

import re
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from sim.arrays import Flags, Floats, Ints
from sim.bookings.texts import Texts, plain, simple, texts_of
from sim.said import Said, number, say


@dataclass(frozen=True)
class Numbers:
    """A column of numbers."""

    values: Floats
    """(n,) nan where empty or unreadable."""
    unreadable: Flags
    """(n,) not empty, and no number."""
    notes: tuple[Said, ...]
    """How they are read, where they could mean something else."""
    facts: tuple[Said, ...] = ()
    """How they are written, where that is clear."""


FREE = frozenset(
    {"free", "gratis", "gratuit", "gratuite", "offert", "offerte", "kostenlos", "umsonst", "free of charge", "complimentary"}
)
CODES = (
    "EUR|USD|GBP|CHF|CAD|AUD|NZD|SGD|HKD|JPY|CNY|RMB|SEK|NOK|DKK|PLN|CZK|HUF|RON|BGN|TRY|ILS|AED|SAR|QAR|KWD|BHD|OMR|JOD|TND|MAD|DZD"
    "|EGP|ZAR|NGN|KES|GHS|XOF|XAF|XPF|INR|PKR|BDT|LKR|THB|VND|IDR|MYR|PHP|KRW|TWD|BRL|MXN|ARS|CLP|COP|PEN|UYU|RUB|UAH|RSD|ISK"
)
SIGNS = r"(?:[A-Z]{1,3})?[$€£¥₣₤₦₩₪₫₭₮₱₲₴₵₸₹₺₽₿₡฿﷼]|円|元|원|zł|kč|kr\.?|rs\.?|s?fr\.?|lei|ft|руб\.?|лв\.?|rm|rp\.?|dh|r|s/\.?"
WORDS = "euros?|(?:us |canadian |australian )?dollars?|pounds?|francs?|franken|reais|pesos?|kronor|kroner"
CURRENCY = f"{WORDS}|{CODES}|{SIGNS}"
UNIT = (
    r"days?|jours?|tagen?|tage?|d|j|stars?|[eé]toiles?|sternen?|sterne?|estrellas?|stelle|estrelas|/ ?5|out of 5|sur 5|von 5"
    r"|/-|t\.?t\.?c\.?|h\.?t\.?|inkl\. mwst\.?|incl\. vat"
)
SPLIT = re.compile(r"(\D*?)((?:(?<![^\W\d_])[.,])?\d(?:[\d., ']*\d)?[.,]?)(.*)", re.DOTALL)
BEFORE = re.compile(rf"(?P<open>\()?\s*(?P<sign>[-+])?\s*(?P<currency>{CURRENCY})?\s*(?P<inner>[-+])?\s*", re.IGNORECASE)
AFTER = re.compile(
    rf"(?P<power>e[-+]?\d{{1,2}})?\s*(?P<currency>{CURRENCY})?\s*(?:{UNIT})?\s*(?P<last>-)?\s*(?P<close>\))?"
    rf"\s*(?P<other>{CURRENCY})?",
    re.IGNORECASE,
)
GROUPED = r"(?:\d+|[1-9]\d{{0,2}}(?:(?P<group>[ '{other}])\d{{3}})(?:(?P=group)\d{{3}})*|[1-9]\d?(?:{other}\d{{2}})+{other}\d{{3}})"
BODIES = {
    mark: re.compile(rf"(?P<whole>{GROUPED.format(other=re.escape(other))})?(?:{re.escape(mark)}(?P<part>\d*))?")
    for mark, other in ((".", ","), (",", "."))
}
"""By decimal mark: a number whose digits may be grouped by the other mark, spaces or apostrophes."""
MARKS = {ord(mark): None for mark in ".,' "}
STARS = re.compile("([★⭐]*)[☆✩]*")


@lru_cache(maxsize=4096)
def _frame(before: str, after: str) -> tuple[float, str] | None:
    """What stands around the digits, as a factor and a currency; None where it belongs to no number."""
    left, right = BEFORE.fullmatch(before), AFTER.fullmatch(after)
    if left is None or right is None or bool(left["open"]) != bool(right["close"]):
        return None
    signs = [sign for sign in (left["open"], left["sign"], left["inner"], right["last"]) if sign]
    if len(signs) > 1:
        return None
    sign = -1.0 if signs and signs[0] != "+" else 1.0
    return sign * 10.0 ** int((right["power"] or "e0")[1:]), left["currency"] or right["currency"] or right["other"] or ""


def _read_body(body: str, mark: str) -> float:
    """Digits and marks as a number, by its decimal mark; nan if they cannot be that.

    Examples
    --------
    >>> _read_body("1.234.567,5", ","), _read_body("0.350", ",")
    (1234567.5, nan)
    """
    found = BODIES[mark].fullmatch(body)
    if found is None:
        return np.nan
    whole, part = found.group("whole", "part")
    return float(f"{(whole or '0').translate(MARKS)}.{part or '0'}")


@dataclass(frozen=True)
class _Readings:
    """What the distinct texts of a column can be."""

    point: Floats
    """(n_distinct,) with the point as the decimal mark; nan where it cannot be."""
    comma: Floats
    """(n_distinct,) with the comma as the decimal mark."""
    currency: NDArray[Any]
    """(n_distinct,) as written, empty without one."""
    marked: Flags
    """(n_distinct,) has a point or a comma."""


def _readings(distinct: list[str]) -> _Readings:
    point, comma = np.full(len(distinct), np.nan), np.full(len(distinct), np.nan)
    currency, marked = np.full(len(distinct), "", dtype=object), np.zeros(len(distinct), np.bool_)
    for i, text in enumerate(distinct):
        try:
            # the most common case, and no text with three digits after its mark
            if text[-4:-3] not in ".,":
                point[i] = float(text)
                marked[i] = "." in text
                comma[i] = np.nan if marked[i] else point[i]
                if np.isfinite(point[i]) and "_" not in text:
                    continue
        except ValueError:
            pass
        point[i] = comma[i] = np.nan
        # an apostrophe before it keeps a number a text in a spreadsheet
        clean = simple(text).removeprefix("'")
        if clean.lower() in FREE:
            point[i] = comma[i] = 0.0
            continue
        if text[0] in "★⭐☆✩" and (stars := STARS.fullmatch(text)):
            point[i] = comma[i] = len(stars[1])
            continue
        split = SPLIT.fullmatch(clean)
        if split is None:
            continue
        before, body, after = split.groups()
        # 45,- is 45 and no cents
        frame = _frame(before, after.lstrip("-") if body[-1] in ".," else after)
        if frame is None:
            continue
        factor, currency[i] = frame
        point[i], comma[i] = _read_body(body, ".") * factor, _read_body(body, ",") * factor
        marked[i] = "." in body or "," in body
    return _Readings(point, comma, currency, marked)


def _guessed_mark(found: _Readings, rows: Ints, distinct: list[str], within: tuple[float, float] | None) -> str:
    """The decimal mark of a column in which each mark has exactly three digits after it, such as ``1.350``."""
    either = np.isfinite(found.point) & np.isfinite(found.comma) & (found.point != found.comma)
    if within is not None:
        low, high = within
        fits = [rows[either & (values >= low) & (values <= high)].sum() for values in (found.point, found.comma)]
        if fits[0] != fits[1]:
            return "." if fits[0] > fits[1] else ","
    written = simple(distinct[int(np.flatnonzero(either)[0])])
    thousands = "," if "." in written else "."
    # a program that writes three decimals does so in every row, and without a currency; thousands leave small amounts unmarked
    machine = "." in written and not found.currency[either].any() and not (np.isfinite(found.point) & ~found.marked).any()
    return "." if machine else thousands


def read_texts(texts: Texts, decimal_mark: str | None, within: tuple[float, float] | None) -> Numbers:
    """The numbers of a column of texts, see ``read_numbers``."""
    distinct = texts.distinct.to_pylist()
    found = _readings(distinct)
    rows = texts.counts
    only_point = np.isfinite(found.point) & ~np.isfinite(found.comma)
    only_comma = np.isfinite(found.comma) & ~np.isfinite(found.point)
    either = np.isfinite(found.point) & np.isfinite(found.comma) & (found.point != found.comma)
    notes, facts = [], []
    n_point, n_comma = int(rows[only_point].sum()), int(rows[only_comma].sum())
    if decimal_mark is not None:
        values = found.point if decimal_mark == "." else found.comma
    else:
        mark = "." if n_point >= n_comma else ","
        if not n_point and not n_comma and either.any():
            mark = _guessed_mark(found, rows, distinct, within)
            i = int(np.flatnonzero(either)[0])
            value = number(found.point[i] if mark == "." else found.comma[i])
            notes.append(
                say(
                    "{text} is read as {value}: nothing shows which mark is the decimal one; decimal_mark sets it",
                    text=distinct[i],
                    value=value,
                )
            )
        elif n_point and n_comma:
            notes.append(
                say(
                    "point and comma are both decimal marks, in {point} and {comma} rows: each is read as it is",
                    point=n_point,
                    comma=n_comma,
                )
            )
        elif n_comma:
            facts.append(say("comma is the decimal mark"))
        first, second = (found.point, found.comma) if mark == "." else (found.comma, found.point)
        values = np.where(np.isfinite(first), first, second)
    signs = sorted(set(found.currency[np.isfinite(values)]) - {""})
    if len(signs) == 1:
        facts.append(say("written with the currency {sign}", sign=signs[0]))
    elif signs:
        notes.append(say("written in several currencies, read as if they were one: {signs}", signs=tuple(signs)))
    return Numbers(texts.spread(values, np.nan), texts.spread(~np.isfinite(values), False), tuple(notes), tuple(facts))


def read_numbers(column: pa.ChunkedArray, decimal_mark: str | None = None, within: tuple[float, float] | None = None) -> Numbers:
    """Numbers with or without a currency, grouped digits or a unit, in plain digits or in those of another script.

    Placeholders such as ``n/a`` are empty, ``free`` is 0. Amounts in brackets or with a minus before or after are negative.

    Parameters
    ----------
    column
        Texts, or numbers and booleans; anything else is read by its text.
    decimal_mark
        ``.`` or ``,``: a text that it cannot read is unreadable. None: found from all texts. A mark that comes once, after all
        others, or not before exactly three digits, is the decimal one; a mark that comes twice groups thousands.
    within
        Smallest and largest value that makes sense, for a column whose texts leave it open.

    Examples
    --------
    >>> read_numbers(pa.chunked_array([["€ 1.350,00", "32,50 €", "(45,-)", "n/a"]])).values.tolist()
    [1350.0, 32.5, -45.0, nan]
    """
    array = plain(column)
    kind = array.type
    if pa.types.is_integer(kind) or pa.types.is_floating(kind) or pa.types.is_decimal(kind) or pa.types.is_boolean(kind):
        source = array.cast(pa.int8()) if pa.types.is_boolean(kind) else array
        values = np.array(pc.fill_null(source.cast(pa.float64(), safe=False), np.nan), np.float64)
        values[~np.isfinite(values)] = np.nan
        return Numbers(values, np.zeros(len(values), np.bool_), ())
    return read_texts(texts_of(array), decimal_mark, within)

"""How values and differences of each unit are written, on charts and in the report."""

import math
from dataclasses import dataclass

from sim.metrics.catalogue import Unit

NOT_DEFINED = "–"
"""Stands for a number that is not defined."""


@dataclass(frozen=True)
class Writing:
    """How one unit is written."""

    factor: float
    """From stored values to written ones: shares are stored as fractions and written as percent."""
    name: str
    """Behind a value; empty for a bare number."""
    decimals: int
    difference_name: str
    """Behind a difference: a difference of two percentages is in percentage points."""
    difference_decimals: int


WRITINGS: dict[Unit, Writing] = {
    "share": Writing(100, "%", 1, "points", 2),
    "eur": Writing(1, "EUR", 2, "EUR", 2),
    "months": Writing(1, "months", 1, "months", 1),
    "days": Writing(1, "days", 0, "days", 1),
    "hours": Writing(1, "hours", 2, "hours", 2),
    "stars": Writing(1, "stars", 2, "stars", 2),
    "ratio": Writing(1, "", 2, "", 2),
    "number": Writing(1, "", 2, "", 3),
    "count": Writing(1, "", 0, "", 1),
}


def rounded(value: float, decimals: int, signed: bool = False) -> str:
    """A number with a fixed number of decimals, thousands separated; a dash for nan, and no sign on a rounded zero.

    Examples
    --------
    >>> rounded(1234.5, 1), rounded(0.126, 2, signed=True), rounded(-0.001, 2, signed=True), rounded(math.nan, 1)
    ('1,234.5', '+0.13', '0.00', '–')
    """
    if not math.isfinite(value):
        return NOT_DEFINED
    text = f"{value:{'+' if signed else ''},.{decimals}f}"
    if float(text.replace(",", "")) == 0:
        text = text.lstrip("+-")
    return text.replace("-", "−")


def signed(value: float, unit: Unit) -> str:
    """A difference without its unit: ``+0.63`` for .0063 of a share."""
    writing = WRITINGS[unit]
    return rounded(writing.factor * value, writing.difference_decimals, signed=True)


def signed_interval(low: float, high: float, unit: Unit) -> str:
    """The interval of a difference without its unit: ``[+0.14, +1.12]``; empty when there is none."""
    return f"[{signed(low, unit)}, {signed(high, unit)}]" if math.isfinite(low) and math.isfinite(high) else ""

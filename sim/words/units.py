"""How values and differences of each unit are written, on charts and in the report."""

import math
from collections.abc import Iterable
from dataclasses import dataclass

from sim.metrics.catalogue import Metric, Unit
from sim.said import Number, Said, say
from sim.words.language import manners, t, told, word, written

NOT_DEFINED = "–"
"""Stands for a number that is not defined."""
NO_CENTS_FROM_EUR = 1000


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


def figure(value: float, decimals: int, signed: bool = False) -> Number:
    """A number with a fixed number of decimals, thousands separated; a dash for nan, and no sign on a rounded zero."""
    if not math.isfinite(value):
        return Number(NOT_DEFINED)
    text = f"{value:{'+' if signed else ''},.{decimals}f}"
    if float(text.replace(",", "")) == 0:
        text = text.lstrip("+-")
    return Number(text.replace("-", "−"))


def rounded(value: float, decimals: int, signed: bool = False) -> str:
    """As ``figure``, in the current language.

    Examples
    --------
    >>> rounded(1234.5, 1), rounded(0.126, 2, signed=True), rounded(-0.001, 2, signed=True), rounded(math.nan, 1)
    ('1,234.5', '+0.13', '0.00', '–')
    """
    return told(figure(value, decimals, signed))


def whole(number: float) -> str:
    """A count, thousands separated: ``17,076``."""
    return rounded(number, 0)


def plain(value: float) -> str:
    """A number as short as it can be: ``0.05``, ``30``."""
    return written(f"{value:g}")


def brief(value: float) -> str:
    """A number with three significant digits, or as a whole one; no zeros at its end.

    Examples
    --------
    >>> brief(0.53217), brief(-1.5), brief(1278.4), brief(0.00012345)
    ('0.532', '−1.5', '1,278', '0.000123')
    """
    text = figure(value, max(2 - math.floor(math.log10(abs(value))), 0) if value and math.isfinite(value) else 0).text
    return written(text.rstrip("0").rstrip(".") if "." in text else text)


def percent(share: float) -> str:
    """A share of the configuration, as short as it can be: ``95 %`` for .95."""
    return with_unit(plain(100 * share), "%")


def amounts(unit: Unit, *values: float) -> tuple[str, ...]:
    """As ``figures``, in the current language.

    Examples
    --------
    >>> amounts("eur", 999.5), amounts("eur", 5542.61, 12.3), amounts("share", 0.287)
    (('999.50',), ('5,543', '12'), ('28.7',))
    """
    return tuple(map(told, figures(unit, *values)))


def figures(unit: Unit, *values: float, more: int = 0) -> tuple[Number, ...]:
    """Values that stand together, without their unit; money without cents when one of them is 1,000 or more.

    Parameters
    ----------
    more
        Decimals beyond the usual ones.
    """
    writing = WRITINGS[unit]
    decimals = _decimals(unit, writing.decimals + more, values)
    return tuple(figure(writing.factor * value, decimals) for value in values)


def _decimals(unit: Unit, decimals: int, values: Iterable[float]) -> int:
    """Cents say nothing beside thousands."""
    return 0 if unit == "eur" and any(round(abs(value), decimals) >= NO_CENTS_FROM_EUR for value in values) else decimals


def with_unit(number: str, name: str) -> str:
    """A number and the name of its unit, as in ``WRITINGS``, in the current language; the number alone without a name."""
    if not name or number == NOT_DEFINED:
        return number
    language = manners()
    return f"{number}{language.before_percent if name == '%' else language.before_unit}{t(name)}"


def unit_name(unit: Unit, difference: bool = False) -> str:
    """The name of a unit in the current language; empty for a bare number."""
    writing = WRITINGS[unit]
    return word(writing.difference_name if difference else writing.name)


def unit_said(unit: Unit, difference: bool = False) -> Said:
    """As ``unit_name``, to be told later."""
    return Said(WRITINGS[unit].difference_name if difference else WRITINGS[unit].name)


def label_said(shown: Metric) -> Said:
    """As ``label``, to be told later."""
    return Said(shown.label)


def label(shown: Metric) -> str:
    """What a product manager calls a metric, in the current language."""
    return word(shown.label)


def meaning(shown: Metric) -> str:
    """What a metric is, without what it is when undefined, which the notes of a page say in common words."""
    return word(shown.meaning.replace("``", "").partition(". ")[0].partition(";")[0].rstrip(".") + ".")


def shift(value: float, unit: Unit, *beside: float, more: int = 0) -> str:
    """A difference with its unit: ``+0.63 points`` for .0063 of a share; a dash for nan.

    Parameters
    ----------
    beside
        Numbers of the same unit that it stands with, and shares its decimals with.
    more
        Decimals beyond the usual ones.
    """
    return with_unit(signed(value, unit, *beside, more=more), WRITINGS[unit].difference_name)


def gap(value: float, unit: Unit) -> Said | Number:
    """A difference with its unit, to be told later: ``+0.63 points``."""
    writing = WRITINGS[unit]
    size = figure(writing.factor * value, _decimals(unit, writing.difference_decimals, (value,)), signed=True)
    return say("{number} {unit}", number=size, unit=unit_said(unit, difference=True)) if writing.difference_name else size


def signed(value: float, unit: Unit, *beside: float, more: int = 0) -> str:
    """A difference without its unit: ``+0.63`` for .0063 of a share.

    Examples
    --------
    >>> signed(-5542.61, "eur"), signed(12.3, "eur"), signed(12.3, "eur", 1500.0)
    ('−5,543', '+12.30', '+12')
    """
    writing = WRITINGS[unit]
    return rounded(writing.factor * value, _decimals(unit, writing.difference_decimals + more, (value, *beside)), signed=True)


def signed_interval(low: float, high: float, unit: Unit, *beside: float, more: int = 0) -> str:
    """The interval of a difference without its unit: ``[+0.14, +1.12]``; empty when there is none."""
    if not math.isfinite(low) or not math.isfinite(high):
        return ""
    return t("[{low}, {high}]", low=signed(low, unit, high, *beside, more=more), high=signed(high, unit, low, *beside, more=more))


def signed_with_interval(value: float, low: float, high: float, unit: Unit, named: bool = True, more: int = 0) -> str:
    """A difference with its interval: ``+0.63 points [+0.14, +1.12]``; a dash for nan.

    Parameters
    ----------
    named
        Whether the unit is written.
    more
        Decimals beyond the usual ones.
    """
    if not math.isfinite(value):
        return NOT_DEFINED
    number = shift(value, unit, low, high, more=more) if named else signed(value, unit, low, high, more=more)
    return f"{number} {signed_interval(low, high, unit, value, more=more)}".rstrip()


def decimals_to_tell(value: float, limit: float, unit: Unit) -> int:
    """How many more decimals than usual, 2 at most, it takes to see that a difference is not the limit beside it.

    Examples
    --------
    >>> [decimals_to_tell(value, 0.003, "share") for value in (0.003031, 0.0031, 0.003)]
    [1, 0, 0]
    """
    if value == limit:
        return 0
    for more in range(3):
        if signed(value, unit, more=more) != signed(limit, unit, more=more):
            return more
    return 2

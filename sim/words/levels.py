"""How a level is written: a value of a metric, or its mean over runs."""

import math

from sim.metrics.catalogue import Unit, metric
from sim.metrics.payback import BREAK_EVEN_MONTHS
from sim.statistics.comparison import Comparison, Summary
from sim.words.language import t
from sim.words.units import WRITINGS, amounts, with_unit

RESTRICTED = "months_to_break_even"
"""The metric whose mean is a restricted one: a run that does not get there within ``BREAK_EVEN_MONTHS`` counts as that."""


def value(number: float, unit: Unit) -> str:
    """A value with its unit: ``28.7 %`` for .287 of a share, ``23.36 EUR``; a dash for nan."""
    (text,) = amounts(unit, number)
    return with_unit(text, WRITINGS[unit].name)


def never_reached(name: str, mean: float) -> bool:
    """Whether a restricted mean is all restriction: no run got there in time."""
    return name == RESTRICTED and mean >= BREAK_EVEN_MONTHS


def level(name: str, mean: float, half_width: float) -> str:
    """Mean of a metric with its half-width and unit: ``28.7 ± 1.8 %``; without ``±`` when there is no interval, a dash for nan.

    A restricted mean that no run reached in time is ``not within 24 months``.
    """
    unit = metric(name).unit
    if never_reached(name, mean):
        return t("not within {n} months", n=BREAK_EVEN_MONTHS)
    if not math.isfinite(mean) or not math.isfinite(half_width):
        return value(mean, unit)
    number, half = amounts(unit, mean, half_width)
    return with_unit(f"{number} ± {half}", WRITINGS[unit].name)


def mean(row: Summary) -> str:
    """The mean of an arm, as ``level``."""
    return level(row.metric, row.mean, row.half_width)


def is_restricted(comparison: Comparison) -> bool:
    """Whether some run of some arm did not break even in time, so that the mean over runs is a restricted one."""
    return any((metrics[RESTRICTED] >= BREAK_EVEN_MONTHS).any() for metrics in comparison.values.values() if RESTRICTED in metrics)

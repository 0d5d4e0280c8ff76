"""When a new client has paid back what winning them has cost."""

import math
from collections.abc import Sequence

import numpy as np
from matplotlib.axes import Axes

from sim.charts import curves, style
from sim.statistics.comparison import Comparison
from sim.words.language import t
from sim.words.units import rounded

MONTHS = 24


def break_even_months(balance: Sequence[float]) -> float:
    """Where a line through the balance after 0, 1, 2, ... months first reaches zero; nan when it does not.

    Examples
    --------
    >>> break_even_months([-10.0, -4.0, 4.0])  # half way between month 1 and month 2
    1.5
    """
    for month, value in enumerate(balance):
        if value >= 0:
            before = balance[month - 1] if month else value
            return float(month) if value == before else month - value / (value - before)
    return math.nan


def plot_payback(comparison: Comparison, ax: Axes | None = None) -> Axes:
    """Mean cumulative contribution minus acquisition cost of a new client by month, with the month in which it reaches zero."""
    found = {arm: runs for arm in comparison.arms if (runs := curves.runs(comparison, arm, "payback")) is not None}
    even = {arm: break_even_months(curves.mean_and_band(comparison, runs)[0]) for arm, runs in found.items()}
    labels = [f"{style.short(arm)}: {_words(even[arm])}" for arm in found]
    ax = style.axes(ax, style.height_for(labels))
    style.dress(
        ax,
        t("When a new client has paid back their cost"),
        curves.replications(comparison),
        t("months since the first request"),
        t("balance, EUR per new client"),
    )
    if not found:
        style.say(ax, t("No client could be followed for 24 months."))
        return ax
    ax.axhline(0, color=style.INK, linewidth=1.2, zorder=1)
    drawn = []
    for arm, runs in found.items():
        drawn.append(curves.draw_curve(ax, comparison, arm, np.arange(runs.shape[1], dtype=np.float64), runs))
        if math.isfinite(even[arm]):
            (ring,) = ax.plot([even[arm]], [0], color=style.arm_style(comparison, arm).colour)
            ring.set(marker="o", markersize=9, markerfacecolor="none", markeredgewidth=2)
    ax.set_xlim(0, MONTHS)
    ax.set_xticks(range(0, MONTHS + 1, 6))
    style.legend_below(ax, drawn, labels)
    return ax


def _words(even: float) -> str:
    if math.isfinite(even):
        return t("breaks even in month {month}", month=rounded(even, 1))
    return t("not within {n} months", n=MONTHS)

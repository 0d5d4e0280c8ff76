"""When a new client has paid back what winning them has cost."""

import math
from collections.abc import Sequence

import numpy as np
from matplotlib.axes import Axes

from sim.charts import style
from sim.statistics.comparison import Comparison


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
    drawn = []
    means = {}
    for arm in comparison.arms:
        curves = style.runs(comparison, arm, "payback")
        if curves is not None:
            means[arm] = style.mean_and_band(comparison, curves)[0]
    labels = {arm: f"{style.short(arm)}: {_words(mean)}" for arm, mean in means.items()}
    ax = style.axes(ax, style.height_for(list(labels.values())))
    style.dress(
        ax,
        "When a new client has paid back the cost of winning them",
        style.replications(comparison),
        "months since the first request",
        "balance, EUR per new client",
    )
    if not means:
        style.say(ax, "No client could be followed for 24 months.")
        return ax
    ax.axhline(0, color=style.INK, linewidth=1.2, zorder=1)
    for arm in means:
        months = np.arange(len(means[arm]))
        curves = comparison.curves[arm]["payback"]
        line, mean = style.draw_curve(ax, comparison, arm, months, curves)
        drawn.append(line)
        even = break_even_months(mean)
        if math.isfinite(even):
            ax.plot([even], [0], marker="o", markersize=9, markerfacecolor="none", markeredgewidth=2, color=style.arm_style(comparison, arm).colour)
    ax.set_xlim(0, 24)
    ax.set_xticks(range(0, 25, 6))
    style.legend_below(ax, drawn, list(labels.values()))
    return ax


def _words(mean: Sequence[float]) -> str:
    even = break_even_months(mean)
    return f"breaks even in month {even:.1f}" if math.isfinite(even) else f"not within {len(mean) - 1} months"

"""When a new client has paid back what winning them has cost."""

import math

import numpy as np
from matplotlib.axes import Axes

from sim.charts import curves, style
from sim.metrics.payback import BREAK_EVEN_MONTHS, break_even_month
from sim.statistics.comparison import Comparison
from sim.words.language import t
from sim.words.levels import RESTRICTED, level, never_reached


def plot_payback(comparison: Comparison, ax: Axes | None = None) -> Axes:
    """Mean cumulative contribution minus acquisition cost of a new client by month, with the month in which it reaches zero."""
    found = {arm: runs for arm in comparison.arms if (runs := curves.runs(comparison, arm, "payback")) is not None}
    labels = [_words(comparison, arm) for arm in found]
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
        balance = np.array(curves.mean_and_band(comparison, runs)[0])
        if (balance >= 0).any():
            (ring,) = ax.plot([break_even_month(balance)], [0], color=style.arm_style(comparison, arm).colour)
            ring.set(marker="o", markersize=9, markerfacecolor="none", markeredgewidth=2)
    ax.set_xlim(0, BREAK_EVEN_MONTHS)
    ax.set_xticks(range(0, BREAK_EVEN_MONTHS + 1, 6))
    style.legend_below(ax, drawn, labels)
    return ax


def _words(comparison: Comparison, arm: str) -> str:
    """The arm with its months to break even, as the tables have them."""
    row = next((row for row in comparison.summaries if row.arm == arm and row.metric == RESTRICTED), None)
    if row is None:
        return style.short(arm)
    months = level(row.metric, row.mean, math.nan)
    if never_reached(row.metric, row.mean) or not math.isfinite(row.mean):
        return f"{style.short(arm)}: {months}"
    return t("{arm}: {months}, restricted mean", arm=style.short(arm), months=months)

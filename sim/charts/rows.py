"""Estimates with intervals, one a row: for any list of differences that is not a comparison of arms."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

from matplotlib.axes import Axes
from matplotlib.ticker import MaxNLocator

from sim.charts import style
from sim.charts.units import WRITINGS, signed, signed_interval
from sim.metrics.catalogue import metric

ROOM_FOR_INTERVAL = 38
"""Characters of a label beyond which the interval is drawn only."""


@dataclass(frozen=True)
class Row:
    """One estimate, in the unit of its metric."""

    label: str
    estimate: float
    low: float
    high: float
    clear: bool
    """Whether the interval excludes 0; drawn filled."""
    group: int = 0
    """Rows of a group share a colour."""


def plot_rows(rows: Sequence[Row], metric_name: str, title: str, note: str, ax: Axes | None = None) -> Axes:
    """Each estimate with its interval, on a line of its own below its name and numbers."""
    unit = metric(metric_name).unit
    writing = WRITINGS[unit]
    ax = style.axes(ax, 1.6 + 0.48 * max(len(rows), 2))
    style.dress(ax, title, note, writing.difference_name or "difference", "")
    if not rows:
        style.say(ax, "There is nothing to show.")
        return ax
    ax.axvline(0, color=style.CONTROL_COLOUR, linewidth=1.6, zorder=1)
    for y, row in enumerate(rows):
        colour = style.PALETTE[row.group % len(style.PALETTE)]
        defined = math.isfinite(row.estimate)
        numbers = signed(row.estimate, unit) if defined else "not defined"
        if defined and len(row.label) <= ROOM_FOR_INTERVAL:
            numbers += f" {signed_interval(row.low, row.high, unit)}"
        ax.annotate(
            f"{row.label}  {numbers}".replace("$", r"\$"),
            (0, y),
            xytext=(0, 7),
            xycoords=("axes fraction", "data"),
            textcoords="offset points",
            fontsize=style.SMALL_POINTS,
            color=style.INK,
            bbox={"facecolor": "white", "edgecolor": "none", "pad": 0.5},
            zorder=2,
        )
        if not defined:
            continue
        if math.isfinite(row.low):
            ax.plot([writing.factor * row.low, writing.factor * row.high], [y, y], color=colour, linewidth=2.2, zorder=3)
        face = colour if row.clear else "white"
        marker = style.MARKERS[row.group % len(style.MARKERS)]
        point = [writing.factor * row.estimate]
        ax.plot(point, [y], marker=marker, markersize=7.5, markeredgewidth=1.6, color=colour, markerfacecolor=face, zorder=4)
    ax.set_ylim(len(rows) - 0.6, -0.75)
    ax.margins(x=0.08)
    ax.xaxis.set_major_locator(MaxNLocator(6, steps=[1, 2, 2.5, 5, 10]))
    ax.set_yticks([])
    ax.spines["left"].set_visible(False)
    return ax

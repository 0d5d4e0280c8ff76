"""Estimates with intervals, one a row."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

from matplotlib.axes import Axes
from matplotlib.ticker import MaxNLocator

from sim.charts import style
from sim.metrics.catalogue import Unit, metric
from sim.words.language import t
from sim.words.units import WRITINGS, signed, signed_with_interval, unit_name

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
    look: style.ArmStyle | None = None
    """Colour and marker; None: those of the group."""


def plot_rows(rows: Sequence[Row], metric_name: str, title: str, note: str, ax: Axes | None = None) -> Axes:
    """Each estimate with its interval, on a line of its own below its name and numbers."""
    unit = metric(metric_name).unit
    ax = style.axes(ax, 1.6 + 0.48 * max(len(rows), 2))
    style.dress(ax, title, note, unit_name(unit, difference=True) or t("difference"), "")
    if not rows:
        style.say(ax, t("There is nothing to show."))
        return ax
    draw_rows(ax, rows, unit)
    return ax


def draw_rows(ax: Axes, rows: Sequence[Row], unit: Unit) -> None:
    """Draw the rows and the line at zero; name and numbers stand above each interval, where they cover no other."""
    ax.axvline(0, color=style.CONTROL_COLOUR, linewidth=1.6, zorder=1)
    for y, row in enumerate(rows):
        _draw_row(ax, row, unit, y)
    ax.set_ylim(len(rows) - 0.65, -0.75)
    ax.margins(x=0.08)
    ax.xaxis.set_major_locator(MaxNLocator(6, steps=[1, 2, 2.5, 5, 10]))
    ax.set_yticks([])
    ax.spines["left"].set_visible(False)


def _draw_row(ax: Axes, row: Row, unit: Unit, y: int) -> None:
    look, factor = row.look or style.policy_style(row.group), WRITINGS[unit].factor
    defined = math.isfinite(row.estimate)
    numbers = signed(row.estimate, unit) if defined else t("not defined")
    if defined and len(row.label) <= ROOM_FOR_INTERVAL:
        numbers = signed_with_interval(row.estimate, row.low, row.high, unit, named=False)
    style.name_row(ax, y, f"{style.short(row.label, 200)}  {numbers}", 8, 2)
    if not defined:
        return
    if math.isfinite(row.low):
        reach = [factor * row.low, factor * row.high]
        ax.plot(reach, [y, y], color=look.colour, linewidth=2.2, solid_capstyle="butt", zorder=3)
    ax.plot(
        [factor * row.estimate],
        [y],
        marker=look.marker,
        markersize=8,
        markeredgewidth=1.6,
        color=look.colour,
        markerfacecolor=look.colour if row.clear else "white",
        linestyle="none",
        zorder=4,
    )

"""Which settings no other beats: two objectives at a time, with intervals, and where named policies are."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from matplotlib.artist import Artist
from matplotlib.axes import Axes

from sim.arrays import Floats
from sim.charts import style
from sim.metrics.catalogue import metric
from sim.statistics.intervals import Interval
from sim.words.language import joined, t, tn, within_sentence
from sim.words.units import WRITINGS, label, unit_name

TRIED_COLOUR = "#a6a6a6"
MARKS = "abcdefghijklmnopqrstuvwxyz"
"""Letters of named policies, which are too many for names beside them."""


@dataclass(frozen=True)
class FrontMark:
    """A policy on the chart."""

    name: str
    x: Interval
    y: Interval
    """Differences to the control, in the metrics' own units."""
    setting: bool
    """Whether it was found by the search; a named policy otherwise."""
    recommended: bool = False
    today: bool = False


def plot_frontier(
    marks: Sequence[FrontMark],
    tried: Floats,
    x_name: str,
    y_name: str,
    control: str,
    limit: float | None = None,
    ax: Axes | None = None,
) -> Axes:
    """Policies on fresh random numbers, and all settings that were tried behind them.

    Parameters
    ----------
    marks
        With intervals of each alone; the control is the origin.
    tried
        (n_settings, 2) differences to the control as the search knows them, of the metrics along x and y.
    limit
        A guardrail on the metric along x, as a difference to the control; None: there is none.
    """
    settings, named = [one for one in marks if one.setting], [one for one in marks if not one.setting]
    labels = [t("setting, confirmed")] if settings else []
    labels += [t("recommended")] if any(one.recommended for one in marks) else []
    labels += [f"{MARKS[i]}: {style.short(one.name)}" + (f" ({t('today')})" if one.today else "") for i, one in enumerate(named)]
    ax = style.axes(ax, style.height_for(labels, 4.1))
    n = max((one.y.n for one in marks), default=0)
    (x_scale, x_unit), (y_scale, y_unit) = (_scaled(name) for name in (x_name, y_name))
    note = [t("differences to {control}", control=style.short(control))]
    note.append(t("crosses: 95 % intervals, {runs}", runs=tn("{n} replication", "{n} replications", n)))
    note.append(t("grey: all settings tried, as the search saw them"))
    x_label, y_label = label(metric(x_name)), label(metric(y_name))
    style.dress(
        ax,
        t("{gain}, against {cost}", gain=y_label, cost=within_sentence(x_label)),
        joined(note),
        f"{x_label} ({x_unit})" if x_unit else x_label,
        y_unit or t("difference"),
    )
    known = tried[np.isfinite(tried).all(axis=1)]
    ax.plot(x_scale * known[:, 0], y_scale * known[:, 1], ".", color=TRIED_COLOUR, markersize=4, zorder=1)
    handles: list[Artist] = []
    for one in marks:
        colour = style.PALETTE[0] if one.setting else style.INK
        ax.hlines(y_scale * one.y.estimate, x_scale * one.x.low, x_scale * one.x.high, color=colour, linewidth=0.9, zorder=2)
        ax.vlines(x_scale * one.x.estimate, y_scale * one.y.low, y_scale * one.y.high, color=colour, linewidth=0.9, zorder=2)
    if settings:
        handles += ax.plot(
            [x_scale * one.x.estimate for one in settings],
            [y_scale * one.y.estimate for one in settings],
            "o",
            color=style.PALETTE[0],
            markersize=5,
            zorder=3,
        )
    for one in marks:
        if one.recommended:
            at = [x_scale * one.x.estimate], [y_scale * one.y.estimate]
            handles += ax.plot(*at, "o", markersize=12, markerfacecolor="none", markeredgecolor=style.PALETTE[1], zorder=4)
    for i, one in enumerate(named):
        colour = style.PALETTE[1] if one.today else style.INK
        at = [x_scale * one.x.estimate], [y_scale * one.y.estimate]
        handles += ax.plot(*at, "s" if one.today else "D", color=colour, markersize=5, zorder=3)
        ax.annotate(
            MARKS[i], (at[0][0], at[1][0]), xytext=(4, 4), textcoords="offset points", fontsize=style.SMALL_POINTS, color=colour
        )
    ax.axhline(0, color=style.CONTROL_COLOUR, linewidth=0.8, zorder=0)
    if limit is not None:
        ax.axvline(x_scale * limit, color=style.INK, linewidth=1, linestyle=(0, (4, 3)), zorder=1)
    style.legend_below(ax, handles, labels)
    return ax


def _scaled(name: str) -> tuple[float, str]:
    """What differences of a metric are multiplied by, and their unit."""
    unit = metric(name).unit
    return WRITINGS[unit].factor, unit_name(unit, difference=True)

"""How two factors act together: a map of all cells, and lines that would be parallel if neither cared for the other."""

import math
from collections.abc import Sequence
from typing import Any

import numpy as np
from matplotlib import colormaps
from matplotlib.axes import Axes
from matplotlib.patches import Rectangle

from sim.charts import style
from sim.metrics.catalogue import Metric, Unit, metric
from sim.statistics.cells import CellMeans
from sim.statistics.intervals import Interval
from sim.words.language import configured, joined, t, tn
from sim.words.units import WRITINGS, amounts, label, plain, signed, unit_name

COLOURS = "cividis"
"""Runs from dark to light for every kind of colour vision."""
BEST_COLOUR = "#D55E00"
ROOM_FOR_INTERVALS, ROOM_FOR_NUMBERS = 6, 10
"""Columns beyond which cells have no room for half-widths, and for means."""


def plot_heat_map(cells: CellMeans, ax: Axes | None = None, against: str = "") -> Axes:
    """Mean of a metric at each pair of levels of two factors, with its half-width; cells that may be the best are framed.

    Parameters
    ----------
    cells
        Their metric is one of the names of ``METRICS``; shares are written in percent, the others in their own unit.
    against
        The arm that the means are differences to; empty for means of the metric itself.

    Raises
    ------
    KeyError
        There is no metric of that name.
    """
    shown = metric(cells.metric)
    n_rows, n_columns = cells.mean.shape
    ax = style.axes(ax, 1.7 + 0.5 * n_rows)
    name = unit_name(shown.unit, difference=bool(against))
    style.dress(
        ax, _title(shown, against), _small_print(cells, n_columns), factor_label(cells.factor_b), factor_label(cells.factor_a)
    )
    if name:
        ax.set_xlabel(
            t("{factor}   (cells in {unit})", factor=factor_label(cells.factor_b), unit=name), fontsize=style.LABEL_POINTS
        )
    there = cells.mean[np.isfinite(cells.mean)]
    low, high = (float(there.min()), float(there.max())) if len(there) else (0.0, 0.0)
    colours = colormaps[COLOURS]
    for i in range(n_rows):
        for j in range(n_columns):
            mean = float(cells.mean[i, j])
            height = 0.5 if high == low else (mean - low) / (high - low)
            colour = colours(height) if math.isfinite(mean) else style.RULE
            ax.add_patch(Rectangle((j - 0.5, i - 0.5), 1, 1, facecolor=colour, edgecolor="white", linewidth=1, zorder=2))
            if cells.may_be_best[i, j] and not cells.may_be_best.all():
                frame = Rectangle((j - 0.44, i - 0.42), 0.88, 0.84, fill=False, edgecolor=BEST_COLOUR, linewidth=2.4, zorder=3)
                ax.add_patch(frame)
            ink = style.INK if not math.isfinite(mean) or height > 0.45 else "white"
            words = _cell(cells, shown.unit, i, j, bool(against))
            ax.text(j, i, words, ha="center", va="center", fontsize=style.SMALL_POINTS, color=ink, linespacing=1.1, zorder=4)
    ax.set_xlim(-0.5, n_columns - 0.5)
    ax.set_ylim(-0.5, n_rows - 0.5)
    ax.set_xticks(range(n_columns), [level_label(level) for level in cells.levels_b])
    ax.set_yticks(range(n_rows), [level_label(level) for level in cells.levels_a])
    ax.tick_params(length=0)
    ax.grid(visible=False)
    ax.spines[:].set_visible(False)
    return ax


def plot_interaction(cells: CellMeans, ax: Axes | None = None, against: str = "") -> Axes:
    """Mean of a metric over the levels of one factor, a line for each level of the other, with intervals.

    Parameters
    ----------
    cells
        As for ``plot_heat_map``; the first factor goes along the axis, the second has the lines.
    against
        As for ``plot_heat_map``.

    Raises
    ------
    KeyError
        There is no metric of that name.
    """
    shown = metric(cells.metric)
    writing = WRITINGS[shown.unit]
    labels = [f"{factor_label(cells.factor_b)} {level_label(level)}" for level in cells.levels_b]
    ax = style.axes(ax, style.height_for(labels))
    note = joined([_runs(cells, t("bars")), t("lines that are not parallel: the factors act together")])
    name = unit_name(shown.unit, difference=bool(against))
    style.dress(ax, _title(shown, against), note, factor_label(cells.factor_a), name or t("mean"))
    handles = []
    n_lines, x = len(labels), np.arange(len(cells.levels_a), dtype=float)
    for j, one in enumerate(labels):
        colour, marker = style.PALETTE[j % len(style.PALETTE)], style.MARKERS[j % len(style.MARKERS)]
        # side by side, so that no interval hides another
        beside = x + 0.06 * (j - (n_lines - 1) / 2)
        mean, low, high = (writing.factor * part[:, j] for part in (cells.mean, cells.low, cells.high))
        dashes = ("-", "--", "-.", ":")[j // len(style.PALETTE) % 4]
        (line,) = ax.plot(beside, mean, color=colour, marker=marker, markersize=6, linestyle=dashes, linewidth=1.8, label=one)
        ax.vlines(beside, low, high, color=colour, linewidth=1.4)
        handles.append(line)
    ax.set_xticks(x, [level_label(level) for level in cells.levels_a])
    ax.margins(x=0.08)
    if not np.isfinite(cells.mean).any():
        style.say(ax, t("The metric is not defined at any point."))
        return ax
    style.legend_below(ax, handles, labels)
    return ax


def plot_levels(
    metric_name: str, factor: str, levels: Sequence[Any], means: Sequence[Interval], ax: Axes | None = None, against: str = ""
) -> Axes:
    """Mean of a metric at each level of one factor, each with its own interval.

    Parameters
    ----------
    metric_name
        One of the names of ``METRICS``.
    factor
        Key of the configuration, which names the axis.
    levels, means
        As many of one as of the other, in order.
    against
        As for ``plot_heat_map``.

    Raises
    ------
    KeyError
        There is no metric of that name.
    """
    shown = metric(metric_name)
    writing = WRITINGS[shown.unit]
    ax = style.axes(ax)
    n = max((mean.n for mean in means), default=0)
    if n > 1:
        note = t("mean of {n} replications, {mark}: 95 % interval of each alone", n=n, mark=t("bars"))
    else:
        note = tn("{n} replication: no interval can be given", "{n} replications: no interval can be given", n)
    unit = unit_name(shown.unit, difference=bool(against))
    style.dress(ax, _title(shown, against), note, factor_label(factor), unit or t("mean"))
    middle, low, high = (writing.factor * np.array([getattr(mean, part) for mean in means]) for part in ("estimate", "low", "high"))
    if not np.isfinite(middle).any():
        style.say(ax, t("The metric is not defined at any level."))
        return ax
    x = np.arange(len(levels), dtype=float)
    ax.plot(x, middle, color=style.PALETTE[0], marker=style.MARKERS[0], markersize=7, linewidth=1.8)
    ax.vlines(x, low, high, color=style.PALETTE[0], linewidth=1.6)
    ax.set_xticks(x, [level_label(level) for level in levels])
    ax.margins(x=0.08)
    return ax


def factor_words(key: str) -> str:
    """The last part of a configuration key as English words, whatever the current language: for names of files.

    Examples
    --------
    >>> factor_words("arm.score.min_sessions")
    'min sessions'
    """
    return key.rsplit(".", 1)[-1].replace("_", " ")


def factor_label(name: str) -> str:
    """The last part of a configuration key, in words of the current language where it is one of the studies that come with us.

    Examples
    --------
    >>> factor_label("arm.score.min_sessions")
    'min sessions'
    """
    return style.short(configured(factor_words(name)))


def level_label(level: Any) -> str:
    """A level, short enough for an axis."""
    return plain(level) if isinstance(level, float) else style.short(str(level), 14)


def _title(shown: Metric, against: str) -> str:
    if not against:
        return label(shown)
    return t("{metric}, difference to {control}", metric=label(shown), control=style.short(against))


def _runs(cells: CellMeans, mark: str) -> str:
    if cells.n < 2:
        return tn("{n} replication: no interval can be given", "{n} replications: no interval can be given", cells.n)
    return t("mean of {n} replications, {mark}: 95 % interval of each alone", n=cells.n, mark=mark)


def _small_print(cells: CellMeans, n_columns: int) -> str:
    note, more = _runs(cells, "±"), []
    if n_columns > ROOM_FOR_INTERVALS and cells.n > 1:
        unit = metric(cells.metric).unit
        widest = float(np.nanmax((cells.high - cells.low) / 2, initial=0.0))
        reach = _number(widest, unit)
        note = t("mean of {n} replications, 95 % interval of each alone at most ± {reach}", n=cells.n, reach=reach)
    if n_columns > ROOM_FOR_NUMBERS and np.isfinite(cells.mean).any():
        unit = metric(cells.metric).unit
        dark, light = _number(float(np.nanmin(cells.mean)), unit), _number(float(np.nanmax(cells.mean)), unit)
        more.append(t("{dark} is dark, {light} light", dark=dark, light=light))
    if cells.may_be_best.all():
        more.append(t("no cell can be told from the best"))
    elif cells.may_be_best.any():
        more.append(t("framed: cannot be told from the best (95 %)"))
    return joined([note, *more])


def _number(value: float, unit: Unit, difference: bool = False) -> str:
    return signed(value, unit).lstrip("+") if difference else amounts(unit, value)[0]


def _cell(cells: CellMeans, unit: Unit, i: int, j: int, difference: bool) -> str:
    """The words of a cell: its mean, and its half-width below where there is room."""
    n_columns = cells.mean.shape[1]
    if n_columns > ROOM_FOR_NUMBERS:
        return ""
    mean = _number(float(cells.mean[i, j]), unit, difference)
    half_width = float(cells.high[i, j] - cells.low[i, j]) / 2
    if n_columns > ROOM_FOR_INTERVALS or not math.isfinite(half_width):
        return mean
    return f"{mean}\n±{_number(half_width, unit, difference)}"

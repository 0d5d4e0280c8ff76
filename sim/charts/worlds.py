"""A policy over plausible markets: world by world, along what matters, beside the prior, and what knowing more is worth."""

import math
from collections.abc import Mapping, Sequence

import numpy as np
from matplotlib.axes import Axes

from sim.charts import style
from sim.metrics.catalogue import metric
from sim.statistics.intervals import Interval
from sim.words.language import configured, t
from sim.words.units import WRITINGS, brief, unit_name, whole
from sim.worlds.effects import SURE_REACH
from sim.worlds.found import ArmOverWorlds, Curve, Information, UncertainNumber, Verdict

COLOURS: dict[Verdict, str] = {
    "roll_out": style.PALETTE[0],
    "discuss": style.CONTROL_COLOUR,
    "do_not_roll_out": style.PALETTE[1],
}
MARKERS: dict[Verdict, str] = {"roll_out": "o", "discuss": "s", "do_not_roll_out": "v"}
ROW_INCHES = 0.46
RISE_POINTS = 6.5


def _scaled(name: str) -> tuple[float, str]:
    """What a metric is multiplied by on a chart, and its unit there."""
    unit = metric(name).unit
    points = WRITINGS[unit].difference_name == "points"
    return (100.0 if points else 1.0), t("percentage points") if points else unit_name(unit, difference=True)


def _name_rows(ax: Axes, y: Sequence[int], names: Sequence[str]) -> None:
    """The name of each row above it."""
    ax.set_yticks([])
    ax.set_ylim(-0.5, len(names) - 0.3)
    for row, name in zip(y, names, strict=True):
        style.name_row(ax, row, style.short(name, 60), RISE_POINTS, 4)


def plot_worlds(one: ArmOverWorlds, name: str, smallest: float, ax: Axes | None = None) -> Axes:
    """The effect in each world, in order, with what luck leaves of it and the smallest effect that matters.

    Parameters
    ----------
    name
        The primary metric.
    smallest
        The smallest effect that matters as a difference to the control, in the metric's own unit.
    """
    scale, unit = _scaled(name)
    names = {"roll_out": t("roll out"), "discuss": t("discuss"), "do_not_roll_out": t("do not roll out")}
    seen = [verdict for verdict in COLOURS if verdict in one.verdicts]
    labels = [names[verdict] for verdict in seen]
    ax = style.axes(ax, style.height_for(labels))
    note = t("{arm}, {n} worlds; bars: what luck leaves of each; shaded: 95 % of what to expect", arm=one.arm, n=len(one.verdicts))
    style.dress(ax, t("The effect in each plausible market"), note, t("worlds, by effect"), unit or t("difference"))
    order = np.argsort(one.primary.worlds, kind="stable")
    place = np.empty(len(order))
    place[order] = np.arange(1, len(order) + 1)
    ax.axhspan(scale * one.primary.predictive.low, scale * one.primary.predictive.high, color=style.RULE, alpha=0.45, zorder=0)
    ax.axhline(0, color=style.INK, linewidth=0.8)
    ax.axhline(scale * smallest, color=style.INK, linewidth=1, linestyle=(0, (4, 3)))
    handles = []
    for verdict in seen:
        rows = np.array([i for i, found in enumerate(one.verdicts) if found == verdict])
        y, reach = scale * one.primary.worlds[rows], scale * one.primary.worlds_reach[rows]
        ax.vlines(place[rows], y - reach, y + reach, color=COLOURS[verdict], linewidth=1.2)
        (handle,) = ax.plot(place[rows], y, MARKERS[verdict], color=COLOURS[verdict], markersize=4.5)
        handles.append(handle)
    ax.annotate(
        t("what matters"),
        (1, scale * smallest),
        xycoords=("axes fraction", "data"),
        xytext=(0, 2),
        textcoords="offset points",
        ha="right",
        fontsize=style.SMALL_POINTS,
        color=style.SOFT_INK,
    )
    style.legend_below(ax, handles, labels)
    return ax


def plot_along(
    curve: Curve, number: UncertainNumber, one: ArmOverWorlds, name: str, smallest: float, ax: Axes | None = None
) -> Axes:
    """The effect along one number, all others averaged, with the worlds as they are, and where the verdict flips."""
    scale, unit = _scaled(name)
    ax = style.axes(ax)
    note = t("{arm}; line: all else averaged, with 95 %; dots: worlds; broken: what matters", arm=one.arm)
    style.dress(
        ax, t("The effect along {number}", number=style.short(curve.name)), note, style.short(curve.name), unit or t("difference")
    )
    mean, reach = scale * curve.mean, scale * SURE_REACH * curve.sd
    if all(isinstance(value, str) for value in curve.values):
        levels = [str(value) for value in curve.values]
        x = np.arange(len(levels), dtype=float)
        jitter = np.linspace(-0.18, 0.18, len(number.values))
        at = np.array([levels.index(str(value)) for value in number.values]) + jitter
        ax.errorbar(x, mean, reach, fmt="o", color=style.PALETTE[0], capsize=3, markersize=6, zorder=3)
        ax.set_xticks(x, [style.short(one_level) for one_level in levels])
        ax.set_xlim(-0.6, len(levels) - 0.4)
    else:
        x, at = np.array(curve.values, float), np.array(number.values, float)
        ax.plot(x, mean, color=style.PALETTE[0], linewidth=1.8, zorder=3)
        ax.fill_between(x, mean - reach, mean + reach, color=style.PALETTE[0], alpha=0.18, linewidth=0)
        for flip in curve.flips:
            ax.axvline(flip, color=style.PALETTE[1], linewidth=1.2)
    ax.plot(at, scale * one.primary.worlds, ".", color=style.CONTROL_COLOUR, markersize=4, zorder=2)
    ax.axhline(scale * smallest, color=style.INK, linewidth=1, linestyle=(0, (4, 3)))
    return ax


def plot_shares(
    first: Mapping[str, Interval], total: Mapping[str, Interval], arm: str, most: int = 8, ax: Axes | None = None
) -> Axes:
    """What the differences between worlds come from: of each number its share alone, and with all that it takes part in."""
    ranked = sorted(total, key=lambda name: -total[name].estimate)[:most]
    labels = [t("alone"), t("with all it takes part in, 95 %")]
    ax = style.axes(ax, style.height_for(labels, 1.5 + ROW_INCHES * len(ranked)))
    note = t("{arm}; share of the variance of its effect between plausible markets", arm=arm)
    style.dress(ax, t("What the effect depends on"), note, t("share (%)"), "")
    y = list(range(len(ranked)))[::-1]
    bars = ax.barh(y, [100 * first[name].estimate for name in ranked], 0.34, color=style.PALETTE[5])
    middle = np.array([100 * total[name].estimate for name in ranked])
    ends = np.array([[100 * total[name].low, 100 * total[name].high] for name in ranked])
    ax.hlines(y, ends[:, 0], ends[:, 1], color=style.INK, linewidth=1.2)
    (dots,) = ax.plot(middle, y, "D", color=style.INK, markersize=4.5)
    _name_rows(ax, y, ranked)
    ax.set_xlim(left=0)
    style.legend_below(ax, [bars[0], dots], labels)
    return ax


def plot_narrowed(numbers: Sequence[UncertainNumber], most: int = 8, ax: Axes | None = None) -> Axes:
    """Plausible values of the numbers that were narrowed most, along their prior: evenly spread where nothing was learnt."""
    ranked = sorted((one for one in numbers if math.isfinite(one.spread)), key=lambda one: one.spread)[:most]
    ax = style.axes(ax, 1.5 + ROW_INCHES * max(len(ranked), 2))
    n = len(ranked[0].coded) if ranked else 0
    note = t("{n} plausible worlds along the prior of each number, from its smallest to its largest values", n=whole(n))
    style.dress(ax, t("What realism says about the numbers"), note, t("share of the prior below (%)"), "")
    y = list(range(len(ranked)))[::-1]
    for row, one in zip(y, ranked, strict=True):
        ax.hlines(row, 0, 100, color=style.RULE, linewidth=6)
        low, middle, high = 100 * np.quantile(one.coded, [0.05, 0.5, 0.95])
        ax.hlines(row, low, high, color=style.PALETTE[5], linewidth=6)
        ax.plot(100 * one.coded, np.full(n, row), "|", color=style.INK, markersize=5, markeredgewidth=0.6)
        ax.plot(middle, row, "D", color=style.INK, markersize=4.5)
    _name_rows(ax, y, [_range(one) for one in ranked])
    ax.set_xlim(0, 100)
    return ax


def _range(one: UncertainNumber) -> str:
    """A number and the middle nine tenths of its plausible values."""
    if any(isinstance(value, str) for value in one.values):
        return one.name
    low, high = (brief(float(end)) for end in np.quantile(np.array(one.values, float), [0.05, 0.95]))
    return t("{number}: {low} to {high}", number=style.shortened(one.name, 32), low=low, high=high)


def plot_information(rows: Sequence[Information], most: int = 8, ax: Axes | None = None) -> Axes:
    """What knowing more would be worth a year: measurements and numbers, the most valuable first."""
    ranked = [row for row in rows if row.kind != "evpi"][:most]
    ax = style.axes(ax, 1.5 + ROW_INCHES * max(len(ranked), 2))
    style.dress(
        ax,
        t("What knowing more would be worth"),
        t("fall of the expected loss of the decision, 95 %; filled: a measurement, hollow: certainty about a number"),
        t("EUR a year"),
        "",
    )
    y = list(range(len(ranked)))[::-1]
    for row, one in zip(y, ranked, strict=True):
        ax.hlines(row, one.eur.low, one.eur.high, color=style.PALETTE[0], linewidth=1.4)
        filled = style.PALETTE[0] if one.kind == "evsi" else "white"
        ax.plot(one.eur.estimate, row, "o", color=style.PALETTE[0], markerfacecolor=filled, markersize=6)
    _name_rows(ax, y, [configured(one.what) for one in ranked])
    ax.set_xlim(left=0)
    return ax

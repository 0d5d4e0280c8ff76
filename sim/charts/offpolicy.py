"""What a log says about another policy: estimates beside the truth, where weights are cut, and how far the log reaches."""

import math
from collections.abc import Sequence

import numpy as np
from matplotlib.artist import Artist
from matplotlib.axes import Axes

from sim.arrays import Floats
from sim.charts import style
from sim.charts.rows import Row, draw_rows
from sim.statistics.intervals import Interval
from sim.words.language import t
from sim.words.units import brief, unit_name

MOST_BIAS = 0.05
"""Larger bounds are not drawn: they would make all else flat."""
AT_LEAST = 6
"""Of the thresholds, these are always drawn, from the largest on."""


def plot_estimates(arm: str, found: Sequence[tuple[str, Interval]], truth: Interval | None = None, ax: Axes | None = None) -> Axes:
    """One row an estimator, by its name and with its interval; the truth, where it is known, as a grey band."""
    ax = style.axes(ax, 1.7 + 0.48 * max(len(found), 2))
    known = t("filled: the interval does not hold 0; grey: what simulation says")
    note = t("filled: the interval does not hold 0") if truth is None else known
    style.dress(ax, t("{arm}: what the log says", arm=style.short(arm)), note, unit_name("share", difference=True), "")
    if truth is not None:
        if math.isfinite(truth.low):
            ax.axvspan(100 * truth.low, 100 * truth.high, color=style.RULE, zorder=0)
        ax.axvline(100 * truth.estimate, color=style.INK, linewidth=1.2, linestyle="--", zorder=1)
    rows = [Row(name, one.estimate, one.low, one.high, one.excludes(0.0), look=style.policy_style(0)) for name, one in found]
    draw_rows(ax, rows, "share")
    return ax


def plot_clipping(
    tried: Floats, estimates: Floats, error: Floats, bias_bound: Floats, threshold: float, ax: Axes | None = None
) -> Axes:
    """The estimate by where weights are cut, its interval, and how far above it the truth can be because of the cut."""
    names = [t("estimate, with its 95 % interval"), t("the truth can be so much higher by what is cut")]
    ax = style.axes(ax, style.height_for(names, 3.7))
    # where most is cut, the bound says nothing
    shown = (bias_bound <= MOST_BIAS) | (np.arange(len(tried)) >= len(tried) - AT_LEAST)
    tried, estimates, error, bias_bound = (100 * column[shown] for column in (tried / 100, estimates, error, bias_bound))
    look, bound = style.policy_style(0), style.policy_style(1)
    handles: list[Artist] = [*ax.plot(tried, estimates, color=look.colour, marker=look.marker, markersize=3.5)]
    ax.fill_between(tried, estimates - 1.96 * error, estimates + 1.96 * error, color=look.colour, alpha=0.15, linewidth=0)
    handles += ax.plot(tried, estimates + bias_bound, color=bound.colour, linestyle="--", marker=bound.marker, markersize=3.5)
    style.dress(
        ax,
        t("Where weights are cut"),
        t("cut at {weight}: least error and bias together", weight=brief(threshold)),
        t("largest weight that is let through"),
        t("new clients who come back, %"),
        above_points=13,
    )
    style.mark_column(ax, threshold, t("chosen"))
    style.legend_below(ax, handles, names)
    return ax


def plot_weights(policies: Sequence[tuple[str, Floats]], ax: Axes | None = None) -> Axes:
    """How the weights of logged decisions are spread: a line a policy, by share of the decisions.

    Parameters
    ----------
    policies
        By name, (101,) quantiles of the weights.
    """
    names = [style.shortened(name) for name, _ in policies]
    ax = style.axes(ax, style.height_for(names, 3.6))
    share = np.linspace(0, 100, 101)
    handles: list[Artist] = []
    for i, (_, quantiles) in enumerate(policies):
        look = style.policy_style(i)
        handles += ax.plot(share, quantiles, color=look.colour, linestyle=look.dashes, linewidth=1.8)
    ax.axhline(1, color=style.INK, linewidth=1, linestyle=":")
    ax.set_xlim(0, 100)
    ax.set_ylim(bottom=0)
    style.dress(
        ax,
        t("How much each choice of the log counts"),
        t("dotted: as much as in the log; the flatter a line, the more the log tells"),
        t("choices of the log, %"),
        t("weight"),
    )
    style.legend_below(ax, handles, names)
    return ax

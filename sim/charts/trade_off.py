"""What a gain costs in equality: one line a way of scoring, a mark a strength."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from matplotlib.axes import Axes

from sim.arrays import Floats
from sim.charts import style
from sim.metrics.catalogue import metric
from sim.statistics.intervals import mean_interval
from sim.words.language import joined, t, tn, within_sentence
from sim.words.units import WRITINGS, label, unit_name


@dataclass(frozen=True)
class Line:
    """A family of policies, weakest first."""

    label: str
    marks: Sequence[str]
    """Name of each policy, short."""
    cost: Floats
    """(n_policies, n_replications)."""
    gain: Floats
    """(n_policies, n_replications)."""


def plot_trade_off(
    lines: Sequence[Line], cost_name: str, gain_name: str, against: str, ax: Axes | None = None, marks: str | None = None
) -> Axes:
    """Gain against what it costs; further up at the same place along the axis is better.

    Parameters
    ----------
    cost_name, gain_name
        Names of metrics; the cost is drawn as it is, the gain as a difference to ``against``.
    marks
        What the marks along a line are: strengths, unless said; empty when they have no names.
    """
    cost, gain = metric(cost_name), metric(gain_name)
    labels = [line.label for line in lines]
    ax = style.axes(ax, style.height_for(labels, 3.9))
    n = max((line.gain.shape[1] for line in lines), default=0)
    words = t("strength") if marks is None else marks
    note = [t("gain over {control}", control=style.short(against))]
    note.append(t("bars: 95 % interval of each gain alone, {runs}", runs=tn("{n} replication", "{n} replications", n)))
    unit = unit_name(cost.unit)
    style.dress(
        ax,
        t("{gain}, against {cost}", gain=label(gain), cost=within_sentence(label(cost))),
        joined([*note, *([t("numbers: {marks}", marks=words)] if words else [])]),
        f"{label(cost)} ({unit})" if unit else label(cost),
        unit_name(gain.unit, difference=True) or t("difference"),
    )
    handles = []
    for i, line in enumerate(lines):
        colour, marker = style.PALETTE[i % len(style.PALETTE)], style.MARKERS[i % len(style.MARKERS)]
        x = WRITINGS[cost.unit].factor * line.cost.mean(axis=1)
        intervals = [mean_interval(runs) for runs in line.gain]
        factor = WRITINGS[gain.unit].factor
        y = factor * np.array([interval.estimate for interval in intervals])
        (drawn,) = ax.plot(x, y, color=colour, marker=marker, markersize=6, linewidth=1.6, linestyle=("-", "--", "-.", ":")[i % 4])
        low, high = (factor * np.array([getattr(one, end) for one in intervals]) for end in ("low", "high"))
        ax.vlines(x, low, high, color=colour)
        for name, there, up in zip(line.marks, x, y, strict=True):
            if i == 0 or i == len(lines) - 1:
                below = i == 0
                ax.annotate(
                    name,
                    (there, up),
                    xytext=(4, -11 if below else 5),
                    textcoords="offset points",
                    fontsize=style.SMALL_POINTS,
                    color=colour,
                )
        handles.append(drawn)
    if not lines:
        style.say(ax, t("There is nothing to show."))
        return ax
    ax.axhline(0, color=style.CONTROL_COLOUR, linewidth=1.2, zorder=1)
    ax.margins(x=0.1, y=0.12)
    style.legend_below(ax, handles, labels)
    return ax

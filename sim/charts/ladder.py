"""Where a gain comes from: steps from one level to another, each with its interval."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from matplotlib.axes import Axes

from sim.charts import style
from sim.metrics.catalogue import metric
from sim.words.language import joined, t, tn
from sim.words.units import WRITINGS, label, signed, unit_name

UP, DOWN, UNCLEAR = "#0072B2", "#D55E00", "#b9b9b9"


@dataclass(frozen=True)
class Rung:
    """One step, in the unit of its metric."""

    label: str
    step: float
    low: float
    high: float
    """Interval of the step."""
    clear: bool
    """Whether the interval excludes 0."""


def plot_ladder(rungs: Sequence[Rung], metric_name: str, start: str, end: str, n: int, ax: Axes | None = None) -> Axes:
    """Steps from ``start`` (the level 0) to ``end``, one below the other; each bar begins where the one above ends.

    Parameters
    ----------
    rungs
        In order.
    n
        Replications.
    """
    shown = metric(metric_name)
    writing = WRITINGS[shown.unit]
    ax = style.axes(ax, 1.8 + 0.6 * (len(rungs) + 1))
    runs = tn("{n} replication", "{n} replications", n)
    note = [t("each bar removes one more imperfection"), t("lines: 95 % intervals of the steps together, {runs}", runs=runs)]
    note.append(t("grey: not clear"))
    style.dress(
        ax,
        t("{metric}: from {start} to {end}", metric=label(shown), start=style.short(start), end=style.short(end)),
        joined(note),
        unit_name(shown.unit, difference=True) or t("difference"),
        "",
    )
    level = 0.0
    for y, rung in enumerate(rungs):
        left, width = writing.factor * level, writing.factor * rung.step
        colour = UNCLEAR if not rung.clear else UP if rung.step > 0 else DOWN
        ax.barh(y, width, left=left, height=0.36, color=colour, zorder=2)
        if np.isfinite(rung.low):
            low, high = (left + writing.factor * end for end in (rung.low, rung.high))
            ax.plot([low, high], [y, y], color=style.INK, linewidth=1.6, zorder=3)
        _name(ax, y, f"{rung.label}  {signed(rung.step, shown.unit)}")
        level += rung.step
        ax.plot([writing.factor * level] * 2, [y - 0.18, y + 1.18], color=style.SOFT_INK, linewidth=0.8, zorder=1)
    ax.barh(len(rungs), writing.factor * level, height=0.36, color=style.INK, zorder=2)
    _name(ax, len(rungs), f"{t('{arm} in all', arm=style.short(end))}  {signed(level, shown.unit)}")
    ax.axvline(0, color=style.CONTROL_COLOUR, linewidth=1.6, zorder=1)
    ax.set_ylim(len(rungs) + 0.4, -0.75)
    ax.margins(x=0.06)
    ax.set_yticks([])
    ax.spines["left"].set_visible(False)
    return ax


def _name(ax: Axes, y: float, text: str) -> None:
    style.name_row(ax, y, text.replace("$", r"\$"), 10.5, 4)

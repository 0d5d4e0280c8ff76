"""What groups of one market do to one another, drawn."""

from collections.abc import Mapping, Sequence
from typing import Protocol

import numpy as np
from matplotlib.artist import Artist
from matplotlib.axes import Axes

from sim.charts import style
from sim.metrics.catalogue import Unit
from sim.statistics.intervals import Interval
from sim.words.language import t
from sim.words.units import WRITINGS, unit_name


class Shared(Protocol):
    """A share treated, as charts know it."""

    @property
    def share(self) -> float:
        """Of clients treated."""
        ...

    @property
    def control(self) -> Interval:
        """What became of the others."""
        ...

    @property
    def treated(self) -> Interval:
        """What became of them."""
        ...


class Loaded(Protocol):
    """A number of clients, as charts know it."""

    @property
    def load(self) -> float:
        """Hours asked for over hours that pros work."""
        ...

    @property
    def truth(self) -> Interval:
        """Effect of treating everybody."""
        ...

    @property
    def bias(self) -> Mapping[str, Interval]:
        """By design."""
        ...


def plot_shares(shares: Sequence[Shared], truth: Interval, unit: Unit, ax: Axes | None = None) -> Axes:
    """Clients of both groups against the share treated, each beside themselves where nobody is treated."""
    factor = WRITINGS[unit].factor
    names = [t("treated clients"), t("clients who are not treated")]
    ax = style.axes(ax, style.height_for(names, 3.7))
    ends = [(100.0, truth), (0.0, Interval(0.0, 0.0, 0.0, truth.n))]
    handles: list[Artist] = []
    for i, (group, (x_end, end)) in enumerate(zip(("treated", "control"), ends, strict=True)):
        look = style.policy_style(i)
        rows = sorted([(100 * one.share, getattr(one, group)) for one in shares] + [(x_end, end)], key=lambda row: row[0])
        x = [row[0] for row in rows]
        handles += ax.plot(x, [factor * row[1].estimate for row in rows], color=look.colour, marker=look.marker, linewidth=1.8)
        low, high = ([factor * getattr(row[1], side) for row in rows] for side in ("low", "high"))
        ax.fill_between(x, low, high, color=look.colour, alpha=0.18, linewidth=0)
    ax.axhline(0, color=style.RULE, linewidth=1)
    ax.axhline(factor * truth.estimate, color=style.INK, linewidth=1.2, linestyle="--")
    ax.set_xlim(0, 100)
    style.dress(
        ax,
        t("What groups do to one another"),
        t("against the same clients in a market in which nobody is treated; {n} pairs of runs", n=truth.n),
        t("clients treated, %"),
        unit_name(unit, difference=True),
    )
    style.legend_below(ax, handles, names)
    return ax


def plot_loads(loads: Sequence[Loaded], unit: Unit, ax: Axes | None = None) -> Axes:
    """Bias of each design against how scarce pros are."""
    factor = WRITINGS[unit].factor
    names = [*loads[0].bias, t("the effect itself")]
    ax = style.axes(ax, style.height_for(names, 3.7))
    x = np.array([100 * one.load for one in loads])
    handles: list[Artist] = []
    for i, name in enumerate(loads[0].bias):
        look, found = style.policy_style(i), [one.bias[name] for one in loads]
        middle = factor * np.array([one.estimate for one in found])
        reach = factor * np.array([one.half_width for one in found])
        bars = ax.errorbar(x, middle, yerr=reach, color=look.colour, marker=look.marker, linewidth=1.8, elinewidth=1.2, capsize=3)
        handles.append(bars.lines[0])
    handles += ax.plot(x, [factor * one.truth.estimate for one in loads], color=style.INK, linewidth=1.2, linestyle="--")
    ax.axhline(0, color=style.RULE, linewidth=1)
    style.dress(
        ax,
        t("Bias by how scarce pros are"),
        t("at least {n} experiments of each design and load", n=min(one.truth.n for one in loads)),
        t("hours asked for, % of the hours that pros work"),
        unit_name(unit, difference=True),
    )
    style.legend_below(ax, handles, names)
    return ax

"""How experiments tell an effect, and how long they take to see it."""

from collections.abc import Sequence
from typing import Protocol

import numpy as np
from matplotlib.artist import Artist
from matplotlib.axes import Axes

from sim.charts import style
from sim.estimators.performance import Performance
from sim.metrics.catalogue import Unit
from sim.words.language import t
from sim.words.units import WRITINGS, unit_name

WEEKS = np.geomspace(2, 2600, 120)
"""Two weeks to fifty years."""


class Found(Protocol):
    """A design, as charts know it."""

    @property
    def name(self) -> str:
        """For its row."""
        ...

    @property
    def found(self) -> Performance:
        """How well it tells the effect."""
        ...


def plot_designs(designs: Sequence[Found], unit: Unit, ax: Axes | None = None) -> Axes:
    """One row a design: where single experiments end, and what they say on average, beside the truth."""
    factor = WRITINGS[unit].factor
    names = [one.name for one in designs]
    ax = style.axes(ax, 1.7 + 0.3 * len(names))
    rows = np.arange(len(designs))
    truth = factor * designs[0].found.truth.estimate
    for row, one in zip(rows, designs, strict=True):
        found = one.found
        middle = factor * (found.truth.estimate + found.bias.estimate)
        spread = factor * 1.96 * found.sd
        ax.plot([middle - spread, middle + spread], [row, row], color=style.policy_style(0).colour, linewidth=1.2)
        ends = [factor * (found.truth.estimate + end) for end in (found.bias.low, found.bias.high)]
        ax.plot(ends, [row, row], color=style.policy_style(1).colour, linewidth=6, solid_capstyle="butt")
    ax.axvline(0, color=style.RULE, linewidth=1)
    ax.axvline(truth, color=style.INK, linewidth=1.2, linestyle="--")
    ax.invert_yaxis()
    style.dress(
        ax,
        t("What each experiment would say"),
        t("{n} experiments of each design", n=designs[0].found.n),
        unit_name(unit, difference=True),
        "",
    )
    # after the axes have got the numbers of the language
    ax.set_yticks(rows, names)
    return ax


def plot_power(designs: Sequence[Found], within_weeks: float, ax: Axes | None = None) -> Axes:
    """Probability of finding the effect against how long an experiment lasts, a line a design."""
    names = [one.name for one in designs]
    ax = style.axes(ax, style.height_for(names, 3.9))
    handles: list[Artist] = []
    for i, one in enumerate(designs):
        look = style.policy_style(i)
        power = [100 * one.found.power_after(7 * weeks) for weeks in WEEKS]
        handles += ax.plot(WEEKS, power, color=look.colour, linestyle=look.dashes, linewidth=1.8)
    ax.axhline(80, color=style.RULE, linewidth=1)
    ax.axvline(within_weeks, color=style.INK, linewidth=1, linestyle=":")
    ax.set_xscale("log")
    ax.set_ylim(0, 100)
    style.dress(
        ax,
        t("How long until the effect is seen"),
        t("dotted: how long a team would wait; grey: 80 %"),
        t("length of the experiment"),
        t("finds the effect, %"),
    )
    weeks, years = {n: t("{n} weeks", n=n) for n in (4, 13)}, {52 * n: t("{n} years", n=n) for n in (5, 20)}
    ticks = weeks | {52: t("1 year")} | years
    ax.set_xticks(list(ticks), list(ticks.values()))
    ax.minorticks_off()
    style.legend_below(ax, handles, names)
    return ax

"""What an experiment is worth by how long it lasts."""

from collections.abc import Sequence
from typing import Protocol

from matplotlib.artist import Artist
from matplotlib.axes import Axes

from sim.arrays import Floats
from sim.charts import style
from sim.words.language import t


class Worth(Protocol):
    """A design, as the chart knows it."""

    @property
    def name(self) -> str:
        """For the legend."""
        ...

    @property
    def nets(self) -> Floats:
        """(n,) EUR, value less cost, by length."""
        ...


def plot_worth(designs: Sequence[Worth], weeks: Floats, ax: Axes | None = None) -> Axes:
    """Value less cost against how long an experiment lasts, a line a design."""
    names = [one.name for one in designs]
    ax = style.axes(ax, style.height_for(names, 3.9))
    handles: list[Artist] = []
    for i, one in enumerate(designs):
        look = style.policy_style(i)
        handles += ax.plot(weeks, one.nets, color=look.colour, linestyle=look.dashes, linewidth=1.8)
    ax.axhline(0, color=style.RULE, linewidth=1)
    style.dress(
        ax,
        t("What an experiment brings"),
        t("against deciding now"),
        t("length of the experiment, weeks"),
        t("EUR, value less cost"),
    )
    style.legend_below(ax, handles, names)
    return ax

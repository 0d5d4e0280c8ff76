"""Gains of several policies along the strength of a mechanism, a small chart for each mechanism."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from sim.charts import style
from sim.metrics.catalogue import metric
from sim.statistics.intervals import Interval
from sim.words.language import t
from sim.words.units import WRITINGS, label, unit_name

COLUMNS = 2
PANEL_INCHES = 2.6


@dataclass(frozen=True)
class Panel:
    """One mechanism."""

    title: str
    factor: str
    """What its levels are of."""
    levels: Sequence[str]
    gains: Mapping[str, Sequence[Interval]]
    """By policy: over the control, one a level, in the unit of the metric."""


def plot_by_level(panel: Panel, metric_name: str, ax: Axes | None = None) -> Axes:
    """Gain of each policy at each level; policies a little apart, so that their intervals can be seen."""
    unit = metric(metric_name).unit
    ax = style.axes(ax, PANEL_INCHES)
    style.dress(ax, panel.title, "", panel.factor, unit_name(unit, difference=True) or t("difference"))
    ax.axhline(0, color=style.CONTROL_COLOUR, linewidth=1.2, zorder=1)
    factor, n = WRITINGS[unit].factor, len(panel.gains)
    for i, (arm, gains) in enumerate(panel.gains.items()):
        look = style.policy_style(i)
        x = [level + 0.06 * (i - (n - 1) / 2) for level in range(len(panel.levels))]
        y = [factor * gain.estimate for gain in gains]
        ax.plot(x, y, color=look.colour, linestyle=look.dashes, marker=look.marker, markersize=5, linewidth=1.4, label=arm)
        ax.vlines(x, [factor * gain.low for gain in gains], [factor * gain.high for gain in gains], color=look.colour)
    ax.set_xticks(range(len(panel.levels)), panel.levels)
    ax.margins(x=0.12, y=0.1)
    return ax


def plot_panels(panels: Sequence[Panel], metric_name: str, note: str) -> Figure:
    """All mechanisms on one sheet, with one scale and one legend, so that heights can be compared."""
    n_rows = -(-len(panels) // COLUMNS)
    figure = Figure(figsize=(1.9 * style.WIDTH_INCHES, 1.2 + PANEL_INCHES * n_rows), layout="constrained", facecolor="white")
    figure.get_layout_engine().set(h_pad=0.1, w_pad=0.12)  # type: ignore[union-attr,call-arg]
    shared: Axes | None = None
    for i, panel in enumerate(panels):
        shared = plot_by_level(panel, metric_name, figure.add_subplot(n_rows, COLUMNS, i + 1, sharey=shared))
    handles: list[Artist] = []
    labels: list[str] = []
    if shared is not None:
        found, labels = shared.get_legend_handles_labels()
        handles = list(found)
    figure.suptitle(f"{label(metric(metric_name))}\n{note}", fontsize=style.LABEL_POINTS, color=style.INK)
    figure.legend(
        handles,
        [style.short(one) for one in labels],
        loc="outside lower center",
        ncols=3,
        fontsize=style.SMALL_POINTS,
        frameon=False,
    )
    return figure

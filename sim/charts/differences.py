"""How far each arm is from the control: forest plots with simultaneous intervals."""

import math

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from sim.charts import style
from sim.charts.units import WRITINGS, signed, signed_interval
from sim.metrics.catalogue import METRICS, PRIMARY, metric
from sim.statistics.comparison import Comparison, Difference

AXIS_NAMES = {"points": "percentage points", "": "difference"}
COLUMNS = 2
ROW_INCHES = 0.5


def plot_differences(comparison: Comparison, ax: Axes | None = None, metric_name: str = PRIMARY) -> Axes:
    """Forest plot of each arm minus the control in one metric, with simultaneous intervals.

    A filled marker is an arm that can be told apart from the control, a hollow one an arm that cannot.

    Parameters
    ----------
    metric_name
        One of the names of ``METRICS``; shares are drawn in percentage points, the others in their own unit.

    Raises
    ------
    KeyError
        There is no metric of that name.
    """
    shown = metric(metric_name)
    others = [arm for arm in comparison.arms if arm != comparison.control]
    rows = [row for arm in others if (row := comparison.difference(arm, metric_name)) is not None]
    ax = style.axes(ax, 1.45 + ROW_INCHES * max(len(rows), 2))
    name = WRITINGS[shown.unit].difference_name
    side = {"higher": ", right is better", "lower": ", left is better", None: ""}[shown.better]
    note = _small_print(comparison, max((row.n for row in rows), default=comparison.n_replications))
    style.dress(ax, shown.label, note, AXIS_NAMES.get(name, name) + side, "")
    if not rows:
        style.say(ax, "There is no other arm to compare with the control.")
        return ax
    ax.axvline(0, color=style.CONTROL_COLOUR, linewidth=1.6, zorder=1)
    for y, row in enumerate(rows):
        _draw_row(ax, comparison, row, y)
    ax.set_ylim(len(rows) - 0.65, -0.75)
    ax.margins(x=0.08)
    ax.xaxis.set_major_locator(MaxNLocator(6, steps=[1, 2, 2.5, 5, 10]))
    ax.set_yticks([])
    ax.spines["left"].set_visible(False)
    return ax


def _draw_row(ax: Axes, comparison: Comparison, row: Difference, y: int) -> None:
    """An interval, with the arm's name and numbers on a line of their own above it, where they cover no other interval."""
    look, unit = style.arm_style(comparison, row.arm), metric(row.metric).unit
    known = math.isfinite(row.difference)
    numbers = f"{signed(row.difference, unit)} {signed_interval(row.low, row.high, unit)}" if known else "not defined"
    ax.annotate(
        f"{style.short(row.arm)}  {numbers}",
        (0, y),
        xytext=(0, 8),
        xycoords=("axes fraction", "data"),
        textcoords="offset points",
        fontsize=style.SMALL_POINTS,
        color=style.INK,
        bbox={"facecolor": "white", "edgecolor": "none", "pad": 0.5},
        zorder=2,
    )
    if not known:
        return
    factor = WRITINGS[unit].factor
    told_apart = row.verdict in ("better", "worse", "higher", "lower")
    ax.plot([factor * row.low, factor * row.high], [y, y], color=look.colour, linewidth=2.2, solid_capstyle="butt", zorder=3)
    ax.plot(
        [factor * row.difference],
        [y],
        marker=look.marker,
        markersize=8,
        markeredgewidth=1.6,
        color=look.colour,
        markerfacecolor=look.colour if told_apart else "white",
        linestyle="none",
        zorder=4,
    )


def _small_print(comparison: Comparison, n: int) -> str:
    interval = f"{100 * comparison.level:g} % intervals" if n > 1 else "no interval"
    return f"difference to {style.short(comparison.control)}, {interval}, {n} replication" + ("s" if n != 1 else "")


def plot_headline_differences(comparison: Comparison) -> Figure:
    """The forest plots of all headline metrics that were measured, on one sheet."""
    measured = {row.metric for row in comparison.summaries}
    names = [shown.name for shown in METRICS if shown.headline and shown.name in measured]
    n_rows = max(-(-len(names) // COLUMNS), 1)
    height = n_rows * (1.3 + ROW_INCHES * max(len(comparison.arms) - 1, 2))
    figure = Figure(figsize=(1.9 * style.WIDTH_INCHES, height), layout="constrained", facecolor="white")
    figure.get_layout_engine().set(h_pad=0.12, w_pad=0.15)  # type: ignore[union-attr,call-arg]
    for i, name in enumerate(names):
        plot_differences(comparison, figure.add_subplot(n_rows, COLUMNS, i + 1), name)
    return figure

"""How far each arm is from the control: forest plots with simultaneous intervals."""

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from sim.charts import style
from sim.charts.rows import Row, draw_rows
from sim.metrics.catalogue import METRICS, RETURN_RATE, metric
from sim.statistics.comparison import Comparison
from sim.words.language import t, tn
from sim.words.units import WRITINGS, label, percent, unit_name

COLUMNS = 2
ROW_INCHES = 0.5
CLEAR = ("better", "worse", "higher", "lower")


def plot_differences(comparison: Comparison, ax: Axes | None = None, metric_name: str = RETURN_RATE) -> Axes:
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
    found = [row for arm in others if (row := comparison.difference(arm, metric_name)) is not None]
    ax = style.axes(ax, 1.45 + ROW_INCHES * max(len(found), 2))
    name = t("percentage points") if WRITINGS[shown.unit].difference_name == "points" else unit_name(shown.unit, difference=True)
    name = name or t("difference")
    side = {
        "higher": t("{unit}, right is better", unit=name),
        "lower": t("{unit}, left is better", unit=name),
        None: name,
    }[shown.better]
    note = _small_print(comparison, max((row.n for row in found), default=comparison.n_replications))
    style.dress(ax, label(shown), note, side, "")
    if not found:
        style.say(ax, t("There is no other arm to compare with the control."))
        return ax
    rows = [
        Row(
            style.shortened(row.arm),
            row.difference,
            row.low,
            row.high,
            row.verdict in CLEAR,
            look=style.arm_style(comparison, row.arm),
        )
        for row in found
    ]
    draw_rows(ax, rows, shown.unit)
    return ax


def _small_print(comparison: Comparison, n: int) -> str:
    control, runs = style.short(comparison.control), tn("{n} replication", "{n} replications", n)
    if n < 2:
        return t("difference to {control}, no interval, {runs}", control=control, runs=runs)
    level = percent(comparison.level)
    return t("difference to {control}, {level} intervals, {runs}", control=control, level=level, runs=runs)


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

"""What a real experiment says, by estimator, beside simulated ones."""

from collections.abc import Sequence

from matplotlib.axes import Axes

from sim.charts import style
from sim.charts.rows import Row, draw_rows
from sim.metrics.catalogue import Unit
from sim.statistics.intervals import Interval
from sim.words.language import t
from sim.words.units import unit_name


def plot_observed(found: Sequence[tuple[str, Interval]], unit: Unit, ax: Axes | None = None) -> Axes:
    """One row an estimate, by its name and with its interval; filled where that does not hold 0."""
    ax = style.axes(ax, 1.6 + 0.5 * max(len(found), 2))
    style.dress(ax, t("What the experiment says"), t("filled: the interval does not hold 0"), unit_name(unit, difference=True), "")
    rows = [
        Row(name, one.estimate, one.low, one.high, one.excludes(0.0), look=style.policy_style(i))
        for i, (name, one) in enumerate(found)
    ]
    draw_rows(ax, rows, unit)
    return ax

"""How soon new clients book again."""

import numpy as np
from matplotlib.axes import Axes

from sim.charts import curves, style
from sim.statistics.comparison import Comparison
from sim.words.language import t

HALF_YEAR_WEEKS = 26


def plot_second_booking(comparison: Comparison, ax: Axes | None = None) -> Axes:
    """Share of new clients who have booked again by week since their first request, one line an arm."""
    labels = [style.short(arm) for arm in comparison.arms]
    ax = style.axes(ax, style.height_for(labels))
    style.dress(
        ax,
        t("How soon new clients book again"),
        curves.replications(comparison),
        t("weeks since the first request"),
        t("clients who have booked again, %"),
        above_points=13,
    )
    drawn = []
    for arm, label in zip(comparison.arms, labels, strict=True):
        runs = curves.runs(comparison, arm, "time_to_second_booking")
        if runs is not None:
            line = curves.draw_curve(ax, comparison, arm, np.arange(runs.shape[1], dtype=np.float64), 100 * runs)
            drawn.append((line, label))
    if not drawn:
        style.say(ax, t("No client could be followed."))
        return ax
    style.mark_column(ax, HALF_YEAR_WEEKS, t("6 months"))
    ax.set_ylim(bottom=0)
    ax.set_xlim(0, 52)
    ax.set_xticks(range(0, 53, 13))
    style.legend_below(ax, [line for line, _ in drawn], [label for _, label in drawn])
    return ax

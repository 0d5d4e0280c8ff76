"""How visible a new pro is, from the day of joining."""

from collections.abc import Collection

import numpy as np
from matplotlib.axes import Axes

from sim.charts import curves, style
from sim.statistics.comparison import Comparison
from sim.words.language import joined, listed, t


def plot_new_pro(comparison: Comparison, ax: Axes | None = None, strict: Collection[str] = ()) -> Axes:
    """Mean visibility of a new pro by week since joining, where 1 is the mean of all active pros.

    Parameters
    ----------
    strict
        Arms that order pros strictly: there the weight is only a place in the order, so that its mean says little; not drawn.
    """
    shown = [arm for arm in comparison.arms if arm not in strict]
    labels = [style.short(arm) for arm in shown]
    ax = style.axes(ax, style.height_for([*labels, ""]))
    left_out = [style.short(arm) for arm in comparison.arms if arm in strict]
    note = curves.replications(comparison)
    if left_out:
        note = joined([note, t("without {arms}, where pros are ordered strictly", arms=listed(left_out))])
    style.dress(
        ax,
        t("How visible a new pro is in the first year"),
        note,
        t("weeks since the pro joined"),
        t("visibility, 1 = mean of all pros"),
    )
    drawn = [(ax.axhline(1, color=style.INK, linewidth=1, zorder=1), t("1: mean of all pros"))]
    for arm, label in zip(shown, labels, strict=True):
        runs = curves.runs(comparison, arm, "new_pro_visibility")
        if runs is not None:
            line = curves.draw_curve(ax, comparison, arm, np.arange(runs.shape[1], dtype=np.float64), runs)
            drawn.append((line, label))
    if len(drawn) == 1:
        style.say(ax, t("No pro joined after the warm-up.") if shown else t("Every arm orders pros strictly."))
        return ax
    ax.set_xlim(0, 52)
    ax.set_xticks(range(0, 53, 13))
    low, high = ax.get_ylim()
    # an arm that treats new pros like everyone else is a flat line at 1: keep it away from the edges
    ax.set_ylim(max(0.0, min(low, 0.8)), max(high, 1.2))
    style.legend_below(ax, [line for line, _ in drawn], [label for _, label in drawn])
    return ax

"""How evenly pros get to see requests."""

import math

import numpy as np
from matplotlib.axes import Axes

from sim.charts import curves, style
from sim.statistics.comparison import Comparison
from sim.words.language import t
from sim.words.units import rounded


def plot_exposure(comparison: Comparison, ax: Axes | None = None) -> Axes:
    """Lorenz curves of offers per working hour, with the line of equality and each arm's Gini in the legend."""
    labels = {arm: f"{style.short(arm)}: {_gini(comparison, arm)}" for arm in comparison.arms}
    ax = style.axes(ax, style.height_for([*labels.values(), ""], 3.8))
    style.dress(
        ax,
        t("How evenly offers are shared among pros"),
        curves.replications(comparison),
        t("pros, from fewest to most offers, %"),
        t("share of offers, per working hour, %"),
    )
    drawn = []
    for arm in comparison.arms:
        runs = curves.runs(comparison, arm, "exposure_lorenz")
        if runs is not None:
            share = np.linspace(0, 100, runs.shape[1])
            line = curves.draw_curve(ax, comparison, arm, share, 100 * runs)
            drawn.append((line, labels[arm]))
    if not drawn:
        style.say(ax, t("No pro was there long enough to be counted."))
        return ax
    (equality,) = ax.plot([0, 100], [0, 100], color=style.INK, linewidth=1)
    ax.set_xlim(0, 100)
    ax.set_ylim(0, 100)
    ax.set_xticks(range(0, 101, 25))
    ax.set_yticks(range(0, 101, 25))
    drawn.append((equality, t("thin line: all pros get the same")))
    style.legend_below(ax, [line for line, _ in drawn], [label for _, label in drawn])
    return ax


def _gini(comparison: Comparison, arm: str) -> str:
    row = next((row for row in comparison.summaries if row.arm == arm and row.metric == "exposure_gini"), None)
    if row is None or not math.isfinite(row.mean):
        return t("Gini not defined")
    return f"Gini {rounded(row.mean, 2)}" + (f" ± {rounded(row.half_width, 2)}" if math.isfinite(row.half_width) else "")

"""How a selection went: who stayed with the best, and when the others left."""

from collections.abc import Sequence

import numpy as np
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.ticker import MaxNLocator

from sim.arrays import Floats
from sim.charts import style
from sim.metrics.catalogue import Metric, metric
from sim.statistics.selection import Selected
from sim.words.language import joined, t, within_sentence
from sim.words.units import WRITINGS, label, shift, unit_name

ROOM = 0.12
"""Room above and below the lines, as a share of their spread."""


def plot_selection(
    arms: Sequence[str],
    values: Sequence[Floats],
    found: Selected,
    metric_name: str,
    delta: float | None = None,
    ax: Axes | None = None,
) -> Axes:
    """Running means of all arms; a line ends where its arm left the race.

    With common random numbers each line is the running mean of the arm's difference to the arm named best over the same
    replications: what all arms share would hide it otherwise.

    Parameters
    ----------
    arms
        Names, in the order of the systems of ``found``.
    values
        By arm, (n_replications,) each: those that the selection used.
    metric_name
        One of the names of ``METRICS``.
    delta
        Half-width of the grey band within which it does not matter which arm is chosen, in the metric's unit. None: no band, and
        values that share no random numbers, so that each line is the running mean of the arm itself.

    Raises
    ------
    KeyError
        There is no metric of that name.
    """
    shown, paired = metric(metric_name), delta is not None
    factor = WRITINGS[shown.unit].factor
    labels = [_label(arm, i, found, paired) for i, arm in enumerate(arms)]
    ax = style.axes(ax, style.height_for([*labels, ""], 3.9))
    # replications before the first arm could leave
    first = max(found.replications) - len(found.survivors) + 1 if paired else min(found.replications)
    handles: list[Artist] = []
    reach: list[float] = []
    for i, column in enumerate(values):
        n = np.arange(1, len(column) + 1)
        level = column - values[found.best][: len(n)] if paired else column
        running = factor * np.cumsum(level) / n
        look = style.policy_style(i)
        handles += ax.plot(n, running, color=look.colour, linestyle=look.dashes, linewidth=1.8)
        handles[-1].set(marker=look.marker, markersize=7, markevery=[len(n) - 1])
        reach += running[first - 1 :].tolist()
    if delta is not None:
        handles.append(ax.axhspan(-factor * delta, factor * delta, color=style.RULE, alpha=0.55, linewidth=0, zorder=0))
        labels.append(t("less than delta, {delta}", delta=shift(delta, shown.unit).lstrip("+")))
        reach += [-factor * delta, factor * delta]
        style.mark_column(ax, first, t("first look"))
    title = t("The race for the best: {metric}", metric=within_sentence(label(shown)))
    y_label = t("difference to the best") if paired else t("mean")
    name = unit_name(shown.unit, difference=paired)
    style.dress(
        ax,
        title,
        _small_print(shown, paired, found.complete),
        t("replications of the arm"),
        f"{y_label}, {name}" if name else y_label,
        above_points=13 if paired else 0,
    )
    low, high = min(reach), max(reach)
    room = ROOM * (high - low) or 1.0
    ax.set_ylim(low - room, high + room)
    ax.set_xlim(1, max(found.replications) * 1.03)
    ax.xaxis.set_major_locator(MaxNLocator(6, integer=True))
    style.legend_below(ax, handles, labels)
    return ax


def _label(arm: str, i: int, found: Selected, paired: bool) -> str:
    n = found.replications[i]
    if i == found.best:
        how = t("best, {n}", n=n)
    elif paired:
        how = t("stayed, {n}", n=n) if i in found.survivors[-1] else t("left at {n}", n=n)
    else:
        how = str(n)
    return f"{style.short(arm, 18)}: {how}"


def _small_print(shown: Metric, paired: bool, complete: bool) -> str:
    what = (
        t("mean so far minus that of the best, same random numbers")
        if paired
        else t("mean so far of each arm, on its own random numbers")
    )
    side = {"higher": t("higher is better"), "lower": t("lower is better"), None: t("no side is better")}[shown.better]
    return joined([what, side, *([] if complete else [t("stopped early, no guarantee")])])

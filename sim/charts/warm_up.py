"""When a run settles, and whether the configured warm-up lasts that long."""

import math
import textwrap

import numpy as np
from matplotlib.axes import Axes

from sim.charts import style
from sim.statistics.warm_up import WarmUp
from sim.words.language import t, tn
from sim.words.units import percent, rounded

WEEKS_PER_TICK = 26


def plot_warm_up(warm_up: WarmUp, ax: Axes | None = None, label: str = "weekly mean") -> Axes:
    """A weekly series with its band, the configured warm-up shaded, and what MSER-5 would leave out as a line.

    Parameters
    ----------
    label
        What the series is, with its unit: the label of the y axis.
    """
    known = math.isfinite(warm_up.truncation_weeks)
    truncation = (
        t("MSER-5: leave out {weeks} weeks", weeks=rounded(warm_up.truncation_weeks, 0)) if known else t("MSER-5: no answer")
    )
    if known and warm_up.verdict == "cannot tell":
        truncation = t("MSER-5: week {weeks}, not settled", weeks=rounded(warm_up.truncation_weeks, 0))
    configured = t("configured warm-up: {weeks} weeks", weeks=rounded(warm_up.configured_weeks, 1))
    labels = [t("mean"), configured, truncation]
    ax = style.axes(ax, style.height_for(labels) + 0.2)
    n = warm_up.n_replications
    band = tn("{n} replication: no interval can be given", "{n} replications: no interval can be given", n)
    if n > 1:
        band = t("mean of {n} replications, band: {level} interval", n=n, level=percent(0.95))
    title = {"long enough": t("The warm-up is long enough"), "too short": t("The warm-up is too short")}.get(
        warm_up.verdict, t("It cannot be told whether the warm-up is long enough")
    )
    style.dress(ax, title, band, t("weeks since the start"), textwrap.shorten(label, 40, placeholder="…"))
    if not len(warm_up.mean):
        style.say(ax, t("The series is not defined in any week."))
        return ax
    weeks = np.arange(len(warm_up.mean)) + 0.5
    shade = ax.axvspan(0, warm_up.configured_weeks, color=style.RULE, alpha=0.6, linewidth=0, zorder=0)
    (line,) = ax.plot(weeks, warm_up.mean, color=style.PALETTE[0], linewidth=1.6, zorder=3)
    ax.fill_between(weeks, warm_up.low, warm_up.high, color=style.PALETTE[0], alpha=0.2, linewidth=0, zorder=2)
    x = warm_up.truncation_weeks if known else 0.0
    rule = ax.axvline(x, color=style.PALETTE[1], linewidth=2, linestyle="--", zorder=4, visible=known)
    ax.set_xlim(0, max(len(weeks), warm_up.configured_weeks))
    ax.set_xticks(range(0, int(ax.get_xlim()[1]) + 1, WEEKS_PER_TICK if len(weeks) > WEEKS_PER_TICK else 5))
    handles = [line, shade, rule] if known else [line, shade]
    style.legend_below(ax, handles, labels[: len(handles)])
    return ax

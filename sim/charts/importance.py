"""How much each setting matters, objective by objective."""

from collections.abc import Mapping, Sequence

import numpy as np
from matplotlib.artist import Artist
from matplotlib.axes import Axes

from sim.charts import style
from sim.metrics.catalogue import metric
from sim.statistics.intervals import Interval
from sim.words.language import t
from sim.words.units import label

ROW_INCHES = 0.5


def plot_importance(keys: Sequence[str], shares: Mapping[str, Mapping[str, Interval]], ax: Axes | None = None) -> Axes:
    """Share of the variance over the space that depends on each key, with what the runs leave open of it.

    Parameters
    ----------
    keys
        One row each, from the top.
    shares
        By objective and key, 0 to 1.
    """
    labels = [label(metric(name)) for name in shares]
    ax = style.axes(ax, style.height_for(labels, 1.5 + ROW_INCHES * len(keys)))
    style.dress(
        ax,
        t("How much each setting matters"),
        t("share of the variance over all settings, alone or with others; bars: what the runs leave open"),
        "%",
        "",
    )
    rows = np.arange(len(keys))[::-1].astype(float)
    handles: list[Artist] = []
    for i, (_, by_key) in enumerate(shares.items()):
        look = style.policy_style(i)
        y = rows - 0.16 * i
        found = [by_key[key] for key in keys]
        low, x, high = (100 * np.clip([getattr(one, end) for one in found], 0, 1) for end in ("low", "estimate", "high"))
        ax.hlines(y, low, high, color=look.colour, linewidth=1.2)
        handles += ax.plot(x, y, look.marker, color=look.colour, markersize=5)
    for key, row in zip(keys, rows, strict=True):
        style.name_row(ax, row, style.short(key.removeprefix("arm."), 40), 7.0, 4)
    ax.set_yticks([])
    ax.set_ylim(-0.7, len(keys) - 0.2)
    ax.set_xlim(-2, 102)
    style.legend_below(ax, handles, labels)
    return ax

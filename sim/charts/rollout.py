"""When a rollout is stopped, and how many see it by then."""

from collections.abc import Mapping, Sequence

import numpy as np
from matplotlib.artist import Artist
from matplotlib.axes import Axes

from sim.charts import style
from sim.words.language import t


def plot_stopped(stopped: Mapping[str, Sequence[float]], shares: Sequence[float], n: int, ax: Axes | None = None) -> Axes:
    """Share of the rollouts of each policy that had been stopped by each week's end, before the share of clients treated.

    Parameters
    ----------
    stopped
        By policy, (n_weeks,) within 0 to 1.
    shares
        (n_weeks,) of clients treated in each week.
    n
        Rollouts of each policy.
    """
    ax = style.axes(ax, style.height_for(list(stopped), 3.9))
    edges = np.arange(len(shares) + 1)
    ax.stairs(100 * np.asarray(shares), edges, fill=True, color=style.RULE, alpha=0.5)
    handles: list[Artist] = []
    for i, values in enumerate(stopped.values()):
        look = style.policy_style(i)
        by = [0.0, *(100 * value for value in values)]
        handles += ax.plot(edges, by, color=look.colour, linestyle=look.dashes, linewidth=1.8)
    ax.set_ylim(0, 100)
    ax.set_xlim(0, len(shares))
    style.dress(
        ax,
        t("When the guardrails stop a rollout"),
        t("{n} rollouts of each policy; grey: share of clients who see it", n=n),
        t("weeks since the rollout began"),
        t("stopped by then, %"),
    )
    style.legend_below(ax, handles, list(stopped))
    return ax

"""How much of a raw score is signal, by the clients behind it: theory beside simulation."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from matplotlib.axes import Axes

from sim.charts import style
from sim.words.language import t
from sim.words.units import rounded, whole


@dataclass(frozen=True)
class Signal:
    """Squared correlation of score and truth over pros with about as many clients behind."""

    clients: float
    """Mean number of clients behind."""
    share: float
    low: float
    high: float
    n_pros: int


def plot_reliability(simulated: Sequence[Signal], rho: float, ax: Axes | None = None) -> Axes:
    """Share of the variance of a raw score that is signal, n rho / (1 + (n - 1) rho), with what was simulated.

    Parameters
    ----------
    rho
        Between-pro variance of the truth over p (1 - p), within (0, 1).
    """
    labels = [t("theory, rho = {rho}", rho=rounded(rho, 3)), t("simulated, 95 % interval")]
    ax = style.axes(ax, style.height_for(labels))
    n = sum(one.n_pros for one in simulated)
    style.dress(
        ax,
        t("How much of a raw score is signal"),
        t("share of the variance of scores that is the truth; {n} pros at the last refresh of all replications", n=whole(n)),
        t("new clients behind the score"),
        t("signal (%)"),
    )
    last = max((one.clients for one in simulated), default=60.0)
    x = np.linspace(1, max(1.25 * last, 60.0), 200)
    (theory,) = ax.plot(x, 100 * x * rho / (1 + (x - 1) * rho), color=style.INK, linewidth=1.6)
    clients = [one.clients for one in simulated]
    ax.vlines(clients, [100 * one.low for one in simulated], [100 * one.high for one in simulated], color=style.PALETTE[0])
    (seen,) = ax.plot(clients, [100 * one.share for one in simulated], "o", color=style.PALETTE[0], markersize=6)
    ax.set_ylim(bottom=0)
    ax.set_xlim(left=0)
    style.legend_below(ax, [theory, seen], labels)
    return ax

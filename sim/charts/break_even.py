"""When clients pay back what winning them has cost: by how many rebook and how often, and month by month."""

from collections.abc import Mapping, Sequence

import numpy as np
from matplotlib.axes import Axes

from sim.arrays import Floats
from sim.charts import style
from sim.statistics.intervals import mean_interval
from sim.words.language import t, tn


def plot_break_even(
    points: Mapping[str, tuple[Floats, Floats]], payback_bookings: Sequence[int], months: int = 24, ax: Axes | None = None
) -> Axes:
    """Break-even 1 + r m = K as a line for each K, and where simulated policies and markets stand.

    Parameters
    ----------
    points
        By name of a group: repeat share r and further bookings m of those who rebook, (n_points,) each, means over replications.
    payback_bookings
        The K of each line.
    months
        Within which r and m are counted.
    """
    labels = [t("pays back K = {k} above", k=k) for k in payback_bookings] + [style.short(name, 40) for name in points]
    ax = style.axes(ax, style.height_for(labels, 3.9))
    style.dress(
        ax,
        t("Break-even: how many rebook, and how often"),
        t("lines are theory, 1 + r m = K within {months} months; marks are simulated means of points", months=months),
        t("clients who rebook (%)"),
        t("further bookings of those"),
    )
    shares = [r for r, _ in points.values()]
    depths = [m for _, m in points.values()]
    low = min((float(np.nanmin(r)) for r in shares), default=0.2)
    high = max((float(np.nanmax(r)) for r in shares), default=0.5)
    room = 0.25 * (high - low) + 0.03
    x = np.linspace(max(low - room, 0.02), min(high + room, 1.0), 200)
    handles = []
    for i, k in enumerate(payback_bookings):
        dashes = ("-", "--", "-.", ":")[i % 4]
        handles.append(ax.plot(100 * x, (k - 1) / x, color=style.INK, linewidth=1.4, linestyle=dashes)[0])
    for i, (r, m) in enumerate(points.values()):
        colour, marker = style.PALETTE[i % len(style.PALETTE)], style.MARKERS[i % len(style.MARKERS)]
        (drawn,) = ax.plot(100 * r, m, color=colour, marker=marker, markersize=5.5, linestyle="none", alpha=0.85)
        handles.append(drawn)
    tallest = max((float(np.nanmax(m)) for m in depths), default=6.0)
    lowest = min((float(np.nanmin(m)) for m in depths), default=2.0)
    ax.set_ylim(max(0.0, 0.6 * lowest), 1.6 * tallest)
    ax.set_xlim(100 * x[0], 100 * x[-1])
    style.legend_below(ax, handles, labels)
    return ax


def plot_balance(balances: Mapping[str, Floats], title: str, ax: Axes | None = None) -> Axes:
    """Mean balance of a new client by month, one line each, with its 95 % interval.

    Parameters
    ----------
    balances
        By name: (n_replications, n_months + 1), EUR after 0, 1, ... months.
    """
    labels = [style.short(name, 40) for name in balances]
    ax = style.axes(ax, style.height_for(labels))
    n = max((len(runs) for runs in balances.values()), default=0)
    note = t(
        "arithmetic on the same runs; bands: 95 % interval of each alone, {runs}", runs=tn("{n} replication", "{n} replications", n)
    )
    style.dress(ax, title, note, t("months since the first request"), t("balance, EUR per new client"))
    handles = []
    for i, runs in enumerate(balances.values()):
        colour, months = style.PALETTE[i % len(style.PALETTE)], np.arange(runs.shape[1])
        intervals = [mean_interval(column) for column in runs.T]
        mean, low, high = (np.array([getattr(one, part) for one in intervals]) for part in ("estimate", "low", "high"))
        dashes = ("-", "--", "-.", ":")[i % 4]
        handles.append(ax.plot(months, mean, color=colour, linewidth=1.8, linestyle=dashes)[0])
        ax.fill_between(months, low, high, color=colour, alpha=0.18, linewidth=0)
    ax.axhline(0, color=style.INK, linewidth=1.2, zorder=1)
    ax.set_xticks(range(0, max((runs.shape[1] for runs in balances.values()), default=25), 6))
    if not balances:
        style.say(ax, t("There is nothing to show."))
        return ax
    style.legend_below(ax, handles, labels)
    return ax

"""What a file of bookings holds: on which days, at which hours."""

import numpy as np
from matplotlib.axes import Axes

from sim.arrays import Floats, Ints
from sim.charts import style
from sim.words.language import t
from sim.words.units import whole

MOST_WEEKS = 160
"""Of a longer file, the last weeks are drawn."""


def plot_calendar(first_day: int, visits: Ints, ax: Axes | None = None) -> Axes:
    """Visits by day as a calendar: a column a week, a row a weekday, Monday on top.

    Parameters
    ----------
    first_day
        Of the file, in days since 1970-01-01.
    visits
        (n_days,) visits on each day from then on.
    """
    ax = style.axes(ax, 2.6)
    # 1970-01-01 was a Thursday
    before = (first_day + 3) % 7
    padded = np.full(-(-(before + len(visits)) // 7) * 7, np.nan)
    padded[before : before + len(visits)] = visits
    weeks = padded.reshape(-1, 7).T[:, -MOST_WEEKS:]
    note = t("{n} visits in {days} days, darker: more; grey: none", n=whole(int(visits.sum())), days=whole(len(visits)))
    style.dress(ax, t("Visits by day"), note, "", "")
    ax.set_facecolor("#D9D9D9")
    top = float(np.quantile(visits[visits > 0], 0.99)) if (visits > 0).any() else 1.0
    # drawn as shapes: a page holds no pictures
    ax.pcolormesh(np.ma.masked_where(~(weeks > 0), weeks), cmap="Blues", vmin=-0.2 * max(top, 1.0), vmax=max(top, 1.0))
    ax.pcolormesh(np.ma.masked_where(~np.isnan(weeks), np.zeros_like(weeks)), cmap="gray_r", vmin=0, vmax=1)
    ax.invert_yaxis()
    monday = first_day - before + 7 * (max(0, -(-(before + len(visits)) // 7) - MOST_WEEKS))
    months = (monday + 7 * np.arange(weeks.shape[1])).astype("datetime64[D]").astype("datetime64[M]")
    starts = np.flatnonzero(np.r_[True, months[1:] != months[:-1]])
    step = max(1, -(-len(starts) // 5))
    ax.set_xticks(starts[::step] + 0.5, [str(months[i]) for i in starts[::step]])
    ax.set_yticks([0.5, 2.5, 4.5, 6.5], [t("Mon"), t("Wed"), t("Fri"), t("Sun")])
    ax.grid(False)
    return ax


def plot_hours(hours: Floats, ax: Axes | None = None) -> Axes:
    """Share of visits by the hour of their start.

    Parameters
    ----------
    hours
        (24,) visits that start in each hour; empty where the file has no times of day.
    """
    ax = style.axes(ax, 2.6)
    style.dress(ax, t("Visits by hour of the start"), "", t("hour"), t("share of visits, %"))
    if not len(hours) or not hours.sum():
        style.say(ax, t("The file gives no time of day."))
        return ax
    ax.bar(np.arange(24), 100 * hours / hours.sum(), color=style.PALETTE[0])
    ax.set_xticks(range(0, 24, 3))
    ax.set_xlim(-0.6, 23.6)
    return ax

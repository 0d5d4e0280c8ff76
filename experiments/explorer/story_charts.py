"""Charts of one run: cohorts by month, and one pro's sessions, score and visibility; in the look of ``sim.charts``."""

import math

import numpy as np
from matplotlib.axes import Axes

from experiments.explorer.cohorts import Months
from experiments.explorer.pros import ProStory
from sim.charts import style


def plot_months(months: Months, arm: str, ax: Axes | None = None) -> Axes:
    """Share of each month's new clients who came back, and who have paid back, with Wilson intervals."""
    ax = style.axes(ax, style.height_for(["a", "b"], 3.7))
    note = f"{style.short(arm)}, one run; bars: 95 % interval of the month"
    style.dress(ax, "New clients by the month they came", note, "months since the warm-up", "new clients, %")
    drawn = []
    for i, (share, label) in enumerate(
        ((months.returned, "back within 6 months"), (months.paid_back, "paid back within 12 months"))
    ):
        known = np.isfinite(share.share)
        if not known.any():
            continue
        look = style.policy_style(i)
        at = np.flatnonzero(known) + 1 + 0.16 * (i - 0.5)
        middle, low, high = (100 * column[known] for column in (share.share, share.low, share.high))
        ax.vlines(at, low, high, color=look.colour, linewidth=1.4, alpha=0.75)
        (line,) = ax.plot(at, middle, color=look.colour, linestyle=("-", "--")[i], marker=look.marker, markersize=5)
        drawn.append((line, label))
    if not drawn:
        style.say(ax, "No month has clients who could be followed for six months.")
        return ax
    ax.set_ylim(bottom=0)
    ax.set_xlim(0.3, len(months.start_days) + 0.7)
    style.legend_below(ax, [line for line, _ in drawn], [label for _, label in drawn])
    return ax


def _pro_axes(ax: Axes | None, story: ProStory, title: str, y_label: str) -> Axes:
    ax = style.axes(ax, 3.4)
    style.dress(ax, title, f"pro {story.pro}, one run, weekly", "days since the start of the run", y_label, above_points=13)
    if len(story.refresh_days) == 0:
        style.say(ax, "The pro was not there at any refresh.")
        return ax
    if math.isfinite(story.counted_from_days):
        style.mark_column(ax, story.counted_from_days, "score counts")
    return ax


def plot_pro_sessions(story: ProStory, ax: Axes | None = None) -> Axes:
    """Completed sessions of a pro over time, with the number from which the score may count."""
    ax = _pro_axes(ax, story, "Completed sessions", "sessions so far")
    if len(story.refresh_days) == 0:
        return ax
    ax.step(story.refresh_days, story.sessions, where="post", color=style.PALETTE[0], linewidth=1.8)
    if math.isfinite(story.min_sessions) and story.min_sessions > 0:
        ax.axhline(story.min_sessions, color=style.SOFT_INK, linewidth=1, linestyle=(0, (2, 2)))
        ax.annotate(
            f"threshold: {story.min_sessions:g}",
            (1, story.min_sessions),
            xytext=(0, 3),
            xycoords=("axes fraction", "data"),
            textcoords="offset points",
            ha="right",
            fontsize=style.SMALL_POINTS,
            color=style.SOFT_INK,
        )
    ax.set_ylim(bottom=0)
    return ax


def plot_pro_score(story: ProStory, ax: Axes | None = None) -> Axes:
    """A pro's score over time, thin while it does not count, and what is true of the pro."""
    is_share = not bool((story.score > 1).any())
    factor = 100 if is_share else 1
    ax = _pro_axes(ax, story, "Score", "clients back, %" if is_share else "score")
    if len(story.refresh_days) == 0:
        return ax
    if not np.isfinite(story.score).any():
        style.say(ax, "The pro had no score in this run.")
        return ax
    value = factor * story.score
    colour = style.PALETTE[1]
    (waiting,) = ax.plot(story.refresh_days, np.where(story.counted, np.nan, value), color=colour, linewidth=1.2, linestyle=":")
    (counts,) = ax.plot(story.refresh_days, np.where(story.counted, value, np.nan), color=colour, linewidth=2)
    handles, labels = [counts, waiting], ["counts", "does not count"]
    if is_share:
        handles.append(ax.axhline(100 * story.true_share, color=style.INK, linewidth=1, linestyle="--"))
        labels.append("truth, which nobody knows")
    ax.set_ylim(bottom=0)
    style.legend_below(ax, handles, labels)
    return ax


def plot_pro_visibility(story: ProStory, ax: Axes | None = None) -> Axes:
    """How visible a pro is over time; 1 is the average pro."""
    ax = _pro_axes(ax, story, "Visibility", "times that of the average pro")
    if len(story.refresh_days) == 0:
        return ax
    ax.axhline(1, color=style.CONTROL_COLOUR, linewidth=1.4)
    ax.step(story.refresh_days, story.visibility, where="post", color=style.PALETTE[2], linewidth=1.8)
    ax.set_ylim(0, max(2.0, 1.1 * float(story.visibility.max())))
    return ax

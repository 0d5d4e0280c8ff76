"""What a score says about each pro, and what is true."""

from dataclasses import dataclass

import numpy as np
from matplotlib.axes import Axes

from sim.arrays import Floats
from sim.charts import curves, style
from sim.statistics.comparison import Comparison
from sim.words.language import joined, t, tn
from sim.words.units import whole


@dataclass(frozen=True)
class ScorePoints:
    """The pros with a score at the last refresh of the first replication; every column is (n_pros,)."""

    arm: str
    score: Floats
    """Share of new clients who came back, within 0..1, or any other scale an arm's score has."""
    truth: Floats
    """True return propensity, within 0..1."""
    sessions: Floats
    """Completed sessions until then."""
    counted: Floats
    """1 when the score counts, 0 when the pro is still neutral."""
    n_missing: int = 0
    """Pros who are not among these: no client behind their score so far, or not there yet."""

    @property
    def is_share(self) -> bool:
        """Whether the score is on the scale of the truth, rather than, say, out of 100."""
        return not bool((self.score > 1).any())


def score_points(comparison: Comparison, arm: str | None = None) -> ScorePoints | None:
    """The scores of an arm; None when it has none.

    Parameters
    ----------
    arm
        By default the first arm, neither control nor reference, whose scores are shares like the truth; then any with scores.
    """
    if arm is not None:
        return _of(comparison, arm)
    own = [name for name in comparison.arms if name != comparison.control and name not in comparison.references]
    rest = [name for name in comparison.arms if name not in own]
    found = [points for name in (*own, *rest) if (points := _of(comparison, name)) is not None]
    return next((points for points in found if points.is_share), found[0] if found else None)


def _of(comparison: Comparison, arm: str) -> ScorePoints | None:
    columns = [curves.runs(comparison, arm, f"score_{name}") for name in ("value", "truth", "sessions", "counted")]
    first = [column[0] for column in columns if column is not None]
    if len(first) < len(columns):
        return None
    known = np.isfinite(first[0]) & np.isfinite(first[1])
    score, truth, sessions, counted = (column[known] for column in first)
    return ScorePoints(arm, score, truth, sessions, counted, int((~known).sum())) if known.any() else None


def _note(points: ScorePoints) -> str:
    n = len(points.score)
    arm = style.short(points.arm)
    note = tn(
        "{arm}: {n} pro at the last refresh of one replication",
        "{arm}: {n} pros at the last refresh of one replication",
        n,
        arm=arm,
    )
    if points.n_missing:
        more = tn("{n} more has no score yet", "{n} more have no score yet", points.n_missing)
        note = joined([note, more])
    return note


def _dots(ax: Axes, comparison: Comparison, points: ScorePoints, x: Floats, y: Floats) -> None:
    colour = style.arm_style(comparison, points.arm).colour
    counted = points.counted == 1
    n = int(counted.sum())
    yes = ax.scatter(x[counted], y[counted], s=26, color=colour, alpha=0.75, linewidths=0)
    no = ax.scatter(x[~counted], y[~counted], s=26, facecolors="none", edgecolors=colour, linewidths=1.2)
    style.legend_below(
        ax, [yes, no], [t("score counts ({n} pros)", n=n), t("hollow: too few sessions or clients yet ({n})", n=len(counted) - n)]
    )


def plot_score_truth(comparison: Comparison, ax: Axes | None = None, arm: str | None = None) -> Axes:
    """Score of each pro against the true share of new clients who return to the platform after meeting this pro."""
    points = score_points(comparison, arm)
    ax = style.axes(ax, 4.0)
    note = _note(points) if points else curves.replications(comparison)
    scale = t("score") if points and not points.is_share else t("score: clients who came back, %")
    style.dress(ax, t("The score of each pro against the truth"), note, t("truth: clients who would come back, %"), scale)
    if points is None:
        style.say(ax, t("No pro has a score."))
        return ax
    factor = 100 if points.is_share else 1
    _dots(ax, comparison, points, 100 * points.truth, factor * points.score)
    if points.is_share:
        ax.axline((0, 0), slope=1, color=style.INK, linewidth=1, zorder=1)
    ax.set_xlim(left=max(0.0, ax.get_xlim()[0]))
    ax.set_ylim(bottom=min(0.0, ax.get_ylim()[0]))
    return ax


def plot_score_error(comparison: Comparison, ax: Axes | None = None, arm: str | None = None, min_sessions: int = 30) -> Axes:
    """Score minus truth of each pro against completed sessions, with the number of sessions from which the score counts.

    Parameters
    ----------
    min_sessions
        Completed sessions from which the arm's score counts, >= 0.
    """
    points = score_points(comparison, arm)
    ax = style.axes(ax, 4.0)
    note = _note(points) if points else curves.replications(comparison)
    style.dress(
        ax,
        t("How far the score is from the truth"),
        note,
        t("completed sessions of the pro"),
        t("score − truth, percentage points"),
        above_points=13,
    )
    if points is None:
        style.say(ax, t("No pro has a score."))
        return ax
    if not points.is_share:
        style.say(
            ax, t("The score of {arm} is no share of clients: its distance to the truth has no unit.", arm=style.short(points.arm))
        )
        return ax
    ax.axhline(0, color=style.INK, linewidth=1, zorder=1)
    sessions = np.maximum(points.sessions, 1)
    _dots(ax, comparison, points, sessions, 100 * (points.score - points.truth))
    ax.set_xscale("log")
    ax.set_xlim(min(8.0, float(sessions.min()) / 1.3), max(1000.0, 1.3 * float(sessions.max())))
    ticks = [tick for tick in (1, 3, 10, 30, 100, 300, 1000, 3000, 10000) if ax.get_xlim()[0] <= tick <= ax.get_xlim()[1]]
    ax.set_xticks(ticks, [whole(tick) for tick in ticks])
    ax.minorticks_off()
    if min_sessions > 0:
        style.mark_column(ax, min_sessions, t("counts from {n} sessions", n=min_sessions))
    return ax

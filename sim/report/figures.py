"""The charts of a comparison, each with its words: what it shows, and how to read it."""

import math
import re
from collections.abc import Collection
from dataclasses import dataclass
from functools import cached_property

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from sim.charts import style
from sim.charts.differences import plot_differences
from sim.charts.exposure import plot_exposure
from sim.charts.new_pro import plot_new_pro
from sim.charts.payback import plot_payback
from sim.charts.score_truth import plot_score_error, plot_score_truth, score_points
from sim.charts.second_booking import plot_second_booking
from sim.metrics.catalogue import RETURN_RATE, metric
from sim.report.format import difference, follows_returns, headline_metrics, verdict_of
from sim.statistics.comparison import Comparison
from sim.words.language import joined, t
from sim.words.levels import mean
from sim.words.units import label

OF_RETURNS = ("second_booking", "payback", "score_truth", "score_error")
"""Charts of who comes back, which say nothing where that was not measured."""


@dataclass(frozen=True)
class ReportFigure:
    """A chart and its words."""

    name: str
    """Of the file, without ending; unique in a report."""
    figure: Figure
    caption: str
    """One plain sentence on how to read it."""
    alt: str
    """Alternative text: what it shows."""

    @cached_property
    def drawing(self) -> str:
        """The figure as an SVG file; drawn once for page and file, so it must not change after that."""
        return style.svg_text(self.figure, self.name)

    def svg(self) -> str:
        """The drawing as an ``<svg>`` element for an HTML page: no outside reference, and no id in common with other charts."""
        svg = style.element(self.drawing)
        # a style element would hold for the whole page, comments repeat the words, and HTML needs no namespaces
        svg = re.sub(r"<style.*?</style>|<!--.*?-->|<metadata>.*?</metadata>", "", svg, flags=re.DOTALL)
        svg = re.sub(r' (?:xmlns(?::\w+)?|width|height|version)="[^"]*"', "", svg[: svg.index(">")]) + svg[svg.index(">") :]
        svg = re.sub(r'(\bid="|href="#|url\(#)', lambda found: f"{found[1]}{self.name}-", svg)
        return re.sub(r"\n\s*", "\n", svg).strip()


def draw_figures(
    comparison: Comparison,
    min_sessions: int,
    score_arm: str | None = None,
    strict: Collection[str] = (),
    primary: str = RETURN_RATE,
) -> tuple[ReportFigure, ...]:
    """All charts of a comparison, in the order in which the report shows them.

    Parameters
    ----------
    min_sessions
        Completed sessions from which the score of the arm shown counts, >= 0.
    score_arm
        Whose scores are shown; by default that of ``score_points``.
    strict
        Arms that order pros strictly, for which the visibility of new pros says little.
    primary
        The metric that decides: its differences come first.
    """
    points = score_points(comparison, score_arm)
    scores, missing = t("No scores."), ""
    if points:
        scores = t(
            "Scores of {arm}: {n} pros, {counted} of whose scores count.",
            arm=points.arm,
            n=len(points.score),
            counted=int(points.counted.sum()),
        )
    if points and points.n_missing:
        missing = " " + t("Pros without a dot have no client behind their score, or had not joined.")
    names = [shown.name for shown in headline_metrics(comparison)] if len(comparison.arms) > 1 else []
    drawn = (
        _forest(comparison, primary, "differences"),
        _figure(
            "second_booking",
            plot_second_booking(comparison),
            t(
                "The higher a line, the more clients have booked again by then; bands show how much luck could still move the mean,"
                " and may overlap although the paired differences above are clear."
            ),
            _by_arm(comparison, t("Share of new clients who have booked again by week"), RETURN_RATE),
        ),
        _figure(
            "payback",
            plot_payback(comparison),
            t(
                "Each line starts at minus the cost of winning a client; a ring marks where it crosses zero, the month in which the"
                " average client has paid back. The months in the legend are those of the table: a restricted mean over runs, in"
                " which a run that has not broken even within 24 months counts as 24, so that a ring can be some tenths away."
            ),
            _by_arm(comparison, t("Contribution of a new client minus the cost of winning them, by month"), "months_to_break_even"),
        ),
        _figure(
            "exposure",
            plot_exposure(comparison),
            t(
                "The further a line hangs below the straight one, the fewer pros hold most offers; a Gini of 0 means all pros get"
                " the"
                " same."
            ),
            _by_arm(comparison, t("Lorenz curves of offers among pros"), "exposure_gini"),
        ),
        _figure(
            "score_truth",
            plot_score_truth(comparison, arm=score_arm),
            t(
                "On the straight line the score is exactly right; hollow dots are scores that do not count yet, for too few"
                " sessions"
                " or too few clients behind them."
            )
            + missing,
            f"{t('Score of each pro against the truth.')} {scores}",
        ),
        _figure(
            "score_error",
            plot_score_error(comparison, arm=score_arm, min_sessions=min_sessions),
            _error_caption(min_sessions) + missing,
            f"{t('Score minus truth against completed sessions; scores count from {n} sessions.', n=min_sessions)} {scores}",
        ),
        _figure(
            "new_pro",
            plot_new_pro(comparison, strict=strict),
            t(
                "At 1 a new pro is seen as much as the average pro; a line that leaves 1 shows when the policy starts to tell new"
                " pros"
                " apart. Where a policy orders strictly, visibility is only a place in the order: see the days until 30 sessions."
            ),
            _by_arm(comparison, t("Visibility of new pros by week since joining"), "new_pro_days_to_30_sessions"),
        ),
        *(_forest(comparison, name, f"differences_{name}") for name in names if name != primary),
    )
    return drawn if follows_returns(comparison) else tuple(one for one in drawn if one.name not in OF_RETURNS)


def _error_caption(min_sessions: int) -> str:
    if min_sessions:
        return t(
            "Dots close to zero are scores close to the truth; the more sessions a pro has, the smaller the error should be; left"
            " of"
            " the broken line no score counts."
        )
    return t("Dots close to zero are scores close to the truth; the more sessions a pro has, the smaller the error should be.")


def _figure(name: str, ax: Axes, caption: str, alt: str) -> ReportFigure:
    return ReportFigure(name, style.figure_of(ax), caption, alt)


def _forest(comparison: Comparison, name: str, file_name: str) -> ReportFigure:
    shown = metric(name)
    rows = [
        f"{row.arm} {difference(row, shown.unit)}, {verdict_of(comparison, row.arm, name)}".rstrip(", ")
        for row in comparison.differences
        if row.metric == name
    ]
    return _figure(
        file_name,
        plot_differences(comparison, metric_name=name),
        t(
            "An interval that stays clear of the line at zero is a clear difference to {control} (filled marker); one that"
            " crosses it"
            " is not (hollow marker).",
            control=comparison.control,
        ),
        t(
            "{metric}, difference to {control}. {rows}.",
            metric=label(shown),
            control=comparison.control,
            rows=joined(rows) or t("No other arm"),
        ),
    )


def _by_arm(comparison: Comparison, what: str, name: str) -> str:
    """A sentence that gives a metric's mean for each arm, where it was measured."""
    shown = metric(name)
    rows = [row for row in comparison.summaries if row.metric == name and math.isfinite(row.mean)]
    words = joined(f"{row.arm} {mean(row)}" for row in rows)
    return t("{what}. {metric}: {rows}.", what=what, metric=label(shown), rows=words or t("not defined"))

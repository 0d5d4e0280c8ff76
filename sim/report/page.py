"""A finished comparison as one page that needs nothing else: no network, no fonts, no scripts but one for printing."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sim.calibration.visits import Issue
from sim.charts.units import NOT_DEFINED, rounded, signed_interval
from sim.metrics.catalogue import PRIMARY, Metric, metric
from sim.report import format as words
from sim.report.decision import decision
from sim.report.figures import ReportFigure, draw_figures
from sim.report.html import render
from sim.statistics.bootstrap import MIN_REPLICATIONS
from sim.statistics.comparison import Comparison, Difference
from sim.statistics.intervals import Interval

WHO = {
    "Clients": ("return_rate_6m", "fill_rate", "hours_to_assign", "late_share", "mean_rating"),
    "Pros": ("exposure_gini", "earnings_gini", "new_pro_days_to_30_sessions"),
    "Platform": ("contribution_per_client_12m_eur", "contribution_per_client_24m_eur", "payback_rate_12m", "months_to_break_even"),
}
"""Whom a metric matters to most, for the table of who gains and who pays."""


@dataclass(frozen=True)
class Replayed:
    """What a page says of the request stream that was replayed."""

    source: str
    period: str
    means: Sequence[str]
    """What the numbers are estimates of, and what they are not; one sentence or two each."""
    issues: Sequence[Issue]
    """The data-quality table."""
    left_out: Sequence[str]
    """Metrics that have no meaning in this kind of replay."""
    digest: str
    """SHA-256 of the file."""


@dataclass(frozen=True)
class ReportExtras:
    """What a report says beyond the results. Nothing in it may change when the same comparison is run again, such as a duration."""

    title: str
    question: str
    """The question that the comparison answers, one sentence."""
    market: str
    """Name of the market."""
    arm_descriptions: Mapping[str, str]
    """One line an arm; arms may be missing."""
    min_sessions: int
    """Completed sessions from which the scores shown count, >= 0."""
    share_of_oracle_gain: Mapping[str, Interval]
    """By arm; nan where undefined, empty without an oracle."""
    assumptions: Sequence[str]
    command: str
    """What to type to get the same page."""
    seed: int
    versions: Mapping[str, str]
    """By name of the software."""
    n_clients: int
    """New clients in a run."""
    n_pros: int
    horizon_days: float
    warmup_days: float
    precision: str = ""
    """Where the number of replications comes from, one sentence; empty when it was simply given."""
    warm_up: str = ""
    """Whether the warm-up is long enough, one sentence; empty when that was not judged."""
    pays_for_growth: bool = False
    """Whether clients are bought out of contribution, so that ``n_clients`` are only the most that there can be."""
    score_arm: str | None = None
    """Whose scores the charts show; None: the first arm that has some and is neither control nor reference."""
    replayed: Replayed | None = None
    """The stream whose requests were replayed; None: requests were drawn."""


def render_report(comparison: Comparison, extras: ReportExtras, figures: Sequence[ReportFigure] | None = None) -> str:
    """The page as HTML, the same to the byte for the same arguments.

    Parameters
    ----------
    figures
        The charts of ``draw_figures``, when they have been drawn already.

    Raises
    ------
    ValueError
        ``min_sessions`` is negative.
    """
    if extras.min_sessions < 0:
        raise ValueError(f"min_sessions = {extras.min_sessions}, must be >= 0")
    drawn = draw_figures(comparison, extras.min_sessions, extras.score_arm) if figures is None else figures
    # every text is escaped; the template lets only the drawings through, which are made here
    known = words.known_metrics(comparison)
    by_name = {shown.name: shown for shown in known}
    references = words.references_of(comparison)
    return render(
        "template.html.j2",
        comparison=comparison,
        extras=extras,
        decision=decision(comparison),
        references=references,
        verdicts=[(arm, words.verdict_line(comparison, arm).removeprefix(f"{arm}: ")) for arm in comparison.arms],
        headline=words.headline_metrics(comparison),
        cell=lambda arm, shown: _cell(comparison, arm, shown),
        gains=[(arm, words.share_of_gain(gain)) for arm, gain in extras.share_of_oracle_gain.items() if arm in comparison.arms],
        charts=[figure for figure in drawn if not figure.name.startswith("differences_")],
        trust=[(row.arm, _trust(row)) for row in comparison.differences if row.metric == comparison.primary],
        bootstrapped=comparison.n_replications >= MIN_REPLICATIONS,
        margins=[
            (shown, words.value(margin, shown.unit)) for shown in known if (margin := comparison.equivalence_margin.get(shown.name))
        ],
        small_charts=[figure for figure in drawn if figure.name.startswith("differences_")],
        who=[(group, [by_name[name] for name in names if name in by_name]) for group, names in WHO.items()],
        metrics=known,
        meaning=_meaning,
        level=f"{100 * comparison.level:g} %",
        runs=words.count(comparison.n_replications, "replication"),
        dash=NOT_DEFINED,
        follows_returns=comparison.primary == PRIMARY,
    )


def _meaning(shown: Metric) -> str:
    """What a metric is, without what it is when undefined, which the notes of the page say in common words."""
    return shown.meaning.replace("``", "").partition(". ")[0].partition(";")[0].rstrip(".") + "."


@dataclass(frozen=True)
class Trust:
    """How sure a difference is, in words."""

    difference: str
    bootstrap: str
    correlation: str
    worth: str
    """How many times as many replications independent random numbers would take."""


def _trust(row: Difference) -> Trust:
    unit = metric(row.metric).unit
    worth = f"{rounded(1 / row.variance_ratio, 1)} times" if row.variance_ratio > 0 else NOT_DEFINED
    bootstrap = signed_interval(row.boot_low, row.boot_high, unit) if math.isfinite(row.boot_low) else NOT_DEFINED
    return Trust(words.difference(row, unit), bootstrap, rounded(row.correlation, 2), worth)


@dataclass(frozen=True)
class Cell:
    """A metric of an arm, in words."""

    mean: str
    verdict: str
    """Against the control; empty for the control itself."""
    difference: str
    p_value: str
    n: int

    @property
    def css(self) -> str:
        """Class of the verdict in the style sheet."""
        return self.verdict.replace(" ", "-")


def _cell(comparison: Comparison, arm: str, shown: Metric) -> Cell:
    summary, row = comparison.summary(arm, shown.name), comparison.difference(arm, shown.name)
    mean = words.mean(summary, shown.unit)
    if row is None:
        return Cell(mean, "", "", "", summary.n)
    return Cell(mean, row.verdict, words.difference(row, shown.unit), words.p_value(row.p_value), summary.n)

"""Where the number of replications comes from, and whether the warm-up is long enough, in words."""

import math
from dataclasses import dataclass

from sim.charts import style
from sim.charts.warm_up import plot_warm_up
from sim.metrics.catalogue import metric
from sim.report.figures import ReportFigure
from sim.report.format import reach
from sim.statistics.precision import NOTE, Precision
from sim.statistics.warm_up import BATCH_WEEKS, MIN_BATCHES, WarmUp
from sim.words.language import starting, t, told
from sim.words.units import rounded


@dataclass(frozen=True)
class WantedPrecision:
    """Replications that were added until the differences in a metric were known well enough."""

    metric: str
    wanted: float
    """Half-width, in the metric's own unit."""
    found: Precision


@dataclass(frozen=True)
class Settling:
    """The series that the warm-up is judged by."""

    warm_up: WarmUp
    arm: str
    """The one that takes longest to settle."""
    is_difference: bool
    """Whether it is that of the arm's difference to the control, rather than of the control itself."""


def precision_sentence(asked: WantedPrecision) -> str:
    """Why there are as many replications as there are."""
    found, unit = asked.found, metric(asked.metric).unit
    if found.reached_at is None:
        reason = t("precision not reached at the cap of {n}", n=found.n)
    elif found.reason == "precision reached":
        reason = t("precision reached")
    else:
        reason = t("precision reached, look-ahead cut short by the cap of {n}", n=found.n)
    sentence = t(
        "Replications were added until the half-width of every difference in {metric} is at most {wanted}: {reason}, with {n}"
        " replications (half-width {half_width}).",
        metric=asked.metric,
        wanted=reach(asked.wanted, unit),
        reason=reason,
        n=found.n,
        half_width=reach(found.half_width, unit),
    )
    return f"{sentence} {told(NOTE)}"


def warm_up_sentence(settling: Settling) -> str:
    """What the series is, and what MSER-5 says about it."""
    what = t("The return rate of each week's new clients: {verdict}.", verdict=_judged(settling.warm_up))
    if settling.is_difference:
        what = t(
            "Difference of {arm}, which takes longest to settle, in the return rate of each week's new clients: {verdict}.",
            arm=settling.arm,
            verdict=_judged(settling.warm_up),
        )
    return what


def _judged(warm_up: WarmUp) -> str:
    configured, weeks = rounded(warm_up.configured_weeks, 1), rounded(warm_up.truncation_weeks, 0)
    if warm_up.n_empty_weeks:
        return t(
            "MSER-5 cannot judge the warm-up of {configured} weeks: in {empty} of {n} weeks there is no new client to follow; more"
            " replications or more new clients would fill them",
            configured=configured,
            empty=warm_up.n_empty_weeks,
            n=len(warm_up.mean),
        )
    if math.isnan(warm_up.truncation_weeks):
        return t(
            "MSER-5 cannot judge the warm-up of {configured} weeks: it needs {needed} weeks, there are {n}",
            configured=configured,
            needed=BATCH_WEEKS * MIN_BATCHES,
            n=len(warm_up.mean),
        )
    if warm_up.verdict == "cannot tell":
        return t(
            "MSER-5 cannot judge the warm-up of {configured} weeks: the smallest value lies in the second half of the run (week"
            " {week}"
            " of {n}), so the series has not settled; simulate for longer",
            configured=configured,
            week=weeks,
            n=len(warm_up.mean),
        )
    if warm_up.too_short:
        return t(
            "the warm-up of {configured} weeks ends before what MSER-5 would leave out, {weeks} weeks",
            configured=configured,
            weeks=weeks,
        )
    return t(
        "the warm-up of {configured} weeks covers what MSER-5 would leave out, {weeks} weeks", configured=configured, weeks=weeks
    )


def warm_up_figure(settling: Settling) -> ReportFigure:
    """The series as a chart."""
    series = t("difference in return rate") if settling.is_difference else t("return rate")
    return ReportFigure(
        "warm_up",
        style.figure_of(plot_warm_up(settling.warm_up, label=series)),
        t("Weeks of first requests; left of the broken line is what MSER-5 would leave out, shaded is what is left out."),
        starting(warm_up_sentence(settling)),
    )

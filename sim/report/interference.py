"""What groups of one market do to one another: by how many are treated, and by how scarce pros are."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sim.charts.interference import plot_loads, plot_shares
from sim.charts.style import figure_of
from sim.metrics.catalogue import Unit
from sim.report.figures import ReportFigure
from sim.report.format import difference
from sim.statistics.intervals import Interval
from sim.words.language import t
from sim.words.units import percent


@dataclass(frozen=True)
class ShareFound:
    """How clients of both groups fare in a test of clients."""

    share: float
    """Of clients treated."""
    control: Interval
    """Mean outcome of clients who are not, less that of the same clients where nobody is."""
    treated: Interval
    """The same of clients who are."""


@dataclass(frozen=True)
class LoadFound:
    """How wrong designs are in a market with another number of clients."""

    load: float
    """Hours asked for over hours that pros work."""
    clients_per_day: float
    truth: Interval
    bias: Mapping[str, Interval]
    """By design."""


def spill_over_sentence(shares: Sequence[ShareFound], truth: Interval, unit: Unit) -> str:
    """What treating about half does to those who are not treated."""
    half = min(shares, key=lambda one: abs(one.share - 0.5))
    return t(
        "Where {share} of clients are treated, the others fare by {control} otherwise than where nobody is, and the treated by"
        " {treated}; all treated gain {truth}.",
        share=percent(half.share),
        control=difference(half.control, unit),
        treated=difference(half.treated, unit),
        truth=difference(truth, unit),
    )


def interference_figures(
    shares: Sequence[ShareFound], loads: Sequence[LoadFound], truth: Interval, unit: Unit
) -> list[ReportFigure]:
    """A chart of each that was looked at."""
    figures = []
    if shares:
        caption = t("The distance of both lines is what a test of that share says, the dashed line what is true. Bands: 95 %.")
        text = spill_over_sentence(shares, truth, unit)
        figures.append(ReportFigure("spill_over", figure_of(plot_shares(shares, truth, unit)), caption, text))
    if loads:
        caption = t("Other numbers of clients a day in the same market. Bars: 95 %. Dashed: the effect itself, for comparison.")
        text = t("Bias of designs by how scarce pros are.")
        figures.append(ReportFigure("bias_by_load", figure_of(plot_loads(loads, unit)), caption, text))
    return figures

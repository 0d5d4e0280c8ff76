"""The page of a real experiment: whether to believe it, its effect, and whether a simulated market agrees."""

import math
from collections.abc import Sequence

from sim.charts.observed import plot_observed
from sim.charts.style import figure_of
from sim.metrics.catalogue import Unit
from sim.report.document import Document
from sim.report.figures import ReportFigure
from sim.report.format import difference, p_value
from sim.report.lab import UNITS, assigned
from sim.report.observed_record import Line, ObservedRecord
from sim.report.observed_words import covariate_name, line_name, sentences, verdict_name
from sim.report.sheet import Sheet, sheet_document
from sim.statistics.intervals import Interval
from sim.words.language import t
from sim.words.units import NOT_DEFINED, percent, rounded, shift, whole


def observed_document(record: ObservedRecord) -> Document:
    """The report of a real experiment, in the current language."""
    unit = UNITS[record.outcome]
    drawn = [(line_name(one.name), one.interval) for one in record.estimates if math.isfinite(one.low)]
    if record.beside is not None:
        beside = record.beside
        drawn.append((t("Simulated, {n} experiments", n=whole(beside.n)), Interval(beside.mean, beside.low, beside.high, beside.n)))
    figure = ReportFigure(
        "experiment",
        figure_of(plot_observed(drawn, unit)),
        t("Lines: 95 % intervals; of simulated experiments, where 19 of 20 with as many clients end."),
        " ".join(sentences(record)[:2]),
    )
    return sheet_document(observed_sheet(record), [figure])


def observed_sheet(record: ObservedRecord) -> Sheet:
    """Sentences and table of a real experiment, in the current language."""
    rows = [_row(line, UNITS[record.outcome]) for line in (*record.checks, *record.estimates)]
    if (beside := record.beside) is not None:
        shown = difference(Interval(beside.mean, beside.low, beside.high, beside.n), UNITS[record.outcome])
        name = t("Simulated, {n} experiments", n=whole(beside.n))
        rows.append((name, shown, NOT_DEFINED, NOT_DEFINED, p_value(beside.p_value), verdict_name(beside.verdict)))
    return Sheet(
        title=t("What does the experiment say?"),
        about=t(
            "{source}: {treated} against {control}, assigned: {unit}, from {start} to {end}.",
            source=record.source,
            treated=record.treated or t("after"),
            control=record.control or t("before"),
            unit=assigned(record.unit),
            start=record.start,
            end=record.end,
        ),
        sentences=sentences(record),
        caption=t("Checks first: an estimate is as good as they are. Then what each estimator says, with its 95 % interval."),
        header=(t("What"), t("Found"), t("Treated"), t("Control"), "p", t("Verdict")),
        rows=rows,
        notes=_notes(record),
        command=record.command,
        seed=record.seed,
        versions=record.versions,
        hashes=record.hashes,
    )


def _row(line: Line, unit: Unit) -> Sequence[str]:
    if not math.isfinite(line.estimate):
        shown = NOT_DEFINED
    elif line.name == "sample_ratio":
        shown = percent(round(line.estimate, 3))
    elif line.name == "balance":
        shown = t("{what}: {d} sd", what=covariate_name(line.about), d=rounded(line.estimate, 2, signed=True))
    elif line.name == "carry_over":
        shown = whole(line.estimate)
    elif not math.isfinite(line.low):
        shown = shift(line.estimate, unit)
    else:
        shown = difference(line.interval, unit)
    counts = (whole(line.n_treated), whole(line.n_control)) if line.n_treated or line.n_control else (NOT_DEFINED, NOT_DEFINED)
    return (line_name(line.name), shown, *counts, p_value(line.p_value), verdict_name(line.verdict))


def _notes(record: ObservedRecord) -> tuple[str, ...]:
    names = {line.name for line in (*record.checks, *record.estimates)}
    notes = [
        t(
            "New clients are those whose first request in the file lies in the experiment; each counts by what became of it, and of"
            " later ones, whatever happened to the groups after the end."
        )
    ]
    if "always_valid" in names:
        notes.append(t("At any look: an interval that holds on every day at once, so that it is allowed to look and to stop."))
    if "adjusted" in names:
        notes.append(
            t("Adjusted: the part of the outcome that was known before is taken out (CUPED). Decide by the design's own estimate.")
        )
    if record.outcome == "contribution_6m_eur":
        notes.append(t("Contribution: the market's commission on the prices of visits, less its variable cost of each."))
    if record.beside is not None:
        notes.append(
            t("Consistent: the difference between estimate and prediction is not beyond the errors of both (p of 5 % or more).")
        )
    return tuple(notes)

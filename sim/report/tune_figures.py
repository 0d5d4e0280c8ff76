"""The charts of a search for settings, each with its words."""

import math

import numpy as np

from sim.charts.frontier import FrontMark, plot_frontier
from sim.charts.importance import plot_importance
from sim.charts.settings import plot_settings
from sim.charts.style import figure_of
from sim.metrics.catalogue import metric
from sim.report.figures import ReportFigure
from sim.report.tune import TuneRecord
from sim.report.tune_words import sentences, settings_of
from sim.words.language import joined, t
from sim.words.units import label, percent


def tune_figures(record: TuneRecord) -> list[ReportFigure]:
    """All charts, in the current language."""
    lines = sentences(record)
    figures = [_frontier(record, a, b, lines) for a, b in _pairs(record)]
    points = {one.name: one.settings for one in record.of_front}
    keys = [key for key in dict.fromkeys(one.key for one in record.shares) if any(key in one for one in points.values())]
    if points and keys:
        figures.append(
            ReportFigure(
                "settings",
                figure_of(plot_settings(keys, points, record.recommended)),
                t("Each line is a finalist. Where all lines meet, the front wants that value; where they spread, it is a choice."),
                joined(f"{one.name}: {settings_of(one)}" for one in record.of_front),
            )
        )
    by_objective = {
        name: {one.key: one.share for one in record.shares if one.objective == name and math.isfinite(one.share.estimate)}
        for name in record.objectives
    }
    by_objective = {name: found for name, found in by_objective.items() if found}
    if by_objective:
        ranked = sorted(
            {key for found in by_objective.values() for key in found},
            key=lambda key: (-max(found[key].estimate for found in by_objective.values()), key),
        )
        figures.append(
            ReportFigure(
                "importance",
                figure_of(plot_importance(ranked, by_objective)),
                t(
                    "Total Sobol shares of a Gaussian process fitted to all settings tried; shares of several settings overlap"
                    " where they act together. With few settings intervals are wide."
                ),
                joined(
                    f"{label(metric(name))}, {key}: {percent(round(min(max(found[key].estimate, 0), 1), 2))}"
                    for name, found in by_objective.items()
                    for key in ranked
                ),
            )
        )
    return figures


def _pairs(record: TuneRecord) -> list[tuple[int, int]]:
    """Columns along y and x: all pairs of objectives; with one objective, it and each metric of a guardrail."""
    n = len(record.objectives)
    if n > 1:
        return [(a, b) for a in range(n) for b in range(a + 1, n)]
    return [(0, column) for column in range(1, len(record.metrics)) if _varies(record, column)]


def _varies(record: TuneRecord, column: int) -> bool:
    return any(np.ptp(record.paired(one, column)) > 0 for one in record.points if len(record.paired(one, column)))


def _frontier(record: TuneRecord, y: int, x: int, lines: list[str]) -> ReportFigure:
    names = record.metrics
    guardrail = next((one for one in record.guardrails if one.metric == names[x]), None)
    marks = [
        FrontMark(
            one.name,
            record.difference(one, x),
            record.difference(one, y),
            one.kind == "setting",
            one.name == record.recommended,
            one.kind == "today",
        )
        for one in record.points
    ]
    better = [_better(record, column) for column in (y, x)]
    caption = t("Better is {up} for the metric upwards, {along} for the one along.", up=better[0], along=better[1])
    if guardrail is not None:
        caption += " " + t("Broken line: the guardrail.")
    return ReportFigure(
        f"frontier_{names[y]}_{names[x]}",
        figure_of(
            plot_frontier(
                marks,
                record.tried.means[:, [x, y]],
                names[x],
                names[y],
                record.control,
                None if guardrail is None else guardrail.signed_limit,
            )
        ),
        caption,
        " ".join(lines[:2]),
    )


def _better(record: TuneRecord, column: int) -> str:
    if column < len(record.objectives):
        direction = record.directions[column]
    else:
        side = next(one.side for one in record.guardrails if one.metric == record.metrics[column])
        direction = "lower" if side == "up" else "higher"
    return t("higher") if direction == "higher" else t("lower")

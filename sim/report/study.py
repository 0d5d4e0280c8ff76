"""A finished study of several factors as one page that needs nothing else."""

import itertools
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sim.charts import style
from sim.charts.effects import factor_label, level_label, plot_heat_map, plot_interaction, plot_levels
from sim.charts.language import starting
from sim.charts.units import NOT_DEFINED, rounded, signed, signed_with_interval
from sim.metrics.catalogue import Metric, metric
from sim.report.document import Document
from sim.report.figures import ReportFigure
from sim.report.format import count, p_value, reach, value
from sim.report.html import render
from sim.report.markdown import short_markdown
from sim.statistics.cells import CellMeans, cell_means
from sim.statistics.designs import Design
from sim.statistics.effects import Effect
from sim.statistics.intervals import Floats, mean_interval
from sim.statistics.sensitivity import Sensitivity

CLEAR = ("better", "worse", "higher", "lower")
MOST_PAIRS = 6
"""Pairs of factors that are drawn; of more, those with the strongest interactions."""


@dataclass(frozen=True)
class StudyPage:
    """What the page of a study says."""

    question: str
    market: str
    studied: str
    control: str
    """The arm that all numbers are differences to; empty for none."""
    design: str
    n_points: int
    n_replications: int
    factors: Mapping[str, Sequence[str]]
    """By key of the configuration: its levels, or its range, as words."""
    effects: Mapping[str, Sequence[Effect]]
    """By metric; the first metric is the one that is drawn."""
    sensitivity: Mapping[str, Sensitivity]
    """By metric; only for continuous factors."""
    notes: Sequence[str]
    """What a reader must know of the design, such as interactions that it cannot tell from one another."""
    command: str
    seed: int
    versions: Mapping[str, str]
    aliases: Sequence[Sequence[tuple[str, str]]] = ()
    """Groups of pairs of factors whose interactions the design cannot tell from one another."""


@dataclass(frozen=True)
class StudyRecord:
    """All that the report of a study is made of."""

    page: StudyPage
    drawn: str
    """The metric that the charts show."""
    design: Design | None
    """None for a design without levels: there are no charts then."""
    responses: Floats
    """(n_points, n_replications) of that metric."""


def study_document(record: StudyRecord) -> Document:
    """The report of a study."""
    page, figures = record.page, []
    if record.design is not None:
        figures = draw_study(record.design, metric(record.drawn), record.responses, page.effects[record.drawn], page.control)
    sentences = [*(starting(sentence) for sentence in findings(page)), *page.notes]
    return Document(render_study(page, figures), short_markdown(page.question, sentences, figures, page.command), figures)


def render_study(page: StudyPage, figures: Sequence[ReportFigure]) -> str:
    """The page as HTML, the same to the byte for the same arguments."""
    return render(
        "study.html.j2",
        page=page,
        runs=count(page.n_replications, "replication"),
        findings=findings(page),
        tables=[(metric(name), main_rows(rows), interaction_rows(rows)) for name, rows in page.effects.items()],
        indices=[(metric(name), index_rows(found), found) for name, found in page.sensitivity.items()],
        charts=figures,
        label=factor_label,
        dash=NOT_DEFINED,
        rounded=rounded,
    )


def _clear(rows: Sequence[Effect], kind: str) -> list[Effect]:
    """Effects of a kind that can be told from zero, the largest first."""
    found = [row for row in rows if row.effect == kind and row.verdict in CLEAR]
    return sorted(found, key=lambda row: -abs(row.estimate))


def _acting(rows: Sequence[Effect]) -> set[str]:
    """Factors of which some effect, alone or with another, is not exactly zero in every run."""
    return {factor for row in rows if row.verdict != "identical" for factor in (row.factor_a, row.factor_b) if factor}


def written(row: Effect) -> str:
    """An effect with its interval and unit."""
    return signed_with_interval(row.estimate, row.low, row.high, metric(row.metric).unit)


def findings(page: StudyPage) -> list[str]:
    """What the study says of its first metric, in plain sentences."""
    if page.n_replications < 2:
        return ["Nothing can be concluded from 1 replication. Use at least 2, better 8."]
    if page.sensitivity:
        return _sensitive(next(iter(page.sensitivity.items())))
    rows = next(iter(page.effects.values()))
    sentences = []
    clear, acting = {row.factor_a for row in _clear(rows, "main")}, _acting(rows)
    for factor in page.factors:
        mains = [row for row in rows if row.effect == "main" and row.factor_a == factor]
        lowest, highest = (pick(mains, key=lambda row: row.estimate) for pick in (min, max))
        if factor not in acting:
            sentences.append(
                f"{factor_label(factor)} moves none of the numbers measured here: they are the same in every run at each level."
            )
        elif factor in clear:
            sentences.append(
                f"{factor_label(factor)}: highest at {level_label(highest.level_a)}, {written(highest)} against the mean of all"
                f" points; lowest at {level_label(lowest.level_a)}, {written(lowest)}."
            )
        else:
            sentences.append(f"{factor_label(factor)}: no level can be told from the mean of all.")
    together = _clear(rows, "interaction")
    pairs = dict.fromkeys((row.factor_a, row.factor_b) for row in together)
    if pairs:
        names = "; ".join(f"{factor_label(a)} with {factor_label(b)}" for a, b in pairs)
        row = together[0]
        sentences.append(
            f"These act together: {names}. The strongest: {factor_label(row.factor_a)} {level_label(row.level_a)} with"
            f" {factor_label(row.factor_b)} {level_label(row.level_b)} gives {written(row)} beyond what the two add up to."
        )
    confounded = _confounded(rows, page.aliases)
    sentences += confounded
    if not pairs and not confounded and len(page.factors) > 1:
        sentences.append("No two factors can be told to act together: their effects add up, as far as these runs can tell.")
    return sentences


def _confounded(rows: Sequence[Effect], aliases: Sequence[Sequence[tuple[str, str]]]) -> list[str]:
    """Groups of interactions that are clearly there, of which the design cannot tell which ones, the strongest of each first."""
    sentences = []
    for group in aliases:
        found = [row for row in rows if row.effect == "interaction" and (row.factor_a, row.factor_b) in set(group)]
        clear = [row for row in found if math.isfinite(row.low) and (row.low > 0 or row.high < 0)]
        if clear:
            row = max(clear, key=lambda row: abs(row.estimate))
            names = "; ".join(f"{factor_label(a)} with {factor_label(b)}" for a, b in group)
            sentences.append(f"Some of these act together ({written(row)}), and the design cannot tell which: {names}.")
    return sentences


def _sensitive(item: tuple[str, Sensitivity]) -> list[str]:
    name, found = item
    ranked = sorted(found.factors, key=lambda factor: -found.total[factor].estimate)
    sentences = []
    first, *others = (found.total[factor] for factor in ranked)
    if others and all(first.low > other.high for other in others):
        rest = ", ".join(map(factor_label, ranked[1:]))
        sentences.append(f"{metric(name).label} depends most on {factor_label(ranked[0])}, less on {rest}.")
    elif others:
        names = ", ".join(map(factor_label, ranked))
        sentences.append(f"What {metric(name).label} depends on most cannot be told, the factors cannot be ranked: {names}.")
    sentences.append(
        f"A quadratic surface explains {rounded(100 * found.r2, 0)} % of the differences between points, and"
        f" {rounded(100 * found.q2, 0)} % at points that it was not fitted to"
        + ("." if found.q2 >= 0.7 else ": too little to rely on the shares below.")
    )
    return sentences


@dataclass(frozen=True)
class Row:
    """An effect, in words."""

    what: str
    effect: str
    p_value: str
    verdict: str

    @property
    def css(self) -> str:
        """Class of the verdict in the style sheet."""
        return self.verdict.replace(" ", "-")


def main_rows(rows: Sequence[Effect]) -> list[Row]:
    """Every main effect."""
    return [
        Row(f"{factor_label(row.factor_a)} {level_label(row.level_a)}", written(row), p_value(row.p_value), row.verdict)
        for row in rows
        if row.effect == "main"
    ]


def interaction_rows(rows: Sequence[Effect], most: int = 12) -> list[Row]:
    """The clear two-way interactions, strongest first."""
    return [
        Row(
            f"{factor_label(row.factor_a)} {level_label(row.level_a)}, {factor_label(row.factor_b)} {level_label(row.level_b)}",
            written(row),
            p_value(row.p_value),
            row.verdict,
        )
        for row in _clear(rows, "interaction")[:most]
    ]


def index_rows(found: Sensitivity) -> list[tuple[str, str, str]]:
    """By factor: the share of the variance that it explains alone, and with its interactions."""

    def words(name: str, total: bool) -> str:
        index = (found.total if total else found.first)[name]
        text = rounded(index.estimate, 2)
        return f"{text} [{rounded(index.low, 2)}, {rounded(index.high, 2)}]" if math.isfinite(index.low) else text

    return [(factor_label(name), words(name, False), words(name, True)) for name in found.factors]


def draw_study(design: Design, shown: Metric, responses: Floats, rows: Sequence[Effect], against: str = "") -> list[ReportFigure]:
    """A heat map and an interaction plot for each pair of factors that change anything; for a single factor, its levels.

    Parameters
    ----------
    responses
        (n_points, n_replications) of the metric, or of its differences to ``against``.
    rows
        The effects of the metric; they choose the pairs when there are many.
    """
    if len(design.factors) == 1:
        return [_levels(design, shown, responses, against)]
    acting = _acting(rows)
    pairs = [pair for pair in itertools.combinations(design.factors, 2) if acting.issuperset(pair)]
    if len(pairs) > MOST_PAIRS:
        largest = {
            pair: max((abs(row.estimate) for row in rows if (row.factor_a, row.factor_b) == pair), default=0.0) for pair in pairs
        }
        pairs = sorted(sorted(pairs, key=lambda pair: -largest[pair])[:MOST_PAIRS], key=pairs.index)
    figures = []
    for a, b in pairs:
        cells = cell_means(shown.name, design, responses, a, b, shown.better)
        name = f"{factor_label(a)}_{factor_label(b)}".replace(" ", "_")
        best = _best(cells, against)
        figures.append(
            ReportFigure(
                f"map_{name}",
                style.figure_of(plot_heat_map(cells, against=against)),
                "Light is high, dark is low. Framed cells cannot be told from the best one; over a wide frame the map is flat.",
                f"{shown.label} by {factor_label(a)} and {factor_label(b)}. {best}",
            )
        )
        figures.append(
            ReportFigure(
                f"lines_{name}",
                style.figure_of(plot_interaction(cells, against=against)),
                "Parallel lines add up; lines that come closer, part or cross act together.",
                f"{shown.label} along {factor_label(a)}, a line for each {factor_label(b)}. {best}",
            )
        )
    return figures


def _levels(design: Design, shown: Metric, responses: Floats, against: str) -> ReportFigure:
    """The chart of a study of one factor."""
    ((name, levels),) = design.levels.items()
    means = [mean_interval(responses[design.index[:, 0] == i].mean(axis=0)) for i in range(len(levels))]
    words = [f"{level_label(level)}: {cell_text(shown, responses[i], against)}" for i, level in enumerate(levels)]
    return ReportFigure(
        f"levels_{factor_label(name)}".replace(" ", "_"),
        style.figure_of(plot_levels(shown.name, name, levels, means, against=against)),
        "Levels share their luck: differences between them are surer than the bars say; the table below has them.",
        f"{shown.label} by {factor_label(name)}. {'; '.join(words)}.",
    )


def _best(cells: CellMeans, against: str) -> str:
    """Which cells may be the best, in words."""
    unit = metric(cells.metric).unit
    words = []
    for i, one in enumerate(cells.levels_a):
        for j, other in enumerate(cells.levels_b):
            if cells.may_be_best[i, j]:
                mean = float(cells.mean[i, j])
                words.append(
                    f"{level_label(one)} with {level_label(other)} ({signed(mean, unit) if against else value(mean, unit)})"
                )
    return f"Not to be told from the best: {', '.join(words)}." if words else "Neither direction is good, so no cell is best."


def cell_text(shown: Metric, responses: Floats, against: str) -> str:
    """The mean of a point over its replications, (n_replications,), with its half-width."""
    interval = mean_interval(responses)
    mean = signed(interval.estimate, shown.unit) if against else value(interval.estimate, shown.unit)
    return f"{mean} ± {reach(interval.half_width, shown.unit)}" if math.isfinite(interval.half_width) else mean

"""A finished study of several factors as one page that needs nothing else."""

import itertools
import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from sim.arrays import Floats
from sim.charts import style
from sim.charts.effects import factor_label, factor_words, level_label, plot_heat_map, plot_interaction, plot_levels
from sim.metrics.catalogue import Metric, metric
from sim.report.document import Document
from sim.report.figures import ReportFigure
from sim.report.format import difference, intervals_over, p_value, reach, runs
from sim.report.html import render
from sim.report.markdown import short_markdown
from sim.said import Said, Value
from sim.statistics.cells import CellMeans, cell_means
from sim.statistics.designs import Design
from sim.statistics.effects import TOGETHER, Effect
from sim.statistics.intervals import Interval, mean_interval
from sim.statistics.pairing import MIN_PAIRS
from sim.statistics.sensitivity import Sensitivity
from sim.words.language import configured, enumerated, joined, starting, t, told
from sim.words.levels import value
from sim.words.units import label as metric_label
from sim.words.units import rounded, signed, with_unit

CLEAR = ("better", "worse", "higher", "lower", *TOGETHER.values())
MOST_PAIRS = 6
"""Pairs of factors that are drawn; of more, those with the strongest interactions."""


@dataclass(frozen=True)
class StudyPage:
    """What the page of a study says."""

    question: str
    """Of the configuration; empty for none."""
    market: str
    studied: str
    control: str
    """The arm that all numbers are differences to; empty for none."""
    design: Said
    n_points: int
    n_replications: int
    factors: Mapping[str, Sequence[Value]]
    """By key of the configuration: its levels, or its range."""
    effects: Mapping[str, Sequence[Effect]]
    """By metric; the first metric is the one that is drawn."""
    sensitivity: Mapping[str, Sensitivity]
    """By metric; only for continuous factors."""
    command: str
    seed: int
    versions: Mapping[str, str]
    aliases: Sequence[Sequence[tuple[str, str]]] = ()
    worlds: int = 0
    """Plausible markets that every point was simulated in, one a replication; 0: in the market alone."""
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
    sentences = [*(starting(sentence) for sentence in findings(page)), *notes_of(page)]
    return Document(render_study(page, figures), short_markdown(question_of(page), sentences, figures, page.command), figures)


def question_of(page: StudyPage) -> str:
    """What the study asks."""
    return configured(page.question) if page.question else t("How do these factors act together?")


def render_study(page: StudyPage, figures: Sequence[ReportFigure]) -> str:
    """The page as HTML, the same to the byte for the same arguments."""
    return render(
        "study.html.j2",
        page=page,
        question=question_of(page),
        runs=runs(page.n_replications),
        design=starting(told(page.design)),
        findings=[starting(sentence) for sentence in findings(page)],
        notes=notes_of(page),
        over=intervals_over(page.worlds),
        factors=[(key, factor_label(key), enumerated(map(told, levels))) for key, levels in page.factors.items()],
        tables=[(metric(name), main_rows(rows), interaction_rows(rows)) for name, rows in page.effects.items()],
        indices=[(metric(name), index_rows(found), found) for name, found in page.sensitivity.items()],
        charts=figures,
        percent=_percent,
    )


def _at(factor: str, level: object) -> str:
    return f"{factor_label(factor)} {level_label(level)}"


def _clear(rows: Sequence[Effect], kind: str) -> list[Effect]:
    """Effects of a kind that can be told from zero, the largest first."""
    found = [row for row in rows if row.effect == kind and row.verdict in CLEAR]
    return sorted(found, key=lambda row: -abs(row.estimate))


def _acting(rows: Sequence[Effect]) -> set[str]:
    """Factors of which some effect, alone or with another, is not exactly zero in every run."""
    return {factor for row in rows if row.verdict != "identical" for factor in (row.factor_a, row.factor_b) if factor}


def written(row: Effect) -> str:
    """An effect with its interval and unit."""
    return difference(Interval(row.estimate, row.low, row.high, row.n), metric(row.metric).unit)


def notes_of(page: StudyPage) -> list[str]:
    """What a reader must know of the design: interactions that it cannot tell from one another."""
    return [
        t("The design cannot tell these interactions from one another: {pairs}.", pairs=_pairs(group)) for group in page.aliases
    ]


def _pair(a: str, b: str) -> str:
    return t("{a} with {b}", a=factor_label(a), b=factor_label(b))


def _pairs(pairs: Iterable[tuple[str, str]]) -> str:
    return joined(_pair(a, b) for a, b in pairs)


def _percent(share: float) -> str:
    return with_unit(rounded(100 * share, 0), "%")


def findings(page: StudyPage) -> list[str]:
    """What the study says about its first metric, in plain sentences."""
    if page.n_replications < MIN_PAIRS:
        return [t("Nothing can be concluded from {runs}. Use at least 3, better 8.", runs=runs(page.n_replications))]
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
                t(
                    "{factor} moves none of the numbers measured here: they are the same in every run at each level.",
                    factor=factor_label(factor),
                )
            )
        elif factor in clear:
            sentences.append(
                t(
                    "{factor}: highest at {high}, {more} against the mean of all points; lowest at {low}, {less}.",
                    factor=factor_label(factor),
                    high=level_label(highest.level_a),
                    more=written(highest),
                    low=level_label(lowest.level_a),
                    less=written(lowest),
                )
            )
        else:
            sentences.append(t("{factor}: no level can be told from the mean of all.", factor=factor_label(factor)))
    together = _clear(rows, "interaction")
    pairs = dict.fromkeys((row.factor_a, row.factor_b) for row in together)
    if pairs:
        row = together[0]
        sentences.append(
            t(
                "These act together: {pairs}. The strongest: {a} with {b} gives {effect} beyond what the two add up to.",
                pairs=_pairs(pairs),
                a=_at(row.factor_a, row.level_a),
                b=_at(row.factor_b, row.level_b),
                effect=written(row),
            )
        )
    confounded = _confounded(rows, page.aliases)
    sentences += confounded
    if not pairs and not confounded and len(page.factors) > 1:
        sentences.append(t("No two factors can be told to act together: their effects add up, as far as these runs can tell."))
    return sentences


def _confounded(rows: Sequence[Effect], aliases: Sequence[Sequence[tuple[str, str]]]) -> list[str]:
    """Groups of interactions that are clearly there, of which the design cannot tell which ones, the strongest of each first."""
    sentences = []
    for group in aliases:
        found = [row for row in rows if row.effect == "interaction" and (row.factor_a, row.factor_b) in set(group)]
        clear = [row for row in found if math.isfinite(row.low) and (row.low > 0 or row.high < 0)]
        if clear:
            row = max(clear, key=lambda row: abs(row.estimate))
            sentences.append(
                t(
                    "Some of these act together ({effect}), and the design cannot tell which: {pairs}.",
                    effect=written(row),
                    pairs=_pairs(group),
                )
            )
    return sentences


def _sensitive(item: tuple[str, Sensitivity]) -> list[str]:
    name, found = item
    ranked = sorted(found.factors, key=lambda factor: -found.total[factor].estimate)
    sentences = []
    first, *others = (found.total[factor] for factor in ranked)
    if others and all(first.low > other.high for other in others):
        sentences.append(
            t(
                "{metric} depends most on {factor}, less on {others}.",
                metric=metric_label(metric(name)),
                factor=factor_label(ranked[0]),
                others=", ".join(map(factor_label, ranked[1:])),
            )
        )
    elif others:
        names = ", ".join(map(factor_label, ranked))
        sentences.append(
            t(
                "What {metric} depends on most cannot be told, the factors cannot be ranked: {factors}.",
                metric=metric_label(metric(name)),
                factors=names,
            )
        )
    explained = {"fitted": _percent(found.r2), "others": _percent(found.q2)}
    sentences.append(
        t(
            "A quadratic surface explains {fitted} of the differences between points, and {others} at points that it was not fitted"
            " to.",
            **explained,
        )
        if found.q2 >= 0.7
        else t(
            "A quadratic surface explains {fitted} of the differences between points, and {others} at points that it was not fitted"
            " to: too little to rely on the shares below.",
            **explained,
        )
    )
    return sentences


@dataclass(frozen=True)
class EffectRow:
    """An effect, in words."""

    what: str
    effect: str
    p_value: str
    verdict: str

    @property
    def css(self) -> str:
        """Class of the verdict in the style sheet."""
        return self.verdict.replace(" ", "-")


def main_rows(rows: Sequence[Effect]) -> list[EffectRow]:
    """Every main effect."""
    mains = [row for row in rows if row.effect == "main"]
    return [EffectRow(_at(row.factor_a, row.level_a), written(row), p_value(row.p_value), row.verdict) for row in mains]


def interaction_rows(rows: Sequence[Effect], most: int = 12) -> list[EffectRow]:
    """The clear two-way interactions, strongest first."""
    return [
        EffectRow(
            f"{_at(row.factor_a, row.level_a)}, {_at(row.factor_b, row.level_b)}",
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
        if not math.isfinite(index.low):
            return text
        return f"{text} {t('[{low}, {high}]', low=rounded(index.low, 2), high=rounded(index.high, 2))}"

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
        name = f"{factor_words(a)}_{factor_words(b)}".replace(" ", "_")
        what, best = metric_label(shown), _best(cells, against)
        figures.append(
            ReportFigure(
                f"map_{name}",
                style.figure_of(plot_heat_map(cells, against=against)),
                t("Light is high, dark is low. Framed cells cannot be told from the best one; over a wide frame the map is flat."),
                t("{metric} by {a} and {b}. {rows}", metric=what, a=factor_label(a), b=factor_label(b), rows=best),
            )
        )
        figures.append(
            ReportFigure(
                f"lines_{name}",
                style.figure_of(plot_interaction(cells, against=against)),
                t("Parallel lines add up; lines that come closer, part or cross act together."),
                t("{metric} along {a}, a line for each {b}. {rows}", metric=what, a=factor_label(a), b=factor_label(b), rows=best),
            )
        )
    return figures


def _levels(design: Design, shown: Metric, responses: Floats, against: str) -> ReportFigure:
    """The chart of a study of one factor."""
    ((name, levels),) = design.levels.items()
    means = [mean_interval(responses[design.index[:, 0] == i].mean(axis=0)) for i in range(len(levels))]
    words = [
        t("{what}: {value}", what=level_label(level), value=cell_text(shown, responses[i], against))
        for i, level in enumerate(levels)
    ]
    return ReportFigure(
        f"levels_{factor_words(name)}".replace(" ", "_"),
        style.figure_of(plot_levels(shown.name, name, levels, means, against=against)),
        t("Levels share their luck: differences between them are surer than the bars say; the table below has them."),
        t("{metric} by {factor}. {rows}.", metric=metric_label(shown), factor=factor_label(name), rows=joined(words)),
    )


def _best(cells: CellMeans, against: str) -> str:
    """Which cells may be the best, in words."""
    unit = metric(cells.metric).unit
    words = []
    for i, one in enumerate(cells.levels_a):
        for j, other in enumerate(cells.levels_b):
            if cells.may_be_best[i, j]:
                mean = float(cells.mean[i, j])
                pair = t("{a} with {b}", a=level_label(one), b=level_label(other))
                words.append(f"{pair} ({signed(mean, unit) if against else value(mean, unit)})")
    if not words:
        return t("Neither direction is good, so no cell is best.")
    return t("Not to be told from the best: {rows}.", rows=enumerated(words))


def cell_text(shown: Metric, responses: Floats, against: str) -> str:
    """The mean of a point over its replications, (n_replications,), with its half-width."""
    interval = mean_interval(responses)
    mean = signed(interval.estimate, shown.unit) if against else value(interval.estimate, shown.unit)
    return f"{mean} ± {reach(interval.half_width, shown.unit)}" if math.isfinite(interval.half_width) else mean

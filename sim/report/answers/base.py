"""What an answer of a study consists of: one plain sentence, what it rests on, charts, and numbers that say how sure they are."""

import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Literal

from sim.arrays import Floats
from sim.charts.effects import factor_label, level_label
from sim.metrics.catalogue import Unit, metric
from sim.report.figures import ReportFigure
from sim.report.format import bracketed, runs
from sim.report.format import difference as written_difference
from sim.report.part import Part, difference, level_of
from sim.statistics.cells import CellMeans
from sim.statistics.comparison import Better, verdict
from sim.statistics.effects import TOGETHER
from sim.statistics.intervals import Interval
from sim.words.language import joined, starting, t, word
from sim.words.levels import level, value
from sim.words.units import NOT_DEFINED, WRITINGS, amounts, rounded, whole, with_unit

PRICE = ("exposure_gini", "earnings_gini", "new_pro_days_to_30_sessions", "false_demotion_share", "days_until_counted")
"""What pros pay with."""
CLEAR = ("better", "worse", "higher", "lower", *TOGETHER.values())
Basis = Literal["simulated", "arithmetic", "theory", "map cell"]


@dataclass(frozen=True)
class Answer:
    """A number of the study; one row of ``answers.csv``."""

    section: str
    what: str
    metric: str
    against: str
    """What it is a difference to; empty for a level."""
    estimate: float
    low: float
    high: float
    n: int
    """Replications."""
    verdict: str
    """Of a difference; empty for a level."""
    basis: Basis = "simulated"
    """``arithmetic``: computed on runs in which it changes nothing. ``map cell``: simulated, a cell of a map with an interval of
    its own; its verdict says only whether it may be the best of the map."""


@dataclass(frozen=True)
class Cell:
    """A cell of a table, with a verdict or none."""

    text: str
    verdict: str = ""

    @property
    def css(self) -> str:
        """Class of the verdict in the style sheet."""
        return self.verdict.replace(" ", "-")


@dataclass(frozen=True)
class Table:
    """A table of a section."""

    caption: str
    header: Sequence[str]
    rows: Sequence[tuple[str, Sequence[Cell]]]
    """Name of the row, and its cells."""


@dataclass(frozen=True)
class PageSection:
    """One question and its answer, as the page has it."""

    name: str
    title: str
    answer: str
    """One plain sentence."""
    sentences: Sequence[str] = ()
    figures: Sequence[ReportFigure] = ()
    tables: Sequence[Table] = ()
    notes: Sequence[str] = ()
    """What is assumption, what is arithmetic."""
    answers: Sequence[Answer] = field(default=())


def shift(interval: Interval, unit: Unit) -> str:
    """A difference with unit and interval: ``+0.63 points [+0.14, +1.12]``; a dash for nan."""
    return written_difference(interval, unit)


def amount(interval: Interval, unit: Unit) -> str:
    """A level with its half-width: ``28.7 ± 0.2 %``; a dash for nan."""
    if not math.isfinite(interval.half_width):
        return value(interval.estimate, unit)
    number, half = amounts(unit, interval.estimate, interval.half_width)
    return with_unit(f"{number} ± {half}", WRITINGS[unit].name)


def percent(interval: Interval) -> str:
    """A share with its interval: ``17 % [8, 26]``; *not defined* for nan, *not known* where that is wider than the scale."""
    if not math.isfinite(interval.estimate):
        return t("not defined")
    if interval.high - interval.low > 1:
        return t("not known")
    return bracketed(interval, lambda x: rounded(100 * x, 0), "%")


def judged(
    part: Part,
    section: str,
    what: str,
    name: str,
    against: str,
    differences: Floats,
    n_comparisons: int = 1,
    basis: Basis = "simulated",
) -> Answer:
    """A paired difference (n_replications,) of a metric of the catalogue, simultaneous over ``n_comparisons``, with its verdict.

    What is surely within the margin of the part's study is practically equal.
    """
    interval, _ = difference(differences, n_comparisons)
    better: Better = metric(name).better
    finite = differences[[math.isfinite(one) for one in differences]]
    judgement = verdict(interval, len(finite) > 0 and not finite.any(), better, part.margins.get(name))
    return Answer(section, what, name, against, interval.estimate, interval.low, interval.high, interval.n, judgement, basis)


def measured(section: str, what: str, name: str, values: Floats, basis: Basis = "simulated") -> Answer:
    """A level (n_replications,) of a metric with its own interval."""
    interval = level_of(values)
    return Answer(section, what, name, "", interval.estimate, interval.low, interval.high, interval.n, "", basis)


def map_cells(section: str, what: str, cells: CellMeans, against: str) -> list[Answer]:
    """Every cell of a map, as it is drawn."""
    names = [factor_label(name) for name in (cells.factor_a, cells.factor_b)]
    return [
        Answer(
            section,
            f"{what}: {names[0]} {level_label(one)}, {names[1]} {level_label(other)}",
            cells.metric,
            against,
            float(cells.mean[i, j]),
            float(cells.low[i, j]),
            float(cells.high[i, j]),
            cells.n,
            "may be the best" if cells.may_be_best[i, j] else "",
            "map cell",
        )
        for i, one in enumerate(cells.levels_a)
        for j, other in enumerate(cells.levels_b)
    ]


def interval_of(answer: Answer) -> Interval:
    """The numbers of an answer."""
    return Interval(answer.estimate, answer.low, answer.high, answer.n)


def cell(answer: Answer) -> Cell:
    """An answer to a metric of the catalogue as a cell of a table."""
    found = interval_of(answer)
    words = shift(found, metric(answer.metric).unit) if answer.against else level(answer.metric, found.estimate, found.half_width)
    return Cell(words, answer.verdict)


def spoken(answer: Answer) -> str:
    """A difference in words: with its numbers when it is clear, as not distinguishable otherwise."""
    numbers = shift(interval_of(answer), metric(answer.metric).unit)
    if answer.verdict in CLEAR or answer.verdict == "practically equal":
        return numbers
    return f"{word(answer.verdict)} ({numbers})" if numbers != NOT_DEFINED else t("not defined")


def rows_in_words(answers: Sequence[Answer]) -> str:
    """Each with its numbers, for the alternative text of a chart."""
    return joined(f"{one.what} {spoken(one)}" for one in answers)


def capital(sentence: str) -> str:
    """The sentence with its first letter a capital."""
    return starting(sentence)


def at(key: str, level: object) -> str:
    """A factor and its level: ``min sessions 30``."""
    return f"{factor_label(key)} {level_label(level)}"


def pair_label(a: str, b: str) -> str:
    """Two factors: ``strength with min sessions``."""
    return t("{a} with {b}", a=factor_label(a), b=factor_label(b))


def runs_of(part: Part) -> str:
    """``24 replications``, with the number of points if there is more than one."""
    n = runs(part.n)
    return t("{points} points x {runs}", points=whole(part.n_points), runs=n) if part.n_points > 1 else n

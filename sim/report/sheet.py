"""A short result as one page that needs nothing else: a few sentences, tables and a chart."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from sim.arrays import Floats
from sim.charts import style
from sim.charts.selection import plot_selection
from sim.metrics.catalogue import metric
from sim.report.document import Document
from sim.report.figures import ReportFigure
from sim.report.html import render
from sim.report.markdown import escaped, short_markdown, table
from sim.report.published import TargetLine, bands_of
from sim.said import Value
from sim.statistics.selection import Selected
from sim.words.language import joined, t, told, word
from sim.words.units import label


@dataclass(frozen=True)
class SheetTable:
    """A further table."""

    caption: Value
    """Above it; empty: none."""
    header: Sequence[Value]
    rows: Sequence[Sequence[Value]]
    """The first cell of each names it."""


@dataclass(frozen=True)
class SheetSection:
    """A further section of a short page, with tables and charts of its own."""

    title: Value
    sentences: Sequence[Value]
    tables: Sequence[SheetTable]
    notes: Sequence[Value]
    figures: Sequence[ReportFigure] = ()
    code: str = ""
    """Commands and files, as they are typed; empty: none."""


@dataclass(frozen=True)
class Sheet:
    """What a short page says."""

    title: Value
    about: Value
    """Market, arms and size, one line."""
    sentences: Sequence[Value]
    """What was found, the most important first."""
    caption: Value
    header: Sequence[Value]
    rows: Sequence[Sequence[Value]]
    """The first cell of each names it."""
    notes: Sequence[Value]
    command: str
    seed: int
    versions: Mapping[str, str]
    hashes: Mapping[str, str] = field(default_factory=dict)
    sections: Sequence[SheetSection] = ()


@dataclass(frozen=True)
class SelectionRecord:
    """All that the report of a selection is made of."""

    sheet: Sheet
    arms: tuple[str, ...]
    values: tuple[Floats, ...]
    """By arm, (n_replications,) each."""
    found: Selected
    metric: str
    delta: float | None
    """As for ``plot_selection``."""


@dataclass(frozen=True)
class RealismRecord:
    """All that the report of a market beside published figures is made of."""

    market: str
    arm: str
    lines: tuple[TargetLine, ...]
    command: str
    seed: int
    versions: Mapping[str, str]
    hashes: Mapping[str, str]


def selection_document(record: SelectionRecord) -> Document:
    """The report of a selection, in the current language."""
    ax = plot_selection(record.arms, record.values, record.found, record.metric, record.delta)
    paired = record.delta is not None
    caption = t("A line ends where its arm left the race; the grey band is what does not matter.") if paired else ""
    figure = ReportFigure("selection", style.figure_of(ax), caption, " ".join(map(told, record.sheet.sentences)))
    return sheet_document(record.sheet, [figure])


def realism_document(record: RealismRecord) -> Document:
    """The report of a market beside published figures, in the current language."""
    lines = record.lines
    judged = [line for line in lines if line.against_published != "not defined"]
    n = max((line.interval.n for line in lines), default=0)
    sentences = [
        t(
            "{published} of {all} figures lie within what was published or measured, {near} within the project's own tolerance.",
            published=sum(line.against_published == "within" for line in judged),
            all=len(judged),
            near=sum(line.passed for line in judged),
        )
    ]
    if off := [line for line in judged if line.against_published != "within"]:
        sentences.append(t("Not within what was published or measured: {metrics}.", metrics=_named(off)))
    if far := [line for line in judged if not line.passed]:
        sentences.append(t("Not within the tolerance: {metrics}.", metrics=_named(far)))
    if silent := [line for line in lines if line not in judged]:
        sentences.append(t("Not defined under this arm: {metrics}.", metrics=_named(silent)))
    sheet = Sheet(
        title=t("Is the market real?"),
        about=t("Market {market}, arm {arm}, {n} replications.", market=record.market, arm=record.arm, n=n),
        sentences=sentences,
        caption=t("Mean of each figure with half of its 95 % interval, beside what was published and the project's own tolerance."),
        header=(
            t("Figure"),
            t("Simulated"),
            t("Published or measured"),
            t("Verdict"),
            t("Our tolerance"),
            t("Verdict"),
            t("Source"),
        ),
        rows=[_row(line) for line in lines],
        notes=(
            t("Within: the mean lies in the band. Not clear yet: it does not, but its interval reaches into the band."),
            t("The tolerance is the project's own choice: what is near enough, since markets differ and no source is of this one."),
            t("A market that was changed on purpose may leave these bands with good reason."),
        ),
        command=record.command,
        seed=record.seed,
        versions=record.versions,
        hashes=record.hashes,
    )
    return sheet_document(sheet, [])


def _named(lines: Iterable[TargetLine]) -> str:
    return joined(label(metric(line.target.metric)) for line in lines)


def _row(line: TargetLine) -> tuple[str, ...]:
    published, tolerance, found = bands_of(line)
    verdicts = word(line.against_published), word(line.against_tolerance)
    name = label(metric(line.target.metric))
    return (name, found, published, verdicts[0], tolerance, verdicts[1], told(line.target.source))


def sheet_document(sheet: Sheet, figures: Sequence[ReportFigure]) -> Document:
    """Page and short form of a sheet."""
    cells = "\n\n".join([_cells(sheet), *map(_section, sheet.sections)])
    sentences = list(map(told, [sheet.about, *sheet.sentences]))
    every = [*figures, *(figure for one in sheet.sections for figure in one.figures)]
    return Document(
        html=render("sheet.html.j2", sheet=sheet, charts=figures),
        markdown=short_markdown(told(sheet.title), sentences, figures, sheet.command, cells),
        figures=every,
    )


def _section(one: SheetSection) -> str:
    code = [f"```\n{one.code.rstrip()}\n```"] if one.code else []
    return "\n\n".join([f"### {escaped(told(one.title))}", *map(_cells, one.tables), *code])


def _cells(shown: Sheet | SheetTable) -> str:
    """A table in Markdown."""
    return table([escaped(told(name)) for name in shown.header], [[escaped(told(cell)) for cell in row] for row in shown.rows])

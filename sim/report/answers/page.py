"""All answers of a study of several parts on one page that needs nothing else."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from sim.report.answers.base import PageSection
from sim.report.answers.compared import compared_section
from sim.report.answers.factorial import factorial_section
from sim.report.answers.interplay import sections as interplay
from sim.report.answers.programmes import sections as programmes
from sim.report.answers.robust_order import sections as robust_order
from sim.report.answers.threshold_map import sections as threshold_map
from sim.report.document import Document
from sim.report.format import intervals_over, runs
from sim.report.html import render
from sim.report.markdown import short_markdown
from sim.report.part import Part
from sim.said import Said
from sim.words.language import configured, joined, t, told
from sim.words.units import whole

KINDS = (*interplay.SECTIONS, *programmes.SECTIONS, *robust_order.SECTIONS, *threshold_map.SECTIONS)
"""Every section that a part can name, in the order of the page: those of each study with a folder of its own."""


@dataclass(frozen=True)
class Simulated:
    """What was simulated of a part."""

    what: str
    """Arms, design and changes of the market, in words of the configuration."""
    n_runs: int
    n_points: int
    replications: int


@dataclass(frozen=True)
class AnswersPage:
    """What the page says beyond its sections. Nothing in it may change when the same study is run again, such as a duration."""

    question: str
    decision_rule: str
    market: str
    n_clients: int
    n_pros: int
    horizon_days: float
    warmup_days: float
    parts: Mapping[str, Simulated]
    assumptions: Sequence[Said]
    command: str
    seed: int
    versions: Mapping[str, str]
    replications: int = 8
    """Of the part with the fewest."""
    worlds: int = 0
    """Plausible markets that every point was simulated in, of the part with the most; 0: in the market alone."""
    quick: bool = False
    """Whether it is only a corner of the study, run to see that everything works."""
    intensities: Mapping[str, Said] = field(default_factory=dict)
    """With a budget: what the search has set each way of spending to."""


def sections_of(parts: Mapping[str, Part]) -> list[PageSection]:
    """One section a question; a part that serves none of those gets one of its own, after the others."""
    sections = []
    used: set[str] = set()
    for kind in KINDS:
        cast = kind.cast(parts.values())
        if any(role in cast for role in kind.enough):
            sections.append(kind.written(cast))
            used |= {part.name for serving in cast.values() for part in serving}
    for name, part in parts.items():
        if name not in used:
            sections.append(factorial_section(part) if part.design else compared_section(part))
    return sections


@dataclass(frozen=True)
class AnswersRecord:
    """All that the report of a study of several parts is made of."""

    page: AnswersPage
    parts: Mapping[str, Part]


def answers_document(record: AnswersRecord) -> Document:
    """The report of a study of several parts."""
    return document_of(record.page, sections_of(record.parts))


def document_of(page: AnswersPage, sections: Sequence[PageSection]) -> Document:
    """The report whose sections have been written already."""
    figures = [figure for section in sections for figure in section.figures]
    sentences = [f"{section.title} {section.answer}" for section in sections]
    return Document(
        render_answers(page, sections), short_markdown(configured(page.question), sentences, figures, page.command), figures
    )


def render_answers(page: AnswersPage, sections: Sequence[PageSection]) -> str:
    """The page as HTML, the same to the byte for the same arguments."""
    rows = [(name, part.what, _size(part)) for name, part in page.parts.items()]
    if page.intensities:
        found = joined(f"{name}: {told(words)}" for name, words in page.intensities.items())
        rows.append((t("equal budget"), found, t("a search on some of the replications")))
    return render("answers.html.j2", page=page, sections=sections, simulated=rows, over=intervals_over(page.worlds))


def _size(part: Simulated) -> str:
    """``60 (6 points x 10 replications)``."""
    each = runs(part.replications)
    if part.n_points > 1:
        each = t("{points} points x {runs}", points=whole(part.n_points), runs=each)
    return f"{whole(part.n_runs)} ({each})"

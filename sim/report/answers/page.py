"""All answers of a study of several parts on one page that needs nothing else."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from sim.report.answers.base import Section
from sim.report.answers.compared import compared_section, rules_section, scores_section
from sim.report.answers.ladder import ladder_section
from sim.report.answers.noise import RAW, noise_section
from sim.report.answers.payback import payback_section
from sim.report.answers.programmes import budget_section, interaction_section
from sim.report.answers.sensitivity import factorial_section, sensitivity_section
from sim.report.answers.surface import surface_section
from sim.report.document import Document
from sim.report.format import runs
from sim.report.html import render
from sim.report.markdown import short_markdown
from sim.report.part import Part
from sim.said import Said
from sim.words.language import configured, joined, t, told
from sim.words.units import whole

SECTIONS: dict[str, tuple[Callable[[Mapping[str, Part]], Section], tuple[str, ...]]] = {
    "ladder": (ladder_section, ("capacity",)),
    "surface": (surface_section, ("shrinkage",)),
    "payback": (payback_section, ("growth", "stages")),
    "scores": (scores_section, ()),
    "rules": (rules_section, ()),
    "sensitivity": (sensitivity_section, ()),
    "budget": (budget_section, ("acquisition",)),
    "interaction": (interaction_section, ()),
}
"""By name, in the order of the page: what writes it, and which other parts belong to it."""


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
    quick: bool = False
    """Whether it is only a corner of the study, run to see that everything works."""
    intensities: Mapping[str, Said] = field(default_factory=dict)
    """With a budget: what the search has set each way of spending to."""


def _fits(name: str, parts: Mapping[str, Part]) -> bool:
    """Whether a section can be written: its part is there and has what the section is about."""
    if name == "payback":
        return bool({"growth", "stages"} & set(parts)) or _fits("ladder", parts)
    part = parts.get(name)
    if part is None:
        return False
    if name == "ladder":
        return bool(part.steps and part.control) and part.design is None
    if name == "surface":
        return bool(part.control and part.factor("strength") and part.factor("min_sessions"))
    if name == "sensitivity":
        return part.design is not None
    return bool(part.control) and part.design is None


def sections_of(parts: Mapping[str, Part]) -> list[Section]:
    """One section a question; parts that belong to no known one get a section of their own, after the others."""
    sections = []
    used: set[str] = set()
    for name, (write, helpers) in SECTIONS.items():
        if _fits(name, parts):
            sections.append(write(parts))
            used |= {name, *helpers}
    if _fits("scores", parts) and RAW in parts["scores"].scores:
        sections.append(noise_section(parts))
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


def document_of(page: AnswersPage, sections: Sequence[Section]) -> Document:
    """The report whose sections have been written already."""
    figures = [figure for section in sections for figure in section.figures]
    sentences = [f"{section.title} {section.answer}" for section in sections]
    return Document(
        render_answers(page, sections), short_markdown(configured(page.question), sentences, figures, page.command), figures
    )


def render_answers(page: AnswersPage, sections: Sequence[Section]) -> str:
    """The page as HTML, the same to the byte for the same arguments."""
    rows = [(name, part.what, _size(part)) for name, part in page.parts.items()]
    if page.intensities:
        found = joined(f"{name}: {told(words)}" for name, words in page.intensities.items())
        rows.append((t("equal budget"), found, t("a search on some of the replications")))
    return render("answers.html.j2", page=page, sections=sections, simulated=rows)


def _size(part: Simulated) -> str:
    """``60 (6 points x 10 replications)``."""
    each = runs(part.replications)
    if part.n_points > 1:
        each = t("{points} points x {runs}", points=whole(part.n_points), runs=each)
    return f"{whole(part.n_runs)} ({each})"

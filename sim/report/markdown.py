"""The short form of a report, for a pull request."""

import re
from collections.abc import Sequence

from sim.calibration.base_fit import BaseFit
from sim.report.base import base_lines, base_sentences
from sim.report.decision import NAMES, arm_sentence, follows
from sim.report.figures import ReportFigure
from sim.report.format import headline_metrics, runs, verdict_of
from sim.report.rule import Decision, references_of
from sim.statistics.comparison import Comparison
from sim.words.language import starting, t, told
from sim.words.levels import mean
from sim.words.units import label

SHOWN_FIGURES = 2


def escaped(text: str) -> str:
    """A text that Markdown shows as it is: no markup, no table cell ends, no HTML, no link, no mention."""
    plain = re.sub(r"\s+", " ", text).replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    # names such as wecasa_2025 need no escape: an underscore within a word is no markup
    return re.sub(r"([\\`*\[\]|#~]|(?<!\w)_|_(?!\w))", r"\\\1", plain).replace("@", "&#64;")


def code(text: str) -> str:
    """A text as a block of code, whatever backticks it holds."""
    fence = "`" * max(3, *(len(run) + 1 for run in re.findall(r"`+", text)), 3)
    return f"{fence}sh\n{text}\n{fence}"


def table(header: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """A table, its first column a name, the others numbers."""
    lines = [header, ["---", *("---:" for _ in header[1:])], *rows]
    return "\n".join(f"| {' | '.join(cells)} |" for cells in lines)


def pictures(figures: Sequence[ReportFigure]) -> str:
    """Links to the files beside the text, with their alternative texts."""
    return "\n\n".join(f"![{escaped(figure.alt)}](figures/{figure.name}.png)" for figure in figures)


def short_markdown(title: str, sentences: Sequence[str], figures: Sequence[ReportFigure], command: str, cells: str = "") -> str:
    """Title, findings, a table if there is one, and the first figures."""
    found = "\n".join(f"- {escaped(sentence)}" for sentence in sentences)
    parts = [f"## {escaped(title)}", found, cells, pictures(figures[:SHOWN_FIGURES]), code(command)]
    return "\n\n".join(part for part in parts if part) + "\n"


def comparison_markdown(
    comparison: Comparison,
    decision: Decision,
    title: str,
    text: Sequence[str],
    figures: Sequence[ReportFigure],
    command: str,
    base: BaseFit | None = None,
) -> str:
    """Decision, verdicts and headline numbers of a comparison, in the current language."""
    shown, known_references = headline_metrics(comparison), references_of(comparison)
    rows = []
    for arm in comparison.arms:
        role = t("control") if arm == comparison.control else t("reference") if arm in known_references else ""
        cells = [f"**{escaped(arm)}**{f' ({role})' if role else ''}"]
        for one in shown:
            verdict = verdict_of(comparison, arm, one.name)
            cells.append(escaped(mean(comparison.summary(arm, one.name))) + (f"<br>{escaped(verdict)}" if verdict else ""))
        rows.append(cells)
    outcome = starting(told(NAMES[decision.outcome]))
    parts = [
        f"## {escaped(title)}",
        " ".join(map(escaped, base_sentences(base))) if base and base.ranks else "",
        f"**{escaped(outcome)}.** {' '.join(map(escaped, text))}",
        escaped(follows(decision)),
        "\n".join(f"- {escaped(arm_sentence(decision, one))}" for one in decision.arms.values()),
        _base_table(base) if base else "",
        table([t("Arm"), *(escaped(label(one)) for one in shown)], rows),
        t(
            "{runs} of each arm; every word compares with {control}.",
            runs=runs(comparison.n_replications),
            control=escaped(comparison.control),
        ),
        pictures(figures[:SHOWN_FIGURES]),
        code(command),
    ]
    return "\n\n".join(part for part in parts if part) + "\n"


def _base_table(base: BaseFit) -> str:
    """The totals of the file beside those of the simulation."""
    header = [t("Figure"), t("In the file"), t("Simulated"), t("Difference"), t("Verdict")]
    rows = [[line.figure, line.file, line.simulated, line.difference, line.verdict] for line in base_lines(base.totals)]
    return table(header, [[escaped(cell) for cell in row] for row in rows])

"""A replay's own verdict in words: the file beside the simulation of the rule that stands for the file's own."""

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from sim.calibration.base_fit import SHARES, TOLERANCE, BaseFit, BaseRow, By, Figure, Verdict
from sim.report.format import reach
from sim.said import Said, say
from sim.words.aligned import aligned
from sim.words.language import joined, t, told, within_sentence
from sim.words.levels import value
from sim.words.units import NOT_DEFINED, percent, rounded, shift, with_unit

FIGURES: Mapping[Figure, Said] = {
    "return_rate_6m": say("New clients with a second visit within 183 days"),
    "fill_rate": say("Requests that found a pro"),
    "visits_per_day": say("Visits a day"),
}
VERDICTS: Mapping[Verdict, Said] = {"fits": say("fits"), "off": say("off"), "too few": say("too few to tell")}
GROUPS: Mapping[By, Said] = {"total": say("All"), "month": say("Month"), "zone": say("Zone"), "service": say("Service")}

FEWEST_REPLICATIONS = 5
"""Below, the spread between replications may be small by luck, and a base that fits may seem off."""


@dataclass(frozen=True)
class BaseLine:
    """A row of the table, in words."""

    by: str
    value: str
    figure: str
    file: str
    simulated: str
    """With its band."""
    difference: str
    verdict: str
    css: str
    """Class of the verdict in the style sheet."""


def base_sentences(fit: BaseFit) -> list[str]:
    """Whether the base holds, with the figures that say so; then what cannot be told, and what stands for what."""
    by_verdict = {verdict: [row for row in fit.totals if row.verdict == verdict] for verdict in VERDICTS}
    if fit.off:
        first = t(
            "Policies are not ranked, for the base is off: under {control}, which stands for the rule that served the file,"
            " {figures}.",
            control=fit.arm,
            figures=_within(_apart(row) for row in fit.off),
        )
    elif by_verdict["fits"]:
        first = t(
            "The base fits: under {control}, which stands for the rule that served the file, {figures}.",
            control=fit.arm,
            figures=_within(_beside(row) for row in by_verdict["fits"]),
        )
    else:
        first = t(
            "Whether the base fits cannot be told: the file has too few cases, or replications differ too much among themselves."
        )
    sentences = [first]
    if by_verdict["too few"] and (fit.off or by_verdict["fits"]):
        unclear = _within(_beside(row) for row in by_verdict["too few"])
        sentences.append(t("Too few cases or replications to tell: {figures}.", figures=unclear))
    if fit.off and fit.replications < FEWEST_REPLICATIONS:
        few = t("Of luck between fewer than {n} replications little is known: more may settle it.", n=FEWEST_REPLICATIONS)
        sentences.append(few)
    if fit.off:
        sentences.append(
            t(
                "Which rule served the file is not known. If it was another one than {control}, compare with that one:"
                " control=NAME.",
                control=fit.arm,
            )
        )
    return sentences


def base_lines(rows: Iterable[BaseRow]) -> list[BaseLine]:
    """Rows of the table."""
    return [
        BaseLine(
            told(GROUPS[row.by]),
            row.value,
            told(FIGURES[row.figure]),
            _amount(row, row.file),
            _banded(row),
            _difference(row),
            told(VERDICTS[row.verdict]),
            row.verdict.replace(" ", "-"),
        )
        for row in rows
    ]


def tolerance_sentence() -> str:
    """What decides, and what the columns are."""
    return t(
        "The totals decide: a base is off where the simulation is further from the file than luck explains and than {points} of a"
        " share, or {visits} of the visits. Brackets hold what one realisation of the simulation gives with 95 %, so one row in"
        " twenty lies outside by luck alone. All days count, the warm-up included.",
        points=reach(TOLERANCE["fill_rate"], "share"),
        visits=percent(TOLERANCE["visits_per_day"]),
    )


def note_sentences(fit: BaseFit) -> list[str]:
    """What to know with the table."""
    sentences = [tolerance_sentence()]
    if any(row.figure == "fill_rate" and row.file == 1 for row in fit.totals):
        sentences.append(t("The file has no request that nobody accepted: it holds what found a pro."))
    return sentences


def text_lines(fit: BaseFit) -> list[str]:
    """The totals as a table for the terminal."""
    lines = base_lines(fit.totals)
    cells = [(line.figure, t("file {file}", file=line.file), line.simulated, line.difference, line.verdict) for line in lines]
    return aligned(cells)


def _within(parts: Iterable[str]) -> str:
    return joined(within_sentence(part) for part in parts)


def _beside(row: BaseRow) -> str:
    """A figure of both: ``new clients ... 28.1 % (file 29.0 %)``."""
    return t(
        "{figure} {simulated} (file {file})",
        figure=told(FIGURES[row.figure]),
        simulated=_amount(row, row.simulated),
        file=_amount(row, row.file),
    )


def _apart(row: BaseRow) -> str:
    """A figure that is off, and by how much."""
    limit = percent(TOLERANCE[row.figure]) if row.figure not in SHARES else reach(TOLERANCE[row.figure], "share")
    return t("{row}, {difference} where {limit} are tolerated", row=_beside(row), difference=_difference(row), limit=limit)


def _amount(row: BaseRow, number: float) -> str:
    if row.figure in SHARES:
        return value(number, "share")
    return rounded(number, 1 if row.file >= 10 else 2)


def _banded(row: BaseRow) -> str:
    middle = _amount(row, row.simulated)
    if not math.isfinite(row.low) or not math.isfinite(row.high):
        return middle
    low, high = max(row.low, 0.0), min(row.high, 1.0) if row.figure in SHARES else row.high
    decimals, factor = (1, 100) if row.figure in SHARES else (1 if row.file >= 10 else 2, 1)
    return t("{share} [{low} to {high}]", share=middle, low=rounded(factor * low, decimals), high=rounded(factor * high, decimals))


def _difference(row: BaseRow) -> str:
    """In points of a share, or as a share of the file's visits."""
    if row.figure in SHARES:
        return shift(row.difference, "share")
    return with_unit(rounded(100 * row.difference / row.file, 1, signed=True), "%") if row.file > 0 else NOT_DEFINED


def shown_rows(fit: BaseFit) -> tuple[Sequence[BaseLine], Sequence[BaseLine]]:
    """The totals, and all else."""
    return base_lines(fit.totals), base_lines(row for row in fit.rows if row.by != "total")

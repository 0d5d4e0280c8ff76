"""Which threshold is best at which strength, and whether a hard threshold is ever better than shrinkage."""

from collections.abc import Mapping, Sequence
from typing import Any

from sim.arrays import Floats
from sim.charts import style
from sim.charts.effects import factor_words, level_label, plot_heat_map
from sim.metrics.catalogue import RETURN_RATE, metric
from sim.report.answers.base import (
    CLEAR,
    Answer,
    Cell,
    PageSection,
    Table,
    at,
    capital,
    cell,
    judged,
    map_cells,
    runs_of,
    spoken,
)
from sim.report.answers.equal import margin_words, verdict_counts
from sim.report.answers.interplay.rule import by_the_rule
from sim.report.answers.interplay.shrinkage import against_shrinkage
from sim.report.figures import ReportFigure
from sim.report.format import runs as written_runs
from sim.report.part import Part, restricted
from sim.statistics.cells import CellMeans, cell_means, may_be_best
from sim.statistics.designs import Design
from sim.words.language import configured, joined, listed, t
from sim.words.units import shift, signed_interval


def maps_of(
    part: Part, name: str = RETURN_RATE, rows: str = "strength", columns: str = "min_sessions"
) -> dict[tuple[tuple[str, Any], ...], CellMeans]:
    """Cells of two factors, at each level of the others, by those: pairs of a factor and its level, none for no others."""
    if part.design is None:
        return {}
    a, b = part.factor(rows), part.factor(columns)
    if a is None or b is None:
        return {}
    pending: list[tuple[tuple[tuple[str, Any], ...], Design, Floats]] = [((), part.design, part.studied_gain(name))]
    for other in (factor for factor in part.design.factors if factor not in (a, b)):
        pending = [
            ((*fixed, (other, level)), *restricted(design, runs, other, level))
            for fixed, design, runs in pending
            for level in part.design.levels[other]
        ]
    return {fixed: cell_means(name, design, runs, a, b, metric(name).better) for fixed, design, runs in pending}


def surface_section(part: Part, shrinkage: Part | None = None) -> PageSection:
    """The map of strength by threshold, where it is flat, and thresholds against shrinkage at equal inequality.

    Parameters
    ----------
    shrinkage
        The rival without a threshold, at several strengths.
    """
    maps = maps_of(part)
    figures, sentences, tables = [], [], []
    answers: list[Answer] = []
    for fixed, cells in maps.items():
        label = ", ".join(at(*one) for one in fixed)
        plainly = ", ".join(f"{factor_words(key)} {f'{level:g}' if isinstance(level, float) else level}" for key, level in fixed)
        name = f"map_{plainly}".replace(" ", "_").rstrip("_")
        words = capital(ridge(cells, label))
        ax = plot_heat_map(cells, against=part.control)
        if label:
            ax.set_ylabel(f"{t('strength')}   ({label})", fontsize=style.LABEL_POINTS)
        caption = (
            t("{where}: light is high, dark is low; framed cells cannot be told from the best of this map.", where=label)
            if label
            else t("light is high, dark is low; framed cells cannot be told from the best of this map.")
        )
        figures.append(
            ReportFigure(
                name,
                style.figure_of(ax),
                capital(caption),
                t(
                    "New clients who book again, difference to {control}, by strength and threshold. {words}",
                    control=part.control,
                    words=words,
                ),
            )
        )
        sentences.append(words)
        answers += map_cells("surface", f"map {label}".rstrip(), cells, part.control)
    table, costs, words = _costs(part)
    tables.append(table)
    answers += costs
    sentences.append(words)
    recommendation = ""
    if (ruled := by_the_rule(part)) is not None:
        found, compared, words, recommendation = ruled
        tables += found
        answers += compared
        sentences.append(words)
    answer = _answer(part, maps, costs)
    if shrinkage is not None:
        figure, table, matched, words = against_shrinkage(part, shrinkage)
        figures.append(figure)
        tables.append(table)
        answers += matched
        sentences.append(words)
        answer = f"{answer} {words}"
    if recommendation:
        answer = f"{answer} {recommendation}"
    notes = [
        t(
            "Strength as a power of the score, its floor and its cap are assumptions. Acquisition is fixed here, so the payback"
            " moves"
            " nothing: it is arithmetic on these runs."
        ),
        t(
            "Matched exposure: shrinkage takes spread out of scores, so equal strengths are not equal policies. Both are"
            " compared at"
            " the same mean inequality of exposure (Gini), by a line between the strengths simulated; the intervals hold the"
            " error of"
            " both gains and Ginis. Where gains flatten as exposure gets less equal, such chords lie below the curve of shrinkage,"
            " which favours the threshold a little."
        ),
    ]
    return PageSection("surface", configured(part.question), answer, sentences, figures, tables, notes, answers)


def _cells(cells: CellMeans) -> list[tuple[Any, Any, float]]:
    """Those that may be the best, the best first: levels and mean."""
    found = [
        (one, other, float(cells.mean[i, j]))
        for i, one in enumerate(cells.levels_a)
        for j, other in enumerate(cells.levels_b)
        if cells.may_be_best[i, j]
    ]
    return sorted(found, key=lambda row: -row[2])


def _labels(levels: Sequence[Any]) -> str:
    return listed([level_label(level) for level in levels])


def ridge(cells: CellMeans, label: str) -> str:
    """Where the best of a map may lie, in a sentence; where it is flat, that it is."""
    best, n = _cells(cells), cells.mean.size
    if not best:
        return _where(label, t("no cell can be called best."))
    if len(best) == n:
        return _where(label, t("the map is flat: no setting can be told from another."))
    one, other, _ = best[0]
    i, j = cells.levels_a.index(one), cells.levels_b.index(other)
    ends = signed_interval(float(cells.low[i, j]), float(cells.high[i, j]), "share")
    numbers = f"{shift(float(cells.mean[i, j]), 'share')} {ends}".rstrip()
    strengths = [level for level in cells.levels_a if any(a == level for a, _, _ in best)]
    sessions = [level for level in cells.levels_b if any(b == level for _, b, _ in best)]
    flat = (
        t(
            "{n} of {all} settings may be the best: strength {strengths}, threshold {sessions}",
            n=len(best),
            all=n,
            strengths=_labels(strengths),
            sessions=_labels(sessions),
        )
        if len(best) > 1
        else t("every other setting is clearly behind it")
    )
    words = t(
        "best on average is strength {strength} with {sessions} sessions ({numbers}, the interval of this cell alone, picked as the"
        " best of {all}); {rest}.",
        strength=level_label(one),
        sessions=level_label(other),
        numbers=numbers,
        all=n,
        rest=flat,
    )
    return _where(label, words)


def _where(label: str, words: str) -> str:
    return t("With {where}: {words}", where=label, words=words) if label else words


def _answer(part: Part, maps: Mapping[Any, CellMeans], costs: Sequence[Answer]) -> str:
    cells = list(maps.values())[-1]
    strengths = [cells.levels_a[i] for i in range(len(cells.levels_a)) if cells.may_be_best[i].any()]
    sessions = [cells.levels_b[j] for j in range(len(cells.levels_b)) if cells.may_be_best[:, j].any()]
    runs = runs_of(part)
    base = part.base.get(part.factor("min_sessions") or "")
    mine = [one for one in costs if one.what.split(", ")[-1] == t("{n} sessions", n=base)]
    if not strengths or cells.may_be_best.all():
        words = [t("Neither strength nor threshold can be told to matter")]
    else:
        first = (
            t("Strength matters, best at {strengths}", strengths=_labels(strengths))
            if len(strengths) < len(cells.levels_a)
            else t("No strength can be ruled out")
        )
        words = (
            [first, t("which of the thresholds {sessions} is best there is not known", sessions=_labels(sessions))]
            if len(sessions) > 1
            else [t("{found}, with a threshold of {n} sessions", found=first, n=level_label(sessions[0]))]
        )
    if mine:
        words.append(
            t(
                "a threshold of {n} sessions against none, at {all} strengths: {counts}",
                n=base,
                all=len(mine),
                counts=verdict_counts(mine),
            )
        )
    return t("{found} ({runs}).", found=joined(words), runs=runs)


def _costs(part: Part) -> tuple[Table, list[Answer], str]:
    """Every threshold against none, at each strength and time to rebook; simultaneous over the table."""
    thresholds = part.levels("min_sessions")
    none, others = thresholds[0], thresholds[1:]
    strengths = [x for x in part.levels("strength") if x != 0] or [None]
    rebooks = part.levels("rebook_days") or (None,)
    n = len(others) * len(strengths) * len(rebooks)
    rows, answers = [], []
    responses = part.of(part.studied)
    for rebook in rebooks:
        for strength in strengths:
            fixed = {key: level for key, level in (("strength", strength), ("rebook_days", rebook)) if level is not None}
            zero = responses[part.at(min_sessions=none, **fixed)][0]
            label = ", ".join(at(key, level) for key, level in fixed.items())
            found = [
                judged(
                    part,
                    "surface",
                    ", ".join([*([label] if label else []), t("{n} sessions", n=threshold)]),
                    RETURN_RATE,
                    f"{none} sessions",
                    responses[part.at(min_sessions=threshold, **fixed)][0] - zero,
                    n,
                )
                for threshold in others
            ]
            best = may_be_best(responses[part.at(**fixed)])
            flat = ", ".join(level_label(one) for one, kept in zip(thresholds, best, strict=True) if kept)
            rows.append((label, (*(cell(one) for one in found), Cell(flat))))
            answers += found
    header = (t("Setting"), *(t("{n} sessions", n=one) for one in others), t("Cannot be told from the best"))
    caption = t(
        "New clients who book again: each threshold against {n} sessions at the same setting; {runs}, simultaneous intervals.",
        n=none,
        runs=written_runs(part.n),
    )
    words = t("Thresholds against {n} sessions at the same strength: {counts}.", n=none, counts=verdict_counts(answers))
    if margin := margin_words(part, RETURN_RATE):
        words = f"{words} {capital(margin)}."
    clear = [one for one in answers if one.verdict in CLEAR]
    if clear:
        most = max(clear, key=lambda one: abs(one.estimate))
        largest = t("The largest: {most}, {numbers}.", most=most.what, numbers=spoken(most))
        words = f"{words} {largest}"
    return Table(caption, header, rows), answers, words

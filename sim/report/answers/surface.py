"""Which threshold is best at which strength, and whether a hard threshold is ever better than shrinkage."""

from collections.abc import Mapping, Sequence
from typing import Any

from sim.charts import style
from sim.charts.effects import level_label, plot_heat_map
from sim.metrics.catalogue import PRIMARY, metric
from sim.report.answers.base import CLEAR, Answer, Cell, Section, Table, capital, cell, judged, listed, map_cells, runs_of, spoken
from sim.report.answers.rule import by_the_rule
from sim.report.answers.shrinkage import against_shrinkage
from sim.report.figures import ReportFigure
from sim.report.part import Part, restricted
from sim.statistics.cells import CellMeans, cell_means, may_be_best


def maps_of(part: Part, name: str = PRIMARY, rows: str = "strength", columns: str = "min_sessions") -> dict[str, CellMeans]:
    """Cells of two factors, at each level of the others, by a name of those levels; empty for no others."""
    if part.design is None:
        return {}
    a, b = part.factor(rows), part.factor(columns)
    if a is None or b is None:
        return {}
    pending = [("", part.design, part.studied_gain(name))]
    for other in (factor for factor in part.design.factors if factor not in (a, b)):
        pending = [
            (
                f"{label}, {other.rsplit('.', 1)[-1].replace('_', ' ')} {level_label(level)}".lstrip(", "),
                *restricted(design, runs, other, level),
            )
            for label, design, runs in pending
            for level in part.design.levels[other]
        ]
    return {label: cell_means(name, design, runs, a, b, metric(name).better) for label, design, runs in pending}


def surface_section(parts: Mapping[str, Part]) -> Section:
    """The map of strength by threshold, where it is flat, and thresholds against shrinkage at equal inequality."""
    part = parts["surface"]
    maps = maps_of(part)
    figures, sentences, tables = [], [], []
    answers: list[Answer] = []
    for label, cells in maps.items():
        name = f"map_{label}".replace(" ", "_").rstrip("_")
        words = capital(ridge(cells, label))
        ax = plot_heat_map(cells, against=part.control)
        if label:
            ax.set_ylabel(f"strength   ({label})", fontsize=style.LABEL_POINTS)
        caption = (
            f"{label + ': ' if label else ''}light is high, dark is low; framed cells cannot be told from the best of this map."
        )
        figures.append(
            ReportFigure(
                name,
                style.figure_of(ax),
                capital(caption),
                f"New clients who book again, difference to {part.control}, by strength and threshold. {words}",
            )
        )
        sentences.append(words)
        answers += map_cells("surface", f"map {label}".rstrip(), cells, part.control)
    table, costs, words = _costs(part)
    tables.append(table)
    answers += costs
    sentences.append(words)
    if (ruled := by_the_rule(part)) is not None:
        found, compared, words = ruled
        tables += found
        answers += compared
        sentences.append(words)
    answer = _answer(part, maps, costs)
    if "shrinkage" in parts:
        figure, table, matched, words = against_shrinkage(part, parts["shrinkage"])
        figures.append(figure)
        tables.append(table)
        answers += matched
        sentences.append(words)
        answer = f"{answer} {words}"
    notes = [
        "Strength as a power of the score, its floor and its cap are assumptions. Acquisition is fixed here, so the payback moves"
        " nothing: it is arithmetic on these runs.",
        "Matched exposure: shrinkage takes spread out of scores, so equal strengths are not equal policies. Both are"
        " compared at the"
        " same mean inequality of exposure (Gini), by a line between the strengths simulated; the intervals hold the error of both"
        " gains and Ginis. Where gains flatten as exposure gets less equal, such chords lie below the curve of shrinkage, which"
        " favours the threshold a little.",
    ]
    return Section("surface", part.question, answer, sentences, figures, tables, notes, answers)


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
    where = f"With {label}: " if label else ""
    if not best:
        return f"{where}no cell can be called best."
    if len(best) == n:
        return f"{where}the map is flat: no setting can be told from another."
    one, other, _ = best[0]
    i, j = cells.levels_a.index(one), cells.levels_b.index(other)
    numbers = f"{100 * cells.mean[i, j]:+.2f} points [{100 * cells.low[i, j]:+.2f}, {100 * cells.high[i, j]:+.2f}]".replace(
        "-", "−"
    )
    strengths = [level for level in cells.levels_a if any(a == level for a, _, _ in best)]
    sessions = [level for level in cells.levels_b if any(b == level for _, b, _ in best)]
    flat = (
        f"{len(best)} of {n} settings cannot be told from the best: strength {_labels(strengths)}, threshold {_labels(sessions)}"
        if len(best) > 1
        else "every other setting is clearly behind it"
    )
    return (
        f"{where}best on average is strength {level_label(one)} with {level_label(other)} sessions ({numbers}, the interval of this"
        f" cell alone, picked as the best of {n}); {flat}."
    )


def _answer(part: Part, maps: Mapping[str, CellMeans], costs: Sequence[Answer]) -> str:
    cells = list(maps.values())[-1]
    strengths = [cells.levels_a[i] for i in range(len(cells.levels_a)) if cells.may_be_best[i].any()]
    sessions = [cells.levels_b[j] for j in range(len(cells.levels_b)) if cells.may_be_best[:, j].any()]
    runs = runs_of(part)
    base = part.base.get(part.factor("min_sessions") or "")
    mine = [one for one in costs if one.what.endswith(f" {base} sessions")]
    better, worse = (sum(one.verdict == word for one in mine) for word in ("better", "worse"))
    if not strengths or cells.may_be_best.all():
        first = "Neither strength nor threshold can be told to matter"
    else:
        first = (
            f"Strength matters, best at {_labels(strengths)}"
            if len(strengths) < len(cells.levels_a)
            else "No strength can be ruled out"
        )
        first += (
            f"; thresholds {_labels(sessions)} cannot be told apart there"
            if len(sessions) > 1
            else f", with a threshold of {level_label(sessions[0])} sessions"
        )
    if not mine:
        return f"{first} ({runs})."
    at_base = (
        f"clearly better at {better} and clearly worse at {worse} of {len(mine)} settings"
        if better or worse
        else "not distinguishable at any strength"
    )
    second = f"a threshold of {base} sessions against none is {at_base}"
    return f"{first}; {second} ({runs})."


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
            label = ", ".join(f"{key.replace('_', ' ')} {level_label(level)}" for key, level in fixed.items())
            found = [
                judged(
                    "surface",
                    f"{label}, {threshold} sessions",
                    PRIMARY,
                    f"{none} sessions",
                    responses[part.at(min_sessions=threshold, **fixed)][0] - zero,
                    n,
                )
                for threshold in others
            ]
            best = may_be_best(responses[part.at(**fixed)])
            flat = ", ".join(level_label(t) for t, kept in zip(thresholds, best, strict=True) if kept)
            rows.append((label, (*(cell(one) for one in found), Cell(flat))))
            answers += found
    header = ("Setting", *(f"{threshold} sessions" for threshold in others), "Cannot be told from the best")
    caption = (
        f"New clients who book again: each threshold against {none} sessions at the same setting; {part.n} replications,"
        " simultaneous intervals."
    )
    worse, better = (sum(one.verdict == word for one in answers) for word in ("worse", "better"))
    words = (
        f"Of {len(answers)} thresholds against {none} sessions, {better} are clearly better, {worse} clearly worse,"
        f" {len(answers) - better - worse} not distinguishable."
    )
    clear = [one for one in answers if one.verdict in CLEAR]
    if clear:
        most = max(clear, key=lambda one: abs(one.estimate))
        words += f" The largest: {most.what}, {spoken(most)}."
    return Table(caption, header, rows), answers, words

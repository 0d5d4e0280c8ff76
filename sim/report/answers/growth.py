"""What the payback decides once contribution is reinvested, and what it interacts with."""

import itertools
from collections.abc import Sequence
from typing import Any

import numpy as np

from sim.charts import style
from sim.charts.effects import factor_label, level_label, plot_heat_map, plot_interaction
from sim.metrics.catalogue import metric
from sim.report.answers.base import (
    CLEAR,
    Answer,
    Cell,
    Table,
    capital,
    cell,
    interval_of,
    judged,
    map_cells,
    measured,
    runs_of,
    shift,
    spoken,
)
from sim.report.figures import ReportFigure
from sim.report.part import Part
from sim.statistics.cells import cell_means
from sim.statistics.designs import Design
from sim.statistics.effects import Effect, effects
from sim.statistics.intervals import Floats, Interval

CLIENTS = "new_clients_per_month"
NET = "net_contribution_eur"
K = "payback_bookings"


def growth_answers(part: Part) -> tuple[list[str], list[Table], list[ReportFigure], list[Answer]]:
    """Effects and interactions on growth; the first sentence is the answer."""
    design = part.design
    if design is None:
        return ["Growth was simulated at one point only: nothing can be said of the payback."], [], [], []
    responses = part.studied_gain(CLIENTS)
    rows = effects(CLIENTS, design, responses, metric(CLIENTS).better)
    table, answers, words = _by_k(part)
    pairs = _pairs_table(design, rows, part)
    figures, drawn = _figures(part, design, responses)
    answers += drawn
    return [words, *_strongest(design, rows), *_limits(part)], [table, pairs], figures, answers


def _by_k(part: Part) -> tuple[Table, list[Answer], str]:
    """New clients per month at each K: the rule as it stands, and against no weight on the score."""
    bookings = part.levels(K) or (part.payback_bookings,)
    strengths = part.levels("strength")
    base = {name.rsplit(".", 1)[-1]: value for name, value in part.base.items() if not name.endswith(K)}
    fixed = {key: value if value in part.levels(key) else part.levels(key)[-1] for key, value in base.items()}
    answers, rows = [], []
    for k in bookings:
        here = part.at(**fixed, **{K: k})
        level = measured("payback", f"reinvested, K = {k}", CLIENTS, part.of(part.studied, CLIENTS)[here][0])
        net = measured("payback", f"reinvested, K = {k}", NET, part.of(part.studied, NET)[here][0])
        cells = [cell(level), cell(net)]
        answers += [level, net]
        if strengths and strengths[0] == 0 and fixed.get("strength") != 0:
            without = part.at(**(fixed | {"strength": 0}), **{K: k})
            gap = judged(
                "payback",
                f"reinvested, K = {k}",
                CLIENTS,
                "no weight on the score",
                (part.of(part.studied, CLIENTS)[here] - part.of(part.studied, CLIENTS)[without])[0],
                len(bookings),
            )
            cells.append(cell(gap))
            answers.append(gap)
        rows.append((f"K = {k}", cells))
    header = ["Payback", "New clients per month, last quarter", "Contribution net of acquisition"]
    with_gap = len(rows[0][1]) > 2
    header += ["New clients, against strength 0"] if with_gap else []
    where = ", ".join(f"{key.replace('_', ' ')} {level_label(value)}" for key, value in fixed.items())
    table = Table(f"With contribution reinvested, at {where}; {part.n} replications.", header, rows)
    levels = [one for one in answers if one.metric == CLIENTS and not one.against]
    words = (
        f"With reinvestment K decides growth: {levels[0].estimate:.0f} new clients a month at"
        f" {levels[0].what.split(', ')[1]}, {levels[-1].estimate:.0f} at {levels[-1].what.split(', ')[1]}"
    )
    fell = (
        part.of(part.studied, CLIENTS)[part.at(**fixed, **{K: bookings[-1]})][0]
        - part.of(part.studied, CLIENTS)[part.at(**fixed, **{K: bookings[0]})][0]
    )
    difference = judged("payback", f"reinvested, K = {bookings[-1]}", CLIENTS, f"K = {bookings[0]}", fell)
    answers.append(difference)
    words += f" ({shift(interval_of(difference), 'count')})"
    if len(bookings) < 2 or difference.verdict not in CLEAR:
        words = f"Growth with reinvestment does not clearly depend on K ({spoken(difference)})"
    gaps = [one for one in answers if one.against == "no weight on the score"]
    clear = [one for one in gaps if one.verdict in CLEAR]
    if clear:
        most = max(clear, key=lambda one: abs(one.estimate))
        words += f"; the score moves it most at {most.what.split(', ')[1]} ({shift(interval_of(most), 'count')} a month)"
    elif gaps:
        words += "; what the score adds to growth is not distinguishable from nothing at any K"
    return table, answers, f"{words} ({part.n} replications)."


def _strongest(design: Design, rows: Sequence[Effect]) -> list[str]:
    """Main effects and interactions, a sentence for each."""
    sentences = []
    for factor in design.factors:
        mains = [row for row in rows if row.effect == "main" and row.factor_a == factor]
        clear = [row for row in mains if row.verdict in CLEAR]
        if not clear:
            sentences.append(f"New clients per month do not clearly depend on {factor_label(factor)}, over all else.")
            continue
        high, low = (pick(clear, key=lambda row: row.estimate) for pick in (max, min))
        if high is low:
            way = "more" if high.estimate > 0 else "fewer"
            sentences.append(
                f"{capital(factor_label(factor))}: clearly {way} new clients at {level_label(high.level_a)} only"
                f" ({_said(high)} a month"
                " against the mean of all points)."
            )
            continue
        sentences.append(
            f"{capital(factor_label(factor))}: most new clients at"
            f" {level_label(high.level_a)} ({_said(high)} a month"
            f" against the mean of all points), fewest at {level_label(low.level_a)} ({_said(low)})."
        )
    together = [row for row in rows if row.effect == "interaction" and row.verdict in CLEAR]
    pairs = dict.fromkeys((row.factor_a, row.factor_b) for row in together)
    every = list(itertools.combinations(design.factors, 2))
    if pairs:
        names = "; ".join(f"{factor_label(a)} with {factor_label(b)}" for a, b in pairs)
        sentences.append(
            f"Act together on growth, beyond what they add up to: {names}. All other pairs: not distinguishable from adding up."
        )
    elif every:
        sentences.append("No two factors can be told to act together on growth: as far as these runs tell, their effects add up.")
    return sentences


def _said(row: Effect) -> str:
    return shift(Interval(row.estimate, row.low, row.high, row.n), metric(row.metric).unit)


def _pairs_table(design: Design, rows: Sequence[Effect], part: Part) -> Table:
    """The largest interaction of each pair of factors."""
    lines = []
    for a, b in itertools.combinations(design.factors, 2):
        found = [row for row in rows if (row.factor_a, row.factor_b) == (a, b)]
        n_clear = sum(row.verdict in CLEAR for row in found)
        candidates = [row for row in found if row.verdict in CLEAR] or found
        largest = max(candidates, key=lambda row: abs(row.estimate) if np.isfinite(row.estimate) else -1.0)
        where = f"{factor_label(a)} {level_label(largest.level_a)}, {factor_label(b)} {level_label(largest.level_b)}"
        lines.append(
            (
                f"{factor_label(a)} with {factor_label(b)}",
                (Cell(where), Cell(_said(largest), largest.verdict), Cell(f"{n_clear} of {len(found)}")),
            )
        )
    caption = (
        "Pairs of factors on new clients per month: the largest of their interactions, of the clear ones where there are"
        f" any; {runs_of(part)}, intervals hold for"
        " all effects together."
    )
    return Table(caption, ("Pair", "At", "Beyond what they add up to", "Clear"), lines)


def _limits(part: Part) -> list[str]:
    """Points that are the same in every replication, at the top or bottom of all: values cannot say what bounds them."""
    values = part.of(part.studied, CLIENTS)
    strengths = part.levels("strength")
    # at strength 0 every threshold is the same run, which is not a limit
    kept = ~part.at(strength=0) if strengths and 0 in strengths else np.ones(len(values), bool)
    values = values[kept]
    points = [point for point, there in zip(part.design.points, kept, strict=True) if there] if part.design else []
    found = []
    for what, end in (
        ("the most of all, as when the reach of marketing binds", values.max(axis=0)),
        ("the fewest of all, as when its floor binds", values.min(axis=0)),
    ):
        at_end = (values == end).all(axis=1)
        if 1 < at_end.sum() < len(values):
            ends = [point for point, there in zip(points, at_end, strict=True) if there]
            common = [
                f"{factor_label(name)} {level_label(level)}"
                for name, level in ends[0].items()
                if all(p[name] == level for p in ends)
            ]
            found.append(
                f"New clients of the last quarter are identical at {int(at_end.sum())} of {len(values)} points in every replication"
                f"{' (all with ' + ', '.join(common) + ')' if common else ''}, {what}: no difference shows there."
            )
    return found


def _figures(part: Part, design: Design, responses: Floats) -> tuple[list[ReportFigure], list[Answer]]:
    """The maps, and the numbers of their cells."""
    wanted: list[tuple[str, str, Any]] = [("strength", K, plot_interaction), ("strength", "min_sessions", plot_heat_map)]
    figures: list[ReportFigure] = []
    answers: list[Answer] = []
    for a, b, plot in wanted:
        one, other = part.factor(a), part.factor(b)
        if one is None or other is None:
            continue
        cells = cell_means(CLIENTS, design, responses, one, other, metric(CLIENTS).better)
        answers += map_cells("payback", "reinvested, mean over the other factors", cells, "")
        lines = plot is plot_interaction
        caption = (
            "Lines that come closer, part or cross: the two act together."
            if lines
            else "Light is high, dark is low; framed cells cannot be told from the best."
        )
        figures.append(
            ReportFigure(
                f"growth_{a}_{b}",
                style.figure_of(plot(cells)),
                f"With contribution reinvested, mean over the other factors. {caption}",
                f"New clients per month by {factor_label(one)} and {factor_label(other)}, from"
                f" {np.nanmin(cells.mean):.0f} to {np.nanmax(cells.mean):.0f}.",
            )
        )
    return figures, answers


def stages_answers(part: Part) -> tuple[str, Table, list[Answer]]:
    """Arms other than the control against the studied one at each K, on growth."""
    bookings = part.levels(K) or (part.payback_bookings,)
    others = [arm for arm in part.arms if arm != part.studied]
    answers, rows = [], []
    for k in bookings:
        here = part.at(**{K: k})
        cells = [
            cell(measured("payback", f"{part.studied}, reinvested, K = {k}", CLIENTS, part.of(part.studied, CLIENTS)[here][0]))
        ]
        for arm in others:
            gap = judged(
                "payback",
                f"{arm}, reinvested, K = {k}",
                CLIENTS,
                part.studied,
                part.gain(arm, part.studied, CLIENTS)[here][0],
                len(bookings) * len(others),
            )
            cells.append(cell(gap))
            answers.append(gap)
        rows.append((f"K = {k}", cells))
    header = ("Payback", part.studied, *(f"{arm}, against it" for arm in others))
    table = Table(
        f"New clients per month, last quarter, with contribution reinvested; {part.n} replications, simultaneous intervals.",
        header,
        rows,
    )
    policies = [arm for arm in others if arm not in (part.control, "oracle")]
    words = []
    for arm in policies:
        mine = [one for one in answers if one.what.startswith(f"{arm}, ")]
        better, worse = (sum(one.verdict == word for one in mine) for word in ("better", "worse"))
        if better or worse:
            most = max((one for one in mine if one.verdict in CLEAR), key=lambda one: abs(one.estimate))
            words.append(
                f"{arm} grows clearly faster than {part.studied} at {better} and slower at {worse} of {len(mine)} K"
                f" (most: {most.what.split(', ')[-1]}, {shift(interval_of(most), 'count')} a month)."
            )
        else:
            words.append(f"{arm} cannot be told from {part.studied} in growth at any K.")
    return " ".join(words) or f"Nothing but {part.control} was compared with {part.studied}.", table, answers

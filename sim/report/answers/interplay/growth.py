"""What the payback decides once contribution is reinvested, and what it interacts with."""

import itertools
from collections.abc import Sequence
from typing import Any

import numpy as np

from sim.arrays import Floats
from sim.charts import style
from sim.charts.effects import factor_label, level_label, plot_heat_map, plot_interaction
from sim.metrics.catalogue import metric
from sim.report.answers.base import (
    CLEAR,
    Answer,
    Cell,
    Table,
    at,
    capital,
    cell,
    interval_of,
    judged,
    map_cells,
    measured,
    pair_label,
    runs_of,
    shift,
    spoken,
)
from sim.report.figures import ReportFigure
from sim.report.format import runs
from sim.report.part import Part
from sim.statistics.cells import cell_means
from sim.statistics.designs import Design
from sim.statistics.effects import Effect, effects
from sim.statistics.intervals import Interval
from sim.words.language import joined, t
from sim.words.units import label, rounded, whole

CLIENTS = "new_clients_per_month"
NET = "net_contribution_per_year_eur"
K = "payback_bookings"


def growth_answers(part: Part) -> tuple[list[str], list[Table], list[ReportFigure], list[Answer]]:
    """Effects and interactions on growth; the first sentence is the answer."""
    design = part.design
    if design is None:
        raise ValueError(f"part = {part.name!r}, must have factors")
    responses = part.studied_gain(CLIENTS)
    rows = effects(CLIENTS, design, responses, metric(CLIENTS).better)
    table, answers, words = _by_k(part)
    pairs = _pairs_table(design, rows, part)
    figures, drawn = _figures(part, design, responses)
    answers += drawn
    three = _three_way(part)
    if three is not None:
        answers.append(three)
    together = [] if three is None else [_together(three)]
    return [words, *_strongest(design, rows), *together, *_limits(part)], [table, pairs], figures, answers


def _three_way(part: Part) -> Answer | None:
    """What strength, threshold and payback do together beyond what they do alone and in pairs, from the ends of each; or None.

    The alternating sum over the eight corners of the design: how much what strength and threshold do together at the largest K
    differs from what they do together at the smallest.
    """
    ends = {key: (levels[0], levels[-1]) for key in ("strength", "min_sessions", K) if (levels := part.levels(key))}
    if len(ends) < 3:
        return None
    values = part.of(part.studied, CLIENTS)
    total = np.zeros(part.n)
    for corner in itertools.product((0, 1), repeat=3):
        here = part.at(**{key: ends[key][side] for key, side in zip(ends, corner, strict=True)})
        total += (-1) ** (3 - sum(corner)) * values[here].mean(axis=0)
    what = t("strength, threshold and K together, beyond their pairs")
    return judged(part, "payback", what, CLIENTS, t("the sum of all pairs"), total)


def _together(three: Answer) -> str:
    """The three-way effect in a sentence."""
    numbers = shift(interval_of(three), metric(CLIENTS).unit)
    if three.verdict in CLEAR:
        return t("All three act together beyond their pairs: {numbers} new clients a month between the corners.", numbers=numbers)
    return t("Whether all three act together beyond their pairs is not known: {numbers} new clients a month.", numbers=numbers)


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
                part,
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
    header = [t("Payback"), label(metric(CLIENTS)), label(metric(NET))]
    with_gap = len(rows[0][1]) > 2
    header += [t("New clients, against strength 0")] if with_gap else []
    where = ", ".join(at(key, value) for key, value in fixed.items())
    caption = t("With contribution reinvested, at {where}; {runs}.", where=where, runs=runs(part.n))
    table = Table(caption, header, rows)
    levels = [one for one in answers if one.metric == CLIENTS and not one.against]
    fell = (
        part.of(part.studied, CLIENTS)[part.at(**fixed, **{K: bookings[-1]})][0]
        - part.of(part.studied, CLIENTS)[part.at(**fixed, **{K: bookings[0]})][0]
    )
    difference = judged(part, "payback", f"reinvested, K = {bookings[-1]}", CLIENTS, f"K = {bookings[0]}", fell)
    answers.append(difference)
    if len(bookings) < 2 or difference.verdict not in CLEAR:
        words = [t("Growth with reinvestment does not clearly depend on K ({numbers})", numbers=spoken(difference))]
    else:
        words = [
            t(
                "With reinvestment K decides growth: {few} new clients a month at {small}, {many} at {large} ({numbers})",
                few=rounded(levels[0].estimate, 0),
                small=levels[0].what.split(", ")[1],
                many=rounded(levels[-1].estimate, 0),
                large=levels[-1].what.split(", ")[1],
                numbers=shift(interval_of(difference), "count"),
            )
        ]
    gaps = [one for one in answers if one.against == "no weight on the score"]
    clear = [one for one in gaps if one.verdict in CLEAR]
    if clear:
        most = max(clear, key=lambda one: abs(one.estimate))
        numbers = shift(interval_of(most), "count")
        words.append(t("the score moves it most at {where} ({numbers} a month)", where=most.what.split(", ")[1], numbers=numbers))
    elif gaps:
        words.append(t("what the score adds to growth is not distinguishable from nothing at any K"))
    return table, answers, t("{found} ({runs}).", found=joined(words), runs=runs(part.n))


def _strongest(design: Design, rows: Sequence[Effect]) -> list[str]:
    """Main effects and interactions, a sentence for each."""
    sentences = []
    for factor in design.factors:
        mains = [row for row in rows if row.effect == "main" and row.factor_a == factor]
        clear = [row for row in mains if row.verdict in CLEAR]
        if not clear:
            sentences.append(
                t("New clients per month do not clearly depend on {factor}, over all else.", factor=factor_label(factor))
            )
            continue
        high, low = (pick(clear, key=lambda row: row.estimate) for pick in (max, min))
        if high is low:
            words = {"factor": capital(factor_label(factor)), "level": level_label(high.level_a), "numbers": _said(high)}
            sentences.append(
                t("{factor}: clearly more new clients at {level} only ({numbers} a month against the mean of all points).", **words)
                if high.estimate > 0
                else t(
                    "{factor}: clearly fewer new clients at {level} only ({numbers} a month against the mean of all points).",
                    **words,
                )
            )
            continue
        sentences.append(
            t(
                "{factor}: most new clients at {high} ({more} a month against the mean of all points), fewest at {low} ({fewer}).",
                factor=capital(factor_label(factor)),
                high=level_label(high.level_a),
                more=_said(high),
                low=level_label(low.level_a),
                fewer=_said(low),
            )
        )
    together = [row for row in rows if row.effect == "interaction" and row.verdict in CLEAR]
    pairs = dict.fromkeys((row.factor_a, row.factor_b) for row in together)
    every = list(itertools.combinations(design.factors, 2))
    if pairs:
        names = joined(pair_label(a, b) for a, b in pairs)
        sentences.append(
            t(
                "Act together on growth, beyond what they add up to: {pairs}. All other pairs: not distinguishable from adding up.",
                pairs=names,
            )
        )
    elif every:
        sentences.append(
            t("No two factors can be told to act together on growth: as far as these runs tell, their effects add up.")
        )
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
        where = f"{at(a, largest.level_a)}, {at(b, largest.level_b)}"
        lines.append(
            (
                pair_label(a, b),
                (Cell(where), Cell(_said(largest), largest.verdict), Cell(t("{n} of {all}", n=n_clear, all=len(found)))),
            )
        )
    caption = t(
        "Pairs of factors on new clients per month: the largest of their interactions, of the clear ones where there are any;"
        " {runs}, intervals hold for all effects together.",
        runs=runs_of(part),
    )
    return Table(caption, (t("Pair"), t("At"), t("Beyond what they add up to"), t("Clear")), lines)


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
        (t("the most of all, as when the reach of marketing binds"), values.max(axis=0)),
        (t("the fewest of all, as when its floor binds"), values.min(axis=0)),
    ):
        at_end = (values == end).all(axis=1)
        if 1 < at_end.sum() < len(values):
            ends = [point for point, there in zip(points, at_end, strict=True) if there]
            common = [at(name, level) for name, level in ends[0].items() if all(p[name] == level for p in ends)]
            words = {"n": int(at_end.sum()), "all": len(values), "what": what}
            found.append(
                t(
                    "New clients of the last quarter are identical at {n} of {all} points in every replication (all with {levels}),"
                    " {what}: no difference shows there.",
                    levels=", ".join(common),
                    **words,
                )
                if common
                else t(
                    "New clients of the last quarter are identical at {n} of {all} points in every replication, {what}: no"
                    " difference"
                    " shows there.",
                    **words,
                )
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
            t("Lines that come closer, part or cross: the two act together.")
            if lines
            else t("Light is high, dark is low; framed cells cannot be told from the best.")
        )
        figures.append(
            ReportFigure(
                f"growth_{a}_{b}",
                style.figure_of(plot(cells)),
                t("With contribution reinvested, mean over the other factors. {caption}", caption=caption),
                t(
                    "New clients per month by {a} and {b}, from {low} to {high}.",
                    a=factor_label(one),
                    b=factor_label(other),
                    low=whole(float(np.nanmin(cells.mean))),
                    high=whole(float(np.nanmax(cells.mean))),
                ),
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
                part,
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
    header = (t("Payback"), part.studied, *(t("{arm}, against it", arm=arm) for arm in others))
    caption = t(
        "New clients per month, last quarter, with contribution reinvested; {runs}, simultaneous intervals.", runs=runs(part.n)
    )
    table = Table(caption, header, rows)
    policies = [arm for arm in others if arm not in (part.control, "oracle")]
    words = []
    for arm in policies:
        mine = [one for one in answers if one.what.startswith(f"{arm}, ")]
        better, worse = (sum(one.verdict == word for one in mine) for word in ("better", "worse"))
        if better or worse:
            most = max((one for one in mine if one.verdict in CLEAR), key=lambda one: abs(one.estimate))
            words.append(
                t(
                    "{arm} grows clearly faster than {studied} at {better} and slower at {worse} of {all} K (most: {most},"
                    " {numbers} a"
                    " month).",
                    arm=arm,
                    studied=part.studied,
                    better=better,
                    worse=worse,
                    all=len(mine),
                    most=most.what.split(", ")[-1],
                    numbers=shift(interval_of(most), "count"),
                )
            )
        else:
            words.append(t("{arm} cannot be told from {studied} in growth at any K.", arm=arm, studied=part.studied))
    nothing = t("Nothing but {control} was compared with {studied}.", control=part.control, studied=part.studied)
    return " ".join(words) or nothing, table, answers

"""How a gain moves with what is assumed of the market."""

from collections.abc import Mapping, Sequence

from sim.charts import style
from sim.charts.effects import factor_label, level_label
from sim.charts.rows import Row, plot_rows
from sim.metrics.catalogue import PRIMARY, metric
from sim.report.answers.base import (
    CLEAR,
    Answer,
    Cell,
    Section,
    Table,
    amount,
    capital,
    cell,
    interval_of,
    judged,
    measured,
    runs_of,
    shift,
)
from sim.report.figures import ReportFigure
from sim.report.part import Part
from sim.statistics.effects import Effect, effects
from sim.statistics.intervals import Floats

SPREAD = "true_propensity_sd"


def sensitivity_section(parts: Mapping[str, Part]) -> Section:
    """The gain of the studied arm at each level of each assumption, and at every point."""
    return factorial_section(parts["sensitivity"])


def factorial_section(part: Part) -> Section:
    """What each factor of a part does to the primary metric, or to the gain in it where there is a control."""
    design = part.design
    if design is None:
        raise ValueError(f"part = {part.name!r}, must have factors")
    gain = part.studied_gain()
    rows = effects(PRIMARY, design, gain, metric(PRIMARY).better)
    n_levels = sum(len(levels) for levels in design.levels.values())
    answers: list[Answer] = []
    lines: list[tuple[str, tuple[Cell, ...]]] = []
    shown = []
    for column, (factor, levels) in enumerate(design.levels.items()):
        for i, level in enumerate(levels):
            here = design.index[:, column] == i
            what = f"{factor_label(factor)} {level_label(level)}"
            mean = gain[here].mean(axis=0)
            one = (
                judged(part.name, what, PRIMARY, part.control, mean, n_levels)
                if part.control
                else measured(part.name, what, PRIMARY, mean)
            )
            effect = next(row for row in rows if row.effect == "main" and row.factor_a == factor and row.level_a == level)
            spread = measured(part.name, what, SPREAD, part.of(part.studied, SPREAD)[here].mean(axis=0))
            base = " (as it stands)" if part.base.get(factor) == level else ""
            lines.append(
                (
                    what + base,
                    (
                        cell(one),
                        Cell(shift_of(effect.estimate, effect.low, effect.high, effect.n), effect.verdict),
                        Cell(amount(interval_of(spread), "share")),
                    ),
                )
            )
            answers += [one, spread]
            shown.append(Row(what + base, one.estimate, one.low, one.high, one.verdict in CLEAR, column))
    gained = "Gain" if part.control else "Level"
    header = (
        "Assumption",
        f"{gained} in new clients who book again",
        "Against the mean of all points",
        "Spread of true quality between pros",
    )
    table = Table(
        f"{part.studied}{f' against {part.control}' if part.control else ''}, mean over the other factors;"
        f" {runs_of(part)}, simultaneous intervals.",
        header,
        lines,
    )
    note = (
        f"{'difference to ' + style.short(part.control) if part.control else 'level'}, mean over the other factors, 95 %"
        f" intervals together, {part.n} replications"
    )
    ax = plot_rows(shown, PRIMARY, f"{gained} of {style.short(part.studied)} by assumption", note)
    alt = "; ".join(f"{row.label} {100 * row.estimate:+.2f} points" for row in shown)
    figure = ReportFigure(
        f"{part.name}_levels",
        style.figure_of(ax),
        "Filled: the gain can be told from none. A row far from its neighbours: the answer rests on that assumption.",
        f"{gained} by level. {alt}.",
    )
    words, found = _points(part, gain)
    answers += found
    sentences = [words] if part.control else []
    for factor in design.factors:
        mains = [row for row in rows if row.effect == "main" and row.factor_a == factor]
        clear = any(row.verdict in CLEAR for row in mains)
        high, low = (pick(mains, key=lambda row: row.estimate) for pick in (max, min))
        ends = [
            one
            for one in answers
            if one.metric == PRIMARY and one.what in (f"{factor_label(factor)} {level_label(row.level_a)}" for row in (low, high))
        ]
        label = factor_label(factor)
        said = "; ".join(
            f"{one.what} {shift(interval_of(one), 'share') if part.control else amount(interval_of(one), 'share')}" for one in ends
        )
        sentences.append(
            f"{capital(label)}: {'it moves with it' if clear else 'no level can be told from the mean of all'} ({said})."
        )
    notes = [
        "Each level of an assumption is a market of its own; the others are averaged over. Levels are chosen, not"
        " estimated from data."
    ]
    return Section(part.name, part.question, _answer(part, gain, rows), sentences, [figure], [table], notes, answers)


def shift_of(estimate: float, low: float, high: float, n: int) -> str:
    """A difference in shares in words."""
    return shift(interval_of(Answer("", "", PRIMARY, "", estimate, low, high, n, "")), "share")


def _verdicts(part: Part, gain: Floats) -> list[Answer]:
    points = part.design.points if part.design else [{}]
    labels = [", ".join(f"{factor_label(name)} {level_label(level)}" for name, level in point.items()) for point in points]
    return [judged(part.name, label, PRIMARY, part.control, runs, len(points)) for label, runs in zip(labels, gain, strict=True)]


def _points(part: Part, gain: Floats) -> tuple[str, list[Answer]]:
    if not part.control:
        return "", []
    found = _verdicts(part, gain)
    better, worse = (sum(one.verdict == word for one in found) for word in ("better", "worse"))
    positive = sum(one.estimate > 0 for one in found)
    return (
        f"Point by point the gain is clearly positive at {better} of {len(found)} and clearly negative at {worse}; its estimate is"
        f" above 0 at {positive} ({part.n} replications a point, simultaneous intervals).",
        found,
    )


def _answer(part: Part, gain: Floats, rows: Sequence[Effect]) -> str:
    moving = list(dict.fromkeys(row.factor_a for row in rows if row.effect == "main" and row.verdict in CLEAR))
    names = ", ".join(factor_label(name) for name in moving)
    if not part.control:
        return (
            f"{metric(PRIMARY).label}: {f'moves with {names}' if moving else 'no factor can be told to move it'} ({runs_of(part)})."
        )
    found = _verdicts(part, gain)
    better, worse = (sum(one.verdict == word for one in found) for word in ("better", "worse"))
    if worse:
        sign = (
            f"The sign of the gain rests on the assumptions: at {worse} of {len(found)} points {part.studied} is clearly"
            f" behind {part.control}, at {better} clearly ahead"
        )
    elif better == len(found):
        sign = f"The gain of {part.studied} over {part.control} is clearly positive at all {len(found)} points"
    else:
        sign = (
            f"The gain of {part.studied} over {part.control} is clearly positive at {better} of {len(found)} points and nowhere"
            " clearly negative"
        )
    size = f"its size moves with {names}" if moving else "its size cannot be told to move with any of them"
    return f"{sign}; {size} ({runs_of(part)})."

"""What each factor of a part does to the primary metric, or to the gain in it."""

from collections.abc import Sequence

from sim.arrays import Floats
from sim.charts import style
from sim.charts.effects import factor_label
from sim.charts.rows import Row, plot_rows
from sim.metrics.catalogue import RETURN_RATE, metric
from sim.report.answers.base import (
    CLEAR,
    Answer,
    Cell,
    PageSection,
    Table,
    amount,
    at,
    capital,
    cell,
    interval_of,
    judged,
    measured,
    runs_of,
    shift,
)
from sim.report.figures import ReportFigure
from sim.report.format import runs as written_runs
from sim.report.part import Part
from sim.statistics.effects import Effect, effects
from sim.words.language import configured, joined, t
from sim.words.units import label
from sim.words.units import shift as shift_with_unit

SPREAD = "true_propensity_sd"


def factorial_section(part: Part) -> PageSection:
    """What each factor of a part does to the primary metric, or to the gain in it where there is a control."""
    design = part.design
    if design is None:
        raise ValueError(f"part = {part.name!r}, must have factors")
    gain = part.studied_gain()
    rows = effects(RETURN_RATE, design, gain, metric(RETURN_RATE).better, margin=part.margins.get(RETURN_RATE))
    n_levels = sum(len(levels) for levels in design.levels.values())
    answers: list[Answer] = []
    lines: list[tuple[str, tuple[Cell, ...]]] = []
    shown = []
    for column, (factor, levels) in enumerate(design.levels.items()):
        for i, level in enumerate(levels):
            here = design.index[:, column] == i
            what = at(factor, level)
            mean = gain[here].mean(axis=0)
            one = (
                judged(part, part.name, what, RETURN_RATE, part.control, mean, n_levels)
                if part.control
                else measured(part.name, what, RETURN_RATE, mean)
            )
            effect = next(row for row in rows if row.effect == "main" and row.factor_a == factor and row.level_a == level)
            spread = measured(part.name, what, SPREAD, part.of(part.studied, SPREAD)[here].mean(axis=0))
            base = f" {t('(as it stands)')}" if part.base.get(factor) == level else ""
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
    header = (
        t("Assumption"),
        t("Gain in new clients who book again") if part.control else t("Level in new clients who book again"),
        t("Against the mean of all points"),
        t("Spread of true quality between pros"),
    )
    studied = t("{arm} against {control}", arm=part.studied, control=part.control) if part.control else part.studied
    caption = t("{arm}, mean over the other factors; {runs}, simultaneous intervals.", arm=studied, runs=runs_of(part))
    table = Table(caption, header, lines)
    what = t("difference to {control}", control=style.short(part.control)) if part.control else t("level")
    note = t("{what}, mean over the other factors, 95 % intervals together, {runs}", what=what, runs=written_runs(part.n))
    title = (
        t("Gain of {arm} by assumption", arm=style.short(part.studied))
        if part.control
        else t("Level of {arm} by assumption", arm=style.short(part.studied))
    )
    ax = plot_rows(shown, RETURN_RATE, title, note)
    alt = joined(f"{row.label} {shift_with_unit(row.estimate, 'share')}" for row in shown)
    figure = ReportFigure(
        f"{part.name}_levels",
        style.figure_of(ax),
        t("Filled: the gain can be told from none. A row far from its neighbours: the answer rests on that assumption."),
        t("Gain by level. {rows}.", rows=alt) if part.control else t("Level by level of each factor. {rows}.", rows=alt),
    )
    words, found = _points(part, gain)
    answers += found
    sentences = [words] if part.control else []
    for factor in design.factors:
        mains = [row for row in rows if row.effect == "main" and row.factor_a == factor]
        clear = any(row.verdict in CLEAR for row in mains)
        high, low = (pick(mains, key=lambda row: row.estimate) for pick in (max, min))
        ends = [
            one for one in answers if one.metric == RETURN_RATE and one.what in (at(factor, row.level_a) for row in (low, high))
        ]
        name = capital(factor_label(factor))
        said = joined(
            f"{one.what} {shift(interval_of(one), 'share') if part.control else amount(interval_of(one), 'share')}" for one in ends
        )
        sentences.append(
            t("{factor}: it moves with it ({rows}).", factor=name, rows=said)
            if clear
            else t("{factor}: practically no difference between its levels ({rows}).", factor=name, rows=said)
            if all(row.verdict in ("practically equal", "identical") for row in mains)
            else t("{factor}: whether it matters is not known ({rows}).", factor=name, rows=said)
        )
    notes = [
        t(
            "Each level of an assumption is a market of its own; the others are averaged over. Levels are chosen, not estimated"
            " from"
            " data."
        )
    ]
    return PageSection(
        part.name, configured(part.question), _answer(part, gain, rows), sentences, [figure], [table], notes, answers
    )


def shift_of(estimate: float, low: float, high: float, n: int) -> str:
    """A difference in shares in words."""
    return shift(interval_of(Answer("", "", RETURN_RATE, "", estimate, low, high, n, "")), "share")


def _verdicts(part: Part, gain: Floats) -> list[Answer]:
    points = part.design.points if part.design else [{}]
    labels = [", ".join(at(name, level) for name, level in point.items()) for point in points]
    return [
        judged(part, part.name, label, RETURN_RATE, part.control, runs, len(points))
        for label, runs in zip(labels, gain, strict=True)
    ]


def _points(part: Part, gain: Floats) -> tuple[str, list[Answer]]:
    if not part.control:
        return "", []
    found = _verdicts(part, gain)
    better, worse = (sum(one.verdict == word for one in found) for word in ("better", "worse"))
    positive = sum(one.estimate > 0 for one in found)
    return (
        t(
            "Point by point the gain is clearly positive at {better} of {all} and clearly negative at {worse}; its estimate is"
            " above"
            " 0 at {positive} ({runs} a point, simultaneous intervals).",
            better=better,
            all=len(found),
            worse=worse,
            positive=positive,
            runs=written_runs(part.n),
        ),
        found,
    )


def _answer(part: Part, gain: Floats, rows: Sequence[Effect]) -> str:
    moving = list(dict.fromkeys(row.factor_a for row in rows if row.effect == "main" and row.verdict in CLEAR))
    names = ", ".join(factor_label(name) for name in moving)
    if not part.control:
        words = {"metric": label(metric(RETURN_RATE)), "runs": runs_of(part)}
        if moving:
            return t("{metric}: moves with {factors} ({runs}).", factors=names, **words)
        return t("{metric}: no factor can be told to move it ({runs}).", **words)
    found = _verdicts(part, gain)
    better, worse = (sum(one.verdict == word for one in found) for word in ("better", "worse"))
    counted = {"arm": part.studied, "control": part.control, "better": better, "all": len(found)}
    if worse:
        sign = t(
            "The sign of the gain rests on the assumptions: at {worse} of {all} points {arm} is clearly behind {control}, at"
            " {better}"
            " clearly ahead",
            worse=worse,
            **counted,
        )
    elif better == len(found):
        sign = t("The gain of {arm} over {control} is clearly positive at all {all} points", **counted)
    else:
        sign = t(
            "The gain of {arm} over {control} is clearly positive at {better} of {all} points and nowhere clearly negative",
            **counted,
        )
    size = (
        t("its size moves with {factors}", factors=names) if moving else t("whether its size moves with any of them is not known")
    )
    return t("{found} ({runs}).", found=joined([sign, size]), runs=runs_of(part))

"""Arms against a control on several metrics: who pays, and whether one rule improved on another."""

from collections.abc import Mapping

from sim.charts import style
from sim.charts.rows import Row, plot_rows
from sim.metrics.catalogue import METRICS, PRIMARY, metric
from sim.report.answers.base import (
    CLEAR,
    PRICE,
    Answer,
    Cell,
    Section,
    Table,
    amount,
    cell,
    judged,
    rows_in_words,
    runs_of,
    spoken,
)
from sim.report.figures import ReportFigure
from sim.report.format import runs
from sim.report.part import Part, level_of, only
from sim.words.language import configured, joined, listed, t, tn
from sim.words.units import label, whole


def scores_section(parts: Mapping[str, Part]) -> Section:
    """Definitions of the score against the one of today: what clients gain, and what pros pay."""
    part = parts["scores"]
    names = (PRIMARY, *(name for name in PRICE if name in part.values[part.studied]))
    others = [arm for arm in part.arms if arm != part.control]
    answers = [
        judged("scores", arm, name, part.control, part.gain(arm, part.control, name)[0], len(others))
        for name in names
        for arm in others
    ]
    rows: list[tuple[str, tuple[Cell, ...]]] = [
        (part.control, tuple(Cell(amount(level_of(part.of(part.control, name)[0]), metric(name).unit)) for name in names))
    ]
    rows += [
        (arm, tuple(cell(one) for name in names for one in answers if one.what == arm and one.metric == name)) for arm in others
    ]
    table = Table(
        t(
            "Each definition against {control}; {runs}, intervals hold for all definitions of a number together.",
            control=part.control,
            runs=runs_of(part),
        ),
        (t("Score"), *(label(metric(name)) for name in names)),
        rows,
    )
    figures = [
        _figure(part, [one for one in answers if one.metric == name], name)
        for name in (PRIMARY, "false_demotion_share")
        if name in names
    ]
    notes = [
        t(
            "False demotions: pros whose score counts and who are truly above the average, shown less than the average pro. Each"
            " definition is used at the strength of its own file; where that differs, exposure does too: compare it beside returns."
        ),
        t("The spread of true quality between pros, and that quality does not change over time, are assumptions."),
    ]
    return Section(
        "scores",
        configured(part.question),
        _who_pays(part, answers, others),
        _by_metric(answers, names, part),
        figures,
        [table],
        notes,
        answers,
    )


def _who_pays(part: Part, answers: list[Answer], others: list[str]) -> str:
    costless = []
    for arm in others:
        mine = {one.metric: one.verdict for one in answers if one.what == arm}
        if mine[PRIMARY] == "better" and "worse" not in mine.values():
            costless.append(arm)
    better = [
        arm for arm in others if any(one.what == arm and one.metric == PRIMARY and one.verdict == "better" for one in answers)
    ]
    base = (
        amount(level_of(part.of(part.control, "false_demotion_share")[0]), "share")
        if "false_demotion_share" in part.values[part.control]
        else ""
    )
    first = (
        t(
            "Under {control} {share} of the truly good pros whose score counts are shown less than the average",
            control=part.control,
            share=base,
        )
        if base
        else t("Against {control}", control=part.control)
    )
    if not better:
        second = t("no other definition brings clearly more clients back")
    elif costless:
        second = tn(
            "{arms} brings more clients back at no clear cost to pros",
            "{arms} bring more clients back at no clear cost to pros",
            len(costless),
            arms=listed(costless),
        )
    else:
        second = tn(
            "{arms} brings more clients back, at a clear cost to pros",
            "{arms} bring more clients back, each at a clear cost to pros",
            len(better),
            arms=listed(better),
        )
    return t("{found} ({runs}).", found=joined([first, second]), runs=runs_of(part))


def _by_metric(answers: list[Answer], names: tuple[str, ...], part: Part) -> list[str]:
    sentences = []
    for name in names:
        mine = [one for one in answers if one.metric == name]
        found = {word: [one for one in mine if one.verdict == word] for word in ("better", "worse")}
        what = label(metric(name))
        if not found["better"] and not found["worse"]:
            sentences.append(t("{metric}: no definition can be told from {control}.", metric=what, control=part.control))
            continue
        parts = []
        for word, rows in found.items():
            if rows:
                most = max(rows, key=lambda one: abs(one.estimate))
                arms, numbers = listed([one.what for one in rows]), spoken(most)
                parts.append(
                    t("better with {arms} (most: {most}, {numbers})", arms=arms, most=most.what, numbers=numbers)
                    if word == "better"
                    else t("worse with {arms} (most: {most}, {numbers})", arms=arms, most=most.what, numbers=numbers)
                )
        sentences.append(t("{what}: {rows}.", what=what, rows=joined(parts)))
    return sentences


def rules_section(parts: Mapping[str, Part]) -> Section:
    """One rule against another on every headline metric, all read together."""
    part = parts["rules"]
    names = only(part, tuple(one.name for one in METRICS if one.headline or one.name in PRICE))
    answers = [
        judged("rules", part.studied, name, part.control, part.gain(part.studied, part.control, name)[0], len(names))
        for name in names
    ]
    return _pair_section("rules", part, answers, names)


def _pair_section(name: str, part: Part, answers: list[Answer], names: tuple[str, ...]) -> Section:
    rows = [
        (
            label(metric(one.metric)),
            (
                Cell(amount(level_of(part.of(part.control, one.metric)[0]), metric(one.metric).unit)),
                Cell(amount(level_of(part.of(part.studied, one.metric)[0]), metric(one.metric).unit)),
                cell(one),
                Cell(whole(one.n)),
            ),
        )
        for one in answers
    ]
    caption = t(
        "{arm} against {control}; {runs}, intervals hold for all rows together.",
        arm=part.studied,
        control=part.control,
        runs=runs_of(part),
    )
    table = Table(caption, (t("Metric"), part.control, part.studied, t("Difference"), "n"), rows)
    better, worse, other = ([one for one in answers if one.verdict == word] for word in ("better", "worse", "not distinguishable"))
    primary = next(one for one in answers if one.metric == PRIMARY) if PRIMARY in names else answers[0]
    first = t(
        "{arm} against {control}, new clients who book again: {numbers}",
        arm=part.studied,
        control=part.control,
        numbers=spoken(primary),
    )
    counts = t(
        "of {all} metrics {better} clearly better, {worse} clearly worse, {rest} not",
        all=len(answers),
        better=len(better),
        worse=len(worse),
        rest=len(answers) - len(better) - len(worse),
    )
    sentences = [
        t("{what}: {rows}.", what=word, rows=joined(f"{label(metric(one.metric))}, {spoken(one)}" for one in rows))
        for word, rows in ((t("Better"), better), (t("Worse"), worse))
        if rows
    ]
    if other:
        silent = joined(label(metric(one.metric)) for one in other)
        sentences.append(t("{what}: {rows}.", what=t("Not distinguishable"), rows=silent))
    figure = _figure(part, [primary], primary.metric)
    notes = [
        " ".join(
            t("{arm}: {judgement}", arm=arm, judgement=configured(part.descriptions[arm]))
            for arm in (part.control, part.studied)
            if arm in part.descriptions
        )
    ]
    return Section(
        name,
        configured(part.question),
        t("{found} ({runs}).", found=joined([first, counts]), runs=runs_of(part)),
        sentences,
        [figure],
        [table],
        [note for note in notes if note],
        answers,
    )


def compared_section(part: Part) -> Section:
    """Any other comparison: every arm against the control on the headline metrics."""
    control = part.control or part.arms[0]
    names = only(part, tuple(one.name for one in METRICS if one.headline))
    others = [arm for arm in part.arms if arm != control]
    answers = [
        judged(part.name, arm, name, control, part.gain(arm, control, name)[0], len(others)) for name in names for arm in others
    ]
    rows = [
        (arm, tuple(cell(one) for name in names for one in answers if one.what == arm and one.metric == name)) for arm in others
    ]
    caption = t("Against {control}; {runs}.", control=control, runs=runs_of(part))
    table = Table(caption, (t("Arm"), *(label(metric(name)) for name in names)), rows)
    mine = [one for one in answers if one.metric == names[0]]
    better = [one for one in mine if one.verdict == "better"]
    first = label(metric(names[0]))
    words = (
        tn(
            "{arms} is clearly better than {control} in: {metric}",
            "{arms} are clearly better than {control} in: {metric}",
            len(better),
            arms=listed([one.what for one in better]),
            control=control,
            metric=first,
        )
        if better
        else t("No arm is clearly better than {control} in: {metric}", control=control, metric=first)
    )
    sentences = [t("{what}: {rows}.", what=one.what, rows=spoken(one)) for one in mine]
    answer = t("{found} ({runs}).", found=words, runs=runs_of(part))
    figures = [_figure(part, mine, names[0])]
    return Section(part.name, configured(part.question), answer, sentences, figures, [table], (), answers)


def _figure(part: Part, answers: list[Answer], name: str) -> ReportFigure:
    rows = [Row(style.shortened(one.what), one.estimate, one.low, one.high, one.verdict in CLEAR) for one in answers]
    control = answers[0].against if answers else part.control
    note = t("difference to {control}, 95 % intervals together, {runs}", control=style.short(control), runs=runs(part.n))
    ax = plot_rows(rows, name, label(metric(name)), note)
    return ReportFigure(
        f"{part.name}_{name}",
        style.figure_of(ax),
        t("Filled: can be told from the control. Hollow: cannot."),
        t("{metric}. {rows}.", metric=label(metric(name)), rows=rows_in_words(answers)),
    )

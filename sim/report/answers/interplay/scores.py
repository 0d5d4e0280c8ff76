"""What other definitions of the score bring clients, and what pros pay for them."""

from sim.metrics.catalogue import RETURN_RATE, metric
from sim.report.answers.base import (
    PRICE,
    Answer,
    Cell,
    PageSection,
    Table,
    amount,
    cell,
    judged,
    runs_of,
    spoken,
)
from sim.report.answers.compared import arms_figure
from sim.report.part import Part, level_of
from sim.words.language import configured, joined, listed, t, tn
from sim.words.units import label


def scores_section(part: Part) -> PageSection:
    """Definitions of the score against today's: what clients gain, and what pros pay."""
    names = (RETURN_RATE, *(name for name in PRICE if name in part.values[part.studied]))
    others = [arm for arm in part.arms if arm != part.control]
    answers = [
        judged(part, "scores", arm, name, part.control, part.gain(arm, part.control, name)[0], len(others))
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
        arms_figure("scores", part, [one for one in answers if one.metric == name], name)
        for name in (RETURN_RATE, "false_demotion_share")
        if name in names
    ]
    notes = [
        t(
            "False demotions: pros whose score counts and who are truly above the average, shown less than the average pro. Each"
            " definition is used at the strength of its own file; where that differs, exposure does too: compare it beside returns."
        ),
        t("The spread of true quality between pros, and that quality does not change over time, are assumptions."),
    ]
    return PageSection(
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
        if mine[RETURN_RATE] == "better" and "worse" not in mine.values():
            costless.append(arm)
    better = [
        arm for arm in others if any(one.what == arm and one.metric == RETURN_RATE and one.verdict == "better" for one in answers)
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

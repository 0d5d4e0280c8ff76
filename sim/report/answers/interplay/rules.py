"""Whether one rule improved on another, on every headline metric."""

from sim.metrics.catalogue import METRICS, RETURN_RATE, metric
from sim.report.answers.base import (
    PRICE,
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
from sim.report.part import Part, level_of, only
from sim.words.language import configured, joined, t
from sim.words.units import label, whole


def rules_section(part: Part) -> PageSection:
    """One rule against another on every headline metric, all read together."""
    names = only(part, tuple(one.name for one in METRICS if one.headline or one.name in PRICE))
    answers = [
        judged(part, "rules", part.studied, name, part.control, part.gain(part.studied, part.control, name)[0], len(names))
        for name in names
    ]
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
    primary = next(one for one in answers if one.metric == RETURN_RATE) if RETURN_RATE in names else answers[0]
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
    figure = arms_figure("rules", part, [primary], primary.metric)
    notes = [
        " ".join(
            t("{arm}: {judgement}", arm=arm, judgement=configured(part.descriptions[arm]))
            for arm in (part.control, part.studied)
            if arm in part.descriptions
        )
    ]
    return PageSection(
        "rules",
        configured(part.question),
        t("{found} ({runs}).", found=joined([first, counts]), runs=runs_of(part)),
        sentences,
        [figure],
        [table],
        [note for note in notes if note],
        answers,
    )

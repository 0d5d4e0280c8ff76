"""Whether a programme and the allocation policy reinforce or replace each other."""

from collections.abc import Sequence

from sim.metrics.catalogue import RETURN_RATE, metric
from sim.report.answers.base import (
    CLEAR,
    Answer,
    Cell,
    PageSection,
    Table,
    cell,
    judged,
    runs_of,
    spoken,
)
from sim.report.answers.programmes.budget import CLIENTS, gains_figure
from sim.report.part import Part
from sim.words.language import configured, joined, t, word
from sim.words.units import label

SUM = "the sum of both"


def pairs_of(arms: Sequence[str], control: str) -> list[str]:
    """Arms with a programme under the policy that have another one, named after both, under the control."""
    return [arm for arm in arms if f"{control}_{arm}" in arms]


def interaction_section(part: Part) -> PageSection:
    """What a programme adds under the policy, minus what it adds under the control: reinforce, replace, or neither."""
    pairs = pairs_of(part.arms, part.control)
    answers, rows, sentences = [], [], []
    for name in (CLIENTS, RETURN_RATE):
        for arm in pairs:
            with_policy = part.gain(arm, part.studied, name)[0]
            without = part.gain(f"{part.control}_{arm}", part.control, name)[0]
            own = [
                judged(part, "interaction", f"{arm} under {policy}", name, policy, gain, 2 * len(pairs))
                for policy, gain in ((part.studied, with_policy), (part.control, without))
            ]
            both = judged(part, "interaction", f"{arm} x {part.studied}", name, SUM, with_policy - without, len(pairs))
            answers += [*own, both]
            shown = label(metric(name))
            rows.append(
                (t("{arm}: {judgement}", arm=arm, judgement=shown), (cell(own[1]), cell(own[0]), cell(both), Cell(_words(both))))
            )
            sentences.append(
                t("{arm} and {policy}, {metric}: {verdict}.", arm=arm, policy=part.studied, metric=shown, verdict=_said(both))
            )
    table = Table(
        t("What a programme adds; {runs}, intervals hold for all programmes of a number together.", runs=runs_of(part)),
        (
            t("Programme"),
            t("Under {arm}", arm=part.control),
            t("Under {arm}", arm=part.studied),
            t("Interaction"),
            t("Verdict"),
        ),
        rows,
    )
    mine = [one for one in answers if one.metric == CLIENTS and one.against == SUM]
    figure = gains_figure("interaction_clients", mine, CLIENTS, t("interaction with 95 % intervals together"))
    clear = [
        t("{arm}, {metric}: {verdict}", arm=one.what, metric=label(metric(one.metric)), verdict=_said(one))
        for one in answers
        if one.against == SUM and one.verdict in CLEAR
    ]
    first = (
        t("Clear interactions with {policy}: {rows} ({runs}).", policy=part.studied, rows=joined(clear), runs=runs_of(part))
        if clear
        else t("No programme clearly interacts with {policy} ({runs}).", policy=part.studied, runs=runs_of(part))
    )
    notes = [
        t(
            "Interaction: what the programme adds under {policy}, minus what it adds under {control}. Above 0 they reinforce each"
            " other, below 0 each replaces part of the other. Intensity is the same under both, cost need not be.",
            policy=part.studied,
            control=part.control,
        )
    ]
    return PageSection("interaction", configured(part.question), first, sentences, [figure], [table], notes, answers)


def _words(both: Answer) -> str:
    if both.verdict not in CLEAR:
        return word(both.verdict)
    return t("reinforce each other") if both.estimate > 0 else t("replace each other in part")


def _said(both: Answer) -> str:
    return f"{_words(both)} ({spoken(both)})" if both.verdict in CLEAR else spoken(both)

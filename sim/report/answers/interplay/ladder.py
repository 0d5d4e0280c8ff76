"""How much of what knowing every pro would bring a score captures, and what costs the rest."""

import math

from sim.charts import style
from sim.charts.ladder import Rung, plot_ladder
from sim.charts.rows import Row, plot_rows
from sim.metrics.catalogue import RETURN_RATE
from sim.report.answers.base import (
    CLEAR,
    Answer,
    Cell,
    PageSection,
    Table,
    amount,
    capital,
    cell,
    interval_of,
    judged,
    measured,
    percent,
    rows_in_words,
    runs_of,
    shift,
    spoken,
)
from sim.report.answers.interplay.orders import orders_answers
from sim.report.figures import ReportFigure
from sim.report.format import runs as written_runs
from sim.report.part import Part, difference, level_of
from sim.statistics.intervals import Interval, fieller
from sim.words.language import configured, joined, t, word
from sim.words.units import with_unit


def ladder_section(part: Part, capacity: Part | None = None, orders: Part | None = None) -> PageSection:
    """Steps from the control to the last reference, each removing one imperfection of the arm before it.

    Parameters
    ----------
    capacity
        The same arms in a market with far more hours on offer.
    orders
        What is known and how strongly it is used, in every combination: shares that do not rest on the order of the steps.
    """
    control, rungs = part.control, list(part.steps)
    top = rungs[-1]
    whole = part.gain(top, control)[0]
    total = judged(part, "ladder", f"{top}, all steps", RETURN_RATE, control, whole)
    steps, shares = [], []
    for before, arm in zip([control, *rungs], rungs, strict=False):
        gained = part.gain(arm, before)[0]
        steps.append(judged(part, "ladder", configured(part.steps[arm]), RETURN_RATE, before, gained, len(rungs)))
        shares.append(fieller(gained, whole, 1 - 0.05 / len(rungs)))
    side = [
        judged(
            part,
            "ladder",
            arm,
            RETURN_RATE,
            part.rival(arm),
            part.gain(arm, part.rival(arm))[0],
            len(part.arms) - len(rungs) - 1,
        )
        for arm in part.arms
        if arm not in (control, *rungs)
    ]
    sentences = _sentences(part, steps, shares, side)
    notes = [
        t(
            "{arm} offers each request in strict order of the truth, one request at a time. It is a reference, not a proven bound.",
            arm=top,
        ),
        t(
            "That visibility is proportional to the score, with a floor and a cap, is an assumption; that scores act on"
            " visibility is"
            " published. The order of the steps of the chart is a choice: another order shares the losses out differently."
        ),
    ]
    tables = [_steps_table(part, steps, shares, total)]
    answers: list[Answer] = [total, *steps]
    answers += [
        Answer("ladder", step.what, "share_of_gain", control, s.estimate, s.low, s.high, s.n, "")
        for step, s in zip(steps, shares, strict=True)
    ]
    answers += side
    if capacity is not None:
        found, words = _capacity(part, capacity, top)
        answers += found
        sentences.append(words)
        notes.append(t("Capacity: the same market with far more hours on offer, every arm against the control of its own market."))
    clause = ""
    if orders is not None:
        clause, table, found = orders_answers(orders)
        tables.append(table)
        answers += found
    figures = [_ladder_figure(part, steps, top)]
    if side:
        figures.append(_side_figure(part, side))
    return PageSection(
        "ladder", configured(part.question), _answer(part, total, steps, shares, clause), sentences, figures, tables, notes, answers
    )


def _answer(part: Part, total: Answer, steps: list[Answer], shares: list[Interval], clause: str) -> str:
    runs = runs_of(part)
    if total.verdict == "not defined":
        return t("Nothing can be concluded from {runs}. Use at least 3, better 8.", runs=runs)
    if total.verdict != "better":
        return t(
            "Even {arm} is not clearly ahead of {control} here ({numbers}, {runs}): there is nothing to capture.",
            arm=list(part.steps)[-1],
            control=part.control,
            numbers=spoken(total),
            runs=runs,
        )
    captured = next((s for arm, s in zip(part.steps, shares, strict=True) if arm == part.studied), shares[0])
    first = t(
        "{arm} captures {share} of the {gain} that strict order by the truth would bring ({runs})",
        arm=part.studied,
        share=_part_of(captured),
        gain=shift(interval_of(total), "share"),
        runs=runs,
    )
    if clause:
        return t("{found}.", found=joined([first, clause]))
    lost = [(step, share) for arm, step, share in zip(part.steps, steps, shares, strict=True) if arm != part.studied]
    clear = [(step, share) for step, share in lost if step.verdict == "better"]
    if not clear:
        return t("{found}.", found=joined([first, t("no single cause of the rest can be told from chance")]))
    step, share = max(clear, key=lambda pair: pair[0].estimate)
    arm, before = next((arm, step.against) for arm, one in zip(part.steps, steps, strict=True) if one is step)
    lost_runs = part.gain(list(part.steps)[-1], part.studied)[0]
    beyond_half, _ = difference(part.gain(arm, before)[0] - lost_runs / 2, len(lost))
    second = (
        t("most of the rest, {share} of the whole, is lost to one cause: {step}", share=_part_of(share), step=step.what)
        if beyond_half.low > 0
        else t(
            "the largest part of the rest, {share} of the whole, is lost to one cause: {step}",
            share=_part_of(share),
            step=step.what,
        )
    )
    return t("{found}.", found=joined([first, second]))


def _part_of(share: Interval) -> str:
    return percent(share) if math.isfinite(share.estimate) else t("a part that cannot be put in numbers")


def _sentences(part: Part, steps: list[Answer], shares: list[Interval], side: list[Answer]) -> list[str]:
    words = []
    for arm, step, share in zip(part.steps, steps, shares, strict=True):
        numbers = shift(interval_of(step), "share")
        said = t("{share} of the whole, {numbers}", share=percent(share), numbers=numbers)
        if arm == part.studied:
            more = [] if step.verdict in CLEAR else [word(step.verdict)]
            words.append(t("{what}: {rows}.", what=capital(step.what), rows=joined([said, *more])))
        elif step.verdict == "better":
            words.append(t("Lost to {step}: {numbers}.", step=step.what, numbers=said))
        elif step.verdict == "worse":
            words.append(t("Not lost to {step}: removing it makes things worse, {numbers}.", step=step.what, numbers=numbers))
        elif step.verdict == "not distinguishable":
            words.append(t("Lost to {step}: not distinguishable from nothing ({numbers}).", step=step.what, numbers=numbers))
        else:
            words.append(t("Lost to {step}: {verdict} ({numbers}).", step=step.what, verdict=word(step.verdict), numbers=numbers))
    words += [t("{arm} instead of {other}: {numbers}.", arm=one.what, other=one.against, numbers=spoken(one)) for one in side]
    return [capital(sentence) for sentence in words]


def _steps_table(part: Part, steps: list[Answer], shares: list[Interval], total: Answer) -> Table:
    rows = []
    for arm, step, share in zip(part.steps, steps, shares, strict=True):
        level = measured("ladder", arm, RETURN_RATE, part.of(arm)[0])
        rows.append((step.what, (Cell(arm), Cell(amount(interval_of(level), "share")), cell(step), Cell(percent(share)))))
    rows.append((t("all"), (Cell(list(part.steps)[-1]), Cell(""), cell(total), Cell(with_unit("100", "%")))))
    header = (
        t("What is removed"),
        t("Arm"),
        t("New clients who book again"),
        t("Step to the arm above"),
        t("Share of the whole gain"),
    )
    base = amount(level_of(part.of(part.control)[0]), "share")
    return Table(
        t(
            "From {control} ({share}) upwards; {runs}, intervals hold for all steps together, and for all shares.",
            control=part.control,
            share=base,
            runs=runs_of(part),
        ),
        header,
        rows,
    )


def _capacity(part: Part, relaxed: Part, top: str) -> tuple[list[Answer], str]:
    n = min(part.n, relaxed.n)
    ours, theirs = part.gain(top, part.control)[0][:n], relaxed.gain(top, relaxed.control)[0][:n]
    held = judged(
        part, "ladder", f"{top} with far more hours on offer", RETURN_RATE, f"{top} with the hours as they are", theirs - ours
    )
    gain = judged(part, "ladder", f"{top} with far more hours on offer", RETURN_RATE, f"{relaxed.control}, same hours", theirs)
    captured = fieller(relaxed.gain(relaxed.studied, relaxed.control)[0], relaxed.gain(top, relaxed.control)[0])
    share = Answer(
        "ladder",
        f"{relaxed.studied} with far more hours",
        "share_of_gain",
        top,
        captured.estimate,
        captured.low,
        captured.high,
        captured.n,
        "",
    )
    if held.verdict == "better":
        first = t("Capacity holds the oracle back by {numbers}", numbers=shift(interval_of(held), "share"))
    elif held.verdict == "worse":
        numbers = shift(interval_of(held), "share")
        first = t("More hours on offer do not help the oracle, they shrink its gain by {numbers}", numbers=numbers)
    else:
        first = t("Whether capacity holds the oracle back: {numbers}", numbers=spoken(held))
    words = t(
        "{first}: with far more hours on offer its gain is {gain}, of which {arm} captures {share} ({runs}).",
        first=first,
        gain=shift(interval_of(gain), "share"),
        arm=relaxed.studied,
        share=percent(captured),
        runs=written_runs(n),
    )
    return [held, gain, share], words


def _ladder_figure(part: Part, steps: list[Answer], top: str) -> ReportFigure:
    rungs = [Rung(style.short(one.what, 52), one.estimate, one.low, one.high, one.verdict in CLEAR) for one in steps]
    ax = plot_ladder(rungs, RETURN_RATE, part.control, top, part.n)
    rows = joined(f"{one.what} {shift(interval_of(one), 'share')}" for one in steps)
    caption = t("Each bar begins where the one above ends; the black one is the whole gain of strict order by the truth.")
    alt = t("Steps from {control} to {top}. {rows}.", control=part.control, top=top, rows=rows)
    return ReportFigure("ladder", style.figure_of(ax), caption, alt)


def _versus(one: Answer, studied: str) -> str:
    return one.what if one.against == studied else t("{arm}, to {other}", arm=one.what, other=one.against)


def _side_figure(part: Part, side: list[Answer]) -> ReportFigure:
    rows = [
        Row(_versus(one, part.studied), one.estimate, one.low, one.high, one.verdict in CLEAR, int(one.against != part.studied))
        for one in side
    ]
    note = t(
        "difference to {arm}, or to the arm named, in new clients who book again, 95 % intervals together, {runs}",
        arm=style.short(part.studied),
        runs=written_runs(part.n),
    )
    title = t("Other ways to use the same score")
    caption = t("Filled: can be told from today's rule. Hollow: cannot.")
    alt = t("{metric}. {rows}.", metric=title, rows=rows_in_words(side))
    return ReportFigure("variants", style.figure_of(plot_rows(rows, RETURN_RATE, title, note)), caption, alt)

"""How much of what knowing every pro would bring a score captures, and what costs the rest."""

import math
from typing import Any

import numpy as np

from sim.charts import style
from sim.charts.ladder import Rung, plot_ladder
from sim.charts.rows import Row, plot_rows
from sim.metrics.catalogue import PRIMARY
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
from sim.report.figures import ReportFigure
from sim.report.format import runs as written_runs
from sim.report.part import Part, difference, level_of
from sim.statistics.intervals import Interval, fieller
from sim.words.language import configured, joined, t, word
from sim.words.units import plain, whole, with_unit


def ladder_section(part: Part, capacity: Part | None = None, delays: Part | None = None) -> PageSection:
    """Steps from the control to the last reference, each removing one imperfection of the arm before it.

    Parameters
    ----------
    capacity
        The same arms in a market with far more hours on offer.
    delays
        With thresholds as a factor: what delays the score of a new pro is read from it.
    """
    control, rungs = part.control, list(part.steps)
    top = rungs[-1]
    whole = part.gain(top, control)[0]
    total = judged("ladder", f"{top}, all steps", PRIMARY, control, whole)
    steps, shares = [], []
    for before, arm in zip([control, *rungs], rungs, strict=False):
        gained = part.gain(arm, before)[0]
        steps.append(judged("ladder", configured(part.steps[arm]), PRIMARY, before, gained, len(rungs)))
        shares.append(fieller(gained, whole, 1 - 0.05 / len(rungs)))
    side = [
        judged(
            "ladder",
            arm,
            PRIMARY,
            part.against.get(arm, part.studied),
            part.gain(arm, part.against.get(arm, part.studied))[0],
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
            " published. The order of the steps is a choice: another order would share the losses out differently."
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
    if delays is not None:
        table, found, words = _delays(delays)
        tables.append(table)
        answers += found
        sentences.append(words)
    figures = [_ladder_figure(part, steps, top)]
    if side:
        figures.append(_side_figure(part, side))
    return PageSection(
        "ladder", configured(part.question), _answer(part, total, steps, shares), sentences, figures, tables, notes, answers
    )


def _answer(part: Part, total: Answer, steps: list[Answer], shares: list[Interval]) -> str:
    runs = runs_of(part)
    if total.verdict == "not defined":
        return t("Nothing can be concluded from {runs}. Use at least 2, better 8.", runs=runs)
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
        level = measured("ladder", arm, PRIMARY, part.of(arm)[0])
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
    held = judged("ladder", f"{top} with far more hours on offer", PRIMARY, f"{top} with the hours as they are", theirs - ours)
    gain = judged("ladder", f"{top} with far more hours on offer", PRIMARY, f"{relaxed.control}, same hours", theirs)
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


def _delays(surface: Part) -> tuple[Table, list[Answer], str]:
    """Which of threshold and maturity delays the score of a new pro, by threshold, at the strength as it stands."""
    rebooks = surface.levels("rebook_days") or (None,)
    strengths = surface.levels("strength")
    name = surface.factor("strength")
    strength = surface.base.get(name) if name else None
    if strength not in strengths:
        strength = strengths[0] if strengths else None
    answers, rows, waits = [], [], []
    for rebook in rebooks:
        for sessions in surface.levels("min_sessions"):
            wanted = {"min_sessions": sessions} | ({"rebook_days": rebook} if rebook is not None else {})
            row = int(np.flatnonzero(surface.at(**wanted, **({"strength": strength} if strength is not None else {})))[0])
            what = _sessions(sessions) + (f", {with_unit(plain(rebook), 'days')}" if rebook is not None else "")
            days = measured("ladder", what, "days_until_counted", surface.of(surface.studied, "days_until_counted")[row])
            share = measured("ladder", what, "threshold_delay_share", surface.of(surface.studied, "threshold_delay_share")[row])
            answers += [days, share]
            rows.append((what, (cell(days), cell(share), Cell(whole(days.n)))))
            waits.append((what, days, share))
    caption = (
        t(
            "For each new pro: how long until the score counts, and how often sessions, not maturity, were what was missing last"
            " (strength {strength}; {runs}, a dash where fewer than half get there).",
            strength=plain(strength),
            runs=written_runs(surface.n),
        )
        if strength is not None
        else t(
            "For each new pro: how long until the score counts, and how often sessions, not maturity, were what was missing last."
        )
    )
    table = Table(caption, (t("Threshold, time to rebook"), t("Days until counted"), t("Waited for sessions"), "n"), rows)
    base = surface.base.get(surface.factor("min_sessions") or "")
    at_base = [one for one in waits if one[0].split(", ")[0] == _sessions(base) and math.isfinite(one[2].estimate)]
    if not at_base:
        return table, answers, t("How long a new pro waits at each threshold is in the table below.")
    what, days, share = at_base[-1]
    counted = t("A new pro's score counts after {days} at {where}", days=amount(interval_of(days), "days"), where=what)
    part = amount(interval_of(share), "share")
    if share.high < 0.5:
        last = t(
            "the last thing missing is mostly the wait for clients' time to be over: sessions were for {share} of new pros",
            share=part,
        )
    elif share.low > 0.5:
        last = t("the last thing missing is mostly the session threshold: sessions were for {share} of new pros", share=part)
    else:
        last = t(
            "whether sessions or clients' time are the last thing missing more often is open: sessions were for {share} of new"
            " pros",
            share=part,
        )
    return table, answers, t("{found}.", found=joined([counted, last]))


def _sessions(n: Any) -> str:
    return t("{n} sessions", n=n)


def _ladder_figure(part: Part, steps: list[Answer], top: str) -> ReportFigure:
    rungs = [Rung(style.short(one.what, 52), one.estimate, one.low, one.high, one.verdict in CLEAR) for one in steps]
    ax = plot_ladder(rungs, PRIMARY, part.control, top, part.n)
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
    return ReportFigure("variants", style.figure_of(plot_rows(rows, PRIMARY, title, note)), caption, alt)

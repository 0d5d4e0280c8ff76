"""How much of what knowing every pro would bring a score captures, and what costs the rest."""

import math
from collections.abc import Mapping

import numpy as np

from sim.charts import style
from sim.charts.ladder import Rung, plot_ladder
from sim.charts.rows import Row, plot_rows
from sim.metrics.catalogue import PRIMARY
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
    percent,
    runs_of,
    shift,
    spoken,
)
from sim.report.figures import ReportFigure
from sim.report.part import Part, difference, level_of
from sim.statistics.intervals import Interval, fieller

SIDE_TITLE = "Other ways to use the same score"


def ladder_section(parts: Mapping[str, Part]) -> Section:
    """Steps from the control to the last reference, each removing one imperfection of the arm before it."""
    part = parts["ladder"]
    control, rungs = part.control, list(part.steps)
    top = rungs[-1]
    whole = part.gain(top, control)[0]
    total = judged("ladder", f"{top}, all steps", PRIMARY, control, whole)
    steps, shares = [], []
    for before, arm in zip([control, *rungs], rungs, strict=False):
        gained = part.gain(arm, before)[0]
        steps.append(judged("ladder", part.steps[arm], PRIMARY, before, gained, len(rungs)))
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
        f"{top} offers each request in strict order of the truth, one request at a time. It is a reference, not a proven bound.",
        "That visibility is proportional to the score, with a floor and a cap, is an assumption; that scores act on visibility is"
        " published. The order of the steps is a choice: another order would share the losses out differently.",
    ]
    tables = [_steps_table(part, steps, shares, total)]
    answers: list[Answer] = [total, *steps]
    answers += [
        Answer("ladder", step.what, "share_of_gain", control, s.estimate, s.low, s.high, s.n, "")
        for step, s in zip(steps, shares, strict=True)
    ]
    answers += side
    if "capacity" in parts:
        found, words = _capacity(part, parts["capacity"], top)
        answers += found
        sentences.append(words)
        notes.append("Capacity: the same market with far more hours on offer, every arm against the control of its own market.")
    if "surface" in parts and parts["surface"].factor("min_sessions"):
        table, found, words = _delays(parts["surface"])
        tables.append(table)
        answers += found
        sentences.append(words)
    figures = [_ladder_figure(part, steps, top)]
    if side:
        figures.append(_side_figure(part, side))
    return Section("ladder", part.question, _answer(part, total, steps, shares), sentences, figures, tables, notes, answers)


def _answer(part: Part, total: Answer, steps: list[Answer], shares: list[Interval]) -> str:
    runs = runs_of(part)
    if total.verdict == "not defined":
        return f"Nothing can be concluded from {runs}. Use at least 2, better 8."
    if total.verdict != "better":
        return (
            f"Even {list(part.steps)[-1]} is not clearly ahead of {part.control} here ({spoken(total)}, {runs}): there is"
            " nothing to capture."
        )
    captured = next((s for arm, s in zip(part.steps, shares, strict=True) if arm == part.studied), shares[0])
    first = (
        f"{part.studied} captures {_part_of(captured)} of the {shift(interval_of(total), 'share')} that strict order by the"
        f" truth would bring ({runs})"
    )
    lost = [(step, share) for arm, step, share in zip(part.steps, steps, shares, strict=True) if arm != part.studied]
    clear = [(step, share) for step, share in lost if step.verdict == "better"]
    if not clear:
        return f"{first}; no single cause of the rest can be told from chance."
    step, share = max(clear, key=lambda pair: pair[0].estimate)
    arm, before = next((arm, step.against) for arm, one in zip(part.steps, steps, strict=True) if one is step)
    lost_runs = part.gain(list(part.steps)[-1], part.studied)[0]
    beyond_half, _ = difference(part.gain(arm, before)[0] - lost_runs / 2, len(lost))
    how = "most of the rest" if beyond_half.low > 0 else "the largest part of the rest"
    return f"{first}; {how}, {_part_of(share)} of the whole, is lost to one cause: {step.what}."


def _part_of(share: Interval) -> str:
    return percent(share) if math.isfinite(share.estimate) else "a part that cannot be put in numbers"


def _sentences(part: Part, steps: list[Answer], shares: list[Interval], side: list[Answer]) -> list[str]:
    words = []
    for arm, step, share in zip(part.steps, steps, shares, strict=True):
        said = f"{percent(share)} of the whole, {shift(interval_of(step), 'share')}"
        if arm == part.studied:
            words.append(f"{capital(step.what)}: {said}" + ("." if step.verdict in CLEAR else f"; {step.verdict}."))
        elif step.verdict == "better":
            words.append(f"Lost to {step.what}: {said}.")
        elif step.verdict == "worse":
            words.append(f"Not lost to {step.what}: removing it makes things worse, {shift(interval_of(step), 'share')}.")
        else:
            words.append(f"Lost to {step.what}: {step.verdict} from nothing ({shift(interval_of(step), 'share')}).")
    words += [f"{one.what} instead of {one.against}: {spoken(one)}." for one in side]
    return [capital(sentence) for sentence in words]


def _steps_table(part: Part, steps: list[Answer], shares: list[Interval], total: Answer) -> Table:
    rows = []
    for arm, step, share in zip(part.steps, steps, shares, strict=True):
        level = measured("ladder", arm, PRIMARY, part.of(arm)[0])
        rows.append((step.what, (Cell(arm), Cell(amount(interval_of(level), "share")), cell(step), Cell(percent(share)))))
    rows.append(("all", (Cell(list(part.steps)[-1]), Cell(""), cell(total), Cell("100 %"))))
    header = ("What is removed", "Arm", "New clients who book again", "Step to the arm above", "Share of the whole gain")
    base = amount(level_of(part.of(part.control)[0]), "share")
    return Table(
        f"From {part.control} ({base}) upwards; {runs_of(part)}, intervals hold for all steps together, and for all shares.",
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
        first = f"Capacity holds the oracle back by {shift(interval_of(held), 'share')}"
    elif held.verdict == "worse":
        first = f"More hours on offer do not help the oracle, they shrink its gain by {shift(interval_of(held), 'share')}"
    else:
        first = f"Whether capacity holds the oracle back: {spoken(held)}"
    words = (
        f"{first}: with far more hours on offer its gain is {shift(interval_of(gain), 'share')}, of which {relaxed.studied}"
        f" captures {percent(captured)} ({n} replications)."
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
            what = f"{sessions} sessions" + (f", {rebook:g} days" if rebook is not None else "")
            days = measured("ladder", what, "days_until_counted", surface.of(surface.studied, "days_until_counted")[row])
            share = measured("ladder", what, "threshold_delay_share", surface.of(surface.studied, "threshold_delay_share")[row])
            answers += [days, share]
            rows.append((what, (cell(days), cell(share), Cell(str(days.n)))))
            waits.append((what, days, share))
    caption = (
        "For each new pro: how long until the score counts, and how often sessions, not maturity, were what was missing last"
        f" (strength {strength:g}; {surface.n} replications, a dash where fewer than half get there)."
        if strength is not None
        else "For each new pro: how long until the score counts, and how often sessions, not maturity, were what was missing last."
    )
    table = Table(caption, ("Threshold, time to rebook", "Days until counted", "Waited for sessions", "n"), rows)
    base = surface.base.get(surface.factor("min_sessions") or "")
    at_base = [one for one in waits if one[0].startswith(f"{base} sessions") and math.isfinite(one[2].estimate)]
    if not at_base:
        return table, answers, "How long a new pro waits at each threshold is in the table below."
    what, days, share = at_base[-1]
    counted = f"A new pro's score counts after {amount(interval_of(days), 'days')} at {what}"
    of_sessions = f"sessions were for {amount(interval_of(share), 'share')} of new pros"
    if share.high < 0.5:
        return table, answers, f"{counted}; the last thing missing is mostly the wait for clients' time to be over: {of_sessions}."
    if share.low > 0.5:
        return table, answers, f"{counted}; the last thing missing is mostly the session threshold: {of_sessions}."
    return (
        table,
        answers,
        f"{counted}; whether sessions or clients' time are the last thing missing more often is open: {of_sessions}.",
    )


def _ladder_figure(part: Part, steps: list[Answer], top: str) -> ReportFigure:
    rungs = [Rung(style.short(one.what, 52), one.estimate, one.low, one.high, one.verdict in CLEAR) for one in steps]
    ax = plot_ladder(rungs, PRIMARY, part.control, top, part.n)
    alt = "; ".join(f"{one.what} {shift(interval_of(one), 'share')}" for one in steps)
    caption = "Each bar begins where the one above ends; the black one is the whole gain of strict order by the truth."
    return ReportFigure("ladder", style.figure_of(ax), caption, f"Steps from {part.control} to {top}. {alt}.")


def _versus(one: Answer, studied: str) -> str:
    return one.what if one.against == studied else f"{one.what}, to {one.against}"


def _side_figure(part: Part, side: list[Answer]) -> ReportFigure:
    rows = [
        Row(_versus(one, part.studied), one.estimate, one.low, one.high, one.verdict in CLEAR, int(one.against != part.studied))
        for one in side
    ]
    note = (
        f"difference to {style.short(part.studied)}, or to the arm named, in new clients who book again, 95 % intervals together,"
        f" {part.n} replications"
    )
    ax = plot_rows(rows, PRIMARY, SIDE_TITLE, note)
    alt = "; ".join(f"{one.what} {spoken(one)}" for one in side)
    return ReportFigure(
        "variants", style.figure_of(ax), "Filled: can be told from today's rule. Hollow: cannot.", f"{SIDE_TITLE}. {alt}."
    )

"""What delays the score of a new pro, and whether it matters: sessions, clients behind it, their time, the order of offers."""

import itertools
from typing import Any

import numpy as np

from sim.charts.effects import factor_label, level_label
from sim.metrics.catalogue import RETURN_RATE, metric
from sim.report.answers.base import (
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
from sim.report.answers.equal import margin_words
from sim.report.format import runs
from sim.report.part import Part
from sim.words.language import configured, joined, listed, t, word
from sim.words.units import label

SESSIONS, CLIENTS = "min_sessions", "min_clients_behind"


def gate_section(part: Part) -> PageSection:
    """Every factor's levels against the level as it stands, over all else; and how long new pros wait, by threshold and gate."""
    if part.design is None:
        raise ValueError(f"part = {part.name!r}, must have factors")
    moved = _moved(part)
    waits, table = _waits(part)
    caption = t(
        "Gain of {arm} over {control} in new clients who book again: each level against the one as it stands, mean over all else;"
        " {runs}, intervals hold for all rows together. {margin}",
        arm=part.studied,
        control=part.control,
        runs=runs_of(part),
        margin=capital(margin_words(part, RETURN_RATE)),
    ).strip()
    effects = Table(caption, (t("Level"), t("Against it")), [(one.what, (cell(one),)) for one in moved])
    sentences = [capital(f"{one.what}: {_judged(one)}.") for one in moved]
    return PageSection(
        "gate",
        configured(part.question),
        _answer(part, moved, waits),
        sentences,
        (),
        [effects, table],
        (),
        [*moved, *waits.values()],
    )


def _standing(part: Part, name: str) -> Any:
    """The level as it stands; where it is none of the design's, the last."""
    levels = part.design.levels[name] if part.design else ()
    return part.base.get(name) if part.base.get(name) in levels else levels[-1]


def _moved(part: Part) -> list[Answer]:
    design, gain = part.design, part.studied_gain()
    if design is None:
        return []
    pairs = [(name, level) for name, levels in design.levels.items() for level in levels if level != _standing(part, name)]
    found = []
    for name, level in pairs:
        column = design.factors.index(name)
        means = {
            one: gain[design.index[:, column] == design.levels[name].index(one)].mean(axis=0)
            for one in (level, _standing(part, name))
        }
        what = t("{level} instead of {usual}", level=at(name, level), usual=level_label(_standing(part, name)))
        difference = means[level] - means[_standing(part, name)]
        found.append(judged(part, "gate", what, RETURN_RATE, at(name, _standing(part, name)), difference, len(pairs)))
    return found


def _judged(one: Answer) -> str:
    return f"{word(one.verdict)}, {shift(interval_of(one), metric(one.metric).unit)}"


def _waits(part: Part) -> tuple[dict[tuple[Any, Any, str], Answer], Table]:
    """Days until a new pro's score counts, and how often sessions were the last thing missing, all else as it stands."""
    sessions, clients = part.levels(SESSIONS), part.levels(CLIENTS) or (None,)
    fixed = {
        name.rsplit(".", 1)[-1]: _standing(part, name)
        for name in (part.design.factors if part.design else ())
        if name.rsplit(".", 1)[-1] not in (SESSIONS, CLIENTS)
    }
    names = ("days_until_counted", "threshold_delay_share")
    waits, rows = {}, []
    for n, behind in itertools.product(sessions, clients):
        row = int(np.flatnonzero(part.at(**{SESSIONS: n, CLIENTS: behind}, **fixed))[0])
        what = t("{n} sessions", n=n) + (f", {t('gate of {n} clients', n=behind)}" if behind is not None else "")
        for name in names:
            waits[n, behind, name] = measured("gate", what, name, part.of(part.studied, name)[row])
        rows.append((what, [*(cell(waits[n, behind, name]) for name in names), Cell(str(waits[n, behind, names[0]].n))]))
    caption = t("How long a new pro waits for a score; all else as it stands, {runs}.", runs=runs(part.n))
    return waits, Table(caption, (t("Threshold and gate"), *(label(metric(name)) for name in names), "n"), rows)


def _answer(part: Part, moved: list[Answer], waits: dict[tuple[Any, Any, str], Answer]) -> str:
    design = part.design
    factors = (
        {}
        if design is None
        else {name: [one for one in moved if one.against.startswith(factor_label(name))] for name in design.factors}
    )
    kinds: dict[str, list[str]] = {"matters": [], "equal": [], "open": []}
    for name, mine in factors.items():
        verdicts = {one.verdict for one in mine}
        kind = (
            "matters" if verdicts & {"better", "worse"} else "equal" if verdicts <= {"practically equal", "identical"} else "open"
        )
        kinds[kind].append(factor_label(name))
    words = []
    if kinds["matters"]:
        words.append(t("it matters: {factors}", factors=listed(kinds["matters"])))
    if kinds["equal"]:
        words.append(t("practically no difference: {factors}", factors=listed(kinds["equal"])))
    if kinds["open"]:
        words.append(t("not known: {factors}", factors=listed(kinds["open"])))
    usual = _standing(part, part.factor(SESSIONS) or "")
    shares = [
        t("{share} with a gate of {n}", share=amount(interval_of(waits[n, behind, metric_name]), "share"), n=behind)
        for n, behind, metric_name in waits
        if n == usual and metric_name == "threshold_delay_share" and behind is not None
    ]
    if shares:
        words.append(
            t(
                "the {n} sessions are the last thing a new pro's score waits for in {shares}",
                n=usual,
                shares=listed(shares),
            )
        )
    return capital(t("{found} ({runs}).", found=joined(words), runs=runs_of(part)))

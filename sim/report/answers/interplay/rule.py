"""What the decision rule says about strength and threshold: every other setting against today's."""

from typing import Any

from sim.charts.effects import level_label
from sim.metrics.catalogue import RETURN_RATE, metric
from sim.report.answers.base import PRICE, Answer, Cell, Table, at, cell, judged, spoken
from sim.report.answers.equal import verdict_counts
from sim.report.format import runs
from sim.report.part import Part
from sim.statistics.limits import against_limit
from sim.words.language import joined, t
from sim.words.units import label


def by_the_rule(part: Part) -> tuple[list[Table], list[Answer], str, str] | None:
    """Every other strength and threshold against today's, at today's time to rebook, and what the clearly better ones cost pros.

    Returns
    -------
    tables, answers, sentence, recommendation
        Intervals of a metric hold for all settings together (Bonferroni). None where today's setting was not simulated.
    """
    today = {key: part.base.get(part.factor(key) or "") for key in ("strength", "min_sessions")}
    strengths, thresholds = part.levels("strength"), part.levels("min_sessions")
    if today["strength"] not in strengths or today["min_sessions"] not in thresholds:
        return None
    fixed = {name.rsplit(".", 1)[-1]: level for name, level in part.base.items() if name.rsplit(".", 1)[-1] not in today}
    fixed = {key: level if level in part.levels(key) else part.levels(key)[-1] for key, level in fixed.items()}
    here = _named(today["strength"], today["min_sessions"])
    others = [(s, n) for s in strengths for n in thresholds if (s, n) != (today["strength"], today["min_sessions"])]
    names = (RETURN_RATE, *PRICE[:4])

    def found(name: str, s: Any, n: Any) -> Answer:
        values = part.of(part.studied, name)
        gap = values[part.at(strength=s, min_sessions=n, **fixed)][0] - values[part.at(**today, **fixed)][0]
        return judged(part, "surface", _named(s, n), name, f"today, {here}", gap, len(others))

    answers = {(s, n, name): found(name, s, n) for name in names for s, n in others}
    where = "".join(f", {at(key, level)}" for key, level in fixed.items())
    caption = t(
        "New clients who book again, against today's {setting}; {runs}, intervals hold for all {n} settings together.",
        setting=f"{here}{where}",
        runs=runs(part.n),
        n=len(others),
    )
    rows = [
        (
            t("strength {level}", level=level_label(s)),
            tuple(cell(answers[s, n, RETURN_RATE]) if (s, n, RETURN_RATE) in answers else Cell(t("today")) for n in thresholds),
        )
        for s in strengths
    ]
    tables = [Table(caption, (t("Setting"), *(t("{n} sessions", n=n) for n in thresholds)), rows)]
    ahead = sorted(
        ((s, n) for s, n in others if answers[s, n, RETURN_RATE].verdict == "better"),
        key=lambda key: -answers[*key, RETURN_RATE].estimate,
    )
    if ahead:
        price = [(_named(s, n), tuple(cell(answers[s, n, name]) for name in names)) for s, n in ahead]
        caption = t(
            "What the settings that are clearly better than today's cost pros, best first{where}; intervals as above.", where=where
        )
        tables.append(Table(caption, (t("Setting"), *(label(metric(name)) for name in names)), price))
    within = [(s, n) for s, n in ahead if _within(part, s, n, fixed, len(others))]
    words = _words(answers, others, ahead, today)
    return tables, list(answers.values()), words, _recommended(part, answers, ahead, within, here)


def _within(part: Part, strength: Any, sessions: Any, fixed: dict[str, Any], n_settings: int) -> bool:
    """Whether a setting is surely within every guardrail of the study, against the control."""
    here = part.at(strength=strength, min_sessions=sessions, **fixed)
    tests = (
        against_limit(
            part.of(part.studied, one.metric)[here][0], part.of(part.control, one.metric)[here][0], one.limit, one.side, n_settings
        )
        for one in part.guardrails
    )
    return all(test.verdict == "within limit" for test in tests)


def _recommended(
    part: Part, answers: dict[tuple[Any, Any, str], Answer], ahead: list[tuple[Any, Any]], within: list[tuple[Any, Any]], here: str
) -> str:
    """What to do, under the guardrails of the study; empty without any."""
    if not part.guardrails:
        return ""
    if not within:
        return (
            t(
                "Recommendation: keep today's {setting}; none of the clearly better settings is surely within the guardrails.",
                setting=here,
            )
            if ahead
            else t("Recommendation: keep today's {setting}.", setting=here)
        )
    best = within[0]
    return t(
        "Recommendation: {setting}, the best that is surely within the guardrails ({numbers} against today's); {n} of {all} clearly"
        " better settings are.",
        setting=_named(*best),
        numbers=spoken(answers[*best, RETURN_RATE]),
        n=len(within),
        all=len(ahead),
    )


def _named(strength: Any, sessions: Any) -> str:
    return t("strength {strength}, {n} sessions", strength=level_label(strength), n=level_label(sessions))


def _words(
    answers: dict[tuple[Any, Any, str], Answer], others: list[tuple[Any, Any]], ahead: list[tuple[Any, Any]], today: dict[str, Any]
) -> str:
    here = _named(today["strength"], today["min_sessions"])
    alone = [answers[s, n, RETURN_RATE] for s, n in others if s == today["strength"]]
    threshold = t(
        "The threshold alone, at strength {strength}, against {n} sessions: {counts}.",
        strength=level_label(today["strength"]),
        n=level_label(today["min_sessions"]),
        counts=verdict_counts(alone),
    )
    if not ahead:
        stays = t(
            "By the decision rule today's {setting} stays: none of {n} other settings is clearly better.",
            setting=here,
            n=len(others),
        )
        return f"{stays} {threshold}"
    best = ahead[0]
    costs = [one for (*key, name), one in answers.items() if tuple(key) == best and name != RETURN_RATE and one.verdict == "worse"]
    price = joined(f"{label(metric(one.metric))}, {spoken(one)}" for one in costs)
    words = {
        "n": len(ahead),
        "all": len(others),
        "today": here,
        "best": _named(*best),
        "numbers": spoken(answers[*best, RETURN_RATE]),
    }
    changes = (
        t(
            "By the decision rule the setting may change: {n} of {all} others are clearly better than today's {today}. The best on"
            " average, {best} ({numbers}), costs pros: {price}.",
            price=price,
            **words,
        )
        if price
        else t(
            "By the decision rule the setting may change: {n} of {all} others are clearly better than today's {today}. The best on"
            " average, {best} ({numbers}), has no clear cost to pros.",
            **words,
        )
    )
    return f"{changes} {threshold}"

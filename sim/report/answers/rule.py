"""What the decision rule says of strength and threshold: every other setting against the one of today."""

from typing import Any

from sim.charts.effects import level_label
from sim.metrics.catalogue import PRIMARY, metric
from sim.report.answers.base import PRICE, Answer, Cell, Table, cell, judged, spoken
from sim.report.part import Part


def by_the_rule(part: Part) -> tuple[list[Table], list[Answer], str] | None:
    """Every other strength and threshold against today's, at today's time to rebook, and what the clearly better ones cost pros.

    Returns
    -------
    tables, answers, sentence
        Intervals of a metric hold for all settings together (Bonferroni). None where today's setting was not simulated.
    """
    today = {key: part.base.get(part.factor(key) or "") for key in ("strength", "min_sessions")}
    strengths, thresholds = part.levels("strength"), part.levels("min_sessions")
    if today["strength"] not in strengths or today["min_sessions"] not in thresholds:
        return None
    fixed = {name.rsplit(".", 1)[-1]: level for name, level in part.base.items() if name.rsplit(".", 1)[-1] not in today}
    fixed = {key: level if level in part.levels(key) else part.levels(key)[-1] for key, level in fixed.items()}
    here = _named(today["strength"], today["min_sessions"])
    others = [(s, t) for s in strengths for t in thresholds if (s, t) != (today["strength"], today["min_sessions"])]
    names = (PRIMARY, *PRICE[:4])

    def found(name: str, s: Any, t: Any) -> Answer:
        values = part.of(part.studied, name)
        gap = values[part.at(strength=s, min_sessions=t, **fixed)][0] - values[part.at(**today, **fixed)][0]
        return judged("surface", _named(s, t), name, f"today, {here}", gap, len(others))

    answers = {(s, t, name): found(name, s, t) for name in names for s, t in others}
    where = "".join(f", {key.replace('_', ' ')} {level_label(level)}" for key, level in fixed.items())
    caption = (
        f"New clients who book again, against today's {here}{where}; {part.n} replications, intervals hold for all"
        f" {len(others)} settings together."
    )
    rows = [
        (
            f"strength {level_label(s)}",
            tuple(cell(answers[s, t, PRIMARY]) if (s, t, PRIMARY) in answers else Cell("today") for t in thresholds),
        )
        for s in strengths
    ]
    tables = [Table(caption, ("Setting", *(f"{t} sessions" for t in thresholds)), rows)]
    ahead = sorted(
        ((s, t) for s, t in others if answers[s, t, PRIMARY].verdict == "better"), key=lambda key: -answers[*key, PRIMARY].estimate
    )
    if ahead:
        price = [(_named(s, t), tuple(cell(answers[s, t, name]) for name in names)) for s, t in ahead]
        caption = f"What the settings that are clearly better than today's cost pros, best first{where}; intervals as above."
        tables.append(Table(caption, ("Setting", *(metric(name).label for name in names)), price))
    return tables, list(answers.values()), _words(answers, others, ahead, today)


def _named(strength: Any, sessions: Any) -> str:
    return f"strength {level_label(strength)}, {level_label(sessions)} sessions"


def _words(
    answers: dict[tuple[Any, Any, str], Answer], others: list[tuple[Any, Any]], ahead: list[tuple[Any, Any]], today: dict[str, Any]
) -> str:
    here = _named(today["strength"], today["min_sessions"])
    alone = [answers[s, t, PRIMARY] for s, t in others if s == today["strength"]]
    better, worse = (sum(one.verdict == word for one in alone) for word in ("better", "worse"))
    threshold = (
        f"The threshold alone, at strength {level_label(today['strength'])}: of {len(alone)} others {better} are clearly"
        f" better, {worse} clearly worse, {len(alone) - better - worse} not distinguishable."
    )
    if not ahead:
        none = f"none of {len(others)} other settings is clearly better"
        return f"By the decision rule today's {here} stays: {none}. {threshold}"
    best = ahead[0]
    costs = [one for (*key, name), one in answers.items() if tuple(key) == best and name != PRIMARY and one.verdict == "worse"]
    price = "; ".join(f"{metric(one.metric).label}, {spoken(one)}" for one in costs)
    return (
        f"By the decision rule the setting may change: {len(ahead)} of {len(others)} others are clearly better than today's {here}."
        f" The best on average, {_named(*best)} ({spoken(answers[*best, PRIMARY])}),"
        f" {'costs pros: ' + price if price else 'has no clear cost to pros'}. {threshold}"
    )

"""Whether a hard threshold is ever better than shrinkage, at the same inequality of exposure."""

from collections.abc import Mapping
from typing import Any

import numpy as np

from sim.charts import style
from sim.charts.effects import level_label
from sim.charts.trade_off import Line, plot_trade_off
from sim.metrics.catalogue import PRIMARY
from sim.report.answers.base import Answer, Table, cell, judged, listed, spoken
from sim.report.figures import ReportFigure
from sim.report.part import Part
from sim.statistics.intervals import Floats

COST = "exposure_gini"


def at_equal_cost(cost: Floats, gain: Floats, costs: Floats, gains: Floats) -> Floats:
    """Gain of a policy minus that of a family of policies at the same mean cost, a value for each replication, (n_replications,).

    Parameters
    ----------
    cost, gain
        (n_replications,) of the policy.
    costs, gains
        (n_policies, n_replications) of the family, in any order; between neighbours in mean cost a straight line.

    Returns
    -------
    (n_replications,)
        Their mean is the difference at equal mean cost. Costs are measured, too: where a replication's cost is off, so is what the
        family would gain at it, hence gain - rival - slope * (cost - rival cost), the delta method, whose t interval holds both
        errors. Nan throughout where the policy's mean cost lies outside the family's, or where the family is vertical there.

    References
    ----------
    Law (2015), Simulation Modeling and Analysis, 5th ed., section 9.4; van der Vaart (1998), Asymptotic Statistics, chapter 3.
    """
    order = np.argsort(costs.mean(axis=1), kind="stable")
    x, y, wanted = costs.mean(axis=1)[order], gains.mean(axis=1)[order], float(cost.mean())
    right = min(max(int(np.searchsorted(x, wanted, side="right")), 1), len(x) - 1)
    left = right - 1
    if not x[0] <= wanted <= x[-1] or x[left] == x[right]:
        return np.full(len(gain), np.nan)
    part = (wanted - x[left]) / (x[right] - x[left])
    slope = (y[right] - y[left]) / (x[right] - x[left])
    rival, rival_cost = ((1 - part) * one[order[left]] + part * one[order[right]] for one in (gains, costs))
    found: Floats = gain - rival - slope * (cost - rival_cost)
    return found


def verdict_words(leads: Mapping[tuple[Any, Any], Answer], own: Mapping[tuple[Any, Any], Answer]) -> str:
    """What settings lead shrinkage, and whether that is the threshold's doing.

    Parameters
    ----------
    leads
        By strength and threshold: against shrinkage at equal exposure.
    own
        By strength and threshold: against the same strength without threshold, at equal exposure, too.
    """
    hard = {key: one for key, one in leads.items() if key[1] != 0}
    better = {key: one for key, one in hard.items() if one.verdict == "better"}
    worse = {key: one for key, one in hard.items() if one.verdict == "worse"}
    effect = [one for key, one in better.items() if key in own and own[key].verdict == "better"]
    rest = {key: one for key, one in better.items() if one not in effect}
    bare = {s: one for (s, t), one in leads.items() if t == 0 and one.verdict == "better"}
    equal = "at equal inequality of exposure"
    words = []
    if not hard:
        return (
            "No setting with a threshold makes exposure as unequal as some strength of shrinkage does: the two cannot be compared."
        )
    if effect:
        most = max(effect, key=lambda one: one.estimate)
        words.append(
            f"A hard threshold is clearly better {equal} than shrinkage, and than no threshold, at {len(effect)} of {len(hard)}"
            f" settings (most: {most.what}, {spoken(most)})."
        )
    alike = [s for s in bare if any(s == strength for strength, _ in rest)]
    if alike:
        most = max((bare[s] for s in alike), key=lambda one: one.estimate)
        leading = dict.fromkeys(t for s, t in rest if s in alike)
        some = f"with a threshold of {listed([str(t) for t in leading])} sessions or without"
        how = "with or without a threshold" if all((s, t) in rest for s in alike for _, t in hard) else some
        words.append(
            f"The raw score, {how}, is clearly better than shrinkage {equal} at"
            f" strength {listed([level_label(s) for s in alike])} (without, most at {most.what.split(',')[0]}: {spoken(most)}):"
            " that is not the threshold's doing."
        )
    alone = [s for s in bare if s not in alike]
    if alone:
        words.append(
            f"The raw score without a threshold is clearly better than shrinkage {equal} at strength"
            f" {listed([level_label(s) for s in alone])}."
        )
    unclear = [one for (s, _), one in rest.items() if s not in bare]
    if unclear:
        most = max(unclear, key=lambda one: one.estimate)
        words.append(
            f"The raw score with a threshold is clearly better than shrinkage {equal} at {len(unclear)} of {len(hard)} settings"
            f" (most: {most.what}, {spoken(most)}), but not clearly better than without one."
        )
    if not effect:
        none = (
            "No lead over shrinkage is clearly the threshold itself"
            if better
            else f"A hard threshold is never clearly better than shrinkage {equal}"
        )
        words.append(
            f"{none}:"
            f" of {len(hard)} settings with one {len(worse)} are clearly worse and {len(hard) - len(better) - len(worse)} not"
            " distinguishable."
        )
    elif worse:
        words.append(f"With a threshold {len(worse)} of {len(hard)} settings are clearly worse.")
    if worse:
        most = min(worse.values(), key=lambda one: one.estimate)
        words.append(f"The largest loss: {most.what}, {spoken(most)}.")
    return " ".join(words)


def against_shrinkage(part: Part, rival: Part) -> tuple[ReportFigure, Table, list[Answer], str]:
    """Every threshold and strength against a rival without threshold: chart, table, numbers, and what they say."""
    n = min(part.n, rival.n)
    rebooks = part.levels("rebook_days")
    longest = rebooks[-1] if rebooks else None
    fixed = {"rebook_days": longest} if longest is not None else {}
    gains, costs = part.studied_gain()[:, :n], part.of(part.studied, COST)[:, :n]
    others, their_costs = rival.studied_gain()[:, :n], rival.of(rival.studied, COST)[:, :n]
    strengths, thresholds = part.levels("strength"), part.levels("min_sessions")
    settings = [(s, t, part.at(strength=s, min_sessions=t, **fixed)) for t in thresholds for s in strengths if s != 0]
    values = {(s, t): at_equal_cost(costs[here][0], gains[here][0], their_costs, others) for s, t, here in settings}
    inside = [key for key, runs in values.items() if np.isfinite(runs).all()]
    against = f"{rival.studied} at equal exposure"

    def named(s: Any, t: Any) -> str:
        return f"strength {level_label(s)}, {t} sessions"

    leads = {key: judged("surface", named(*key), PRIMARY, against, runs, len(inside)) for key, runs in values.items()}
    both = [(s, t) for s, t in inside if t != 0 and (s, 0) in inside]
    own = {
        (s, t): judged("surface", named(s, t), PRIMARY, "0 sessions at equal exposure", values[s, t] - values[s, 0], len(both))
        for s, t in both
    }
    rows = [(f"{t} sessions", tuple(cell(leads[s, t]) for s in strengths if s != 0)) for t in thresholds]
    header = ("Hard threshold", *(f"strength {level_label(s)}" for s in strengths if s != 0))
    caption = (
        f"A hard threshold against {rival.studied} without one, at the same inequality of exposure; {n} replications,"
        f" simultaneous intervals, a dash outside what {rival.studied} spans."
    )
    words = verdict_words({key: leads[key] for key in inside}, own)
    picked = [t for t in thresholds if t in (thresholds[0], thresholds[len(thresholds) // 2], thresholds[-1])]
    lines = []
    for threshold in picked:
        here = [part.at(strength=s, min_sessions=threshold, **fixed) for s in strengths]
        lines.append(
            Line(
                f"threshold {threshold}",
                [level_label(s) for s in strengths],
                np.stack([costs[one][0] for one in here]),
                np.stack([gains[one][0] for one in here]),
            )
        )
    lines.append(
        Line(f"{style.short(rival.studied)}, no threshold", [level_label(s) for s in rival.levels("strength")], their_costs, others)
    )
    ax = plot_trade_off(lines, COST, PRIMARY, part.control)
    figure = ReportFigure(
        "trade_off",
        style.figure_of(ax),
        "At the same place along the axis exposure is equally unequal; the higher line then brings more clients back.",
        f"Gain in new clients who book again against inequality of exposure. {words}",
    )
    return figure, Table(caption, header, rows), [*leads.values(), *own.values()], words

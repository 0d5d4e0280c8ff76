"""Whether a hard threshold is ever better than shrinkage, at the same inequality of exposure."""

from collections.abc import Mapping
from typing import Any

import numpy as np

from sim.arrays import Floats
from sim.charts import style
from sim.charts.effects import level_label
from sim.charts.trade_off import Line, plot_trade_off
from sim.metrics.catalogue import RETURN_RATE
from sim.report.answers.base import Answer, Table, cell, judged, spoken
from sim.report.answers.equal import verdict_counts
from sim.report.figures import ReportFigure
from sim.report.format import runs as written_runs
from sim.report.part import Part
from sim.words.language import listed, t

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
    bare = {s: one for (s, sessions), one in leads.items() if sessions == 0 and one.verdict == "better"}
    words = []
    if not hard:
        return t(
            "No setting with a threshold makes exposure as unequal as some strength of shrinkage does: the two cannot be compared."
        )
    if effect:
        most = max(effect, key=lambda one: one.estimate)
        words.append(
            t(
                "A hard threshold is clearly better at equal inequality of exposure than shrinkage, and than no threshold, at"
                " {n} of"
                " {all} settings (most: {most}, {numbers}).",
                n=len(effect),
                all=len(hard),
                most=most.what,
                numbers=spoken(most),
            )
        )
    alike = [s for s in bare if any(s == strength for strength, _ in rest)]
    if alike:
        most_at = max(alike, key=lambda s: bare[s].estimate)
        leading = listed([str(sessions) for sessions in dict.fromkeys(sessions for s, sessions in rest if s in alike)])
        how = (
            t("with or without a threshold")
            if all((s, sessions) in rest for s in alike for _, sessions in hard)
            else t("with a threshold of {sessions} sessions or without", sessions=leading)
        )
        words.append(
            t(
                "The raw score, {how}, is clearly better than shrinkage at equal inequality of exposure at strength {strengths}"
                " (without, most at {most}: {numbers}): that is not the threshold's doing.",
                how=how,
                strengths=listed([level_label(s) for s in alike]),
                most=t("strength {level}", level=level_label(most_at)),
                numbers=spoken(bare[most_at]),
            )
        )
    alone = [s for s in bare if s not in alike]
    if alone:
        words.append(
            t(
                "The raw score without a threshold is clearly better than shrinkage at equal inequality of exposure at strength"
                " {strengths}.",
                strengths=listed([level_label(s) for s in alone]),
            )
        )
    unclear = [one for (s, _), one in rest.items() if s not in bare]
    if unclear:
        most = max(unclear, key=lambda one: one.estimate)
        words.append(
            t(
                "The raw score with a threshold is clearly better than shrinkage at equal inequality of exposure at {n} of {all}"
                " settings (most: {most}, {numbers}), but not clearly better than without one.",
                n=len(unclear),
                all=len(hard),
                most=most.what,
                numbers=spoken(most),
            )
        )
    if not effect:
        counts = verdict_counts(list(hard.values()))
        words.append(
            t("No lead over shrinkage is clearly the threshold itself; settings with one: {counts}.", counts=counts)
            if better
            else t(
                "A hard threshold is never clearly better than shrinkage at equal inequality of exposure; settings with one:"
                " {counts}.",
                counts=counts,
            )
        )
    elif worse:
        words.append(t("With a threshold {worse} of {all} settings are clearly worse.", worse=len(worse), all=len(hard)))
    if worse:
        most = min(worse.values(), key=lambda one: one.estimate)
        words.append(t("The largest loss: {most}, {numbers}.", most=most.what, numbers=spoken(most)))
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
    settings = [(s, k, part.at(strength=s, min_sessions=k, **fixed)) for k in thresholds for s in strengths if s != 0]
    values = {(s, k): at_equal_cost(costs[here][0], gains[here][0], their_costs, others) for s, k, here in settings}
    inside = [key for key, runs in values.items() if np.isfinite(runs).all()]
    against = f"{rival.studied} at equal exposure"

    def named(s: Any, sessions: Any) -> str:
        return t("strength {strength}, {n} sessions", strength=level_label(s), n=sessions)

    leads = {key: judged(part, "surface", named(*key), RETURN_RATE, against, runs, len(inside)) for key, runs in values.items()}
    both = [(s, k) for s, k in inside if k != 0 and (s, 0) in inside]
    own = {
        (s, k): judged(
            part, "surface", named(s, k), RETURN_RATE, "0 sessions at equal exposure", values[s, k] - values[s, 0], len(both)
        )
        for s, k in both
    }
    rows = [(t("{n} sessions", n=k), tuple(cell(leads[s, k]) for s in strengths if s != 0)) for k in thresholds]
    header = (t("Hard threshold"), *(t("strength {level}", level=level_label(s)) for s in strengths if s != 0))
    caption = t(
        "A hard threshold against {rival} without one, at the same inequality of exposure; {runs}, simultaneous intervals, a dash"
        " outside what {rival} spans.",
        rival=rival.studied,
        runs=written_runs(n),
    )
    words = verdict_words({key: leads[key] for key in inside}, own)
    picked = [k for k in thresholds if k in (thresholds[0], thresholds[len(thresholds) // 2], thresholds[-1])]
    lines = []
    for threshold in picked:
        here = [part.at(strength=s, min_sessions=threshold, **fixed) for s in strengths]
        lines.append(
            Line(
                t("threshold {n}", n=threshold),
                [level_label(s) for s in strengths],
                np.stack([costs[one][0] for one in here]),
                np.stack([gains[one][0] for one in here]),
            )
        )
    lines.append(
        Line(
            t("{arm}, no threshold", arm=style.short(rival.studied)),
            [level_label(s) for s in rival.levels("strength")],
            their_costs,
            others,
        )
    )
    ax = plot_trade_off(lines, COST, RETURN_RATE, part.control)
    figure = ReportFigure(
        "trade_off",
        style.figure_of(ax),
        t("At the same place along the axis exposure is equally unequal; the higher line then brings more clients back."),
        t("Gain in new clients who book again against inequality of exposure. {words}", words=words),
    )
    return figure, Table(caption, header, rows), [*leads.values(), *own.values()], words

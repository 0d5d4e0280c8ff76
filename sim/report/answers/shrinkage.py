"""Whether a hard threshold is ever better than shrinkage, at the same inequality of exposure."""

import numpy as np

from sim.charts import style
from sim.charts.effects import level_label
from sim.charts.trade_off import Line, plot_trade_off
from sim.metrics.catalogue import PRIMARY
from sim.report.answers.base import Answer, Table, cell, judged, spoken
from sim.report.figures import ReportFigure
from sim.report.part import Part
from sim.statistics.intervals import Floats

COST = "exposure_gini"


def at_equal_cost(cost: Floats, gain: Floats, costs: Floats, gains: Floats) -> Floats:
    """Gain of a policy minus that of a family of policies at the same cost, in each replication, (n_replications,).

    Parameters
    ----------
    cost, gain
        (n_replications,) of the policy.
    costs, gains
        (n_policies, n_replications) of the family, weakest first; between them a straight line in their mean costs. Nan throughout
        where the policy's mean cost lies outside the family's.
    """
    order = np.argsort(costs.mean(axis=1), kind="stable")
    x, wanted = costs.mean(axis=1)[order], float(cost.mean())
    if not x[0] <= wanted <= x[-1]:
        return np.full(len(gain), np.nan)
    rival = np.array([np.interp(wanted, x, gains[order, r]) for r in range(gains.shape[1])])
    return gain - rival


def against_shrinkage(part: Part, rival: Part) -> tuple[ReportFigure, Table, list[Answer], str, str]:
    """Every threshold and strength against a rival without threshold: chart, table, numbers, answer, and all there is to say."""
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
    answers = [
        judged("surface", f"strength {level_label(s)}, {t} sessions", PRIMARY, against, values[s, t], max(len(inside), 1))
        for s, t in values
    ]
    rows = [
        (
            f"{t} sessions",
            tuple(
                cell(next(one for one in answers if one.what == f"strength {level_label(s)}, {t} sessions"))
                for s in strengths
                if s != 0
            ),
        )
        for t in thresholds
    ]
    header = ("Hard threshold", *(f"strength {level_label(s)}" for s in strengths if s != 0))
    caption = (
        f"A hard threshold against {rival.studied} without one, at the same inequality of exposure; {n} replications,"
        f" simultaneous intervals, a dash outside what {rival.studied} spans."
    )
    hard = [one for one in answers if not one.what.endswith(" 0 sessions")]
    better, worse = ([one for one in hard if one.verdict == word] for word in ("better", "worse"))
    compared = sum(t != 0 for _, t in inside)
    if better:
        most = max(better, key=lambda one: one.estimate)
        words = (
            f"A hard threshold is clearly better than shrinkage at equal inequality of exposure at {len(better)} of"
            f" {compared} settings"
            f" (most: {most.what}, {spoken(most)}), clearly worse at {len(worse)}."
        )
        first = words
        bare = [one for one in answers if one.what.endswith(" 0 sessions") and one.verdict == "better"]
        if bare:
            words += (
                " The threshold is not all of it: the same score without any is clearly better, too, at"
                f" {bare[0].what.split(',')[0]}"
                f" ({spoken(bare[0])})."
            )
    else:
        words = (
            "A hard threshold is never clearly better than shrinkage at equal inequality of exposure: of"
            f" {compared} settings {len(worse)} are clearly worse and {compared - len(worse)} not distinguishable."
        )
        first = words
        if worse:
            most = min(worse, key=lambda one: one.estimate)
            words += f" The largest loss: {most.what}, {spoken(most)}."
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
    return figure, Table(caption, header, rows), answers, first, words

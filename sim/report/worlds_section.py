"""The section of a page on plausible markets: its tables and charts."""

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from markupsafe import Markup, escape

from sim.charts import worlds as charts
from sim.charts.style import figure_of
from sim.metrics.catalogue import metric
from sim.report.figures import ReportFigure
from sim.report.format import bracketed, difference, reach
from sim.report.rule import Decision, DecisionRule
from sim.report.worlds import (
    depends,
    euros,
    flip,
    headline,
    in_percent,
    measure_next,
    named,
    origin_sentences,
    share,
    shown_arm,
    world_findings,
)
from sim.statistics.intervals import Interval
from sim.words.language import configured, joined, t
from sim.words.units import rounded, shift, whole
from sim.worlds.found import OverWorlds, UncertainNumber


@dataclass(frozen=True)
class ArmRow:
    """A policy over worlds, in words."""

    arm: str
    is_reference: bool
    mean: str
    between: str
    predictive: str
    share: str
    regret: str
    worst: str


def arm_rows(over: OverWorlds, rule: DecisionRule) -> list[ArmRow]:
    """The table of policies, the control last, which only has regrets."""
    unit = metric(rule.primary).unit

    def lost(interval: Interval) -> str:
        return reach(interval.estimate, unit) if math.isfinite(interval.estimate) else "–"

    rows = [
        ArmRow(
            one.arm,
            one.is_reference,
            difference(one.primary.mean, unit),
            reach(one.primary.between_sd.estimate, unit),
            t("{low} to {high}", low=shift(one.primary.predictive.low, unit), high=shift(one.primary.predictive.high, unit)),
            "–" if one.is_reference else share(one.share),
            lost(one.regret),
            lost(one.worst_tenth_regret),
        )
        for one in over.arms.values()
    ]
    if over.control_regret:
        rows.append(ArmRow(over.control, False, "–", "–", "–", "–", lost(over.control_regret[0]), lost(over.control_regret[1])))
    return rows


@dataclass(frozen=True)
class InformationRow:
    """What knowing more is worth, in words."""

    what: str
    kind: str
    eur: str
    points: str
    enough: str


def information_rows(over: OverWorlds, most: int = 12) -> list[InformationRow]:
    """Measurements, then numbers, the most valuable first."""
    kinds = {"evpi": t("certainty about everything"), "evppi": t("certainty about this number"), "evsi": t("a measurement")}
    return [
        InformationRow(
            configured(row.what) or t("everything"),
            f"{kinds[row.kind]}, {t('{n} cases', n=whole(row.n))}" if row.n else kinds[row.kind],
            euros(row.eur),
            bracketed(row.points, lambda x: rounded(100 * x, 2)),
            whole(row.enough) if row.enough else "–",
        )
        for row in over.information[:most]
    ]


@dataclass(frozen=True)
class NumberRow:
    """An uncertain number, in words."""

    name: str
    prior: str
    plausible: str
    left: str
    source: str


def number_rows(over: OverWorlds) -> list[NumberRow]:
    """Every number with its prior, the worlds' values, and how much of the spread is left; those narrowed most first."""
    ranked = sorted(over.numbers, key=lambda one: one.spread if math.isfinite(one.spread) else 2.0)
    return [
        NumberRow(one.name, _prior(one), _seen(one), in_percent(one.spread) if math.isfinite(one.spread) else "–", one.source)
        for one in ranked
    ]


def _prior(one: UncertainNumber) -> str:
    if not math.isfinite(one.prior[1]):
        return "–"
    low, middle, high = (named(end) for end in one.prior)
    return t("{middle} [{low}, {high}]", middle=middle, low=low, high=high)


def _seen(one: UncertainNumber) -> str:
    if isinstance(one.values[0], str):
        levels = list(dict.fromkeys(one.values))
        return joined(t("{level} in {n}", level=level, n=one.values.count(level)) for level in sorted(map(str, levels)))
    low, middle, high = np.quantile(np.array(one.values, float), [0.05, 0.5, 0.95])
    return t("{middle} [{low}, {high}]", middle=named(float(middle)), low=named(float(low)), high=named(float(high)))


def world_figures(over: OverWorlds | None, decision: Decision) -> list[ReportFigure]:
    """The charts of plausible markets; none without worlds."""
    one = shown_arm(over, decision) if over is not None else None
    if over is None or one is None:
        return []
    rule, primary = decision.rule, decision.rule.primary
    found = [
        ReportFigure(
            "worlds",
            figure_of(charts.plot_worlds(one, primary, rule.signed_effect)),
            t(
                "Each mark is a plausible market; where luck leaves it open, the rule says discuss, and what is ruled out above the"
                " line a guardrail holds back."
            ),
            headline(over, decision),
        )
    ]
    understood = over.dependence
    if understood is not None and understood.arm in over.arms:
        about, by_name = over.arms[understood.arm], {number.name: number for number in over.numbers}
        shares = charts.plot_shares(understood.first, understood.total, about.arm)
        told = " ".join(depends(over, rule))
        found.append(ReportFigure("worlds_shares", figure_of(shares), t("The higher a share, the more it pays to know."), told))
        for i, curve in enumerate(understood.curves):
            ax = charts.plot_along(curve, by_name[curve.name], about, primary, rule.signed_effect)
            words = flip(curve, understood, rule) or t("On average over all else the verdict is the same all along.")
            found.append(ReportFigure(f"worlds_along_{i + 1}", figure_of(ax), words, words))
    if any(math.isfinite(number.spread) for number in over.numbers):
        ax = charts.plot_narrowed(over.numbers)
        caption = t("Dark: where nine in ten plausible worlds lie; a number that nothing narrows fills the bar.")
        found.append(ReportFigure("worlds_prior", figure_of(ax), caption, " ".join(origin_sentences(over))))
    if over.information:
        ax = charts.plot_information(over.information)
        caption = t("What is worth little can stay an assumption.")
        found.append(ReportFigure("worlds_information", figure_of(ax), caption, " ".join(measure_next(over, one))))
    return found


def marked(text: str, over: OverWorlds) -> Markup:
    """A text for a page, escaped, with the names of numbers as code."""
    # the longest first: one name may hold another
    names = sorted({str(escape(number.name)) for number in over.numbers}, key=lambda name: (-len(name), name))
    if not names:
        return escape(text)
    found = rf"(?<![\w.])(?:{'|'.join(map(re.escape, names))})(?![\w]|\.\w)"
    # Markup of what is escaped, and of the tags put in here
    return Markup(re.sub(found, r"<code>\g<0></code>", str(escape(text))))  # noqa: S704


def world_values(over: OverWorlds | None, decision: Decision, figures: Sequence[ReportFigure]) -> dict[str, Any]:
    """What the template of the section shows."""
    if over is None:
        return {"over": None}
    return {
        "over": over,
        "over_rows": arm_rows(over, decision.rule),
        "over_text": [marked(text, over) for text in world_findings(over, decision)],
        "over_charts": [figure for figure in figures if figure.name.startswith("worlds")],
        "over_information": information_rows(over),
        "over_numbers": number_rows(over),
        "over_origin": [marked(text, over) for text in origin_sentences(over)],
        "number_names": {number.name for number in over.numbers},
    }

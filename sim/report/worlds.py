"""What a page tells about plausible markets: does the decision hold, what does it depend on, what is worth measuring first."""

import math
from dataclasses import dataclass

import numpy as np

from sim.charts import worlds as charts
from sim.charts.style import figure_of
from sim.metrics.catalogue import metric
from sim.report.figures import ReportFigure
from sim.report.format import bracketed, difference, reach
from sim.report.rule import Decision, DecisionRule
from sim.statistics.intervals import Interval
from sim.words.language import joined, t, tn, within_sentence
from sim.words.units import label, percent, plain, rounded, shift, whole, with_unit
from sim.worlds.found import ArmOverWorlds, Curve, Dependence, OverWorlds, UncertainNumber

A_LOOK = 16
"""Worlds up to which it is a look."""
MATTERS = 0.1
"""Share of the variance between worlds from which a number is named."""
MOST_NAMED = 3
RARE = 0.03
"""Share of worlds below which what holds a policy back there is not named."""
LITTLE = 0.02
"""Share of what the platform gains a year below which certainty is worth too little to measure anything first."""


def share(interval: Interval) -> str:
    """A share of worlds with its interval: ``94 % [86, 98]``."""
    return bracketed(interval, lambda x: rounded(100 * x, 0), "%")


def shown_arm(over: OverWorlds, decision: Decision) -> ArmOverWorlds | None:
    """The policy that sentences and charts are of: the one decided on, or the one that is worth it most often."""
    if decision.arm in over.arms:
        return over.arms[decision.arm or ""]
    policies = [one for one in over.arms.values() if not one.is_reference]
    return max(policies, key=lambda one: one.share.estimate, default=None)


def counted(one: ArmOverWorlds) -> str:
    """How many worlds, and in how many of them the rule is sure."""
    n = len(one.verdicts)
    return t(
        "{n} worlds: clearly in {yes}, clearly not in {no}",
        n=n,
        yes=one.verdicts.count("roll_out"),
        no=one.verdicts.count("do_not_roll_out"),
    )


def headline(over: OverWorlds, decision: Decision) -> str:
    """In what share of plausible markets the policy is worth rolling out; empty without a policy."""
    one, rule = shown_arm(over, decision), decision.rule
    if one is None:
        return ""
    words = {"arm": one.arm, "share": share(one.share), "counts": counted(one)}
    judged = decision.arms.get(one.arm)
    if judged is not None and judged.fragile:
        needed = percent(rule.robust_share)
        return t(
            "Over plausible markets {arm} is worth rolling out in {share} only, fewer than the {needed} asked for ({counts}).",
            needed=needed,
            **words,
        )
    if decision.outcome == "roll_out":
        return t("It holds in other plausible markets: {arm} is worth rolling out in {share} of them ({counts}).", **words)
    return t("Over plausible markets {arm} is worth rolling out in {share} ({counts}).", **words)


def world_sentences(over: OverWorlds, decision: Decision) -> list[str]:
    """What stands with the decision: whether it holds, what to expect, what flips it, and what to measure first."""
    one = shown_arm(over, decision)
    if one is None:
        return []
    found = [headline(over, decision)]
    if over.n_worlds <= A_LOOK:
        more = t("A look at {n} worlds; worlds=64 says it more surely, of all arms, and what it depends on.", n=over.n_worlds)
        return [" ".join([*found, *held_back(one, decision.rule), more])]
    rule = decision.rule
    return [
        *found,
        *held_back(one, rule),
        expected(one, rule),
        *depends(over, rule),
        *worst(over, rule),
        *measure_next(over, one),
    ]


def held_back(one: ArmOverWorlds, rule: DecisionRule) -> list[str]:
    """What keeps the policy from being rolled out where it is not."""
    parts = []
    for name, found in one.held_back.items():
        if found.estimate < RARE:
            continue
        if name == rule.primary:
            parts.append(t("too small an effect in {share}", share=share(found)))
        else:
            parts.append(t("{metric} beyond its limit in {share}", metric=within_sentence(label(metric(name))), share=share(found)))
    return [t("What holds {arm} back: {reasons}.", arm=one.arm, reasons=joined(parts))] if parts else []


def robust_rule(rule: DecisionRule) -> str:
    """What the rule asks of plausible markets."""
    needed = percent(rule.robust_share)
    return t(
        "A roll out must also be worth it in at least {share} of plausible markets; in fewer it is to be discussed.", share=needed
    )


def expected(one: ArmOverWorlds, rule: DecisionRule) -> str:
    """The mean over worlds, how much they differ, and what to expect in the true one."""
    unit = metric(rule.primary).unit
    return t(
        "{arm} brings {metric} {mean} on average over plausible markets; beyond luck they differ by {between} (standard deviation),"
        " and in the true one expect {low} to {high}.",
        arm=one.arm,
        metric=within_sentence(label(metric(rule.primary))),
        mean=difference(one.primary.mean, unit),
        between=reach(one.primary.between_sd.estimate, unit),
        low=shift(one.primary.predictive.low, unit),
        high=shift(one.primary.predictive.high, unit),
    )


def named(value_: float | str) -> str:
    """A value of a number in its own unit."""
    return value_ if isinstance(value_, str) else plain(float(f"{value_:.3g}"))


def depends(over: OverWorlds, rule: DecisionRule) -> list[str]:
    """The numbers that most of the differences between worlds come from, and where the verdict flips."""
    found = over.dependence
    if found is None:
        return []
    if not found.explained > MATTERS:
        return [t("What the differences between these worlds come from cannot be told: luck is too large beside them.")]
    ranked = sorted(found.total, key=lambda name: -found.total[name].estimate)
    leading = [name for name in ranked if found.total[name].estimate >= MATTERS][:MOST_NAMED] or ranked[:1]
    parts = [t("{name} ({share} of the variance)", name=name, share=_percent(found.total[name].estimate)) for name in leading]
    sentences = [t("It depends most on {numbers}.", numbers=joined(parts))]
    return sentences + [sentence for curve in found.curves if (sentence := flip(curve, found, rule))]


def flip(curve: Curve, found: Dependence, rule: DecisionRule) -> str:
    """Where along a number the mean effect passes the smallest one that matters; empty where it does not."""
    limit, sign = rule.signed_effect, 1.0 if rule.higher else -1.0
    size = reach(rule.smallest_effect, metric(rule.primary).unit)
    if all(isinstance(one, str) for one in curve.values):
        short = [str(one) for one, mean in zip(curve.values, curve.mean, strict=True) if sign * (mean - limit) <= 0]
        if not short or len(short) == len(curve.values):
            return ""
        return t(
            "With {number} {levels}, {arm} brings less than the {size} that matter on average.",
            number=curve.name,
            levels=joined(short),
            arm=found.arm,
            size=size,
        )
    if len(curve.flips) != 1:
        return ""
    below = sign * (curve.mean[0] - limit) < 0
    words = {"number": curve.name, "at": named(curve.flips[0]), "arm": found.arm, "size": size}
    if below:
        return t("Where {number} is below {at}, {arm} brings less than the {size} that matter on average.", **words)
    return t("Where {number} is above {at}, {arm} brings less than the {size} that matter on average.", **words)


def worst(over: OverWorlds, rule: DecisionRule) -> list[str]:
    """Which arm has the least regret in the worst tenth of worlds, and what those worlds are like for the policy."""
    unit = metric(rule.primary).unit
    rows = {one.arm: one.worst_tenth_regret for one in over.arms.values() if not one.is_reference}
    if over.control_regret:
        rows[over.control] = over.control_regret[1]
    if len(rows) < 2:
        return []
    best = min(rows, key=lambda arm: rows[arm].estimate)
    return [
        t(
            "Of all arms {arm} loses least where it is worst: {regret} against the best arm of each world, over the worst tenth of"
            " worlds.",
            arm=best,
            regret=reach(rows[best].estimate, unit),
        )
    ]


def measure_next(over: OverWorlds, one: ArmOverWorlds) -> list[str]:
    """What to measure before deciding, and what that is worth."""
    everything = next((row for row in over.information if row.kind == "evpi"), None)
    if everything is None:
        return []
    gain = abs(one.yearly.mean.estimate) if one.yearly is not None else math.inf
    best = max((row for row in over.information if row.kind == "evsi"), key=lambda row: row.eur.estimate, default=None)
    number = max((row for row in over.information if row.kind == "evppi"), key=lambda row: row.eur.estimate, default=None)
    total = euros(everything.eur)
    if everything.eur.estimate < LITTLE * gain or number is None:
        return [t("Nothing is worth measuring first: to know everything would bring {eur} a year.", eur=total)]
    if best is None or best.eur.low <= 0 or best.eur.estimate <= LITTLE * gain:
        return [
            t(
                "No measurement that is described is clearly worth making first: to know everything would bring {eur} a year; most"
                " of it is {number}, {part}.",
                eur=total,
                number=number.name,
                part=euros(number.eur),
            )
        ]
    said = t(
        "Measure next: {what}, worth {eur} a year of {total} for knowing everything.",
        what=best.what,
        eur=euros(best.eur),
        total=total,
    )
    if best.enough:
        said = f"{said} {tn('{n} case brings nine tenths of it.', '{n} cases bring nine tenths of it.', best.enough)}"
    return [said]


def euros(interval: Interval) -> str:
    """Money a year with its interval."""
    return with_unit(bracketed(interval, lambda x: whole(round(x, -1))), "EUR")


def _percent(x: float) -> str:
    return with_unit(rounded(100 * x, 0), "%")


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
            row.what or t("everything"),
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
        NumberRow(one.name, _prior(one), _seen(one), _percent(one.spread) if math.isfinite(one.spread) else "–", one.source)
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


def origin_sentences(over: OverWorlds) -> list[str]:
    """Where the worlds come from, and what is left of the prior."""
    if over.origin == "prior":
        found = [t("The worlds are drawn from what is said to be uncertain; no figure of a real market was held against them.")]
    elif over.survived:
        shares = joined(_percent(one) for one in over.survived)
        found = [
            t(
                "Only worlds whose figures real markets have count: of all that is said to be possible, {shares} were not ruled out"
                " after each wave of history matching ({n} runs), and worlds were drawn from that as well as they fit.",
                shares=shares,
                n=whole(over.n_matching),
            )
        ]
    else:
        found = [t("The worlds are a joint sample: {about}.", about=over.about)]
    runs_ = tn(
        "Each arm was simulated in each world with {n} replication, with the same luck for all arms of a world.",
        "Each arm was simulated in each world with {n} replications, with the same luck for all arms of a world.",
        over.n_replications,
    )
    found.append(runs_)
    if over.known:
        found.append(t("Given for certain, and the same in all worlds: {keys}.", keys=", ".join(over.known)))
    return found


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
            t("Each mark is a plausible market; where luck leaves it open, the rule says discuss."),
            headline(over, decision),
        )
    ]
    by_name = {number.name: number for number in over.numbers}
    if over.dependence is not None and over.dependence.arm in over.arms:
        about = over.arms[over.dependence.arm]
        sentences = " ".join(depends(over, rule))
        shares_ = charts.plot_shares(over.dependence.first, over.dependence.total, about.arm)
        found.append(
            ReportFigure("worlds_shares", figure_of(shares_), t("The higher a share, the more it pays to know."), sentences)
        )
        for i, curve in enumerate(over.dependence.curves):
            ax = charts.plot_along(curve, by_name[curve.name], about, primary, rule.signed_effect)
            caption = t("Where the line passes the broken one, the verdict flips.")
            found.append(ReportFigure(f"worlds_along_{i + 1}", figure_of(ax), caption, sentences))
    if any(math.isfinite(number.spread) for number in over.numbers):
        ax = charts.plot_narrowed(over.numbers)
        caption = t("Dark: where nine in ten plausible worlds lie; a number that nothing narrows fills the bar.")
        found.append(ReportFigure("worlds_prior", figure_of(ax), caption, " ".join(origin_sentences(over))))
    if over.information:
        ax = charts.plot_information(over.information)
        caption = t("What is worth little can stay an assumption.")
        found.append(ReportFigure("worlds_information", figure_of(ax), caption, " ".join(measure_next(over, one))))
    return found


def limits_sentence(over: OverWorlds | None, replayed: bool) -> str:
    """What the intervals of the page are over, among its limits."""
    if over is not None:
        return t(
            "Intervals of this market show luck between its replications; those of plausible markets hold for the numbers and"
            " mechanisms that are said to be uncertain, as far as those are right."
        )
    if replayed:
        return t(
            "Intervals show luck between replications of this market with these requests. They do not show how another period’s"
            " requests would differ, nor whether the market itself is described well."
        )
    return t(
        "Intervals show luck between replications of this market. They do not show whether the market itself is described well."
    )


def robustness(over: OverWorlds, needed: float) -> dict[str, object]:
    """The key ``robustness`` of the scorecard."""
    arms = {
        one.arm: {
            "mean": one.primary.mean.estimate,
            "mean_low": one.primary.mean.low,
            "mean_high": one.primary.mean.high,
            "between_sd": one.primary.between_sd.estimate,
            "between_sd_low": one.primary.between_sd.low,
            "between_sd_high": one.primary.between_sd.high,
            "predictive_low": one.primary.predictive.low,
            "predictive_high": one.primary.predictive.high,
            "share_roll_out": one.share.estimate,
            "share_roll_out_low": one.share.low,
            "share_roll_out_high": one.share.high,
            "regret": one.regret.estimate,
            "worst_tenth_regret": one.worst_tenth_regret.estimate,
        }
        for one in over.arms.values()
    }
    about = {"worlds": over.n_worlds, "replications": over.n_replications, "origin": over.origin, "survived": list(over.survived)}
    return about | {"robust_share": needed, "arms": arms}

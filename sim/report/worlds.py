"""What a page tells about plausible markets: does the decision hold, what does it depend on, what is worth measuring first."""

import math

import numpy as np

from sim.arrays import Floats, Ints
from sim.metrics.catalogue import metric
from sim.report.format import bracketed, difference, reach
from sim.report.rule import Decision, DecisionRule
from sim.statistics.intervals import Interval
from sim.words.language import configured, joined, listed, t, tn, within_sentence
from sim.words.units import brief, label, percent, rounded, shift, whole, with_unit
from sim.worlds.effects import WORST
from sim.worlds.found import A_LOOK, ArmOverWorlds, Curve, Dependence, OverWorlds, UncertainNumber

MATTERS = 0.1
"""Share of the variance between worlds from which a number is named."""
MOST_NAMED = 3
RARE = 0.03
"""Share of worlds below which what holds a policy back there is not named."""
NARROWED = 0.9
"""Share of a number's spread below which it counts as narrowed."""
MOVED = 0.1
"""Of a prior, or share of worlds, by which a number must differ where a policy does worst to be named."""
SMALL = 0.1
"""Share below which a decimal is written."""
LITTLE = 0.02
"""Share of what the platform gains a year below which certainty is worth too little to measure anything first."""


def share(interval: Interval) -> str:
    """A share of worlds with its interval: ``94 % [86, 98]``."""
    return bracketed(interval, lambda x: rounded(100 * x, 0), "%")


def shown_arm(over: OverWorlds, decision: Decision) -> ArmOverWorlds | None:
    """The policy that sentences and charts are of: the one decided on, else the one understood, or worth it most often."""
    for arm in (decision.arm, over.dependence.arm if over.dependence else None):
        if arm in over.arms:
            return over.arms[arm or ""]
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
    """What stands with the decision: whether it holds, where it does not what it depends on, and what to measure first."""
    one = shown_arm(over, decision)
    if one is None:
        return []
    rule = decision.rule
    found = [headline(over, decision)]
    if decision.outcome != "roll_out":
        found += [*held_back(one, rule), *depends(over, rule)]
    return [" ".join([*found, *only_a_look(over)]), *measure_next(over, one)]


def only_a_look(over: OverWorlds) -> list[str]:
    """What more worlds would say; nothing where there are more."""
    if over.n_worlds > A_LOOK:
        return []
    return [
        t(
            "This is a look at {n} worlds, and the interval is wide; worlds=64 says it more surely, of all arms, and what it"
            " depends on.",
            n=over.n_worlds,
        )
    ]


def world_findings(over: OverWorlds, decision: Decision) -> list[str]:
    """All that is told about plausible markets in one place."""
    one = shown_arm(over, decision)
    if one is None:
        return []
    rule = decision.rule
    first = " ".join([headline(over, decision), *held_back(one, rule), *only_a_look(over)])
    crossed = (
        [sentence for curve in over.dependence.curves if (sentence := flip(curve, over.dependence, rule))]
        if over.dependence
        else []
    )
    return [
        first,
        expected(one, over.control, rule),
        *depends(over, rule),
        *crossed,
        *corner(over, one, rule),
        *safest(over, rule),
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


def expected(one: ArmOverWorlds, control: str, rule: DecisionRule) -> str:
    """The mean over worlds, how much they differ, and what to expect in the true one."""
    unit = metric(rule.primary).unit
    return t(
        "{metric}, {arm} against {control}: {mean} on average over plausible markets. Beyond luck these differ by {between}"
        " (standard deviation); in the true one expect {low} to {high}.",
        arm=one.arm,
        control=control,
        metric=label(metric(rule.primary)),
        mean=difference(one.primary.mean, unit),
        between=reach(one.primary.between_sd.estimate, unit),
        low=shift(one.primary.predictive.low, unit),
        high=shift(one.primary.predictive.high, unit),
    )


def named(value: float | str) -> str:
    """A value of a number in its own unit."""
    return value if isinstance(value, str) else brief(value)


def leading(found: Dependence) -> list[str]:
    """The numbers that make most of the differences between worlds, the most important first; none where luck hides them."""
    if not found.explained > MATTERS:
        return []
    ranked = sorted(found.total, key=lambda name: -found.total[name].estimate)
    return [name for name in ranked if found.total[name].estimate >= MATTERS][:MOST_NAMED] or ranked[:1]


def depends(over: OverWorlds, rule: DecisionRule) -> list[str]:
    """The numbers that most of the differences between worlds come from."""
    found = over.dependence
    if found is None:
        return []
    names = leading(found)
    if not names:
        return [t("What the differences between these worlds come from cannot be told: luck is too large beside them.")]
    parts = [t("{name} ({share} of the variance)", name=name, share=in_percent(found.total[name].estimate)) for name in names]
    return [t("What {arm} brings depends most on {numbers}.", arm=found.arm, numbers=listed(parts))]


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
            levels=listed(short),
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


def corner(over: OverWorlds, one: ArmOverWorlds, rule: DecisionRule) -> list[str]:
    """What the worlds are like in which the policy does worst, by the numbers that matter."""
    found = over.dependence
    if found is None or found.arm != one.arm or not leading(found):
        return []
    unit, sign = metric(rule.primary).unit, 1.0 if rule.higher else -1.0
    order = np.argsort(sign * one.primary.worlds, kind="stable")
    before = np.cumsum(over.weights[order]) - over.weights[order]
    worst = order[before < WORST - 1e-12]
    weights = over.weights[worst] / over.weights[worst].sum()
    by_name = {number.name: number for number in over.numbers}
    there = [_there(by_name[name], worst, weights, over.weights) for name in leading(found) if name in by_name]
    parts = [part for part in there if part]
    if not parts:
        return []
    return [
        t(
            "In the tenth of worlds where {arm} does worst it brings {effect} on average; there {numbers}.",
            arm=one.arm,
            effect=shift(float(weights @ one.primary.worlds[worst]), unit),
            numbers=listed(parts),
        )
    ]


def _there(number: UncertainNumber, worst: Ints, weights: Floats, everywhere: Floats) -> str:
    """A number in the worst worlds beside all: its mean, or the level commoner there by most; empty where much the same."""
    if not any(isinstance(value, str) for value in number.values):
        values = np.array(number.values, float)
        if abs(float(weights @ number.coded[worst] - everywhere @ number.coded)) < MOVED:
            return ""
        here, common = brief(float(weights @ values[worst])), brief(float(everywhere @ values))
        return t("{number} is {here} ({common} in all)", number=number.name, here=here, common=common)
    shares = {}
    for level in dict.fromkeys(number.values):
        holds = np.array([value == level for value in number.values], float)
        shares[level] = (float(weights @ holds[worst]), float(everywhere @ holds))
    level = max(shares, key=lambda one: shares[one][0] - shares[one][1])
    if shares[level][0] - shares[level][1] < MOVED:
        return ""
    here, common = (in_percent(share) for share in shares[level])
    return t("{number} is {level} in {here} ({common} in all)", number=number.name, level=level, here=here, common=common)


def safest(over: OverWorlds, rule: DecisionRule) -> list[str]:
    """Which arm has the least regret in the worst tenth of worlds."""
    unit = metric(rule.primary).unit
    rows = {one.arm: one.worst_tenth_regret for one in over.arms.values() if not one.is_reference}
    if over.control_regret:
        rows[over.control] = over.control_regret[1]
    if len(rows) < 2:
        return []
    best = min(rows, key=lambda arm: rows[arm].estimate)
    return [
        t(
            "{arm} is the safest arm: in the tenth of worlds that is worst for it, it brings {regret} less than the best arm"
            " there.",
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
                "No measurement that is described is clearly worth making first: to know everything would bring {eur} a year; the"
                " most valuable number is {number}, {part}.",
                eur=total,
                number=number.name,
                part=euros(number.eur),
            )
        ]
    said = [t("Measure next: {what}, worth {eur} a year.", what=configured(best.what), eur=euros(best.eur))]
    if best.enough:
        said.append(
            tn(
                "{n} case is enough for nine tenths of what it can bring.",
                "{n} cases are enough for nine tenths of what it can bring.",
                best.enough,
            )
        )
    said.append(t("To know everything would bring {eur} a year.", eur=total))
    return [" ".join(said)]


def euros(interval: Interval) -> str:
    """Money a year with its interval."""
    return with_unit(bracketed(interval, lambda x: whole(round(x, -1))), "EUR")


def in_percent(x: float) -> str:
    """A measured share: ``64 %``, with a decimal below 10 %."""
    return with_unit(rounded(100 * x, 0 if x >= SMALL or x == 0 else 1), "%")


def origin_sentences(over: OverWorlds) -> list[str]:
    """Where the worlds come from, and what is left of the prior."""
    if over.origin == "prior":
        found = [t("The worlds are drawn from what is said to be uncertain; no figure of a real market was held against them.")]
    elif over.survived:
        shares = joined(in_percent(one) for one in over.survived)
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
    if most := narrowed(over):
        parts = [t("{name} ({share} of its spread is left)", name=one.name, share=in_percent(one.spread)) for one in most]
        found.append(t("Narrowed most: {numbers}.", numbers=listed(parts)))
    if over.known:
        found.append(t("Given for certain, and the same in all worlds: {keys}.", keys=", ".join(over.known)))
    return found


def narrowed(over: OverWorlds, most: int = MOST_NAMED) -> list[UncertainNumber]:
    """The numbers of which plausible worlds know more than the prior, those narrowed most first."""
    known = sorted((one for one in over.numbers if one.spread < NARROWED), key=lambda one: one.spread)
    return known[:most]


def limits_sentence(over: OverWorlds | None, replayed: bool) -> str:
    """What the intervals of the page are over, among its limits."""
    if over is not None:
        said = t(
            "Intervals of this market show luck between its replications; those of plausible markets hold for the numbers and"
            " mechanisms that are said to be uncertain, as far as those are right."
        )
        return (
            f"{said} {t('All of them have these requests: how those of another period would differ is not shown.')}"
            if replayed
            else said
        )
    if replayed:
        return t(
            "Intervals show luck between replications of this market with these requests. They do not show how another period’s"
            " requests would differ, nor whether the market itself is described well."
        )
    return t(
        "Intervals show luck between replications of this market. They do not show whether the market itself is described well."
    )

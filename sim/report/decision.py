"""A decision in words: what the rule says about each policy, and what follows."""

import math

from sim.metrics.catalogue import VALUES, metric
from sim.report.format import difference, difference_beside, inert_words, reach, runs
from sim.report.people import losers_sentence
from sim.report.rule import (
    MIN_TO_DECIDE,
    YEARLY,
    Advice,
    ArmDecision,
    Decision,
    DecisionRule,
    Guardrail,
    GuardrailCheck,
    disagreements,
)
from sim.said import Said, say
from sim.statistics.comparison import Comparison, paired_difference
from sim.statistics.limits import Standing
from sim.statistics.power import USUAL_POWER
from sim.words.language import configured, joined, listed, t, tn, told, within_sentence
from sim.words.levels import value
from sim.words.units import label, percent, rounded, shift, whole, with_unit

NAMES: dict[Advice, Said] = {
    "roll_out": say("roll out"),
    "discuss": say("discuss"),
    "do_not_roll_out": say("do not roll out"),
    "too_few": say("far too few replications"),
    "nothing_to_decide": say("nothing to decide"),
    "not_ranked": say("not ranked"),
}
FOLLOWS: dict[Advice, Said] = {
    "roll_out": say("Roll it out in the real market step by step, and watch the same guardrails there."),
    "discuss": say("Add replications until it is clear, or decide together what the unclear numbers are worth."),
    "do_not_roll_out": say("Keep the control; change the policy before trying it again."),
    "too_few": say("Simulate at least {least} replications, better 8 or more.", least=MIN_TO_DECIDE),
    "not_ranked": say(
        "Bring the base to the file, then replay again: calibrate a market on the file, take its own pros (pros=file) or as many as"
        " it had (market.pros.n), and see in base.csv which month, zone or service is off."
    ),
}
"""What follows from each outcome, unless the configuration says so itself; nothing from ``nothing_to_decide``."""


def what_follows(rule: DecisionRule, outcome: Advice) -> str:
    """What follows from an outcome; empty for nothing."""
    own = rule.follows.get(outcome)
    return configured(own) if own else told(FOLLOWS.get(outcome, ""))


def follows(decision: Decision) -> str:
    """What follows from a decision; of a policy that does not hold in enough markets, more replications of one say nothing."""
    one = decision.arms.get(decision.arm or "")
    if one is not None and one.fragile and not decision.rule.follows.get(decision.outcome):
        return t(
            "Find out which of the plausible markets yours is, or try it in a part of it first: more replications do not settle"
            " this."
        )
    return what_follows(decision.rule, decision.outcome)


def limit_text(guardrail: Guardrail) -> str:
    """A guardrail's limit: ``up by at most 0.050``."""
    size = reach(guardrail.limit, metric(guardrail.metric).unit)
    return t("up by {limit} at most", limit=size) if guardrail.side == "up" else t("down by {limit} at most", limit=size)


def standing_text(rule: DecisionRule, standing: Standing, more: int = 0) -> str:
    """How an effect stands to the smallest one that matters, which is written with ``more`` decimals than usual."""
    size = reach(rule.smallest_effect, metric(rule.primary).unit, more)
    if standing == "not defined":
        return t("no interval")
    if rule.smallest_effect == 0:
        texts = {"above": t("clearly better"), "below": t("clearly not better"), "not clear yet": t("not clear yet")}
    else:
        texts = {
            "above": t("clearly more than the {effect} that matter", effect=size),
            "below": t("clearly less than the {effect} that matter", effect=size),
            "not clear yet": t("not clear whether it is more than the {effect} that matter", effect=size),
        }
    return texts[standing]


def standing_word(standing: Standing) -> str:
    """How an effect stands to the smallest one that matters, in a word or two for a table."""
    words = {"above": t("clearly enough"), "below": t("clearly not enough"), "not clear yet": t("not clear yet")}
    return words.get(standing) or t("not defined")


def check_text(check: GuardrailCheck) -> str:
    """A guardrail with its difference and limit: ``Inequality ... +0.183 [+0.096, +0.269], limit +0.050``."""
    guardrail = check.guardrail
    shown = metric(guardrail.metric)
    limit = guardrail.signed_limit
    interval = check.test.interval
    numbers, more = difference_beside(interval, limit, shown.unit)
    words = {"metric": label(shown), "difference": numbers, "limit": shift(limit, shown.unit, more=more)}
    if check.test.verdict != "crossed":
        return t("{metric} {difference}, limit {limit}", **words)
    beyond = reach(abs(interval.estimate - limit), shown.unit)
    return t("{metric} {difference}, {beyond} beyond the limit of {limit}", **words, beyond=beyond)


def chosen_sentence(decision: Decision) -> str:
    """What to expect of the chosen policy, allowing for its having been chosen; empty where there was no choice."""
    one = decision.arms.get(decision.arm or "")
    rivals = sum(math.isfinite(other.shrunk) for other in decision.arms.values())
    if one is None or rivals < 2:
        return ""
    expected = shift(one.shrunk, metric(decision.rule.primary).unit)
    return t("Allowing for its having been chosen among {n}, expect {expected}.", n=rivals, expected=expected)


def yearly_sentence(comparison: Comparison, decision: Decision, one: ArmDecision) -> str:
    """What a policy brings the platform a year, beside what it nets under the control; empty where that is not known."""
    if one.yearly is None or not math.isfinite(one.yearly.low):
        return ""
    base = value(comparison.summary(comparison.control, YEARLY).mean, "eur")
    words = {"yearly": difference(one.yearly, "eur"), "control": comparison.control, "base": base}
    if decision.rule.primary not in VALUES:
        return t("For the platform: {yearly} a year, net of acquisition, where {control} nets {base}.", **words)
    return t(
        "That is {thousand} per 1,000 new clients; for the platform {yearly} a year, net of acquisition, where {control} nets"
        " {base}.",
        thousand=shift(1000 * one.effect.estimate, "eur"),
        **words,
    )


def power_sentence(decision: Decision, n_replications: int) -> str:
    """What the rule finds with as many replications; empty where that is not known."""
    power, rule = decision.power, decision.rule
    if power is None:
        return ""
    unit = metric(rule.primary).unit
    words = {"runs": runs(n_replications), "found": reach(power.found, unit), "usual": percent(USUAL_POWER)}
    if not math.isfinite(power.at_twice):
        return t("With {runs} the rule finds a policy that truly brings {found} with {usual}.", **words)
    return t(
        "With {runs} the rule finds a policy that truly brings {found} with {usual}; one that brings {twice}, twice what matters,"
        " with {share}.",
        **words,
        twice=reach(2 * rule.smallest_effect, unit),
        share=with_unit(rounded(100 * power.at_twice, 0), "%"),
    )


def arm_sentence(decision: Decision, one: ArmDecision) -> str:
    """One sentence on a policy: its name and ``judgement``."""
    return t("{arm}: {judgement}", arm=one.arm, judgement=judgement(decision, one))


def judgement(decision: Decision, one: ArmDecision) -> str:
    """What the rule says about a policy: outcome, effect, interval, n, and the guardrails that are not within their limits."""
    rule = decision.rule
    shown = metric(rule.primary)
    if one.outcome == "not_ranked":
        numbers = difference(one.effect, shown.unit)
        return t("not ranked. {metric} {difference} ({runs}).", metric=label(shown), difference=numbers, runs=runs(one.effect.n))
    if one.outcome == "too_few":
        numbers = difference(one.effect, shown.unit)
        return t(
            "far too few replications to judge. {metric} {difference} ({runs}).",
            metric=label(shown),
            difference=numbers,
            runs=runs(one.effect.n),
        )
    if one.outcome == "nothing_to_decide" and not one.effect.n:
        return t("nothing to decide, not defined in any replication: {metric}.", metric=label(shown))
    if one.outcome == "nothing_to_decide":
        return t("nothing to decide, {runs} cannot tell.", runs=runs(one.effect.n))
    numbers, more = difference_beside(one.effect, rule.signed_effect, shown.unit)
    parts = [standing_text(rule, one.standing, more)]
    parts += [t("guardrail crossed: {check}", check=check_text(check)) for check in one.checks_that_are("crossed")]
    parts += [t("guardrail not clear yet: {check}", check=check_text(check)) for check in one.checks_that_are("not clear yet")]
    parts += [
        t("guardrail not defined: {metric}", metric=label(metric(check.guardrail.metric)))
        for check in one.checks_that_are("not defined")
    ]
    if one.checks and len(one.checks_that_are("within limit")) == len(one.checks):
        parts.append(t("every guardrail within its limit"))
    if one.fragile and one.share is not None:
        in_worlds = with_unit(rounded(100 * one.share.estimate, 0), "%")
        parts.append(
            t("worth it in {share} of plausible markets, fewer than {needed}", share=in_worlds, needed=percent(rule.robust_share))
        )
    judged = t(
        "{outcome}. {metric} {difference} ({runs}), {judgement}.",
        outcome=told(NAMES[one.outcome]),
        metric=label(shown),
        difference=numbers,
        runs=runs(one.effect.n),
        judgement=joined(parts),
    )
    return f"{judged} {beside(one)}".strip()


def beside(one: ArmDecision) -> str:
    """What stands beside a judgement: how many runs would settle it, or what not rolling out gives up; and which pros pay."""
    more = settling_sentence(one) if one.outcome == "discuss" else given_up_sentence(one)
    return " ".join(filter(None, (more, losers_sentence(one.losers, one.leavers))))


def given_up_sentence(one: ArmDecision) -> str:
    """What not rolling out a policy that is worth it gives up; empty for one that is not."""
    held_back = one.outcome == "do_not_roll_out" and one.standing == "above"
    if not held_back or one.yearly is None or not math.isfinite(one.yearly.low):
        return ""
    return t("Not rolling it out gives up {yearly} a year for the platform.", yearly=difference(one.yearly, "eur"))


def settling_sentence(one: ArmDecision) -> str:
    """How many replications would settle what is to be discussed; empty where it is unclear for another reason."""
    if one.settled_at is not None:
        return t("Were means and spreads to stay as they are, {n} replications would settle it.", n=whole(one.settled_at))
    if one.standing == "not clear yet" or one.checks_that_are("not clear yet"):
        return t("It lies so close to a limit that no number of replications would settle it.")
    return ""


def decision_sentence(comparison: Comparison, decision: Decision) -> str:
    """The decision in one sentence, with effect, interval and n; and, when several may be rolled out, how sure the choice is."""
    control, shown = comparison.control, metric(decision.rule.primary)
    if not decision.arms:
        return t("There is nothing to decide: no policy was compared with {control}.", control=control)
    if decision.outcome == "not_ranked":
        return t("No policy is ranked: the simulation of {control} is too far from the file.", control=control)
    if decision.outcome == "too_few":
        return tn(
            "There is nothing to decide: {n} replication is far too few. At least {least} are needed.",
            "There is nothing to decide: {n} replications are far too few. At least {least} are needed.",
            comparison.n_replications,
            least=decision.rule.min_replications,
        )
    if decision.outcome == "nothing_to_decide":
        known_in = max(one.effect.n for one in decision.arms.values())
        if not known_in:
            return t(
                "There is nothing to decide: the primary metric is not defined in any replication ({metric}). There was nobody to"
                " count, or the runs are too short to see it.",
                metric=label(shown),
            )
        return t(
            "There is nothing to decide yet: {runs} cannot tell any policy from {control}.",
            runs=runs(known_in),
            control=control,
        )
    if decision.arm is None:
        why = t("no policy is worth rolling out by this rule")
        return t("Keep {control}: {why} ({runs}).", control=control, why=why, runs=runs(comparison.n_replications))
    one = decision.arms[decision.arm]
    effect, more = difference_beside(one.effect, decision.rule.signed_effect, shown.unit)
    numbers = t(
        "{metric} {difference} against {control} ({runs})",
        metric=within_sentence(label(shown)),
        difference=effect,
        control=control,
        runs=runs(one.effect.n),
    )
    if decision.outcome == "roll_out":
        standing = standing_text(decision.rule, "above", more)
        first = t("{arm} is worth rolling out: {numbers}, {standing}.", arm=one.arm, numbers=numbers, standing=standing)
        if one.checks:
            first = t(
                "{arm} is worth rolling out: {numbers}, {standing}, and every guardrail is within its limit.",
                arm=one.arm,
                numbers=numbers,
                standing=standing,
            )
        money = yearly_sentence(comparison, decision, one)
        return " ".join(filter(None, (first, money, chosen_sentence(decision), _rivals(comparison, decision))))
    names = [arm for arm, other in decision.arms.items() if other.outcome == "discuss"]
    if one.fragile:
        first = t(
            "{arm} would be rolled out in this market, but not in enough other plausible ones: {numbers}.",
            arm=one.arm,
            numbers=numbers,
        )
    elif len(names) == 1:
        first = t("{arm} may be worth rolling out, which these runs do not settle: {numbers}.", arm=one.arm, numbers=numbers)
    else:
        first = t(
            "{arms} may be worth rolling out, which these runs do not settle. The largest effect is that of {arm}: {numbers}.",
            arms=listed(names),
            arm=one.arm,
            numbers=numbers,
        )
    return " ".join(filter(None, (first, yearly_sentence(comparison, decision, one), chosen_sentence(decision))))


def _rivals(comparison: Comparison, decision: Decision) -> str:
    """Other policies that may be rolled out, and whether the data separate the chosen one from them."""
    best = decision.arm
    rivals = [arm for arm, one in decision.arms.items() if one.outcome == "roll_out" and arm != best]
    if best is None or not rivals:
        return ""
    sign, primary = (1.0 if decision.rule.higher else -1.0), decision.rule.primary
    ours = comparison.values[best][primary]
    gaps = {arm: paired_difference(ours, comparison.values[arm][primary], len(rivals), comparison.level)[0] for arm in rivals}
    close = [arm for arm, gap in gaps.items() if not (gap.low > 0 if sign > 0 else gap.high < 0)]
    if close:
        return t("The data do not separate {arm} from {arms}, which may be rolled out as well.", arm=best, arms=listed(close))
    return t("{arm} is clearly ahead of {arms}, which may be rolled out as well.", arm=best, arms=listed(rivals))


def inert_sentence(comparison: Comparison) -> str:
    """Which arms are the same as the control in every number of every run; empty for none."""
    control = comparison.control
    arms = [
        arm
        for arm in comparison.arms
        if arm != control
        and {row.verdict for row in comparison.differences if row.arm == arm and row.verdict != "not defined"} == {"identical"}
    ]
    return inert_words(arms, control)


def disagreement_sentence(comparison: Comparison, rule: DecisionRule) -> str:
    """A warning that value and the metric that decides, or the published one, point in opposite directions; empty when none do."""
    arms = disagreements(comparison, rule)
    if not arms:
        return ""
    return tn(
        "Beware of {arms}: what it gains in clients who book again, or in the primary metric, it loses in what a new client is"
        " worth, or the other way round. Such a metric can be moved by serving only the bookings that it counts.",
        "Beware of {arms}: what they gain in clients who book again, or in the primary metric, they lose in what a new client is"
        " worth, or the other way round. Such a metric can be moved by serving only the bookings that it counts.",
        len(arms),
        arms=listed(arms),
    )


def rule_sentences(rule: DecisionRule, n_arms: int, level: str, elsewhere: bool = False) -> list[str]:
    """The rule in plain words; ``elsewhere``: whether the page also looks at other plausible markets."""
    shown = metric(rule.primary)
    size, way = reach(rule.smallest_effect, shown.unit), t("higher is better") if rule.higher else t("lower is better")
    if rule.smallest_effect > 0:
        wanted = t(
            "The primary metric is: {metric} ({way}). A change of {effect} or less does not matter.",
            metric=label(shown),
            way=way,
            effect=size,
        )
    else:
        wanted = t("The primary metric is: {metric} ({way}).", metric=label(shown), way=way)
    limits = [t("{metric}: {limit}", metric=label(metric(one.metric)), limit=limit_text(one)) for one in rule.guardrails]
    sentences = [wanted]
    sentences.append(
        t("Guardrails, against the control: {limits}.", limits=joined(limits)) if limits else t("There are no guardrails.")
    )
    sentences += [
        t(
            "Roll out: the whole interval of the primary difference is better than what matters, and that of every guardrail is"
            " within its limit."
        ),
        t(
            "Do not roll out: the whole interval of the primary difference is no better than what matters, or that of a guardrail"
            " lies beyond its limit."
        ),
        t("Discuss: everything else. More replications narrow the intervals."),
        t(
            "The intervals of this rule are over the luck of the draw in this one market; what happens to the answer where other"
            " things are true than are assumed here stands under “In other plausible markets”."
        )
        if elsewhere
        else t(
            "Intervals are over the luck of the draw in this one market: they do not say how the answer changes with what is"
            " assumed of it."
        ),
        t(
            "They hold with {level} for all {n} arms of a metric together. They are not widened for several guardrails: as all must"
            " be within their limits, one more cannot make a wrong roll-out more likely.",
            level=level,
            n=n_arms,
        ),
    ]
    return sentences

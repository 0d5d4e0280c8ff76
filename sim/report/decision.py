"""What to do, by a rule that was set before the runs: roll out, discuss, or do not roll out.

One *primary* metric says whether a policy is worth it, *guardrails* say what it must not break. A policy is rolled out only when
its effect is surely larger than the smallest one that matters, and surely within every guardrail; not when its effect surely is
not, or a guardrail is surely crossed; anything else is to be discussed, and more replications may settle it. Real experiments
test the primary metric against zero and leave the smallest effect to the sample size, since their users are few; here
replications are cheap, so the effect that matters is tested itself. Guardrails are non-inferiority tests.

References
----------
Schultzberg, Ankargren & Frånberg (2024), Risk-aware product decisions in A/B tests with multiple metrics. Ship when
a success metric is superior and all guardrails are non-inferior; error rates need no adjustment for the number of guardrails.
Berger (1982), Multiparameter hypothesis testing and acceptance sampling. Technometrics 24(4), 295-300.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

from sim.metrics.catalogue import PRIMARY, metric
from sim.report.format import difference, reach, references_of, runs
from sim.statistics.comparison import Comparison, paired_difference
from sim.statistics.intervals import Interval
from sim.statistics.limits import LimitTest, Side, Standing, against_effect, against_limit
from sim.words.language import joined, known, listed, t, within_sentence
from sim.words.units import label, shift

Outcome = Literal["roll_out", "discuss", "do_not_roll_out", "nothing_to_decide"]
NAMES: dict[Outcome, str] = {
    "roll_out": "roll out",
    "discuss": "discuss",
    "do_not_roll_out": "do not roll out",
    "nothing_to_decide": "nothing to decide",
}
FOLLOWS: dict[Outcome, str] = {
    "roll_out": "Roll it out in the real market step by step, and watch the same guardrails there.",
    "discuss": "Add replications until it is clear, or decide together what the unclear numbers are worth.",
    "do_not_roll_out": "Keep the control; change the policy before trying it again.",
    "nothing_to_decide": "",
}
"""What follows from each outcome, unless the configuration says so itself."""


@dataclass(frozen=True)
class Guardrail:
    """A metric that must not go too far one way."""

    metric: str
    side: Side
    limit: float
    """The most that the difference to the control may be that way, >= 0, in the metric's own unit."""


@dataclass(frozen=True)
class DecisionRule:
    """What was agreed on before the runs."""

    primary: str = PRIMARY
    """A metric with a good direction."""
    smallest_effect: float = 0.0
    """The smallest improvement that matters, >= 0, in the metric's own unit."""
    guardrails: Sequence[Guardrail] = ()
    question: str = ""
    follows: Mapping[str, str] = field(default_factory=dict)
    """By outcome: what follows, where it is not what ``FOLLOWS`` says."""

    @property
    def higher(self) -> bool:
        """Whether more of the primary metric is better."""
        return metric(self.primary).better != "lower"

    def what_follows(self, outcome: Outcome) -> str:
        """What follows from an outcome."""
        return known(self.follows.get(outcome) or FOLLOWS[outcome]) if self.follows.get(outcome) or FOLLOWS[outcome] else ""


@dataclass(frozen=True)
class GuardrailCheck:
    """A guardrail, and how an arm stands to it."""

    guardrail: Guardrail
    test: LimitTest


@dataclass(frozen=True)
class ArmDecision:
    """What the rule says of one policy."""

    arm: str
    outcome: Outcome
    effect: Interval
    standing: Standing
    checks: tuple[GuardrailCheck, ...]

    def checks_that_are(self, verdict: str) -> list[GuardrailCheck]:
        """Guardrails with this verdict."""
        return [check for check in self.checks if check.test.verdict == verdict]


@dataclass(frozen=True)
class Decision:
    """What the rule says of all policies."""

    rule: DecisionRule
    outcome: Outcome
    arm: str | None
    """The policy to roll out, or the most promising one to discuss."""
    arms: Mapping[str, ArmDecision]
    """By policy: neither the control nor those that know the truth."""


def decide(comparison: Comparison, rule: DecisionRule) -> Decision:
    """Apply the rule to every policy, and then choose.

    A policy that may be rolled out goes before one to discuss; among equals the larger effect goes first. Arms that know the truth
    are never rolled out. Intervals are those of the comparison: simultaneous over all arms, so that a policy is rolled out by
    mistake for no real effect in at most 2.5 % of such comparisons, however many arms there are.

    Raises
    ------
    KeyError
        A metric of the rule was not measured.
    """
    policies = [arm for arm in comparison.arms if arm != comparison.control and arm not in references_of(comparison)]
    arms = {arm: _judge(comparison, rule, arm) for arm in policies}
    sign = 1.0 if rule.higher else -1.0
    for outcome in ("roll_out", "discuss"):
        found = [one for one in arms.values() if one.outcome == outcome]
        if found:
            best = max(found, key=lambda one: sign * one.effect.estimate)
            return Decision(rule, best.outcome, best.arm, arms)
    ruled_out = any(one.outcome == "do_not_roll_out" for one in arms.values())
    return Decision(rule, "do_not_roll_out" if ruled_out else "nothing_to_decide", None, arms)


def _judge(comparison: Comparison, rule: DecisionRule, arm: str) -> ArmDecision:
    n_others, level = max(len(comparison.arms) - 1, 1), comparison.level
    ours, theirs = comparison.values[arm], comparison.values[comparison.control]
    effect, _ = paired_difference(ours[rule.primary], theirs[rule.primary], n_others, level)
    standing = against_effect(effect, rule.smallest_effect, rule.higher)
    checks = tuple(
        GuardrailCheck(one, against_limit(ours[one.metric], theirs[one.metric], one.limit, one.side, n_others, level))
        for one in rule.guardrails
    )
    verdicts = {check.test.verdict for check in checks}
    outcome: Outcome = "discuss"
    if standing == "below" or "crossed" in verdicts:
        outcome = "do_not_roll_out"
    elif standing == "not defined":
        outcome = "nothing_to_decide"
    elif standing == "above" and verdicts <= {"within limit"}:
        outcome = "roll_out"
    return ArmDecision(arm, outcome, effect, standing, checks)


def limit_text(guardrail: Guardrail) -> str:
    """A guardrail's limit: ``up by at most 0.050``."""
    size = reach(guardrail.limit, metric(guardrail.metric).unit)
    return t("up by {limit} at most", limit=size) if guardrail.side == "up" else t("down by {limit} at most", limit=size)


def standing_text(rule: DecisionRule, standing: Standing) -> str:
    """How an effect stands to the smallest one that matters."""
    size = reach(rule.smallest_effect, metric(rule.primary).unit)
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
    limit = shift(guardrail.limit if guardrail.side == "up" else -guardrail.limit, shown.unit)
    numbers = difference(check.test.interval, shown.unit)
    return t("{metric} {difference}, limit {limit}", metric=label(shown), difference=numbers, limit=limit)


def arm_sentence(decision: Decision, one: ArmDecision) -> str:
    """One sentence on a policy: its name and ``judgement``."""
    return t("{arm}: {judgement}", arm=one.arm, judgement=judgement(decision, one))


def judgement(decision: Decision, one: ArmDecision) -> str:
    """What the rule says of a policy: outcome, effect, interval, n, and the guardrails that are not within their limits."""
    rule = decision.rule
    shown = metric(rule.primary)
    if one.outcome == "nothing_to_decide" and not one.effect.n:
        return t("nothing to decide, not defined in any replication: {metric}.", metric=label(shown))
    if one.outcome == "nothing_to_decide":
        return t("nothing to decide, {runs} cannot tell.", runs=runs(one.effect.n))
    parts = [standing_text(rule, one.standing)]
    parts += [t("guardrail crossed: {check}", check=check_text(check)) for check in one.checks_that_are("crossed")]
    parts += [t("guardrail not clear yet: {check}", check=check_text(check)) for check in one.checks_that_are("not clear yet")]
    parts += [
        t("guardrail not defined: {metric}", metric=label(metric(check.guardrail.metric)))
        for check in one.checks_that_are("not defined")
    ]
    if one.checks and len(one.checks_that_are("within limit")) == len(one.checks):
        parts.append(t("every guardrail within its limit"))
    return t(
        "{outcome}. {metric} {difference} ({runs}), {judgement}.",
        outcome=known(NAMES[one.outcome]),
        metric=label(shown),
        difference=difference(one.effect, shown.unit),
        runs=runs(one.effect.n),
        judgement=joined(parts),
    )


def decision_sentence(comparison: Comparison, decision: Decision) -> str:
    """The decision in one sentence, with effect, interval and n; and, when several may be rolled out, how sure the choice is."""
    control, shown = comparison.control, metric(decision.rule.primary)
    if not decision.arms:
        return t("There is nothing to decide: no policy was compared with {control}.", control=control)
    if decision.outcome == "nothing_to_decide":
        known_in = max(one.effect.n for one in decision.arms.values())
        if not known_in:
            return t(
                "There is nothing to decide: the primary metric is not defined in any replication ({metric}). There was nobody to"
                " count, or the runs are too short to see it.",
                metric=label(shown),
            )
        return t(
            "There is nothing to decide yet: {runs} cannot tell any policy from {control}. Use at least 2, better 8.",
            runs=runs(known_in),
            control=control,
        )
    if decision.arm is None:
        why = t("no policy is worth rolling out by this rule")
        return t("Keep {control}: {why} ({runs}).", control=control, why=why, runs=runs(comparison.n_replications))
    one = decision.arms[decision.arm]
    numbers = t(
        "{metric} {difference} against {control} ({runs})",
        metric=within_sentence(label(shown)),
        difference=difference(one.effect, shown.unit),
        control=control,
        runs=runs(one.effect.n),
    )
    if decision.outcome == "roll_out":
        standing = standing_text(decision.rule, "above")
        first = t("{arm} is worth rolling out: {numbers}, {standing}.", arm=one.arm, numbers=numbers, standing=standing)
        if one.checks:
            first = t(
                "{arm} is worth rolling out: {numbers}, {standing}, and every guardrail is within its limit.",
                arm=one.arm,
                numbers=numbers,
                standing=standing,
            )
        return f"{first} {_rivals(comparison, decision)}".strip()
    names = [arm for arm, other in decision.arms.items() if other.outcome == "discuss"]
    if len(names) == 1:
        return t("{arm} may be worth rolling out, which these runs do not settle: {numbers}.", arm=one.arm, numbers=numbers)
    return t(
        "{arms} may be worth rolling out, which these runs do not settle. The largest effect is that of {arm}: {numbers}.",
        arms=listed(names),
        arm=one.arm,
        numbers=numbers,
    )


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


def rule_sentences(rule: DecisionRule, n_arms: int, level: str) -> list[str]:
    """The rule in plain words."""
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
            "Intervals hold with {level} for all {n} arms of a metric together. They are not widened for several guardrails: as"
            " all must be within their limits, one more cannot make a wrong roll-out more likely.",
            level=level,
            n=n_arms,
        ),
    ]
    return sentences

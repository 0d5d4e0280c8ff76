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
from dataclasses import dataclass, field, replace
from typing import Literal

from sim.metrics.catalogue import PRIMARY, metric
from sim.statistics.comparison import Comparison, paired_difference
from sim.statistics.intervals import Interval
from sim.statistics.limits import LimitTest, Side, Standing, against_effect, against_limit

Advice = Literal["roll_out", "discuss", "do_not_roll_out", "nothing_to_decide", "not_ranked"]


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
    """By outcome: what follows, where it is not the usual."""

    @property
    def higher(self) -> bool:
        """Whether more of the primary metric is better."""
        return metric(self.primary).better != "lower"


@dataclass(frozen=True)
class GuardrailCheck:
    """A guardrail, and how an arm stands to it."""

    guardrail: Guardrail
    test: LimitTest


@dataclass(frozen=True)
class ArmDecision:
    """What the rule says about one policy."""

    arm: str
    outcome: Advice
    effect: Interval
    standing: Standing
    checks: tuple[GuardrailCheck, ...]

    def checks_that_are(self, verdict: str) -> list[GuardrailCheck]:
        """Guardrails with this verdict."""
        return [check for check in self.checks if check.test.verdict == verdict]


@dataclass(frozen=True)
class Decision:
    """What the rule says about all policies."""

    rule: DecisionRule
    outcome: Advice
    arm: str | None
    """The policy to roll out, or the most promising one to discuss."""
    arms: Mapping[str, ArmDecision]
    """By policy: neither the control nor those that know the truth."""


def references_of(comparison: Comparison) -> tuple[str, ...]:
    """The arms that know the truth, but for the control."""
    return tuple(arm for arm in comparison.arms if arm in comparison.references and arm != comparison.control)


def decide(comparison: Comparison, rule: DecisionRule, ranks: bool = True) -> Decision:
    """Apply the rule to every policy, and then choose.

    A policy that may be rolled out goes before one to discuss; among equals the larger effect goes first. Arms that know the truth
    are never rolled out. Intervals are those of the comparison: simultaneous over all arms, so that a policy is rolled out by
    mistake for no real effect in at most 2.5 % of such comparisons, however many arms there are.

    Parameters
    ----------
    ranks
        Whether the market is one to rank policies on; otherwise nothing is recommended, whatever the differences are.

    Raises
    ------
    KeyError
        A metric of the rule was not measured.
    """
    policies = [arm for arm in comparison.arms if arm != comparison.control and arm not in references_of(comparison)]
    arms = {arm: _judge(comparison, rule, arm) for arm in policies}
    if not ranks:
        return Decision(rule, "not_ranked", None, {arm: replace(one, outcome="not_ranked") for arm, one in arms.items()})
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
    outcome: Advice = "discuss"
    if standing == "below" or "crossed" in verdicts:
        outcome = "do_not_roll_out"
    elif standing == "not defined":
        outcome = "nothing_to_decide"
    elif standing == "above" and verdicts <= {"within limit"}:
        outcome = "roll_out"
    return ArmDecision(arm, outcome, effect, standing, checks)

"""What to do, by a rule that was set before the runs: roll out, discuss, or do not roll out.

One *primary* metric says whether a policy is worth it, *guardrails* say what it must not break. A policy is rolled out only when
its effect is surely larger than the smallest one that matters, and surely within every guardrail; not when its effect surely is
not, or a guardrail is surely crossed; anything else is to be discussed, and more replications may settle it. Fewer than five
replications decide nothing. Real experiments
test the primary metric against zero and leave the smallest effect to the sample size, since their users are few; here
replications are cheap, so the effect that matters is tested itself. Guardrails are non-inferiority tests.

References
----------
Schultzberg, Ankargren & Frånberg (2024), Risk-aware product decisions in A/B tests with multiple metrics. Ship when
a success metric is superior and all guardrails are non-inferior; error rates need no adjustment for the number of guardrails.
Berger (1982), Multiparameter hypothesis testing and acceptance sampling. Technometrics 24(4), 295-300.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Literal

import numpy as np

from sim.arrays import Floats
from sim.metrics.catalogue import RETURN_RATE, VALUES, metric
from sim.statistics.chosen import shrunk
from sim.statistics.comparison import Comparison, paired_difference
from sim.statistics.intervals import Interval
from sim.statistics.limits import LimitTest, Side, Standing, against_effect, against_limit
from sim.statistics.people import lost_by_quality, who_pays
from sim.statistics.power import power, settling_replications, smallest_found

Advice = Literal["roll_out", "discuss", "do_not_roll_out", "too_few", "nothing_to_decide", "not_ranked"]

YEARLY = "net_contribution_per_year_eur"
"""What a policy brings the platform, said beside whatever decides."""
MIN_TO_DECIDE = 5
"""Replications below which nothing is decided: an interval from four is as wide as chance makes it."""
SMALLEST_EFFECTS = {VALUES[0]: 0.5, VALUES[1]: 0.35, RETURN_RATE: 0.003, "fill_rate": 0.003}
"""By metric, the smallest effect that matters unless the configuration names one; any effect counts for other metrics. Assumptions:
the first two are about what three more clients in a thousand who book again come to in the default market."""


@dataclass(frozen=True)
class Guardrail:
    """A metric that must not go too far one way."""

    metric: str
    side: Side
    limit: float
    """The most that the difference to the control may be that way, >= 0, in the metric's own unit."""

    @property
    def signed_limit(self) -> float:
        """The limit as a difference to the control: negative where the metric must not go down too far."""
        return self.limit if self.side == "up" else -self.limit


@dataclass(frozen=True)
class DecisionRule:
    """What was agreed on before the runs."""

    primary: str = RETURN_RATE
    """A metric with a good direction."""
    smallest_effect: float = 0.0
    """The smallest improvement that matters, >= 0, in the metric's own unit."""
    guardrails: Sequence[Guardrail] = ()
    question: str = ""
    follows: Mapping[str, str] = field(default_factory=dict)
    """By outcome: what follows, where it is not the usual."""
    min_replications: int = MIN_TO_DECIDE
    """Replications below which nothing is decided."""
    robust_share: float = 0.9
    """Share of plausible worlds in which rolling out must be worth it."""

    @property
    def higher(self) -> bool:
        """Whether more of the primary metric is better."""
        return metric(self.primary).better != "lower"

    @property
    def signed_effect(self) -> float:
        """The smallest improvement that matters as a difference to the control: negative where less is better."""
        return self.smallest_effect if self.higher else -self.smallest_effect


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
    settled_at: int | None = None
    """Replications that would settle what is unclear, were means and spreads to stay as they are; None: nothing is, or too many."""
    yearly: Interval | None = None
    """What it brings the platform a year, net of acquisition, in EUR; None where that is not measured."""
    losers: Interval | None = None
    """Share of pros who lose more than a tenth of income, by true quality; None where incomes were not kept."""
    leavers: Interval | None = None
    """Further pros who have left by the end of a run."""
    shrunk: float = math.nan
    """The estimate, shrunk for having been chosen among those that are not ruled out; nan for one that is, and without interval."""
    share: Interval | None = None
    """Of plausible worlds in which it is worth rolling out; None: it was not looked at in others than this market."""
    fragile: bool = False
    """Whether the rule would roll it out in this market, and that share is too small."""

    def checks_that_are(self, verdict: str) -> list[GuardrailCheck]:
        """Guardrails with this verdict."""
        return [check for check in self.checks if check.test.verdict == verdict]


@dataclass(frozen=True)
class Power:
    """What the rule finds with as many replications as there are, in the primary metric's unit."""

    found: float
    """The true effect with which a policy is found to be better by more than matters with 80 %."""
    at_twice: float
    """The probability for one with twice the smallest effect that matters; nan where any effect matters."""


@dataclass(frozen=True)
class Decision:
    """What the rule says about all policies."""

    rule: DecisionRule
    outcome: Advice
    arm: str | None
    """The policy to roll out, or the most promising one to discuss."""
    arms: Mapping[str, ArmDecision]
    """By policy: neither the control nor those that know the truth."""
    power: Power | None = None
    """None where the primary metric has no interval."""


def references_of(comparison: Comparison) -> tuple[str, ...]:
    """The arms that know the truth, but for the control."""
    return tuple(arm for arm in comparison.arms if arm in comparison.references and arm != comparison.control)


def decide(
    comparison: Comparison, rule: DecisionRule, ranks: bool = True, shares: Mapping[str, Interval] | None = None
) -> Decision:
    """Apply the rule to every policy, and then choose.

    A policy that may be rolled out goes before one to discuss, of those one that only other plausible markets hold back goes first;
    among equals the larger effect does. Arms that know the truth
    are never rolled out. Intervals are those of the comparison: simultaneous over all arms, so that a policy is rolled out by
    mistake for no real effect in at most 2.5 % of such comparisons, however many arms there are.

    Parameters
    ----------
    ranks
        Whether the market is one to rank policies on; otherwise nothing is recommended, whatever the differences are.
    shares
        By policy that was looked at in other plausible markets, the share of them in which it is worth rolling out: one that the
        rule would roll out here, but that is worth it in too few of them, is to be discussed.

    Raises
    ------
    KeyError
        A metric of the rule was not measured.
    """
    policies = [arm for arm in comparison.arms if arm != comparison.control and arm not in references_of(comparison)]
    arms = {arm: _judge(comparison, rule, arm) for arm in policies}
    arms = {arm: _in_worlds(one, rule, (shares or {}).get(arm)) for arm, one in arms.items()}
    halted: Advice | None = None
    if not ranks:
        halted = "not_ranked"
    elif comparison.n_replications < rule.min_replications and any(one.effect.n for one in arms.values()):
        halted = "too_few"
    if halted:
        return Decision(rule, halted, None, {arm: replace(one, outcome=halted) for arm, one in arms.items()})
    arms, strength = _with_shrunk(comparison, rule, arms), _power(comparison, rule, tuple(arms))
    sign = 1.0 if rule.higher else -1.0
    for outcome in ("roll_out", "discuss"):
        found = [one for one in arms.values() if one.outcome == outcome]
        if found:
            best = max(found, key=lambda one: (one.fragile, sign * one.effect.estimate))
            return Decision(rule, best.outcome, best.arm, arms, strength)
    ruled_out = any(one.outcome == "do_not_roll_out" for one in arms.values())
    return Decision(rule, "do_not_roll_out" if ruled_out else "nothing_to_decide", None, arms, strength)


def _in_worlds(one: ArmDecision, rule: DecisionRule, share: Interval | None) -> ArmDecision:
    if share is None:
        return one
    fragile = one.outcome == "roll_out" and not share.estimate >= rule.robust_share
    return replace(one, share=share, fragile=fragile, outcome="discuss" if fragile else one.outcome)


def disagreements(comparison: Comparison, rule: DecisionRule) -> tuple[str, ...]:
    """Arms clearly better in what a new client is worth and worse in the primary or the published metric, or the reverse."""
    measured = {row.metric for row in comparison.differences}
    value = next((name for name in VALUES if name in measured), None)
    if value is None:
        return ()
    others = {name for name in (rule.primary, RETURN_RATE) if name in measured and name != value}
    pairs = {"better": "worse", "worse": "better"}
    found = []
    for arm in comparison.arms:
        at_value = comparison.difference(arm, value)
        if at_value is None or at_value.verdict not in pairs:
            continue
        opposite = pairs[at_value.verdict]
        if any(row.verdict == opposite for name in others if (row := comparison.difference(arm, name))):
            found.append(arm)
    return tuple(found)


def _paired(comparison: Comparison, arm: str, name: str) -> Floats:
    """Arm minus control by replication, (n,)."""
    return np.asarray(comparison.values[arm][name], float) - np.asarray(comparison.values[comparison.control][name], float)


def _with_shrunk(comparison: Comparison, rule: DecisionRule, arms: Mapping[str, ArmDecision]) -> dict[str, ArmDecision]:
    """The decisions with the estimates of arms that may be chosen shrunk together, over the replications that all of them share."""
    known = [arm for arm, one in arms.items() if one.outcome in ("roll_out", "discuss") and math.isfinite(one.effect.low)]
    if not known:
        return dict(arms)
    differences = np.stack([_paired(comparison, arm, rule.primary) for arm in known])
    differences = differences[:, np.isfinite(differences).all(axis=0)]
    if differences.shape[1] < 2:
        return dict(arms)
    estimates = dict(zip(known, shrunk(differences).tolist(), strict=True))
    return {arm: replace(one, shrunk=estimates.get(arm, math.nan)) for arm, one in arms.items()}


def _power(comparison: Comparison, rule: DecisionRule, arms: Sequence[str]) -> Power | None:
    """What can be found at the median spread of the policies."""
    spreads, sizes = [], []
    for arm in arms:
        known = _paired(comparison, arm, rule.primary)
        known = known[np.isfinite(known)]
        if len(known) >= rule.min_replications and np.ptp(known) > 0:
            spreads.append(float(known.std(ddof=1)))
            sizes.append(len(known))
    if not spreads:
        return None
    sd, n, n_others = float(np.median(spreads)), min(sizes), max(len(comparison.arms) - 1, 1)
    smallest = rule.smallest_effect
    at_twice = power(2 * smallest, smallest, sd, n, n_others, comparison.level) if smallest > 0 else math.nan
    return Power(smallest_found(smallest, sd, n, n_others, comparison.level), at_twice)


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
    settled_at = _settled_at(comparison, rule, arm, standing, checks, n_others) if outcome == "discuss" else None
    yearly = paired_difference(ours[YEARLY], theirs[YEARLY], n_others, level)[0] if YEARLY in theirs else None
    everybody = next((group.leavers for group in who_pays(comparison, arm) if group.by == "all"), None)
    losers = lost_by_quality(comparison, arm)
    return ArmDecision(arm, outcome, effect, standing, checks, settled_at, yearly, losers, everybody)


def _settled_at(
    comparison: Comparison, rule: DecisionRule, arm: str, standing: Standing, checks: Sequence[GuardrailCheck], n_others: int
) -> int | None:
    """Replications at which nothing of this arm would be unclear; None for more than anybody would simulate."""
    limits = [(rule.primary, rule.signed_effect)] if standing == "not clear yet" else []
    unclear = [check.guardrail for check in checks if check.test.verdict == "not clear yet"]
    limits += [(one.metric, one.signed_limit) for one in unclear]
    needed = [settling_replications(_paired(comparison, arm, name), limit, n_others, comparison.level) for name, limit in limits]
    return None if not needed or None in needed else max(n for n in needed if n is not None)

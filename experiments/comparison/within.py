"""The strength at which a policy that a guardrail holds back stays within it: searched for by simulating milder forms."""

from dataclasses import fields, replace
from functools import cache
from typing import Any

from experiments.comparison.analysis import Compared
from experiments.execution.run_set import run_set
from experiments.execution.runner import Runner
from experiments.plans.compose import compose_settings
from sim import plugins
from sim.allocators.base import traits
from sim.engine.platform import Arm
from sim.report.rule import YEARLY, ArmDecision
from sim.report.within import Within
from sim.statistics.comparison import paired_difference
from sim.statistics.limits import against_limit

STRENGTHS = (0.25, 0.5, 0.75, 1.0, 1.25, 1.5, 2.0, 2.5, 3.0, 4.0, 5.0, 6.0, 8.0, 12.0, 16.0)
"""Strengths that a milder form may have; four are simulated."""


def held_back(found: Compared) -> ArmDecision | None:
    """The policy with the largest effect that is clearly worth it and clearly beyond a guardrail; None for none."""
    sign = 1.0 if found.rule.higher else -1.0
    arms = [one for one in found.decided.arms.values() if one.standing == "above" and one.checks_that_are("crossed")]
    return max(arms, key=lambda one: sign * one.effect.estimate, default=None)


def milder(arm: Arm, strength: float) -> Arm:
    """The policy with less strength; where it has none, its score weighed by that strength."""
    allocator: Any = arm.allocator
    if not has_strength(arm):
        allocator = _weighing()
    return replace(arm, allocator=replace(allocator, strength=strength))


@cache
def _weighing() -> Any:
    """The allocator that weighs pros by their score, as configured."""
    spec = compose_settings("compare", ["arm=[fidelity]"])["arms"]["fidelity"]["allocator"]
    return plugins.build(spec, "allocator", "allocator")


def has_strength(arm: Arm) -> bool:
    """Whether the policy's allocator has a strength that can be lowered."""
    return any(one.name == "strength" for one in fields(arm.allocator))  # type: ignore[arg-type]


def search_within(found: Compared, runner: Runner) -> Within | None:
    """Halve the strengths until the largest that stays within every guardrail is found.

    Returns
    -------
    Within or None
        None where no policy is held back, or where it has no strength and does not order pros by its score either.
    """
    blocked = held_back(found)
    if blocked is None:
        return None
    plan, arm = found.plan, found.plan.arms[blocked.arm]
    own = getattr(arm.allocator, "strength", None) if has_strength(arm) else None
    if own is None and traits(arm.allocator).offer_order != "ranked":
        return None
    strengths = [one for one in STRENGTHS if own is None or one < own]
    if not strengths:
        return None
    rule, level, n_others = found.rule, found.comparison.level, max(len(plan.arms) - 1, 1)
    theirs = found.comparison.values[plan.options.control]
    low, high, tried = -1, len(strengths), []
    best: dict[str, Any] | None = None
    while high - low > 1:
        middle = (low + high) // 2
        tried.append(strengths[middle])
        form = milder(arm, strengths[middle])
        jobs = replace(plan, arms={arm.name: form}).jobs(found.comparison.n_replications)
        ours = run_set(runner, jobs).values(arm.name)
        checks = [
            against_limit(ours[one.metric], theirs[one.metric], one.limit, one.side, n_others, level) for one in rule.guardrails
        ]
        if all(check.verdict == "within limit" for check in checks):
            low, best = middle, ours
        else:
            high = middle
    if best is None:
        return Within(arm.name, sorted(tried), None, own is None, None, None)
    effect, _ = paired_difference(best[rule.primary], theirs[rule.primary], n_others, level)
    sign = 1.0 if rule.higher else -1.0
    held, milder_form = found.comparison.values[arm.name][rule.primary], best[rule.primary]
    given_up, _ = paired_difference(sign * held, sign * milder_form, n_others, level)
    yearly = None
    if YEARLY in best and YEARLY in theirs:
        yearly, _ = paired_difference(found.comparison.values[arm.name][YEARLY], best[YEARLY], n_others, level)
    return Within(arm.name, sorted(tried), strengths[low], own is None, effect, given_up, yearly)

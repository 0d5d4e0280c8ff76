"""The policies of a comparison in other plausible worlds: a look at the recommended one, or all of them in many."""

from dataclasses import replace

from experiments.comparison.analysis import Compared
from experiments.execution.runner import Runner
from experiments.plans.plan import ComparisonOptions, Plan
from experiments.uncertain.judging import judge
from experiments.uncertain.matching import targets_of
from experiments.uncertain.measuring import measurements_of
from experiments.uncertain.runs import run_worlds
from experiments.uncertain.sample import Sample
from experiments.uncertain.understanding import depends, informs
from sim.metrics.catalogue import RETURN_RATE
from sim.report.rule import YEARLY, DecisionRule
from sim.worlds.effects import luck_of
from sim.worlds.found import A_LOOK, OverWorlds

REPLICATIONS = 4
"""Of each arm in each world, unless asked for otherwise or it is a look."""


def check_worlds(plan: Plan[ComparisonOptions]) -> None:
    """Raise ConfigError for targets or measurements that cannot be, before anything is simulated."""
    if plan.prior is not None:
        targets_of(plan)
        measurements_of(plan, plan.options.control)


def look(found: Compared, sample: Sample | None, runner: Runner) -> OverWorlds | None:
    """What happens to the decision in other plausible worlds; None without any.

    With up to ``A_LOOK`` worlds only control and recommended policy are simulated, and where that policy does not hold, the next
    that would be recommended; with more, all arms.
    """
    plan = found.plan
    if sample is None or found.decided.outcome in ("not_ranked", "too_few"):
        return None
    if plan.options.worlds > A_LOOK:
        return _over(found, sample, runner, [arm for arm in plan.arms if arm != plan.options.control])
    over: OverWorlds | None = None
    while (arm := replace(found, over=over).decided.arm) is not None and (over is None or arm not in over.arms):
        looked_at = [*(over.arms if over else ()), arm]
        over = _over(found, sample, runner, looked_at)
    return over


def _over(found: Compared, sample: Sample, runner: Runner, arms: list[str]) -> OverWorlds:
    plan, rule = found.plan, found.rule
    control, n = plan.options.control, plan.options.worlds
    replications = plan.options.world_replications or (1 if n <= A_LOOK else REPLICATIONS)
    runs = run_worlds(plan, runner, sample.markets, [control, *arms], replications)
    metrics = {rule.primary, YEARLY, RETURN_RATE, *(one.metric for one in rule.guardrails)}
    here = found.comparison.values
    luck = {
        (arm, name): luck_of(here[arm][name] - here[control][name]) for arm in arms for name in metrics if name in here[control]
    }
    weights = sample.weights
    judged = judge(runs, arms, plan.references, control, rule, weights, luck)
    over = OverWorlds(
        control=control,
        origin=sample.origin,
        about=sample.about,
        survived=sample.survived,
        n_matching=sample.n_matching,
        weights=weights,
        n_replications=replications,
        numbers=sample.numbers,
        arms=judged.arms,
        known=sample.prior.known,
        control_regret=judged.control_regret if len(judged.policies) > 1 else (),
    )
    if n <= A_LOOK:
        return over
    decision = replace(found, over=over).decided
    chosen = decision.arm or _largest(over, rule)
    # what a guardrail rules out is no choice, whatever it brings
    actions = [arm for arm in judged.policies if not decision.arms[arm].checks_that_are("crossed")]
    seed = plan.options.seed
    return replace(
        over,
        dependence=depends(sample, over.arms[chosen], replications, rule, seed) if chosen else None,
        information=informs(sample, judged, runs, actions, measurements_of(plan, chosen), seed) if actions else (),
    )


def _largest(over: OverWorlds, rule: DecisionRule) -> str | None:
    """The policy with the largest mean effect over worlds."""
    sign = 1.0 if rule.higher else -1.0
    policies = [one for one in over.arms.values() if not one.is_reference]
    best = max(policies, key=lambda one: sign * one.primary.mean.estimate, default=None)
    return best.arm if best else None

"""The policies of a comparison in other plausible worlds: a look at the recommended one, or all of them in many."""

from dataclasses import replace

from sim.worlds.effects import Luck, luck_of

from experiments.comparison.analysis import Compared
from experiments.execution.runner import Runner
from experiments.plans.plan import A_LOOK
from experiments.uncertain.judging import judge
from experiments.uncertain.matching import matched_sample
from experiments.uncertain.runs import first_runs, run_worlds
from experiments.uncertain.sample import Sample, first_sample
from experiments.uncertain.understanding import depends, informs
from sim.metrics.catalogue import RETURN_RATE
from sim.report.rule import YEARLY
from sim.worlds.found import OverWorlds

REPLICATIONS = 4
"""Of each arm in each world, unless asked for otherwise or it is a look."""


def look(found: Compared, runner: Runner) -> OverWorlds | None:
    """What becomes of the decision in other plausible worlds.

    With up to ``A_LOOK`` worlds only control and recommended policy are simulated, and where that policy does not hold, the next
    that would be recommended; with more, all arms.

    Returns
    -------
    OverWorlds or None
        None where no worlds were asked for, nothing is uncertain, or a look would first have to find out which worlds are plausible.
    """
    plan = found.plan
    n = plan.options.worlds
    a_look = n <= A_LOOK
    sample = first_sample(plan)
    if sample is None:
        if a_look or plan.prior is None or plan.prior.is_one_market:
            return None
        sample = matched_sample(plan, runner)
    if not a_look:
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
    measured = found.comparison.values[control]
    luck: dict[tuple[str, str], Luck] = {
        (arm, name): luck_of(first_runs(found.runs, arm, control, name)) for arm in arms for name in metrics if name in measured
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
        targets=_targets(runs, plan.studied if plan.studied in runs.values else control),
        known=sample.prior.known,
        control_regret=judged.control_regret if len(judged.policies) > 1 else (),
    )
    if n <= A_LOOK:
        return over
    chosen = replace(found, over=over).decided.arm or _largest(over)
    return replace(
        over,
        dependence=depends(sample, over, chosen, rule, plan.options.seed) if chosen else None,
        information=informs(sample, judged, runs, over, plan),
    )

"""Can a real experiment show it? A small lab in the market of a comparison, for the policy that is to be rolled out."""

import math
from collections.abc import Mapping
from dataclasses import replace

from experiments.execution.runner import Runner
from experiments.plans.compose import compose_settings
from experiments.plans.plan import NOT_OPTIONS, ComparisonOptions, Plan
from experiments.trials.plan import FILE_KEYS, Lab, LabOptions, designs_of, lab_of
from experiments.trials.record import experimented
from sim.allocators.base import weighs_requests
from sim.config import ConfigError, load
from sim.designs.base import Design
from sim.engine.trial import Trial
from sim.metrics.catalogue import RETURN_RATE
from sim.metrics.cohort import SIX_MONTHS_DAYS
from sim.report.lab import WEEK_DAYS
from sim.report.measurable import Measurable
from sim.said import Said, say

DESIGNS = ("client", "zone", "switchback")
"""Which are tried: none needs more than a way to show two rankings."""
PLAIN = ("worlds=0", "shares=[]", "loads=[]", "bolder=null", "rollout.bad=null")
N_EXPERIMENTS = 16
SHORTEST_WEEKS = 4
"""Weekly switchback has then two weeks of each."""


def measurable(plan: Plan[ComparisonOptions], arm: str | None, runner: Runner) -> Measurable:
    """What experiments with a policy would say in the market of a comparison, or on the requests that it replays.

    Parameters
    ----------
    arm
        The policy to roll out; None: there is none.

    Raises
    ------
    RunError
        Some runs failed; all others were completed and stored first.
    """
    if arm is None:
        return Measurable(None)
    if refused := _refused(plan, arm):
        return Measurable(arm, why_not=refused)
    usual, designs = _usual(plan, arm)
    wanted = days = usual.options.days
    if plan.stream is not None:
        # a file ends when it ends
        days = min(wanted, (plan.market.horizon_days - plan.market.warmup_days - SIX_MONTHS_DAYS) // WEEK_DAYS * WEEK_DAYS)
    if days < SHORTEST_WEEKS * WEEK_DAYS:
        return Measurable(arm, why_not=_no_room(plan))
    usual = replace(usual, options=usual.options.model_copy(update={"days": days}))
    try:
        _, record = experimented(_lab(usual, designs), runner, "")
    except ConfigError as error:
        return Measurable(arm, why_not=str(error))
    return Measurable(arm, record, room_days=days if days < wanted else None)


def _refused(plan: Plan[ComparisonOptions], arm: str) -> Said | None:
    """Why two arms cannot share a market; None where they can."""
    control, treated = plan.arms[plan.options.control], plan.arms[arm]
    if control.programmes != treated.programmes:
        return say("its programmes are not those of {control}, and an experiment compares rankings", control=control.name)
    weighs = next((one.name for one in (control, treated) if weighs_requests(one.allocator)), None)
    return say("{arm} weighs every single request, which an experiment cannot mix", arm=weighs) if weighs else None


def _no_room(plan: Plan[ComparisonOptions]) -> Said:
    return say(
        "{days} days of warm-up and {least} of an experiment, with {followed} more to follow its clients, do not fit into the"
        " {horizon} days of the file",
        days=plan.market.warmup_days,
        least=round(SHORTEST_WEEKS * WEEK_DAYS),
        followed=round(SIX_MONTHS_DAYS),
        horizon=plan.market.horizon_days,
    )


def _usual(plan: Plan[ComparisonOptions], arm: str) -> tuple[Plan[LabOptions], Mapping[str, Design]]:
    """What ``configs/lab.yaml`` says, for the arms, market, seed and engine of a comparison."""
    settings = compose_settings("lab", [f"design=[{','.join(DESIGNS)}]", *PLAIN])
    ours = plan.options
    follows = any(one.name == RETURN_RATE for one in plan.metrics)
    changed = {"control": ours.control, "studied": None, "seed": ours.seed, "engine": ours.engine, "replications": N_EXPERIMENTS}
    # where clients come back as in the file, only what happens to their requests can differ
    changed |= {} if follows else {"outcome": "completed"}
    options = load(LabOptions, {key: value for key, value in settings.items() if key not in (*NOT_OPTIONS, *FILE_KEYS)} | changed)
    market = plan.market
    if plan.stream is None:
        market = market.model_copy(update={"horizon_days": math.ceil(market.warmup_days + options.days + SIX_MONTHS_DAYS)})
    arms = {name: plan.arms[name] for name in (ours.control, arm)}
    return Plan(options, market, arms, plan.metrics, plan.stream, known=plan.known), designs_of(settings)


def _lab(usual: Plan[LabOptions], designs: Mapping[str, Design]) -> Lab:
    """With the designs for which there are units enough.

    Raises
    ------
    ConfigError
        None of them fits; the message is of the last.
    """
    trials: dict[str, Trial] = {}
    refused, market = None, usual.market
    for name, design in designs.items():
        try:
            one = lab_of(usual, {name: design})
        except ConfigError as error:
            refused = error
        else:
            trials |= one.trials
            market = one.plan.market
    if refused is not None and not trials:
        raise refused
    return Lab(replace(usual, market=market), trials)

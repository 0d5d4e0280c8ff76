"""What the runs of a comparison say: differences to the control, shares of a reference's gain, whether the warm-up sufficed."""

from collections.abc import Mapping
from dataclasses import dataclass, fields
from functools import cached_property
from typing import Any

from experiments.execution.run_set import RunSet
from experiments.plans.decide import decision_rule
from experiments.plans.plan import ComparisonOptions, Plan
from sim.calibration.base_fit import BaseFit
from sim.metrics.catalogue import RETURN_RATE
from sim.report.measurable import Measurable
from sim.report.rule import Decision, DecisionRule, decide
from sim.report.settling import Settling, WantedPrecision
from sim.report.within import Within
from sim.statistics.comparison import Comparison, compare, share_of_gain
from sim.statistics.intervals import Interval
from sim.statistics.warm_up import judge_warm_up
from sim.worlds.found import OverWorlds

BASELINE, REFERENCE = "uniform", "oracle"
"""The arms between which the share of the reference's gain is measured."""
REFERENCES = {RETURN_RATE: "oracle_return", "reach_3_in_12m": "oracle_reach_3"}
"""By primary metric, the reference that looks as far as the metric does, where it is among the arms."""


def follows_returns(plan: Plan[ComparisonOptions]) -> bool:
    """Whether it is measured who comes back."""
    return any(known.name == RETURN_RATE for known in plan.metrics)


def judged_warm_up(plan: Plan[ComparisonOptions], runs: RunSet) -> Settling | None:
    """MSER-5 on a weekly series of each arm, beside the configured warm-up: the arm that takes longest to settle.

    None when returns are not measured.

    The series is the difference to the control in the return rate of each week's new clients: the effect that is compared, free
    of the seasons and the luck that all arms share. Without another arm it is the return rate itself.
    """
    if not follows_returns(plan):
        return None
    control = plan.options.control
    level = runs.curves(control)["weekly_return_rate_6m"]
    others = [name for name in plan.arms if name != control]
    series = {name: runs.curves(name)["weekly_return_rate_6m"] - level for name in others} or {control: level}
    judged = {name: judge_warm_up(column, plan.market.warmup_days) for name, column in series.items()}
    slowest = max(
        judged, key=lambda arm: (judged[arm].too_short, judged[arm].verdict == "cannot tell", judged[arm].truncation_weeks)
    )
    return Settling(judged[slowest], slowest, bool(others))


@dataclass(frozen=True, eq=False)
class Compared:
    """A comparison that has been simulated and worked out."""

    plan: Plan[ComparisonOptions]
    """What was run: validated options, market and arms."""
    runs: RunSet
    comparison: Comparison
    gains: Mapping[str, Interval]
    """Share of the reference's gain in the primary metric, by arm; empty where returns are not measured."""
    reference: str = REFERENCE
    """The arm whose gain that is."""
    wanted: WantedPrecision | None = None
    """Why there are so many replications; None when their number was given."""
    within: Within | None = None
    """A milder form of a policy that a guardrail holds back; None: none was searched for."""
    over: OverWorlds | None = None
    """The policies in other plausible worlds; None: they were looked at in this market alone."""
    base: BaseFit | None = None
    """The file beside the simulation of the control; None where requests are drawn."""
    measurable: Measurable | None = None
    """Whether a real experiment can show it; None: that was not asked."""

    @property
    def parts(self) -> dict[str, Any]:
        """What it is made of, by name: for a class that adds to it."""
        return {one.name: getattr(self, one.name) for one in fields(Compared)}

    @cached_property
    def rule(self) -> DecisionRule:
        """What decides: the section ``decision`` of the configuration."""
        return decision_rule(self.plan.options.decision, self.plan.metrics)

    @cached_property
    def decided(self) -> Decision:
        """What follows by the rule."""
        return decide(self.comparison, self.rule, self.base is None or self.base.ranks, self.over.shares if self.over else None)


def analyse(plan: Plan[ComparisonOptions], runs: RunSet, wanted: WantedPrecision | None = None) -> Compared:
    """The comparison of all arms with the control, and each arm's share of the reference's gain; no shares without returns."""
    values = {name: runs.values(name) for name in plan.arms}
    comparison = compare(
        values,
        plan.options.control,
        {metric.name: metric.better for metric in plan.metrics},
        {name: runs.curves(name) for name in plan.arms},
        references=plan.references,
        equivalence_margin=plan.options.equivalence_margin,
    )
    if not follows_returns(plan):
        return Compared(plan, runs, comparison, {}, wanted=wanted)
    primary = decision_rule(plan.options.decision, plan.metrics).primary
    own = REFERENCES.get(primary, REFERENCE)
    reference = own if own in plan.arms else REFERENCE
    gains = share_of_gain({name: metrics[primary] for name, metrics in values.items()}, BASELINE, reference)
    return Compared(plan, runs, comparison, gains, reference, wanted)

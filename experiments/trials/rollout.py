"""A rollout by stages: what is planned, and which policies it is tried on."""

from collections.abc import Mapping
from dataclasses import replace

from experiments.plans.decide import Limit, sides_of
from experiments.plans.suggest import did_you_mean
from sim.config import ConfigError, Market, Real, Section
from sim.designs.staged import Staged
from sim.engine.platform import Arm
from sim.engine.trial import Trial, refuse_unless_fits
from sim.metrics.cohort import SIX_MONTHS_DAYS
from sim.metrics.watched import WATCHED, watched_metric
from sim.report.rule import Guardrail

TREATED, BAD, SAME = "rollout_treated", "rollout_bad", "rollout_same"
"""What is rolled out: the arm that is tried, the one that must be caught, and the control itself, of which every alarm is false."""


class RolloutOptions(Section):
    """Keys of ``rollout``."""

    shares: tuple[Real, ...]
    """Of clients treated, stage by stage."""
    stage_days: Real
    guardrails: dict[str, Limit]
    """By metric of ``WATCHED``."""
    bad: str | None
    """Name of the arm that must be caught; None: no rollout is planned."""

    @property
    def days(self) -> float:
        """How long all stages last."""
        return len(self.shares) * self.stage_days


def rollouts(
    options: RolloutOptions, control: Arm, treated: Arm, arms: Mapping[str, Arm], whole: Trial, market: Market
) -> tuple[dict[str, Trial], Market]:
    """The rollouts of a lab, by ``TREATED``, ``BAD`` and ``SAME``, and the market that ends when their clients have been followed.

    Parameters
    ----------
    arms
        By name, the one that must be caught among them.
    whole
        An experiment of the same lab, which says when it begins and the most that a rollout may last.

    Raises
    ------
    ConfigError
        Shares that cannot be; stages that last longer than the experiment; a guardrail that cannot be watched; an arm that is
        the control.
    """
    if options.bad is None:
        return {}, market
    try:
        design = Staged(options.shares, options.stage_days)
    except ValueError as error:
        raise ConfigError(f"rollout.{error}") from None
    if design.unit != "client":
        raise ConfigError(f"rollout.shares = {list(options.shares)}, must have one between 0 and 1: nobody would be compared")
    if options.days > whole.days:
        raise ConfigError(
            f"rollout.stage_days = {options.stage_days:g}, {len(options.shares)} stages last {options.days:g} days: must end"
            f" within days = {whole.days:g}, or set that to {options.days:g}"
        )
    guardrails_of(options)
    bad = arms[options.bad]
    if (bad.score, bad.allocator, bad.programmes) == (control.score, control.allocator, control.programmes):
        raise ConfigError(f"rollout.bad = {options.bad!r}, is the same as the control {control.name}: there is no harm to catch")
    ends = market.model_copy(update={"horizon_days": int(-(-(whole.start_days + options.days + SIX_MONTHS_DAYS) // 1))})
    found = {
        name: replace(whole, treated=arm, design=design, days=options.days, novelty=None)
        for name, arm in ((TREATED, treated), (BAD, bad), (SAME, control))
    }
    for trial in found.values():
        refuse_unless_fits(trial, ends, control)
    return found, ends


def guardrails_of(options: RolloutOptions) -> tuple[Guardrail, ...]:
    """What is watched, in order.

    Raises
    ------
    ConfigError
        Nothing is; a metric that cannot be watched weekly; a limit that ``decision.guardrails`` would not take either.
    """
    known = [one.name for one in WATCHED]
    if not options.guardrails:
        raise ConfigError(f"rollout.guardrails = {{}}, must have at least one of: {', '.join(known)}")
    found: list[Guardrail] = []
    for name, limit in options.guardrails.items():
        key = f"rollout.guardrails.{name}"
        if name not in known:
            raise ConfigError(
                f"{key}, cannot be watched week by week: must be one of {', '.join(known)}{did_you_mean(name, known)}"
            )
        found += sides_of(watched_metric(name), limit, key)
    return tuple(found)

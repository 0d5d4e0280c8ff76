"""Which policies are judged by which logs; checked before anything is read or simulated."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Annotated, Any

from pydantic import Field, StrictInt

from experiments.bookings.opened import SourceKeys
from experiments.execution.jobs import Job
from experiments.plans.plan import Plan, RunOptions, make_plan
from sim.allocators.base import traits, weighs_requests
from sim.config import ConfigError, Market, Positive, Real
from sim.engine.platform import Arm

FILE_KEYS = (*SourceKeys.model_fields, "columns")
"""Keys that say how a file is read."""


class OffpolicyOptions(RunOptions):
    """Keys of a judgement by logs."""

    control: str
    """The arm that made the logs."""
    outcome_days: Positive
    """Within which a client who comes back books again."""
    effective_n: Positive
    temperatures: tuple[Annotated[Real, Field(ge=0.01, allow_inf_nan=False)], ...]
    """Of softmax."""
    replications: Annotated[StrictInt, Field(ge=1, le=10_000)]


@dataclass(frozen=True)
class Hindsight:
    """What is judged."""

    plan: Plan[OffpolicyOptions]
    from_file: bool

    @property
    def control(self) -> Arm:
        """The arm that made the logs."""
        return self.plan.arms[self.plan.options.control]

    @property
    def judged(self) -> dict[str, Arm]:
        """Arms that are judged: with a file all of them, for whose log a name says nothing."""
        return {name: arm for name, arm in self.plan.arms.items() if self.from_file or name != self.plan.options.control}

    @property
    def logging_market(self) -> Market:
        """The market, with the candidates of each choice written down."""
        return self.plan.market.model_copy(update={"log_choices": True})

    def jobs(self) -> dict[tuple[str, int], Job]:
        """A job an arm and replication; that of the control leaves the log."""
        return {
            (name, r): replace(job, market=self.logging_market) if name == self.plan.options.control else job
            for (name, r), job in self.plan.jobs(self.plan.options.replications).items()
        }


def is_observed(settings: Mapping[str, Any]) -> bool:
    """Whether a team's own file is to be read."""
    return settings["file"] is not None


def make_hindsight(settings: Mapping[str, Any]) -> Hindsight:
    """Validate composed settings.

    Raises
    ------
    ConfigError
        Nothing to be judged; an arm that a log says nothing about; a market in which the platform does not ask one pro after
        another, or that ends before a client could have come back.
    """
    from_file = is_observed(settings)
    # nobody is followed for a metric's window: returns are counted from the log
    whole = {key: value for key, value in settings.items() if key not in FILE_KEYS} | {"longest_window_months": 0}
    if from_file and isinstance(settings["arm"], list):
        # a file has its own policy, whatever it is called
        whole["control"] = settings["arm"][0]
    plan = make_plan(whole, OffpolicyOptions)
    found, options = Hindsight(plan, from_file), plan.options
    if not found.judged:
        raise ConfigError(f"arm = [{options.control}], must hold another arm beside the control, which made the log")
    for arm in found.judged.values():
        _refuse_unless_judged(arm, found)
    if from_file:
        return found
    _refuse_order(plan.market, found.control)
    end = plan.market.warmup_days + options.outcome_days
    if end >= plan.market.horizon_days:
        raise ConfigError(
            f"outcome_days = {options.outcome_days:g}, must be < market.horizon_days - warmup_days ="
            f" {plan.market.horizon_days - plan.market.warmup_days}: no client's time to come back would be over"
        )
    return found


def _refuse_unless_judged(arm: Arm, found: Hindsight) -> None:
    """Raise ConfigError for an arm whose choices do not follow from a log."""
    where = f"arm {arm.name}"
    if weighs_requests(arm.allocator):
        raise ConfigError(
            f"{where}: {type(arm.allocator).__name__} weighs every single request, must have a visibility that a log shows"
        )
    if traits(arm.allocator).offer_order == "broadcast":
        raise ConfigError(f"{where}: offer_order = broadcast, must ask one pro after another: whoever answers first is not chosen")
    if found.from_file and arm.is_reference:
        raise ConfigError(f"{where} sees the truth about pros, must be a policy that can be run: no file has the truth")
    programmes = () if found.from_file else found.control.programmes
    if arm.programmes != programmes:
        raise ConfigError(
            f"{where}: must have the programmes of the log's policy: a log says what choosing others would change, no more"
        )


def _refuse_order(market: Market, control: Arm) -> None:
    """Raise ConfigError unless the platform asks one pro after another."""
    if market.requests.mode != "dispatch":
        raise ConfigError(f"market.requests.mode = {market.requests.mode}, must be dispatch: clients choose, not the platform")
    order = traits(control.allocator).offer_order or market.requests.offer_order
    if order == "broadcast":
        raise ConfigError("market.requests.offer_order = broadcast, must be sampled or ranked: whoever answers first is not chosen")

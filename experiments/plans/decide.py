"""The ``decision`` section of an experiment: what decides, what must not break, and what follows."""

from collections.abc import Sequence
from typing import Annotated

from pydantic import Field

from experiments.plans.metrics import find_metric
from experiments.plans.suggest import did_you_mean
from sim.config import ConfigError, NonNegative, Real, Section
from sim.metrics.catalogue import Metric
from sim.report.rule import DecisionRule, Guardrail

Text = Annotated[str, Field(max_length=600)]


class Limit(Section):
    """How far a guardrail may move away from the control, in the metric's own unit; one of the two, or both."""

    up_at_most: Real | None = None
    down_at_most: Real | None = None


class Follows(Section):
    """What follows from each outcome; null: the usual."""

    roll_out: Text | None = None
    discuss: Text | None = None
    do_not_roll_out: Text | None = None


class DecisionOptions(Section):
    """Keys of ``decision``."""

    question: Annotated[str, Field(max_length=300)] | None = None
    primary: str
    smallest_effect: NonNegative
    guardrails: dict[str, Limit] | None = None
    follows: Follows = Follows()


def decision_rule(options: DecisionOptions, metrics: Sequence[Metric]) -> DecisionRule:
    """The rule that these keys stand for, checked against the metrics that are measured.

    Raises
    ------
    ConfigError
        A metric is unknown, not followed for long enough, or has no good direction where one is needed; a limit has the wrong
        sign, is on the wrong side, or is missing.
    """
    shown = find_metric(metrics, "decision.primary", options.primary)
    if shown.better is None:
        names = [known.name for known in metrics if known.better]
        raise ConfigError(
            f"decision.primary = {shown.name!r}, has no direction that is good for everybody; must be one of: {', '.join(names)}"
        )
    _refuse_points("decision.smallest_effect", options.smallest_effect, shown)
    guardrails: list[Guardrail] = []
    for name, limit in (options.guardrails or {}).items():
        guardrails += _guardrails(name, limit, metrics)
    follows = {outcome: text for outcome, text in options.follows.model_dump().items() if text}
    return DecisionRule(shown.name, options.smallest_effect, tuple(guardrails), options.question or "", follows)


def _guardrails(name: str, limit: Limit, metrics: Sequence[Metric]) -> list[Guardrail]:
    key = f"decision.guardrails.{name}"
    known = {one.name for one in metrics}
    if name not in known:
        near = did_you_mean(name, sorted(known))
        raise ConfigError(f"{key}, unknown metric{near or ': must be one that longest_window_months leaves time for'}")
    shown = find_metric(metrics, key, name)
    limits = {side: size for side, size in (("up", limit.up_at_most), ("down", limit.down_at_most)) if size is not None}
    if not limits:
        raise ConfigError(f"{key}, must have a limit: up_at_most or down_at_most")
    for side, size in limits.items():
        other = "down" if side == "up" else "up"
        if size < 0:
            raise ConfigError(
                f"{key}.{side}_at_most = {size:g}, must be >= 0: how far it may go {side}; did you mean {other}_at_most: {-size:g}?"
            )
        if shown.better == ("higher" if side == "up" else "lower"):
            raise ConfigError(f"{key}.{side}_at_most = {size:g}, {shown.better} is better; did you mean {other}_at_most: {size:g}?")
        _refuse_points(f"{key}.{side}_at_most", size, shown)
    return [Guardrail(name, "up" if side == "up" else "down", size) for side, size in limits.items()]


def _refuse_points(key: str, size: float, shown: Metric) -> None:
    """A share given in percentage points."""
    if shown.unit == "share" and size >= 1:
        raise ConfigError(f"{key} = {size:g}, must be < 1: {shown.name} is a share, so that .01 is one point")

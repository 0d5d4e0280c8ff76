"""The ``decision`` section of an experiment: what decides, what must not break, and what follows."""

from collections.abc import Mapping, Sequence
from typing import Annotated, Protocol

from pydantic import Field, StrictBool

from experiments.plans.metrics import find_metric
from experiments.plans.suggest import did_you_mean
from sim.config import ConfigError, NonNegative, OpenShare, Real, Section
from sim.metrics.catalogue import RETURN_RATE, VALUES, Metric
from sim.report.rule import SMALLEST_EFFECTS, DecisionRule, Guardrail

Text = Annotated[str, Field(max_length=600)]


class Directed(Protocol):
    """What a limit asks of a metric."""

    @property
    def name(self) -> str:
        """Its fixed name."""
        ...

    @property
    def unit(self) -> str:
        """Of its values."""
        ...

    @property
    def better(self) -> str | None:
        """``higher`` or ``lower``; None: it depends on whom you ask."""
        ...


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
    primary: str | None = None
    """None: the value of a new client over the longest window that clients are followed for, see ``VALUES``."""
    smallest_effect: NonNegative | None = None
    """In the unit of the primary metric; None: what matters in that metric, see ``SMALLEST_EFFECTS``."""
    guardrails: dict[str, Limit] | None = None
    robust_share: OpenShare = 0.9
    """Share of plausible worlds in which rolling out must be worth it; in fewer it is to be discussed."""
    search_within: StrictBool = False
    """Whether to search for the strength at which a policy that a guardrail holds back stays within, by simulating milder forms."""
    follows: Follows = Follows()


def decision_rule(options: DecisionOptions, metrics: Sequence[Metric]) -> DecisionRule:
    """The rule that these keys stand for, checked against the metrics that are measured.

    Raises
    ------
    ConfigError
        A metric is unknown, not followed for long enough, or has no good direction where one is needed; a limit has the wrong
        sign, is on the wrong side, or is missing.
    """
    shown = find_metric(metrics, "decision.primary", options.primary or usual_primary(metrics))
    if shown.better is None:
        names = [known.name for known in metrics if known.better]
        raise ConfigError(
            f"decision.primary = {shown.name!r}, has no direction that is good for everybody; must be one of: {', '.join(names)}"
        )
    smallest = SMALLEST_EFFECTS.get(shown.name, 0.0) if options.smallest_effect is None else options.smallest_effect
    _refuse_points("decision.smallest_effect", smallest, shown)
    guardrails = guardrails_of(options.guardrails or {}, metrics, "decision.guardrails")
    # what decides needs no guard: it is surely better, or nothing is rolled out
    guardrails = tuple(one for one in guardrails if one.metric != shown.name)
    follows = {outcome: text for outcome, text in options.follows.model_dump().items() if text}
    return DecisionRule(shown.name, smallest, guardrails, options.question or "", follows, robust_share=options.robust_share)


def usual_primary(metrics: Sequence[Metric]) -> str:
    """What policies are judged by unless the configuration says: the value of a new client, or return where runs are too short."""
    measured = {known.name for known in metrics}
    return next((name for name in (*VALUES, RETURN_RATE) if name in measured), metrics[0].name)


def guardrails_of(limits: Mapping[str, Limit], metrics: Sequence[Metric], key: str) -> tuple[Guardrail, ...]:
    """The guardrails that these limits by metric stand for; ``key`` is where they stand, for messages.

    Raises
    ------
    ConfigError
        As ``decision_rule``.
    """
    return tuple(one for name, limit in limits.items() for one in _guardrails(name, limit, metrics, f"{key}.{name}"))


def _guardrails(name: str, limit: Limit, metrics: Sequence[Metric], key: str) -> list[Guardrail]:
    known = {one.name for one in metrics}
    if name not in known:
        near = did_you_mean(name, sorted(known))
        raise ConfigError(f"{key}, unknown metric{near or ': must be one that longest_window_months leaves time for'}")
    return sides_of(find_metric(metrics, key, name), limit, key)


def sides_of(shown: Directed, limit: Limit, key: str) -> list[Guardrail]:
    """The guardrails that a limit of a metric stands for, one a side.

    Raises
    ------
    ConfigError
        It has the wrong sign, is on the wrong side, or is missing.
    """
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
    return [Guardrail(shown.name, "up" if side == "up" else "down", size) for side, size in limits.items()]


def _refuse_points(key: str, size: float, shown: Directed) -> None:
    """A share given in percentage points."""
    if shown.unit == "share" and size >= 1:
        raise ConfigError(f"{key} = {size:g}, must be < 1: {shown.name} is a share, so that .01 is one point")

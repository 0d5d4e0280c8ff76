"""What a search is for: the metrics that are made better, which way, and the guardrails that hold meanwhile."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from experiments.plans.decide import DecisionOptions, guardrails_of
from experiments.plans.metrics import find_metric
from sim.config import ConfigError
from sim.metrics.catalogue import Metric, metric
from sim.report.rule import Guardrail
from sim.statistics.fronts import Direction
from sim.statistics.racing import Limit

Way = Literal["up", "down"]
DIRECTIONS: Mapping[str, Direction] = {"up": "higher", "down": "lower"}


@dataclass(frozen=True)
class Aims:
    """Objectives and guardrails, and the metrics that they need."""

    objectives: tuple[str, ...]
    """Names of metrics; the first is what the recommended setting is best in."""
    directions: tuple[Direction, ...]
    """Of the objectives."""
    guardrails: tuple[Guardrail, ...]

    @property
    def columns(self) -> tuple[str, ...]:
        """All metrics that are looked at, objectives first."""
        return tuple(dict.fromkeys([*self.objectives, *(one.metric for one in self.guardrails)]))

    @property
    def column_directions(self) -> tuple[Direction, ...]:
        """What is better in each column; of one that only has guardrails, away from the first of them."""
        known = dict(zip(self.objectives, self.directions, strict=True))
        for one in self.guardrails:
            known.setdefault(one.metric, "lower" if one.side == "up" else "higher")
        return tuple(known[name] for name in self.columns)

    def _limits(self, guardrails: Sequence[Guardrail]) -> tuple[Limit, ...]:
        return tuple(Limit(self.columns.index(one.metric), one.limit) for one in guardrails)

    @property
    def of_front(self) -> tuple[Guardrail, ...]:
        """Guardrails that all points of the front keep: with several objectives, those on other metrics."""
        return tuple(one for one in self.guardrails if len(self.objectives) == 1 or one.metric not in self.objectives)

    @property
    def front_limits(self) -> tuple[Limit, ...]:
        """The same as columns."""
        return self._limits(self.of_front)

    @property
    def all_limits(self) -> tuple[Limit, ...]:
        """What a recommended setting keeps."""
        return self._limits(self.guardrails)


def aims_of(
    objectives: Sequence[str | Mapping[str, Way]],
    maximise: str | None,
    minimise: str | None,
    decision: DecisionOptions,
    metrics: Sequence[Metric],
) -> Aims:
    """What these keys stand for.

    Parameters
    ----------
    objectives
        Names of metrics, or ``{name: up}`` and ``{name: down}``.
    maximise, minimise
        One metric in their place, or None.
    metrics
        Those that are measured.

    Raises
    ------
    ConfigError
        A metric that is not measured, is named twice, or has no direction; or a guardrail on its other side.
    """
    if maximise is not None and minimise is not None:
        raise ConfigError(f"minimise = {minimise!r}, must not stand beside maximise = {maximise!r}: several metrics are objectives")
    if maximise is not None:
        found = [_one("maximise", maximise, "up", metrics)]
    elif minimise is not None:
        found = [_one("minimise", minimise, "down", metrics)]
    else:
        found = [_objective(one, metrics) for one in objectives]
    if not 1 <= len(found) <= 3:
        raise ConfigError(f"objectives = {[name for name, _ in found]}, must be one to three metrics")
    names = tuple(name for name, _ in found)
    if len(set(names)) < len(names):
        raise ConfigError(f"objectives = {list(names)}, must be distinct")
    guardrails = guardrails_of(decision.guardrails or {}, metrics, "decision.guardrails")
    aims = Aims(names, tuple(direction for _, direction in found), guardrails)
    for one in guardrails:
        good: Direction = "lower" if one.side == "up" else "higher"
        if aims.column_directions[aims.columns.index(one.metric)] != good:
            raise ConfigError(
                f"decision.guardrails.{one.metric}.{one.side}_at_most = {one.limit:g}, must not stand against the search itself or"
                f" the other side: leave it out with '~decision.guardrails.{one.metric}'"
            )
    return aims


def _objective(one: str | Mapping[str, Way], metrics: Sequence[Metric]) -> tuple[str, Direction]:
    if isinstance(one, str):
        return _one("objectives", one, None, metrics)
    if len(one) != 1:
        raise ConfigError(f"objectives: {dict(one)!r}, must be the name of a metric, or {{name: up}} or {{name: down}}")
    ((name, way),) = one.items()
    return _one("objectives", name, way, metrics)


def _one(key: str, name: str, way: Way | None, metrics: Sequence[Metric]) -> tuple[str, Direction]:
    shown = find_metric(metrics, key, name)
    if way is None and shown.better is None:
        raise ConfigError(
            f"{key} = {name!r}, has no direction that is good for everybody: say which, {{{name}: up}} or {{{name}: down}}"
        )
    if way is not None and shown.better not in (None, DIRECTIONS[way]):
        other = "minimise" if way == "up" else "maximise"
        meant = f"did you mean {other}={name}?" if key != "objectives" else f"did you mean {name} alone?"
        raise ConfigError(f"{key} = {name!r}, {shown.better} is better; {meant}")
    return name, DIRECTIONS[way] if way is not None else metric(name).better or "higher"

"""What a search for settings found: who is on the front, what it costs, and which setting is recommended."""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Literal

import numpy as np

from sim.arrays import Floats
from sim.metrics.catalogue import Unit, metric
from sim.report.rule import Guardrail
from sim.said import Said
from sim.statistics.fronts import Direction
from sim.statistics.intervals import Interval, mean_interval
from sim.statistics.limits import LimitTest, against_limit
from sim.statistics.racing import Confirmed, confirmed

TunedKind = Literal["control", "today", "landmark", "setting"]
Setting = float | int | str | bool | None
STEPS: Mapping[Unit, float] = {"share": 0.01, "ratio": 0.01, "number": 0.01}
"""By unit, the step of which a price is told; 1 for others."""


@dataclass(frozen=True)
class TunedPoint:
    """A policy that was run on fresh random numbers."""

    name: str
    kind: TunedKind
    sees_truth: bool
    settings: Mapping[str, Setting]
    """By key that is searched; of a named policy those that it has."""
    fresh: tuple[Floats, ...]
    """By metric, (n_replications,) values on fresh random numbers."""
    searched: tuple[Floats, ...]
    """By metric, differences to the control in the search, one a replication; empty for policies that were not searched."""
    chance: float
    """Probability to be on the front of all policies here."""


@dataclass(frozen=True)
class TunedPrice:
    """What one objective changes along the front where another gets better by a step."""

    gain: str
    per: str
    step: float
    """Of ``per``, > 0, in its good direction."""
    slope: Interval
    """Change of ``gain`` for it."""
    n_points: int


@dataclass(frozen=True)
class TunedShare:
    """How much a setting matters for an objective."""

    key: str
    objective: str
    share: Interval


@dataclass(frozen=True)
class TunedTried:
    """All settings that were tried, as the search knows them."""

    settings: tuple[Mapping[str, Setting], ...]
    means: Floats
    """(n_settings, n_metrics) differences to the control; nan where one was never defined."""
    runs: tuple[int, ...]
    """Of each setting."""


@dataclass(frozen=True)
class TunedChoice:
    """With one objective: how the best finalist was chosen on fresh random numbers."""

    n_finalists: int
    raced: int
    """Finalists within the guardrails after a first look: those that the guarantee is about."""
    sure: bool
    """Whether these are surely within; otherwise on average."""
    first_look: int
    """Runs of each finalist before that."""
    runs: int
    """For choosing in all, those of the control and of finalists beyond a guardrail included."""
    guarantee: Said | None
    """None: fewer than two were left to choose from."""
    complete: bool
    delta: float
    alpha: float


@dataclass(frozen=True)
class TuneRecord:
    """All that the report of a search is made of."""

    market: str
    varied: str
    control: str
    metrics: tuple[str, ...]
    """All that were looked at, objectives first."""
    objectives: tuple[str, ...]
    directions: tuple[Direction, ...]
    guardrails: tuple[Guardrail, ...]
    points: tuple[TunedPoint, ...]
    """The control first, then named policies, then finalists."""
    tried: TunedTried
    recommended: str | None
    """Name of the point; None: nobody surely enough keeps the guardrails."""
    prices: tuple[TunedPrice, ...]
    shares: tuple[TunedShare, ...]
    choice: TunedChoice | None
    yaml: str
    """Of the recommended setting; empty without one."""
    n_search_runs: int
    n_fresh_runs: int
    n_worlds: int
    """That were searched; fresh replications lie in as many others as there are. 0: one market."""
    sampler: str
    commands: tuple[str, str]
    """That give the search again, and that compares what is recommended; empty without one."""
    seed: int
    versions: Mapping[str, str]
    hashes: Mapping[str, str]

    @property
    def of_front(self) -> tuple[TunedPoint, ...]:
        """Finalists, in the order of the first objective, the best first."""
        found = [one for one in self.points if one.kind == "setting"]
        sign = -1.0 if self.directions[0] == "higher" else 1.0
        return tuple(sorted(found, key=lambda one: sign * self.searched_mean(one, 0)))

    @property
    def today(self) -> TunedPoint:
        """The policy that is varied, as it is; the control where that is the same."""
        return next((one for one in self.points if one.kind == "today"), self.points[0])

    @property
    def best(self) -> TunedPoint | None:
        """What is recommended."""
        return next((one for one in self.points if one.name == self.recommended), None)

    @property
    def surely_better(self) -> bool:
        """Whether what is recommended is surely better than today's rule in the first objective, at 95 %: one look."""
        return self.best is not None and self.surely(self.best, 0)

    def surely(self, point: TunedPoint, column: int, level: float = 0.95) -> bool:
        """Whether a policy is surely better than today's rule in an objective."""
        found = mean_interval(self.paired(point, column, self.today), level)
        return found.low > 0 if self.directions[column] == "higher" else found.high < 0

    @property
    def keeps(self) -> bool:
        """Whether what is recommended is surely within the guardrails: both where it was chosen and confirmed."""
        chosen = self.choice is None or self.choice.sure
        return self.best is not None and chosen and all(test.verdict == "within limit" for _, test in self.checks(self.best))

    @property
    def n(self) -> int:
        """Fresh replications of each policy."""
        return len(self.points[0].fresh[0])

    def searched_mean(self, point: TunedPoint, column: int) -> float:
        """Difference to the control found while searching; nan for policies that were not searched."""
        return float(point.searched[column].mean()) if point.searched and len(point.searched[column]) else math.nan

    def paired(self, point: TunedPoint, column: int, other: TunedPoint | None = None) -> Floats:
        """A policy minus another, or the control, on fresh random numbers, one a replication."""
        found = point.fresh[column] - (other or self.points[0]).fresh[column]
        return np.asarray(found[np.isfinite(found)], float)

    def difference(self, point: TunedPoint, column: int, other: TunedPoint | None = None) -> Interval:
        """The same as an interval of 95 %."""
        return mean_interval(self.paired(point, column, other))

    def level(self, point: TunedPoint, column: int) -> float:
        """Mean on fresh random numbers."""
        return mean_interval(point.fresh[column]).estimate

    def confirmed(self, point: TunedPoint, column: int) -> Confirmed | None:
        """Searched beside confirmed; None for policies that were not searched."""
        if not point.searched or not len(point.searched[column]):
            return None
        return confirmed(point.searched[column], self.paired(point, column))

    def checks(self, point: TunedPoint) -> tuple[tuple[Guardrail, LimitTest], ...]:
        """How a policy stands to each guardrail on fresh random numbers."""
        return tuple((one, self._check(point, one)) for one in self.guardrails)

    def _check(self, point: TunedPoint, one: Guardrail) -> LimitTest:
        column = self.metrics.index(one.metric)
        return against_limit(point.fresh[column], self.points[0].fresh[column], one.limit, one.side, 1)

    @cached_property
    def dominating(self) -> tuple[TunedPoint, ...]:
        """Finalists that are surely better than today's rule in one objective and on average no worse in the others.

        Each finalist gets a look in each objective, so that the error of 5 % is shared out among all of them (Bonferroni).
        """
        looks = len(self.of_front) * len(self.objectives)
        return tuple(one for one in self.of_front if self._dominates(one, 1 - 0.05 / looks))

    def _dominates(self, point: TunedPoint, level: float) -> bool:
        columns = range(len(self.objectives))
        means = [self.difference(point, column, self.today).estimate for column in columns]
        no_worse = all(mean >= 0 if way == "higher" else mean <= 0 for mean, way in zip(means, self.directions, strict=True))
        return no_worse and any(self.surely(point, column, level) for column in columns)


def unit_of(name: str) -> Unit:
    """Unit of a metric."""
    return metric(name).unit


def step_of(name: str) -> float:
    """Of which the price is told, in the metric's own unit."""
    return STEPS.get(unit_of(name), 1.0)

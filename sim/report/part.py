"""One part of a study: some arms, at one point or at every point of a design, and what was measured."""

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from sim.arrays import Flags, Floats
from sim.metrics.catalogue import METRICS, RETURN_RATE
from sim.report.rule import Guardrail
from sim.said import say
from sim.statistics.comparison import paired_difference
from sim.statistics.designs import Design
from sim.statistics.intervals import Interval, mean_interval


@dataclass(frozen=True)
class Part:
    """Results of one part; replication r has the same random numbers for all arms, points and parts of one seed."""

    name: str
    question: str
    arms: tuple[str, ...]
    studied: str
    control: str
    """Empty for none."""
    values: Mapping[str, Mapping[str, Floats]]
    """By arm and metric: (n_points, n_replications)."""
    payback: Mapping[str, Floats] = field(default_factory=dict)
    """By arm: (n_points, n_replications, 25) balance of a new client after 0, 1, ..., 24 months, EUR."""
    scores: Mapping[str, Mapping[str, Floats]] = field(default_factory=dict)
    """By arm and name of ``LAST_SCORES``: (n_points, n_replications, n_pros)."""
    design: Design | None = None
    """None: a single point."""
    base: Mapping[str, Any] = field(default_factory=dict)
    """By factor: its value in the configuration as it stands, which need not be one of its levels."""
    steps: Mapping[str, str] = field(default_factory=dict)
    """By arm, in order: what it removes of the imperfections of the one before."""
    against: Mapping[str, str] = field(default_factory=dict)
    """By arm: which other one it is compared with, where that is not the studied one."""
    descriptions: Mapping[str, str] = field(default_factory=dict)
    """By arm, one line."""
    payback_bookings: int = 3
    guardrails: tuple[Guardrail, ...] = ()
    """What a setting must not break to be recommended, against the control."""
    margins: Mapping[str, float] = field(default_factory=dict)
    """By metric, in its own unit: a difference surely within ± this is too small to matter."""
    sections: tuple[str, ...] = ()
    """Of the page, which it serves: ``ladder``, or ``ladder.capacity`` in a role beside the main one."""

    @property
    def n(self) -> int:
        """Replications."""
        return next(iter(self.values[self.studied].values())).shape[1]

    @property
    def n_points(self) -> int:
        """Points of the design; 1 without one."""
        return next(iter(self.values[self.studied].values())).shape[0]

    def of(self, arm: str, name: str = RETURN_RATE) -> Floats:
        """(n_points, n_replications) of a metric."""
        return self.values[arm][name]

    def gain(self, arm: str, against: str, name: str = RETURN_RATE) -> Floats:
        """(n_points, n_replications) of a metric, arm minus arm."""
        return self.of(arm, name) - self.of(against, name)

    def studied_gain(self, name: str = RETURN_RATE) -> Floats:
        """(n_points, n_replications) of the studied arm, minus the control if there is one."""
        return self.gain(self.studied, self.control, name) if self.control else self.of(self.studied, name)

    def rival(self, arm: str) -> str:
        """The arm that another one is compared with: the studied one unless the study names another."""
        return self.against.get(arm, self.studied)

    def factor(self, ending: str) -> str | None:
        """The factor whose key ends so; None when the design has none, or is none."""
        names = self.design.factors if self.design else ()
        return next((name for name in names if name.rsplit(".", 1)[-1] == ending), None)

    def levels(self, ending: str) -> tuple[Any, ...]:
        """Levels of the factor whose key ends so; empty without one."""
        name = self.factor(ending)
        return tuple(self.design.levels[name]) if self.design and name else ()

    def at(self, **levels: Any) -> Flags:
        """(n_points,) which points have these levels, by the endings of the factors' keys; factors not in the design hold."""
        rows = self.design.points if self.design else [{}]
        wanted = {name: level for ending, level in levels.items() if (name := self.factor(ending))}
        return np.array([all(row[name] == level for name, level in wanted.items()) for row in rows])


def only(part: Part, metrics: tuple[str, ...]) -> tuple[str, ...]:
    """Those of these metrics that the part has."""
    return tuple(known.name for known in METRICS if known.name in metrics and known.name in part.values[part.studied])


def restricted(design: Design, responses: Floats, factor: str, level: Any) -> tuple[Design, Floats]:
    """A design and its responses (n_points, n_replications) at one level of a factor, which it then no longer has."""
    column = design.factors.index(factor)
    kept = design.index[:, column] == design.levels[factor].index(level)
    levels = {name: values for name, values in design.levels.items() if name != factor}
    index = np.delete(design.index[kept], column, axis=1)
    return Design(say("{design}, at {level}", design=design.name, level=f"{factor}={level}"), levels, index), responses[kept]


def difference(values: Floats, n_comparisons: int = 1, level: float = 0.95) -> tuple[Interval, float]:
    """Mean of paired differences (n_replications,), with an interval that is simultaneous over ``n_comparisons``, and p-value."""
    return paired_difference(values, np.zeros(len(values)), max(n_comparisons, 1), level)


def level_of(values: Floats) -> Interval:
    """Mean of a metric (n_replications,) with its own 95 % interval."""
    return mean_interval(values)


def estimated(interval: Interval) -> bool:
    """Whether there is an estimate with an interval."""
    return math.isfinite(interval.estimate) and math.isfinite(interval.low) and math.isfinite(interval.high)

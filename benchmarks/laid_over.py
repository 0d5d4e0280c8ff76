"""Experiments beside the two worlds that they stand for, run straight on the engine: what benchmarks of designs share."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache

import numpy as np

from experiments.plans.arms import load_arms, load_market
from experiments.plans.compose import compose_settings
from sim.arrays import Floats, Ints
from sim.config import Market
from sim.designs.base import Design, Split
from sim.designs.everybody import Everybody
from sim.engine.platform import Arm
from sim.engine.run import simulate
from sim.engine.trial import Trial
from sim.log import RunLog
from sim.population import Population

CONTROL, TREATED = "all_control", "all_treated"
FAR = 3.0
"""Standard errors between what was simulated and what was solved, at most."""


@cache
def plain_market(*overrides: str) -> Market:
    """The minimal market, changed: each request is for the half hour that begins next, and has one chance."""
    fixed = ("requests.lead_min_hours=0", "requests.lead_mean_hours=0")
    return load_market(
        compose_settings("compare", ["market=minimal", "arm=[uniform]", *(f"market.{line}" for line in (*fixed, *overrides))])
    )


@cache
def plain_arms() -> Mapping[str, Arm]:
    """Requests offered at random, and in strict order of the truth."""
    return load_arms(compose_settings("compare", ["market=minimal", "arm=[uniform,oracle]", "control=uniform"]))


@dataclass(frozen=True)
class Asked:
    """Requests of one run that are counted, (n,) each."""

    client: Ints
    pro: Ints
    """Who served it; -1 for nobody."""
    days: Floats


@dataclass(frozen=True)
class Beside:
    """One design's experiment and both worlds, with the same people and luck."""

    split: Split
    experiment: Asked
    control: Asked
    treated: Asked


def beside(
    market: Market,
    control: Arm,
    treated: Arm,
    designs: Mapping[str, Design],
    settle_days: float,
    key: tuple[int, int],
    people: Population,
) -> dict[str, Beside]:
    """Simulate, by design.

    Parameters
    ----------
    market
        Its warm-up ends when experiments begin, and they last to its horizon.
    settle_days
        First days of an experiment of which nothing is counted.
    key
        Seed and replication.
    people
        Who takes part in all of them.
    """
    start, days = float(market.warmup_days), float(market.horizon_days - market.warmup_days)
    trials = {
        name: Trial(treated, design, start, days)
        for name, design in ({CONTROL: Everybody(False), TREATED: Everybody(True)} | dict(designs)).items()
    }
    found = {
        name: counted(simulate(market, control, *key, people=people, trial=trial), start + settle_days)
        for name, trial in trials.items()
    }
    return {
        name: Beside(trials[name].split(market, len(people.clients), key[1]), found[name], found[CONTROL], found[TREATED])
        for name in designs
    }


def counted(log: RunLog, from_days: float) -> Asked:
    """Requests made from a day on."""
    rows = log.bookings["request_days"] >= from_days
    return Asked(*(log.bookings[name][rows] for name in ("client", "pro", "request_days")))


@dataclass(frozen=True)
class Compared:
    """A mean over replications beside its solution."""

    name: str
    solved: float
    mean: float
    error: float
    """Standard error."""

    @property
    def kept(self) -> bool:
        """Whether they are as near as chance allows."""
        return abs(self.mean - self.solved) <= FAR * self.error

    def row(self) -> tuple[str, ...]:
        """A line of a table."""
        return (
            self.name,
            f"{self.solved:+.5f}",
            f"{self.mean:+.5f}",
            f"{self.error:.5f}",
            f"{(self.mean - self.solved) / self.error:+.1f}",
            "kept" if self.kept else "BROKEN",
        )


HEAD = ("", "solved", "simulated", "standard error", "apart", "")


def compared(name: str, solved: float, simulated: Sequence[float]) -> Compared:
    """The mean of (n_replications,) figures, n >= 2, beside what it should be."""
    each = np.asarray(simulated, float)
    return Compared(name, solved, float(each.mean()), float(each.std(ddof=1)) / math.sqrt(len(each)))

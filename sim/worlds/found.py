"""What looking at many plausible worlds has shown: all that page, tables and decision are made of."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from sim.arrays import Floats
from sim.statistics.intervals import Interval
from sim.worlds.effects import WorldEffects

A_LOOK = 16
"""Worlds up to which only the recommended policy is looked at, once in each."""
Verdict = Literal["roll_out", "discuss", "do_not_roll_out"]
Origin = Literal["prior", "matched", "posterior"]
"""Drawn from the prior, from what the targets leave of it, or rows of a joint posterior that was written."""


@dataclass(frozen=True)
class UncertainNumber:
    """A number, or a switch, that differs between worlds."""

    name: str
    source: str
    is_switch: bool
    """Whether its values are names of levels."""
    values: tuple[float | str, ...]
    """(n_worlds,) in its own unit."""
    coded: Floats
    """(n_worlds,) the same as points of the unit interval, on which the prior is uniform."""
    prior: tuple[float, float, float]
    """Quantiles .05, .5 and .95 of the prior; nan for a switch."""
    spread: float
    """Standard deviation over plausible worlds, as a share of the prior's; nan where nothing was matched."""


@dataclass(frozen=True)
class Curve:
    """The effect of an arm along one number, all others averaged."""

    name: str
    values: tuple[float | str, ...]
    """Of the number, in its own unit."""
    mean: Floats
    sd: Floats
    flips: tuple[float, ...]
    """Values at which the effect passes the smallest one that matters."""


@dataclass(frozen=True)
class Dependence:
    """What the effect of an arm depends on."""

    arm: str
    first: Mapping[str, Interval]
    total: Mapping[str, Interval]
    """By number: its share of the variance between worlds, alone and with all that it takes part in."""
    explained: float
    """Share of the variance between worlds that the emulator predicts for worlds left out."""
    curves: tuple[Curve, ...]
    """Of the numbers that matter most."""


@dataclass(frozen=True)
class ArmOverWorlds:
    """A policy over plausible worlds."""

    arm: str
    is_reference: bool
    primary: WorldEffects
    yearly: WorldEffects | None
    """In EUR a year."""
    returned: WorldEffects | None
    """In the share of new clients who come back."""
    raw: Floats
    """(n_worlds,) the difference as simulated, mean over replications."""
    probability: Floats
    """(n_worlds,) that it is worth rolling out there: more than what matters, and every guardrail within its limit."""
    share: Interval
    """Of plausible worlds in which it is."""
    held_back: Mapping[str, Interval]
    """By metric of the rule, the share of worlds in which it would hold the policy back: too small an effect, or a guardrail."""
    verdicts: tuple[Verdict, ...]
    """(n_worlds,) what the rule says there."""
    regret: Interval
    worst_tenth_regret: Interval
    """What it loses against the best arm of each world in the primary metric: mean, and mean of the worst tenth."""


@dataclass(frozen=True)
class Information:
    """What knowing more would be worth."""

    name: str
    what: str
    """In plain words; of a number its name."""
    kind: Literal["evpi", "evppi", "evsi"]
    eur: Interval
    """By how much the expected loss of the decision falls, in EUR a year."""
    points: Interval
    """The same for the share of new clients who come back."""
    n: int = 0
    """Cases of a measurement; 0 for perfect knowledge."""
    enough: int = 0
    """Cases that bring nine tenths of what perfect knowledge would; 0: not found, or not asked."""


@dataclass(frozen=True)
class OverWorlds:
    """A decision over plausible worlds."""

    control: str
    origin: Origin
    about: str
    """Where a written posterior comes from; empty for another origin."""
    survived: tuple[float, ...]
    """Share of the prior left after each wave of history matching."""
    n_matching: int
    """Runs of the history matching."""
    weights: Floats
    """(n_worlds,) sum to 1."""
    n_replications: int
    """Of each arm in each world."""
    numbers: tuple[UncertainNumber, ...]
    arms: Mapping[str, ArmOverWorlds]
    """Those that were simulated, but for the control."""
    dependence: Dependence | None = None
    information: tuple[Information, ...] = ()
    known: tuple[str, ...] = ()
    """Keys that were given for certain."""
    control_regret: tuple[Interval, ...] = ()
    """What the control loses against the best arm of each world: mean, and mean of the worst tenth; empty with one policy."""

    @property
    def n_worlds(self) -> int:
        """How many."""
        return len(self.weights)

    @property
    def shares(self) -> dict[str, Interval]:
        """By policy, the share of plausible worlds in which it is worth rolling out; references are never rolled out."""
        return {arm: one.share for arm, one in self.arms.items() if not one.is_reference}

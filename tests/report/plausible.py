"""Decisions over plausible worlds, made up so that what is told about them can be worked out by hand."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np

from sim.arrays import Floats
from sim.report.rule import DecisionRule
from sim.statistics.intervals import Interval
from sim.worlds.effects import WorldEffects
from sim.worlds.found import ArmOverWorlds, Curve, Dependence, Information, OverWorlds, UncertainNumber, Verdict

SHARE, LATE, SWITCH = "clients.one_time_share", "stay.late", "leakage"
GRID = np.linspace(0.0, 1.0, 5)


def steps(n: int) -> Floats:
    """Middles of n equal parts of the unit interval."""
    return (np.arange(n) + 0.5) / n


def effects(mean: float, spread: float, n: int, luck: float = 0.0005) -> WorldEffects:
    """Worlds in a straight line from ``mean - spread`` to ``mean + spread``; intervals a quarter and half as wide."""
    worlds = mean + spread * (2 * steps(n) - 1)
    sd = spread / math.sqrt(3)
    return WorldEffects(
        mean=Interval(mean, mean - spread / 4, mean + spread / 4, n),
        between_sd=Interval(sd, sd / 2, 2 * sd, n),
        within_sd=luck,
        predictive=Interval(mean, mean - spread, mean + spread, n),
        # two draws: their mean is the world, their standard deviation the luck
        drawn=np.stack([worlds - luck, worlds + luck]),
    )


def wilson(k: int, n: int) -> Interval:
    """Of a share, k of n: the interval of Wilson, for 95 %."""
    z2 = 1.959964**2
    centre = (k / n + z2 / (2 * n)) / (1 + z2 / n)
    half = math.sqrt(z2 * (k / n * (1 - k / n) / n + z2 / (4 * n * n))) / (1 + z2 / n)
    return Interval(k / n, max(centre - half, 0.0), min(centre + half, 1.0), n)


def arm(
    name: str, mean: float, spread: float = 0.01, n: int = 64, rule: DecisionRule | None = None, reference: bool = False
) -> ArmOverWorlds:
    """A policy with effects in a straight line, worth it where the effect is above what matters."""
    rule = rule or DecisionRule(smallest_effect=0.005)
    primary = effects(mean, spread, n)
    worth = (primary.worlds > rule.smallest_effect).astype(float)
    good = int(worth.sum())
    verdicts: tuple[Verdict, ...] = tuple("roll_out" if one else "do_not_roll_out" for one in worth)
    lost = Interval(0.001, 0.0005, 0.002, n)
    nothing = Interval(math.nan, math.nan, math.nan, n)
    return ArmOverWorlds(
        arm=name,
        is_reference=reference,
        primary=primary,
        yearly=effects(1e6 * mean, 1e6 * spread, n, 500.0),
        returned=primary,
        raw=primary.worlds,
        probability=worth,
        share=wilson(good, n),
        held_back={rule.primary: wilson(n - good, n), "exposure_gini": Interval(0.01, 0.0, 0.06, n)},
        verdicts=verdicts,
        regret=nothing if reference else lost,
        worst_tenth_regret=nothing if reference else Interval(0.004, 0.003, 0.006, n),
    )


def numbers(n: int, spread: float = math.nan) -> tuple[UncertainNumber, ...]:
    """A share that rises with the effect, a number that falls with it, and a switch that is on in every second world."""
    u = steps(n)
    levels = tuple("on" if i % 2 else "off" for i in range(n))
    return (
        UncertainNumber(SHARE, "assumption", False, tuple(0.43 + 0.2 * u), u, (0.44, 0.53, 0.62), spread),
        UncertainNumber(LATE, "a survey", False, tuple(-0.4 - 1.2 * u), 0.25 + u[::-1] / 2, (-1.54, -1.0, -0.46), spread),
        UncertainNumber(
            SWITCH, "assumption", True, levels, np.where(np.arange(n) % 2, 0.75, 0.25), (math.nan, math.nan, math.nan), math.nan
        ),
    )


def dependence(name: str, explained: float = 0.9) -> Dependence:
    """The share of one-time clients makes .55 of the variance, the switch .25, lateness .05."""

    def of(values: Mapping[str, float]) -> dict[str, Interval]:
        return {key: Interval(x, max(x - 0.1, 0), x + 0.1, 64) for key, x in values.items()}

    rising = 0.02 * GRID
    return Dependence(
        arm=name,
        first=of({SHARE: 0.5, LATE: 0.04, SWITCH: 0.2}),
        total=of({SHARE: 0.55, LATE: 0.05, SWITCH: 0.25}),
        explained=explained,
        curves=(
            # .005 is passed at a quarter of the way
            Curve(SHARE, tuple(0.43 + 0.2 * GRID), rising, np.full(5, 0.001), (0.48,)),
            Curve(SWITCH, ("off", "on"), np.array([0.012, 0.003]), np.full(2, 0.001), ()),
            Curve(LATE, tuple(-0.4 - 1.2 * GRID[::-1]), np.full(5, 0.01), np.full(5, 0.001), ()),
        ),
    )


def information(scale: float = 1.0) -> tuple[Information, ...]:
    """Everything is worth 2,000 EUR a year, a survey 1,200, of which 200 cases bring nine tenths."""

    def eur(x: float) -> Interval:
        return Interval(scale * x, scale * x / 2, scale * 2 * x, 64)

    def points(x: float) -> Interval:
        return Interval(scale * x / 1e6, scale * x / 2e6, scale * x / 5e5, 64)

    return (
        Information("", "", "evpi", eur(2000), points(2000)),
        Information("survey", "ask clients whether they will book again", "evsi", eur(1200), points(1200), 300, 200),
        Information(SHARE, SHARE, "evppi", eur(1100), points(1100)),
        Information(SWITCH, SWITCH, "evppi", eur(300), points(300)),
        Information("test", "a randomised test of eight weeks", "evsi", eur(250), points(250), 500, 0),
    )


def a_look(one: ArmOverWorlds, control: str = "uniform") -> OverWorlds:
    """A few worlds, one policy, and nothing of what it depends on."""
    n = len(one.verdicts)
    return OverWorlds(control, "prior", "", (), 0, np.full(n, 1 / n), 1, numbers(n), {one.arm: one})


def in_full(arms: Sequence[ArmOverWorlds], control: str = "uniform") -> OverWorlds:
    """Matched worlds, several policies, and all that is told about the first."""
    n = len(arms[0].verdicts)
    looked = a_look(arms[0], control)
    return replace(
        looked,
        origin="matched",
        survived=(0.21, 0.084),
        n_matching=512,
        n_replications=4,
        numbers=numbers(n, 0.6),
        arms={one.arm: one for one in arms},
        dependence=dependence(arms[0].arm),
        information=information(),
        known=("clients.arrivals_per_day",),
        control_regret=(Interval(0.01, 0.008, 0.012, n), Interval(0.02, 0.018, 0.022, n)),
    )

"""What a decision depends on, and what would be worth measuring before it is made."""

from collections.abc import Sequence
from functools import partial

import numpy as np

from experiments.uncertain.judging import Judged
from experiments.uncertain.measuring import Measurement
from experiments.uncertain.runs import WorldRuns
from experiments.uncertain.sample import Sample
from sim.arrays import Floats
from sim.report.rule import DecisionRule
from sim.worlds.depends import flips, main_effect, shares
from sim.worlds.emulator import Emulator, fit_emulator
from sim.worlds.found import ArmOverWorlds, Curve, Dependence, Information
from sim.worlds.information import enough, evpi, evppi, evsi
from sim.worlds.prior import Number

N_CURVES = 3
"""Numbers whose effect is drawn: those that matter most."""
N_GRID = 41
SIZES = (50, 100, 200, 500, 1_000, 2_000, 5_000, 10_000)
"""Cases of a measurement among which the smallest that is enough is looked for."""
N_DATA = 8
"""Times that the data of a measurement are drawn."""


def depends(sample: Sample, one: ArmOverWorlds, n_replications: int, rule: DecisionRule, seed: int) -> Dependence:
    """What the effect of an arm on the primary metric depends on."""
    noise = one.primary.within_sd**2 / n_replications
    emulator = fit_emulator(sample.coded, one.raw, noise)
    found = shares(emulator, sample.population, sample.prior.names, seed)
    ranked = sorted(sample.prior.names, key=lambda name: -found.total[name].estimate)[:N_CURVES]
    curves = tuple(_curve(sample, emulator, name, rule.signed_effect) for name in ranked)
    return Dependence(one.arm, found.first, found.total, emulator.q2, curves)


def _curve(sample: Sample, emulator: Emulator, name: str, limit: float) -> Curve:
    i = sample.prior.names.index(name)
    number = sample.prior.numbers[i]
    grid, values = _grid(number)
    mean, sd = main_effect(emulator, sample.population, i, grid)
    passes: tuple[float, ...] = ()
    if number.distribution is not None:
        where = flips(grid, mean, limit)
        passes = tuple(float(value) for value in number.values(np.array(where)))
    return Curve(name, values, mean, sd, passes)


def _grid(number: Number) -> tuple[Floats, tuple[float | str, ...]]:
    """Points of the unit interval, and what the number is there; the middles of its levels where it has some."""
    if number.distribution is None:
        edges = number.edges
        return (edges[1:] + edges[:-1]) / 2, tuple(level.name for level in number.levels)
    grid = np.linspace(0.01, 0.99, N_GRID)
    return grid, tuple(float(x) for x in number.distribution.quantiles(grid))


def informs(
    sample: Sample, judged: Judged, runs: WorldRuns, actions: Sequence[str], measurements: Sequence[Measurement], seed: int
) -> tuple[Information, ...]:
    """What knowing each number, and making each measurement, would be worth; the most valuable first.

    Parameters
    ----------
    actions
        Policies that may be rolled out, beside keeping the control.
    """
    chosen = [0, *(1 + judged.policies.index(arm) for arm in actions)]
    eur, points = judged.payoffs[:, chosen], judged.returned[:, chosen]
    weights, coded = sample.weights, sample.coded
    rows = [Information("", "", "evpi", evpi(eur, weights, seed=seed), evpi(points, weights, seed=seed))]
    for i, name in enumerate(sample.prior.names):
        known = [evppi(payoffs, coded[:, i], weights, seed=seed) for payoffs in (eur, points)]
        rows.append(Information(name, name, "evppi", known[0], known[1]))
    for one in measurements:
        truth = one.truth(sample, runs, judged)
        if not np.isfinite(truth).all() or np.ptp(truth) == 0:
            continue
        observe = one.observe(truth, runs)
        told = [evsi(payoffs, partial(observe, one.n), weights, n_draws=N_DATA, seed=seed) for payoffs in (eur, points)]
        least = enough(eur, observe, truth, SIZES, weights, n_draws=N_DATA, seed=seed)
        rows.append(Information(one.name, one.what, "evsi", told[0], told[1], one.n, least))
    return tuple(sorted(rows, key=lambda row: (row.kind != "evpi", -row.eur.estimate)))

"""What an experiment is worth: the effect in plausible worlds, simulated beside the experiments, and what they would add to it."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np

from experiments.execution.runner import Runner
from experiments.trials.curves import Runs
from experiments.trials.estimating import Newcomers, newcomers_of
from experiments.trials.plan import Lab
from experiments.trials.tried import ALL_CONTROL, ALL_TREATED, Tried
from experiments.uncertain.matching import choose_worlds
from sim.arrays import Floats
from sim.metrics.cohort import YEAR_DAYS
from sim.report.lab import WEEK_DAYS, DesignFound
from sim.report.learning import DesignWorth, Learning
from sim.statistics.intervals import Interval
from sim.worlds.learning import PAYOFF, Known, Planned, gain_of_knowing, known_anew, known_from_worlds, spread_of, worth

PAYS = "contribution_6m_eur"
"""The outcome by which is decided what an arm pays."""
SHORTEST_WEEKS = 4
VALUE = ("design", "weeks", "value_eur", "value_low", "value_high", "cost_eur", "net_eur", "net_low", "net_high")
"""Weeks: the length at which an experiment of the design brings most; EUR until the end of what is decided for."""


def with_worlds(lab: Lab, runner: Runner) -> Lab:
    """The lab with a market that is all treated, and one that is not at all, in each plausible world; as it is without any.

    Raises
    ------
    ConfigError, RunError
        As ``choose_worlds``.
    """
    sample = choose_worlds(lab.plan, runner)
    if sample is None:
        return lab
    beside = {
        _name(i, kind): Tried(sample.prior.market(world, lab.plan.market), lab.trials[kind], 1, first=i)
        for i, world in enumerate(sample.worlds)
        for kind in (ALL_CONTROL, ALL_TREATED)
    }
    return replace(lab, beside={**lab.beside, **beside})


def _name(world: int, kind: str) -> str:
    return f"world {world} {kind}"


def effects_in_worlds(lab: Lab, runs: Mapping[str, Runs]) -> tuple[Floats, Floats] | None:
    """What ``known_from_worlds`` takes: effect on the outcome, and EUR a day, by world and by replication.

    Returns
    -------
    tuple or None
        None without worlds, or with too few runs to tell the luck of one. Runs in which nobody came are left out.
    """
    n = sum(name in lab.beside for name in (_name(i, ALL_CONTROL) for i in range(len(lab.beside))))
    if not n:
        return None
    pairs = [(runs[_name(i, ALL_CONTROL)][0], runs[_name(i, ALL_TREATED)][0]) for i in range(n)]
    luck = list(zip(runs[ALL_CONTROL], runs[ALL_TREATED], strict=True))
    found, chance = (rows[np.isfinite(rows).all(axis=1)] for rows in (_effects(lab, pairs), _effects(lab, luck)))
    return (found, chance) if len(found) > 1 and len(chance) > 2 else None


def _effects(lab: Lab, pairs: Sequence[tuple[Mapping[str, Floats], Mapping[str, Floats]]]) -> Floats:
    """(n, 2), treated less control; what a new client brings more, times the new clients of a day."""
    options = lab.plan.options

    def less(name: str, pair: tuple[Mapping[str, Floats], Mapping[str, Floats]]) -> tuple[float, int]:
        control, treated = (newcomers_of(one, name) for one in pair)
        return _mean(treated) - _mean(control), len(control.client)

    rows = []
    for pair in pairs:
        (effect, _), (eur, n) = less(options.outcome, pair), less(PAYS, pair)
        rows.append((effect, eur * n / options.days))
    return np.array(rows, float).reshape(-1, 2)


def _mean(who: Newcomers) -> float:
    return float(who.outcome.mean()) if len(who.outcome) else math.nan


def learn(lab: Lab, runs: Mapping[str, Runs], designs: Sequence[DesignFound]) -> Learning | None:
    """What each randomised design is worth; None without any, and where ``effects_in_worlds`` is."""
    found = effects_in_worlds(lab, runs)
    if found is None or not any(one.randomised for one in designs):
        return None
    differences, luck = found
    options = lab.plan.options
    known, again = known_from_worlds(differences, luck), known_anew(differences, luck, options.seed)
    horizon = options.decision_years * YEAR_DAYS
    weeks = np.arange(SHORTEST_WEEKS, max((horizon - options.delay_days) // WEEK_DAYS, SHORTEST_WEEKS) + 1)
    return Learning(
        treated=lab.plan.arms[next(name for name in lab.plan.arms if name != options.control)].name,
        control=options.control,
        n_worlds=len(differences),
        years=options.decision_years,
        payoff=_a_year(known),
        probability=known.above(0.0, PAYOFF),
        certain=gain_of_knowing(known) * horizon,
        weeks=weeks,
        designs=tuple(_worth(one, known, again, weeks, horizon, options.delay_days) for one in designs if one.randomised),
    )


def _a_year(known: Known) -> Interval:
    """What is paid, in EUR a year."""
    a_day = known.interval(PAYOFF)
    return Interval(YEAR_DAYS * a_day.estimate, YEAR_DAYS * a_day.low, YEAR_DAYS * a_day.high, a_day.n)


def _worth(one: DesignFound, known: Known, again: Sequence[Known], weeks: Floats, horizon: float, delay_days: float) -> DesignWorth:
    """A design at all lengths, and at the one at which it brings most."""
    found = one.found
    # the bias was found in one market, how it differs between markets nobody knows: it is taken off, and trusted to its size
    unsure = math.hypot(found.bias_error, found.bias.estimate)
    planned = Planned(found.sd, found.days, unsure, one.exposed / one.clients if one.clients else 0.0, delay_days)
    value, cost = worth(known, planned, weeks * WEEK_DAYS, horizon)
    best = int(np.argmax(value - cost))
    anew = [worth(each, planned, weeks[[best]] * WEEK_DAYS, horizon) for each in again]
    values, nets = (np.array(column) for column in zip(*((v[0], v[0] - c[0]) for v, c in anew), strict=True))
    return DesignWorth(
        name=one.name,
        weeks=float(weeks[best]),
        value=spread_of(float(value[best]), values, known.n),
        cost=float(cost[best]),
        net=spread_of(float(value[best] - cost[best]), nets, known.n),
        nets=value - cost,
    )


def value_rows(found: Learning) -> list[tuple[str | float, ...]]:
    """One row a design and estimator."""
    return [
        (
            *(one.name, one.weeks, one.value.estimate, one.value.low, one.value.high),
            *(one.cost, one.net.estimate, one.net.low, one.net.high),
        )
        for one in found.designs
    ]

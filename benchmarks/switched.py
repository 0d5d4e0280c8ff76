"""What does a switchback say when treatment lasts? Carry-over planted in simulated clients, analysed as the lab does.

  python -m benchmarks.switched              # 4,096 experiments of each kind, 2 minutes on a core; runs are kept in results/
  python -m benchmarks.switched --trials 8   # splits of each of 64 runs

A run of two equal arms is the market without an experiment: many splits are laid over it, and each adds to a client's outcome
what treatment did to the client by then. Treatment of the last days counts, each as much, so that what is done lasts so long.

A client who comes a days into a week owes max(carry - a, 0) / carry of the effect to the week before. The week before a treated one
is less often treated than that before a control one, where so many of n weeks are: over all weeks their means differ by 1 / n. So
an analysis loses 1 + 1 / n times the mean of what its clients owe; nothing, once the first ``carry`` days are left out.
"""

import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from benchmarks.checks import Check, run_checks
from benchmarks.lab import lab_of
from benchmarks.laid_over import HEAD, compared
from experiments.execution.runner import Runner
from experiments.trials.estimating import Newcomers, by_period, estimates, lay, newcomers_of
from experiments.trials.judging import simulate_lab
from experiments.trials.plan import ALL_CONTROL, Lab
from sim.arrays import Floats
from sim.designs.base import Split
from sim.designs.switchback import Switchback
from sim.engine.trial import Trial
from sim.estimators.estimate import Estimate
from sim.estimators.power import switched_error
from sim.estimators.switchback import carry_over_order
from sim.words.aligned import aligned

EFFECT = 0.5
"""Far more than an outcome, 0 or 1, is off by luck in a period, so that it is carry-over that is judged."""
WEEK_DAYS = 7.0
CARRIED = ((0.0, 0.0), (2.0, 0.0), (2.0, 1.0), (2.0, 2.0), (2.0, 4.0))
"""Days that treatment lasts, and days left out."""
ORDERS = (0, 1, 2)
MOST = 3
SLACK = 0.1


@dataclass(frozen=True)
class Clients:
    """Simulated clients, and the splits of their market."""

    lab: Lab
    runs: tuple[Newcomers, ...]
    n_splits: int
    seed: int

    def experiments(self, design: Switchback) -> Iterator[tuple[Newcomers, Split]]:
        """Each run with each split."""
        given = self.lab.trials[ALL_CONTROL]
        for r, who in enumerate(self.runs):
            for k in range(self.n_splits):
                trial = Trial(given.treated, design, given.start_days, given.days, seed_of_split=1000 * self.seed + k)
                yield who, trial.split(self.lab.plan.market, 1 + int(who.client.max()), r)


def simulated(n_splits: int, seed: int) -> Clients:
    """The clients of the default lab's runs."""
    lab = lab_of("design=[switchback]")
    only = replace(lab, trials={ALL_CONTROL: lab.trials[ALL_CONTROL]})
    with Runner(Path(lab.plan.store)) as runner:
        runs = simulate_lab(only, runner)[ALL_CONTROL]
    return Clients(lab, tuple(newcomers_of(run, lab.plan.options.outcome) for run in runs), n_splits, seed)


def on_at(split: Split, days: Floats) -> Floats:
    """Whether the market was switched on, (n,) of days since the experiment began; off before."""
    period = (days // split.groups.period_days).astype(int)
    return np.where(days >= 0, split.groups.shares[0, np.maximum(period, 0)], 0.0)


def lasting(split: Split, who: Newcomers, carry_days: float) -> Floats:
    """Share of the ``carry_days`` before each client's request, shorter than a period, in which the market was on: (n,)."""
    age = who.day % split.groups.period_days
    before = owed_before(age, carry_days)
    return (1 - before) * on_at(split, who.day) + before * on_at(split, who.day - age - split.groups.period_days / 2)


def last_periods(split: Split, who: Newcomers, order: int) -> Floats:
    """Share of a client's period and the ``order`` periods before it that were on, (n,)."""
    return np.mean([on_at(split, who.day - lag * split.groups.period_days) for lag in range(order + 1)], axis=0)


def lost(clients: Clients, carry_days: float, burn_in_days: float) -> float:
    """Share of the effect that an analysis misses."""
    ages = np.concatenate([who.day for who in clients.runs]) % WEEK_DAYS
    owed = owed_before(ages[ages >= burn_in_days], carry_days).mean()
    return float(owed) * (1 + WEEK_DAYS / clients.lab.plan.options.days)


def owed_before(ages: Floats, carry_days: float) -> Floats:
    """Share of the last ``carry_days`` that lies in the period before, (n,) of days since the own one began."""
    return np.clip((carry_days - ages) / carry_days, 0, 1) if carry_days > 0 else np.zeros(len(ages))


def weekly(clients: Clients, carry_days: float, burn_in_days: float) -> list[Estimate]:
    """What the lab says about each experiment."""
    design, found = Switchback(0.5, WEEK_DAYS, True, burn_in_days), []
    for who, split in clients.experiments(design):
        planted = replace(who, outcome=who.outcome + EFFECT * lasting(split, who, carry_days))
        (one,) = estimates(design, split, planted, 0.0).values()
        found.append(one)
    return found


def bias(clients: Clients) -> bool:
    """Whether an experiment is off by what it loses to the week before, and by no more."""
    rows = []
    for carry, burn_in in CARRIED:
        # one figure a run: its splits share their clients
        off = np.array([one.estimate / EFFECT - 1 for one in weekly(clients, carry, burn_in)])
        by_run = off.reshape(len(clients.runs), -1).mean(axis=1)
        rows.append(compared(f"lasts {carry:g} days, {burn_in:g} left out: bias", -lost(clients, carry, burn_in), by_run))
    print("\n".join(aligned([HEAD, *(row.row() for row in rows)])), flush=True)
    return all(row.kept for row in rows)


def spread(clients: Clients) -> bool:
    """Whether without carry-over the variance is that of the formula, and intervals hold the effect."""
    found = weekly(clients, 0, 0)
    outcomes = np.concatenate([who.outcome for who in clients.runs])
    n_periods = clients.lab.plan.options.days / WEEK_DAYS
    per_period = len(outcomes) / len(clients.runs) / n_periods
    formula, _ = switched_error(per_period, n_periods, 0, float(outcomes.std()), float(outcomes.std()), 0.0)
    simulated_variance = float(np.var([one.estimate for one in found], ddof=1))
    said = float(np.mean([one.standard_error**2 for one in found]))
    held = float(np.mean([not one.excludes(EFFECT) for one in found]))
    ratios = simulated_variance / formula**2, said / simulated_variance
    good = all(abs(ratio - 1) <= SLACK for ratio in ratios) and 0.93 <= held <= 0.97
    print(
        f"\nno carry-over: variance over the formula's {ratios[0]:.3f}, said over true {ratios[1]:.3f} (within {SLACK:.0%} asked);"
        f" intervals hold the effect in {held:.1%} (93-97 % asked)  {'kept' if good else 'BROKEN'}",
        flush=True,
    )
    return good


def orders(clients: Clients) -> bool:
    """Whether the order of carry-over of days that are switched is found in nine of ten."""
    design, good = Switchback(0.5, 1.0, True, 0.0), True
    for order in ORDERS:
        found = []
        for who, split in clients.experiments(design):
            laid = lay(design, split, replace(who, outcome=who.outcome + EFFECT * last_periods(split, who, order)))
            days = (laid.who.day // 1).astype(int)
            values, treated, _ = by_period(laid.who.outcome, laid.treated, days)
            found.append(carry_over_order(values, treated, MOST))
        share = float(np.mean(np.array(found) == order))
        good &= share >= 0.9
        print(f"order of carry-over {order}: found in {share:.1%} (90 % asked)  {'kept' if share >= 0.9 else 'BROKEN'}", flush=True)
    return good


CHECKS: Mapping[str, Check] = {
    "bias": lambda n, seed: bias(simulated(n, seed)),
    "spread": lambda n, seed: spread(simulated(n, seed)),
    # 182 periods each
    "orders": lambda n, seed: orders(simulated(max(n // 8, 1), seed)),
}


if __name__ == "__main__":
    sys.exit(run_checks(__doc__, CHECKS, 64, "splits of each of 64 runs"))

"""Do estimators of experiments keep their promises? Coverage of their 95 % intervals, and power, where the truth is known.

  python -m benchmarks.estimators                  # 2,000 experiments of each kind: a minute and a half
  python -m benchmarks.estimators --only power

Coverage is asked to be 93 to 97 %; an interval that holds the truth more often is *wide*, which some variances are on purpose; exit
code 1 where one holds it less often, or an estimate is biased beyond chance. Power by formula is asked to
be within 3 points of that of as many simulated experiments.
"""

import sys
from collections.abc import Callable, Mapping
from typing import NamedTuple

import numpy as np
from scipy import stats

from benchmarks.checks import Check, run_checks
from experiments.trials.estimating import Newcomers, estimates
from sim.arrays import Flags, Floats
from sim.designs.base import Groups, Split
from sim.designs.switchback import Switchback
from sim.estimators.before_after import before_after, synthetic_control
from sim.estimators.estimate import Estimate
from sim.estimators.means import difference, ratio
from sim.estimators.power import clustered_error, error_of_means, power, switched_error
from sim.estimators.switchback import carry_over_order, hajek, horvitz_thompson
from sim.estimators.two_sided import two_sided
from sim.words.aligned import aligned

LEVEL, LEAST, MOST = 0.95, 0.93, 0.97
FULL = 1_000
"""Fewer experiments get a wider band, in proportion to their error."""
POINTS = 0.03
FAR = 3.5
"""Standard errors of a mean: one of 29 lies beyond 3 in one table of 13 by chance alone, beyond 3.5 in one of 75."""
Draw = np.random.Generator
Experiment = Callable[[Draw], tuple[Estimate, float]]
"""One experiment: what is estimated, and what is true."""


def halves(n: int, generator: Draw) -> Flags:
    """Half of n treated."""
    return generator.permutation(n) < n // 2


def units(draw: Callable[[Draw, int], Floats], n: int, share: float) -> Experiment:
    """Units assigned one by one."""

    def one(generator: Draw) -> tuple[Estimate, float]:
        treated = generator.random(n) < share
        return difference(draw(generator, n) + 0.2 * treated, treated), 0.2

    return one


def covariate(generator: Draw) -> tuple[Estimate, float]:
    """A pre-period that says most of the outcome."""
    before, treated = generator.normal(size=200), halves(200, generator)
    return difference(before + 0.2 * treated + 0.5 * generator.normal(size=200), treated, covariates=before), 0.2


def zones(n_treated: int, n: int = 10) -> Experiment:
    """Zones of 20 to 200 clients, with a correlation of a tenth within."""
    zone = np.repeat(np.arange(n), np.linspace(20, 200, n).astype(int))

    def one(generator: Draw) -> tuple[Estimate, float]:
        treated = (generator.permutation(n) < n_treated)[zone]
        values = 0.2 * treated + generator.normal(0, 1 / 3, n)[zone] + generator.normal(size=len(zone))
        return difference(values, treated, zone), 0.2

    return one


def requests(generator: Draw) -> tuple[Estimate, float]:
    """Filled per request: clients ask 1 to several times, and differ."""
    treated = halves(400, generator)
    asked = 1 + generator.poisson(2, 400)
    filled = generator.binomial(asked, np.clip(generator.beta(8, 2, 400) + 0.05 * treated, 0, 1))
    # of beta(8, 2), .05 more is cut at 1
    cut = float(np.clip(stats.beta(8, 2).ppf((np.arange(4000) + 0.5) / 4000) + 0.05, 0, 1).mean()) - 0.8
    return ratio(filled, asked, treated), cut


def switched(
    generator: Draw, n_series: int, n_periods: int, order: int, balanced: bool, correlation: float
) -> tuple[Floats, Flags]:
    """A market that is switched: order + 1 treated periods add 1, each its part; outcomes of a series go together."""
    treated = generator.random((n_series, n_periods)) < 0.5
    if balanced:
        treated = halves(treated.size, generator).reshape(treated.shape)
    before = np.hstack([np.zeros((n_series, order)), treated])
    effect = sum(before[:, lag : lag + n_periods] for lag in range(order + 1)) / (order + 1)
    noise = generator.normal(size=treated.shape)
    for t in range(1, n_periods):
        noise[:, t] = correlation * noise[:, t - 1] + (1 - correlation**2) ** 0.5 * noise[:, t]
    return effect + noise, treated


def switchback(n_series: int, n_periods: int, order: int, balanced: bool, correlation: float = 0.0) -> Experiment:
    """The mean over runs of equal periods; drawn again when runs are too few."""

    def one(generator: Draw) -> tuple[Estimate, float]:
        while True:
            try:
                return hajek(*switched(generator, n_series, n_periods, order, balanced, correlation), order), 1.0
            except ValueError:
                continue

    return one


def weighed(n_periods: int, order: int, balanced: bool) -> Experiment:
    """The same over their probability."""

    def one(generator: Draw) -> tuple[Estimate, float]:
        values, treated = switched(generator, 1, n_periods, order, balanced, 0.0)
        return horvitz_thompson(values, treated, 0.5, balanced, order), 1.0

    return one


def burnt_in(generator: Draw) -> tuple[Estimate, float]:
    """26 weeks of clients, in whose first two days the week before is still felt, as the lab analyses them."""
    n, per_week = 26, 70
    week, age = np.repeat(np.arange(n), per_week), np.tile(np.repeat(np.arange(7.0), 10), n)
    on = halves(n, generator)
    felt = np.where(age < 2, np.append(False, on[:-1])[week], on[week])
    values = felt + generator.normal(0, 0.2, n)[week] + generator.normal(size=len(week))
    everybody = np.arange(len(week))
    who = Newcomers(everybody, 0 * everybody, 7.0 * week + age, 0 * everybody, values)
    split = Split(Groups(np.zeros(len(week)), on[None].astype(float), np.ones(1, bool), 7.0), 0.0, 7.0 * n)
    return estimates(Switchback(0.5, 7.0, True, 2.0), split, who, 0.0)["hajek"], 1.0


def market(name: str, n_clients: int = 80, n_pros: int = 24) -> Experiment:
    """Clients and pros who book more or less often; nobody's treatment does anything."""
    clients, pros = np.divmod(np.arange(n_clients * n_pros), n_pros)

    def one(generator: Draw) -> tuple[Estimate, float]:
        often = np.exp(generator.normal(0, 0.7, n_clients)[:, None] + generator.normal(0, 0.5, n_pros))
        values = generator.poisson(0.2 * often).ravel()
        met = values > 0
        sides = halves(n_clients, generator), halves(n_pros, generator)
        return two_sided(values[met], clients[met], pros[met], *sides, 0.5)[name], 0.0

    return one


def weeks(correlation: float) -> Experiment:
    """Half a year before and after."""

    def one(generator: Draw) -> tuple[Estimate, float]:
        noise = generator.normal(size=52)
        for t in range(1, 52):
            noise[t] += correlation * noise[t - 1]
        after = np.arange(52) >= 26
        return before_after(noise + after, after), 1.0

    return one


def synthetic(n: int, n_treated: int) -> Experiment:
    """Zones that follow two common factors."""

    def one(generator: Draw) -> tuple[Estimate, float]:
        values = generator.normal(size=(n, 2)) @ generator.normal(0, 0.3, (2, 52)).cumsum(axis=1)
        values += 3 * generator.normal(size=(n, 1)) + generator.normal(0, 0.5, (n, 52))
        treated = halves(n, generator) if 2 * n_treated == n else generator.permutation(n) < n_treated
        values[treated, 30:] += 1
        return synthetic_control(values, treated, 30).effect, 1.0

    return one


EXPERIMENTS: Mapping[str, Experiment] = {
    "means, normal, 30 units": units(lambda g, n: g.normal(size=n), 30, 0.5),
    "means, yes or no, 400 units": units(lambda g, n: (g.random(n) < 0.3).astype(float), 400, 0.5),
    "means, yes or no, a tenth treated": units(lambda g, n: (g.random(n) < 0.3).astype(float), 400, 0.1),
    "means, skewed (gamma 1), 200 units": units(lambda g, n: g.gamma(1.0, size=n), 200, 0.5),
    "means, with the pre-period": covariate,
    "means, 5 of 10 unequal zones": zones(5),
    "means, 3 of 10 unequal zones": zones(3),
    "means, 2 of 6 unequal zones": zones(2, 6),
    "ratio, by client": requests,
    "switchback, 26 weeks, balanced": switchback(1, 26, 0, True),
    "switchback, 26 weeks, at random": switchback(1, 26, 0, False),
    "switchback, 52, order 1": switchback(1, 52, 1, True),
    "switchback, 52, order 1, correlated .5": switchback(1, 52, 1, True, 0.5),
    "switchback, 104, order 2": switchback(1, 104, 2, False),
    "zone x switchback, 10 x 26, order 1": switchback(10, 26, 1, True, 0.3),
    "Horvitz-Thompson, 104, balanced": weighed(104, 0, True),
    "Horvitz-Thompson, 104, order 1": weighed(104, 1, False),
    "switchback, 26 weeks, burn-in": burnt_in,
    "two-sided, client": market("client"),
    "two-sided, pro": market("pro"),
    "two-sided, naive": market("naive"),
    "two-sided, improved 1": market("improved_1"),
    "two-sided, improved 2": market("improved_2"),
    "two-sided, direct": market("direct"),
    "before-after, independent weeks": weeks(0.0),
    "before-after, correlated .3": weeks(0.3),
    "before-after, correlated .5": weeks(0.5),
    "synthetic control, 1 of 20 zones": synthetic(20, 1),
    "synthetic control, 3 of 20 zones": synthetic(20, 3),
}


def coverage(n: int, seed: int) -> bool:
    """Whether intervals hold the truth as often as they say."""
    rows, good = [("experiment", "coverage", "bias in standard errors", "error said / true error", "")], True
    slack = np.sqrt(FULL / min(n, FULL))
    least, most = LEVEL - slack * (LEVEL - LEAST), LEVEL + slack * (MOST - LEVEL)
    for i, (name, one) in enumerate(EXPERIMENTS.items()):
        generator = np.random.default_rng((seed, i))
        found = [one(generator) for _ in range(n)]
        errors = np.array([estimate.estimate - true for estimate, true in found])
        said = float(np.sqrt(np.mean([estimate.standard_error**2 for estimate, _ in found])))
        held = float(np.mean([not estimate.excludes(true) for estimate, true in found]))
        bias = float(errors.mean() / errors.std())
        kept = held >= least and abs(bias) * np.sqrt(n) < FAR
        good &= kept
        verdict = "wide" if kept and held > most else "kept" if kept else "BROKEN"
        rows.append((name, f"{held:.1%}", f"{bias:+.3f}", f"{said / errors.std():.3f}", verdict))
    print("\n".join(aligned(rows)))
    return good


class Planned(NamedTuple):
    """An experiment, and what the formula says about it."""

    one: Callable[[Draw], Estimate]
    power: float


def planned_clients() -> Planned:
    """1,000 clients, a fifth treated, .3 against .4."""

    def one(generator: Draw) -> Estimate:
        treated = generator.permutation(1000) < 200
        return difference((generator.random(1000) < 0.3 + 0.1 * treated).astype(float), treated)

    return Planned(one, power(0.1, error_of_means(1000, 0.21**0.5, 0.24**0.5, 0.2)))


def planned_zones(n: int) -> Planned:
    """Zones of 100 clients with a correlation of .02."""
    between, zone = (0.02 / 0.98) ** 0.5, np.repeat(np.arange(n), 100)

    def one(generator: Draw) -> Estimate:
        treated = halves(n, generator)[zone]
        return difference(0.25 * treated + generator.normal(0, between, n)[zone] + generator.normal(size=len(zone)), treated, zone)

    sd = (1 / 0.98) ** 0.5
    return Planned(one, power(0.25, *clustered_error(100 * n, n, sd, sd, 0.02)))


def planned_switchback(n_periods: int, order: int, effect: float) -> Planned:
    """Weeks of 50 clients, with a correlation of .01 within a week."""
    sd, correlation = (1 / 0.99) ** 0.5, 0.01
    between = (0.01 / 0.99 + 1 / 50) ** 0.5

    def one(generator: Draw) -> Estimate:
        while True:
            values, treated = switched(generator, 1, n_periods, order, True, 0.0)
            shares = switched_effect(treated, order)
            try:
                return hajek(effect * shares + between * (values - shares), treated, order)
            except ValueError:
                continue

    return Planned(one, power(effect, *switched_error(50, n_periods, order, sd, sd, correlation)))


def switched_effect(treated: Flags, order: int) -> Floats:
    """Share of the last order + 1 periods treated, as in ``switched``."""
    before = np.hstack([np.zeros((len(treated), order)), treated])
    return np.mean([before[:, lag : lag + treated.shape[1]] for lag in range(order + 1)], axis=0)


def powers(n: int, seed: int) -> bool:
    """Whether power by formula is that of simulated experiments."""
    plans = {
        "1,000 clients, a fifth treated": planned_clients(),
        "10 zones": planned_zones(10),
        "20 zones": planned_zones(20),
        "switchback, 104 weeks": planned_switchback(104, 0, 0.08),
        "switchback, 26 weeks, order 1": planned_switchback(26, 1, 0.25),
        "switchback, 52 weeks, order 1": planned_switchback(52, 1, 0.2),
        "switchback, 104 weeks, order 1": planned_switchback(104, 1, 0.13),
        "switchback, 104 weeks, order 2": planned_switchback(104, 2, 0.2),
    }
    rows, good = [("experiment", "power by formula", "simulated", "")], True
    for i, (name, plan) in enumerate(plans.items()):
        generator = np.random.default_rng((seed, 100 + i))
        found = float(np.mean([plan.one(generator).low > 0 for _ in range(n)]))
        kept = abs(found - plan.power) <= POINTS * np.sqrt(FULL / min(n, FULL))
        good &= kept
        rows.append((name, f"{plan.power:.1%}", f"{found:.1%}", "kept" if kept else "BROKEN"))
    print("\n" + "\n".join(aligned(rows)))
    return good


def orders(n: int, seed: int) -> bool:
    """Whether the order of carry-over is found in nine of ten."""
    rows, good = [("true order of carry-over", "found", "")], True
    for order in (0, 1, 2):
        generator = np.random.default_rng((seed, 200 + order))
        found = []
        for _ in range(n // 10):
            values, treated = switched(generator, 1, 250, order, True, 0.0)
            effect = switched_effect(treated, order)
            # noise of a fifth of the effect
            found.append(carry_over_order(effect + 0.2 * (values - effect), treated, 3) == order)
        share = float(np.mean(found))
        good &= share >= 0.9
        rows.append((str(order), f"{share:.1%}", "kept" if share >= 0.9 else "BROKEN"))
    print("\n" + "\n".join(aligned(rows)))
    return good


CHECKS: Mapping[str, Check] = {"coverage": coverage, "power": powers, "orders": orders}


if __name__ == "__main__":
    sys.exit(run_checks(__doc__, CHECKS, 2_000, "experiments of each kind"))

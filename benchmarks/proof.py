"""Do the statistics keep their promises? Coverage of intervals where the truth is known, and how often a selection is right.

In an A/A study both arms are the same policy with independent random numbers, so the true difference is 0: an interval is right
when it holds 0. Prints, for each promise, how often it was kept, with the 95 % interval of that share; exit code 1 if one was
not kept. Lines marked "info" promise nothing: they show what to expect.
"""

import argparse
import math
import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from scipy import stats

from experiments.plans.arms import load_arms, load_market
from experiments.plans.compose import compose_settings
from sim.arrays import Floats
from sim.engine.run import simulate
from sim.metrics.catalogue import metric
from sim.metrics.cohort import Cohort
from sim.statistics.bootstrap import bca_interval
from sim.statistics.comparison import paired_difference
from sim.statistics.intervals import Interval, fieller, mean_interval
from sim.statistics.precision import PrecisionRule
from sim.statistics.selection import Procedure, Selection, select_best

SEED = 20_260_101
LEVEL, TOLERANCE, FULL = 0.95, 0.02, 1_000
"""Intervals must cover in 93-97 % of 1,000 repeats; fewer repeats get a wider band, in proportion to their error."""
CHEAP = 4
"""Checks of t intervals have so many times the repeats."""
SIZES, N_ARMS = (8, 16, 30), 5
CLIENTS_PER_SHARE, TRUE_SHARE = 100, 0.3
METRICS = ("return_rate_6m", "contribution_per_client_12m_eur", "exposure_gini")
SMALL_MARKET = ("market=minimal", "arm=[wecasa_2025]", "market.pros.n=10", "market.clients.arrivals_per_day=0.41")
"""About 300 clients and 10 pros over two years."""
Draw = Callable[[np.random.Generator, tuple[int, ...]], Floats]
DATA: dict[str, Draw] = {
    "normal": lambda random, shape: random.normal(size=shape),
    # skewness 1; the metrics of the small market below have .2 to .7
    "skewed (gamma 4)": lambda random, shape: random.gamma(4.0, size=shape),
    "shares of 100 clients": lambda random, shape: random.binomial(CLIENTS_PER_SHARE, TRUE_SHARE, shape) / CLIENTS_PER_SHARE,
}


HARSH: dict[str, Draw] = {"lognormal": lambda random, shape: random.lognormal(size=shape)}
"""Far more skewed (6.2) than means over clients are, to see how far the promises then hold."""


@dataclass(frozen=True)
class Check:
    """How often a promise was kept."""

    promise: str
    kept: int
    repeats: int
    rule: str
    """``covers``: within the band around .95; ``at least``: not significantly below .95; ``info``: no promise."""

    @property
    def share(self) -> float:
        """Share of the repeats in which it was kept."""
        return self.kept / self.repeats

    @property
    def interval(self) -> tuple[float, float]:
        """95 % interval of the share (Clopper & Pearson)."""
        found = stats.binomtest(self.kept, self.repeats).proportion_ci(0.95, "exact")
        return float(found.low), float(found.high)

    @property
    def passed(self) -> bool:
        """Whether the promise was kept often enough."""
        if self.rule == "covers":
            return abs(self.share - LEVEL) <= TOLERANCE * max(1.0, math.sqrt(FULL / self.repeats)) + 1e-9
        if self.rule == "at least":
            return bool(stats.binomtest(self.kept, self.repeats, LEVEL, "less").pvalue >= 0.05)
        return True


def _holds(interval: Interval, truth: float = 0.0) -> bool:
    return interval.low <= truth <= interval.high


def _together(arms: Floats, level: float = LEVEL) -> bool:
    """Whether the intervals of all arms, (1 + k, n) with the control first, hold 0."""
    return all(_holds(paired_difference(arm, arms[0], len(arms) - 1, level)[0]) for arm in arms[1:])


def interval_checks(repeats: int, level: float = LEVEL) -> Iterator[Check]:
    """Intervals of A/A differences of made-up data, and of ratios and means whose truth is known.

    Parameters
    ----------
    level
        Of the intervals; another than .95 shows that the checks can fail.
    """
    many = CHEAP * repeats
    for name, draw in (DATA | HARSH).items():
        rule = "info" if name in HARSH else "covers"
        for n in SIZES:
            samples = draw(np.random.default_rng((SEED, 0, n)), (many, 1 + N_ARMS, n))
            alone = sum(_holds(paired_difference(arms[1], arms[0], 1, level)[0]) for arms in samples)
            yield Check(f"paired t, {name}, n = {n}", alone, many, rule)
            yield Check(f"{N_ARMS} arms together, {name}, n = {n}", sum(_together(arms, level) for arms in samples), many, rule)
        boot = sum(_holds(bca_interval(arms[1] - arms[0], level)) for arms in samples[:repeats])
        yield Check(f"BCa bootstrap, {name}, n = {n}", boot, repeats, rule)
    random = np.random.default_rng((SEED, 1))
    for n in SIZES:
        # true ratio .5, correlation .6, denominator 5 standard deviations above 0
        below = random.normal(size=(many, n))
        above = 0.6 * below + 0.8 * random.normal(size=(many, n))
        kept = sum(_holds(fieller(2.5 + a, 5 + b, level), 0.5) for a, b in zip(above, below, strict=True))
        yield Check(f"Fieller ratio, normal, n = {n}", kept, many, "covers")


def precision_checks(repeats: int) -> Iterator[Check]:
    """Intervals of A/A differences that stopped when they were narrow enough."""
    for name, draw in DATA.items():
        sd = math.sqrt(2) * float(np.std(draw(np.random.default_rng(SEED), (100_000,))))
        for n in (10, 20, 60):
            # so that about n replications are needed
            rule = PrecisionRule(float(stats.t.ppf(0.975, n - 1)) * sd / math.sqrt(n), cap=50 * n)
            random = np.random.default_rng((SEED, 2, n))
            kept, used = 0, 0
            for _ in range(repeats):
                differences = np.subtract(*draw(random, (2, 10 * n)))
                stop = rule.result(differences[None])
                used += stop.n
                kept += _holds(mean_interval(differences[: stop.n]))
            yield Check(f"stopped by precision, {name}, mean n = {used / repeats:.0f}", kept, repeats, "covers")


def simulate_pool(n_runs: int) -> Floats:
    """Metrics of independent runs of one policy in a small market, (n_metrics, n_runs); each run has a seed of its own."""
    settings = compose_settings("compare", SMALL_MARKET)
    market, arm = load_market(settings), load_arms(settings)["wecasa_2025"]
    cohorts = (Cohort(simulate(market, arm, SEED + run)) for run in range(n_runs))
    return np.array([[metric(name).compute(cohort) for name in METRICS] for cohort in cohorts]).T


def simulator_checks(repeats: int, pool: Floats, level: float = LEVEL) -> Iterator[Check]:
    """A/A studies of the real simulator: the pool is shuffled and cut into disjoint samples, as often as needed.

    Within a shuffle no run is used twice; samples of different shuffles share runs by chance, which leaves each A/A study as it
    is, and makes the studies a little less than independent.
    """
    n = SIZES[0]
    for name, values in zip(METRICS, pool, strict=True):
        for n_arms in (1, N_ARMS):
            random = np.random.default_rng((SEED, 3, n_arms))
            samples: list[Floats] = []
            while len(samples) < repeats:
                shuffled = random.permutation(values)
                size = (1 + n_arms) * n
                samples += [shuffled[i : i + size].reshape(1 + n_arms, n) for i in range(0, len(values) - size + 1, size)]
            kept = sum(_together(arms, level) for arms in samples[:repeats])
            arms = "paired t" if n_arms == 1 else f"{n_arms} arms together"
            yield Check(f"{arms}, simulator, {name}, n = {n}", kept, repeats, "covers")


def selection_checks(repeats: int) -> Iterator[Check]:
    """Selections with the best exactly delta ahead of all others, the hardest means there are (the slippage configuration)."""
    procedures: tuple[Procedure, ...] = ("kn", "kn++")
    delta, n0 = 0.5, 10
    for procedure in procedures:
        for k in (5, 10):
            for common in (0.0, 0.5):
                random = np.random.default_rng((SEED, 4, k))
                right, used = 0, 0
                for _ in range(repeats):
                    values = math.sqrt(1 - common) * random.normal(size=(k, 500)) + math.sqrt(common) * random.normal(size=500)
                    values[0] += delta
                    found = select_best(Selection(k, delta, 1 - LEVEL, n0, SEED, procedure), lambda s, r, v=values: float(v[s, r]))
                    right += found.best == 0 and found.complete
                    used += sum(found.replications)
                luck = "common random numbers" if common else "independent"
                promise = f"{procedure.upper()} right, {k} systems, {luck}, mean runs = {used / repeats:.0f}"
                yield Check(promise, right, repeats, "at least")
    yield from _ocba_checks(repeats)


def _ocba_checks(repeats: int) -> Iterator[Check]:
    k, n0, budget = 10, 10, 300
    random = np.random.default_rng((SEED, 5))
    # means fall evenly, and the worse a system, the noisier
    means, spreads = -0.3 * np.arange(k), 1 + 0.1 * np.arange(k)
    right = equal = 0
    for _ in range(repeats):
        values = means[:, None] + spreads[:, None] * random.normal(size=(k, budget))
        equal += int(values[:, : budget // k].mean(axis=1).argmax()) == 0
        # a replication belongs to one system: numbers are system + k * ordinal
        found = select_best(
            Selection(k, 0.3, 1 - LEVEL, n0, SEED, "ocba", budget=budget), lambda s, r, v=values: float(v[s, r // k])
        )
        right += found.best == 0
    yield Check(f"OCBA right, {k} systems, {budget} runs", right, repeats, "info")
    yield Check(f"the same with equal allocation, {budget} runs", equal, repeats, "info")


def all_checks(repeats: int, n_runs: int) -> Iterator[Check]:
    """Every check, one after another."""
    yield from interval_checks(repeats)
    yield from precision_checks(repeats)
    yield from simulator_checks(repeats, simulate_pool(n_runs))
    yield from selection_checks(repeats)


def as_line(check: Check) -> str:
    """A check in one line of the table."""
    low, high = check.interval
    word = "info" if check.rule == "info" else "pass" if check.passed else "FAIL"
    return f"{check.promise:<78} {100 * check.share:5.1f} %  [{100 * low:.1f}, {100 * high:.1f}]  {check.repeats:>5}  {word}"


def main(arguments: Sequence[str] | None = None) -> int:
    """Command line; returns the exit code."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.proof", description=__doc__, allow_abbrev=False)
    parser.add_argument("--repeats", type=int, default=FULL, metavar="N", help="repeats of each check (default: %(default)s)")
    parser.add_argument(
        "--runs", type=int, default=4 * FULL, metavar="N", help="simulated runs to draw from (default: %(default)s)"
    )
    options = parser.parse_args(arguments)
    least = (1 + N_ARMS) * SIZES[0]
    if options.repeats < 50 or options.runs < least:
        parser.error(f"--repeats = {options.repeats}, --runs = {options.runs}, must be >= 50 and >= {least}")
    print(f"{'promise':<78}  kept   95 % interval  repeats", flush=True)
    failed = 0
    for check in all_checks(options.repeats, options.runs):
        print(as_line(check), flush=True)
        failed += not check.passed
    print(f"{failed} promises were not kept" if failed else "all promises were kept")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())

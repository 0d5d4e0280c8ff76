"""What a policy gains in the fitted market, when its pros differ as little, and as much, as the file allows."""

import math
from collections.abc import Callable

import numpy as np

from experiments.calibration.runs import as_observed
from experiments.calibration.serving import LARGE
from experiments.plans.arms import load_arms
from experiments.plans.compose import compose_settings
from sim.calibration.findings import Finding, Findings, PolicyGain, SpreadEnd, market_with
from sim.calibration.first_visit import ENDS
from sim.calibration.observed import ladder
from sim.config import Market
from sim.engine.platform import Arm
from sim.engine.run import simulate
from sim.statistics.intervals import Interval, mean_interval

POLICY, CONTROL = "wecasa_2025", "uniform"
N_RUNS = 6
"""Replications of each arm at each end: a look, no proof; a comparison in the market has more."""
FEWEST_RUNS = 3
"""In a market with so many visits that luck is small, and runs long."""
N_TICKS = len(ENDS) * N_RUNS


def policy_gains(findings: Findings, base: Market, per_day: float, seed: int, tick: Callable[[], None]) -> list[PolicyGain]:
    """Points of return within 183 days by a policy instead of equal visibility, at the ends of the spread between pros.

    Parameters
    ----------
    per_day
        Visits of the file.
    tick
        Called ``N_TICKS`` times, once for a pair of runs.
    """
    arms = load_arms(compose_settings("compare", ["market=minimal", f"arm=[{CONTROL},{POLICY}]"]))
    found = []
    n_runs = N_RUNS if per_day * (base.horizon_days - base.warmup_days) < LARGE else FEWEST_RUNS
    for _ in range(N_TICKS - n_runs * len(findings.ends)):
        tick()
    for end in findings.ends:
        market = market_with(base, _instead(findings, end))
        points = np.empty(n_runs)
        for replication in range(n_runs):
            shares = {name: _return(market, arms[name], seed, replication) for name in (CONTROL, POLICY)}
            points[replication] = 100 * (shares[POLICY] - shares[CONTROL])
            tick()
        known = points[np.isfinite(points)]
        interval = mean_interval(known) if len(known) > 1 else Interval(math.nan, math.nan, math.nan, len(known))
        found.append(PolicyGain(end.what, end.rho, POLICY, CONTROL, interval))
    return found


def _instead(findings: Findings, end: SpreadEnd) -> list[Finding]:
    """The findings with those of an end in place of their own."""
    new = {finding.key for finding in end.found}
    return [*(finding for finding in findings.found if finding.key not in new), *end.found]


def _return(market: Market, arm: Arm, seed: int, replication: int) -> float:
    """Share of new clients who come back within 183 days of their first visit; nan without any."""
    back = ladder(as_observed(simulate(market, arm, seed, replication)), 1)
    return float(back.mean()) if len(back) else math.nan

"""Search a market that serves what its file served: as many visits a day, and as large a share of requests that find a pro.

First how often clients come and how many there are, where everybody is served (``demand.py``); then capacity, by the levers in
their order, on runs with the seed of the calibration; then arrivals again, until both hold.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np

from experiments.calibration.demand import ARRIVALS, CLOSE_FLOW, TASTE, arrivals, shifted, taste_shift
from experiments.calibration.runs import MOST_SERVED
from sim.calibration.findings import Finding, Findings, SpreadEnd, market_with
from sim.calibration.levers import LEVERS, Lever, as_findings, more_pros
from sim.calibration.observed import Observed
from sim.calibration.served import Flow, Served, served_in_run
from sim.config import Market
from sim.engine.platform import Arm
from sim.engine.run import simulate
from sim.said import Said, number, say

MOST_ROUNDS = 4
"""Of arrivals and capacity in turn."""
CLOSE_FILL = 0.01
"""How near the share of requests served comes to the file's before the search stops."""
FACTORS = (1.25, 1.5, 2, 2.5, 3, 4, 5, 6, 8, 12, 16)
"""How many times as many pros are tried in the end."""
N_VISITS, FEWEST_RUNS, SURE_RUNS, MOST_RUNS = 10_000, 4, 16, 24
"""A trial has as many runs as hold so many visits: a percent of error where visits are those of many clients."""
LARGE = 100_000
"""Visits of a run that says enough alone."""
N_BISECTIONS = 7
N_TICKS = 24
"""Trials by which the bar advances, however many it takes."""


@dataclass(frozen=True)
class Target:
    """What the file served."""

    fill_rate: float
    flow: Flow
    new_clients: Observed
    """Visits of the file's new clients."""
    arrivals_per_day: float | None = None
    """As was asked for; None: as many as give the file's visits."""


@dataclass
class Search:
    """A market on its way, with the findings that made it."""

    base: Market
    arm: Arm
    seed: int
    target: Target
    found: list[Finding]
    tick: Callable[[], None]
    n_trials: int = 0
    flow_error: float = 0.0
    """Relative standard error of the visits a day of the last trial."""
    n_runs: int = 0
    """Of the last trial."""

    def runs_to_tell(self) -> int:
        """How many runs would tell visits a day to ``CLOSE_FLOW``, going by the last trial; ``MOST_SERVED`` at most."""
        return min(math.ceil(self.n_runs * (2 * self.flow_error / CLOSE_FLOW) ** 2), MOST_SERVED)

    def market(self) -> Market:
        """With everything that was found so far."""
        return market_with(self.base, self.found)

    def add(self, more: list[Finding]) -> None:
        """Numbers instead of earlier ones of the same keys, in their places."""
        new = {finding.key: finding for finding in more}
        known = {finding.key for finding in self.found}
        self.found = [new.get(finding.key, finding) for finding in self.found]
        self.found += [finding for finding in more if finding.key not in known]

    def trial(self, market: Market, fewest: int = FEWEST_RUNS) -> Served:
        """What a market serves, on average over as many runs as say it to a percent."""
        if self.n_trials < N_TICKS:
            self.tick()
        self.n_trials += 1
        days = market.horizon_days - market.warmup_days
        n_visits = days * self.target.flow.per_day
        n = int(np.clip(np.ceil(N_VISITS / n_visits), fewest if n_visits < LARGE else 1, max(MOST_RUNS, fewest)))
        self.n_runs = n
        runs = [served_in_run(simulate(market, self.arm, self.seed, i)) for i in range(n)]
        flows = np.array([run.visits_per_day for run in runs])
        self.flow_error = float(flows.std(ddof=1) / np.sqrt(n) / max(flows.mean(), 1e-9)) if n > 1 else 0.0
        fills = [run.fill_rate for run in runs if np.isfinite(run.fill_rate)]
        return Served(
            float(np.mean(fills)) if fills else 0.0,
            float(flows.mean()),
            float(np.mean([run.utilisation for run in runs])),
        )


def serve(findings: Findings, base: Market, arm: Arm, target: Target, seed: int, tick: Callable[[], None]) -> Findings:
    """The findings with those numbers that make the market serve what the file served.

    Parameters
    ----------
    tick
        Called ``N_TICKS`` times.
    """
    search = Search(base, arm, seed, target, list(findings.found), tick)
    untold = list(findings.untold)
    ends = _as_often(search, findings.ends)
    asked = target.arrivals_per_day
    if asked is None:
        search.add(arrivals(search.market(), base, arm, seed, target.flow, _source(search, ARRIVALS)))
    else:
        search.add([Finding(ARRIVALS, asked, say("as asked for; the file's visits a day are not looked at"))])
    levers = list(LEVERS)
    for _ in range(MOST_ROUNDS):
        served = _capacity(search, levers)
        if asked is not None:
            break
        if target.fill_rate < 1 - 2 * CLOSE_FILL or abs(_missing(search, served) - 1) > CLOSE_FLOW:
            # those who find no pro come less often, which arrivals have to make up for; not by the luck of a few runs
            served = search.trial(search.market(), max(SURE_RUNS, search.runs_to_tell()))
        share = _missing(search, served)
        # what trials say is less sure than the arrivals, which come from many more clients, unless pros serve fewer
        if abs(share - 1) <= max(CLOSE_FLOW, 2 * search.flow_error):
            break
        rate = next(finding for finding in search.found if finding.key == ARRIVALS)
        search.add([replace(rate, value=float(f"{rate.value * share:.6g}"))])
    else:
        served = _capacity(search, levers)
    if served.fill_rate < target.fill_rate - 2 * CLOSE_FILL:
        reached = say(
            "{reached}% of requests find a pro, {share}% in the file: {n} pros, no more than {most} times the file's, serve no"
            " more",
            reached=number(100 * served.fill_rate, ".1f"),
            share=number(100 * target.fill_rate, ".1f"),
            n=search.market().pros.n,
            most=int(FACTORS[-1]),
        )
        untold.append(("pros.n", reached))
    for _ in range(N_TICKS - search.n_trials):
        tick()
    return replace(findings, found=tuple(search.found), untold=tuple(untold), ends=ends)


def _missing(search: Search, served: Served) -> float:
    """Visits of the file over those of a trial."""
    return search.target.flow.per_day / served.visits_per_day if served.visits_per_day else 1.0


def _source(search: Search, key: str) -> Said:
    """Where a number comes from so far."""
    return next((finding.source for finding in search.found if finding.key == key and finding.source), say("fit"))


def _as_often(search: Search, ends: tuple[SpreadEnd, ...]) -> tuple[SpreadEnd, ...]:
    """Move the taste until new clients make as many visits as in the file; returns the ends of the spread, moved alike."""
    market = search.market()
    shift = taste_shift(market, search.arm, search.seed, search.target.new_clients)
    if not shift:
        return ends
    source = say(
        "{first}; moved by {shift} on the logit scale so that new clients make as many visits, followed as long, as in the file",
        first=_source(search, TASTE),
        shift=number(shift, "+.3f"),
    )
    search.add([Finding(TASTE, shifted(market.clients.taste_mean, shift), source)])
    return tuple(
        replace(end, found=tuple(replace(f, value=shifted(f.value, shift)) if f.key == TASTE else f for f in end.found))
        for end in ends
    )


def _capacity(search: Search, levers: list[Lever]) -> Served:
    """Pull levers until enough is served, and none further; those that were pulled leave the list."""
    target = search.target.fill_rate
    served = search.trial(search.market())
    while served.fill_rate < target - CLOSE_FILL and levers:
        lever = levers.pop(0)
        served = _pulled(search, lever, served)
    n = search.market()
    if not levers:
        for factor in FACTORS:
            if served.fill_rate >= target - CLOSE_FILL:
                break
            served = _pulled(search, more_pros(factor, n), served)
    if served.fill_rate > target + CLOSE_FILL:
        served = _refusing(search, served)
    return served


def _pulled(search: Search, lever: Lever, before: Served) -> Served:
    """What the market serves with a lever on top; a lever that changes nothing is left where it is."""
    market = search.market()
    plain = as_findings(lever, market, before.fill_rate, before.fill_rate)
    if not plain:
        return before
    served = search.trial(market_with(market, plain))
    if served.fill_rate > before.fill_rate:
        search.add(as_findings(lever, market, before.fill_rate, served.fill_rate))
        return served
    return before


def _refusing(search: Search, served: Served) -> Served:
    """Pros who refuse more, where the file left requests without a pro: the share that they accept, by bisection."""
    market = search.market()
    low, high = 0.0, market.pros.acceptance_share
    target = search.target.fill_rate
    source = say("so that {share}% of requests find a pro, as in the file", share=number(100 * target, ".1f"))
    for _ in range(N_BISECTIONS):
        if abs(served.fill_rate - target) <= CLOSE_FILL / 2:
            break
        middle = round((low + high) / 2, 4)
        finding = Finding("pros.acceptance_share", middle, source)
        served = search.trial(market_with(market, [finding]))
        low, high = (middle, high) if served.fill_rate < target else (low, middle)
        search.add([finding])
    return served

"""How often clients come, and how many there are, so that a market has its file's visits: found where everybody is served.

Runs of many clients and ample pros say to a percent how many visits a client makes, whatever the size of the market.
"""

import math

import numpy as np
from scipy import special

from experiments.calibration.runs import as_observed
from sim.calibration.findings import Finding, market_with
from sim.calibration.observed import Observed, expected_visits
from sim.calibration.served import Flow
from sim.config import Market
from sim.engine.platform import Arm
from sim.engine.run import simulate
from sim.log import RunLog
from sim.rules import COMPLETED
from sim.said import Said, number, say

ARRIVALS, TASTE = "clients.arrivals_per_day", "clients.taste_mean"
CLOSE_FLOW = 0.015
"""How near visits come to the file's, as a share of them, before a search stops."""
AMPLE_ARRIVALS, AMPLE_PROS, AMPLE_RUNS = 4.0, 200, 8
LONGEST_WARMUP_DAYS, WARMUP_STEP_DAYS = 1098, 30
N_SHIFTS, FIRST_SHIFT = 8, 0.3
"""Trials of the taste at most, and logits by which it is moved at first; a step that is too small is tripled."""


def arrivals(market: Market, base: Market, arm: Arm, seed: int, flow: Flow, first: Said) -> list[Finding]:
    """Arrivals that give the file's visits a day; a longer warm-up where known clients make more of them than a year's do.

    Parameters
    ----------
    market, base
        With all findings so far, among them how many first visits the file has; and without any.
    first
        Where that number comes from.
    """
    window = base.horizon_days - base.warmup_days
    logs = ample_runs(market, arm, seed, LONGEST_WARMUP_DAYS + window)
    starts = np.sort(np.concatenate([log.bookings["start_days"][log.bookings["outcome"] == COMPLETED] for log in logs]))
    rate = market.clients.arrivals_per_day

    def by_client(warmup: int) -> float:
        """Visits of all in a day, over clients who arrive in it."""
        within = np.searchsorted(starts, warmup + window) - np.searchsorted(starts, warmup)
        return float(within) / window / AMPLE_RUNS / AMPLE_ARRIVALS

    found = []
    warmups = range(base.warmup_days, LONGEST_WARMUP_DAYS + 1, WARMUP_STEP_DAYS)
    enough = (days for days in warmups if rate * by_client(days) >= flow.per_day * (1 - CLOSE_FLOW))
    # where no warm-up is long enough, it is arrivals that grew
    warmup = base.warmup_days if flow.cohort_days else next(enough, base.warmup_days)
    if warmup > base.warmup_days:
        longer = say("so long until the market's known clients come as often as the file's")
        found += [Finding("warmup_days", warmup, longer), Finding("horizon_days", warmup + window, longer)]
    needed = flow.per_day / by_client(warmup) if by_client(warmup) else rate
    if flow.cohort_days:
        source = say(
            "nearly all new clients of the file began within {cohort} days, which tells no arrivals: as many as give the {flow}"
            " visits a day of its last {days} days; constant arrivals: assumption",
            cohort=flow.cohort_days,
        )
    elif abs(rate / needed - 1) <= CLOSE_FLOW:
        needed = rate
        source = say(
            "{first}; they give the {flow} visits a day of its last {days} days; constant arrivals: assumption",
            first=first,
        )
    else:
        source = say(
            "as many as give the {flow} visits a day of the file's last {days} days, of all clients; its own first visits, {first},"
            " would give {own}; constant arrivals: assumption",
            first=first,
            own=number(rate * by_client(warmup), ".2f"),
        )
    source = source.having(flow=number(flow.per_day, ".2f"), days=flow.days)
    return [*found, Finding(ARRIVALS, float(f"{needed:.6g}"), source)]


def taste_shift(market: Market, arm: Arm, seed: int, like: Observed) -> float:
    """Logits by which the mean taste is moved so that new clients make as many visits as those of the file; 0: they do.

    The client model is fitted to gaps and silences, which says little of the sum of all visits where its form is not quite theirs.
    """
    if not len(like.client):
        return 0.0
    days = max(2 * (int(np.ptp(like.day)) + 1), 365)

    def miss(shift: float) -> float:
        """Log of the visits simulated over those of the file."""
        moved = market_with(market, [Finding(TASTE, shifted(market.clients.taste_mean, shift), None)])
        runs = [as_observed(log) for log in ample_runs(moved, arm, seed, days)]
        return math.log(max(float(np.mean([expected_visits(run, like) for run in runs])), 1e-9) / len(like.day))

    known = [(0.0, miss(0.0))]
    step = FIRST_SHIFT
    while abs(known[-1][1]) > CLOSE_FLOW and len(known) < N_SHIFTS:
        # more inclined to stay, more visits: between the largest shift with too few and the smallest with too many
        low = max((shift for shift, far in known if far < 0), default=-math.inf)
        high = min((shift for shift, far in known if far >= 0), default=math.inf)
        if math.isfinite(low) and math.isfinite(high):
            misses = dict(known)
            shift = low - misses[low] * (high - low) / (misses[high] - misses[low])
            # never so near an end that the next trial would say nothing new
            shift = float(np.clip(shift, low + (high - low) / 8, high - (high - low) / 8))
        else:
            shift, step = (low + step, 3 * step) if math.isfinite(low) else (high - step, 3 * step)
        known.append((shift, miss(shift)))
    return min(known, key=lambda one: abs(one[1]))[0]


def shifted(taste_mean: float, shift: float) -> float:
    """A share moved on the logit scale, within 0.001..0.999."""
    return float(f"{np.clip(special.expit(special.logit(min(taste_mean, 0.999)) + shift), 0.001, 0.999):.6g}")


def ample_runs(market: Market, arm: Arm, seed: int, horizon_days: int) -> list[RunLog]:
    """Runs of many clients in which everybody is served at once, without a warm-up."""
    changes: dict[str, object] = {
        "warmup_days": 0,
        "horizon_days": horizon_days,
        ARRIVALS: AMPLE_ARRIVALS,
        "pros.n": AMPLE_PROS,
        "pros.open_all_hours": True,
        "pros.acceptance_share": 1.0,
        "pros.extra_service_share": 1.0,
        "pros.zones_per_pro": market.zones,
        "pros.share_at_start": 1.0,
        "pros.leaving.enabled": False,
    }
    ample = market_with(market, [Finding(key, value, None) for key, value in changes.items()])
    return [simulate(ample, arm, seed, replication) for replication in range(AMPLE_RUNS)]

"""The steps of a calibration: fit, make a market, simulate it beside the file, forecast what was held out."""

import math
from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np

from experiments.calibration.demand import ARRIVALS
from experiments.calibration.engine_forecast import forecast_known, generator
from experiments.calibration.gains import policy_gains
from experiments.calibration.plan import Calibration
from experiments.calibration.runs import simulate_market
from experiments.calibration.serving import Target, serve
from sim.arrays import Floats
from sim.bookings.visits import Visits
from sim.calibration.client_model import expected_visits
from sim.calibration.file_market import read_findings
from sim.calibration.findings import Findings, PolicyGain, market_with
from sim.calibration.first_visit import signs
from sim.calibration.fit import FORMS, Fit, bootstrapped, fit, fit_best
from sim.calibration.forecast import Accuracy, accuracy, past_rate, visits_after, weekly
from sim.calibration.histories import WEEK_DAYS, Histories, histories
from sim.calibration.lifetime_value import NewClientValue, new_client_values, paid_histories
from sim.calibration.likeness import Check, compare_worlds
from sim.calibration.observed import Observed, observed
from sim.calibration.pros import spread_between, spread_is_known
from sim.calibration.reader import Reader
from sim.calibration.served import FEWEST_DAYS, recent_flow, served_in_file
from sim.config import ConfigError, Market
from sim.said import Said, say

MOST_TO_CHOOSE, MOST_TO_FIT = 5_000, 50_000
"""Clients from whom the form is chosen, and from whom its parameters are fitted: every n-th of more."""
FEWEST_NEW = 30


def _every(seen: Histories, most: int) -> Histories:
    return seen.chosen(np.arange(len(seen)) % math.ceil(len(seen) / most) == 0) if len(seen) > most else seen


def fit_clients(seen: Histories, first_decides: bool = False, pros_named: bool = False) -> tuple[Fit, dict[str, Fit]]:
    """The client model of some clients, and all forms by name."""
    best, fits = fit_best(_every(seen, MOST_TO_CHOOSE), first_decides, pros_named)
    if len(seen) <= MOST_TO_CHOOSE:
        return best, fits
    name = next(name for name, found in fits.items() if found is best)
    if name.endswith("_lapses"):
        # a grid of rates by client: more clients would take long, and these leave little doubt
        return best, fits
    regular = name.endswith("_regular")
    return fit(_every(seen, MOST_TO_FIT), regular, **FORMS[name.removesuffix("_regular")]), fits


def _needs(visits: Visits, until_day: int) -> Visits:
    """What clients wanted up to a day, as it was known by then: a later booking has nothing to say about an earlier one."""
    return visits.rows(visits.day <= until_day).needs()


def _most_again(fitted: Fit) -> int:
    """From how many clients something is worked out many times over: a grid of rates by client takes long."""
    return MOST_TO_CHOOSE if fitted.model.lapse_share else MOST_TO_FIT


@dataclass(frozen=True)
class ForecastLine:
    """One forecast of the hold-out."""

    name: Said | str
    accuracy: Accuracy
    cumulative: Floats
    """(n_weeks,) visits by the end of each week."""


@dataclass(frozen=True)
class HoldOut:
    """What was forecast, and what happened."""

    from_day: int
    days: int
    n_clients: int
    fitted: Fit
    true: Floats
    """(n_weeks,) visits of the known clients by the end of each week."""
    total: float
    lines: tuple[ForecastLine, ...]
    """The simulation first."""
    band: tuple[Floats, Floats]
    """(n_weeks,) each: 95 % of the simulated runs lie between."""
    n_runs: int


@dataclass(frozen=True)
class FinishedCalibration:
    """A finished calibration."""

    fitted: Fit
    fits: dict[str, Fit]
    signs: list[Said]
    """What shows that the first visit can end the relation; forms in which it cannot were then not chosen from."""
    findings: Findings
    market: Market
    real: Observed
    runs: list[Observed]
    """New clients of the file, and of each run of the fitted market."""
    checks: list[Check]
    gains: list[PolicyGain]
    """What a policy gains at the ends of the spread between pros; none where the file does not tell that spread."""
    values: list[NewClientValue]
    """What new clients pay; empty where the file has no prices, or too few."""
    holdout: HoldOut | None


def calibrate(job: Calibration, tick: Callable[[], None] = lambda: None) -> FinishedCalibration:
    """All steps. ``tick`` is called after each run.

    Raises
    ------
    ConfigError
        Too few new clients, or nobody came back.
    """
    seen = histories(_needs(job.visits, job.until_day), job.until_day)
    new = seen.chosen(~seen.left_censored)
    if len(new) < FEWEST_NEW:
        raise ConfigError(
            f"data, {len(new)} new clients until the last day, must be at least {FEWEST_NEW}; if nobody is older than the file, set"
            " columns.left_censored_days=0"
        )
    real = observed(job.visits.done(), job.until_day)
    if not len(real.client):
        raise ConfigError(f"data, {len(new)} new clients until the last day and none of them had a visit, must be some")
    reader = Reader(job.visits, job.until_day, job.base)
    target = target_of(job, reader, real)
    fitted, fits = fit_clients(new, bool(shown := signs(reader)), spread_is_known(spread_between(reader)))
    if job.options.bootstrap:
        stream = generator(job.options.seed, 0, "bootstrap")
        fitted = bootstrapped(fitted, _every(new, _most_again(fitted)), job.options.bootstrap, stream, tick)
    seed = job.options.seed
    findings = serve(read_findings(reader, fitted), job.base, job.arm, target, seed, tick)
    market = market_with(job.base, findings.found, job.options.name)
    days = int(np.ptp(real.day)) + 1
    file_served = replace(served_in_file(reader, job.n_unfilled), new_visits_per_day=len(real.day) / days)
    if job.arrivals_per_day is not None:
        # of all clients they are what the arrivals make them
        file_served = replace(file_served, visits_per_day=math.nan)
    runs = simulate_market(market, job.arm, real, seed, job.options.replications, tick)
    checks = compare_worlds(real, runs.observed, generator(seed, 0, "prior"), file_served, runs.served)
    gains = policy_gains(findings, job.base, target.flow.per_day, seed, tick)
    values = value_new(job, new, fitted)
    held = hold_out(job, tick) if job.holdout_day is not None else None
    return FinishedCalibration(fitted, fits, shown, findings, market, real, runs.observed, checks, gains, values, held)


def target_of(job: Calibration, reader: Reader, real: Observed) -> Target:
    """What the market has to serve.

    Raises
    ------
    ConfigError
        The file does not tell how often new clients come.
    """
    flow, asked = recent_flow(reader), job.arrivals_per_day
    if asked is not None:
        # how much is served decides only how many runs say it
        flow = replace(flow, per_day=asked * len(real.day) / len(np.unique(real.client)))
    elif not math.isfinite(flow.per_day):
        raise ConfigError(
            f"data, nearly all of {int(reader.first.sum())} new clients began within {flow.cohort_days} days and {flow.days} days"
            f" follow, must be at least {FEWEST_DAYS} for the file to tell how often new clients come: give"
            f" market.{ARRIVALS}=NUMBER"
        )
    served = served_in_file(reader, job.n_unfilled)
    return Target(served.fill_rate, flow, real, asked)


def value_new(job: Calibration, new: Histories, fitted: Fit) -> list[NewClientValue]:
    """What the new clients pay; nothing without prices."""
    seen = _every(new, _most_again(fitted))
    paid = paid_histories(_needs(job.visits, job.until_day), seen)
    return [] if paid is None else new_client_values(fitted, paid, generator(job.options.seed, 0, "value"))


def hold_out(job: Calibration, tick: Callable[[], None] = lambda: None) -> HoldOut:
    """Fit before the hold-out, simulate it, and compare, beside BG/NBD and the rate of the past.

    Every client who is known by then counts, those who may be older than the file from their first visit in it on.
    """
    if job.holdout_day is None:
        raise ConfigError("holdout_from is missing")
    # a need is a need, whether or not a visit came of it: the market thins them again
    seen = histories(_needs(job.visits, job.holdout_day - 1), job.holdout_day - 1)
    # what lies on either side of the boundary is read by itself: nothing that happens later changes what was known before
    needs = job.visits.rows((job.visits.day >= job.holdout_day) & (job.visits.day <= job.until_day)).needs()
    days = job.until_day - job.holdout_day + 1
    weeks = days / WEEK_DAYS
    n_weeks = int(days // WEEK_DAYS)
    true = visits_after(needs, seen, job.holdout_day, job.until_day)
    fitted, fits = fit_clients(seen)
    simulated = forecast_known(fitted.model, seen, days, job.options.seed, job.options.forecast_runs, tick)
    plain, naive = fits["bg"].model, past_rate(seen, weeks)
    at = np.arange(1, n_weeks + 1)
    within = np.isin(needs.client, seen.client)
    low, high = np.quantile(simulated.cumulative, [0.025, 0.975], axis=0)
    own = say("simulation, {model}", model=fitted.model.name)
    return HoldOut(
        from_day=job.holdout_day,
        days=days,
        n_clients=len(seen),
        fitted=fitted,
        true=weekly((needs.day[within] - job.holdout_day).astype(float), n_weeks),
        total=float(true.sum()),
        lines=(
            ForecastLine(own, accuracy(simulated.by_client, true), simulated.cumulative.mean(axis=0)),
            ForecastLine(
                "BG/NBD",
                accuracy(expected_visits(plain, seen, weeks), true),
                np.array([expected_visits(plain, seen, float(week)).sum() for week in at]),
            ),
            ForecastLine(say("past rate goes on"), accuracy(naive, true), naive.sum() * at / weeks),
        ),
        band=(low, high),
        n_runs=job.options.forecast_runs,
    )

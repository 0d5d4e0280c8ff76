"""The steps of a calibration: fit, make a market, simulate it beside the file, forecast what was held out."""

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

import numpy as np

from experiments.calibration.demand import ARRIVALS
from experiments.calibration.gains import policy_gains
from experiments.calibration.plan import Calibration
from experiments.calibration.runs import simulate_market
from experiments.calibration.serving import Target, serve
from experiments.calibration.streams import generator
from experiments.calibration.worlds import Worlds, spread_mass, worlds_of
from sim.arrays import Floats
from sim.bookings.visits import Visits
from sim.calibration.file_market import read_findings
from sim.calibration.findings import Findings, PolicyGain, market_with
from sim.calibration.first_visit import signs
from sim.calibration.fit import FORMS, Fit, bootstrapped, fit, fit_best
from sim.calibration.forecast import visits_after
from sim.calibration.histories import WEEK_DAYS, Histories, histories
from sim.calibration.lifetime_value import NewClientValue, new_client_values, paid_histories
from sim.calibration.likeness import Check, compare_worlds
from sim.calibration.observed import Observed, observed
from sim.calibration.pros import spread_between, spread_is_known
from sim.calibration.reader import Reader
from sim.calibration.redrawn import read_again
from sim.calibration.served import FEWEST_DAYS, recent_flow, served_in_file
from sim.config import ConfigError, Market
from sim.forecasting.baselines import baselines
from sim.forecasting.ensemble import Ensemble, Forecast, fit_ensemble, forecast
from sim.forecasting.fit import every
from sim.forecasting.origins import at_origin
from sim.said import Said

MOST_TO_CHOOSE, MOST_TO_FIT = 5_000, 50_000
"""Clients from whom the form is chosen, and from whom its parameters are fitted: every n-th of more."""
FEWEST_NEW = 30
MOST_TO_REFIT, N_REFITS = 2_000, 64
"""Clients, and how often they are drawn anew, where only that says how well the client model is known."""


def fit_clients(seen: Histories, first_decides: bool = False, pros_named: bool = False) -> tuple[Fit, dict[str, Fit]]:
    """The client model of some clients, and all forms by name."""
    best, fits = fit_best(every(seen, MOST_TO_CHOOSE), first_decides, pros_named)
    if len(seen) <= MOST_TO_CHOOSE:
        return best, fits
    name = next(name for name, found in fits.items() if found is best)
    if name.endswith(("_lapses", "_differing")):
        # a grid of rates, or several shapes, by client: more clients would take long, and these leave little doubt
        return best, fits
    regular = name.endswith("_regular")
    return fit(every(seen, MOST_TO_FIT), regular, **FORMS[name.removesuffix("_regular")]), fits


def _needs(visits: Visits, until_day: int) -> Visits:
    """What clients wanted up to a day, as it was known by then: a later booking has nothing to say about an earlier one."""
    return visits.rows(visits.day <= until_day).needs()


def _most_again(fitted: Fit) -> int:
    """From how many clients something is worked out many times over: a grid of rates, or several shapes, by client take long."""
    return MOST_TO_CHOOSE if fitted.model.lapse_share or fitted.model.gap_shape_log_sd else MOST_TO_FIT


@dataclass(frozen=True)
class HoldOut:
    """What was forecast of the clients known before a day, and what happened."""

    from_day: int
    until_day: int
    ensemble: Ensemble
    forecast: Forecast
    true: Floats
    """(n_clients,) visits of each."""
    weekly: Floats
    """(n_weeks,) visits of all in each week; the last may be a part of a week."""
    others: Mapping[str, Floats]
    """Of ``bg_nbd``, ``pareto_nbd`` and ``past_rate``: expected visits (n_weeks, n_clients) by the end of each week."""
    coverage: Mapping[float, float]
    """Share of clients within their central intervals, by level."""

    @property
    def days(self) -> int:
        """Of the hold-out."""
        return self.until_day - self.from_day + 1

    @property
    def interval(self) -> tuple[float, float]:
        """95 % of the total."""
        low, high = self.forecast.interval()
        return float(low[-1]), float(high[-1])

    @property
    def inside(self) -> bool:
        """Whether the true total lies in it."""
        low, high = self.interval
        return low <= float(self.true.sum()) <= high


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
    worlds: Worlds | None = None
    """What the file leaves open about the market; None where no worlds were asked for."""


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
        fitted = bootstrapped(fitted, every(new, _most_again(fitted)), job.options.bootstrap, stream, tick)
    seed = job.options.seed
    read = read_findings(reader, fitted)
    findings = serve(read, job.base, job.arm, target, seed, tick)
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
    worlds = left_open(job, reader, new, fitted, (read, findings), market, tick) if job.options.worlds else None
    return FinishedCalibration(fitted, fits, shown, findings, market, real, runs.observed, checks, gains, values, held, worlds)


def left_open(
    job: Calibration,
    reader: Reader,
    new: Histories,
    fitted: Fit,
    findings: tuple[Findings, Findings],
    market: Market,
    tick: Callable[[], None],
) -> Worlds:
    """The worlds that a file leaves open around its market.

    Parameters
    ----------
    findings
        As they were read, and as the market has them.
    """
    stream, n = generator(job.options.seed, 0, "worlds"), job.options.worlds
    models = fitted.drawn_models(n, stream)
    if not models:
        # where the likelihood is flat, clients drawn anew say how far
        again = bootstrapped(fitted, every(new, MOST_TO_REFIT), N_REFITS, stream)
        models = again.drawn_models(n, stream)
    read, final = findings
    # what was asked for is known
    found = [one for one in final.found if one.key != ARRIVALS or job.arrivals_per_day is None]
    redrawn = read_again(reader, models, read, found, stream, spread_mass(job.prior), tick)
    return worlds_of(job, market, [one.key for one in final.found], redrawn)


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
    seen = every(new, _most_again(fitted))
    paid = paid_histories(_needs(job.visits, job.until_day), seen)
    return [] if paid is None else new_client_values(fitted, paid, generator(job.options.seed, 0, "value"))


def hold_out(job: Calibration, tick: Callable[[], None] = lambda: None) -> HoldOut:
    """Fit before the hold-out, forecast it, and compare, beside what others would have said.

    Every client who is known by then counts, those who may be older than the file from their first visit in it on.
    """
    if job.holdout_day is None:
        raise ConfigError("holdout_from is missing")
    days = (job.holdout_day, job.until_day)
    # a need is a need, whether or not a visit came of it: the market thins them again. What lies on either side of the boundary is
    # read by itself: nothing that happens later changes what was known before
    past = _needs(job.visits, job.holdout_day - 1)
    later = job.visits.rows((job.visits.day >= job.holdout_day) & (job.visits.day <= job.until_day)).needs()
    ensemble = fit_ensemble(
        past, job.holdout_day - 1, days[1] - days[0] + 1, job.options.seed, tuple(job.options.forecast_forms), tick
    )
    found = forecast(ensemble, past, days, job.options.forecast_runs, tick)
    origin = at_origin(past, *days)
    true = visits_after(later, origin.seen, *days)
    week = (later.day[np.isin(later.client, origin.seen.client)] - days[0]) // int(WEEK_DAYS)
    return HoldOut(
        *days,
        ensemble,
        found,
        true,
        np.bincount(week, minlength=len(origin.ends)).astype(float),
        baselines(origin.seen, origin.ends),
        found.distributions(true).coverage(true),
    )

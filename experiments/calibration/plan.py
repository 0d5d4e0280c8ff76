"""What a calibration was asked for, checked before anything is fitted."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Annotated, Any, Literal

import numpy as np
from pydantic import Field, StrictInt

from experiments.bookings.opened import Bookings, SourceKeys, open_or_ask
from experiments.calibration import gains, serving
from experiments.plans.arms import load_arms, load_market
from experiments.plans.compose import NAME, compose_settings
from experiments.plans.plan import FEWEST_WORLDS, Export, ReportOptions, prior_of
from sim.bookings.accounts import shared_accounts
from sim.bookings.columns import MEANINGS, UNFILLED
from sim.bookings.quality import quality_of
from sim.bookings.rows import Issue, date_of, day_of, days
from sim.bookings.visits import Visits, check_enough, visits_of
from sim.config import ConfigError, Market, Section, load
from sim.engine.platform import Arm
from sim.forecasting.ensemble import most_ticks
from sim.said import Said, say
from sim.worlds.prior import Prior

SHARED = say("ids that come too often to be one client, such as a till's account")
FEWEST_TWICE = 50
"""Clients with two visits below which a fit is said to know little: rates, gaps and dropout have up to seven parameters."""
NOT_OPTIONS = ("columns", "market", "arm", "arms", "uncertain", *SourceKeys.model_fields)
SHORTEST_DAYS = 56
"""Fewer days before or after the start of a hold-out say nothing."""


Ending = Literal["bg", "mbg", "pareto", "ageing", "lapsing"]


class CalibrateOptions(Section):
    """Keys of a calibration beside those of the source."""

    name: str
    since: str | None
    until: str | None
    holdout_from: str | None
    replications: Annotated[StrictInt, Field(ge=2, le=1_000)]
    forecast_runs: Annotated[StrictInt, Field(ge=20, le=10_000)]
    forecast_forms: Annotated[tuple[Ending, ...], Field(min_length=1)]
    bootstrap: Annotated[StrictInt, Field(ge=0, le=100_000)]
    worlds: Annotated[StrictInt, Field(ge=0, le=1_000)]
    plausible: str | None
    seed: Annotated[StrictInt, Field(ge=0, lt=2**63)]
    market_folder: str | None
    out: Annotated[str, Field(min_length=1)]
    report: ReportOptions
    export: Export = None


@dataclass(frozen=True)
class Calibration:
    """A calibration ready to go."""

    options: CalibrateOptions
    bookings: Bookings
    base: Market
    arm: Arm
    visits: Visits
    issues: tuple[Issue, ...]
    until_day: int
    holdout_day: int | None
    """First day of the hold-out."""

    arrivals_per_day: float | None
    """New clients a day of the market that comes out, where it was asked for: other than that of the base market's yaml."""
    quality: Mapping[str, Any]
    """What the file holds, shared accounts included, as ``quality.json`` has it."""
    uncertain: Mapping[str, Any] | None = None
    """What ``configs/worlds`` says about the base market; None where nobody says."""
    prior: Prior | None = None
    """The same."""

    @property
    def n_runs(self) -> int:
        """Steps of the bar, at most: bootstrap, draws, search for capacity, runs of the fitted market, gains and hold-out."""
        held = most_ticks(len(self.options.forecast_forms)) if self.holdout_day is not None else 0
        drawn = self.options.bootstrap + self.options.worlds
        return drawn + serving.N_TICKS + self.options.replications + gains.N_TICKS + held

    @property
    def n_unfilled(self) -> int:
        """Requests of the file that no pro accepted."""
        rows = self.bookings.rows
        unfilled = rows.used & (rows.status == MEANINGS.index(UNFILLED))
        # one without a date of the visit may have been for any day
        day = days(rows.start.second)
        return int((unfilled & (day <= self.until_day) & (day >= self.visits.day.min())).sum())

    @property
    def warnings(self) -> tuple[Said, ...]:
        """What makes the fit or the forecast say less than it seems to."""
        fitted_until = self.until_day if self.holdout_day is None else self.holdout_day - 1
        done = self.visits.done()
        counts = np.bincount(done.client[done.day <= fitted_until])
        n_twice, fit_days = int((counts >= 2).sum()), fitted_until - int(done.day.min()) + 1
        said = []
        if n_twice < FEWEST_TWICE:
            few = say(
                "{n} clients came twice until {day}, fewer than {needed}: how often clients come and how long they stay is hardly"
                " known, and a forecast of them neither."
            )
            said.append(few.having(n=n_twice, day=date_of(fitted_until), needed=FEWEST_TWICE))
        held_days = self.until_day - fitted_until
        if held_days > fit_days:
            long = say(
                "The hold-out lasts {held} days, the fit before it {fitted}: further ahead than the past reaches back only the form"
                " of the model says what comes; until={day} would hold out as long as was fitted."
            )
            said.append(long.having(held=held_days, fitted=fit_days, day=date_of(fitted_until + fit_days)))
        return tuple(said)

    @property
    def out(self) -> Path:
        """Where everything goes."""
        return Path(self.options.out)

    @property
    def market_path(self) -> Path:
        """The market that comes out."""
        folder = Path(self.options.market_folder) if self.options.market_folder else self.out / "market"
        return folder / f"{self.options.name}.yaml"

    @property
    def worlds_path(self) -> Path:
        """What the file leaves open about it."""
        return self.market_path.parent.parent / "worlds" / self.market_path.name


def make_calibration(settings: Mapping[str, Any], frame: Any = None) -> Calibration:
    """Validate composed settings and read the file, or a frame of Python that goes before it.

    Raises
    ------
    ConfigError
        Anything that cannot be calibrated: see the message.
    """
    options = load(CalibrateOptions, {key: value for key, value in settings.items() if key not in NOT_OPTIONS})
    if not NAME.fullmatch(options.name):
        raise ConfigError(f"name = {options.name!r}, must be a word of letters, digits and _")
    base, arms = load_market(settings), load_arms(settings)
    prior = prior_of(settings, base) if settings.get("uncertain") else None
    if 0 < options.worlds < FEWEST_WORLDS:
        raise ConfigError(f"worlds = {options.worlds}, must be 0 or >= {FEWEST_WORLDS}: fewer say nothing about all")
    if options.market_folder is not None and Path(options.market_folder).name != "market":
        raise ConfigError(f"market_folder = {options.market_folder!r}, must be a folder called market, beside other groups")
    bookings = open_or_ask(settings, "calibrate", frame)
    visits, issues = visits_of(bookings.rows)
    if options.since is not None:
        visits = _since(visits, options.since)
    quality = quality_of(bookings.rows, visits)
    seen = visits.done()
    if options.holdout_from is not None:
        # what a hold-out shows is not known when it is forecast
        seen = seen.rows(seen.day < day_of(options.holdout_from, "holdout_from"))
    accounts = shared_accounts(seen)
    if len(accounts):
        issues = (*issues, Issue(SHARED, len(accounts), say("ids"), say("left out of the market and of forecasts")))
        visits = visits.rows(~np.isin(visits.client, accounts))
    check_enough(visits, bookings.rows.source)
    # bookings that were cancelled may lie in the future
    done = visits.done()
    first, last = int(done.day.min()), int(done.day.max())
    if options.until is None and last - first < SHORTEST_DAYS:
        within = f"all on {date_of(first)}" if first == last else f"from {date_of(first)} to {date_of(last)}"
        raise ConfigError(f"data = {bookings.rows.source!r}, holds visits {within}, must hold {SHORTEST_DAYS} days or more of them")
    until = last if options.until is None else day_of(options.until, "until")
    if not first + SHORTEST_DAYS <= until:
        raise ConfigError(
            f"until = {options.until or date_of(until)}, must be at least {SHORTEST_DAYS} days after {date_of(first)}"
        )
    holdout = None
    if options.holdout_from is not None:
        holdout = day_of(options.holdout_from, "holdout_from")
        if not first + SHORTEST_DAYS <= holdout <= min(until, last) - SHORTEST_DAYS:
            raise ConfigError(
                f"holdout_from = {options.holdout_from}, must leave {SHORTEST_DAYS} days before and after it, within"
                f" {date_of(first)} to {date_of(min(until, last))}"
            )
    issues = (*bookings.rows.lines, *issues)
    arm, asked = next(iter(arms.values())), _asked_arrivals(base)
    found = Calibration(options, bookings, base, arm, visits, issues, min(until, last), holdout, asked, quality)
    return replace(found, uncertain=settings.get("uncertain"), prior=prior)


def _since(visits: Visits, since: str) -> Visits:
    """What lies on a day or after it; who was seen before is a known client, not a new one.

    Raises
    ------
    ConfigError
        Nothing does.
    """
    day = day_of(since, "since")
    old = np.zeros(visits.n_clients, np.bool_)
    old[visits.client[visits.day < day]] = True
    if not (visits.day >= day).any():
        raise ConfigError(f"since = {since}, must be at most {date_of(int(visits.day.max()))}, the last day of the file")
    return replace(visits.rows(visits.day >= day), left_censored=visits.left_censored | old)


def _asked_arrivals(base: Market) -> float | None:
    """New clients a day as the command line changed them; None where it did not."""
    try:
        own = load_market(compose_settings("calibrate", [f"market={base.name}"]))
    except ConfigError:
        # a market of another folder, whose yaml is not known here
        return None
    asked = base.clients.arrivals_per_day
    return asked if asked != own.clients.arrivals_per_day else None

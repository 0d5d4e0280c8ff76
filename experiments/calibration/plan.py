"""What a calibration was asked for, checked before anything is fitted."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

from pydantic import Field, StrictInt

from experiments.calibration import gains, serving
from experiments.plans.arms import load_arms, load_market
from experiments.plans.compose import NAME
from experiments.plans.plan import ReportOptions
from sim.bookings.visits import Columns, Issue, Visits, date_of, day_of, read_visits
from sim.config import ConfigError, Market, Section, load
from sim.engine.platform import Arm
from sim.said import say

NO_PRO = say("a request that no pro accepted")
"""What the reading of a file calls requests that are no bookings."""
NOT_OPTIONS = ("columns", "market", "arm", "arms")
SHORTEST_DAYS = 56
"""Fewer days before or after the start of a hold-out say nothing."""


class CalibrateOptions(Section):
    """Keys of a calibration."""

    file: str | None
    name: str
    until: str | None
    holdout_from: str | None
    replications: Annotated[StrictInt, Field(ge=2, le=1_000)]
    forecast_runs: Annotated[StrictInt, Field(ge=2, le=100_000)]
    bootstrap: Annotated[StrictInt, Field(ge=0, le=100_000)]
    seed: Annotated[StrictInt, Field(ge=0, lt=2**63)]
    market_folder: str | None
    out: Annotated[str, Field(min_length=1)]
    report: ReportOptions


@dataclass(frozen=True)
class Calibration:
    """A calibration ready to go."""

    options: CalibrateOptions
    columns: Columns
    base: Market
    arm: Arm
    visits: Visits
    issues: tuple[Issue, ...]
    until_day: int
    holdout_day: int | None
    """First day of the hold-out."""

    @property
    def n_runs(self) -> int:
        """Steps of the bar: bootstrap, search for capacity, runs of the fitted market, gains and hold-out."""
        held = self.options.forecast_runs if self.holdout_day is not None else 0
        return self.options.bootstrap + serving.N_TICKS + self.options.replications + gains.N_TICKS + held

    @property
    def n_unfilled(self) -> int:
        """Requests of the file that no pro accepted."""
        return sum(issue.count for issue in self.issues if issue.what == NO_PRO)

    @property
    def file(self) -> Path:
        """The bookings."""
        return Path(str(self.options.file))

    @property
    def out(self) -> Path:
        """Where everything goes."""
        return Path(self.options.out)

    @property
    def market_path(self) -> Path:
        """The market that comes out."""
        folder = Path(self.options.market_folder) if self.options.market_folder else self.out / "market"
        return folder / f"{self.options.name}.yaml"


def make_calibration(settings: Mapping[str, Any]) -> Calibration:
    """Validate composed settings and read the file.

    Raises
    ------
    ConfigError
        Anything that cannot be calibrated: see the message.
    """
    options = load(CalibrateOptions, {key: value for key, value in settings.items() if key not in NOT_OPTIONS})
    if not options.file:
        raise ConfigError("data is missing: data=bookings.csv, with columns=NAME for a mapping of configs/data")
    if not NAME.fullmatch(options.name):
        raise ConfigError(f"name = {options.name!r}, must be a word of letters, digits and _")
    columns = load(Columns, settings["columns"], "columns")
    base, arms = load_market(settings), load_arms(settings)
    if options.market_folder is not None and Path(options.market_folder).name != "market":
        raise ConfigError(f"market_folder = {options.market_folder!r}, must be a folder called market, beside other groups")
    visits, issues = read_visits(Path(options.file), columns)
    # bookings that were cancelled may lie in the future
    done = visits.done()
    first, last = int(done.day.min()), int(done.day.max())
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
    return Calibration(options, columns, base, next(iter(arms.values())), visits, issues, min(until, last), holdout)

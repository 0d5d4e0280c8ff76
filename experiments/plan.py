"""A validated experiment: what will be run, checked before anything is."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import Field, StrictInt

from experiments.executors import ExecutorSettings
from experiments.settings import load_arms, load_market
from sim.config import ConfigError, Market, Section, load
from sim.engine.platform import Arm, PolicyError
from sim.engine.run import Engine, refuse_unless_runs
from sim.metrics.catalogue import METRICS, Metric
from sim.metrics.cohort import SIX_MONTHS_DAYS, TWO_YEARS_DAYS, YEAR_DAYS

WINDOWS_DAYS = {6: SIX_MONTHS_DAYS, 12: YEAR_DAYS, 24: TWO_YEARS_DAYS}


class Options(Section):
    """Keys of an experiment beside its market and arms."""

    control: str
    studied: str | None
    """The arm whose scores the charts show; when it is not among the arms, the first that has scores."""
    replications: Annotated[StrictInt, Field(ge=1, le=100_000)]
    seed: Annotated[StrictInt, Field(ge=0, lt=2**63)]
    longest_window_months: Literal[6, 12, 24]
    engine: Engine
    workers: Annotated[StrictInt, Field(ge=0, le=4096)]
    executor: ExecutorSettings
    out: Annotated[str, Field(min_length=1)]
    store: Annotated[str, Field(min_length=1)]


@dataclass(frozen=True)
class Plan:
    """An experiment ready to run."""

    options: Options
    market: Market
    arms: Mapping[str, Arm]
    metrics: tuple[Metric, ...]
    """Those whose window fits."""

    @property
    def references(self) -> frozenset[str]:
        """Arms that see the truth."""
        return frozenset(name for name, arm in self.arms.items() if arm.is_reference)

    @property
    def studied(self) -> str | None:
        """The studied arm, when it is among the arms."""
        return self.options.studied if self.options.studied in self.arms else None

    @property
    def out(self) -> Path:
        """Where tables, charts and the report go."""
        return Path(self.options.out)

    @property
    def store(self) -> Path:
        """Where runs are kept."""
        return Path(self.options.store)


def make_plan(settings: Mapping[str, Any]) -> Plan:
    """Validate composed settings.

    Raises
    ------
    ConfigError
        Anything that cannot be run: see the message.
    """
    options = load(Options, {key: value for key, value in settings.items() if key not in ("market", "arm", "arms")})
    market = load_market(settings)
    arms = load_arms(settings)
    if options.control not in arms:
        raise ConfigError(f"control = {options.control!r}, must be one of the arms: {', '.join(arms)}")
    window = WINDOWS_DAYS[options.longest_window_months]
    if market.warmup_days + window >= market.horizon_days:
        raise ConfigError(
            f"market.horizon_days = {market.horizon_days}, must be > warmup_days + {window:g} so that clients can be followed for"
            f" {options.longest_window_months} months; or lower longest_window_months"
        )
    for name, arm in arms.items():
        try:
            refuse_unless_runs(arm, options.engine)
        except PolicyError as error:
            raise ConfigError(f"arm {name}: {error}") from None
    metrics = tuple(metric for metric in METRICS if metric.window_days <= window)
    for folder in (options.out, options.store):
        if Path(folder).exists() and not Path(folder).is_dir():
            raise ConfigError(f"{'out' if folder == options.out else 'store'} = {folder!r}, must be a folder")
    if Path(options.out).absolute() == Path(options.store).absolute():
        raise ConfigError(f"out = {options.out!r}, must not be the store, too")
    return Plan(options, market, arms, metrics)

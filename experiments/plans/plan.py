"""A validated experiment: what will be run, checked before anything is."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, Generic, Literal, TypeVar

from pydantic import Field, StrictBool, StrictInt

from experiments.execution.executors import ExecutorSettings
from experiments.execution.jobs import Job
from experiments.plans.arms import build_arms, load_market
from experiments.plans.compose import is_arm
from experiments.plans.decide import DecisionOptions
from experiments.plans.metrics import find_metric
from experiments.plans.named import NAMED_ARMS
from experiments.plans.programmes import check_programmes
from experiments.plans.suggest import did_you_mean
from sim.allocators.base import traits as allocator_traits
from sim.config import ConfigError, Market, NonNegative, OpenShare, Positive, Section, load
from sim.engine.platform import Arm, PolicyError
from sim.engine.run import Engine, refuse_unless_runs
from sim.metrics.catalogue import METRICS, Metric
from sim.metrics.cohort import SIX_MONTHS_DAYS, TWO_YEARS_DAYS, YEAR_DAYS
from sim.scores.base import traits as score_traits
from sim.statistics.selection import Procedure
from sim.worlds.found import A_LOOK
from sim.worlds.prior import Prior, Value, make_prior

NOT_OPTIONS = ("market", "arm", "arms", NAMED_ARMS, "designs", "uncertain")
"""Keys of composed settings that say what is simulated, not how."""

WINDOWS_DAYS = {0: 0.0, 6: SIX_MONTHS_DAYS, 12: YEAR_DAYS, 24: TWO_YEARS_DAYS}


Followed = Literal[6, 12, 24]
"""Months for which clients are followed where returns are measured."""


Export = Annotated[str, Field(min_length=1)] | None
"""Where results go as tables for other programs, such as ``duckdb:out.db``; None: nowhere."""


Worlds = Annotated[StrictInt, Field(ge=0, le=4096)]
FEWEST_WORLDS = 8
"""Fewer say nothing about all."""


class ReportOptions(Section):
    """Keys of ``report``."""

    lang: Literal["en", "fr", "de"]


class RunOptions(Section):
    """What every experiment says beside its market and arms: how to run it, and where results go."""

    seed: Annotated[StrictInt, Field(ge=0, lt=2**63)]
    longest_window_months: Literal[0, 6, 12, 24]
    """0: nobody is followed, as where every request is a file's."""
    engine: Engine
    workers: Annotated[StrictInt, Field(ge=0, le=4096)]
    executor: ExecutorSettings
    out: Annotated[str, Field(min_length=1)]
    store: Annotated[str, Field(min_length=1)]
    report: ReportOptions


class ControlOptions(RunOptions):
    """Keys of an experiment with a fixed number of replications and a control."""

    control: str
    studied: str | None
    """The arm whose scores the charts show; when it is not among the arms, the first that has scores."""
    replications: Annotated[StrictInt, Field(ge=1, le=100_000)]


class WorldsOptions(ControlOptions):
    """Keys of an experiment in plausible worlds."""

    worlds: Worlds = 0
    """How many; 0: none."""
    plausible: str | None = None
    """Name of the yaml that says which worlds are plausible; None: that of the market."""


class MatchOptions(WorldsOptions):
    """Keys of a search for the worlds that look real."""

    longest_window_months: Followed


class ComparisonOptions(WorldsOptions):
    """Keys of any comparison, of drawn requests or of a file's."""

    equivalence_margin: dict[str, NonNegative] | None
    """By metric, in its own unit: a difference surely smaller than this does not matter."""
    precision: Positive | None
    """Half-width of differences in ``precision_metric`` at which to stop adding replications; None: ``replications`` of each."""
    precision_metric: str
    max_replications: Annotated[StrictInt, Field(ge=8, le=100_000)]
    """The most that ``precision`` may ask for."""
    decision: DecisionOptions
    export: Export = None
    world_replications: Annotated[StrictInt, Field(ge=1, le=1_000)] | None = None
    """Of each arm in each world; None: 1 with up to ``A_LOOK`` worlds, else 4."""
    lab: StrictBool = False
    """Whether experiments are simulated that would measure what is to be rolled out."""


class CompareOptions(ComparisonOptions):
    """Keys of a comparison of drawn requests."""

    longest_window_months: Followed


class RealismOptions(ControlOptions):
    """Keys of a market beside published figures."""

    longest_window_months: Followed


class SelectOptions(RunOptions):
    """Keys of a selection of the best arm."""

    longest_window_months: Followed

    metric: str
    """What the best is best in."""
    delta: Positive
    """Smallest lead of the best that is worth finding, in the metric's own unit."""
    alpha: OpenShare
    """Allowed probability of a wrong selection."""
    n0: Annotated[StrictInt, Field(ge=2, le=100_000)]
    """First replications of each arm."""
    procedure: Procedure
    budget: Annotated[StrictInt, Field(ge=1, le=10_000_000)] | None
    """Most runs over all arms; what ``ocba`` spends, a cap for the others."""


O = TypeVar("O", bound=RunOptions, covariant=True)  # noqa: E741


@dataclass(frozen=True)
class InWorlds:
    """Worlds that replications lie in, one each."""

    prior: Prior
    worlds: tuple[tuple[Value, ...], ...]
    known: tuple[str, ...] = ()
    """Keys of the market that do not differ between them."""

    def markets(self, base: Market) -> tuple[Market, ...]:
        """A market a replication."""
        return tuple(self.prior.market(world, base, self.known) for world in self.worlds)


@dataclass(frozen=True)
class Plan(Generic[O]):
    """An experiment ready to run."""

    options: O
    market: Market
    arms: Mapping[str, Arm]
    metrics: tuple[Metric, ...]
    """Those whose window fits."""
    stream: str | None = None
    """Digest of the request stream that is replayed; None: requests are drawn."""
    prior: Prior | None = None
    """What is uncertain about the market; None: nobody says."""
    in_worlds: InWorlds | None = None
    """Where each replication lies in a world of its own; None: all lie in the market."""
    known: tuple[str, ...] = ()
    """Digests of the known clients that are drawn for each replication beside the stream; empty for nobody."""

    @property
    def references(self) -> frozenset[str]:
        """Arms that see the truth."""
        return frozenset(name for name, arm in self.arms.items() if arm.is_reference)

    @property
    def strict(self) -> tuple[str, ...]:
        """Arms in which the best pro is asked first, instead of drawn by weight."""
        usual = self.market.requests.offer_order
        orders = {name: allocator_traits(arm.allocator).offer_order or usual for name, arm in self.arms.items()}
        return tuple(name for name, order in orders.items() if order == "ranked")

    @property
    def studied(self) -> str | None:
        """The studied arm, when it is among the arms."""
        studied = getattr(self.options, "studied", None)
        return studied if studied in self.arms else None

    @property
    def out(self) -> Path:
        """Where tables, charts and the report go."""
        return Path(self.options.out)

    @property
    def store(self) -> Path:
        """Where runs are kept."""
        return Path(self.options.store)

    def check_metric(self, key: str, name: str) -> Metric:
        """The metric of that name.

        Raises
        ------
        ConfigError
            There is none whose window fits; ``key`` is where it was named.
        """
        return find_metric(self.metrics, key, name)

    def jobs(self, replications: int) -> dict[tuple[str, int], Job]:
        """Every arm times every replication, by both."""
        options, markets = self.options, self.markets(replications)
        return {
            (name, replication): Job(
                markets[replication],
                arm,
                options.seed,
                replication,
                options.engine,
                stream=self.stream,
                known=self.known[replication] if self.known else None,
            )
            for name, arm in self.arms.items()
            for replication in range(replications)
        }

    @property
    def n_worlds(self) -> int:
        """Worlds that replications lie in, one each; 0: all lie in the market."""
        return len(self.in_worlds.worlds) if self.in_worlds else 0

    def markets(self, replications: int) -> Sequence[Market]:
        """The market of each replication."""
        return self.in_worlds.markets(self.market) if self.in_worlds else [self.market] * replications

    def check_margins(self) -> None:
        """Raise ConfigError unless every metric of ``equivalence_margin`` is one whose window fits."""
        for name in getattr(self.options, "equivalence_margin", None) or {}:
            self.check_metric("equivalence_margin", name)


def most_sessions(market: Market) -> int:
    """Sessions that a pro with the longest hours could complete within the horizon, one after the other and never idle."""
    hours = 24.0 if market.pros.open_all_hours else market.pros.work_hours[1] * market.pros.work_days[1] / 7
    shortest = min(service.duration_minutes for service in market.services if service.client_share > 0)
    return math.ceil(hours * market.horizon_days * 60 / shortest)


def make_plan(settings: Mapping[str, Any], options_type: type[O], own: Mapping[str, Arm] | None = None) -> Plan[O]:
    """Validate composed settings.

    Parameters
    ----------
    options_type
        The keys that the experiment has beside ``market`` and ``arm``.
    own
        Further arms that no configuration names.

    Raises
    ------
    ConfigError
        Anything that cannot be run: see the message.
    """
    options = load(options_type, {key: value for key, value in settings.items() if key not in NOT_OPTIONS})
    market = load_market(settings)
    prior = prior_of(settings, market)
    built = build_arms(settings)
    arms = {name: one.arm for name, one in built.items()} | dict(own or {})
    check_programmes({name: one.programmes for name, one in built.items()}, market)
    control = getattr(options, "control", None)
    if control is not None and control not in arms:
        raise ConfigError(f"control = {control!r}, must be one of the arms: {', '.join(arms)}")
    studied = getattr(options, "studied", None)
    if studied is not None and studied not in arms and not is_arm(studied):
        raise ConfigError(f"studied = {studied!r}, must be the name of an arm{did_you_mean(studied, tuple(arms))}")
    window = WINDOWS_DAYS[options.longest_window_months]
    if market.warmup_days + window >= market.horizon_days:
        raise ConfigError(
            f"market.horizon_days = {market.horizon_days}, must be > warmup_days + {window:g} so that clients can be followed for"
            f" {options.longest_window_months} months; or lower longest_window_months"
        )
    most = most_sessions(market)
    for name, arm in arms.items():
        needed = score_traits(arm.score).min_sessions or 0
        if needed > most:
            raise ConfigError(
                f"arms.{name}.score.min_sessions = {needed}, must be <= {most}: no pro could complete more within"
                f" market.horizon_days = {market.horizon_days}, so no score would ever count"
            )
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
    return Plan(options, market, arms, metrics, prior=prior)


def prior_of(settings: Mapping[str, Any], market: Market) -> Prior | None:
    """What is uncertain about a market, where composed settings ask for worlds; None where nobody says, or no worlds are asked for.

    Raises
    ------
    ConfigError
        Too few worlds, or they cannot be as described.
    """
    said, n = settings.get("uncertain"), settings.get("worlds") or 0
    if not n:
        return None
    if n < FEWEST_WORLDS:
        raise ConfigError(f"worlds = {n}, must be 0 or >= {FEWEST_WORLDS}: fewer say nothing about all")
    if said is None:
        if n > A_LOOK:
            raise ConfigError(
                f"worlds = {n}, needs a yaml that says what is uncertain about market={market.name}:"
                f" configs/worlds/{market.name}.yaml, or plausible=NAME"
            )
        return None
    known = said.get("known", [])
    return make_prior({key: value for key, value in said.items() if key != "known"}, market, known)

"""An experiment in a market: a second arm, a design that says who is treated, and when."""

from dataclasses import dataclass
from typing import Literal, get_args

import numpy as np

from sim.allocators.base import traits, weighs_requests
from sim.calendar import TICKS_PER_DAY
from sim.config import ConfigError, Market
from sim.designs.base import CLOSED, ELIGIBLE, NOT_ASKED, Design, Split, Units, merges_orders
from sim.engine.platform import Arm

Scores = Literal["shared", "separate"]


@dataclass(frozen=True)
class Novelty:
    """A treatment that works on all treated requests at first, and later on some of them: what is new wears off."""

    lasting_share: float
    """Of treated requests, on which it works for good; on the others the control is shown. 0 to 1."""
    half_life_days: float
    """In which what is above that share halves, >= 0; 0: at once, as if it had been there for long."""

    def __post_init__(self) -> None:
        if not 0 <= self.lasting_share <= 1:
            raise ConfigError(f"novelty.lasting_share = {self.lasting_share:g}, must be within 0..1")
        if not 0 <= self.half_life_days < np.inf:
            raise ConfigError(f"novelty.half_life_days = {self.half_life_days:g}, must be >= 0 and finite")


@dataclass(frozen=True)
class Trial:
    """What is tried in a market that runs under its own arm, the control.

    Before it begins and after it has ended every request is shown what the control shows.
    """

    treated: Arm
    design: Design
    start_days: float
    """When it begins, in days from the start of the run, not within the warm-up."""
    days: float
    """How long it lasts, > 0, until the horizon at most."""
    scores: Scores = "shared"
    """``shared``: both arms compute their scores from all sessions, as a platform does. ``separate``: a score leaves out sessions
    for which the other arm weighed the pro; those requested outside the experiment count for both."""
    zones: tuple[int, ...] | None = None
    """Zones in which requests have a part in it, such as (0, 1); None: all."""
    eligible_share: float = 1.0
    """Of clients who have a part in it, > 0 to 1, drawn once for good."""
    novelty: Novelty | None = None
    """None: the treatment works as long as it lasts."""
    seed_of_split: int = 0
    """Key of the split, >= 0, together with the replication; the people and their luck have a seed of their own."""

    def __post_init__(self) -> None:
        if self.scores not in get_args(Scores):
            raise ConfigError(f"trial.scores = {self.scores!r}, must be one of {', '.join(get_args(Scores))}")
        if not self.days > 0:
            raise ConfigError(f"trial.days = {self.days:g}, must be > 0")
        if not self.start_days >= 0:
            raise ConfigError(f"trial.start_days = {self.start_days:g}, must be >= 0")
        if not 0 < self.eligible_share <= 1:
            raise ConfigError(f"trial.eligible_share = {self.eligible_share:g}, must be > 0 and <= 1")
        if self.zones is not None and (not self.zones or len(set(self.zones)) < len(self.zones) or min(self.zones) < 0):
            raise ConfigError(f"trial.zones = {list(self.zones)}, must be distinct numbers of zones, each >= 0")
        if self.seed_of_split < 0:
            raise ConfigError(f"trial.seed_of_split = {self.seed_of_split}, must be >= 0")

    def split(self, market: Market, n_clients: int, replication: int) -> Split:
        """Who is in which group, for a run of this market and the first ``n_clients`` clients; for the log of one, too.

        Raises
        ------
        ConfigError
            Too few units for the design.
        """
        n_zones = market.zones if self.zones is None else len(self.zones)
        units = Units(self.seed_of_split, replication, n_clients, market.pros.n, n_zones, self.days)
        groups = self.design.groups(units)
        if self.zones is not None:
            shares = np.full((market.zones, groups.shares.shape[1]), CLOSED)
            shares[list(self.zones)] = groups.shares
            groups = groups._replace(shares=shares)
        if self.eligible_share < 1:
            asked = units.uniforms(ELIGIBLE, n_clients) < self.eligible_share
            groups = groups._replace(places=np.where(asked, groups.places, NOT_ASKED))
        return Split(groups, self.start_days, self.days)

    @property
    def lasting(self) -> tuple[float, float]:
        """Share of treated requests on which the treatment works for good, and ticks in which what is above it halves."""
        if self.novelty is None:
            return 1.0, 0.0
        return self.novelty.lasting_share, self.novelty.half_life_days * TICKS_PER_DAY


def refuse_unless_fits(trial: Trial, market: Market, control: Arm) -> None:
    """Refuse an experiment that cannot be run in a market.

    Raises
    ------
    ConfigError
        It begins within the warm-up or ends after the horizon; a zone is not in the market; an arm weighs every single request; the
        arms' programmes differ; or orders are to be merged of which one is none.
    """
    if trial.start_days < market.warmup_days:
        raise ConfigError(f"trial.start_days = {trial.start_days:g}, must be >= warmup_days = {market.warmup_days}")
    if trial.start_days + trial.days > market.horizon_days:
        end = trial.start_days + trial.days
        raise ConfigError(f"trial.days = {trial.days:g}, ends at day {end:g}: must be <= horizon_days = {market.horizon_days}")
    if trial.zones is not None and max(trial.zones) >= market.zones:
        raise ConfigError(f"trial.zones = {list(trial.zones)}, must be zones of the market: 0 to {market.zones - 1}")
    if trial.treated.programmes != control.programmes:
        raise ConfigError(
            f"arms {control.name} and {trial.treated.name} have different programmes: an experiment compares scores and allocators,"
            " the programmes of both arms must be the same"
        )
    for arm in (control, trial.treated):
        if weighs_requests(arm.allocator):
            raise ConfigError(
                f"arm {arm.name}: {type(arm.allocator).__name__} weighs every single request, which an experiment cannot mix:"
                " give it a method visibility(pros, now_days) that is called once a refresh"
            )
        order = traits(arm.allocator).offer_order or market.requests.offer_order
        if merges_orders(trial.design) and order == "broadcast":
            raise ConfigError(f"arm {arm.name}: offer_order = broadcast, must be sampled or ranked for a design that merges orders")

"""Status by bookings or spend in a rolling window: the best clients pay less."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, Literal, get_args

import numpy as np

from sim.calendar import TICKS_PER_DAY
from sim.config import Market
from sim.jit import kernel
from sim.programmes.base import MOST_DAYS, check_increasing, check_names, check_within, sessions_of_the_fastest
from sim.programmes.response import RESPONSE, Response, days_until

MAX_TIERS = 6
MAX_CHANNELS = 16
By = Literal["bookings", "spend"]

PARAMETERS = np.dtype(
    [
        ("on", np.bool_),
        ("by_spend", np.bool_),
        ("window_ticks", np.int64),
        ("n_tiers", np.int64, (MAX_CHANNELS,)),
        ("threshold", np.float64, (MAX_CHANNELS, MAX_TIERS)),
        ("discount_share", np.float64, (MAX_CHANNELS, MAX_TIERS + 1)),
        ("response", RESPONSE),
    ],
    align=True,
)
"""Grids by channel of acquisition; ``discount_share`` begins with that of no status, 0."""

STATE = np.dtype(
    [
        ("paid_cents", np.int64),
        ("first_tick", np.int64),
        ("first_row", np.int32),
        ("last_row", np.int32),
        ("sessions", np.int32),
    ],
    align=True,
)
"""The rolling window of a client: what the completed sessions in it paid, end and row of the first, row of the last, how many."""


@dataclass(frozen=True)
class Tier:
    """A status: from what amount on, and what it gives."""

    threshold: float
    """Completed bookings, or EUR paid less what was refunded, in the window."""
    discount_share: float
    """Off the price of every session."""

    def __post_init__(self) -> None:
        check_within("threshold", self.threshold)
        check_within("discount_share", self.discount_share, 0, 1)


@dataclass(frozen=True)
class Tiers:
    """Clients who book much in a rolling window pay less for each session, for as long as they do.

    Status is that of the window before the session, so a session never counts towards its own discount. A status gives money and
    nothing else: priority at a pro would take the pro from another client.
    """

    by: By
    window_days: float
    grid: tuple[Tier, ...]
    """Increasing in threshold and not falling in discount."""
    channel_grids: dict[str, tuple[Tier, ...]] | None
    """Another grid for the clients of a channel; an empty one: no status for them."""
    response: Response

    kind: ClassVar[str] = "tiers"

    def __post_init__(self) -> None:
        if self.by not in get_args(By):
            raise ValueError(f"by = {self.by!r}, must be one of {', '.join(get_args(By))}")
        check_within("window_days", self.window_days, 1, MOST_DAYS)
        if not self.grid:
            raise ValueError("grid = [], must hold a tier")
        for name, grid in self._grids().items():
            if len(grid) > MAX_TIERS:
                raise ValueError(f"{name} = {len(grid)} tiers, must be at most {MAX_TIERS}")
            check_increasing(f"{name}.threshold", [tier.threshold for tier in grid])
            shares = [tier.discount_share for tier in grid]
            if shares != sorted(shares):
                raise ValueError(f"{name}.discount_share = {shares}, must not fall")

    def _grids(self) -> dict[str, Sequence[Tier]]:
        return {"grid": self.grid, **{f"channel_grids.{name}": grid for name, grid in (self.channel_grids or {}).items()}}

    def fill(self, record: Any, market: Market) -> None:
        """Write the parameters into a record of ``PARAMETERS``; ValueError for an unknown channel, or too many of them."""
        channels = [channel.name for channel in market.clients.channels]
        check_names("channel_grids", list(self.channel_grids or {}), channels)
        # one more for clients brought by other clients
        if len(channels) + 1 > MAX_CHANNELS:
            raise ValueError(f"channel_grids: the market has {len(channels)} channels, must be at most {MAX_CHANNELS - 1}")
        record["on"] = True
        record["by_spend"] = self.by == "spend"
        record["window_ticks"] = round(self.window_days * TICKS_PER_DAY)
        grids = self.channel_grids or {}
        for position in range(MAX_CHANNELS):
            grid = grids.get(channels[position], self.grid) if position < len(channels) else self.grid
            record["n_tiers"][position] = len(grid)
            for i, tier in enumerate(grid):
                record["threshold"][position, i] = tier.threshold
                record["discount_share"][position, i + 1] = tier.discount_share
        self.response.fill(record["response"])

    def warnings(self, market: Market) -> list[str]:
        """Tiers that nobody can reach."""
        most = sessions_of_the_fastest(market, min(self.window_days, market.horizon_days))
        if self.by == "spend":
            most *= max(service.price_eur for service in market.services)
        unit = "EUR" if self.by == "spend" else "bookings"
        return [
            f"{name}.threshold = {tier.threshold:g}, nobody can reach it: even frequent clients have {most:.1f} {unit} within"
            f" window_days = {self.window_days:g}"
            for name, grid in self._grids().items()
            for tier in grid
            if tier.threshold > most
        ]


@kernel
def level(amount: float, channel: int, tiers: Any) -> int:
    """Status, 0 for none, of a client with this amount in the window."""
    reached = 0
    for i in range(tiers["n_tiers"][channel]):
        if amount >= tiers["threshold"][channel, i]:
            reached = i + 1
    return reached


@kernel
def next_goal(
    amount: float, status: int, channel: int, per_visit: float, rate_per_day: float, tiers: Any
) -> tuple[float, float, float]:
    """The next status as (further discount share, share of the way covered, days left at the client's own pace)."""
    if status >= tiers["n_tiers"][channel] or per_visit <= 0.0:
        return 0.0, 0.0, math.inf
    threshold = tiers["threshold"][channel, status]
    gain = tiers["discount_share"][channel, status + 1] - tiers["discount_share"][channel, status]
    visits = math.ceil((threshold - amount) / per_visit)
    return gain, min(amount / threshold, 1.0) if threshold > 0.0 else 1.0, days_until(visits, rate_per_day)

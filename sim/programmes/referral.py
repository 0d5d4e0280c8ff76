"""Satisfied clients bring friends, who cost less to win than clients of other channels."""

import math
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np

from sim.calendar import TICKS_PER_DAY
from sim.config import Market
from sim.jit import kernel
from sim.population import LAW, fill_law
from sim.programmes.base import MOST_DAYS, check_within

MAX_FRIENDS = 3
CHANNEL = "referral"

PARAMETERS = np.dtype(
    [
        ("on", np.bool_),
        ("share_per_session", np.float64),
        ("max_per_client", np.int64),
        ("satisfied_logit", np.float64),
        ("delay_ticks", np.float64),
        ("taste_logit", np.float64),
        ("referrer_bonus_eur", np.float64),
        ("friend_voucher_eur", np.float64),
        ("acquisition_cost_eur", np.float64),
        ("channel", np.int64),
        ("law", LAW),
    ],
    align=True,
)
"""``channel`` is the code of clients brought by others: one more than the market's last; ``law`` is what they are drawn from."""

STATE = np.dtype([("referrer", np.int32), ("brought", np.int8), ("is_friend", np.bool_)], align=True)
"""Whose friend a client is, how many friends the client has brought, and whether the client is one at all."""


@dataclass(frozen=True)
class Referral:
    """After a session that satisfied, a client who stays may bring a friend to the platform.

    A client's first, second and third friend are given people, with traits drawn by their numbers and the home zone of who brings
    them; only whether and when they come depends on the run, so they are the same under every policy. Friends bring nobody: one
    generation. Both bonuses are paid for the friend's first completed session, not before.

    References
    ----------
    Schmitt, Skiera & Van den Bulte (2011), Referral programs and customer value. Journal of Marketing 75(1), 46-59: at a German
    bank referred customers stayed longer and were at least 16 % more valuable.
    """

    share_per_session: float
    """Probability to bring somebody after a session that satisfied."""
    max_per_client: int
    satisfied_logit: float
    """A session satisfies when it shifted the decision to stay by at least this."""
    delay_days: float
    """Mean of the exponential time until the friend's first need."""
    taste_logit: float
    """How much likelier friends are to stay, on the logit scale."""
    referrer_bonus_eur: float
    """Paid to who brought a friend."""
    friend_voucher_eur: float
    """Off the friend's first session."""
    acquisition_cost_eur: float
    """Of a friend, apart from the bonuses."""

    kind: ClassVar[str] = "referral"

    def __post_init__(self) -> None:
        check_within("share_per_session", self.share_per_session, 0, 1)
        check_within("max_per_client", self.max_per_client, 1, MAX_FRIENDS)
        check_within("satisfied_logit", self.satisfied_logit, -100, 100)
        check_within("delay_days", self.delay_days, 0, MOST_DAYS)
        check_within("taste_logit", self.taste_logit, -20, 20)
        for name in ("referrer_bonus_eur", "friend_voucher_eur", "acquisition_cost_eur"):
            check_within(name, getattr(self, name))

    def fill(self, record: Any, market: Market) -> None:
        """Write the parameters into a record of ``PARAMETERS``; ValueError when the market has a channel of that name."""
        if any(channel.name == CHANNEL for channel in market.clients.channels):
            raise ValueError(f"the market has a channel {CHANNEL!r} already, must be named otherwise")
        record["on"] = True
        record["channel"] = len(market.clients.channels)
        fill_law(record["law"], market.clients, market)
        record["delay_ticks"] = self.delay_days * TICKS_PER_DAY
        for name in ("share_per_session", "max_per_client", "satisfied_logit", "taste_logit"):
            record[name] = getattr(self, name)
        for name in ("referrer_bonus_eur", "friend_voucher_eur", "acquisition_cost_eur"):
            record[name] = getattr(self, name)

    def warnings(self, market: Market) -> list[str]:
        """None."""
        return []


@kernel
def friend_of(client: int, brought: int, n_arrivals: int) -> int:
    """Number of the friend whom a client brings after ``brought`` others, among ``n_arrivals`` clients who come by themselves.

    A client's first friend is the same whatever ``max_per_client``.
    """
    return n_arrivals * (brought + 1) + client


@kernel
def arrival_tick(u: float, tick: int, referral: Any) -> int:
    """When a friend first needs something: an exponential time later, and at least one tick."""
    return tick + 1 + int(min(-math.log(u) * referral["delay_ticks"], 1e15))


@kernel
def brings(u: float, client: int, brought: int, effect: float, n_arrivals: int, referral: Any) -> bool:
    """Whether a client who stays after a completed session with this effect brings a friend."""
    return (
        client < n_arrivals
        and brought < referral["max_per_client"]
        and effect >= referral["satisfied_logit"]
        and u < referral["share_per_session"]
    )

"""Points for completed sessions, worth money only as gift cards with thresholds."""

import math
from dataclasses import dataclass
from typing import Any, ClassVar, Literal, get_args

import numpy as np

from sim.calendar import TICKS_PER_DAY
from sim.config import Market
from sim.jit import kernel
from sim.programmes.base import MOST_DAYS, check_increasing, check_names, check_within, sessions_of_the_fastest
from sim.programmes.response import RESPONSE, Response, days_until
from sim.rules import NEVER

MAX_CARDS = 8
SavesFor = Literal["first", "last"]

PARAMETERS = np.dtype(
    [
        ("on", np.bool_),
        ("per_eur", np.float64),
        ("n_cards", np.int64),
        ("card_points", np.int64, (MAX_CARDS,)),
        ("card_eur", np.float64, (MAX_CARDS,)),
        ("goal", np.int64),
        ("expiry_ticks", np.int64),
        ("card_sale_share", np.float64),
        ("response", RESPONSE),
    ],
    align=True,
)
"""``card_eur`` is nan for a card that pays a whole session, whatever it costs; ``goal`` is the card that clients save for."""

STATE = np.dtype([("balance", np.int64), ("earned_tick", np.int64)], align=True)
"""Points of a client now, and when the last were earned."""


@dataclass(frozen=True)
class Card:
    """A gift card: what it costs in points and what it is worth."""

    points: int
    eur: float | None
    """None: one session, whatever its price."""

    def __post_init__(self) -> None:
        check_within("points", self.points, 1, 10**9)
        if self.eur is not None:
            check_within("eur", self.eur, 0.01)


@dataclass(frozen=True)
class Points:
    """Clients collect points at completed sessions and exchange them for gift cards, which pay for part of a later session.

    A card is redeemed at the end of a session, out of points from earlier ones: the dearest card that points and price allow, once
    the balance has reached the card saved for. A session paid by a card in full earns nothing. Points expire together, when no
    more have been earned for ``expiry_days``.
    """

    per_session: int
    """Points for any session."""
    per_service: dict[str, int] | None
    """The business's own table: points for a session of a service, instead of ``per_session``; None: no such table."""
    per_eur: float
    """Points for each EUR that the client pays and does not get back, besides."""
    cards: tuple[Card, ...]
    """Thresholds, increasing in points and in worth."""
    saves_for: SavesFor
    """Which card clients have in mind."""
    expiry_days: float | None
    """None: points do not expire."""
    card_sale_share: float
    """Probability that a client buys the first card for money after a completed session; it pays for sessions of theirs later."""
    response: Response

    kind: ClassVar[str] = "points"

    def __post_init__(self) -> None:
        check_within("per_session", self.per_session, 0, 10**6)
        for name, points in (self.per_service or {}).items():
            check_within(f"per_service.{name}", points, 0, 10**6)
        check_within("per_eur", self.per_eur, 0, 10**6)
        if not 1 <= len(self.cards) <= MAX_CARDS:
            raise ValueError(f"cards = {len(self.cards)} cards, must be 1 to {MAX_CARDS}")
        check_increasing("cards.points", [card.points for card in self.cards])
        check_increasing("cards.eur", [math.inf if card.eur is None else card.eur for card in self.cards])
        if self.saves_for not in get_args(SavesFor):
            raise ValueError(f"saves_for = {self.saves_for!r}, must be one of {', '.join(get_args(SavesFor))}")
        if self.expiry_days is not None:
            check_within("expiry_days", self.expiry_days, 1, MOST_DAYS)
        check_within("card_sale_share", self.card_sale_share, 0, 1)
        if self.card_sale_share > 0 and self.cards[0].eur is None:
            raise ValueError(f"card_sale_share = {self.card_sale_share:g}, must be 0 when the first card is worth a session")
        if not (self.per_eur > 0 or self.per_session > 0 or any((self.per_service or {}).values())):
            raise ValueError("per_session = 0, must be > 0 when neither per_service nor per_eur gives points")

    def service_points(self, market: Market) -> list[int]:
        """Points for a session of each service of the market, apart from ``per_eur``."""
        return [(self.per_service or {}).get(service.name, self.per_session) for service in market.services]

    def fill(self, record: Any, market: Market) -> None:
        """Write the parameters into a record of ``PARAMETERS``; ValueError for a service or a card that does not fit."""
        check_names("per_service", list(self.per_service or {}), [service.name for service in market.services])
        dearest = max(service.price_eur for service in market.services)
        for card in self.cards:
            if card.eur is not None and card.eur > dearest:
                raise ValueError(f"cards.eur = {card.eur:g}, must be <= {dearest:g}, the dearest session: no rest is paid out")
        record["on"] = True
        record["per_eur"] = self.per_eur
        record["n_cards"] = len(self.cards)
        for i, card in enumerate(self.cards):
            record["card_points"][i] = card.points
            record["card_eur"][i] = math.nan if card.eur is None else card.eur
        record["goal"] = 0 if self.saves_for == "first" else len(self.cards) - 1
        record["expiry_ticks"] = NEVER if self.expiry_days is None else round(self.expiry_days * TICKS_PER_DAY)
        record["card_sale_share"] = self.card_sale_share
        self.response.fill(record["response"])

    def warnings(self, market: Market) -> list[str]:
        """Cards that nobody can reach within the run."""
        most = max(
            points + self.per_eur * service.price_eur
            for points, service in zip(self.service_points(market), market.services, strict=True)
        )
        reach = most * sessions_of_the_fastest(market, market.horizon_days)
        return [
            f"cards.points = {card.points}, nobody can reach it: even frequent clients collect {reach:.0f} points within"
            f" market.horizon_days = {market.horizon_days}"
            for card in self.cards
            if card.points > reach
        ]


@kernel
def earned(paid_eur: float, service_points: int, points: Any) -> int:
    """Points for a completed session for which the client paid so much, after any refund; 0 for one that cost nothing."""
    if paid_eur < 0.005:
        return 0
    return service_points + math.floor(points["per_eur"] * paid_eur + 1e-6)


@kernel
def expires(state: Any, tick: int, points: Any) -> bool:
    """Whether the points of a client are gone by now."""
    return state["balance"] > 0 and points["expiry_ticks"] >= 0 and state["earned_tick"] + points["expiry_ticks"] <= tick


@kernel
def card_to_redeem(balance: int, left_eur: float, points: Any) -> int:
    """The dearest card that the balance buys and whose worth does not exceed what is left to pay; -1 for none.

    None either while the client is saving for a dearer one.
    """
    if left_eur <= 0.0 or balance < points["card_points"][points["goal"]]:
        return NEVER
    best = NEVER
    for i in range(points["n_cards"]):
        worth = points["card_eur"][i]
        if balance >= points["card_points"][i] and (math.isnan(worth) or worth <= left_eur):
            best = i
    return best


@kernel
def card_worth(card: int, left_eur: float, points: Any) -> float:
    """What a card takes off a price of which so much is left, in EUR."""
    worth = points["card_eur"][card]
    return left_eur if math.isnan(worth) else worth


@kernel
def goal(balance: int, price_eur: float, service_points: int, rate_per_day: float, points: Any) -> tuple[float, float, float]:
    """The card saved for as (value over the price of a session, share of the way covered, days left at the client's own pace)."""
    per_visit = earned(price_eur, service_points, points)
    if per_visit <= 0:
        return 0.0, 0.0, math.inf
    threshold = points["card_points"][points["goal"]]
    worth = card_worth(points["goal"], price_eur, points)
    missing = max(threshold - balance, 0)
    # points collected at one visit are spent at a later one
    visits = math.ceil(missing / per_visit) + 1.0
    return worth / price_eur, min(balance / threshold, 1.0), days_until(visits, rate_per_day)

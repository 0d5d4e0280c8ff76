"""What a loyalty programme is, and what programmes share.

A programme is parameters plus small pure functions of numbers in its own file. The client clock of both engines calls those
functions at fixed places (``sim/engine/loyalty.py``) with the parameters as one record, and never the object itself.
"""

import math
from collections.abc import Sequence
from itertools import pairwise
from typing import Any, ClassVar, Protocol, runtime_checkable

from scipy import special

from sim.config import Market
from sim.jit import kernel

POINTS, TIERS, RECOVERY, OUTREACH, RECOGNITION, REFERRAL = range(6)
KINDS = ("points", "tiers", "recovery", "outreach", "recognition", "referral")
"""Kinds of programmes; an arm has at most one of each."""

# What a programme's money was spent on.
MESSAGE, APOLOGY, COMPENSATION, REFERRAL_BONUS, CARD_SALE, GREETING = range(6)
SPEND_KINDS = ("message", "apology", "compensation", "referral_bonus", "card_sale", "recognition")

# Why a balance of points changed.
EARNED, REDEEMED, EXPIRED = range(3)
LEDGER_KINDS = ("earned", "redeemed", "expired")

MOST_DAYS = 36_525.0
"""No time of a programme is longer than a century: in ticks all of them fit an integer, whatever is added to them."""

FASTEST = 0.999
"""Quantile of clients' need rates that stands for the fastest client there is."""


@runtime_checkable
class Programme(Protocol):
    """A loyalty programme: a frozen dataclass whose fields are its parameters.

    ``__post_init__`` checks what can be checked alone, with a ``ValueError`` that names field, value and rule.
    """

    kind: ClassVar[str]
    """One of ``KINDS``: whose hooks it fills."""

    def fill(self, record: Any, market: Market) -> None:
        """Write the parameters into the programme's part of ``record.PARAMETERS``.

        Raises
        ------
        ValueError
            A parameter that does not fit the market, such as an unknown service.
        """
        ...

    def warnings(self, market: Market) -> list[str]:
        """What can be run in this market but hardly makes sense, one sentence each, beginning with the field."""
        ...


@runtime_checkable
class GivesPoints(Protocol):
    """A programme under which sessions earn points beside those for money."""

    def service_points(self, market: Market) -> Sequence[float]:
        """Points for a session of each service, (n_services,)."""
        ...


def check_within(name: str, value: float, low: float = 0.0, high: float = math.inf) -> None:
    """Raise ValueError unless ``low`` <= value <= ``high``, and finite."""
    if not (low <= value <= high and math.isfinite(value)):
        rule = f"must be >= {low:g}" if high == math.inf else f"must be within {low:g}..{high:g}"
        raise ValueError(f"{name} = {value:g}, {rule}")


def check_increasing(name: str, values: Sequence[float]) -> None:
    """Raise ValueError unless the values increase from one to the next."""
    if any(low >= high for low, high in pairwise(values)):
        raise ValueError(f"{name} = {[float(f'{value:g}') for value in values]}, must increase")


def check_names(name: str, given: Sequence[str], known: Sequence[str]) -> None:
    """Raise ValueError unless every name given is known."""
    for one in given:
        if one not in known:
            raise ValueError(f"{name} = {one!r}, must be one of {', '.join(known)}")


def sessions_of_the_fastest(market: Market, days: float) -> float:
    """Sessions that hardly any client (1 in 1,000) exceeds on average in so many days."""
    clients = market.clients
    rate = float(special.gammaincinv(clients.rate_shape, FASTEST)) * clients.rate_scale_per_day
    return 1.0 + rate * days


@kernel
def cents(amount_eur: float) -> float:
    """An amount >= 0 rounded to the cent, half up."""
    return math.floor(amount_eur * 100.0 + 0.5) / 100.0

"""Reminders between bookings: they bring the next one forward, teach how to rebook, and annoy when they come too often."""

import math
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np

from sim.calendar import TICKS_PER_DAY
from sim.config import Market
from sim.jit import kernel
from sim.programmes.base import MOST_DAYS, check_within

MAX_MESSAGES = 12

PARAMETERS = np.dtype(
    [
        ("on", np.bool_),
        ("every_ticks", np.int64),
        ("max_messages", np.int64),
        ("cost_eur", np.float64),
        ("response_share", np.float64),
        ("forward_share", np.float64),
        ("opt_out_share", np.float64),
        ("annoyed_share", np.float64),
        ("taught_share", np.float64),
        ("favourite_share", np.float64),
    ],
    align=True,
)
"""``annoyed_share`` is that of a message at this cadence."""

STATE = np.dtype([("opted_out", np.bool_), ("taught", np.bool_), ("sent", np.int8)], align=True)
"""What a client thinks of messages, and how many there were since the last request ended."""

# What a message does.
NOTHING, ANSWERED, OPTED_OUT, LEFT = range(4)


@dataclass(frozen=True)
class Outreach:
    """A reminder every so many days after a request has ended, until the next one or ``max_messages``.

    A message that is answered cuts the time until the next need. Each may make the client opt out, or, when they come more often
    than is welcome, leave for good. The platform does not know who has left: they get their messages, too, and those cost as much.

    References
    ----------
    Godfrey, Seiders & Voss (2011), Enough is enough! The fine line in executing multichannel relational communication. Journal of
    Marketing 75(4), 94-109: beyond an ideal level of contact, repurchase falls.
    """

    every_days: float
    max_messages: int
    """In a row without a request."""
    cost_eur: float
    """Of one message."""
    response_share: float
    """Probability that a message brings the next need forward."""
    forward_share: float
    """By what share of the time that is left."""
    opt_out_share: float
    """Probability that a message is the last one the client wants."""
    tolerated_days: float
    """From this interval on messages annoy nobody."""
    annoyed_share: float
    """Probability to leave over one message, in the limit of no interval; it falls linearly to 0 at ``tolerated_days``."""
    taught_share: float
    """Probability that a message teaches the client how to book a favourite pro again."""
    favourite_share: float
    """Share of requests at which a client who has been taught asks for the favourite, instead of the market's
    favourite_asked_share, if that is smaller."""

    kind: ClassVar[str] = "outreach"

    def __post_init__(self) -> None:
        check_within("every_days", self.every_days, 1, MOST_DAYS)
        check_within("max_messages", self.max_messages, 1, MAX_MESSAGES)
        check_within("cost_eur", self.cost_eur)
        check_within("tolerated_days", self.tolerated_days)
        for name in ("response_share", "forward_share", "opt_out_share", "annoyed_share", "taught_share", "favourite_share"):
            check_within(name, getattr(self, name), 0, 1)

    def fill(self, record: Any, market: Market) -> None:
        """Write the parameters into a record of ``PARAMETERS``."""
        record["on"] = True
        record["every_ticks"] = round(self.every_days * TICKS_PER_DAY)
        for name in (
            *("max_messages", "cost_eur", "response_share", "forward_share", "opt_out_share", "taught_share"),
            "favourite_share",
        ):
            record[name] = getattr(self, name)
        excess = max(1.0 - self.every_days / self.tolerated_days, 0.0) if self.tolerated_days > 0 else 0.0
        record["annoyed_share"] = self.annoyed_share * excess

    def warnings(self, market: Market) -> list[str]:
        """None."""
        return []


@kernel
def effect_of(u_annoyed: float, u_opts_out: float, u_answers: float, outreach: Any) -> int:
    """What one message does to a client who is still there."""
    if u_annoyed < outreach["annoyed_share"]:
        return LEFT
    if u_opts_out < outreach["opt_out_share"]:
        return OPTED_OUT
    return ANSWERED if u_answers < outreach["response_share"] else NOTHING


@kernel
def brought_forward(need_tick: int, message_tick: int, outreach: Any) -> int:
    """Tick of a need after a message that is answered: never before the message, never later than it was."""
    ahead = (need_tick - message_tick) * (1.0 - outreach["forward_share"])
    return min(message_tick + math.ceil(ahead), need_tick)

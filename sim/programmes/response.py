"""How a reward changes behaviour: what it is worth, how near it is, and whether it can be reached in time.

A client who collects for a reward is likelier to stay and comes back sooner. Both effects grow with the reward's value relative to
the price of a session and with the share of the way covered (the goal gradient), and nearly vanish for a reward that is too far off
at the client's own pace.

References
----------
Kivetz, Urminsky & Zheng (2006), The goal-gradient hypothesis resurrected. Journal of Marketing Research 43(1), 39-58: effort is a
function of the share of the original distance that is left; a free coffee after ten made the last gap between purchases 20 %
shorter than the first; after the reward the pace falls back.
"""

import math
from dataclasses import dataclass
from typing import Any

import numpy as np

from sim.jit import kernel
from sim.programmes.base import check_within

RESPONSE = np.dtype(
    [
        ("value_logit", np.float64),
        ("start_share", np.float64),
        ("acceleration_share", np.float64),
        ("reach_days", np.float64),
        ("far_share", np.float64),
    ],
    align=True,
)


@dataclass(frozen=True)
class Response:
    """How clients respond to a reward they can work for."""

    value_logit: float
    """Shift of the decision to stay, on the logit scale, for a reward worth one session that is about to be reached."""
    start_share: float
    """Share of that shift that a client feels who has not begun to collect; the rest grows with the share of the way covered."""
    acceleration_share: float
    """By how much the gap to the next need shrinks for a reward worth one session that is about to be reached."""
    reach_days: float
    """A reward farther off than this, at the client's own mean gap between needs, hardly counts."""
    far_share: float
    """What is left of both effects then."""

    def __post_init__(self) -> None:
        check_within("value_logit", self.value_logit, 0, 20)
        check_within("start_share", self.start_share, 0, 1)
        check_within("acceleration_share", self.acceleration_share, 0, 0.9)
        check_within("reach_days", self.reach_days)
        check_within("far_share", self.far_share, 0, 1)

    def fill(self, record: Any) -> None:
        """Write the parameters into a record of ``RESPONSE``."""
        for name in RESPONSE.names or ():
            record[name] = getattr(self, name)


@kernel
def weight(value_share: float, days_left: float, response: Any) -> float:
    """Value of a reward in sessions (1 at most), or next to nothing when it cannot be reached in time; 0 to 1."""
    value = min(max(value_share, 0.0), 1.0)
    return value if days_left <= response["reach_days"] else value * response["far_share"]


@kernel
def stay_logit(value_share: float, progress: float, days_left: float, response: Any) -> float:
    """Shift of the decision to stay, >= 0.

    Parameters
    ----------
    value_share
        Value of the reward over the price of a session.
    progress
        Share of the way covered, 0 to 1.
    days_left
        Time until the reward at the client's own pace.
    """
    near = response["start_share"] + (1.0 - response["start_share"]) * progress
    return response["value_logit"] * weight(value_share, days_left, response) * near


@kernel
def haste(value_share: float, progress: float, days_left: float, response: Any) -> float:
    """Share by which the gap to the next need is shorter, 0 and more and below 1; parameters as in ``stay_logit``."""
    return response["acceleration_share"] * weight(value_share, days_left, response) * progress


@kernel
def days_until(visits: float, rate_per_day: float) -> float:
    """Mean days that so many needs take a client; inf for one who has none."""
    return visits / rate_per_day if rate_per_day > 0.0 else (0.0 if visits <= 0.0 else math.inf)

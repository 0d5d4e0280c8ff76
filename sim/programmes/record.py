"""All programmes of an arm as one record of parameters, and what they keep of each client."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from sim.arrays import Table
from sim.config import Market, located
from sim.programmes import outreach, points, recognition, recovery, referral, tiers
from sim.programmes.base import KINDS, Programme

PARAMETERS = np.dtype(
    [
        ("points", points.PARAMETERS),
        ("tiers", tiers.PARAMETERS),
        ("recovery", recovery.PARAMETERS),
        ("outreach", outreach.PARAMETERS),
        ("recognition", recognition.PARAMETERS),
        ("referral", referral.PARAMETERS),
    ],
    align=True,
)
"""One part a kind; in a programme that is not on, ``on`` is false and nothing else is read."""

WALLET = np.dtype(
    [("voucher_eur", np.float64), ("voucher_from", np.int64), ("voucher_until", np.int64), ("prepaid_eur", np.float64)], align=True
)
"""What a client may pay with instead of money: a voucher and the ticks between which it is good, and gift cards bought."""

STATE = np.dtype(
    [
        ("haste", np.float64),
        ("wallet", WALLET),
        ("referral", referral.STATE),
        ("outreach", outreach.STATE),
        ("points", points.STATE),
        ("tiers", tiers.STATE),
    ],
    align=True,
)
"""What the programmes keep of a client; ``haste`` is the share by which the next gap between needs is shorter.

All zero before anything has happened, so that clients who never arrive cost no memory.
"""


def parameters(programmes: Sequence[Programme], market: Market) -> Table:
    """(1,) of ``PARAMETERS``, or (0,) without programmes.

    Raises
    ------
    ValueError
        Two programmes of a kind, or one that does not fit the market; the message begins with the kind.
    """
    table = np.zeros(1 if programmes else 0, PARAMETERS)
    for programme in programmes:
        if programme.kind not in KINDS:
            raise ValueError(f"{type(programme).__name__}.kind = {programme.kind!r}, must be one of {', '.join(KINDS)}")
        part: Any = table[0][programme.kind]
        if part["on"]:
            raise ValueError(f"{programme.kind}: two programmes of this kind, must be one at most")
        try:
            programme.fill(part, market)
        except ValueError as error:
            raise ValueError(located(programme.kind, str(error))) from None
    return table


def n_friends(table: Table) -> int:
    """How many friends each client may bring; 0 without a referral programme."""
    return int(table[0]["referral"]["max_per_client"]) if len(table) and table[0]["referral"]["on"] else 0

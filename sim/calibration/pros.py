"""What a file says about how much new clients' return differs between pros."""

import math

import numpy as np

from sim.arrays import Floats
from sim.bookings.visits import RETURN_DAYS
from sim.calibration.observed import FEWEST
from sim.calibration.reader import Reader
from sim.calibration.spread import FEWEST_PROS, Spread, fit_spread, tallies
from sim.said import Said, number, say

TRAITS = "stay.skill, stay.warmth, stay.advocacy"
"""Keys of what differs between pros."""


def pros(reader: Reader) -> Spread | None:
    """How much new clients' return differs between pros; None when the file names none."""
    if "pro" not in reader.done.labels:
        reader.miss(TRAITS, say("no column pro: how much pros differ cannot be told"))
        return None
    spread = spread_between(reader)
    if spread is not None and not spread_is_known(spread):
        reader.miss(TRAITS, _why_unknown(reader))
    return spread


def _why_unknown(reader: Reader) -> Said:
    """Why the file does not say how much its pros differ: too few can be followed, or all of them did the same."""
    pro = reader.done.labels["pro"]
    rows = reader.followed & (pro >= 0)
    n, followed = len(np.unique(pro[pro >= 0])), int(rows.sum())
    if followed < FEWEST:
        return say(
            "{n} pros in the file, and {followed} of their new clients could be followed for {days} days after the first visit:"
            " at least {needed} are needed",
            n=n,
            followed=followed,
            days=RETURN_DAYS,
            needed=FEWEST,
        )
    seeing = len(np.unique(pro[rows]))
    if seeing < FEWEST_PROS:
        return say(
            "{n} pros in the file, and {seeing} of them with new clients who could be followed for {days} days after the first"
            " visit: at least {needed} are needed",
            n=n,
            seeing=seeing,
            days=RETURN_DAYS,
            needed=FEWEST_PROS,
        )
    return say(
        "{n} pros in the file, and of {followed} of their new clients who could be followed for {days} days {back} came back:"
        " where all do the same nobody differs",
        n=n,
        followed=followed,
        days=RETURN_DAYS,
        back=int(reader.returned[rows].sum()),
    )


def spread_between(reader: Reader) -> Spread | None:
    """The spread between first pros in how many of their new clients return; None when the file names no pros.

    nan throughout with fewer than ``FEWEST`` of them who could be followed, as in ``observed.pro_spread``.
    """
    tallied = returns_by_pro(reader)
    return None if tallied is None else fit_spread(*tallied)


def returns_by_pro(reader: Reader) -> tuple[Floats, Floats] | None:
    """New clients of each first pro who returned, and all who could be followed; None when the file names no pros.

    Nobody's with fewer than ``FEWEST`` of them.
    """
    if "pro" not in reader.done.labels:
        return None
    pro = reader.done.labels["pro"]
    rows = reader.followed & (pro >= 0)
    if rows.sum() < FEWEST:
        return np.empty(0), np.empty(0)
    return tallies(reader.returned[rows], pro[rows])


def spread_is_known(spread: Spread | None) -> bool:
    """Whether the file says how much pros differ, be it that chance alone may explain it."""
    return spread is not None and math.isfinite(spread.rho.estimate)


def differing(spread: Spread | None) -> bool:
    """Whether pros differ beyond chance."""
    return spread is not None and spread_is_known(spread) and spread.rho.low > 0


def correlation(spread: Spread) -> Said:
    """How alike the clients of one pro are, with its interval."""
    rho = spread.rho
    if not math.isfinite(rho.estimate):
        return say("not defined")
    low, middle, high = (number(x, ".4f") for x in (rho.low, rho.estimate, rho.high))
    return say("{estimate} [{low}, {high}]", estimate=middle, low=low, high=high)

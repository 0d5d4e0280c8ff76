"""What a file says about pros: how many there are, and how much new clients' return differs between them."""

import math

import numpy as np

from sim.calibration.reader import Reader
from sim.calibration.spread import Spread, fit_spread, tallies
from sim.said import Said, number, say

TRAITS = "stay.skill, stay.warmth, stay.advocacy"
"""Keys of what differs between pros."""


def pros(reader: Reader) -> Spread | None:
    """How many there are, and how much new clients' return differs between them."""
    days = int(reader.until_day - reader.done.day.min()) + 1
    per_day = len(reader.done.day) / days
    no_zones = say("the file names no zones")
    reader.add("zones", 1, no_zones)
    reader.add("pros.zones_per_pro", 1, no_zones)
    if "pro" not in reader.done.labels:
        scale = reader.base.pros.n / reader.base.clients.arrivals_per_day
        n = max(4, round(scale * per_day / 2.5))
        source = say(
            "no column: as many as keep as busy as in {market} with {n} visits a day",
            market=reader.base.name,
            n=number(per_day, ".2f"),
        )
        reader.add("pros.n", n, source)
        found = say("the visits of the file are those that found a pro: so do the needs of the market that is fitted to it")
        reader.add("pros.share_at_start", 1.0, found)
        reader.add("pros.leaving.enabled", False, found)
        reader.miss(TRAITS, say("no column pro: how much pros differ cannot be told"))
        return None
    pro = reader.done.labels["pro"]
    there, first = np.unique(pro[pro >= 0]), np.full(int(pro.max(initial=-1)) + 1, np.iinfo(np.int64).max)
    np.minimum.at(first, pro[pro >= 0], reader.done.day[pro >= 0])
    early = first[there] <= int(reader.done.day.min()) + days // 4
    reader.add("pros.n", max(len(there), 1), say("pros with a visit"))
    at_start = say("pros with a visit in the first quarter of the file")
    reader.add("pros.share_at_start", float(early.mean()) if len(there) else 1.0, at_start)
    # what this spread makes of the market's effects depends on taste: see first_visit
    spread = spread_between(reader)
    if spread is not None and not differing(spread):
        chance = say("spread between {n} pros not to be told from chance: rho {rho}", n=spread.n_pros, rho=correlation(spread))
        reader.miss(TRAITS, chance)
    return spread


def spread_between(reader: Reader) -> Spread | None:
    """The spread between first pros in how many of their new clients return; None when the file names no pros."""
    if "pro" not in reader.done.labels:
        return None
    pro = reader.done.labels["pro"]
    rows = reader.followed & (pro >= 0)
    return by_pro(reader.returned[rows], pro[rows])


def differing(spread: Spread | None) -> bool:
    """Whether pros differ beyond chance."""
    return spread is not None and math.isfinite(spread.rho.estimate) and spread.rho.low > 0


def by_pro(success: np.ndarray, pro: np.ndarray) -> Spread:
    """The spread between pros of a yes or no by case."""
    if not len(pro):
        return fit_spread(np.empty(0), np.empty(0))
    return fit_spread(*tallies(success, pro))


def correlation(spread: Spread) -> Said:
    """How alike the clients of one pro are, with its interval."""
    rho = spread.rho
    if not math.isfinite(rho.estimate):
        return say("not defined")
    low, middle, high = (number(x, ".4f") for x in (rho.low, rho.estimate, rho.high))
    return say("{estimate} [{low}, {high}]", estimate=middle, low=low, high=high)

"""What a file says of pros: how many there are, and how much new clients' return differs between them."""

import math

import numpy as np

from sim.calibration.reader import Reader
from sim.calibration.spread import Spread, fit_spread, tallies


def pros(reader: Reader) -> Spread | None:
    """How many there are, and how much new clients' return differs between them."""
    days = int(reader.until_day - reader.done.day.min()) + 1
    per_day = len(reader.done.day) / days
    reader.add("zones", 1, "the file names no zones")
    reader.add("pros.zones_per_pro", 1, "the file names no zones")
    if "pro" not in reader.done.labels:
        scale = reader.base.pros.n / reader.base.clients.arrivals_per_day
        n = max(4, round(scale * per_day / 2.5))
        reader.add("pros.n", n, f"no column: as many as keep as busy as in {reader.base.name} with {per_day:.2f} visits a day")
        found = "the visits of the file are those that found a pro: so do the needs of the market that is fitted to it"
        reader.add("pros.share_at_start", 1.0, found)
        reader.add("pros.leaving.enabled", False, found)
        reader.miss("stay.skill, stay.warmth, stay.advocacy", "no column pro: how much pros differ cannot be told")
        return None
    pro = reader.done.labels["pro"]
    known, first = np.unique(pro[pro >= 0]), np.full(int(pro.max(initial=-1)) + 1, np.iinfo(np.int64).max)
    np.minimum.at(first, pro[pro >= 0], reader.done.day[pro >= 0])
    early = first[known] <= int(reader.done.day.min()) + days // 4
    reader.add("pros.n", max(len(known), 1), "pros with a visit")
    reader.add(
        "pros.share_at_start", float(early.mean()) if len(known) else 1.0, "pros with a visit in the first quarter of the file"
    )
    # what this spread makes of the market's effects depends on taste: see first_visit
    spread = spread_between(reader)
    if spread is not None and not told(spread):
        keys = "stay.skill, stay.warmth, stay.advocacy"
        reader.miss(keys, f"spread between {spread.n_pros} pros not to be told from chance: rho {rho_words(spread)}")
    return spread


def spread_between(reader: Reader) -> Spread | None:
    """The spread between first pros in how many of their new clients return; None when the file names no pros."""
    if "pro" not in reader.done.labels:
        return None
    pro = reader.done.labels["pro"]
    rows = reader.followed & (pro >= 0)
    return by_pro(reader.returned[rows], pro[rows])


def told(spread: Spread | None) -> bool:
    """Whether pros differ beyond chance."""
    return spread is not None and math.isfinite(spread.rho.estimate) and spread.rho.low > 0


def by_pro(success: np.ndarray, pro: np.ndarray) -> Spread:
    """The spread between pros of a yes or no by case."""
    if not len(pro):
        return fit_spread(np.empty(0), np.empty(0))
    return fit_spread(*tallies(success, pro))


def rho_words(spread: Spread) -> str:
    """Correlation with its interval."""
    rho = spread.rho
    return f"{rho.estimate:.4f} [{rho.low:.4f}, {rho.high:.4f}]" if math.isfinite(rho.estimate) else "not defined"

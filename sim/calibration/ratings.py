"""What a file says about stars: how many are given, how they spread, and what lateness does to them."""

import math

import numpy as np
from scipy import special

from sim.arrays import Floats
from sim.calibration.reader import ENOUGH, Reader
from sim.calibration.taste import felt_late_share, felt_share
from sim.config import Market
from sim.said import Said, number, say


def ratings(reader: Reader, settled: Market) -> None:
    """How many visits are rated, and how; ``settled`` holds what else was found."""
    rating = reader.done.numbers.get("rating")
    if rating is None or np.isfinite(rating).sum() < ENOUGH:
        reader.miss("rating.given_share, rating.cut_logits", say("no column, or too few"))
        return
    rated = np.isfinite(rating)
    given = rating[rated]
    reader.add("rating.given_share", len(given) / len(rating), say("of {n} visits", n=len(rating)))
    source = say("{n} ratings, mean {mean}", n=len(given), mean=number(float(given.mean()), ".2f"))
    minutes = reader.done.numbers.get("minutes_late")
    late = np.zeros(len(given), np.bool_) if minutes is None else minutes[rated] >= reader.base.sessions.late_from_minutes
    if late.sum() >= ENOUGH and (~late).sum() >= ENOUGH:
        reader.add(
            "rating.late",
            late_shift(given, late, felt_share(settled)),
            say("log odds of more stars when it is felt, {n} late visits against others", n=int(late.sum())),
        )
        cuts(reader, settled, given[~late], 0.0, 0.0, say("{ratings}; those on time", ratings=source))
    else:
        reader.miss("rating.late", say("lateness and rating are not known together, or too few"))
        cuts(
            reader,
            settled,
            given,
            settled.rating.late,
            felt_late_share(settled),
            say("{ratings}; the default effect of lateness taken out", ratings=source),
        )


def cuts(reader: Reader, settled: Market, given: Floats, late_shift: float, late_share: float, source: Said) -> None:
    """Log odds of at most 1 to 4 stars, with which the market's sessions get these ratings."""
    rule, traits = settled.rating, settled.pros.trait_loadings
    noise = rule.quality**2 * (1 + settled.sessions.quality_noise_sd**2) + rule.warmth**2
    noise += 2 * rule.quality * rule.warmth * traits["skill"] * traits["warmth"]
    nodes, weights = np.polynomial.hermite_e.hermegauss(15)
    nodes, weights = nodes * math.sqrt(noise), weights / weights.sum()
    cuts = []
    for k in range(1, 5):
        # half a case each way, so that a level nobody chose has a finite logit
        share = (float((np.round(given) <= k).sum()) + 0.5) / (len(given) + 1)
        low, high = -30.0, 30.0
        for _ in range(60):
            cut = (low + high) / 2
            on_time, late = (float(weights @ special.expit(cut + nodes - shift)) for shift in (0.0, late_shift))
            low, high = (cut, high) if (1 - late_share) * on_time + late_share * late < share else (low, cut)
        cuts.append(round(low, 3))
    reader.add("rating.cut_logits", sorted(cuts), source)


def late_shift(given: Floats, late: np.ndarray, felt: float) -> float:
    """How much a delay that is felt moves the log odds of more stars; ``felt``: share of late visits whose clients feel it.

    Read at the level that divides the ratings most evenly; half a case in each cell keeps it finite.
    """
    level = min(range(1, 5), key=lambda k: abs(float((np.round(given) <= k).mean()) - 0.5))
    low = np.round(given) <= level
    on_time, after_late = (float((low[rows].sum() + 0.5) / (rows.sum() + 1)) for rows in (~late, late))
    among_felt = np.clip((after_late - (1 - felt) * on_time) / felt, 1e-4, 1 - 1e-4)
    return float(special.logit(on_time) - special.logit(among_felt))

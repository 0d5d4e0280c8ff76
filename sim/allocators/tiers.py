"""Visibility by tiers: bands of score, each with its share of requests."""

from dataclasses import dataclass
from itertools import pairwise
from typing import Literal, get_args

import numpy as np

from sim.allocators.base import relative_to_average, with_neutral
from sim.arrays import Flags, Floats, Ints
from sim.jit import compiled
from sim.views import ProView

Scale = Literal["score", "rank"]


@dataclass(frozen=True)
class Tiers:
    """Counted pros fall into bands, and each band gets its share of the requests of counted pros, in equal parts.

    Within a band everybody is alike: weight = share of the band / share of the counted pros in it. Requests of an empty band go to
    the others in proportion. Pros who are not counted get the mean weight.

    - ``scale: rank``: bands are shares of the active, counted pros by score, worst first, such as 0.5 and 0.9 for
      the lower half, the middle and the top tenth; pros with equal scores share a band.
    - ``scale: score``: bands are multiples of the platform's average score, such as 0.9 and 1.1. Pros can read them as fixed goals,
      but a crowded band is diluted, even below the band under it.
    """

    scale: Scale
    bounds: tuple[float, ...]
    """Upper ends of all bands but the last, increasing; a pro exactly at a bound belongs above."""
    shares: tuple[float, ...]
    """Share of requests of each band, worst first; one more than bounds, > 0, sum 1."""

    def __post_init__(self) -> None:
        bounds, shares = list(self.bounds), list(self.shares)
        if self.scale not in get_args(Scale):
            raise ValueError(f"scale = {self.scale!r}, must be one of {', '.join(get_args(Scale))}")
        if not all(low < high for low, high in pairwise(bounds)):
            raise ValueError(f"bounds = {bounds}, must increase")
        if not all(0 < bound < (1 if self.scale == "rank" else np.inf) for bound in bounds):
            raise ValueError(f"bounds = {bounds}, must be > 0 and {'< 1' if self.scale == 'rank' else 'finite'}")
        if len(shares) != len(bounds) + 1:
            raise ValueError(f"shares = {shares}, must be one more than bounds: {len(bounds) + 1}")
        if not all(share > 0 for share in shares) or abs(sum(shares) - 1) > 1e-9:
            raise ValueError(f"shares = {shares}, must be > 0 and sum to 1")

    def visibility(self, pros: ProView, now_days: float) -> Floats:
        """Weights (n_pros,)."""
        score = pros.score
        heard = score.counted & pros.active
        if self.scale == "score":
            place = relative_to_average(score.value, score.counted, pros.active)
        else:
            place = _standing(np.where(score.counted, score.value, 0.0), heard)
        band = np.searchsorted(np.array(self.bounds, float), place, side="right")
        weights = _in_equal_parts(band, heard, np.array(self.shares, float))
        return with_neutral(weights, score.counted, pros.active)


def _standing(values: Floats, heard: Flags) -> Floats:
    """Share of the pros heard who are worse, ties counting half, (n_pros,)."""
    order = np.sort(values[heard])
    if len(order) == 0:
        return np.full(len(values), 0.5)
    below = np.searchsorted(order, values, side="left")
    not_above = np.searchsorted(order, values, side="right")
    return (below + not_above) / (2.0 * len(order))


@compiled
def _in_equal_parts(band: Ints, heard: Flags, shares: Floats) -> Floats:
    """Share of each pro's band over the share of pros heard in it, (n_pros,); a pro not heard is treated as one more."""
    sizes, total = np.zeros(len(shares)), 0.0
    for p in range(len(band)):
        if heard[p]:
            sizes[band[p]] += 1.0
            total += 1.0
    weights = np.empty(len(band))
    for p in range(len(band)):
        weights[p] = shares[band[p]] * max(total, 1.0) / max(sizes[band[p]], 1.0)
    return weights

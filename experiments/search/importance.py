"""How much each setting matters over the whole space: by functions that what was tried leaves possible.

References
----------
Jansen (1999), Analysis of variance designs for model output, equation 12: the total index of an input is half the mean squared
change that exchanging it alone makes, over the variance. An input that a setting does not have changes nothing there.
"""

import math
from collections.abc import Mapping, Sequence

import numpy as np

from experiments.search.space import Candidate, Dimension, Space
from experiments.search.surrogate import encoded
from experiments.studies.factors import Level
from sim.arrays import Floats
from sim.statistics.intervals import Interval
from sim.worlds.depends import functions
from sim.worlds.emulator import FEWEST, fit_emulator

N_POINTS = 512
"""Settings at random, over which the variance is taken."""


def importance(space: Space, candidates: Sequence[Candidate], y: Floats, seed: int) -> Mapping[str, Interval]:
    """Share of the variance over the space that depends on each key, alone or together with others.

    Parameters
    ----------
    candidates
        Settings that were tried.
    y
        (n_candidates,) what they reached; a nan is left out.
    seed
        Of the settings and functions that are drawn.

    Returns
    -------
    Mapping
        By key, 0 to about 1; intervals of 95 % hold what the runs leave open of the function, n is the number of settings tried.
        Nan where nothing can be told.
    """
    known = np.isfinite(np.asarray(y, float))
    n = int(known.sum())
    if n < FEWEST or np.ptp(y[known]) < 1e-12:
        return {one.name: Interval(math.nan, math.nan, math.nan, n) for one in space.dimensions}
    possible = functions(fit_emulator(encoded(space, candidates), np.asarray(y, float)), seed)
    rng = np.random.default_rng(seed)
    points = [space.candidate(lambda one: one.at(float(rng.random()))) for _ in range(N_POINTS)]
    here = possible(encoded(space, points))
    variance = np.maximum(here.var(axis=0), 1e-300)
    found = {}
    for key in space.dimensions:
        there = possible(encoded(space, [_exchanged(space, point, key, rng) for point in points]))
        # the first function is the emulator's mean, which gives most to what luck happened to favour
        shares = (((here - there) ** 2).mean(axis=0) / 2 / variance)[1:]
        low, high = np.quantile(shares, [0.025, 0.975])
        found[key.name] = Interval(float(shares.mean()), float(low), float(high), n)
    return found


def _exchanged(space: Space, point: Candidate, key: Dimension, rng: np.random.Generator) -> Candidate:
    """The same settings with one key drawn anew, and those that only the new value has."""
    before = dict(point.values)
    if key.name not in before:
        return point

    def pick(one: Dimension) -> Level:
        return before[one.name] if one.name in before and one.name != key.name else one.at(float(rng.random()))

    return space.candidate(pick)

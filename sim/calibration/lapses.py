"""Gaps of which some follow no rhythm: the likelihood of a client's gaps, averaged over rates on a grid.

A gap is a lapse with probability l: exponential with mean c / rate instead of Gamma with shape k and mean 1 / rate. The product
over gaps of such mixtures has no closed form over rates, so it is summed over a grid of log rates (trapezoidal rule). The log of a
rate is known to about 1 / sqrt(k visits); on a bell of that width the rule with step h is wrong by 2 exp(-2 pi^2 / (h^2 k visits))
of its value (Trefethen & Weideman 2014, The exponentially convergent trapezoidal rule, SIAM Review 56(3)). So a client with many
visits in a rhythm is summed with a step half as long, or a quarter: the error stays below 1e-5, and so small at the change of steps
that the likelihood is as good as smooth in the parameters.
"""

from functools import lru_cache

import numpy as np
from scipy import special

from sim.arrays import Floats, Ints
from sim.calibration.client_parameters import ClientModel
from sim.calibration.histories import Histories

STEP = 0.03
"""Of log rates, where not a finer one is needed."""
LOWEST, HIGHEST = 1e-3, 14.0
"""Visits a week: one in 20 years, two a day; visits of a file are at least a day apart."""
TINY = 1e-300
EVENTS_A_STEP = 900.0
"""Regularity times visits up to which ``STEP`` is short enough: an error of 2 exp(-2 pi^2 / (.03^2 * 900)) = 5e-11."""
MOST_HALVINGS = 6
"""Short enough for 900 * 4^6, 3.7 million: 3,650 visits, ten years of every day, with a regularity of 1,000."""
MOST_CELLS = 2**20
"""Rates times clients that are summed at a time, 8 MB an array."""
KEPT = 8
"""Arrays of what regular gaps are like that are kept: a search changes one number at a time, seldom the regularity."""


@lru_cache
def rates(halvings: int = 0) -> Floats:
    """(n_rates,) visits a week, equal steps of their logarithm, halved so many times."""
    return np.asarray(np.exp(np.arange(np.log(LOWEST), np.log(HIGHEST), STEP / 2**halvings)))


def halvings_needed(model: ClientModel, seen: Histories) -> Ints:
    """(n,) How many times the step is halved for each client."""
    events = (model.gap_shape * seen.repeats + model.rate_shape) / EVENTS_A_STEP
    return np.clip(np.ceil(np.log(np.maximum(events, 1.0)) / np.log(4.0)), 0, MOST_HALVINGS).astype(np.int64)


def regular_density(days: Floats, rate: Floats, k: float) -> Floats:
    """Density of a gap with rhythm, in the unit of ``days``."""
    at = k * rate * days
    return np.asarray(np.exp(k * np.log(at) - at - special.gammaln(k)) / days)


@lru_cache(KEPT)
def _densities(weeks: bytes, rates_a_week: bytes, k: float) -> Floats:
    """Density (n, n_rates) of regular gaps of so many weeks; numbers as bytes, since arrays are no keys."""
    return regular_density(np.frombuffer(weeks)[:, None], np.frombuffer(rates_a_week), k)


@lru_cache(KEPT)
def _longer(weeks: bytes, rates_a_week: bytes, k: float) -> Floats:
    """Probability (n, n_rates) that a regular gap is longer than so many weeks."""
    return np.asarray(special.gammaincc(k, k * (np.frombuffer(weeks)[:, None] * np.frombuffer(rates_a_week))))


def log_prior(model: ClientModel, grid: Floats) -> Floats:
    """Log probability (n_rates,) of the cell around each rate of a grid."""
    at, step = model.rate_weeks * grid, np.log(grid[1] / grid[0])
    return np.asarray(model.rate_shape * np.log(at) - at - special.gammaln(model.rate_shape) + np.log(step))


def log_gaps_by_rate(model: ClientModel, seen: Histories, grid: Floats) -> Floats:
    """Log density (n, n_rates) of each client's gaps given the rate; 0 without gaps."""
    weeks, counts = seen.gap_counts
    lapse = grid / model.lapse_gaps
    density = (1 - model.lapse_share) * _densities(weeks.tobytes(), grid.tobytes(), model.gap_shape)
    density += model.lapse_share * lapse * np.exp(-lapse * weeks[:, None])
    return np.asarray(counts @ np.log(density + TINY))


def quiet_by_rate(model: ClientModel, idle: Floats, grid: Floats) -> Floats:
    """Probability (n, n_rates) that a gap is longer than so many weeks, given the rate."""
    weeks, back = np.unique(idle, return_inverse=True)
    still = (1 - model.lapse_share) * _longer(weeks.tobytes(), grid.tobytes(), model.gap_shape)
    still += model.lapse_share * np.exp(-weeks[:, None] * grid / model.lapse_gaps)
    return np.asarray(still[back])


def log_waits(model: ClientModel, seen: Histories) -> tuple[Floats, Floats]:
    """Log likelihood (n,) of the gaps, and of the gaps with the silence after them, averaged over rates."""
    gaps, quiet = np.empty(len(seen)), np.empty(len(seen))
    needed = halvings_needed(model, seen)
    for halvings in np.unique(needed):
        grid, alike = rates(int(halvings)), np.flatnonzero(needed == halvings)
        for rows in np.array_split(alike, -(-len(alike) * len(grid) // MOST_CELLS)):
            # all clients as they are keep what was worked out of their gaps
            part = seen if len(rows) == len(seen) else seen.taken(rows)
            gaps[rows], quiet[rows] = _log_waits_on(model, part, grid)
    return gaps, quiet


def _log_waits_on(model: ClientModel, seen: Histories, grid: Floats) -> tuple[Floats, Floats]:
    given = log_gaps_by_rate(model, seen, grid) + log_prior(model, grid)
    top = given.max(axis=1)
    weights = np.exp(given - top[:, None])
    quiet = quiet_by_rate(model, seen.age - seen.recency, grid)
    # rates below the grid never show: likelihood 1 without a repeat
    below = float(special.gammainc(model.rate_shape, model.rate_weeks * grid[0] * np.sqrt(grid[0] / grid[1])))
    none = np.where(seen.repeats == 0, np.log(below + TINY), -np.inf)
    any_end, quiet_end = (np.log(x + TINY) + top for x in (weights.sum(axis=1), (weights * quiet).sum(axis=1)))
    return np.logaddexp(any_end, none), np.logaddexp(quiet_end, none)


class RatePosterior:
    """Rates of clients who still stay, given their histories, and how long they then take.

    On the coarsest grid for everybody: a rate is drawn from a cell 3 % wide, which is at most 1.5 % off where it is known better.
    """

    def __init__(self, model: ClientModel, seen: Histories) -> None:
        given = log_gaps_by_rate(model, seen, rates()) + log_prior(model, rates())
        weights = np.exp(given - given.max(axis=1, keepdims=True)) * quiet_by_rate(model, seen.age - seen.recency, rates())
        sums = np.cumsum(weights, axis=1)
        self.cumulative = sums / sums[:, -1:]
        self.model = model

    def draw(self, clients: Ints, idle: Floats, generator: np.random.Generator) -> tuple[Floats, Floats]:
        """Rate a week (n,) of some clients, and weeks (n,) until the gap ends that has lasted ``idle`` weeks (n,)."""
        model, n = self.model, len(clients)
        cell = (self.cumulative[clients] < generator.random(n)[:, None]).sum(axis=1)
        rate = rates()[np.minimum(cell, len(rates()) - 1)] * np.exp(STEP * (generator.random(n) - 0.5))
        regular = special.gammaincc(model.gap_shape, model.gap_shape * rate * idle)
        lapse = np.exp(-rate * idle / model.lapse_gaps)
        share = model.lapse_share * lapse / np.maximum((1 - model.lapse_share) * regular + model.lapse_share * lapse, TINY)
        left = generator.random(n)
        whole = special.gammainccinv(model.gap_shape, left * np.maximum(regular, TINY)) / (model.gap_shape * rate)
        more = np.where(generator.random(n) < share, -np.log(left) * model.lapse_gaps / rate, whole - idle)
        return rate, np.maximum(more, 0.0)

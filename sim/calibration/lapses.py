"""Gaps of which some follow no rhythm: the likelihood of a client's gaps, averaged over rates on a grid.

A gap is a lapse with probability l: exponential with mean c / rate instead of Gamma with shape k and mean 1 / rate. The product
over gaps of such mixtures has no closed form over rates, so it is summed over a fixed grid of log rates (trapezoidal rule, whose
error is below 1e-4 of a likelihood as long as it is wider than two steps: up to about 500 / k visits). The grid does not depend on
the parameters, which keeps the likelihood smooth.
"""

import numpy as np
from scipy import special

from sim.arrays import Floats, Ints
from sim.calibration.client_parameters import ClientModel
from sim.calibration.histories import Histories

STEP = 0.03
RATES: Floats = np.exp(np.arange(np.log(1e-3), np.log(14.0), STEP))
"""(n_rates,) visits a week, from one in 20 years to two a day."""
TINY = 1e-300


def regular_density(days: Floats, rate: Floats, k: float) -> Floats:
    """Density of a gap with rhythm, in the unit of ``days``."""
    at = k * rate * days
    return np.asarray(np.exp(k * np.log(at) - at - special.gammaln(k)) / days)


def log_prior(model: ClientModel) -> Floats:
    """Log probability (n_rates,) of the cell around each rate of the grid."""
    at = model.rate_weeks * RATES
    return np.asarray(model.rate_shape * np.log(at) - at - special.gammaln(model.rate_shape) + np.log(STEP))


def log_gaps_by_rate(model: ClientModel, seen: Histories) -> Floats:
    """Log density (n, n_rates) of each client's gaps given the rate; 0 without gaps."""
    weeks, counts = seen.gap_counts
    gap = weeks[:, None]
    lapse = RATES / model.lapse_gaps
    density = (1 - model.lapse_share) * regular_density(gap, RATES, model.gap_shape)
    density += model.lapse_share * lapse * np.exp(-lapse * gap)
    return np.asarray(counts @ np.log(density + TINY))


def quiet_by_rate(model: ClientModel, idle: Floats) -> Floats:
    """Probability (n, n_rates) that a gap is longer than so many weeks, given the rate."""
    weeks, back = np.unique(idle, return_inverse=True)
    at = weeks[:, None] * RATES
    still = (1 - model.lapse_share) * special.gammaincc(model.gap_shape, model.gap_shape * at)
    still += model.lapse_share * np.exp(-at / model.lapse_gaps)
    return np.asarray(still[back])


def log_waits(model: ClientModel, seen: Histories) -> tuple[Floats, Floats]:
    """Log likelihood (n,) of the gaps, and of the gaps with the silence after them, averaged over rates."""
    given = log_gaps_by_rate(model, seen) + log_prior(model)
    top = given.max(axis=1)
    weights = np.exp(given - top[:, None])
    quiet = quiet_by_rate(model, seen.age - seen.recency)
    # rates below the grid never show: likelihood 1 without a repeat
    below = float(special.gammainc(model.rate_shape, model.rate_weeks * RATES[0] * np.exp(-STEP / 2)))
    none = np.where(seen.repeats == 0, np.log(below + TINY), -np.inf)
    any_end, quiet_end = (np.log(x + TINY) + top for x in (weights.sum(axis=1), (weights * quiet).sum(axis=1)))
    return np.logaddexp(any_end, none), np.logaddexp(quiet_end, none)


class RatePosterior:
    """Rates of clients who still stay, given their histories, and how long they then take."""

    def __init__(self, model: ClientModel, seen: Histories) -> None:
        given = log_gaps_by_rate(model, seen) + log_prior(model)
        weights = np.exp(given - given.max(axis=1, keepdims=True)) * quiet_by_rate(model, seen.age - seen.recency)
        sums = np.cumsum(weights, axis=1)
        self.cumulative = sums / sums[:, -1:]
        self.model = model

    def draw(self, clients: Ints, idle: Floats, generator: np.random.Generator) -> tuple[Floats, Floats]:
        """Rate a week (n,) of some clients, and weeks (n,) until the gap ends that has lasted ``idle`` weeks (n,)."""
        model, n = self.model, len(clients)
        cell = (self.cumulative[clients] < generator.random(n)[:, None]).sum(axis=1)
        rate = RATES[np.minimum(cell, len(RATES) - 1)] * np.exp(STEP * (generator.random(n) - 0.5))
        regular = special.gammaincc(model.gap_shape, model.gap_shape * rate * idle)
        lapse = np.exp(-rate * idle / model.lapse_gaps)
        share = model.lapse_share * lapse / np.maximum((1 - model.lapse_share) * regular + model.lapse_share * lapse, TINY)
        left = generator.random(n)
        whole = special.gammainccinv(model.gap_shape, left * np.maximum(regular, TINY)) / (model.gap_shape * rate)
        more = np.where(generator.random(n) < share, -np.log(left) * model.lapse_gaps / rate, whole - idle)
        return rate, np.maximum(more, 0.0)

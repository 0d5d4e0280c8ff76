"""How much pros really differ: the between-pro spread of a rate, beyond what chance makes of few clients each."""

import math
from dataclasses import dataclass

import numpy as np
from scipy import optimize, special, stats

from sim.arrays import Flags, Floats, Ints
from sim.statistics.intervals import Interval

LOWEST_RHO, HIGHEST_RHO = 1e-6, 0.9
FEWEST_PROS = 2
"""Whose clients end in some way, so that a spread can be told."""


@dataclass(frozen=True)
class Spread:
    """A Beta distribution of rates over pros."""

    mean: float
    rho: Interval
    """Intraclass correlation, with its profile-likelihood interval; low is 0 when chance alone may explain the differences."""
    n_pros: int

    @property
    def sd(self) -> float:
        """Standard deviation of the true rates between pros."""
        return math.sqrt(self.rho.estimate * self.mean * (1 - self.mean))

    @property
    def logit_sd(self) -> float:
        """The same on the logit scale, to first order."""
        return math.sqrt(self.rho.estimate / (self.mean * (1 - self.mean)))


def log_likelihood(mean: float, rho: float, successes: Floats, trials: Floats) -> float:
    """Beta-binomial log likelihood without the binomial coefficients; rho > 0."""
    size = 1 / rho - 1
    a, b = mean * size, (1 - mean) * size
    terms = special.betaln(a + successes, b + trials - successes) - special.betaln(a, b)
    return float(np.cumsum(terms)[-1])


def fit_spread(successes: Floats, trials: Floats) -> Spread:
    """Fit mean and correlation of the pros' rates by maximum likelihood.

    Parameters
    ----------
    successes, trials
        (n_pros,) each; pros without a trial are left out.

    Returns
    -------
    Spread
        nan throughout with fewer than two pros or when all trials end alike.

    References
    ----------
    Griffiths (1973), Maximum likelihood estimation for the beta-binomial distribution, Biometrics 29(4).
    """
    there = trials > 0
    s, n = np.asarray(successes, float)[there], np.asarray(trials, float)[there]
    undefined = Spread(math.nan, Interval(math.nan, math.nan, math.nan, len(n)), len(n))
    if len(n) < FEWEST_PROS or not 0 < s.sum() < n.sum():
        return undefined

    def best_at(log_rho: float) -> tuple[float, float]:
        found = optimize.minimize_scalar(
            lambda mean: -log_likelihood(mean, math.exp(log_rho), s, n), bounds=(1e-6, 1 - 1e-6), method="bounded"
        )
        return float(found.fun), float(found.x)

    low, high = math.log(LOWEST_RHO), math.log(HIGHEST_RHO)
    grid = np.linspace(low, high, 29)
    start = int(np.argmin([best_at(x)[0] for x in grid]))
    around = (float(grid[max(start - 1, 0)]), float(grid[min(start + 1, 28)]))
    top = float(optimize.minimize_scalar(lambda x: best_at(x)[0], bounds=around, method="bounded").x)
    least, mean = best_at(top)
    reach = float(stats.chi2.ppf(0.95, 1)) / 2

    def beyond(x: float) -> float:
        return best_at(x)[0] - least - reach

    lower = 0.0 if beyond(low) <= 0 else math.exp(float(optimize.brentq(beyond, low, top)))
    upper = HIGHEST_RHO if beyond(high) <= 0 else math.exp(float(optimize.brentq(beyond, top, high)))
    rho = 0.0 if start == 0 else math.exp(top)
    return Spread(mean, Interval(rho, lower, upper, len(n)), len(n))


def tallies(success: Flags, pro: Ints) -> tuple[Floats, Floats]:
    """Successes and trials by pro, from a yes or no (n,) and a code (n,) of each case."""
    successes, trials = np.bincount(pro, weights=success.astype(float)), np.bincount(pro)
    return np.asarray(successes, np.float64), trials.astype(np.float64)

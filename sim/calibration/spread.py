"""How much pros really differ: the between-pro spread of a rate, beyond what chance makes of few clients each."""

import math
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import scipy
from scipy import special

from sim.arrays import Flags, Floats, Ints
from sim.statistics.intervals import Interval

LOWEST_RHO, HIGHEST_RHO = 1e-6, 0.9
FEWEST_PROS = 2
"""Whose clients end in some way, so that a spread can be told."""
N_CELLS, N_CLOSER = 40, 3
"""Of a grid each way, over what the likelihood leaves of mean and spread, and how often it is drawn closer."""
N_NODES = 41
"""Of the distribution of log odds over pros."""
LOWEST_LOGIT_SD, MOST_LOGIT_SD = 1e-3, 5.0
"""Beyond the largest spread all pros are always or never so."""
REACH, N_RATES = 8.0, 401
"""Log odds of pros are looked at so far from those of all, at so many values."""
Mass = Callable[[Floats], Floats]
UNLIKELY = 12.0
"""Log likelihood below the maximum beyond which nothing is drawn: a chance of about one in a million."""


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
        found = scipy.optimize.minimize_scalar(
            lambda mean: -log_likelihood(mean, math.exp(log_rho), s, n), bounds=(1e-6, 1 - 1e-6), method="bounded"
        )
        return float(found.fun), float(found.x)

    low, high = math.log(LOWEST_RHO), math.log(HIGHEST_RHO)
    grid = np.linspace(low, high, 29)
    start = int(np.argmin([best_at(x)[0] for x in grid]))
    around = (float(grid[max(start - 1, 0)]), float(grid[min(start + 1, 28)]))
    top = float(scipy.optimize.minimize_scalar(lambda x: best_at(x)[0], bounds=around, method="bounded").x)
    least, mean = best_at(top)
    reach = float(scipy.stats.chi2.ppf(0.95, 1)) / 2

    def beyond(x: float) -> float:
        return best_at(x)[0] - least - reach

    lower = 0.0 if beyond(low) <= 0 else math.exp(float(scipy.optimize.brentq(beyond, low, top)))
    upper = HIGHEST_RHO if beyond(high) <= 0 else math.exp(float(scipy.optimize.brentq(beyond, top, high)))
    rho = 0.0 if start == 0 else math.exp(top)
    return Spread(mean, Interval(rho, lower, upper, len(n)), len(n))


def tallies(success: Flags, pro: Ints) -> tuple[Floats, Floats]:
    """Successes and trials by pro, from a yes or no (n,) and a code (n,) of each case."""
    successes, trials = np.bincount(pro, weights=success.astype(float)), np.bincount(pro)
    return np.asarray(successes, np.float64), trials.astype(np.float64)


def drawn_spreads(
    successes: Floats,
    trials: Floats,
    n: int,
    generator: np.random.Generator,
    mass: Mass = np.diff,
) -> tuple[Floats, Floats]:
    """Means and correlations (n,) each, as likely as the pros' rates leave them.

    Clients drawn anew would say too much of the spread, to which their own luck is added a second time; the likelihood does not.

    Parameters
    ----------
    successes, trials
        As of ``fit_spread``, of which this spread is known.
    mass
        How likely each cell is beforehand (k - 1,), from its edges (k,) in the square root of the correlation: as likely anywhere
        on that scale, which is that of the standard deviation, without it. Means are as likely anywhere on the logit scale.

    References
    ----------
    Gelman (2006), Prior distributions for variance parameters in hierarchical models, Bayesian Analysis 1(3), section 5.
    """
    there = trials > 0
    s, t = successes[there], trials[there]

    def likelihood(mean_logit: Floats, root: Floats) -> Floats:
        mean, size = special.expit(mean_logit), 1 / np.maximum(root**2, LOWEST_RHO) - 1
        a, b = mean * size, (1 - mean) * size
        found = np.zeros(a.shape)
        for x, k in zip(s, t, strict=True):
            found += special.betaln(a + x, b + k - x) - special.betaln(a, b)
        return found

    means, roots = _drawn(likelihood, _logit(s, t), math.sqrt(HIGHEST_RHO), n, generator, mass)
    return np.asarray(special.expit(means), float), roots**2


@dataclass(frozen=True)
class LogitNormal:
    """Shares whose log odds are normal over pros, as the market has them: a Beta distribution has a lighter tail."""

    successes: Floats
    trials: Floats
    """(n_pros,) each, of which some but not all end in success."""

    @cached_property
    def _rates(self) -> tuple[Floats, Floats]:
        """Log odds (k,) at which the likelihood of each pro (k, n_pros) is known, up to a factor."""
        there = self.trials > 0
        s, t = self.successes[there], self.trials[there]
        at = _logit(s, t) + np.linspace(-REACH, REACH, N_RATES)
        logs = np.outer(special.log_expit(at), s) + np.outer(special.log_expit(-at), t - s)
        return at, np.exp(logs - logs.max(axis=0))

    def log_likelihood(self, median_logit: Floats, logit_sd: Floats) -> Floats:
        """At medians and standard deviations, both on the logit scale, of shapes that go together."""
        at, likelihoods = self._rates
        z = (at - np.asarray(median_logit)[..., None]) / np.maximum(logit_sd, at[1] - at[0])[..., None]
        weights = np.exp(-(z**2) / 2)
        by_pro = (weights / weights.sum(axis=-1, keepdims=True)) @ likelihoods
        return np.asarray(np.log(np.maximum(by_pro, 1e-300)).sum(axis=-1), float)

    def fit(self) -> tuple[float, float]:
        """Share of the median pro, and standard deviation of the log odds, of maximum likelihood."""
        bounds = ((-REACH, REACH), (math.log(LOWEST_LOGIT_SD), math.log(MOST_LOGIT_SD)))
        middle = _logit(self.successes, self.trials)

        def loss(at: Floats) -> float:
            return -float(self.log_likelihood(np.array(middle + at[0]), np.array(math.exp(at[1]))))

        found = scipy.optimize.minimize(loss, [0.0, math.log(0.5)], method="Nelder-Mead", bounds=bounds, options={"xatol": 1e-5})
        return float(special.expit(middle + found.x[0])), math.exp(float(found.x[1]))

    def drawn(self, n: int, generator: np.random.Generator) -> tuple[Floats, Floats]:
        """Both as likely as the pros leave them, (n,) each; beforehand all spreads are as likely, and all log odds."""
        middle = _logit(self.successes, self.trials)
        medians, sds = _drawn(self.log_likelihood, middle, MOST_LOGIT_SD, n, generator, np.diff)
        return np.asarray(special.expit(medians), float), sds


def _logit(successes: Floats, trials: Floats) -> float:
    return float(special.logit(successes.sum() / trials.sum()))


def _drawn(
    likelihood: Callable[[Floats, Floats], Floats], middle: float, most: float, n: int, generator: np.random.Generator, mass: Mass
) -> tuple[Floats, Floats]:
    """Draws (n,) of a mean on the logit scale, sought around the middle, and of a spread up to the most."""
    means, sds = np.linspace(middle - 4, middle + 4, N_CELLS + 1), np.linspace(0, most, N_CELLS + 1)

    def found() -> Floats:
        """Log likelihood in the middle of each cell, (n_means, n_sds)."""
        return likelihood(*np.broadcast_arrays((means[1:] + means[:-1])[:, None] / 2, (sds[1:] + sds[:-1])[None] / 2))

    for _ in range(N_CLOSER):
        logs = found()
        likely = logs > logs.max() - UNLIKELY
        means, sds = (_around(edges, likely.any(axis=axis)) for edges, axis in ((means, 1), (sds, 0)))
    logs = found()
    weights = np.exp(logs - logs.max()) * mass(sds)
    i, j = np.unravel_index(generator.choice(weights.size, n, p=weights.ravel() / weights.sum()), weights.shape)
    within = generator.random((2, n))
    return means[i] + within[0] * np.diff(means)[i], sds[j] + within[1] * np.diff(sds)[j]


def _around(edges: Floats, likely: Flags) -> Floats:
    """As many cells over the likely ones and one more on either side."""
    at = np.flatnonzero(likely)
    return np.linspace(edges[max(at[0] - 1, 0)], edges[min(at[-1] + 2, len(edges) - 1)], len(edges))


def median_share(mean: float, logit_sd: float) -> float:
    """Share of the median pro where log odds differ by so much and the mean share is that."""
    nodes, weights = np.polynomial.hermite_e.hermegauss(N_NODES)
    shifts, weights = logit_sd * nodes, weights / weights.sum()
    found = scipy.optimize.brentq(lambda at: float(weights @ special.expit(at + shifts)) - mean, -40.0, 40.0)
    return float(special.expit(found))

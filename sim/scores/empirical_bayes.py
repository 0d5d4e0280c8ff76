"""The fidelity score, shrunk to the platform's mean as far as chance explains it."""

import math
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from sim.arrays import Floats, Ints
from sim.jit import compiled
from sim.scores.fidelity import FidelityScore, Immature
from sim.views import History, ScoreTable

MOST_RHO = 0.5
"""Largest correlation that is believed: each pro starts with at least one client's worth of the platform's mean."""


@dataclass(frozen=True)
class EmpiricalBayes(FidelityScore):
    r"""Posterior mean of a pro's return rate, when the rates of all pros follow a Beta distribution fitted at each refresh.

    With n clients behind a pro, a share p of whom returned, platform mean mu and between-pro correlation rho,

    .. math:: value = \mu + R_n (p - \mu), \qquad R_n = \frac{n \rho}{1 + (n - 1) \rho}.

    R_n is the *reliability* of the raw share: the part of its variance between pros that is signal (``reliability``). It is the
    same as starting each pro with 1 / rho - 1 clients of the mean. mu is the share over all clients; rho the analysis-of-variance
    estimate of the intraclass correlation, a method of moments, kept within 0..1/2 (0: the spread is no larger than chance
    makes it, and everybody has the mean). Unlike maximum likelihood it needs no iteration and no special function, so it is the
    same on every machine, and its bias is among the smallest (Ridout et al.). ``prior_clients`` replaces the fit by a fixed
    1 / rho - 1. The standard error is the posterior standard deviation.

    A pro with no client behind has the mean, and counts when ``min_sessions`` and ``min_clients_behind`` are 0: shrinkage instead
    of a threshold. Before the platform's first client all are nan.

    References
    ----------
    Ridout, Demetrio & Firth (1999), Estimating intraclass correlation for binary data, Biometrics 55(1), the estimator ANOVA.
    Efron & Morris (1975), Data analysis using Stein's estimator and its generalizations, JASA 70(350).
    """

    prior_clients: float | None
    """Clients of the platform's mean that each pro starts with; None: fitted to the platform at each refresh."""

    treatments: ClassVar[tuple[Immature, ...]] = ("lost", "left_out")
    fewest_clients: ClassVar[int] = 0

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.prior_clients is not None and not 0 < self.prior_clients < math.inf:
            raise ValueError(f"prior_clients = {self.prior_clients:g}, must be > 0 and finite, or null")

    def __call__(self, history: History, now_days: float) -> ScoreTable:
        """Score of every pro at ``now_days``."""
        returns, behind = self.tallies(history, now_days)
        mean, rho = self.prior(returns, behind)
        value, error = _shrunk(returns, behind, mean, rho)
        return ScoreTable(value, self.counts(history, behind) & np.isfinite(value), behind, error)

    def prior(self, returns: Floats, behind: Ints) -> tuple[float, float]:
        """Mean and correlation of the pros' return rates, from returns and clients by pro; mean nan without clients."""
        mean, rho = beta_binomial(returns, behind)
        return mean, rho if self.prior_clients is None else 1.0 / (1.0 + self.prior_clients)


@compiled
def beta_binomial(returns: Floats, behind: Ints) -> tuple[float, float]:
    """Mean and intraclass correlation of rates by pro, by moments.

    The mean is nan without clients; the correlation 0 where it cannot be told: fewer than two pros, nobody with two clients, or
    everybody alike.
    """
    n_pros, clients, squared, returned, between = 0, 0.0, 0.0, 0.0, 0.0
    for p in range(len(behind)):
        if behind[p] > 0:
            n_pros += 1
            clients += behind[p]
            squared += float(behind[p]) * behind[p]
            returned += returns[p]
            between += returns[p] * returns[p] / behind[p]
    if n_pros == 0:
        return math.nan, 0.0
    mean = returned / clients
    if n_pros < 2 or clients == n_pros:
        return mean, 0.0
    within_square = (returned - between) / (clients - n_pros)
    between_square = (between - returned * mean) / (n_pros - 1)
    size = (clients - squared / clients) / (n_pros - 1)
    spread = between_square + (size - 1.0) * within_square
    rho = (between_square - within_square) / spread if spread > 0.0 else 0.0
    return mean, min(max(rho, 0.0), MOST_RHO)


@compiled
def reliability(clients: float, rho: float) -> float:
    """Share of signal in a raw rate of so many clients: the squared correlation with the true rate that it has on average."""
    return clients * rho / (1.0 + (clients - 1.0) * rho) if clients > 0.0 else 0.0


@compiled
def _shrunk(returns: Floats, behind: Ints, mean: float, rho: float) -> tuple[Floats, Floats]:
    """Posterior mean and standard deviation, (n_pros,) each."""
    value, error = np.empty(len(behind)), np.empty(len(behind))
    for p in range(len(behind)):
        value[p] = mean
        if behind[p] > 0:
            value[p] += reliability(behind[p], rho) * (returns[p] / behind[p] - mean)
        # variance m (1 - m) / (n + 1 / rho) of a Beta with n + 1 / rho - 1 clients
        error[p] = math.sqrt(max(value[p] * (1.0 - value[p]), 0.0) * rho / (1.0 + behind[p] * rho))
    return value, error

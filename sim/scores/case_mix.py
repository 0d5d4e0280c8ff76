"""The fidelity score, given which clients a pro has met."""

import math
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from sim.arrays import Flags, Floats, Ints
from sim.jit import compiled
from sim.scores.fidelity import FidelityScore, Immature
from sim.views import History, ScoreTable

SEASONS = 4
YEAR_DAYS = 365.25


@dataclass(frozen=True)
class CaseMix(FidelityScore):
    """Observed over expected returns, times the platform's return rate (indirect standardisation).

    A client is expected to return at the platform's rate for clients of the same service, channel and season (quarter of the year)
    of the first session, so a pro is not blamed for clients who seldom need a second session. The rate of a cell is the share
    who returned among its clients and ``prior_clients`` more at the rate that its margins give: the platform's rate times the
    relative rates of the service, of the channel and of the season, each of which is shrunk to 1 in the same way.

    A value of the platform's rate means "as expected". It can exceed 1 for a pro whose clients rarely return elsewhere. Nan
    without clients. The standard error is that of a pro who does as expected: rate / expected * sqrt(sum e * (1 - e)) over the
    expectations e of the clients.

    References
    ----------
    Spiegelhalter (2005), Funnel plots for comparing institutional performance, Statistics in Medicine 24(8).
    """

    prior_clients: float
    """Clients at the rate of the margins that each cell starts with, and at the platform's rate each margin."""

    needs_clients: ClassVar[bool] = True
    treatments: ClassVar[tuple[Immature, ...]] = ("lost", "left_out")

    def __post_init__(self) -> None:
        super().__post_init__()
        if not 0 < self.prior_clients < math.inf:
            raise ValueError(f"prior_clients = {self.prior_clients:g}, must be > 0 and finite")

    def __call__(self, history: History, now_days: float) -> ScoreTable:
        """Score of every pro at ``now_days``.

        Raises
        ------
        ValueError
            The history has no services and channels.
        """
        if history.first_service is None or history.first_channel is None:
            raise ValueError("case mix needs first_service and first_channel: the score must declare needs_clients = True")
        pro, first, returned = self.returns(history, now_days)
        window = self.window(history, now_days)
        groups = (history.first_service[window], history.first_channel[window], _season(first))
        expected = _expected(*groups, returned, float(self.prior_clients))
        value, error, behind = _standardised(pro, returned, expected, history.n_pros)
        return ScoreTable(value, self.counts(history, behind), behind, error)


def _season(days: Floats) -> Ints:
    """Quarter of the year, 0 to 3, (n_clients,); day 0 begins the first."""
    return (days % YEAR_DAYS / YEAR_DAYS * SEASONS).astype(np.int64)


@compiled
def _relative_rates(group: Ints, returned: Flags, rate: float, prior: float) -> Floats:
    """Return rate of each group over the platform's, shrunk to 1, (n_groups,)."""
    n_groups = group.max() + 1
    returns, clients = np.zeros(n_groups), np.zeros(n_groups)
    for i in range(len(group)):
        clients[group[i]] += 1.0
        returns[group[i]] += returned[i]
    return (returns + prior * rate) / (clients + prior) / rate


@compiled
def _expected(service: Ints, channel: Ints, season: Ints, returned: Flags, prior: float) -> Floats:
    """Probability (n_clients,) that each client returns, by the platform's rates; all 0 or 1 when nobody or everybody does."""
    n = len(returned)
    total = 0.0
    for i in range(n):
        total += returned[i]
    if total == 0.0 or total == n:
        return np.full(n, 0.0 if total == 0.0 else 1.0)
    rate = total / n
    by_service = _relative_rates(service, returned, rate, prior)
    by_channel = _relative_rates(channel, returned, rate, prior)
    by_season = _relative_rates(season, returned, rate, prior)
    shape = (len(by_service), len(by_channel), len(by_season))
    returns, clients = np.zeros(shape), np.zeros(shape)
    for i in range(n):
        clients[service[i], channel[i], season[i]] += 1.0
        returns[service[i], channel[i], season[i]] += returned[i]
    expected = np.empty(n)
    for i in range(n):
        s, c, t = service[i], channel[i], season[i]
        margins = min(rate * by_service[s] * by_channel[c] * by_season[t], 1.0)
        expected[i] = (returns[s, c, t] + prior * margins) / (clients[s, c, t] + prior)
    return expected


@compiled
def _standardised(pro: Ints, returned: Flags, expected: Floats, n_pros: int) -> tuple[Floats, Floats, Ints]:
    """Observed over expected times the platform's rate, its standard error, number of clients, (n_pros,) each."""
    seen, due, variance = np.zeros(n_pros), np.zeros(n_pros), np.zeros(n_pros)
    behind = np.zeros(n_pros, np.int64)
    total = 0.0
    for i in range(len(pro)):
        behind[pro[i]] += 1
        seen[pro[i]] += returned[i]
        due[pro[i]] += expected[i]
        variance[pro[i]] += expected[i] * (1.0 - expected[i])
        total += returned[i]
    rate = total / len(pro) if len(pro) > 0 else math.nan
    value, error = np.full(n_pros, math.nan), np.full(n_pros, math.nan)
    for p in range(n_pros):
        if behind[p] > 0:
            # expectations are 0 only where nobody ever returns
            value[p] = seen[p] / due[p] * rate if due[p] > 0.0 else 0.0
            error[p] = math.sqrt(variance[p]) / due[p] * rate if due[p] > 0.0 else 0.0
    return value, error, behind

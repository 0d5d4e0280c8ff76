"""The fidelity score: how well a pro makes new clients come back."""

import math
from dataclasses import dataclass
from typing import ClassVar, Literal, get_args

import numpy as np

from sim.arrays import Flags, Floats, Ints
from sim.jit import compiled
from sim.views import History, ScoreTable

Immature = Literal["lost", "left_out", "kaplan_meier"]
Credit = Literal["platform", "same_pro"]


@dataclass(frozen=True)
class FidelityScore:
    """Share of the new clients a pro was the first for who booked again within ``rebook_days`` of that first session.

    A *new client* is one whose first completed session on the platform was with this pro. At refresh t (days), the clients that
    count are those whose first session ended

    - ``left_out``: in (t - rebook_days - lookback_days, t - rebook_days]: everybody has had the full time;
    - ``lost``: in (t - lookback_days, t]: who has not booked yet counts as lost;
    - ``kaplan_meier``: in (t - rebook_days - lookback_days, t]: who has not booked yet is censored at t, and the score is
      one minus the Kaplan-Meier estimate at ``rebook_days``, or at the longest time observed.

    The score counts after ``min_sessions`` completed sessions ever and with ``min_clients_behind`` clients behind it.
    A pro with no client behind has the value nan. The standard error is the binomial sqrt(p * (1 - p) / n), or Greenwood's for
    ``kaplan_meier``; both are 0 for a pro to whom nobody or everybody has returned.

    References
    ----------
    Kaplan & Meier (1958), Nonparametric estimation from incomplete observations, JASA 53(282). Greenwood (1926), The natural
    duration of cancer, Reports on Public Health and Medical Subjects 33.
    """

    treatments: ClassVar[tuple[Immature, ...]] = get_args(Immature)
    """What ``immature`` may be; definitions that need whole clients cannot use ``kaplan_meier``."""
    fewest_clients: ClassVar[int] = 1
    """What ``min_clients_behind`` must be at least."""

    rebook_days: float
    lookback_days: float
    min_sessions: int
    min_clients_behind: int
    immature: Immature
    credit: Credit

    def __post_init__(self) -> None:
        for name in ("rebook_days", "lookback_days"):
            if not 0 < getattr(self, name) < math.inf:
                raise ValueError(f"{name} = {getattr(self, name):g}, must be > 0 and finite")
        if self.min_sessions < 0:
            raise ValueError(f"min_sessions = {self.min_sessions}, must be >= 0")
        if self.min_clients_behind < self.fewest_clients:
            raise ValueError(f"min_clients_behind = {self.min_clients_behind}, must be >= {self.fewest_clients}")
        for name, choices in (("immature", self.treatments), ("credit", get_args(Credit))):
            if getattr(self, name) not in choices:
                raise ValueError(f"{name} = {getattr(self, name)!r}, must be one of {', '.join(choices)}")

    def __call__(self, history: History, now_days: float) -> ScoreTable:
        """Score of every pro at ``now_days``."""
        if self.immature == "kaplan_meier":
            window = self.window(history, now_days)
            pro, first, rebooked = history.first_pro[window], history.first_session_days[window], self.rebooked(history)[window]
            value, error, behind = _kaplan_meier(pro, first, rebooked, history.n_pros, float(self.rebook_days), float(now_days))
        else:
            value, error, behind = _shares(*self.tallies(history, now_days))
        return ScoreTable(value, self.counts(history, behind), behind, error)

    def window(self, history: History, now_days: float) -> slice:
        """Which of the first sessions count at ``now_days``."""
        oldest = now_days - self.lookback_days - (0.0 if self.immature == "lost" else self.rebook_days)
        newest = now_days - (self.rebook_days if self.immature == "left_out" else 0.0)
        begin, end = np.searchsorted(history.first_session_days, [oldest, newest], side="right")
        return slice(int(begin), max(int(begin), int(end)))

    def rebooked(self, history: History) -> Floats:
        """When each client (n_firsts,) booked again, as far as the pro is credited with it; inf if not."""
        return history.rebooked_days if self.credit == "platform" else history.rebooked_same_pro_days

    def returns(self, history: History, now_days: float) -> tuple[Ints, Floats, Flags]:
        """Pro, first session and whether they came back in time, of the clients that count, (n_clients,) each."""
        window = self.window(history, now_days)
        first = history.first_session_days[window]
        returned = _returned(first, self.rebooked(history)[window], float(self.rebook_days), float(now_days))
        return history.first_pro[window], first, returned

    def tallies(self, history: History, now_days: float) -> tuple[Floats, Ints]:
        """Clients who came back in time, and all clients that count, by pro, (n_pros,) each."""
        pro, _, returned = self.returns(history, now_days)
        return _tallies(pro, returned, history.n_pros)

    def counts(self, history: History, behind: Ints) -> Flags:
        """Whether the score of each pro counts, (n_pros,), from the clients behind it."""
        return (history.completed_sessions >= self.min_sessions) & (behind >= self.min_clients_behind)


@compiled
def _returned(first_days: Floats, rebooked_days: Floats, rebook_days: float, now_days: float) -> Flags:
    """Whether each client booked within the time, and by now, (n_clients,)."""
    returned = np.empty(len(first_days), np.bool_)
    for i in range(len(first_days)):
        returned[i] = rebooked_days[i] <= now_days and rebooked_days[i] - first_days[i] <= rebook_days
    return returned


@compiled
def _tallies(pro: Ints, returned: Flags, n_pros: int) -> tuple[Floats, Ints]:
    """Number of returns and number of clients, (n_pros,) each."""
    returns, behind = np.zeros(n_pros), np.zeros(n_pros, np.int64)
    for i in range(len(pro)):
        behind[pro[i]] += 1
        if returned[i]:
            returns[pro[i]] += 1.0
    return returns, behind


@compiled
def _shares(returns: Floats, behind: Ints) -> tuple[Floats, Floats, Ints]:
    """Share of clients who returned, its binomial standard error, and number of clients, (n_pros,) each."""
    value, error = np.empty(len(behind)), np.empty(len(behind))
    for p in range(len(behind)):
        value[p] = returns[p] / behind[p] if behind[p] > 0 else math.nan
        error[p] = math.sqrt(value[p] * (1.0 - value[p]) / behind[p]) if behind[p] > 0 else math.nan
    return value, error, behind


@compiled
def _kaplan_meier(
    pro: Ints, first_days: Floats, rebooked_days: Floats, n_pros: int, rebook_days: float, now_days: float
) -> tuple[Floats, Floats, Ints]:
    """One minus the product-limit estimate at ``rebook_days`` by pro, Greenwood's error, number of clients, (n_pros,) each."""
    n = len(pro)
    times, events = np.empty(n), np.zeros(n, np.bool_)
    behind = np.zeros(n_pros, np.int64)
    for i in range(n):
        behind[pro[i]] += 1
        times[i] = min(now_days - first_days[i], rebook_days)
        wait = rebooked_days[i] - first_days[i]
        if rebooked_days[i] <= now_days and wait <= rebook_days:
            times[i], events[i] = wait, True
    survival, at_risk, returns = np.ones(n_pros), behind.copy(), np.zeros(n_pros, np.int64)
    relative_variance = np.zeros(n_pros)
    order = np.argsort(times, kind="mergesort")
    i = 0
    while i < n:
        # all who share a time: events first, while those censored at that time are still at risk
        j = i
        while j < n and times[order[j]] == times[order[i]]:
            j += 1
        for k in order[i:j]:
            returns[pro[k]] += events[k]
        for k in order[i:j]:
            p = pro[k]
            survival[p] *= 1.0 - returns[p] / at_risk[p]
            if returns[p] < at_risk[p]:
                relative_variance[p] += returns[p] / (at_risk[p] * (at_risk[p] - returns[p]))
            returns[p] = 0
        for k in order[i:j]:
            at_risk[pro[k]] -= 1
        i = j
    value, error = np.empty(n_pros), np.empty(n_pros)
    for p in range(n_pros):
        value[p] = 1.0 - survival[p] if behind[p] > 0 else math.nan
        error[p] = survival[p] * math.sqrt(relative_variance[p]) if behind[p] > 0 else math.nan
    return value, error, behind

"""The fidelity score: how well a pro makes new clients come back."""

import math
from dataclasses import dataclass
from typing import Literal, get_args

import numpy as np

from sim.jit import compiled
from sim.views import Floats, History, Ints, ScoreTable

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
    A pro with no client behind has the value nan.
    """

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
        if self.min_clients_behind < 1:
            raise ValueError(f"min_clients_behind = {self.min_clients_behind}, must be >= 1")
        for name, choices in (("immature", get_args(Immature)), ("credit", get_args(Credit))):
            if getattr(self, name) not in choices:
                raise ValueError(f"{name} = {getattr(self, name)!r}, must be one of {', '.join(choices)}")

    def __call__(self, history: History, now_days: float) -> ScoreTable:
        """Score of every pro at ``now_days``."""
        oldest = now_days - self.lookback_days - (0.0 if self.immature == "lost" else self.rebook_days)
        newest = now_days - (self.rebook_days if self.immature == "left_out" else 0.0)
        begin, end = np.searchsorted(history.first_session_days, [oldest, newest], side="right")
        rebooked = history.rebooked_days if self.credit == "platform" else history.rebooked_same_pro_days
        window = slice(int(begin), max(int(begin), int(end)))
        pro, first = history.first_pro[window], history.first_session_days[window]
        count = _kaplan_meier if self.immature == "kaplan_meier" else _shares
        value, behind = count(pro, first, rebooked[window], history.n_pros, float(self.rebook_days), float(now_days))
        counted = (history.completed_sessions >= self.min_sessions) & (behind >= self.min_clients_behind)
        return ScoreTable(value, counted, behind)


@compiled
def _shares(
    pro: Ints, first_days: Floats, rebooked_days: Floats, n_pros: int, rebook_days: float, now_days: float
) -> tuple[Floats, Ints]:
    """Share of clients who booked within the time, and number of clients, (n_pros,) each."""
    returned, behind = np.zeros(n_pros), np.zeros(n_pros, np.int64)
    for i in range(len(pro)):
        behind[pro[i]] += 1
        if rebooked_days[i] <= now_days and rebooked_days[i] - first_days[i] <= rebook_days:
            returned[pro[i]] += 1.0
    value = np.empty(n_pros)
    for p in range(n_pros):
        value[p] = returned[p] / behind[p] if behind[p] > 0 else math.nan
    return value, behind


@compiled
def _kaplan_meier(
    pro: Ints, first_days: Floats, rebooked_days: Floats, n_pros: int, rebook_days: float, now_days: float
) -> tuple[Floats, Ints]:
    """One minus the product-limit estimate at ``rebook_days`` by pro, and number of clients, (n_pros,) each."""
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
            survival[pro[k]] *= 1.0 - returns[pro[k]] / at_risk[pro[k]]
            returns[pro[k]] = 0
        for k in order[i:j]:
            at_risk[pro[k]] -= 1
        i = j
    value = np.empty(n_pros)
    for p in range(n_pros):
        value[p] = 1.0 - survival[p] if behind[p] > 0 else math.nan
    return value, behind

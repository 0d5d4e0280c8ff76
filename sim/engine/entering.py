"""Pros who look before they join, whether there is enough work for somebody like them.

A later pro takes the mean work of the active pros times what they can expect of it: the own visibility on the first day, as a
newcomer, weighed against that of established pros of similar quality. They join if it reaches what they want, a keyed number of
their own. So a policy draws the pros for whom it does something, and fewer of all of them when work is scarce.

The pro knows the own quality and asks around; no score and no allocator learns of it.
"""

import numpy as np

from sim import draws, rules
from sim.arrays import Flags, Floats
from sim.calendar import FULL_TIME_SLOTS
from sim.config import SLOT_MINUTES, Entering
from sim.engine.sight import relative_visibility
from sim.engine.world import World
from sim.jit import compiled
from sim.views import RECENT_DAYS, ProView, ordered_mean

FULL_TIME_HOURS = FULL_TIME_SLOTS * SLOT_MINUTES / 60


@compiled
def similar_visibility(visibility: Floats, quality: Floats, among: Flags, pro: int, bandwidth: float) -> float:
    """Mean visibility of the pros ``among`` (n_pros,), weighed by how close their quality is to that of ``pro``; 1 without any."""
    nearest = np.inf
    for p in range(len(among)):
        if among[p]:
            nearest = min(nearest, abs(quality[p] - quality[pro]))
    total, weights = 0.0, 0.0
    for p in range(len(among)):
        if among[p]:
            # beyond the nearest, so that a pro unlike anybody compares with the least unlike
            weight = rules.similarity(abs(quality[p] - quality[pro]) - nearest, bandwidth)
            total += weight * visibility[p]
            weights += weight
    return total / weights if weights > 0.0 else 1.0


class Entry:
    """Who of the later pros joins in one run."""

    def __init__(self, entering: Entering, world: World, propensity: Floats) -> None:
        self.entering = entering
        self.world = world
        self.declined = np.zeros(len(propensity), np.bool_)
        """(n_pros,) pros who have found too little to join."""
        spread = np.sqrt(ordered_mean((propensity - ordered_mean(propensity)) ** 2)) if len(propensity) else 0.0
        self.quality = propensity / spread if spread > 0.0 else np.zeros(len(propensity))

    def joins(self, pro: int, view: ProView, refresh_days: float) -> bool:
        """Whether the pro, whose day of joining has come, joins; ``view`` is that of the last refresh, on ``refresh_days``."""
        if self.entering.enabled:
            self.declined[pro] = self.expected_sessions(pro, view, refresh_days) < self.reservation(pro)
        return not self.declined[pro]

    def reservation(self, pro: int) -> float:
        """What the pro wants, in requests accepted per week of 40 hours."""
        rule = self.world.rules[0]
        u, _, _, _ = draws.block(rule["seed"], rule["replication"], draws.ENTRY, pro, 0, 0)
        return rules.reservation_sessions(
            u, float(self.entering.reservation_sessions_per_week), float(self.entering.reservation_log_sd)
        )

    def expected_sessions(self, pro: int, view: ProView, refresh_days: float) -> float:
        """What the pro can expect, in requests accepted per week of 40 hours; inf as long as there is nothing to go by."""
        work = mean_work(view, refresh_days)
        if not np.isfinite(work):
            return np.inf
        visibility = relative_visibility(self.world)
        established = np.asarray(view.score.counted & self.world.active)
        similar = similar_visibility(visibility, self.quality, established, pro, float(self.entering.similarity_sd))
        share = float(self.entering.established_share)
        return float(work * ((1.0 - share) * visibility[pro] + share * similar))


def mean_work(view: ProView, now_days: float) -> float:
    """Requests accepted per week of 40 hours that the active pros were there within ``RECENT_DAYS``; nan without a day of it."""
    there_days = np.where(view.active, np.clip(now_days - view.joined_days, 0.0, RECENT_DAYS), 0.0)
    weeks = float(np.cumsum(there_days / 7.0 * view.weekly_hours / FULL_TIME_HOURS)[-1])
    return float(view.recent_bookings[view.active].sum()) / weeks if weeks > 0.0 else float("nan")

"""How much work a pro has had lately, compared with the platform."""

import numpy as np

from sim.arrays import Floats, Ints
from sim.views import RECENT_DAYS, ProView, ordered_mean


def relative_load(counts: Ints, pros: ProView, now_days: float, prior_hours: float) -> Floats:
    """Recent counts per hour on offer over those of the active pros together, (n_pros,); 1 is the platform's average, >= 0.

    Parameters
    ----------
    counts
        (n_pros,) within ``RECENT_DAYS``: ``pros.recent_offers`` or ``pros.recent_bookings``.
    prior_hours
        Hours on offer at the platform's rate that each pro starts with, > 0: a pro of three days is not taken for idle.
    """
    present_days = np.clip(now_days - pros.joined_days, 0.0, RECENT_DAYS)
    hours = pros.weekly_hours * present_days / 7.0
    there = pros.active
    if not there.any() or not int(counts[there].sum()):
        return np.ones(pros.n_pros)
    total_hours = ordered_mean(hours[there]) * int(there.sum())
    if not total_hours > 0.0:
        return np.ones(pros.n_pros)
    rate = int(counts[there].sum()) / total_hours
    load: Floats = (counts / rate + prior_hours) / (hours + prior_hours)
    return load

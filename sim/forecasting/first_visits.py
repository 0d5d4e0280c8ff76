"""What the first visit says of a client who may stay: how many of the pro's earlier new clients came back, and whether it was late.

Both are known when the visit is over, so that nothing that is forecast is looked at.
"""

from dataclasses import replace

import numpy as np
from scipy import special

from sim.arrays import Floats
from sim.bookings.visits import Visits
from sim.calibration.histories import Clock, Histories, calendar, histories

RETURN_DAYS = 91
"""A client who comes again within so many days has returned; a pro's share counts clients who were followed that long."""
PRIOR_CLIENTS = 20.0
"""New clients whom the mean share of all pros is worth in that of one."""
LATE_MINUTES = 15.0
FEWEST_KNOWN = 200
"""Clients of whom a trait is known below which it is not used."""


def known_clients(needs: Visits, until_day: int, clock: Clock = calendar) -> Histories:
    """Histories of all clients with a visit by the end of a day, with what their first visits say where the file has it."""
    seen = histories(needs, until_day, clock)
    past = needs.rows(needs.day <= until_day)
    first = np.flatnonzero(np.r_[True, np.diff(past.client) != 0][: len(past.client)])
    traits: dict[str, Floats] = {}
    if "pro" in past.labels and (past.labels["pro"][first] >= 0).sum() >= FEWEST_KNOWN:
        traits["first_pro"] = _pro_shares(past, first)
    if "minutes_late" in past.numbers:
        minutes = past.numbers["minutes_late"][first]
        if np.isfinite(minutes).sum() >= FEWEST_KNOWN:
            late = np.where(np.isfinite(minutes), minutes >= LATE_MINUTES, np.nan)
            traits["late"] = np.where(np.isnan(late), 0.0, late - np.nanmean(late))
    return replace(seen, traits={name: values for name, values in traits.items() if values.std() > 0})


def _pro_shares(past: Visits, first: np.ndarray) -> Floats:
    """Logit (n,) of the share of the first pro's earlier new clients who returned, drawn to that of all and less its mean."""
    day, pro = past.day[first], past.labels["pro"][first]
    returned = (past.gap_days()[first] <= RETURN_DAYS).astype(float)
    mean = (returned.sum() + 1) / (len(returned) + 2)
    found = np.full(len(first), np.nan)
    for code in np.unique(pro[pro >= 0]):
        mine = np.flatnonzero(pro == code)
        order = mine[np.argsort(day[mine], kind="stable")]
        # those who were followed for long enough before each client's first visit
        earlier = np.searchsorted(day[order], day[order] - RETURN_DAYS, side="right")
        sums = np.r_[0.0, np.cumsum(returned[order])]
        found[order] = special.logit((sums[earlier] + PRIOR_CLIENTS * mean) / (earlier + PRIOR_CLIENTS))
    return np.where(np.isnan(found), 0.0, found - np.nanmean(found))

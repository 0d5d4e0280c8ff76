"""What became of each client who first asked during an experiment: what experiments are analysed by."""

import numpy as np

from sim.arrays import Floats
from sim.designs.base import OUTSIDE, Split
from sim.metrics.cohort import SIX_MONTHS_DAYS, Cohort
from sim.metrics.retention import returned_within

PREFIX, LOAD = "newcomer_", "load"
SURROGATE_DAYS = 60.0
"""Within which a second booking tells early who will be back within six months."""
OUTCOMES = ("returned_6m", "returned_60d", "completed", "contribution_6m_eur")
"""Columns that can be an experiment's outcome, one a client, larger is better."""


def newcomers(cohort: Cohort, split: Split) -> dict[str, Floats]:
    """Clients whose first request was made during the experiment and who are followed for 183 days from it, in its order.

    Returns
    -------
    dict
        (n,) each, names begin with ``PREFIX``. ``client``, ``zone``, ``day`` since the experiment began, ``pro`` of the first
        request (-1 where it was not accepted), ``period`` and ``group`` of the request. ``returned_6m`` and ``returned_60d``:
        whether a second booking was made within so long of the first request, as ``return_rate_6m`` counts it; ``again_days``:
        how long it took, nan for none. ``completed``: whether the first request led to a session. ``contribution_6m_eur``: of
        requests closed within 183 days.
    """
    bookings, rows = cohort.log.bookings, cohort.first_row
    period = split.periods(np.nan_to_num(cohort.first_request_days, nan=-1.0))
    chosen = np.flatnonzero((rows >= 0) & (period != OUTSIDE) & cohort.followed(SIX_MONTHS_DAYS))
    first = rows[chosen]
    client, zone, days = (bookings[name][first] for name in ("client", "zone", "request_days"))
    earned = cohort.within(SIX_MONTHS_DAYS)
    contribution = np.bincount(cohort.client[earned], bookings["contribution_eur"][earned], minlength=cohort.n_clients)
    found = {
        "client": client,
        "zone": zone,
        "day": days - split.start_days,
        "pro": bookings["pro"][first],
        "period": period[chosen],
        "group": split.of_requests(client, zone, days),
        "again_days": (cohort.nth_booked_days(2) - cohort.first_request_days)[chosen],
        "returned_6m": returned_within(cohort, SIX_MONTHS_DAYS)[chosen],
        "returned_60d": returned_within(cohort, SURROGATE_DAYS)[chosen],
        "completed": cohort.first_completed[chosen],
        "contribution_6m_eur": contribution[chosen],
    }
    columns = {PREFIX + name: np.asarray(column, float) for name, column in found.items()}
    return columns | {LOAD: np.array([_load(cohort, split)])}


def _load(cohort: Cohort, split: Split) -> float:
    bookings, pros = cohort.log.bookings, cohort.log.pros
    start, end = split.start_days, split.start_days + split.days
    asked = bookings["duration_hours"][(bookings["request_days"] >= start) & (bookings["request_days"] < end)].sum()
    # a pro who never joined has no day of joining, one who stays no day of leaving
    joined, left = pros["joined_days"], np.nan_to_num(pros["left_days"], nan=end)
    there = np.clip(np.minimum(left, end) - np.maximum(joined, start), 0.0, None)
    worked = np.nansum(there * pros["weekly_hours"]) / 7
    return float(asked / worked) if worked > 0 else float("nan")

"""Points awarded, redeemed and expired: by service, by client and over time, from the ledger of one run."""

from typing import NamedTuple

import numpy as np

from sim.arrays import Ints
from sim.log import Columns
from sim.metrics.cohort import MONTH_DAYS

EARNED, REDEEMED, EXPIRED = range(3)
"""Codes of ``ledger.kind``."""


class LoyaltyReport(NamedTuple):
    """Three tables of points (whole numbers), as columns."""

    by_service: Columns
    """service, sessions that earned, earned, redeemed. One row a service; points expire apart from any session."""
    by_client: Columns
    """client, earned, redeemed, expired, balance at the end. One row a client who ever had points."""
    by_month: Columns
    """month (0 is the first), start_days, earned, redeemed, expired, outstanding at its end. One row a month of 30.4 days."""


def _sum(group: Ints, points: Ints, n: int) -> Ints:
    return np.bincount(group, points, minlength=n).astype(np.int64)


def loyalty_report(ledger: Columns, service: Ints, n_services: int, horizon_days: float) -> LoyaltyReport:
    """What a points programme has awarded and to whom.

    Parameters
    ----------
    ledger
        The table of that name of a log.
    service
        (n_bookings,) code of each booking's service.
    n_services
        How many services there are; those without points get a row of zeros.
    horizon_days
        Length of the run.
    """
    of_kind = {name: ledger["kind"] == kind for name, kind in (("earned", EARNED), ("redeemed", REDEEMED), ("expired", EXPIRED))}
    clients, who = np.unique(ledger["client"], return_inverse=True)
    month = (ledger["days"] // MONTH_DAYS).astype(np.int64)
    n_months = int(np.ceil(horizon_days / MONTH_DAYS))
    points = ledger["points"]
    by_client = {name: _sum(who[kind], points[kind], len(clients)) for name, kind in of_kind.items()}
    by_month = {name: _sum(month[kind], points[kind], n_months) for name, kind in of_kind.items()}
    sessions = {name: service[ledger["booking"][of_kind[name]]] for name in ("earned", "redeemed")}
    return LoyaltyReport(
        {
            "service": np.arange(n_services),
            "sessions": np.bincount(sessions["earned"], minlength=n_services),
            **{name: _sum(of, points[of_kind[name]], n_services) for name, of in sessions.items()},
        },
        {"client": clients, **by_client, "balance": by_client["earned"] - by_client["redeemed"] - by_client["expired"]},
        {
            "month": np.arange(n_months),
            "start_days": np.arange(n_months) * MONTH_DAYS,
            **by_month,
            "outstanding": np.cumsum(by_month["earned"] - by_month["redeemed"] - by_month["expired"]),
        },
    )

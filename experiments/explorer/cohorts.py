"""New clients by the month in which they came: how many came back, and how many have paid back."""

from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from sim.arrays import Flags, Floats
from sim.metrics.cohort import MONTH_DAYS, SIX_MONTHS_DAYS, YEAR_DAYS, Cohort
from sim.metrics.payback import contribution_within
from sim.metrics.retention import returned_within
from sim.statistics.intervals import wilson


@dataclass(frozen=True)
class Share:
    """A share of each month's new clients. Columns are (n_months,); nan for a month whose clients cannot all be followed."""

    share: Floats
    low: Floats
    high: Floats
    """Wilson's 95 % interval: what luck within this one run can do."""
    n: Floats


@dataclass(frozen=True)
class Months:
    """Months of first requests after the warm-up, each with its new clients."""

    start_days: Floats
    returned: Share
    """Booked again within six months."""
    reached_3: Share
    """Three completed bookings within a year."""
    paid_back: Share
    """Brought at least their own acquisition cost within a year."""
    balance_eur: Floats
    """Mean contribution of the first year minus mean acquisition cost; nan as for shares."""

    def table(self) -> pa.Table:
        """One row a month."""
        return pa.table(
            {
                "month": np.arange(1, len(self.start_days) + 1),
                "from_day": np.round(self.start_days, 1),
                "new_clients": self.returned.n.astype(np.int64),
                "back_within_6_months": self.returned.share,
                "low": self.returned.low,
                "high": self.returned.high,
                "three_bookings_within_12_months": self.reached_3.share,
                "paid_back_within_12_months": self.paid_back.share,
                "balance_after_12_months_eur": self.balance_eur,
            }
        )


def by_month(cohort: Cohort) -> Months:
    """All whole months between the warm-up and the end of the run.

    Notes
    -----
    Numerators and follow-up are those of ``return_rate_6m``, ``reach_3_in_12m`` and ``payback_rate_12m``.
    """
    facts, first = cohort.log.facts, cohort.first_request_days
    n_months = max(int((facts["horizon_days"] - facts["warmup_days"]) // MONTH_DAYS), 0)
    start: Floats = facts["warmup_days"] + MONTH_DAYS * np.arange(n_months, dtype=np.float64)
    with np.errstate(invalid="ignore"):
        month = np.where(np.isfinite(first), np.floor((first - facts["warmup_days"]) / MONTH_DAYS), -1).astype(np.int64)
        inside = (month >= 0) & (month < n_months)
        third = cohort.nth_completed_days(3) - first <= YEAR_DAYS
    n: Floats = np.bincount(month[inside], minlength=n_months).astype(np.float64)

    def known(window_days: float) -> Flags:
        return (start + MONTH_DAYS + window_days <= facts["horizon_days"]) & (n > 0)

    def share(which: Flags, window_days: float) -> Share:
        hits = np.bincount(month[inside & which], minlength=n_months)
        middle, low, high = np.full((3, n_months), np.nan)
        for i in np.flatnonzero(known(window_days)):
            interval = wilson(hits[i] / n[i], int(n[i]))
            middle[i], low[i], high[i] = interval.estimate, interval.low, interval.high
        return Share(middle, low, high, n)

    money, cost = contribution_within(cohort, YEAR_DAYS), cohort.log.clients["acquisition_cost_eur"]
    balance: Floats = np.bincount(month[inside], (money - cost)[inside], minlength=n_months) / np.maximum(n, 1)
    return Months(
        start,
        share(returned_within(cohort, SIX_MONTHS_DAYS), SIX_MONTHS_DAYS),
        share(third, YEAR_DAYS),
        share(money >= cost, YEAR_DAYS),
        np.where(known(YEAR_DAYS), balance, np.nan).astype(np.float64),
    )

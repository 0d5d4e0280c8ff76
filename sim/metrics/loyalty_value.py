"""What loyalty is worth and what programmes for it cost, in money.

The cost of programmes is money off requests (``discount_eur`` of a booking, already out of its contribution) and whatever else they
spend (the table ``spend`` of the log; negative amounts are income, such as gift cards sold); a run without programmes has no such
table. The lifetime value of a client as observed is ``payback.contribution_per_client_24m_eur``, net of all this; what the
clients of a file of bookings will pay after its end is a matter of forecasting: ``sim.calibration.lifetime_value``.
"""

import numpy as np

from sim.arrays import Floats
from sim.metrics.cohort import SIX_MONTHS_DAYS, YEAR_DAYS, Cohort, per_year
from sim.metrics.loyalty import loyal_client_periods
from sim.metrics.payback import contribution_within


def _discount_eur(cohort: Cohort) -> Floats:
    """Money off each request, (n_bookings,)."""
    return np.asarray(cohort.log.bookings["discount_eur"], np.float64)


def programme_costs(cohort: Cohort) -> tuple[Floats, Floats]:
    """Day and EUR of everything that programmes cost, (n_costs,) each.

    A discount costs on the day its request is closed: while that is open, nobody has had it.
    """
    discount, closed = _discount_eur(cohort), cohort.log.bookings["closed_days"]
    given = (discount != 0) & np.isfinite(closed)
    spend = cohort.log.spend
    if not spend:
        return closed[given], discount[given]
    return np.concatenate((closed[given], spend["days"])), np.concatenate((discount[given], spend["cost_eur"]))


def _mean_over(cohort: Cohort, values: Floats, window_days: float) -> float:
    among = cohort.followed(window_days)
    return float(values[among].mean()) if among.any() else float("nan")


def sales_per_client_12m_eur(cohort: Cohort) -> float:
    """What a new client pays in the first 365 days, in EUR: price less discount of completed bookings.

    Over all new clients after the warm-up with 365 days of follow-up, those without a session included. A session counts by the day
    it ended. A gift card bought for money counts as a discount where it pays, and its sale as income of the programme. Nan without
    such clients.
    """
    inside = cohort.completed & cohort.within(YEAR_DAYS)
    paid = (cohort.log.bookings["price_eur"] - _discount_eur(cohort))[inside]
    return _mean_over(cohort, np.bincount(cohort.client[inside], paid, minlength=cohort.n_clients).astype(np.float64), YEAR_DAYS)


def spend_per_booking_eur(cohort: Cohort) -> float:
    """What a client pays for a completed booking, in EUR: price less discount.

    Over all completed bookings whose session ended after the warm-up; gift cards as in
    ``sales_per_client_12m_eur``. Nan without any.
    """
    ended = cohort.completed & (cohort.log.bookings["closed_days"] >= cohort.log.facts["warmup_days"])
    return float((cohort.log.bookings["price_eur"] - _discount_eur(cohort))[ended].mean()) if ended.any() else float("nan")


def programme_cost_per_year_eur(cohort: Cohort) -> float:
    """What programmes cost a year, in EUR: discounts and other spend, less income.

    All of it from the end of the warm-up to the end of the run, per 365 days. 0 without programmes; nan in a run without requests.
    """
    days, cost = programme_costs(cohort)
    return per_year(cohort, float(cost[days >= cohort.log.facts["warmup_days"]].sum()))


def acquisition_cost_per_year_eur(cohort: Cohort) -> float:
    """What new clients cost to win a year, in EUR.

    The acquisition cost of all clients whose first request came after the warm-up, per 365 days of the run after it. Nan in a run
    without requests.
    """
    with np.errstate(invalid="ignore"):
        new = cohort.first_request_days >= cohort.log.facts["warmup_days"]
    return per_year(cohort, float(cohort.log.clients["acquisition_cost_eur"][new].sum()))


def payback_clients_per_year(cohort: Cohort) -> float:
    """New clients a year who bring what they cost within 12 months: how many, not which share.

    Numerator: new clients after the warm-up, with 365 days of follow-up, whose contribution within 365 days of the first request,
    less what programmes spent on them, is at least their own acquisition cost. Per 365 days of first requests, so that a
    programme which brings more clients counts as well as one that keeps more. Nan when the run leaves nobody that follow-up.
    """
    facts = cohort.log.facts
    intake_days = facts["horizon_days"] - YEAR_DAYS - facts["warmup_days"]
    if not intake_days > 0 or cohort.n_clients == 0:
        return float("nan")
    paid = (contribution_within(cohort, YEAR_DAYS) >= cohort.log.clients["acquisition_cost_eur"]) & cohort.followed(YEAR_DAYS)
    return int(paid.sum()) * YEAR_DAYS / intake_days


def reward_cost_per_retained_client_eur(cohort: Cohort) -> float:
    """What programmes cost per client who stayed for another half year, in EUR.

    Numerator: cost of programmes in the periods of ``retention_rate``. Denominator: its loyal clients. An average over all who
    stayed, most of whom would have stayed anyway: what one client *more* costs takes a control arm (``sim.statistics.uplift``).
    0 without programmes; nan when nobody was kept, or there are not two whole periods.
    """
    facts = cohort.log.facts
    kept = loyal_client_periods(cohort)
    if not kept:
        return float("nan")
    begin = facts["warmup_days"] + SIX_MONTHS_DAYS
    end = facts["warmup_days"] + (facts["horizon_days"] - facts["warmup_days"]) // SIX_MONTHS_DAYS * SIX_MONTHS_DAYS
    days, cost = programme_costs(cohort)
    return float(cost[(days >= begin) & (days < end)].sum()) / kept

"""Money: what clients bring, and when they have paid back what they cost."""

import numpy as np

from sim.arrays import Floats
from sim.metrics.cohort import MONTH_DAYS, TWO_YEARS_DAYS, YEAR_DAYS, Cohort, share

BREAK_EVEN_MONTHS = 24


def contribution_within(cohort: Cohort, window_days: float) -> Floats:
    """Contribution of each client's requests closed within the window from the first request, (n_clients,), EUR.

    Less what programmes spent on the client in that time.
    """
    money = cohort.money
    with np.errstate(invalid="ignore"):
        inside = money.days - cohort.first_request_days[money.client] <= window_days
    total = np.bincount(money.client[inside], money.eur[inside], minlength=cohort.n_clients)
    return total.astype(np.float64)


def _mean_contribution(cohort: Cohort, window_days: float) -> float:
    among = cohort.followed(window_days)
    return float(contribution_within(cohort, window_days)[among].mean()) if among.any() else float("nan")


def _mean_net_contribution(cohort: Cohort, window_days: float) -> float:
    among = cohort.followed(window_days)
    net = contribution_within(cohort, window_days) - cohort.log.clients["acquisition_cost_eur"]
    return float(net[among].mean()) if among.any() else float("nan")


def net_contribution_per_client_12m_eur(cohort: Cohort) -> float:
    """Mean contribution of a new client in the first 365 days, after programmes and the cost of acquiring that client, in EUR.

    As ``contribution_per_client_12m_eur``, less what each client cost. Nan without such clients.
    """
    return _mean_net_contribution(cohort, YEAR_DAYS)


def net_contribution_per_client_24m_eur(cohort: Cohort) -> float:
    """Mean contribution of a new client in the first 730 days, after programmes and the cost of acquiring that client, in EUR.

    What a cohort of new clients is worth; times 1,000 it is that of 1,000 of them. It counts every booking alike, so no policy can
    move it by serving only the bookings that another metric looks at. Nan without such clients.
    """
    return _mean_net_contribution(cohort, TWO_YEARS_DAYS)


def contribution_per_client_12m_eur(cohort: Cohort) -> float:
    """Mean contribution of a new client in the first 365 days, before acquisition cost and after programmes, in EUR.

    Over all new clients after the warm-up with 365 days of follow-up, those without a session included. Nan without such clients.
    """
    return _mean_contribution(cohort, YEAR_DAYS)


def contribution_per_client_24m_eur(cohort: Cohort) -> float:
    """Mean contribution of a new client in the first 730 days, before acquisition cost, in EUR; as the one of 12 months."""
    return _mean_contribution(cohort, TWO_YEARS_DAYS)


def payback_rate_12m(cohort: Cohort) -> float:
    """Share of new clients who brought at least their own acquisition cost within 365 days of the first request.

    Denominator: all new clients after the warm-up with 365 days of follow-up. Nan without such clients.
    """
    paid = contribution_within(cohort, YEAR_DAYS) >= cohort.log.clients["acquisition_cost_eur"]
    return share(paid, cohort.followed(YEAR_DAYS))


def completed_within(cohort: Cohort, window_days: float) -> Floats:
    """Completed bookings of each client whose session ended within the window from the first request, (n_clients,)."""
    with np.errstate(invalid="ignore"):
        age = cohort.log.bookings["closed_days"] - cohort.first_request_days[cohort.client]
        inside = cohort.completed & (age <= window_days)
    return np.bincount(cohort.client[inside], minlength=cohort.n_clients).astype(np.float64)


def repeat_share_24m(cohort: Cohort) -> float:
    """Share of new clients with two or more completed bookings within 730 days: the r of break-even.

    Denominator: all new clients after the warm-up with 730 days of follow-up. Nan without such clients.
    """
    return share(completed_within(cohort, TWO_YEARS_DAYS) >= 2, cohort.followed(TWO_YEARS_DAYS))


def further_bookings_24m(cohort: Cohort) -> float:
    """Mean completed bookings after the first, of those with two or more within 730 days: the m of break-even.

    Over the clients in the numerator of ``repeat_share_24m``. Nan without any.
    """
    bookings = completed_within(cohort, TWO_YEARS_DAYS)[cohort.followed(TWO_YEARS_DAYS)]
    repeated = bookings[bookings >= 2]
    return float(repeated.mean() - 1) if len(repeated) else float("nan")


def payback_curve(cohort: Cohort) -> Floats:
    """Mean cumulative contribution minus acquisition cost of a new client after 0, 1, ..., 24 months, (25,), EUR.

    Less what programmes spent. Over new clients after the warm-up with 24 months of follow-up; all nan without such clients.
    """
    among = cohort.followed(TWO_YEARS_DAYS)
    if not among.any():
        return np.full(BREAK_EVEN_MONTHS + 1, np.nan)
    money = cohort.money
    kept = among[money.client] & np.isfinite(money.days)
    age = money.days[kept] - cohort.first_request_days[money.client[kept]]
    month = np.ceil(np.maximum(age, 0) / MONTH_DAYS).astype(np.int64)
    inside = month <= BREAK_EVEN_MONTHS
    by_month = np.bincount(month[inside], money.eur[kept][inside], minlength=BREAK_EVEN_MONTHS + 1)
    return np.cumsum(by_month) / among.sum() - cohort.log.clients["acquisition_cost_eur"][among].mean()


def break_even_month(curve: Floats) -> float:
    """Month in which a balance after 0, 1, ... months first reaches 0, linear within a month.

    The last month, when it does not within the curve: a mean over runs is then one restricted to that time. Nan for a curve of nan.

    Examples
    --------
    >>> break_even_month(np.array([-10.0, -4.0, 4.0])), break_even_month(np.array([-10.0, -4.0, -2.0]))
    (1.5, 2.0)
    """
    if not np.isfinite(curve[0]):
        return float("nan")
    positive = np.flatnonzero(curve >= 0)
    if len(positive) == 0:
        return float(len(curve) - 1)
    month = int(positive[0])
    return float(month) if month == 0 else float(month - curve[month] / (curve[month] - curve[month - 1]))


def months_to_break_even(cohort: Cohort) -> float:
    """Months until the mean new client has paid back the mean acquisition cost, restricted to 24.

    The first crossing of zero of ``payback_curve``, linear within a month; 24 means: not within 24 months. Nan without clients
    followed for 24 months.
    """
    return break_even_month(payback_curve(cohort))

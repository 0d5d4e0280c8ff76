"""Whether new clients come back, and to whom."""

import numpy as np

from sim.arrays import Flags, Floats
from sim.metrics.cohort import MONTH_DAYS, SIX_MONTHS_DAYS, YEAR_DAYS, Cohort, share


def returned_within(cohort: Cohort, window_days: float) -> Flags:
    """Clients whose second booking was made within the window from their first request, (n_clients,)."""
    with np.errstate(invalid="ignore"):
        return cohort.nth_booked_days(2) - cohort.first_request_days <= window_days


def return_rate_6m(cohort: Cohort) -> float:
    """Share of new clients who book again within six months.

    Numerator: those with a second booking made within 183 days of their first request. Denominator: all new clients after the
    warm-up with 183 days of follow-up; a client whose requests stayed unfilled has not returned. Nan without such clients.
    """
    return share(returned_within(cohort, SIX_MONTHS_DAYS), cohort.followed(SIX_MONTHS_DAYS))


def return_rate_6m_first_completed(cohort: Cohort) -> float:
    """Share of clients with a completed first session who book again within six months of it.

    The published 30 % speaks of these clients. Numerator: a later booking made within 183 days of the end of the session.
    Denominator: clients whose first request led to a completed session, followed for 183 days from its end, after the
    warm-up. Who is in it depends on the policy, so it is secondary. Nan without such clients.
    """
    first_end = cohort.nth_completed_days(1)
    with np.errstate(invalid="ignore"):
        returned = cohort.nth_booked_days(2) - first_end <= SIX_MONTHS_DAYS
    return share(returned, cohort.first_completed & cohort.followed(SIX_MONTHS_DAYS, first_end))


def reach_3_in_12m(cohort: Cohort) -> float:
    """Share of new clients with three completed bookings within a year.

    Numerator: those whose third completed session ended within 365 days of their first request. Denominator: all new clients
    after the warm-up with 365 days of follow-up. Nan without such clients.
    """
    with np.errstate(invalid="ignore"):
        reached = cohort.nth_completed_days(3) - cohort.first_request_days <= YEAR_DAYS
    return share(reached, cohort.followed(YEAR_DAYS))


def repeat_majority_share(cohort: Cohort) -> float:
    """Of the clients active in a month, the share who had booked before it, averaged over months.

    Active: made a booking in the month. Months of 30.4 days from the end of the warm-up that lie inside the run; months without
    a booking are left out. Nan without any. Above one half, the majority are returning clients.
    """
    facts, bookings = cohort.log.facts, cohort.log.bookings
    days, client = bookings["assigned_days"][cohort.booked], cohort.client[cohort.booked]
    first = np.where(cohort.known, -np.inf, cohort.nth_booked_days(1))
    shares = []
    start = facts["warmup_days"]
    while start + MONTH_DAYS <= facts["horizon_days"]:
        active = np.unique(client[(days >= start) & (days < start + MONTH_DAYS)])
        if len(active):
            shares.append(float((first[active] < start).mean()))
        start += MONTH_DAYS
    return float(np.mean(shares)) if shares else float("nan")


def same_pro_return_share(cohort: Cohort) -> float:
    """Of the clients who come back after a completed first session, the share whose next booking is with the same pro.

    Denominator: new clients after the warm-up whose first request led to a completed session and who made another booking
    within 183 days of their first request, with 183 days of follow-up. Numerator: that booking's pro is the first one's. Nan
    without such clients.
    """
    bookings = cohort.log.bookings
    again = returned_within(cohort, SIX_MONTHS_DAYS) & cohort.followed(SIX_MONTHS_DAYS) & cohort.first_completed
    later = np.flatnonzero(cohort.booked & (bookings["need"] > 0))
    # rows are in order of request, so the first later row of a client is the next booking
    clients, position = np.unique(cohort.client[later], return_index=True)
    next_row = np.full(cohort.n_clients, -1)
    next_row[clients] = later[position]
    who = np.flatnonzero(again & (next_row >= 0))
    same = bookings["pro"][next_row[who]] == bookings["pro"][cohort.first_row[who]]
    return float(same.mean()) if len(who) else float("nan")


def late_first_session_relative_risk(cohort: Cohort) -> float:
    """Return rate of clients whose first session began late, over that of clients whose first session did not.

    Late: by at least ``late_from_minutes``. Return: a later booking made within 183 days of the end of the first session, which
    was completed, after the warm-up, with that follow-up. Nan when either group is empty or the latter never returns.
    """
    among, minutes, returned = _after_first_session(cohort, "minutes_late")
    with np.errstate(invalid="ignore"):
        late = minutes >= cohort.log.facts["late_from_minutes"]
    return _relative_risk(returned, among & late, among & ~late)


def one_star_relative_risk(cohort: Cohort) -> float:
    """Return rate of clients who gave the first session one star, over that of clients who gave it five.

    Return and clients as for ``late_first_session_relative_risk``; clients who gave no rating are left out. Nan when either group
    is empty or the latter never returns.
    """
    among, stars, returned = _after_first_session(cohort, "rating")
    return _relative_risk(returned, among & (stars == 1), among & (stars == 5))


def _after_first_session(cohort: Cohort, column: str) -> tuple[Flags, Floats, Flags]:
    """Clients with a completed first session and follow-up, a column of that session, and who booked again in time."""
    first_end = cohort.nth_completed_days(1)
    among = cohort.first_completed & cohort.followed(SIX_MONTHS_DAYS, first_end)
    values = np.full(cohort.n_clients, np.nan)
    values[among] = cohort.log.bookings[column][cohort.first_row[among]]
    with np.errstate(invalid="ignore"):
        returned = cohort.nth_booked_days(2) - first_end <= SIX_MONTHS_DAYS
    return among, values, returned


def _relative_risk(returned: Flags, exposed: Flags, others: Flags) -> float:
    usual = share(returned, others)
    return share(returned, exposed) / usual if usual > 0 else float("nan")

"""Whether clients stay, come back for more, and say so: the usual measures of loyalty.

Each client of a run is in them from the first request on. A *period* is half a year, as everywhere in this project. What loyalty
brings and costs in money is in ``loyalty_value``.
"""

import numpy as np

from sim.arrays import Flags, Floats
from sim.metrics.cohort import MONTH_DAYS, SIX_MONTHS_DAYS, YEAR_DAYS, Cohort, share
from sim.metrics.payback import completed_within

PERIOD_DAYS = SIX_MONTHS_DAYS
QUARTER_DAYS = 3 * MONTH_DAYS
CHURN_AGES = 7
"""Ages at which churn is read: 0, 3, ..., 18 months since the first request."""
ANSWERS = 11
"""A survey is answered by 0 to 10."""
PROMOTER, DETRACTOR = 9, 6
"""Promoters answer 9 or 10, detractors 0 to 6, passives 7 or 8."""


def active_in_periods(cohort: Cohort) -> Flags:
    """Who made a booking in each whole period after the warm-up, (n_periods, n_clients)."""
    facts = cohort.log.facts
    n_periods = int((facts["horizon_days"] - facts["warmup_days"]) // PERIOD_DAYS)
    period = np.floor((cohort.log.bookings["assigned_days"][cohort.booked] - facts["warmup_days"]) / PERIOD_DAYS).astype(np.int64)
    inside = (period >= 0) & (period < n_periods)
    active = np.zeros((n_periods, cohort.n_clients), np.bool_)
    active[period[inside], cohort.client[cohort.booked][inside]] = True
    return active


def retention_rate(cohort: Cohort) -> float:
    """Of the clients of a period, the share who stayed: retention = loyal clients / total clients = 100 % - attrition.

    Denominator (total clients of a period): those who made a booking in the half year before it, so that the platform has them as
    it begins. Numerator (loyal): those of them who made another one in the period. Summed over all periods of 183 days after the
    warm-up but the first, which only says whom the second begins with; clients new in a period are in neither. Nan with fewer than
    two whole periods, or nobody to keep.

    References
    ----------
    Farris, Bendle, Pfeifer & Reibstein (2010), Marketing Metrics, 2nd edition, chapter 5: retention rate = customers retained /
    customers at risk.
    """
    active = active_in_periods(cohort)
    before, now = active[:-1], active[1:]
    return share((before & now).ravel(), before.ravel())


def attrition_rate(cohort: Cohort) -> float:
    """Of the clients of a period, the share who were lost: those of ``retention_rate`` who made no booking in the period.

    Numerator: clients of the half year before who made none in the period. Denominator, periods and nan as ``retention_rate``, with
    which it adds up to 1. A client counted as lost may come back later.
    """
    active = active_in_periods(cohort)
    before, now = active[:-1], active[1:]
    return share((before & ~now).ravel(), before.ravel())


def loyal_client_periods(cohort: Cohort) -> int:
    """Numerator of ``retention_rate``: clients kept, once for each period that they were kept in."""
    active = active_in_periods(cohort)
    return int((active[:-1] & active[1:]).sum())


def inactive_at(cohort: Cohort, age_days: float) -> Flags:
    """Clients without a booking in the half year that begins at this age, (n_clients,); a client's first booking never counts."""
    client, days, first = cohort.bookings_made
    age = days - cohort.first_request_days[client]
    inactive = np.ones(cohort.n_clients, np.bool_)
    inactive[client[~first & (age >= age_days) & (age <= age_days + PERIOD_DAYS)]] = False
    return inactive


def churn_by_age(cohort: Cohort) -> Floats:
    """Share of new clients who have fallen silent 0, 3, ..., 18 months after their first request, (7,).

    Numerator: those without a booking in the half year from that age on; the first booking is what makes a client and does not
    count. At age 0 it is 1 - ``return_rate_6m``. Denominator: all new clients after the warm-up who can be followed to the end of
    that half year, so older ages rest on earlier clients. A silent client may come back, so that the curve need not rise. Nan
    where nobody can be followed.
    """
    ages = QUARTER_DAYS * np.arange(CHURN_AGES)
    return np.array([share(inactive_at(cohort, age), cohort.followed(age + PERIOD_DAYS)) for age in ages.tolist()])


def churn_by_cohort(cohort: Cohort) -> Floats:
    """Share of each quarter's new clients who have fallen silent, by age, (n_quarters, 7): the churn triangle.

    A row is a quarter (91.3 days) of first requests, from the end of the warm-up on; a column an age as in ``churn_by_age``, and so
    are numerator and denominator. Nan where not all clients of the quarter can be followed so long, and for a quarter without any.
    """
    facts = cohort.log.facts
    n_quarters = int((facts["horizon_days"] - facts["warmup_days"]) // QUARTER_DAYS)
    with np.errstate(invalid="ignore"):
        quarter = np.floor((cohort.first_request_days - facts["warmup_days"]) / QUARTER_DAYS)
    known = (quarter >= 0) & (quarter < n_quarters)
    row = quarter[known].astype(np.int64)
    n = np.bincount(row, minlength=n_quarters)
    table = np.full((n_quarters, CHURN_AGES), np.nan)
    for column in range(CHURN_AGES):
        age = QUARTER_DAYS * column
        silent = np.bincount(row, inactive_at(cohort, age)[known], minlength=n_quarters)
        ends = facts["warmup_days"] + QUARTER_DAYS * np.arange(1, n_quarters + 1) + age + PERIOD_DAYS
        defined = (n > 0) & (ends <= facts["horizon_days"])
        table[defined, column] = silent[defined] / n[defined]
    return table


def repurchase_rate_12m(cohort: Cohort) -> float:
    """Share of clients who bought more than once within a year: repeat buyers / all buyers.

    Numerator: two or more completed bookings within 365 days of the first request. Denominator: one or more, of new clients after
    the warm-up with 365 days of follow-up; who never had a session has bought nothing and is left out. Nan without any.
    """
    bought = completed_within(cohort, YEAR_DAYS)
    return share(bought >= 2, cohort.followed(YEAR_DAYS) & (bought >= 1))


def upsell_ratio_12m(cohort: Cohort) -> float:
    """Clients of more than one service per client of one service only, within a year.

    Numerator: new clients after the warm-up, with 365 days of follow-up, whose completed bookings within 365 days of the first
    request are of two services or more. Denominator: those with one only. Clients without a session are in neither. Nan when
    nobody has exactly one; 0 in a market where nobody asks for another service.
    """
    bookings, kept = cohort.log.bookings, cohort.within(YEAR_DAYS) & cohort.completed
    kept &= cohort.followed(YEAR_DAYS)[cohort.client]
    if not kept.any():
        return float("nan")
    n_services = int(bookings["service"].max()) + 1
    used = np.zeros((cohort.n_clients, n_services), np.bool_)
    used[cohort.client[kept], bookings["service"][kept]] = True
    services = used.sum(axis=1)
    one = int((services == 1).sum())
    return int((services > 1).sum()) / one if one else float("nan")


def survey_answers(cohort: Cohort) -> Floats:
    """How many answers of 0, 1, ..., 10 came to "would you recommend us", of sessions that ended after the warm-up, (11,)."""
    bookings = cohort.log.bookings
    given = cohort.completed & (bookings["closed_days"] >= cohort.log.facts["warmup_days"]) & (bookings["survey"] >= 0)
    return np.bincount(bookings["survey"][given], minlength=ANSWERS).astype(np.float64)


def net_promoter_score(cohort: Cohort) -> float:
    """Net promoter score, -100 to 100: promoters (9 or 10) minus detractors (0 to 6), per 100 answers.

    Denominator: all answers after sessions that ended after the warm-up, passives (7 or 8) included. A client who answers several
    times counts several times; who does not answer is left out, whatever they think, and so is who never had a session. Nan without
    answers.

    References
    ----------
    Reichheld (2003), The one number you need to grow. Harvard Business Review 81(12), 46-54.
    """
    answers = survey_answers(cohort)
    total = float(answers.sum())
    return 100 * float(answers[PROMOTER:].sum() - answers[: DETRACTOR + 1].sum()) / total if total else float("nan")


def survey_response_rate(cohort: Cohort) -> float:
    """Share of completed sessions after the warm-up whose survey was answered: how much of the clients the NPS speaks for.

    Denominator: completed sessions that ended after the warm-up; each is asked about. Nan without any.
    """
    ended = cohort.completed & (cohort.log.bookings["closed_days"] >= cohort.log.facts["warmup_days"])
    return share(cohort.log.bookings["survey"] >= 0, ended)


def engagement_index_12m(cohort: Cohort) -> float:
    """How much clients do with the platform in their first year, 0 to 100: the mean of frequency, recency and voice.

    Of each client, from the first request, each part 0 to 1. Frequency: months (twelfths of the 365 days) in which a booking was
    made, over 12. Recency: age in days at the last booking made in the year, over 365; 0 without one. Voice: share of the sessions
    completed in the year that were rated or whose survey was answered; 0 without one. The index is 100 times the mean of the three,
    averaged over all new clients after the warm-up with 365 days of follow-up. Nan without such clients.

    A formula of our own, as every such index is: frequency and recency as in RFM (Hughes 1994, Strategic Database Marketing), voice
    instead of the money, which ``sales_per_client_12m_eur`` tells. Compare it between arms, not with indices of others.
    """
    among = cohort.followed(YEAR_DAYS)
    if not among.any():
        return float("nan")
    n, bookings = cohort.n_clients, cohort.log.bookings
    client, days, _ = cohort.bookings_made
    age = days - cohort.first_request_days[client]
    client, age = client[age <= YEAR_DAYS], age[age <= YEAR_DAYS]
    busy = np.zeros((n, 12), np.bool_)
    busy[client, np.minimum(age * (12 / YEAR_DAYS), 11).astype(np.int64)] = True
    last = np.zeros(n)
    # by day, so that a client's last one is what remains
    last[client] = age
    lived = cohort.completed & cohort.within(YEAR_DAYS)
    spoke = lived & ((bookings["rating"] > 0) | (bookings["survey"] >= 0))
    sessions, voices = (np.bincount(cohort.client[rows], minlength=n) for rows in (lived, spoke))
    parts = busy.sum(axis=1) / 12 + last / YEAR_DAYS + voices / np.maximum(sessions, 1)
    return 100 * float(parts[among].mean()) / 3

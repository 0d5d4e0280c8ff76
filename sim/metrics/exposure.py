"""Who gets the work: inequality between pros, and the start of new pros."""

import numpy as np

from sim.arrays import Floats
from sim.metrics.cohort import YEAR_DAYS, Cohort, nth_by_client, share
from sim.metrics.incidence import median_since_joining

MIN_WEEKS = 13
"""Pros present for less than a quarter of a year after the warm-up are left out of inequality."""
PAID_SESSIONS = 30


def gini(amounts: Floats) -> float:
    """Gini coefficient of amounts >= 0: 0 when all are equal, (n - 1) / n when one has all; nan when empty or all zero.

    Examples
    --------
    >>> gini(np.array([1.0, 1.0, 1.0, 1.0]))
    0.0
    >>> gini(np.array([0.0, 0.0, 0.0, 8.0]))
    0.75
    """
    amounts = np.sort(np.asarray(amounts, float))
    n = len(amounts)
    if n == 0 or amounts.sum() <= 0:
        return float("nan")
    ranks = np.arange(1, n + 1)
    return float((2 * ranks - n - 1) @ amounts / (n * amounts.sum()))


def _presence(cohort: Cohort) -> tuple[Floats, Floats]:
    """By pro: weeks present after the warm-up, and offers received in them, (n_pros,) each."""
    scores, facts = cohort.log.scores, cohort.log.facts
    n_pros = len(cohort.log.pros["pro"])
    late = scores["refresh_days"] >= facts["warmup_days"]
    pro, offers = scores["pro"][late], scores["offers"][late]
    weeks = np.maximum(np.bincount(pro, minlength=n_pros) - 1, 0).astype(float)
    received = np.zeros(n_pros)
    most = np.zeros(n_pros, np.int64)
    np.maximum.at(most, pro, offers)
    least = np.full(n_pros, np.iinfo(np.int64).max)
    np.minimum.at(least, pro, offers)
    seen = weeks > 0
    received[seen] = most[seen] - least[seen]
    return weeks, received


def exposure_per_hour(cohort: Cohort) -> Floats:
    """Offers received per hour on offer, of each pro present for at least 13 weeks after the warm-up, (n,)."""
    weeks, offers = _presence(cohort)
    among = weeks >= MIN_WEEKS
    return offers[among] / (weeks[among] * cohort.log.pros["weekly_hours"][among])


def exposure_gini(cohort: Cohort) -> float:
    """Gini coefficient of offers received per hour on offer, favourites' included.

    Over pros present for at least 13 weeks after the warm-up, in which their offers are counted. Nan without offers.
    """
    return gini(exposure_per_hour(cohort))


def exposure_gini_without_favourites(cohort: Cohort) -> float:
    """Gini coefficient of offers received per hour on offer, less those that became bookings by clients of one's own.

    As ``exposure_gini``: what is left is what dispatch hands out. An offer to a favourite who declined it stays, as does one whose
    session the pro cancelled, since the log tells neither from other offers: about a tenth of favourites' offers.
    """
    scores, bookings = cohort.log.scores, cohort.log.bookings
    weeks, offers = _presence(cohort)
    late = scores["refresh_days"] >= cohort.log.facts["warmup_days"]
    first, last = np.full(len(weeks), np.inf), np.full(len(weeks), -np.inf)
    np.minimum.at(first, scores["pro"][late], scores["refresh_days"][late])
    np.maximum.at(last, scores["pro"][late], scores["refresh_days"][late])
    own = np.flatnonzero(bookings["favourite_booked"])
    pro, days = bookings["pro"][own], bookings["request_days"][own]
    counted = (first[pro] < days) & (days <= last[pro])
    dispatched = offers - np.bincount(pro[counted], minlength=len(weeks))
    among = weeks >= MIN_WEEKS
    return gini(dispatched[among] / (weeks[among] * cohort.log.pros["weekly_hours"][among]))


def income_per_week(cohort: Cohort) -> Floats:
    """Price of a pro's completed sessions that ended after the warm-up, per week present, (n_pros,), EUR.

    Before commission. Nan for a pro present for less than 13 weeks after the warm-up.
    """
    bookings = cohort.log.bookings
    late = cohort.completed & (bookings["closed_days"] >= cohort.log.facts["warmup_days"])
    weeks, _ = _presence(cohort)
    earned = np.bincount(bookings["pro"][late], bookings["price_eur"][late], minlength=len(weeks))
    return np.where(weeks >= MIN_WEEKS, earned / np.maximum(weeks, 1), np.nan)


def earnings_gini(cohort: Cohort) -> float:
    """Gini coefficient of the price of completed sessions per week present.

    Over the same pros; sessions that ended after the warm-up. A commission in proportion does not change it. Unequal hours are
    part of it. Nan without sessions.
    """
    income = income_per_week(cohort)
    return gini(income[np.isfinite(income)])


def _thirtieth_session_days(cohort: Cohort) -> Floats:
    """Day on which each pro's 30th completed session ended, (n_pros,); nan: never. It may be after leaving, if accepted before."""
    bookings, done = cohort.log.bookings, cohort.completed
    return nth_by_client(bookings["pro"][done], bookings["closed_days"][done], PAID_SESSIONS, len(cohort.log.pros["pro"]))


def new_pro_days_to_30_sessions(cohort: Cohort) -> float:
    """Days from joining until one half of all new pros have 30 completed sessions.

    Median of the cumulative incidence over pros who joined after the warm-up: who leaves before never gets there, who is still
    short of it at the end of the run is censored then. Nan when fewer than half get there in the time observed, or without such
    pros: read ``new_pro_30_sessions_share_12m`` beside it.
    """
    return median_since_joining(cohort, _thirtieth_session_days(cohort))


def new_pro_30_sessions_share_12m(cohort: Cohort) -> float:
    """Share of new pros with 30 completed sessions within 365 days of joining.

    Numerator: those whose 30th session ended by then. Denominator: pros who joined after the warm-up and at least 365 days before
    the end of the run, those who have left included. Defined where the median is not. Nan without such pros.
    """
    facts, joined = cohort.log.facts, cohort.log.pros["joined_days"]
    with np.errstate(invalid="ignore"):
        there = _thirtieth_session_days(cohort) - joined <= YEAR_DAYS
        followed = (joined >= facts["warmup_days"]) & (joined + YEAR_DAYS <= facts["horizon_days"])
    return share(there, followed)


def lorenz(amounts: Floats, n_points: int = 101) -> Floats:
    """Lorenz curve: share of the total held by the lowest 0 %, 1 %, ..., 100 %, (n_points,); nan without a total."""
    amounts = np.sort(np.asarray(amounts, float))
    if len(amounts) == 0 or amounts.sum() <= 0:
        return np.full(n_points, np.nan)
    held = np.concatenate([[0.0], np.cumsum(amounts) / amounts.sum()])
    return np.interp(np.linspace(0, 1, n_points), np.linspace(0, 1, len(held)), held)

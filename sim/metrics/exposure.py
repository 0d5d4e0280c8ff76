"""Who gets the work: inequality between pros, and the start of new pros."""

import numpy as np

from sim.arrays import Floats
from sim.metrics.cohort import Cohort, censored_median, nth_by_client

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


def earnings_gini(cohort: Cohort) -> float:
    """Gini coefficient of the price of completed sessions per week present.

    Over the same pros; sessions that ended after the warm-up. A commission in proportion does not change it. Unequal hours are
    part of it. Nan without sessions.
    """
    bookings = cohort.log.bookings
    late = cohort.completed & (bookings["closed_days"] >= cohort.log.facts["warmup_days"])
    weeks, _ = _presence(cohort)
    earned = np.bincount(bookings["pro"][late], bookings["price_eur"][late], minlength=len(weeks))
    among = weeks >= MIN_WEEKS
    return gini(earned[among] / weeks[among])


def new_pro_days_to_30_sessions(cohort: Cohort) -> float:
    """Median days from joining to the 30th completed session of a new pro.

    Kaplan-Meier median over pros who joined after the warm-up; who left or was still short of it at the end is censored then. Nan
    when fewer than half get there in the time observed, or without such pros.
    """
    pros, bookings = cohort.log.pros, cohort.log.bookings
    done = cohort.completed
    reached = nth_by_client(bookings["pro"][done], bookings["closed_days"][done], PAID_SESSIONS, len(pros["pro"]))
    new = pros["joined_days"] >= cohort.log.facts["warmup_days"]
    if not new.any():
        return float("nan")
    # accepted sessions may still take place after a pro has left
    end = np.where(np.isfinite(pros["left_days"]), pros["left_days"], cohort.log.facts["horizon_days"])
    times = np.where(np.isfinite(reached[new]), reached[new], np.inf) - pros["joined_days"][new]
    return censored_median(times, end[new] - pros["joined_days"][new])


def lorenz(amounts: Floats, n_points: int = 101) -> Floats:
    """Lorenz curve: share of the total held by the lowest 0 %, 1 %, ..., 100 %, (n_points,); nan without a total."""
    amounts = np.sort(np.asarray(amounts, float))
    if len(amounts) == 0 or amounts.sum() <= 0:
        return np.full(n_points, np.nan)
    held = np.concatenate([[0.0], np.cumsum(amounts) / amounts.sum()])
    return np.interp(np.linspace(0, 1, n_points), np.linspace(0, 1, len(held)), held)

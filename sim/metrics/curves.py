"""Curves and point clouds of one run, each an array of fixed length, so that replications can be stacked."""

import numpy as np
import scipy

from sim.arrays import Floats
from sim.metrics.cohort import SIX_MONTHS_DAYS, Cohort
from sim.metrics.exposure import exposure_per_hour, income_per_week, lorenz
from sim.metrics.loyalty import churn_by_age, churn_by_cohort, survey_answers
from sim.metrics.payback import payback_curve
from sim.metrics.retention import returned_within

WEEKS = 53
LAST_SCORES = ("score_value", "score_truth", "score_sessions", "score_clients", "score_counted")
"""Columns of the last refresh, by pro."""


def time_to_second_booking(cohort: Cohort) -> Floats:
    """Share of new clients who have booked again after 0, 1, ..., 52 weeks, (53,).

    One minus Kaplan-Meier over all new clients after the warm-up, from their first request to their second booking; clients who
    have not booked again are censored at the end of the run. Nan without clients.
    """
    first = cohort.first_request_days
    with np.errstate(invalid="ignore"):
        among = first >= cohort.log.facts["warmup_days"]
    if not among.any():
        return np.full(WEEKS, np.nan)
    second = cohort.nth_booked_days(2)[among]
    event = np.isfinite(second)
    times = np.where(event, second, cohort.log.facts["horizon_days"]) - first[among]
    survival = scipy.stats.ecdf(scipy.stats.CensoredData(uncensored=times[event], right=times[~event])).sf
    return np.asarray(1.0 - survival.evaluate(7.0 * np.arange(WEEKS)))


def new_pro_visibility(cohort: Cohort) -> Floats:
    """Mean visibility of a new pro 0, 1, ..., 52 weeks after joining, relative to the mean of all active pros, (53,).

    Over pros who joined after the warm-up, while they are there. Nan for a week in which there is none.
    """
    scores, pros = cohort.log.scores, cohort.log.pros
    joined = pros["joined_days"][scores["pro"]]
    week = np.floor((scores["refresh_days"] - joined) / 7).astype(np.int64)
    among = (joined >= cohort.log.facts["warmup_days"]) & (week >= 0) & (week < WEEKS)
    n = np.bincount(week[among], minlength=WEEKS)
    total = np.bincount(week[among], scores["visibility"][among], minlength=WEEKS)
    return np.where(n > 0, total / np.maximum(n, 1), np.nan)


def weekly_sessions(cohort: Cohort) -> Floats:
    """Completed sessions by week of the run, the warm-up included, (n_weeks,); a week that the run does not fill is left out."""
    n_weeks = int(cohort.log.facts["horizon_days"] // 7)
    ended = cohort.log.bookings["closed_days"][cohort.completed]
    return np.bincount((ended // 7).astype(np.int64), minlength=n_weeks)[:n_weeks].astype(np.float64)


def weekly_return_rate_6m(cohort: Cohort) -> Floats:
    """``return_rate_6m`` by week of the first request, the warm-up included, (n_weeks,).

    A warm-up is long enough for the return rate once this series has settled. Nan for a week without new clients, and for the last
    weeks, whose clients cannot be followed for 183 days.
    """
    facts = cohort.log.facts
    n_weeks = int(facts["horizon_days"] // 7)
    first = cohort.first_request_days
    with np.errstate(invalid="ignore"):
        week = np.where(np.isfinite(first), first // 7, -1).astype(np.int64)
        followed = (week >= 0) & (7.0 * (week + 1) + SIX_MONTHS_DAYS <= facts["horizon_days"])
    n = np.bincount(week[followed], minlength=n_weeks)
    returned = np.bincount(week[followed & returned_within(cohort, SIX_MONTHS_DAYS)], minlength=n_weeks)
    return np.where(n > 0, returned / np.maximum(n, 1), np.nan)


def last_scores(cohort: Cohort) -> dict[str, Floats]:
    """The ``LAST_SCORES`` of each pro at the last refresh, (n_pros,) each; nan for an absent pro."""
    scores = cohort.log.scores
    n_pros = len(cohort.log.pros["pro"])
    columns = {name: np.full(n_pros, np.nan) for name in LAST_SCORES}
    if len(scores.get("refresh_days", ())) == 0:
        return columns
    last = scores["refresh_days"] == scores["refresh_days"].max()
    pro = scores["pro"][last]
    columns["score_value"][pro] = scores["value"][last]
    columns["score_truth"][pro] = cohort.log.truth_of_scores()[last]
    columns["score_sessions"][pro] = scores["completed_sessions"][last]
    columns["score_counted"][pro] = scores["counted"][last]
    columns["score_clients"][pro] = scores["clients_behind"][last]
    return columns


def pro_columns(cohort: Cohort) -> dict[str, Floats]:
    """What became of each pro, and who that is, (n_pros,) each: the same pros under every arm of a replication.

    pro_income_eur: ``income_per_week``; pro_left: 1 once gone by the end of the run, else 0; pro_new: 1 when joined after the
    warm-up, 0 when before, nan when never; pro_hours: on offer a week; pro_zone, pro_service: position of
    home zone and main service; pro_truth: true return propensity.
    """
    pros = cohort.log.pros
    columns = {
        "pro_income_eur": income_per_week(cohort),
        "pro_left": np.isfinite(pros["left_days"]),
        "pro_new": np.where(np.isnan(pros["joined_days"]), np.nan, pros["joined_days"] >= cohort.log.facts["warmup_days"]),
        "pro_hours": pros["weekly_hours"],
        "pro_zone": pros["home_zone"],
        "pro_service": pros["main_service"],
        "pro_truth": cohort.log.truth_pros["return_propensity"],
    }
    return {name: np.asarray(column, np.float64) for name, column in columns.items()}


def curves(cohort: Cohort) -> dict[str, Floats]:
    """All curves of one run, by name.

    time_to_second_booking (53,), payback (25,), exposure_lorenz (101,), new_pro_visibility (53,), weekly_sessions and
    weekly_return_rate_6m (n_weeks,), churn_by_age (7,), churn_by_cohort (7 * n_quarters,) row by row, survey_answers (11,), and the
    ``LAST_SCORES`` and ``pro_columns`` (n_pros,).
    """
    return {
        "time_to_second_booking": time_to_second_booking(cohort),
        "payback": payback_curve(cohort),
        "exposure_lorenz": lorenz(exposure_per_hour(cohort)),
        "new_pro_visibility": new_pro_visibility(cohort),
        "weekly_sessions": weekly_sessions(cohort),
        "weekly_return_rate_6m": weekly_return_rate_6m(cohort),
        "churn_by_age": churn_by_age(cohort),
        "churn_by_cohort": churn_by_cohort(cohort).ravel(),
        "survey_answers": survey_answers(cohort),
        **last_scores(cohort),
        **pro_columns(cohort),
    }

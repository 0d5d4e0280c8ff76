"""How much of a score is signal: scores against the truth about pros.

Where quality moves, the truth is that of the refresh: how good the pro is in the week in which the score decides.
"""

from collections.abc import Callable

import numpy as np
import scipy

from sim.arrays import Floats
from sim.metrics.cohort import Cohort
from sim.metrics.incidence import median_since_joining

LAST_DAYS = 182.0
"""Score quality is averaged over the refreshes of the last half year of the run."""
MIN_PROS = 3


def _correlation(score: Floats, truth: Floats) -> float:
    return float(np.corrcoef(score, truth)[0, 1])


def _rank_correlation(score: Floats, truth: Floats) -> float:
    return _correlation(scipy.stats.rankdata(score), scipy.stats.rankdata(truth))


def _averaged(cohort: Cohort, measure: Callable[[Floats, Floats], float]) -> float:
    """Mean of a measure of (score, truth) over the last refreshes; over active, counted pros; nan where it is undefined."""
    scores, facts = cohort.log.scores, cohort.log.facts
    truth = cohort.log.truth_of_scores()
    kept = scores["counted"] & (scores["refresh_days"] >= max(facts["horizon_days"] - LAST_DAYS, facts["warmup_days"]))
    refreshes, start = np.unique(scores["refresh_days"][kept], return_index=True)
    if len(refreshes) == 0:
        return float("nan")
    values = np.split(scores["value"][kept], start[1:])
    truths = np.split(truth[kept], start[1:])
    measured = [
        measure(value, true)
        for value, true in zip(values, truths, strict=True)
        if len(value) >= MIN_PROS and np.ptp(value) > 0 and np.ptp(true) > 0
    ]
    return float(np.mean(measured)) if measured else float("nan")


def score_signal_share(cohort: Cohort) -> float:
    """Squared correlation of the counted scores with the pros' true return propensity.

    At each refresh of the last half year, over active pros whose score counts; then the mean over refreshes. It is the share
    of the variance of scores that a linear reading of the truth explains. Nan with fewer than 3 such pros or no spread.
    """
    return _averaged(cohort, lambda score, truth: _correlation(score, truth) ** 2)


def score_rank_correlation(cohort: Cohort) -> float:
    """Spearman correlation of the counted scores with the pros' true return propensity; averaged and nan as the signal share."""
    return _averaged(cohort, _rank_correlation)


def false_demotion_share(cohort: Cohort) -> float:
    """Share of counted pros truly above the average who are shown less than the average pro.

    At each refresh of the last half year: among active pros whose score counts and whose true return propensity is above the mean
    of the active pros, those with a visibility below the mean of the active pros; then the mean over refreshes. Nan without any.
    """
    scores, facts = cohort.log.scores, cohort.log.facts
    late = scores["refresh_days"] >= max(facts["horizon_days"] - LAST_DAYS, facts["warmup_days"])
    truth = cohort.log.truth_of_scores()[late]
    refreshes, week = np.unique(scores["refresh_days"][late], return_inverse=True)
    average = np.bincount(week, truth, len(refreshes)) / np.maximum(np.bincount(week, minlength=len(refreshes)), 1)
    good = scores["counted"][late] & (truth > average[week])
    # a mean of equal weights may differ from them in the last bit
    shown_less = good & (scores["visibility"][late] < 1.0 - 1e-9)
    n = np.bincount(week[good], minlength=len(refreshes))
    demoted = np.bincount(week[shown_less], minlength=len(refreshes))
    return float((demoted[n > 0] / n[n > 0]).mean()) if (n > 0).any() else float("nan")


def _first_counted(cohort: Cohort) -> Floats:
    """Day of the first refresh at which each pro's score counts, (n_pros,); inf: never."""
    scores = cohort.log.scores
    first = np.full(len(cohort.log.pros["pro"]), np.inf)
    np.minimum.at(first, scores["pro"][scores["counted"]], scores["refresh_days"][scores["counted"]])
    return first


def days_until_counted(cohort: Cohort) -> float:
    """Days from joining until one half of all new pros have a score that counts.

    Median of the cumulative incidence over pros who joined after the warm-up, at the precision of the weekly refresh: who leaves
    before never gets there, who does not count at the end of the run is censored then. Nan when fewer than half get there in the
    time observed, or without such pros.
    """
    return median_since_joining(cohort, _first_counted(cohort))


def threshold_delay_share(cohort: Cohort) -> float:
    """Share of new pros for whom the session threshold, and not the wait for clients' time to be over, delayed the score.

    Numerator: pros who at the last refresh before their score counted had too few sessions but enough clients behind the score.
    Denominator: pros who joined after the warm-up and whose score counts before the end. Nan without such pros, and for a score
    without both thresholds.
    """
    pros, scores, facts = cohort.log.pros, cohort.log.scores, cohort.log.facts
    needed_sessions, needed_clients = facts.get("min_sessions", np.nan), facts.get("min_clients_behind", np.nan)
    if not np.isfinite(needed_sessions + needed_clients):
        return float("nan")
    new = pros["joined_days"] >= facts["warmup_days"]
    reached = _first_counted(cohort)
    among = new & np.isfinite(reached)
    if not among.any():
        return float("nan")
    before = scores["refresh_days"] < reached[scores["pro"]]
    # rows are in order of refresh: the last one written stays
    last = np.full(len(new), -1)
    last[scores["pro"][before]] = np.flatnonzero(before)
    row = last[among]
    seen = row >= 0
    short_of_sessions = scores["completed_sessions"][row] < needed_sessions
    enough_clients = scores["clients_behind"][row] >= needed_clients
    return float((seen & short_of_sessions & enough_clients).mean())


def true_propensity_sd(cohort: Cohort) -> float:
    """Standard deviation between pros of the true return propensity, over all pros of the run; nan with fewer than 2.

    Of traits at rest, so it is the same under every policy. Drift leaves it as it is at any instant; practice and load do not.
    """
    truth = cohort.log.truth_pros["return_propensity"]
    return float(np.std(truth, ddof=1)) if len(truth) > 1 else float("nan")

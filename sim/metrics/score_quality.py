"""How much of a score is signal: scores against the truth about pros."""

from collections.abc import Callable

import numpy as np
from scipy import stats

from sim.metrics.cohort import Cohort, Floats

LAST_DAYS = 182.0
"""Score quality is averaged over the refreshes of the last half year of the run."""
MIN_PROS = 3


def _correlation(score: Floats, truth: Floats) -> float:
    return float(np.corrcoef(score, truth)[0, 1])


def _rank_correlation(score: Floats, truth: Floats) -> float:
    return _correlation(stats.rankdata(score), stats.rankdata(truth))


def _averaged(cohort: Cohort, measure: Callable[[Floats, Floats], float]) -> float:
    """Mean of a measure of (score, truth) over the last refreshes; over active, counted pros; nan where it is undefined."""
    scores, facts = cohort.log.scores, cohort.log.facts
    truth = cohort.log.truth_pros["return_propensity"]
    kept = scores["counted"] & (scores["refresh_days"] >= max(facts["horizon_days"] - LAST_DAYS, facts["warmup_days"]))
    refreshes, start = np.unique(scores["refresh_days"][kept], return_index=True)
    if len(refreshes) == 0:
        return float("nan")
    values = np.split(scores["value"][kept], start[1:])
    truths = np.split(truth[scores["pro"][kept]], start[1:])
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


def true_propensity_sd(cohort: Cohort) -> float:
    """Standard deviation between pros of the true return propensity, over all pros of the run; nan with fewer than 2."""
    truth = cohort.log.truth_pros["return_propensity"]
    return float(np.std(truth, ddof=1)) if len(truth) > 1 else float("nan")

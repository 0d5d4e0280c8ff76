"""Propensities that a file does not have, estimated from its choices and what was known of pros."""

from dataclasses import dataclass

import numpy as np

from sim.allocators.base import relative_to_average
from sim.arrays import Floats, Ints
from sim.bookings.candidates import Candidates
from sim.config import ConfigError
from sim.engine.platform import check_scores
from sim.offpolicy.choices import summed
from sim.offpolicy.logit import conditional_logit
from sim.scores.fidelity import FidelityScore
from sim.shadow.past import Past

SCORE = FidelityScore(
    rebook_days=183, lookback_days=183, min_sessions=30, min_clients_behind=5, immature="left_out", credit="platform"
)
"""What a file's own rule is taken to have seen: that of ``wecasa_2025``, whichever policies are judged."""


@dataclass(frozen=True)
class Propensities:
    """What the log's policy did, by the file or by an estimate."""

    values: Floats
    """(m,) of each candidate."""
    estimated: bool
    is_strict: bool
    """Whether what was known of pros decided every choice."""


def estimated(candidates: Candidates, past: Past, refresh: Ints) -> Propensities:
    """By a multinomial logit on what a platform knows at each refresh: score over average, sessions, stars, bookings of late.

    The score is ``SCORE``, so that propensities hang on the file alone, and not on which policies are judged or in which order.

    Parameters
    ----------
    refresh
        (n,) the last one before each decision.

    Raises
    ------
    ConfigError
        Choices that cannot be told from what is known.
    """
    known = np.stack([_known(past, i) for i in range(len(past.refresh_days))])
    features = known[np.repeat(refresh, candidates.counts), candidates.pros]
    # what never differs between candidates says nothing about choices
    mean = np.stack([summed(column, candidates.counts) / candidates.counts for column in features.T], axis=1)
    scatter = (features - np.repeat(mean, candidates.counts, axis=0)).std(axis=0)
    features = features[:, scatter > 1e-9]
    if not features.shape[1]:
        # nobody is told apart from others: all alike
        return Propensities(1.0 / np.repeat(candidates.counts, candidates.counts), True, False)
    try:
        fitted = conditional_logit(features, candidates.counts, candidates.chosen)
    except ValueError as error:
        if "strict order" in str(error):
            alike = np.zeros(len(features))
            alike[np.cumsum(candidates.counts) - candidates.counts + candidates.chosen] = 1.0
            return Propensities(alike, True, True)
        raise ConfigError(f"columns.propensity is missing, and cannot be estimated: {error}") from None
    return Propensities(fitted.propensities(features, candidates.counts), True, False)


def _known(past: Past, refresh: int) -> Floats:
    """(n_pros, n_features) at a refresh."""
    counts = past.counts(refresh)
    day, n_pros = float(past.refresh_days[refresh]), past.n_pros
    table = check_scores(SCORE(past.history(refresh, counts, False), day), n_pros, day)
    ratios = relative_to_average(table.value, table.counted, past.active[refresh])
    view = past.view(refresh, counts, table, 1)
    stars = np.divide(view.rating_sum, view.n_ratings, out=np.full(n_pros, np.nan), where=view.n_ratings > 0)
    stars = np.where(np.isfinite(stars), stars, np.nanmean(stars) if np.isfinite(stars).any() else 0.0)
    return np.column_stack([ratios, np.log1p(view.completed_sessions), stars, np.log1p(view.recent_bookings)])

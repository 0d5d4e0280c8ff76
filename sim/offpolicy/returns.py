"""What is to be expected of a client with each pro who could be chosen: a model of outcomes, never of its own decisions."""

from dataclasses import dataclass

import numpy as np

from sim.arrays import Floats, Ints
from sim.offpolicy.choices import check_counts, check_rows

FOLDS = 5
"""Parts of the log: each is predicted from the others."""
PRIOR_CLIENTS = 10.0
"""Clients that the mean of all counts in what is expected of a kind of client."""


@dataclass(frozen=True)
class Asked:
    """Clients of whom the outcome is modelled, and by whom they could have been served."""

    outcome: Floats
    """(n,)."""
    followed: Floats
    """(n,) how much each outcome counts, 0 where it is not known."""
    features: Ints
    """(n, n_features) what kind of client each is, such as service and zone: codes, -1 for unknown."""
    chosen: Ints
    """(n,) who served the client; -1 for nobody."""
    counts: Ints
    """(n,) candidates of each."""
    pros: Ints
    """(m,) who they are, client after client; -1 for nobody."""


def cross_fitted(asked: Asked) -> Floats:
    """Outcome expected with each candidate, (m,): mean + what kind of client + which pro, fitted without the client's own part.

    Kinds of clients are means of what is left, feature after feature. A pro adds the mean of what is then left of the clients
    served, drawn towards 0 by how much of the differences between pros is luck (empirical Bayes, variance by moments). "Nobody" is
    a pro of its own. A pro without clients adds nothing.

    Raises
    ------
    ValueError
        No client, or rows that do not fit.

    References
    ----------
    Chernozhukov et al. (2018), Double/debiased machine learning. Econometrics Journal 21(1): why folds. Morris (1983), Parametric
    empirical Bayes inference. JASA 78(381).
    """
    check_counts(asked.counts)
    check_rows("pros", np.asarray(asked.pros, float), asked.counts)
    n = len(asked.outcome)
    # neighbours in time are in different parts, so that each sees all seasons
    fold, decision = np.arange(n) % min(FOLDS, n), np.repeat(np.arange(n), asked.counts)
    expected = np.zeros(len(asked.pros))
    for part in range(int(fold.max()) + 1):
        weight = np.where((fold != part) & (asked.followed > 0), asked.followed, 0.0)
        client, pro = _fit(asked, weight)
        rows = fold[decision] == part
        expected[rows] = client[decision[rows]] + pro[asked.pros[rows] + 1]
    return expected


def _fit(asked: Asked, weight: Floats) -> tuple[Floats, Floats]:
    """What each client (n,) and each pro, nobody first (n_pros + 1,), adds."""
    if not weight.any():
        return np.zeros(len(weight)), np.zeros(int(asked.pros.max(initial=-1)) + 2)
    outcome = np.where(weight > 0, asked.outcome, 0.0)
    client = np.full(len(weight), float(np.average(outcome, weights=weight)))
    for feature in asked.features.T:
        kind = feature + 1
        of_kind = np.bincount(kind, weight)
        client = client + (np.bincount(kind, weight * (outcome - client)) / (of_kind + PRIOR_CLIENTS))[kind]
    n_pros = max(int(asked.pros.max(initial=-1)), int(asked.chosen.max())) + 2
    size = np.asarray(np.bincount(asked.chosen + 1, weight, n_pros), float)
    left = outcome - client
    total = np.asarray(np.bincount(asked.chosen + 1, weight * left, n_pros), float)
    noise = max(float(np.average(left**2, weights=weight)), 1e-12)
    return client, total / (size + noise / max(_spread(total, size, noise), 1e-9))


def _spread(total: Floats, size: Floats, noise: float) -> float:
    """Variance between pros beyond luck, >= 0, by moments; "nobody" has no part in it."""
    known = size[1:] > 0
    total, size = total[1:][known], size[1:][known]
    if len(size) < 2:
        return 0.0
    # each mean counts as many clients as are behind it
    between = float((total**2 / size).sum()) - len(size) * noise
    return max(between / float(size.sum()), 0.0)

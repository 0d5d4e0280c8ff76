"""Who accepts a request: chances to accept from a log, and who then gets each of many requests."""

import math
from collections.abc import Iterator

import numpy as np

from sim.arrays import Flags, Floats, Ints
from sim.offpolicy.choices import check_counts, check_rows, refuse

STEP = 0.5
"""Of the quadrature, in the logarithm of time: its error is below 1e-8."""
EARLIEST, LATEST = 1e-9, 30.0
"""As in ``cascade``; what happens before and after is below 1e-8."""
PRIOR_OFFERS = 10.0
"""Offers that the mean of all pros counts in the chance of one: a pro asked twice tells little."""
BATCH_NUMBERS = 4_000_000
"""Numbers held in memory at once."""
PLACE = 1e-6
"""Weight of a candidate over that of the one before, where the best is always asked first."""


def acceptance(pro: Ints, accepted: Flags, n_pros: int) -> Floats:
    """Chance (n_pros,) that each pro accepts when asked, drawn towards the mean of all where few offers are known.

    Parameters
    ----------
    pro, accepted
        (n_offers,) who was asked, and whether that ended the search.

    Raises
    ------
    ValueError
        No offer.

    Examples
    --------
    >>> acceptance(np.array([0] * 10 + [1] * 10), np.array([True] * 10 + [False] * 10), 2)  # mean .5: (10 + 5) / 20, 5 / 20
    array([0.75, 0.25])
    """
    if not len(pro):
        raise ValueError("offers = 0, must be >= 1: nobody was asked")
    asked, said_yes = np.bincount(pro, minlength=n_pros), np.bincount(pro[accepted], minlength=n_pros)
    return (said_yes + PRIOR_OFFERS * float(accepted.mean())) / (asked + PRIOR_OFFERS)


def strict(weights: Floats, counts: Ints) -> Floats:
    """Weights (m,) that nearly always ask the candidate of the largest weight first, then the next; equal ones at random.

    Examples
    --------
    >>> strict(np.array([3.0, 5.0, 3.0, 1.0]), np.array([4]))
    array([1.e-06, 1.e+00, 1.e-06, 1.e-12])
    """
    decision = np.repeat(np.arange(len(counts)), counts)
    order = np.lexsort((-weights, decision))
    falls = np.r_[False, (np.diff(weights[order]) != 0) & (np.diff(decision[order]) == 0)]
    falls = np.cumsum(falls)
    place = np.empty(len(weights), np.int64)
    start = np.cumsum(counts) - counts
    place[order] = falls - np.repeat(falls[start], counts)
    # beyond that numbers end
    return np.asarray(np.where(weights > 0, PLACE ** np.minimum(place, 40).astype(float), 0.0))


def first_acceptors(weights: Floats, chances: Floats, counts: Ints, offers: int) -> Floats:
    """Of many requests at once: the probability that each candidate is the one who accepts, (m,), see ``cascade.acceptors``.

    What is missing to 1 over a request's candidates is the probability that nobody accepts.

    Parameters
    ----------
    weights
        (m,) visibility of each candidate, >= 0, request after request; where all of a request are 0, nobody is asked.
    chances
        (m,) to accept when asked, within [0, 1].
    counts
        (n,) candidates of each request, >= 1.
    offers
        Most offers of a request, >= 1.

    Raises
    ------
    ValueError
        A number outside of its range.

    Notes
    -----
    The sum over how many others refused before is a product of polynomials, one factor a candidate, without the candidate's own;
    products from the left and from the right give all of them in one pass each.

    Examples
    --------
    >>> first_acceptors(np.array([1.0, 3.0]), np.array([1.0, 0.5]), np.array([2]), 2).round(6)
    array([0.625, 0.375])
    """
    check_counts(counts)
    for name, column, allowed, rule in (
        ("weight", weights, (weights >= 0) & np.isfinite(weights), "must be >= 0 and finite"),
        ("chance to accept", chances, (chances >= 0) & (chances <= 1), "must be within [0, 1]"),
    ):
        check_rows(name, column, counts)
        refuse(name, column, allowed, rule, np.repeat(np.arange(len(counts)), counts))
    if offers < 1:
        raise ValueError(f"offers = {offers}, must be >= 1")
    start, accepts = np.cumsum(counts) - counts, np.zeros(len(weights))
    for rows, k in _batches(counts, offers):
        position = start[rows][:, None] + np.arange(k)
        accepts[position] = _accept(weights[position], chances[position], min(offers, k))
    return accepts


def first_in_order(weights: Floats, chances: Floats, counts: Ints, offers: int) -> Floats:
    """The same where candidates are asked in the order of their weights, equal ones at random: (m,), see ``first_acceptors``.

    Examples
    --------
    >>> first_in_order(np.array([1.0, 3.0]), np.array([1.0, 0.5]), np.array([2]), 2)
    array([0.5, 0.5])
    """
    check_counts(counts)
    decision = np.repeat(np.arange(len(counts)), counts)
    order = np.lexsort((-weights, decision))
    place = np.arange(len(weights)) - np.repeat(np.cumsum(counts) - counts, counts)
    alike = (np.diff(weights[order]) == 0) & (np.diff(decision) == 0) & (weights[order][1:] > 0)
    tied = np.zeros(len(counts), bool)
    tied[decision[1:][alike]] = True
    accepts, left = np.zeros(len(weights)), np.ones(len(counts))
    for turn in range(offers):
        rows = order[place == turn]
        rows = rows[weights[rows] > 0]
        accepts[rows] = left[decision[rows]] * chances[rows]
        left[decision[rows]] *= 1 - chances[rows]
    if tied.any():
        of = tied[decision]
        accepts[of] = first_acceptors(strict(weights[of], counts[tied]), chances[of], counts[tied], offers)
    return accepts


def _batches(counts: Ints, offers: int) -> Iterator[tuple[Ints, int]]:
    """Requests with equally many candidates, as many at once as there is room for."""
    for k in np.unique(counts):
        rows = np.flatnonzero(counts == k)
        size = max(int(BATCH_NUMBERS / (80 * k * min(offers, k))), 1)
        for first in range(0, len(rows), size):
            yield rows[first : first + size], int(k)


def _accept(weights: Floats, chances: Floats, offers: int) -> Floats:
    """(n, k) of requests with k candidates each."""
    total = weights.sum(axis=1, keepdims=True)
    rate = np.divide(weights, total, out=np.zeros_like(weights), where=total > 0)
    slowest = float(rate[rate > 0].min(initial=1.0))
    time = np.exp(np.arange(math.log(EARLIEST), math.log(LATEST / max(slowest, 1e-280)), STEP))
    silent = np.exp(-rate[:, None, :] * time[:, None])
    refused = (1 - silent) * (1 - chances[:, None, :])
    n, n_times, k = silent.shape
    # left[j]: the chance that j of the candidates so far rang before, and all refused
    left = np.zeros((k, offers, n, n_times))
    left[0, 0] = 1.0
    for b in range(k - 1):
        left[b + 1] = left[b] * silent[:, :, b]
        left[b + 1, 1:] += left[b, :-1] * refused[:, :, b]
    accepts = np.zeros((n, k))
    # right[j]: the chance that at most j of the later candidates rang before, and all refused
    right = np.ones((offers, n, n_times))
    for a in range(k - 1, -1, -1):
        before = np.einsum("jnt,jnt->nt", left[a], right[::-1])
        rings = before * silent[:, :, a] * time
        accepts[:, a] = chances[:, a] * rate[:, a] * rings.sum(axis=1) * STEP
        moved = right * silent[:, :, a]
        moved[1:] += right[:-1] * refused[:, :, a]
        right = moved
    return np.minimum(accepts, 1.0)

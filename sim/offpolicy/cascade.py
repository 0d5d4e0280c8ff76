"""Propensities when offers go out one after another until somebody accepts."""

import math

import numpy as np

from sim.arrays import Floats, Ints
from sim.offpolicy.choices import Choices, check_counts, check_rows, refuse

STEP = 0.25
"""Of the quadrature, in the logarithm of time: its error is below 1e-12."""
EARLIEST, LATEST = 1e-16, 40.0
"""Times beyond which next to nothing happens, in mean waits of the next candidate and of the slowest."""


def sequence(outcome: Floats, counts: Ints, logged: Floats, target: Floats) -> Choices:
    """Requests as single choices: the propensity of a request is the product of those of its offers.

    A pro who is asked accepts or refuses no matter which policy asked, so chances to refuse stand in both products and cancel in
    the weight. Unbiased without a model of acceptance, but noisy: ``acceptors`` averages over the sequences that end alike.

    Parameters
    ----------
    outcome
        (n,) of each request.
    counts
        (n,) offers made for each request, >= 1: those refused, and the last.
    logged, target
        (m,) propensity of each offer among the candidates not yet asked, request after request, within (0, 1] and [0, 1].

    Raises
    ------
    ValueError
        As ``Choices``; an offer's propensity outside of its range.

    Examples
    --------
    >>> sequence(np.array([1.0]), np.array([2]), np.array([0.5, 0.8]), np.array([0.25, 0.5])).ratio  # .125 / .4
    array([0.3125])
    """
    check_counts(counts)
    request, start = np.repeat(np.arange(len(counts)), counts), np.cumsum(counts) - counts
    for name, column, inside, rule in (
        ("logged", logged, (logged > 0) & (logged <= 1), "must be within (0, 1]"),
        ("target", target, (target >= 0) & (target <= 1), "must be within [0, 1]"),
    ):
        check_rows(f"{name} propensity of offers", column, counts)
        refuse(f"{name} propensity of an offer", column, inside, rule, request)
    return Choices(outcome, np.multiply.reduceat(logged, start), np.multiply.reduceat(target, start))


def acceptors(weights: Floats, acceptance: Floats, offers: int) -> Floats:
    """Probability that each candidate is the one who accepts, and, last, that nobody does: (k + 1,), sums to 1.

    Candidates are asked one after another, drawn by weight among those not yet asked (Plackett-Luce), until one accepts or
    ``offers`` were made. These are the propensities of a ``Candidates`` with the accepting pro as the chosen one, and "nobody" as a
    candidate. They are exact when the chances to accept are.

    Parameters
    ----------
    weights
        (k,) visibility, >= 0, some > 0; a candidate of weight 0 is not asked.
    acceptance
        (k,) chance to accept when asked, within [0, 1].
    offers
        Most offers of a request, >= 1.

    Raises
    ------
    ValueError
        A weight, a chance or the number of offers outside of its range.

    Notes
    -----
    Drawing by weight without replacement is waiting for alarm clocks with these rates. Candidate a accepts at time t when its clock
    rings then, it accepts, and of the others fewer than ``offers`` rang before, all of whom refused. The integral over t is a
    trapezoid sum in log t, which for analytic integrands converges exponentially. Work grows with k^2 offers, below 1 ms at k = 20.

    References
    ----------
    Plackett (1975), The analysis of permutations. Applied Statistics 24(2). Trefethen & Weideman (2014), The exponentially
    convergent trapezoidal rule. SIAM Review 56(3).

    Examples
    --------
    >>> acceptors(np.array([1.0, 3.0]), np.array([1.0, 0.5]), 2).round(9)  # 1/4 + 3/4 * 1/2 * 1; 3/4 * 1/2
    array([0.625, 0.375, 0.   ])
    """
    k = len(weights)
    if len(acceptance) != k:
        raise ValueError(f"acceptance has {len(acceptance)} rows, must be one a candidate, {k}")
    if not (np.isfinite(weights) & (weights >= 0)).all() or not weights.sum() > 0:
        raise ValueError("weights of candidates must be >= 0 and finite, one > 0")
    outside = ~((acceptance >= 0) & (acceptance <= 1))
    if outside.any():
        raise ValueError(f"acceptance = {acceptance[outside][0]:g}, must be within [0, 1]")
    if offers < 1:
        raise ValueError(f"offers = {offers}, must be >= 1")
    rate = weights / weights.sum()
    time = np.exp(np.arange(math.log(EARLIEST), math.log(LATEST / rate[rate > 0].min()), STEP))
    silent = np.exp(-time[:, None] * rate)
    refused = (1 - silent) * (1 - acceptance)
    # before[j, t, a]: the chance that j candidates other than a rang before t, and all refused
    before = np.zeros((min(offers, k), len(time), k))
    before[0] = 1.0
    for b in range(k):
        others = np.arange(k) != b
        with_b = before * silent[:, b, None]
        with_b[1:] += before[:-1] * refused[:, b, None]
        before = np.where(others, with_b, before)
    accepts = acceptance * rate * (before.sum(axis=0) * silent * time[:, None]).sum(axis=0) * STEP
    return np.append(accepts, max(1.0 - accepts.sum(), 0.0))

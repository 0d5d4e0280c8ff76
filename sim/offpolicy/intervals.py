"""How sure is an off-policy estimate? By a bound that holds for any sample, and by resampling clusters."""

import math
from collections.abc import Iterable, Iterator, Sequence
from functools import lru_cache

import numpy as np

from sim.arrays import Floats, Ints
from sim.offpolicy.terms import Terms
from sim.statistics.intervals import Interval

RESAMPLES = 1_999
MIN_CLUSTERS = 10
"""Below that, resampling clusters says nothing about their scatter."""
BATCH_NUMBERS = 4_000_000
"""Resampled numbers held in memory at once."""


def empirical_bernstein(terms: Terms, low: float, high: float, level: float = 0.95) -> Interval:
    """Interval that holds the mean with at least this probability, for any number of independent terms within a known range.

    The mean is that of the terms: where they are biased (propensities that are wrong, choices without support, weights that were
    cut), the interval can miss what is looked for.

    It is estimate -+ (sqrt(2 V L / n) + 7 (high - low) L / (3 (n - 1))), with the variance V of the terms and
    L = ln(4 / (1 - level)): the one-sided bound at half of 1 - level on either side. Much longer than a t interval where weights
    can be large.

    Parameters
    ----------
    low, high
        Range that terms could have had, not that seen: for IPS of outcomes 0 to 1, 0 and the largest possible weight.

    Raises
    ------
    ValueError
        A term outside of the range; self-normalised terms, which are not independent of one another.

    References
    ----------
    Maurer & Pontil (2009), Empirical Bernstein bounds and sample variance penalization. COLT, theorem 4.

    Examples
    --------
    >>> empirical_bernstein(Terms(np.tile([0.0, 1.0], 500)), 0.0, 1.0)  # .5 -+ (.0468 + .0102)
    Interval(estimate=0.5, low=0.442..., high=0.557..., n=1000)
    """
    if terms.per is not None:
        raise ValueError("terms are self-normalised, must be plain: the bound is for means of independent terms")
    least, most, n = float(terms.values.min()), float(terms.values.max()), len(terms.values)
    if not low <= least <= most <= high:
        raise ValueError(f"terms = {least:g}..{most:g}, must be within {low:g}..{high:g}, the range that they can have")
    if n < 2:
        return Interval(terms.estimate, math.nan, math.nan, n)
    log = math.log(4 / (1 - level))
    reach = math.sqrt(2 * float(terms.values.var(ddof=1)) * log / n) + 7 * (high - low) * log / (3 * (n - 1))
    return Interval(terms.estimate, terms.estimate - reach, terms.estimate + reach, n)


def cluster_bootstrap(terms: Terms, clusters: Ints, seed: int, level: float = 0.95) -> Interval:
    """Bootstrap-t interval from resampling clusters as wholes, such as all clients of one pro; n is the number of clusters.

    It answers for other clusters such as these. Where the new policy prefers some pros, terms of theirs are larger as a whole, so
    clusters by pro give longer intervals than single decisions, which answer for these pros and other clients.

    Each resample's shift is measured in its own standard error, so the interval leans to the side of rare large weights. The t
    interval of single decisions, ``mean_interval(terms.linear)``, does not, and is too short there.

    Parameters
    ----------
    clusters
        (n,) labels; one a decision for an interval from single decisions.
    seed
        Of the resampling: the same seed gives the same interval.

    Returns
    -------
    Interval
        Low and high are nan with fewer than 10 clusters; a point when clusters do not differ.

    References
    ----------
    Hall (1992), The bootstrap and Edgeworth expansion, section 3.3. Cameron, Gelbach & Miller (2008), Bootstrap-based improvements
    for inference with clustered errors. Review of Economics and Statistics 90(3).
    """
    if len(clusters) != len(terms.values):
        raise ValueError(f"clusters has {len(clusters)} rows, must be one a decision, {len(terms.values)}")
    found, index = np.unique(clusters, return_inverse=True)
    n, estimate = len(found), terms.estimate
    if n < MIN_CLUSTERS:
        return Interval(estimate, math.nan, math.nan, n)
    per = np.bincount(index, terms.weight).astype(float)
    gap = np.bincount(index, terms.values) - estimate * per
    error = float(_error(gap[None, :], per[None, :])[0])
    if error <= 1e-12 * max(abs(estimate), 1e-300):
        return Interval(estimate, estimate, estimate, n)
    ratios = []
    for times in _resampled(seed, n, RESAMPLES):
        total, shift = times @ per, times @ gap
        usable = total > 0
        moved = shift[usable] / total[usable]
        squares = [(times @ column)[usable] for column in (gap**2, gap * per, per**2)]
        # (gap - moved per)^2, summed; rounding may leave a little below 0
        left = np.maximum(squares[0] - 2 * moved * squares[1] + moved**2 * squares[2], 0.0)
        # a resample of clusters all alike has no error to measure its shift in
        some = left > 1e-12 * squares[0]
        ratios.append((moved * total[usable] / np.sqrt(left, where=some, out=np.ones(len(left))))[some])
    low, high = np.quantile(np.concatenate(ratios), [(1 - level) / 2, (1 + level) / 2])
    return Interval(estimate, estimate - float(high) * error, estimate - float(low) * error, n)


def _resampled(seed: int, n: int, resamples: int) -> Iterable[Floats]:
    """How often each of n clusters is in each resample, in parts (some, n) that fit into memory.

    The latest are kept: several estimators of one log are resampled alike.
    """
    if resamples * n <= BATCH_NUMBERS:
        return _kept(seed, n, resamples)
    return _times(seed, n, resamples)


def _times(seed: int, n: int, resamples: int) -> Iterator[Floats]:
    generator, size = np.random.default_rng(seed), max(BATCH_NUMBERS // n, 1)
    for start in range(0, resamples, size):
        yield generator.multinomial(n, np.full(n, 1 / n), min(size, resamples - start)).astype(float)


@lru_cache(maxsize=4)
def _kept(seed: int, n: int, resamples: int) -> Sequence[Floats]:
    return tuple(_times(seed, n, resamples))


def _error(gap: Floats, per: Floats) -> Floats:
    """Errors (n_resamples,) of ratios of sums, from what clusters miss them by, (n_resamples, n_clusters); n / (n - 1) cancels."""
    return np.sqrt((gap**2).sum(axis=1)) / per.sum(axis=1)

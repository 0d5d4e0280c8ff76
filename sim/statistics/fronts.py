"""Which settings no other beats in every objective, how good such a front is, and how sure a place on it.

References
----------
Zitzler & Thiele (1999), Multiobjective evolutionary algorithms: a comparative case study, section 3: the hypervolume.
Lee, Chew, Teng & Goldsman (2010), Finding the non-dominated Pareto set for multi-objective simulation models, section 3: standing
under noise.
"""

import math
from collections.abc import Iterator, Sequence
from typing import Literal

import numpy as np
import scipy

from sim.arrays import Flags, Floats
from sim.statistics.intervals import Interval

Direction = Literal["higher", "lower"]
"""What is better in an objective."""
DRAWS_AT_ONCE = 10_000_000
"""Comparisons held in memory together."""


def oriented(points: Floats, directions: Sequence[Direction]) -> Floats:
    """Points (..., n_objectives) such that larger is better in each objective.

    Raises
    ------
    ValueError
        Directions that do not fit, or another word for one.
    """
    points = np.asarray(points, float)
    if points.ndim == 0 or points.shape[-1] != len(directions) or not directions:
        raise ValueError(f"points have shape {points.shape}, must have one column a direction: {list(directions)}")
    for direction in directions:
        if direction not in ("higher", "lower"):
            raise ValueError(f"direction = {direction!r}, must be higher or lower")
    return points * np.where([direction == "higher" for direction in directions], 1.0, -1.0)


def on_front(points: Floats, directions: Sequence[Direction]) -> Flags:
    """Which points no other dominates: is as good in every objective and better in one.

    Parameters
    ----------
    points
        (..., n_points, n_objectives); axes before are worlds of their own. A point with a nan is never on the front.
    directions
        (n_objectives,).

    Returns
    -------
    Flags
        (..., n_points). Of equal points, all or none.

    Examples
    --------
    >>> on_front([[0.5, 0.3], [0.6, 0.4], [0.4, 0.35]], ["higher", "lower"])
    array([ True,  True, False])
    """
    better = oriented(points, directions)
    # one objective at a time: a fourth axis would cost more memory than it saves time
    no_worse = np.ones((*better.shape[:-1], better.shape[-2]), dtype=bool)
    beats = np.zeros_like(no_worse)
    for k in range(better.shape[-1]):
        one = better[..., k]
        no_worse &= one[..., :, None] >= one[..., None, :]
        beats |= one[..., :, None] > one[..., None, :]
    return np.asarray(~(no_worse & beats).any(axis=-2) & ~np.isnan(better).any(axis=-1), bool)


def hypervolume(points: Floats, reference: Sequence[float], directions: Sequence[Direction]) -> float:
    """Volume of what some point dominates and the reference does not lie above, exactly; 0 without a point better than it.

    Parameters
    ----------
    points
        (n_points, n_objectives), 1 to 3 objectives; points with a nan are left out.
    reference
        (n_objectives,) a point that is worse than what counts, in the unit of the objectives: their product is the volume's.

    Raises
    ------
    ValueError
        More than three objectives, or a reference that does not fit.

    Examples
    --------
    >>> hypervolume([[2, 1], [1, 2]], [0, 0], ["higher", "higher"])  # two rectangles of 2, less the square they share
    3.0
    """
    better, origin = oriented(points, directions), oriented(np.asarray(reference, float), directions)
    if not 1 <= len(directions) <= 3:
        raise ValueError(f"{len(directions)} objectives, must be 1 to 3: the volume is exact for these")
    if not np.isfinite(origin).all():
        raise ValueError(f"reference = {list(reference)}, must be finite")
    above = better - origin
    return _volume(above[(above > 0).all(axis=-1)])


def _volume(above: Floats) -> float:
    """Of boxes from the origin, (n, d): slices along the last objective, each as thick as to the next lower point."""
    if not len(above):
        return 0.0
    if above.shape[1] == 1:
        return float(above.max())
    above = above[np.argsort(-above[:, -1], kind="stable")]
    heights = np.append(above[:, -1], 0.0)
    if above.shape[1] == 2:
        return math.fsum(np.maximum.accumulate(above[:, 0]) * -np.diff(heights))
    return math.fsum(
        _volume(above[: i + 1, :-1]) * float(heights[i] - heights[i + 1]) for i in range(len(above)) if heights[i] > heights[i + 1]
    )


def front_probability(
    means: Floats, covariance: Floats, directions: Sequence[Direction], n_draws: int, seed: int, degrees: float = math.inf
) -> Floats:
    """Probability of each point to be on the true front, whose estimates err as the normal law says, or Student's.

    Parameters
    ----------
    means
        (n_points, n_objectives).
    covariance
        (n_points * n_objectives,) squared, of the estimates in the order of ``means.ravel()``. Only differences between points
        matter: what all points share, as the luck of a common replication, may be in it or not.
    n_draws
        Draws from that law, >= 100; the standard error of a probability is .5 / sqrt(n_draws) at most.
    seed
        Of the draws.
    degrees
        Degrees of freedom with which the covariance itself is known, > 0.

    Returns
    -------
    Floats
        (n_points,).

    Raises
    ------
    ValueError
        Shapes that do not fit, a value that is not finite, or too few draws.

    Examples
    --------
    >>> front_probability([[0.5], [0.4]], np.eye(2) * 1e-6, ["higher"], 1000, seed=1)
    array([1., 0.])
    """
    found = np.zeros(len(means))
    for block in drawn(means, covariance, n_draws, seed, degrees):
        found += on_front(block, directions).sum(axis=0)
    return found / n_draws


def drawn(means: Floats, covariance: Floats, n_draws: int, seed: int, degrees: float = math.inf) -> Iterator[Floats]:
    """What the truth may be where estimates err so: blocks of (n, n_points, n_objectives), ``n_draws`` in all; else as above."""
    means, covariance = np.asarray(means, float), np.asarray(covariance, float)
    if means.ndim != 2 or covariance.shape != (means.size, means.size):
        raise ValueError(f"covariance has shape {covariance.shape}, must be {(means.size, means.size)} for means {means.shape}")
    if not (np.isfinite(means).all() and np.isfinite(covariance).all()):
        raise ValueError("means and covariance, must be finite")
    if n_draws < 100:
        raise ValueError(f"n_draws = {n_draws}, must be >= 100")
    if not degrees > 0:
        raise ValueError(f"degrees = {degrees}, must be > 0")
    values, vectors = np.linalg.eigh((covariance + covariance.T) / 2)
    root = vectors * np.sqrt(np.maximum(values, 0.0))  # a singular one is usual: paired differences of few replications
    rng, left = np.random.default_rng(seed), n_draws
    while left:
        n = min(left, max(DRAWS_AT_ONCE // len(means) ** 2, 1))
        errors = rng.standard_normal((n, means.size)) @ root.T
        if math.isfinite(degrees):
            errors *= np.sqrt(degrees / rng.chisquare(degrees, n))[:, None]
        yield means + errors.reshape(n, *means.shape)
        left -= n


def not_dominated(difference: Sequence[float], covariance: Floats, directions: Sequence[Direction]) -> float:
    """Probability that a point is on the front of itself and one rival, without draws.

    Parameters
    ----------
    difference
        (n_objectives,) estimates of the rival minus the point.
    covariance
        (n_objectives, n_objectives) of those estimates.

    Examples
    --------
    >>> not_dominated([0.0, 0.0], np.eye(2), ["higher", "lower"])  # dominated if both differences fall on the wrong side
    0.75
    """
    better = oriented(np.asarray(difference, float), directions)
    signs = oriented(np.ones(len(directions)), directions)
    spread = np.asarray(covariance, float) * np.outer(signs, signs)
    if spread.shape != (len(better), len(better)):
        raise ValueError(f"covariance has shape {spread.shape}, must be {(len(better), len(better))}")
    if len(better) == 1 and spread[0, 0] > 0:
        return float(scipy.stats.norm.cdf(-better[0] / math.sqrt(spread[0, 0])))
    # all of the rival's leads above zero is the law's lower corner of their opposites
    law = scipy.stats.multivariate_normal(np.zeros(len(better)), spread, allow_singular=True, seed=1)
    return 1.0 - float(law.cdf(better))


def front_slope(gain: Floats, per: Floats, confidence: float = 0.95) -> Interval:
    """What one objective changes along a front where another rises by one unit: the least-squares slope over its points.

    Parameters
    ----------
    gain, per
        (n_points, n_replications) of the two objectives, replication r of all points with the same random numbers; two
        neighbours for the price at one place, all points for the whole front. Points should be chosen before these replications.
    confidence
        Within (0, 1).

    Returns
    -------
    Interval
        By the jackknife over replications. The slope is that of the means: luck of single runs in ``per`` does not flatten it.

    Raises
    ------
    ValueError
        Fewer than two points or replications, shapes that differ, or points that do not differ in ``per``.

    Examples
    --------
    >>> front_slope([[1.0, 2.0], [3.0, 4.0]], [[0.0, 0.0], [4.0, 4.0]])
    Interval(estimate=0.5, low=0.5, high=0.5, n=2)
    """
    gain, per = np.asarray(gain, float), np.asarray(per, float)
    if gain.shape != per.shape or gain.ndim != 2 or min(gain.shape) < 2:
        raise ValueError(f"gain {gain.shape} and per {per.shape}, must have one shape of two points and two replications or more")
    if not 0 < confidence < 1:
        raise ValueError(f"confidence = {confidence}, must be within (0, 1)")
    n = gain.shape[1]
    estimate = _slope(gain.mean(axis=1), per.mean(axis=1))
    left_out = np.array([_slope(np.delete(gain, r, 1).mean(axis=1), np.delete(per, r, 1).mean(axis=1)) for r in range(n)])
    error = math.sqrt((n - 1) / n * float(((left_out - left_out.mean()) ** 2).sum()))
    half = float(scipy.stats.t.ppf((1 + confidence) / 2, n - 1)) * error
    return Interval(estimate, estimate - half, estimate + half, n)


def _slope(y: Floats, x: Floats) -> float:
    about = x - x.mean()
    if not (about @ about) > 0:
        raise ValueError("points, must differ in the objective that the slope is per unit of")
    return float(about @ (y - y.mean()) / (about @ about))

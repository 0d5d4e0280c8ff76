"""A rollout that is looked at every week: differences within stages, intervals that hold at every look, and alarms."""

import math
from dataclasses import dataclass
from typing import Literal

import numpy as np
import scipy

from sim.arrays import Floats
from sim.estimators.sequential import LEAST_PER_GROUP, half_width

LEVEL = 0.95
"""Probability that a watch raises no false alarm, over all its looks and guardrails."""


@dataclass(frozen=True)
class Watch:
    """Treated less control as known at the end of each week, (n_weeks,) each; nan before there is enough to see."""

    estimate: Floats
    standard_error: Floats
    information: Floats
    """Observations in two equal groups that would say as much: 0 for none."""


def watch(sums: Floats) -> Watch:
    """Difference of a ratio between the groups, compared within each stage.

    Estimates the effect of being treated on the ratio, averaged over stages; shares that change and whatever else changes with time
    do not enter, since only clients of one stage are compared.

    Parameters
    ----------
    sums
        (6, n_weeks, n_stages, 2) n, x, y, xx, xy, yy over clients of control and treated until the end of each week: number of
        clients, sums of their numerators and denominators, of squares and products.

    Notes
    -----
    Stages are weighed by y0 y1 / (y0 + y1) (Mantel & Haenszel 1959), whatever the outcomes. The error is by the delta method over
    clients (Deng, Knoblich & Lu 2018). A group's variance is its own over all stages, or that of both groups together where
    that is larger: a few treated clients to whom nothing has happened yet would seem to be certain. While nothing has happened to
    anybody nothing is known.
    """
    n, x, y, xx, xy, yy = np.asarray(sums, float)
    compared = (y > 0).all(axis=-1, keepdims=True) & (n > 0)
    total = np.where(compared, y, 1.0)
    ratio = np.where(compared, x / total, 0.0)
    squares = np.where(compared, xx - 2 * ratio * xy + ratio**2 * yy, 0.0).sum(axis=1)
    clients = np.where(compared, n, 0.0).sum(axis=1)
    own = squares / np.maximum(clients - 1, 1)
    together = squares.sum(axis=-1, keepdims=True) / np.maximum(clients.sum(axis=-1, keepdims=True) - 2, 1)
    variance = np.maximum(own, together)
    weight = np.where(compared[..., 0], total[..., 0] * total[..., 1] / total.sum(axis=-1), 0.0)
    whole = weight.sum(axis=-1)
    known = (clients.min(axis=-1) >= LEAST_PER_GROUP) & (whole > 0) & (together[:, 0] > 0)
    scale = np.where(known, whole, 1.0)
    estimate = (weight * (ratio[..., 1] - ratio[..., 0])).sum(axis=-1) / scale
    spread = (weight[..., None] ** 2 * np.where(compared, n / total**2, 0.0)).sum(axis=1)
    error = np.sqrt((spread * variance).sum(axis=-1)) / scale
    return Watch(np.where(known, estimate, math.nan), np.where(known, error, math.nan), np.where(known, 4 * whole, 0.0))


def level_of_each(n_guardrails: int) -> float:
    """Level of the two-sided interval of each of so many guardrails, so that none of them fires in equal arms with ``LEVEL``.

    Each gets its part of what is left (Bonferroni), and twice that for both sides of its interval, of which only one can fire: the
    boundary is symmetric, and a path that crosses both sides of it is too rare to count.

    Examples
    --------
    >>> round(level_of_each(5), 6)
    0.98
    """
    return 1 - 2 * (1 - LEVEL) / n_guardrails


def reach(seen: Watch, best: float, level: float) -> Floats:
    """Half the length of the interval at the end of each week, (n_weeks,), that holds at every look; nan where none is known.

    Parameters
    ----------
    best
        Information at which it is tightest, > 0, set before the first look.
    level
        See ``level_of_each``.
    """
    return half_width(seen.standard_error, np.maximum(seen.information, 1.0), best, level)


def usual_reach(seen: Watch) -> Floats:
    """Half the length of the interval of a single look, (n_weeks,)."""
    return float(scipy.stats.norm.ppf((1 + LEVEL) / 2)) * seen.standard_error


def first_beyond(estimate: Floats, half: Floats, side: Literal["up", "down"], limit: float) -> int | None:
    """The first week at whose end the whole interval lies beyond a limit; None: never.

    Parameters
    ----------
    estimate, half
        (n_weeks,) treated less control, and half the length of its interval.
    side, limit
        How far it may go ``up`` or ``down``, >= 0.

    Examples
    --------
    >>> first_beyond(np.array([math.nan, 0.02, 0.03]), np.array([math.nan, 0.02, 0.01]), "up", 0.01)
    2
    """
    harm = estimate if side == "up" else -estimate
    with np.errstate(invalid="ignore"):
        beyond = harm - half > limit
    return int(np.argmax(beyond)) if beyond.any() else None

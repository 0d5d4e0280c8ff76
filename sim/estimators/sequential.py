"""Intervals that hold at every look, for a team that looks every day."""

import math
from typing import NamedTuple

import numpy as np
from scipy import special

from sim.arrays import Flags, Floats, Ints
from sim.estimators.power import USUAL_POWER, smallest_effect

LEAST_PER_GROUP = 50
"""Units of either group before which there is no interval: standard errors of fewer are too uncertain for it."""


class Looks(NamedTuple):
    """What was seen at each look, (n_looks,) each; nan before there is enough to see."""

    n: Ints
    """Units so far."""
    estimate: Floats
    low: Floats
    high: Floats

    @property
    def first_seen(self) -> int | None:
        """The first look at which the interval does not hold 0; None if there is none."""
        beyond = (self.low > 0) | (self.high < 0)
        return int(np.argmax(beyond)) if beyond.any() else None


def tuning(level: float = 0.95) -> float:
    """Information at which the interval is tightest, over the variance of the mixture: u, with n = n_best u / u.

    The half-width at information n, times sqrt(n), squared, is (1 + 1 / x) log((1 + x) / alpha^2) with x = u n / n_best. It is
    least at 1 + x = -W(-alpha^2 / e), W the lower branch of Lambert's function.

    References
    ----------
    Howard, Ramdas, McAuliffe & Sekhon (2021), Time-uniform, nonparametric, nonasymptotic confidence sequences. Annals of Statistics
    49(2).
    """
    return float(-special.lambertw(-((1 - level) ** 2) / math.e, k=-1).real) - 1


def half_width(standard_error: Floats, n: Floats, n_best: float, level: float = 0.95) -> Floats:
    """Half the length of the interval at each look.

    Parameters
    ----------
    standard_error
        (n_looks,) of the estimate at each.
    n
        (n_looks,) units so far, to which information is proportional.
    n_best
        Units at which the interval is tightest, > 0, stated before the first look.
    level
        Probability that all intervals, from the first look to the last, hold the true effect; within (0, 1).

    Notes
    -----
    The normal mixture of Robbins (1970); the same boundary as the mixture sequential probability ratio test. With standard errors
    from the data it holds for large n (Waudby-Smith, Arbour, Sinha, Kennedy & Ramdas 2021, asymptotic confidence sequences).

    Examples
    --------
    >>> round(float(half_width(np.array([1.0]), np.array([100.0]), 100)[0]), 2)  # beside 1.96 for a single look
    3.04
    """
    x = tuning(level) * np.asarray(n, float) / n_best
    return np.asarray(standard_error, float) * np.sqrt((1 + 1 / x) * np.log((1 + x) / (1 - level) ** 2))


def times_as_long(wanted: float = USUAL_POWER, level: float = 0.95) -> float:
    """How many times the units of a single look at the end the same power needs with an interval that holds at every look.

    That interval is tightest at the end; a team that stops when it no longer holds 0 needs fewer on average.

    Examples
    --------
    >>> round(times_as_long(), 2)  # ((3.04 + .84) / (1.96 + .84))^2
    1.91
    """
    one = np.ones(1)
    reach = float(half_width(one, one, 1.0, level)[0])
    single, above = smallest_effect(1.0, wanted=wanted, level=level), float(special.ndtri(wanted))
    return ((reach + above) / single) ** 2


def always_valid(values: Floats, treated: Flags, looks: Ints, n_best: float, level: float = 0.95) -> Looks:
    """Difference in means at each look, with intervals that all hold the true effect at once with probability ``level``.

    Estimates what ``sim.estimators.means.difference`` does; a team may look as often as it likes, and stop when it likes.

    Parameters
    ----------
    values, treated
        (n,) outcome and group of each unit, in the order in which outcomes became known.
    looks
        (n_looks,) how many outcomes were known at each look, not decreasing, 0 to n.
    n_best
        See ``half_width``; such as the units expected by the planned end.

    Raises
    ------
    ValueError
        A look is beyond the data, or ``n_best`` is not positive.
    """
    values, treated, looks = np.asarray(values, float), np.asarray(treated, bool), np.asarray(looks, int)
    if len(looks) and not 0 <= looks.min() <= looks.max() <= len(values):
        raise ValueError(f"looks = {looks.min()} to {looks.max()}, must be within 0 and {len(values)} outcomes")
    if not n_best > 0:
        raise ValueError(f"n_best = {n_best:g}, must be > 0")
    centred = values - values.mean() if len(values) else values
    moments = []
    for side in (treated, ~treated):
        n, total, squares = (np.concatenate([[0.0], np.cumsum(side * part)])[looks] for part in (1.0, centred, centred**2))
        enough = np.maximum(n, 2)
        moments.append((n, total / enough, np.maximum(squares - total**2 / enough, 0) / (enough - 1) / enough))
    (n1, mean1, variance1), (n0, mean0, variance0) = moments
    known = np.minimum(n1, n0) >= LEAST_PER_GROUP
    estimate = np.where(known, mean1 - mean0, math.nan)
    # information is that of equal variances: n1 n0 / (n1 + n0), which is n / 4 in halves
    effective = 4 * n1 * n0 / np.maximum(n1 + n0, 1)
    reach = half_width(np.sqrt(variance1 + variance0), np.where(known, effective, 1), n_best, level)
    return Looks(looks, estimate, estimate - reach, estimate + reach)

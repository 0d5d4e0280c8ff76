"""Differences in means between two groups that were assigned at random: by unit or by cluster."""

import math

import numpy as np

from sim.arrays import Flags, Floats, Ints
from sim.estimators.estimate import Estimate
from sim.estimators.regression import least_squares, numbered

LEAST_CLUSTERS = 2
"""Clusters with treated units, and with control units, without which there is no standard error."""


def difference(
    values: Floats, treated: Flags, clusters: Ints | None = None, covariates: Floats | None = None, level: float = 0.95
) -> Estimate:
    """Mean of the treated less mean of the control.

    Estimates the effect of being treated while the others stay as they were assigned. That is the effect on everybody only where
    one unit's treatment does nothing to another.

    Parameters
    ----------
    values
        (n,) outcome of each unit; a nan is left out.
    treated
        (n,) assignment.
    clusters
        (n,) label of what was assigned as a whole (zone, period, client); each unit by itself without it.
    covariates
        (n,) or (n, k) known before the experiment, such as the outcome in the period before (CUPED): the part of the outcome that
        they predict is taken out. A unit with a nan is left out.
    level
        Confidence level, within (0, 1).

    Raises
    ------
    ValueError
        Fewer than 2 clusters (units, without clusters) on either side.

    Notes
    -----
    Covariates have the same slope in both groups. Separate slopes (Lin 2013) have smaller errors only when slopes differ and shares
    are far from a half, and cost a degree of freedom a covariate, which few zones do not have.

    References
    ----------
    Deng, Xu, Kohavi & Walker (2013), Improving the sensitivity of online controlled experiments by utilizing pre-experiment data.
    Standard errors and degrees of freedom: see ``least_squares``.

    Examples
    --------
    >>> found = difference(np.array([1.0, 2.0, 3.0, 5.0]), np.array([False, False, True, True]))
    >>> found.estimate, round(found.standard_error, 3)  # 4 - 1.5; (.5 / 2 + 2 / 2)^.5
    (2.5, 1.118)
    """
    values, treated = np.asarray(values, float), np.asarray(treated, bool)
    others = np.empty((len(values), 0)) if covariates is None else np.asarray(covariates, float).reshape(len(values), -1)
    known = np.isfinite(values) & np.isfinite(others).all(axis=1)
    values, treated, others = values[known], treated[known], others[known]
    groups = None if clusters is None else np.asarray(clusters)[known]
    check_clusters(treated, groups)
    fit = least_squares(values, np.column_stack([np.ones(len(values)), treated, others - others.mean(axis=0)]), groups)
    return fit.estimate(1, int(treated.sum()), int((~treated).sum()), level)


def check_clusters(treated: Flags, clusters: Ints | None) -> None:
    """Raise ValueError unless there are ``LEAST_CLUSTERS`` on either side."""
    what = "units" if clusters is None else "clusters"
    index, _ = numbered(clusters, len(treated))
    for side, flag in (("treated", True), ("control", False)):
        n = len(np.unique(index[treated == flag]))
        if n < LEAST_CLUSTERS:
            raise ValueError(f"{side} {what} = {n}, must be >= {LEAST_CLUSTERS}: without, there is no standard error")


def ratio(numerators: Floats, denominators: Floats, treated: Flags, clusters: Ints | None = None, level: float = 0.95) -> Estimate:
    """Sum of numerators over sum of denominators among the treated, less that among the control.

    For metrics whose unit is smaller than what was assigned: bookings filled per request, assigned by client. Estimates what
    ``difference`` does, for the ratio. The error is by the delta method: each unit counts with what it adds to its group's ratio.

    Parameters
    ----------
    numerators, denominators
        (n,) each, of a unit; a pair with a nan is left out.
    treated, clusters, level
        As in ``difference``.

    Raises
    ------
    ValueError
        Denominators of a group sum to 0, or as ``difference``.

    References
    ----------
    Deng, Knoblich & Lu (2018), Applying the delta method in metric analytics. KDD.

    Examples
    --------
    >>> round(ratio(np.array([1.0, 1.0, 2, 4]), np.array([2.0, 2.0, 3, 5]), np.array([False, False, True, True])).estimate, 3)
    0.25
    """
    numerators, denominators, treated = np.asarray(numerators, float), np.asarray(denominators, float), np.asarray(treated, bool)
    known = np.isfinite(numerators) & np.isfinite(denominators)
    linear = np.full(len(numerators), math.nan)
    for flag in (False, True):
        rows = known & (treated == flag)
        total = denominators[rows].sum()
        if rows.any() and total == 0:
            raise ValueError(f"denominators of the {'treated' if flag else 'control'} sum to {total:g}, must not be 0")
        if rows.any():
            share = numerators[rows].sum() / total
            linear[rows] = share + (numerators[rows] - share * denominators[rows]) * rows.sum() / total
    return difference(linear, treated, clusters, level=level)

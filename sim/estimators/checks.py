"""Is an experiment what it was meant to be? Checks to read before its estimate."""

from typing import NamedTuple

import numpy as np
import scipy

from sim.arrays import Flags, Floats, Ints
from sim.estimators.estimate import Estimate
from sim.estimators.means import check_clusters, difference
from sim.estimators.regression import least_squares, numbered


class Balance(NamedTuple):
    """How alike the groups were before the experiment."""

    differences: Floats
    """(n_covariates,) standardised: difference in means over the root of the mean variance of both groups; 0 for a constant."""
    p_value: float
    """Of the hypothesis that assignment has nothing to do with any of them."""


class Changes(NamedTuple):
    """What became of each group since the period before."""

    treated: Estimate
    control: Estimate

    @property
    def taken_from_control(self) -> bool:
        """Whether one group rose while the other fell, both beyond their intervals: the treated may have gained at its cost."""
        return (self.treated.low > 0 and self.control.high < 0) or (self.treated.high < 0 and self.control.low > 0)


def sample_ratio(n_treated: int, n_control: int, share: float) -> float:
    """P-value of the hypothesis that units were assigned with the share treated that was meant: chi-square, 1 degree of freedom.

    A small one (.001 is usual) says that units are missing or doubled in one group; no estimate is to be trusted then.

    Raises
    ------
    ValueError
        The share is not within (0, 1), or there are no units.

    References
    ----------
    Fabijan et al. (2019), Diagnosing sample ratio mismatch in online controlled experiments. KDD.

    Examples
    --------
    >>> round(sample_ratio(60, 40, 0.5), 4)  # chi-square (10^2 + 10^2) / 50 = 4
    0.0455
    """
    n = n_treated + n_control
    if not 0 < share < 1:
        raise ValueError(f"share = {share:g}, must be > 0 and < 1")
    if not n:
        raise ValueError("units = 0, must be >= 1")
    return float(scipy.stats.chisquare([n_treated, n_control], [n * share, n * (1 - share)]).pvalue)


def assigned_once(units: Ints, treated: Flags) -> None:
    """Raise ValueError, with the unit's label, if a unit stands in both groups.

    Parameters
    ----------
    units, treated
        (n,) unit and group of each row.
    """
    units, treated = np.asarray(units), np.asarray(treated, bool)
    labels, index = np.unique(units, return_inverse=True)
    both = np.bincount(index, treated) * np.bincount(index, ~treated) > 0
    if both.any():
        raise ValueError(f"unit {labels[both][0]} is in both groups, and {both.sum()} of {len(labels)} are: each must stay in one")


def balance(covariates: Floats, treated: Flags, clusters: Ints | None = None) -> Balance:
    """How much the groups differed before the experiment, one covariate at a time and all together.

    Parameters
    ----------
    covariates
        (n,) or (n, n_covariates) known before; rows with a nan are left out.
    treated
        (n,).
    clusters
        (n,) label of what was assigned as a whole; the joint test then compares means of clusters.

    Raises
    ------
    ValueError
        Too few units or clusters for the joint test.

    Notes
    -----
    The joint test is Hotelling's: T^2 = n1 n0 / n d'S^-1 d, with the pooled covariance S.
    """
    treated = np.asarray(treated, bool)
    x = np.asarray(covariates, float).reshape(len(treated), -1)
    known = np.isfinite(x).all(axis=1)
    x, treated = x[known], treated[known]
    check_clusters(treated, None if clusters is None else np.asarray(clusters)[known])
    spread = np.sqrt((x[treated].var(axis=0, ddof=1) + x[~treated].var(axis=0, ddof=1)) / 2)
    apart = x[treated].mean(axis=0) - x[~treated].mean(axis=0)
    standardised = np.divide(apart, spread, out=np.zeros_like(apart), where=spread > 0)
    index, n = numbered(None if clusters is None else np.asarray(clusters)[known], len(treated))
    size = np.bincount(index)
    means = np.array([np.bincount(index, column) for column in x.T]) / size
    on = np.bincount(index, treated) / size > 0.5
    n1, n0 = int(on.sum()), int(n - on.sum())
    varying = int((means.std(axis=1) > 0).sum())
    if n < varying + 2:
        raise ValueError(f"clusters = {n}, must be >= {varying + 2} for a joint test of {varying} covariates")
    pooled = ((n1 - 1) * np.atleast_2d(np.cov(means[:, on])) + (n0 - 1) * np.atleast_2d(np.cov(means[:, ~on]))) / (n - 2)
    # a covariate that others determine adds nothing
    k = max(int(np.linalg.matrix_rank(pooled)), 1)
    left = n - k - 1
    d = means[:, on].mean(axis=1) - means[:, ~on].mean(axis=1)
    squared = n1 * n0 / n * float(d @ np.linalg.pinv(pooled) @ d)
    return Balance(standardised, float(scipy.stats.f.sf(squared * left / ((n - 2) * k), k, left)))


def against_pre_period(values: Floats, treated: Flags, during: Flags, clusters: Ints | None = None, level: float = 0.95) -> Changes:
    """How each group changed from the period before to the experiment.

    Both may change with the season. A control group that falls while the treated rises is a sign of interference, not a proof.

    Parameters
    ----------
    values, treated
        (n,) outcome and group of each row.
    during
        (n,) whether it belongs to the experiment; else to the period before.
    clusters
        (n,) label, such as the client's or the zone's; each row by itself without it.

    Raises
    ------
    ValueError
        Fewer than 2 clusters of a group before or during the experiment.
    """
    values, treated, during = np.asarray(values, float), np.asarray(treated, bool), np.asarray(during, bool)
    found = [
        difference(values[rows], during[rows], None if clusters is None else np.asarray(clusters)[rows], level=level)
        for rows in (treated, ~treated)
    ]
    return Changes(*found)


def spill_over(values: Floats, treated: Flags, share_around: Floats, clusters: Ints | None = None, level: float = 0.95) -> Estimate:
    """Difference in outcome when all around a unit are treated instead of none, at the same treatment of its own; 0 without any.

    Parameters
    ----------
    values, treated
        (n,) outcome and group of each unit.
    share_around
        (n,) treated share among those who may interfere with it (same zone, same day), 0 to 1, not all alike.
    clusters
        (n,) label of those who share that share.

    Raises
    ------
    ValueError
        The share does not vary.
    """
    treated = np.asarray(treated, bool)
    fit = least_squares(values, np.column_stack([np.ones(len(treated)), treated, share_around]), clusters)
    return fit.estimate(2, int(treated.sum()), int((~treated).sum()), level)


def settling(values: Floats, treated: Flags, early: Flags, blocks: Ints, level: float = 0.95) -> Estimate:
    """Effect in the later days of periods less that in the early ones: not 0 if the period before is still felt.

    Parameters
    ----------
    values, treated, blocks
        (n,) outcome, group and period of each row.
    early
        (n,) whether it lies in the first days of its period.

    Raises
    ------
    ValueError
        A group has only early or only later rows.
    """
    treated, early = np.asarray(treated, bool), np.asarray(early, bool)
    fit = least_squares(values, np.column_stack([np.ones(len(treated)), treated, ~early, treated & ~early]), blocks)
    return fit.estimate(3, int(treated.sum()), int((~treated).sum()), level)

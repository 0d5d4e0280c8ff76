"""Runs of equal periods: what a switched market shows of lasting treatment, and how surely."""

import math
from typing import NamedTuple

import numpy as np
from scipy import sparse

from sim.arrays import Flags, Floats, Ints

LEAST_RUNS = 2
MIXED = -1
CANCELLED = 1e-9
"""Of a sum of squares, what is left of it after means were taken out, that is nothing but rounding."""


class Runs(NamedTuple):
    """Periods that end a run of order + 1 periods, in one row."""

    exposure: Ints
    """(n,) 1 if all of the run was treated, 0 if none, MIXED otherwise."""
    overlap: sparse.csr_array
    """(n, n) 1 where two runs share a period."""


def grid(values: Floats, treated: Flags) -> tuple[Floats, Flags]:
    """Both as (n_series, n_periods)."""
    values, treated = np.atleast_2d(np.asarray(values, float)), np.atleast_2d(np.asarray(treated, bool))
    if values.shape != treated.shape:
        raise ValueError(f"values have the shape {values.shape}, must be that of treated, {treated.shape}")
    return values, treated


def runs_of(treated: Flags, order: int, first: int, reach: int) -> Runs:
    """Runs of ``order + 1`` periods that end in period ``first`` or later; those up to ``reach`` apart overlap."""
    if not 0 <= order <= first < treated.shape[1]:
        raise ValueError(f"order = {order}, must be >= 0 and below the number of periods, {treated.shape[1]}")
    treated_in = np.lib.stride_tricks.sliding_window_view(treated, order + 1, axis=1)[:, first - order :].sum(axis=2)
    n_series, n = treated_in.shape
    near = np.abs(np.subtract.outer(np.arange(n), np.arange(n))) <= reach
    exposure = np.where(treated_in == order + 1, 1, np.where(treated_in == 0, 0, MIXED)).ravel()
    return Runs(exposure, sparse.csr_array(sparse.kron(sparse.eye_array(n_series), near.astype(float))))


def group_means(values: Floats, exposure: Ints, counts: Floats, order: int) -> tuple[Floats, Floats]:
    """What each run adds to its group's mean, (n,), so that their plain mean is the weighted one; and the residuals."""
    linear, residuals = np.zeros(len(values)), np.zeros(len(values))
    for group, name in ((1, "treated"), (0, "control")):
        rows = (exposure == group) & (counts > 0)
        if rows.sum() < LEAST_RUNS:
            raise ValueError(f"runs of {order + 1} {name} periods = {rows.sum()}, must be >= {LEAST_RUNS}")
        mean = np.average(values[rows], weights=counts[rows])
        residuals[rows] = counts[rows] * (values[rows] - mean) / counts[rows].mean()
        linear[rows] = mean + residuals[rows]
    return linear, residuals


def side_weights(exposure: Ints, known: Flags) -> Floats:
    """Each run's weight in the difference of means, (n,): 1 / n_treated, -1 / n_control or 0."""
    weights = np.zeros(len(exposure))
    for group, sign in ((1, 1), (0, -1)):
        rows = (exposure == group) & known
        weights[rows] = sign / max(rows.sum(), 1)
    return weights


def spread(weights: Floats, residuals: Floats, exposure: Ints, overlap: sparse.csr_array) -> tuple[float, float]:
    """Standard error and degrees of freedom of a weighted sum of outcomes.

    The larger of two sums of squares z'Kz, z = weights * residuals: with K = 1 where runs overlap, and with K = 1 on the diagonal
    alone. Either is divided by what it would be on average over its variance, were outcomes independent and alike, and has the
    degrees of freedom that it would then have.
    """
    best = (0.0, 1.0)
    groups = np.array([(exposure == group) & (weights != 0) for group in (0, 1)], float)
    n = np.maximum(groups.sum(axis=1), 1)
    scale = sparse.diags_array(weights)
    for kernel in (overlap, sparse.eye_array(len(weights), format="csr")):
        # (I - H) A (I - H) with A = D K D, and H the means of both groups
        a = sparse.csr_array(scale @ kernel @ scale)
        sums = a @ groups.T
        both = groups @ sums
        trace = a.trace() - (np.diag(both) / n).sum()
        square = (a.multiply(a)).sum() - 2 * ((sums**2).sum(axis=0) / n).sum() + (both**2 / np.outer(n, n)).sum()
        if trace <= CANCELLED * a.trace():
            continue
        variance = float(residuals @ (a @ residuals)) * (weights @ weights) / trace
        if variance > best[0]:
            best = (variance, max(float(trace**2 / square), 1.0))
    return math.sqrt(best[0]), best[1]

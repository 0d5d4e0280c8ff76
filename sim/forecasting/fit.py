"""A form fitted to histories: its likeliest parameters, the doubt they leave, and the simpler form where that says as much."""

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

import numpy as np
import scipy

from sim.arrays import Floats
from sim.calibration.histories import Histories
from sim.forecasting import lapsing
from sim.forecasting.forms import REGULARITIES, STARTS, Form
from sim.forecasting.kernels import AFTER_VISIT, log_terms
from sim.said import Said, say

PRIOR_SD = 4.0
"""Of every logarithm around where the search begins: a factor of e^4 either way is no surprise, and a likelihood that is flat to
infinity still has a maximum."""
STEP = 5e-3
"""On the log scale, for second differences."""
NEAR = 0.05
"""A parameter so close to the end of its range, on the log scale, sits at it."""
INDISTINCT_AIC = 2.0
"""A form whose AIC is larger by less says as much (Burnham & Anderson 2002)."""
MOST_TO_FIT = 4_000
"""Clients from whom parameters are fitted: every n-th of more."""


@dataclass(frozen=True)
class FittedForm:
    """A form with its parameters."""

    form: Form
    at: Floats
    """(n_free,) on the log scale."""
    covariance: Floats
    """(n_free, n_free) likewise."""
    log_likelihood: float
    n: int
    at_bound: tuple[str, ...] = ()
    """Parameters at an end of their range."""
    notes: tuple[Said, ...] = ()
    """Why a richer form was not taken."""

    @property
    def aic(self) -> float:
        """Akaike's information criterion."""
        return 2 * len(self.form.free) - 2 * self.log_likelihood

    @property
    def values(self) -> dict[str, float]:
        """Parameters by name."""
        return self.form.values(self.at)

    def drawn(self, n: int, random: np.random.Generator) -> Floats:
        """Points (n, n_free) on the log scale, as likely as the data leave them (Laplace's approximation), within their range."""
        low, high = np.array(self.form.bounds()).T
        root = np.linalg.cholesky(self.covariance)
        return np.clip(self.at + random.standard_normal((n, len(self.at))) @ root.T, low, high)


@dataclass(frozen=True)
class Terms:
    """What a form at some parameters says about some histories."""

    values: Mapping[str, float]
    rate_weeks: Floats
    end_shape: Floats
    end_weeks: Floats
    gap_shapes: Floats
    stays: Floats
    left: Floats
    """(n, n_classes) as in ``kernels.log_terms``."""

    @property
    def by_client(self) -> Floats:
        """Log likelihood (n,) of each history."""
        return np.asarray(np.logaddexp.reduce(np.logaddexp(self.stays, self.left), axis=1))

    @property
    def alive(self) -> Floats:
        """Probability (n,) that a client still stays."""
        return np.exp(np.logaddexp.reduce(self.stays, axis=1) - self.by_client)


def terms(form: Form, at: Floats, seen: Histories) -> Terms:
    """What a form at a point on the log scale says about histories."""
    values = form.values(at)
    n = len(seen)
    ends = ("drop_a", "drop_b") if "drop_a" in values else ("lifetime_shape", "lifetime_weeks")
    weeks, shape, scale = (np.full(n, values[name]) for name in ("rate_weeks", *ends))
    if form.traits:
        # a proportional hazard where lifetimes end, odds of leaving where relations end after visits
        faster = np.exp(form.leaving(values, seen))
        shape, scale = (shape * faster, scale) if form.dropout <= AFTER_VISIT else (shape, scale / faster)
    gap_shapes, log_shares = form.classes(values)
    stays, left = np.empty((n, len(gap_shapes))), np.empty((n, len(gap_shapes)))
    log_terms(
        seen.repeats,
        seen.recency,
        seen.age,
        seen.sum_log_gaps,
        values["rate_shape"],
        weeks,
        gap_shapes,
        log_shares,
        form.dropout,
        shape,
        scale,
        values.get("ageing_per_week", 0.0),
        stays,
        left,
    )
    return Terms(values, weeks, shape, scale, gap_shapes, stays, left)


def log_likelihoods(form: Form, at: Floats, seen: Histories) -> Floats:
    """Log likelihood (n,) of each history at a point on the log scale."""
    if form.ending == "lapsing":
        return lapsing.log_likelihoods(form.values(at), seen)
    return terms(form, at, seen).by_client


def every(seen: Histories, most: int) -> Histories:
    """Every n-th client, so that at most so many are left."""
    return seen.chosen(np.arange(len(seen)) % math.ceil(len(seen) / most) == 0) if len(seen) > most else seen


def distinct(seen: Histories) -> tuple[Histories, Floats]:
    """Clients without a repeat who began on one day are alike: one of them, and how many (n,) each client stands for."""
    if seen.traits:
        return seen, np.ones(len(seen))
    alone = np.flatnonzero(seen.repeats == 0)
    _, first, count = np.unique(seen.age[alone], return_index=True, return_counts=True)
    rows = np.r_[np.flatnonzero(seen.repeats > 0), alone[first]]
    return seen.taken(rows), np.r_[np.ones(len(rows) - len(first)), count].astype(float)


def fit_form(form: Form, seen: Histories, start: Floats | None = None) -> FittedForm:
    """Fit one form by maximum likelihood, with a prior that is wide but not endless.

    Parameters
    ----------
    start
        On the log scale; where to begin, near the end: one search is then enough.
    """
    middle = form.start()
    some, weights = distinct(seen if form.traits else replace(seen, traits={}))

    def loss(at: Floats) -> float:
        value = -float(log_likelihoods(form, at, some) @ weights) + 0.5 * float((((at - middle) / PRIOR_SD) ** 2).sum())
        return value if math.isfinite(value) else 1e12

    bounds = form.bounds()
    begin = start
    if begin is None:
        begin = scipy.optimize.minimize(loss, middle, method="L-BFGS-B", bounds=bounds).x
    best = scipy.optimize.minimize(loss, begin, method="L-BFGS-B", bounds=bounds, options={"ftol": 1e-10, "gtol": 1e-3})
    at = np.asarray(best.x, np.float64)
    stuck = tuple(name for name, x, (low, high) in zip(form.free, at, bounds, strict=True) if min(x - low, high - x) < NEAR)
    return FittedForm(form, at, _covariance(loss, at), float(log_likelihoods(form, at, some) @ weights), len(seen), stuck)


def _covariance(loss: Callable[[Floats], float], at: Floats) -> Floats:
    """Inverse of the information by second differences; directions in which the loss curves less than the prior get the prior's."""
    n, moves = len(at), STEP * np.eye(len(at))
    level = loss(at)
    ahead, back = ([loss(at + sign * move) for move in moves] for sign in (1, -1))
    information = np.diag([(ahead[i] + back[i] - 2 * level) / STEP**2 for i in range(n)])
    for i in range(n):
        for j in range(i):
            both = loss(at + moves[i] + moves[j]) + loss(at - moves[i] - moves[j]) + 2 * level
            information[i, j] = information[j, i] = (both - ahead[i] - ahead[j] - back[i] - back[j]) / (2 * STEP**2)
    values, vectors = np.linalg.eigh(information)
    return np.asarray((vectors / np.maximum(values, 1 / PRIOR_SD**2)) @ vectors.T)


def fit_ending(ending: str, seen: Histories) -> FittedForm:
    """Fit the forms with one ending, the simplest first; the richest that says more than those before it."""
    if ending == "lapsing":
        return fit_form(Form(ending, "common"), seen)
    best: FittedForm | None = None
    notes: list[Said] = []
    for regularity in REGULARITIES:
        form = Form(ending, regularity)
        found = fit_form(form, seen, None if best is None else _lifted(best, form))
        if best is None or (found.aic < best.aic - INDISTINCT_AIC and "gap_shape_log_sd" not in found.at_bound):
            best = found
            continue
        notes.append(say("{rich} says no more than {plain}", rich=form.title, plain=best.form.title))
        break
    assert best is not None  # noqa: S101
    for name in seen.traits:
        form = Form(ending, best.form.regularity, (*best.form.traits, name))
        found = fit_form(form, seen, _lifted(best, form))
        if found.aic < best.aic - INDISTINCT_AIC:
            best = found
    return FittedForm(**{**vars(best), "notes": tuple(notes)})


def _lifted(found: FittedForm, form: Form) -> Floats:
    """Where the search for a richer form begins."""
    known = dict(zip(found.form.free, found.at, strict=True))
    return np.array([known.get(name, STARTS[name]) for name in form.free])


def fit_again(found: FittedForm, seen: Histories) -> FittedForm:
    """Fit a form that was fitted to other histories of the same file, beginning there; without traits that were not known then."""
    form = found.form
    known = replace(form, traits=tuple(name for name in form.traits if name in seen.traits))
    return fit_form(known, seen, _lifted(found, known))

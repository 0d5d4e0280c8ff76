"""How likely was each candidate, when nobody wrote it down? Propensities from choices and scores."""

from dataclasses import dataclass

import numpy as np

from sim.arrays import Floats, Ints
from sim.offpolicy.choices import check_counts, refuse, summed
from sim.offpolicy.exploration import softmax

MOST_STEPS = 50
TOLERANCE = 1e-22
"""Expected gain of a further Newton step, in log-likelihood a decision, at which it has converged."""
ROUNDING = 1e-12
"""Share of the log-likelihood by which a step may seem to lose."""
LEFT = 0.01
"""Share of the curvature that a step past the best point must leave."""
CERTAIN = 1e-8
"""Share of the information at random choice: below it, in any direction of the features, choices follow a strict order."""


@dataclass(frozen=True)
class ConditionalLogit:
    """Choices with chances proportional to exp(features @ coefficients) among the candidates."""

    coefficients: Floats
    """(n_features,)."""
    covariance: Floats
    """(n_features, n_features) inverse of the information."""
    log_likelihood: float
    uniform_log_likelihood: float
    """Of choosing at random: how much features tell is the gap."""

    def propensities(self, features: Floats, counts: Ints) -> Floats:
        """Chance (m,) of each candidate; sums to 1 over a decision's candidates."""
        return softmax(counts, features @ self.coefficients, 1.0)


def conditional_logit(features: Floats, counts: Ints, chosen: Ints) -> ConditionalLogit:
    """Maximum likelihood by Newton's method, with halved steps where a full one would go down or too far.

    Estimated propensities hold the weights of IPS near 1 where the model is right; where it is wrong they bias every estimator but
    the direct method. A temperature is the inverse of a coefficient on the score over the platform's average.

    Parameters
    ----------
    features
        (m, n_features) of each candidate, finite, such as the score; a constant within decisions says nothing.
    counts, chosen
        (n,) candidates of each decision, and the position of the chosen one, as in ``Candidates``.

    Raises
    ------
    ValueError
        No decision; rows or positions that do not fit; features that do not differ between candidates, or depend on one another;
        choices that follow features without exception.

    References
    ----------
    McFadden (1974), Conditional logit analysis of qualitative choice behavior, in Frontiers in econometrics. Hirano, Imbens &
    Ridder (2003), Efficient estimation of average treatment effects using the estimated propensity score. Econometrica 71(4).
    """
    check_counts(counts)
    if features.ndim != 2 or len(features) != counts.sum():
        raise ValueError(f"features has the shape {features.shape}, must be one row a candidate, {counts.sum()}")
    if not np.isfinite(features).all():
        raise ValueError("features must be finite")
    refuse("chosen position", chosen, (chosen >= 0) & (chosen < counts), "must be one of the candidates")
    row = np.cumsum(counts) - counts + chosen
    inner = _centred(features, np.repeat(1.0 / counts, counts), counts)
    scale = inner.std(axis=0)
    if not scale.all() or np.linalg.matrix_rank(inner / scale) < features.shape[1]:
        raise ValueError("features must differ between the candidates of a decision, and not depend on one another")
    x, beta, n = inner / scale, np.zeros(features.shape[1]), len(counts)
    likelihood, chance = _likelihood(x, counts, row, beta)
    uniform, at_random = likelihood, _information(x, chance)
    for _ in range(MOST_STEPS):
        around = _centred(x, chance, counts)
        gradient = around[row].sum(axis=0)
        information = _information(around, chance)
        if np.linalg.eigvals(np.linalg.solve(at_random, information)).real.min() < CERTAIN:
            break
        step = np.linalg.solve(information, gradient)
        if gradient @ step < TOLERANCE * n:
            covariance = np.linalg.inv(information) / np.outer(scale, scale)
            return ConditionalLogit(beta / scale, covariance, likelihood, uniform)
        size = 1.0
        tried = _likelihood(x, counts, row, beta + step)
        while size > 1e-6 and (tried[0] < likelihood * (1 + ROUNDING) or _beyond(x @ step, counts, row, chance, tried[1])):
            size /= 2
            tried = _likelihood(x, counts, row, beta + size * step)
        beta = beta + size * step
        likelihood, chance = tried
    raise ValueError("choices follow the features without exception, some must not: a strict order has no propensities to estimate")


def _likelihood(x: Floats, counts: Ints, row: Ints, beta: Floats) -> tuple[float, Floats]:
    """Log-likelihood, and the chance (m,) of each candidate."""
    value = x @ beta
    top = np.maximum.reduceat(value, np.cumsum(counts) - counts)
    raised = np.exp(value - np.repeat(top, counts))
    total = summed(raised, counts)
    return float((value[row] - top - np.log(total)).sum()), raised / np.repeat(total, counts)


def _beyond(step: Floats, counts: Ints, row: Ints, before: Floats, after: Floats) -> bool:
    """Whether a step (m,) of the values passed the best point so far that too little curvature is left to find the way back."""
    curvature = []
    for chance in (before, after):
        around = _centred(step[:, None], chance, counts)[:, 0]
        curvature.append(float((chance * around**2).sum()))
    return bool(around[row].sum() < 0 and curvature[1] < LEFT * curvature[0])


def _information(around: Floats, chance: Floats) -> Floats:
    """Covariances (n_features, n_features) within decisions, summed, from features less their mean."""
    return (around * chance[:, None]).T @ around


def _centred(x: Floats, chance: Floats, counts: Ints) -> Floats:
    """Features less their mean over the decision's candidates, weighted by ``chance`` (m,)."""
    mean = np.add.reduceat(x * chance[:, None], np.cumsum(counts) - counts)
    return x - np.repeat(mean, counts, axis=0)

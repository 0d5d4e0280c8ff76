r"""How much each form counts: weights for which the mixture of forecasts would have been best at the rolling origins.

The score is the CRPS of each client's count, which is quadratic in the weights, so that the best weights are found exactly. With few
origins weights are noise; they are therefore drawn to equal ones, as by a prior of ``PRIOR_ORIGINS`` origins.

References
----------
Yao, Vehtari, Simpson & Gelman (2018), Using stacking to average Bayesian predictive distributions, Bayesian Analysis 13(3).
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy import optimize

from sim.arrays import Floats
from sim.forecasting.scores import Distributions, reached

PRIOR_ORIGINS = 2.0
"""Origins that equal weights are worth. Choice: averages of forms beat single ones, and one file has few origins."""
LEAST = 0.01
"""Weights below are left out."""


@dataclass(frozen=True)
class Quadratic:
    """CRPS of mixtures at one origin: w' square w - 2 linear w + constant."""

    square: Floats
    linear: Floats
    constant: float

    def __call__(self, weights: Floats) -> float:
        """The score of a mixture."""
        return float(weights @ self.square @ weights - 2 * self.linear @ weights + self.constant)


def quadratic(forms: Sequence[Distributions], true: Floats) -> Quadratic:
    """CRPS of all mixtures of some forms at one origin."""
    n, most = forms[0].below.shape
    stacked = np.stack([one.below.ravel() for one in forms])
    happened = reached(true, most).ravel()
    return Quadratic(stacked @ stacked.T / n, stacked @ happened / n, float(happened @ happened) / n)


def stacking_weights(origins: Sequence[Quadratic], n_forms: int) -> Floats:
    """Weights (n_forms,), not negative, that add up to 1; every origin counts the same, whatever its horizon."""
    equal = np.full(n_forms, 1 / n_forms)
    if not origins or n_forms == 1:
        return equal
    scales = [one(equal) for one in origins]
    square = sum((one.square / scale for one, scale in zip(origins, scales, strict=True)), np.zeros((n_forms, n_forms)))
    linear = sum((one.linear / scale for one, scale in zip(origins, scales, strict=True)), np.zeros(n_forms))
    found = optimize.minimize(
        lambda w: w @ square @ w - 2 * linear @ w,
        equal,
        jac=lambda w: 2 * square @ w - 2 * linear,
        bounds=[(0.0, 1.0)] * n_forms,
        constraints={"type": "eq", "fun": lambda w: w.sum() - 1.0, "jac": lambda w: np.ones(n_forms)},
        method="SLSQP",
        options={"ftol": 1e-10, "maxiter": 500},
    )
    share = len(origins) / (len(origins) + PRIOR_ORIGINS)
    weights = np.clip(share * found.x + (1 - share) * equal, 0.0, None)
    weights[weights < LEAST] = 0.0
    return np.asarray(weights / weights.sum())

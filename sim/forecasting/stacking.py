r"""How much each form counts: weights for which the mixture of forecasts would have been best at the rolling origins.

The score is the CRPS of each client's count, which is quadratic in the weights, so that the best weights are found exactly. With
few origins weights are noise; they are therefore drawn to those of a prior, as if it were ``PRIOR_ORIGINS`` origins.

References
----------
Yao, Vehtari, Simpson & Gelman (2018), Using stacking to average Bayesian predictive distributions, Bayesian Analysis 13(3).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import scipy

from sim.arrays import Floats
from sim.forecasting.scores import Distributions, reached

PRIOR_ORIGINS = 4.0
"""Origins that the prior is worth. Choice: averages of forms beat single ones, and one file has few origins that share much."""
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


def stacking_weights(origins: Sequence[Quadratic], prior: Floats) -> Floats:
    """Weights (n_forms,), not negative, that add up to 1; every origin counts the same, whatever its horizon.

    Parameters
    ----------
    prior
        (n_forms,) weights before any origin has its say; they add up to 1.
    """
    n_forms = len(prior)
    if not origins or n_forms == 1:
        return prior
    scales = [one(prior) for one in origins]
    square = sum((one.square / scale for one, scale in zip(origins, scales, strict=True)), np.zeros((n_forms, n_forms)))
    linear = sum((one.linear / scale for one, scale in zip(origins, scales, strict=True)), np.zeros(n_forms))
    found: Any = scipy.optimize.minimize(  # type: ignore[call-overload]
        lambda w: w @ square @ w - 2 * linear @ w,
        prior,
        jac=lambda w: 2 * square @ w - 2 * linear,
        bounds=[(0.0, 1.0)] * n_forms,
        constraints={"type": "eq", "fun": lambda w: w.sum() - 1.0, "jac": lambda w: np.ones(n_forms)},
        method="SLSQP",
        options={"ftol": 1e-10, "maxiter": 500},
    )
    share = len(origins) / (len(origins) + PRIOR_ORIGINS)
    weights = np.clip(share * found.x + (1 - share) * prior, 0.0, None)
    weights[weights < LEAST] = 0.0
    return np.asarray(weights / weights.sum())

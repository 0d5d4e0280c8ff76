"""From which weight on is a decision not trusted? Bias against variance."""

import math
from dataclasses import dataclass

import numpy as np

from sim.arrays import Floats

TRIED = 21
"""Thresholds tried: quantiles of the positive weights, the largest (where nothing is cut) among them."""


@dataclass(frozen=True)
class Thresholds:
    """What each threshold would do, from small to large."""

    tried: Floats
    """(n_tried,) > 0."""
    standard_error: Floats
    """(n_tried,) of the estimate cut there."""
    bias_bound: Floats
    """(n_tried,) largest absolute bias that cutting there can bring, as estimated from the log; 0 for the last."""

    @property
    def best(self) -> float:
        """The one with the least standard error squared plus bias bound squared; the larger of two alike.

        References
        ----------
        Wang, Agarwal & Dudik (2017), Optimal and adaptive off-policy evaluation in contextual bandits. ICML, section 3.3.
        """
        error = self.standard_error**2 + self.bias_bound**2
        return float(self.tried[np.flatnonzero(error == error.min())[-1]])


def cuts(ratio: Floats) -> Floats:
    """Thresholds worth trying, ascending, (n_tried,), from weights (n,).

    Raises
    ------
    ValueError
        No weight is > 0.
    """
    positive = ratio[ratio > 0]
    if not len(positive):
        raise ValueError("weights of all decisions = 0, one must be > 0: the new policy would have made none of the choices logged")
    return np.unique(np.quantile(positive, np.linspace(0.0, 1.0, TRIED), method="higher"))


def weighed(tried: Floats, values: Floats, bias_bound: Floats) -> Thresholds:
    """Thresholds with the standard errors of their terms (n_tried, n); 0 for a single decision."""
    n = values.shape[1]
    error = values.std(axis=1, ddof=1) / math.sqrt(n) if n > 1 else np.zeros(len(tried))
    return Thresholds(tried, error, bias_bound)


def check_threshold(threshold: float) -> None:
    """Raise ValueError unless a threshold is > 0."""
    if not threshold > 0:
        raise ValueError(f"threshold = {threshold:g}, must be > 0")

"""The outcome of a new policy with the help of a model of outcomes, alone or beside weights."""

from dataclasses import dataclass

import numpy as np

from sim.arrays import Floats
from sim.offpolicy.choices import Candidates, Choices, check_rows, refuse
from sim.offpolicy.terms import Terms
from sim.offpolicy.thresholds import Thresholds, check_threshold, cuts, weighed


@dataclass(frozen=True)
class Predicted:
    """What a model of outcomes expects; it was fitted on other decisions than these, or errors look too small."""

    chosen: Floats
    """(n,) of what was chosen."""
    target: Floats
    """(n,) of what the new policy would choose, on average."""


def predicted(candidates: Candidates, outcomes: Floats) -> Predicted:
    """Predictions of the decisions from those of their candidates, (m,).

    Raises
    ------
    ValueError
        Not one a candidate, or not finite.

    Examples
    --------
    >>> who = Candidates(np.array([2]), np.array([1]), np.array([0.5, 0.5]), np.array([0.25, 0.75]))
    >>> predicted(who, np.array([0.4, 0.8]))  # the second was chosen; .25 * .4 + .75 * .8
    Predicted(chosen=array([0.8]), target=array([0.7]))
    """
    check_rows("predicted outcomes", outcomes, candidates.counts)
    refuse("predicted outcome", outcomes, np.isfinite(outcomes), "must be finite", candidates.decision)
    return Predicted(candidates.of_chosen(outcomes), candidates.expected(outcomes))


def direct(model: Predicted) -> Terms:
    """The model's mean over what the new policy would choose (direct method).

    As biased as the model is. Its interval holds the scatter of decisions only, not that of the model: it is too short.
    """
    return Terms(model.target)


def doubly_robust(choices: Choices, model: Predicted) -> Terms:
    """The direct method, corrected by the weighted errors of the model.

    Unbiased when propensities are right, whatever the model; nearly so when the model is right, whatever the propensities.

    References
    ----------
    Dudik, Langford & Li (2011), Doubly robust policy evaluation and learning. ICML, equation 2.
    """
    return Terms(model.target + choices.weighted(choices.ratio, model.chosen))


def switched(choices: Choices, model: Predicted, threshold: float) -> Terms:
    """Doubly robust, with the model alone where the weight is above ``threshold`` (> 0): switch-DR.

    References
    ----------
    Wang, Agarwal & Dudik (2017), Optimal and adaptive off-policy evaluation in contextual bandits. ICML, section 3.
    """
    check_threshold(threshold)
    return Terms(model.target + choices.weighted(np.where(choices.ratio <= threshold, choices.ratio, 0.0), model.chosen))


def switching(choices: Choices, model: Predicted, largest_error: float = 1.0) -> Thresholds:
    """What switching at each of several weights costs in bias and saves in error.

    The bias is at most ``largest_error`` times the new policy's mass above the threshold, E[ratio; ratio > threshold], as seen in
    the log.

    Parameters
    ----------
    largest_error
        Of the model, > 0, in absolute value; 1 for a share.
    """
    tried = cuts(choices.ratio)
    bounds = np.array([largest_error * float(np.where(choices.ratio > cut, choices.ratio, 0.0).mean()) for cut in tried])
    return weighed(tried, np.stack([switched(choices, model, cut).values for cut in tried]), bounds)

"""The outcome of a new policy by weighting what was logged: no model of outcomes, but propensities must be right."""

import numpy as np

from sim.offpolicy.choices import Choices
from sim.offpolicy.terms import Terms
from sim.offpolicy.thresholds import Thresholds, check_threshold, cuts, weighed


def inverse_propensity(choices: Choices) -> Terms:
    """Outcomes times target over logged propensity (IPS, Horvitz-Thompson).

    Unbiased where every candidate of the new policy had some chance in the log (``overlap``), and the new policy would have left
    candidates and outcomes as they were. Its error grows with the square of the weights.

    References
    ----------
    Horvitz & Thompson (1952), A generalization of sampling without replacement from a finite universe. JASA 47(260).

    Examples
    --------
    >>> inverse_propensity(Choices(np.array([1.0, 0.0]), np.array([0.5, 0.5]), np.array([0.8, 0.2]))).estimate  # (1.6 + 0) / 2
    0.8
    """
    return Terms(choices.weighted(choices.ratio))


def self_normalised(choices: Choices) -> Terms:
    """IPS over the mean weight (SNIPS, Hajek): a little biased, order 1/n, within the range of outcomes, and mostly less noisy.

    Raises
    ------
    ValueError
        All weights are 0: the new policy would never have made a choice whose outcome is known.

    References
    ----------
    Swaminathan & Joachims (2015), The self-normalized estimator for counterfactual learning. NIPS.
    """
    weights = choices.ratio if choices.followed is None else choices.ratio * choices.followed
    if not weights.any():
        raise ValueError("weights of all decisions = 0, one must be > 0: the new policy would have made none of the choices logged")
    return Terms(choices.weighted(choices.ratio), weights)


def clipped(choices: Choices, threshold: float) -> Terms:
    """IPS with weights of at most ``threshold`` (> 0): too low for outcomes >= 0, but with a bounded error.

    References
    ----------
    Ionides (2008), Truncated importance sampling. JCGS 17(2).
    """
    check_threshold(threshold)
    return Terms(choices.weighted(np.minimum(choices.ratio, threshold)))


def clipping(choices: Choices, largest_outcome: float = 1.0) -> Thresholds:
    """What clipping at each of several weights costs in bias and saves in error.

    The bias is at most ``largest_outcome`` times the mean of what is cut off, E[(ratio - threshold)+], as seen in the log.

    Parameters
    ----------
    largest_outcome
        Of the outcomes' absolute values, > 0; 1 for a share.
    """
    tried = cuts(choices.ratio)
    bounds = np.array([largest_outcome * float(np.maximum(choices.ratio - cut, 0.0).mean()) for cut in tried])
    return weighed(tried, np.stack([clipped(choices, cut).values for cut in tried]), bounds)

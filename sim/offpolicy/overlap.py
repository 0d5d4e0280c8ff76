"""When a log says nothing about a new policy, and how far it reaches otherwise."""

import math
from dataclasses import dataclass

import numpy as np

from sim.offpolicy.choices import Candidates, Choices
from sim.offpolicy.exploration import EFFECTIVE_N, decisions_needed, mixed

EXPLORED = 0.1
"""Share of decisions made at random that the refusal of a strict order speaks of."""


@dataclass(frozen=True)
class Overlap:
    """How far the log reaches."""

    effective_n: float
    """Kish's effective size: squared sum of weights over sum of squared weights, 0 to n; 0 when all weights are 0."""
    largest_weight: float
    """Of one decision; how many decisions it stands for."""
    largest_share: float
    """Of one decision, in the sum of weights, 0 to 1; nan when all weights are 0."""
    unsupported_share: float
    """Of the new policy's choices, those the logging policy would never make, 0 to 1; nan without all candidates."""


def overlap(choices: Choices, candidates: Candidates | None = None) -> Overlap:
    """Of some decisions, with all who could be chosen where they are known.

    References
    ----------
    Kish (1965), Survey sampling, section 11.7. Sachdeva, Su & Joachims (2020), Off-policy bandits with deficient support. KDD.

    Examples
    --------
    >>> overlap(Choices(np.zeros(2), np.array([0.5, 0.5]), np.array([1.0, 0.5])))  # weights 2, 1: 9 / 5
    Overlap(effective_n=1.8, largest_weight=2.0, largest_share=0.666..., unsupported_share=nan)
    """
    weights = choices.ratio if choices.followed is None else choices.ratio * choices.followed
    total = float(weights.sum())
    effective = total**2 / float(np.square(weights).sum()) if total > 0 else 0.0
    largest = float(weights.max())
    without = math.nan if candidates is None else unsupported_share(candidates)
    return Overlap(effective, largest, largest / total if total > 0 else math.nan, without)


def unsupported_share(candidates: Candidates) -> float:
    """Share of the new policy's mass on candidates to whom the logging policy gave no chance, 0 to 1."""
    return float(candidates.expected((candidates.logged == 0).astype(float)).mean())


def largest_possible_weight(candidates: Candidates) -> float:
    """Over all candidates who had a chance, not only those chosen: the range of weights for ``empirical_bernstein``."""
    some = candidates.logged > 0
    return float((candidates.target[some] / candidates.logged[some]).max())


def check_support(choices: Choices, candidates: Candidates | None = None) -> None:
    """Raise ValueError when the log was made without chance and the new policy differs: then it says nothing about other choices.

    The error says how many decisions would be needed if a tenth of them were made at random.
    """
    if (choices.logged < 1).any() or (choices.target == 1).all():
        return
    advice = f"make {EXPLORED:.0%} of decisions at random, or order by softmax"
    if candidates is not None:
        some = mixed(candidates.counts, candidates.logged, EXPLORED)
        needed = math.ceil(decisions_needed(candidates.counts, some, candidates.target))
        advice += f"; with {EXPLORED:.0%} at random, {needed} decisions have an effective size of {EFFECTIVE_N:g}"
    raise ValueError(f"logged propensities are all 1, some must be < 1: a strict order says nothing about other choices; {advice}")

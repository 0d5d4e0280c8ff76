"""How much chance a log needs before it tells what another policy would do."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from sim.arrays import Floats, Ints
from sim.offpolicy.choices import summed

EFFECTIVE_N = 1_000.0
"""Effective decisions worth having: a share of 30 % is then known to +-2.8 points."""


@dataclass(frozen=True)
class Exploration:
    """What a period of choosing by softmax would give, and cost."""

    temperature: float
    decisions: float
    """Needed for the effective size; infinite where a candidate of the new policy would hardly ever be chosen."""
    weeks: float
    """Until that many decisions are made; their outcomes are known later."""
    less_per_decision: float
    """Mean outcome lost against the present policy while exploring; negative when exploring is better."""

    @property
    def less(self) -> float:
        """Outcomes lost in all, such as returning clients; nan when it takes forever."""
        return self.less_per_decision * self.decisions if math.isfinite(self.decisions) else math.nan


def decisions_needed(counts: Ints, logged: Floats, target: Floats, effective_n: float = EFFECTIVE_N) -> float:
    """Decisions by the logging policy that weigh like ``effective_n`` decisions by the new one.

    Weights have the mean 1 and the mean square E[sum of target^2 / logged over candidates], and the effective size is n over that.

    Parameters
    ----------
    counts
        (n,) candidates of each of some typical decisions.
    logged, target
        (m,) propensities, as in ``Candidates``.

    Returns
    -------
    float
        Infinite where a candidate of the new policy has no chance.

    References
    ----------
    Kish (1965), Survey sampling, section 11.7.

    Examples
    --------
    >>> decisions_needed(np.array([2]), np.array([0.5, 0.5]), np.array([0.0, 1.0]), 100)  # 1 / .5 = 2 for one
    200.0
    """
    square = np.full(len(target), math.inf)
    square[logged > 0] = target[logged > 0] ** 2 / logged[logged > 0]
    square[target == 0] = 0.0
    return effective_n * float(summed(square, counts).mean())


def softmax(counts: Ints, ratios: Floats, temperature: float) -> Floats:
    """Propensities (m,) of the allocator ``softmax``: exp(ratio / temperature) over its sum among the decision's candidates.

    Parameters
    ----------
    ratios
        (m,) score of each candidate over the platform's average score.
    temperature
        > 0; towards 0 the strict order.

    Raises
    ------
    ValueError
        Temperature not > 0.
    """
    if not temperature > 0:
        raise ValueError(f"temperature = {temperature:g}, must be > 0")
    start = np.cumsum(counts) - counts
    raised = np.exp((ratios - np.repeat(np.maximum.reduceat(ratios, start), counts)) / temperature)
    return raised / np.repeat(summed(raised, counts), counts)


def mixed(counts: Ints, logged: Floats, share: float) -> Floats:
    """Propensities (m,) when this share of decisions is made at random among the candidates, all alike (epsilon-greedy)."""
    return (1 - share) * logged + share / np.repeat(counts, counts)


def softmax_plans(
    counts: Ints,
    ratios: Floats,
    present: Floats,
    target: Floats,
    expected: Floats,
    temperatures: Sequence[float],
    decisions_per_week: float,
    effective_n: float = EFFECTIVE_N,
) -> list[Exploration]:
    """What softmax at each temperature would give and cost, in the order of the temperatures.

    Parameters
    ----------
    counts, ratios
        Candidates of typical decisions and their scores, as in ``softmax``.
    present, target
        (m,) propensities of the present policy and of the new one.
    expected
        (m,) outcome expected with each candidate.
    decisions_per_week
        > 0, such as new clients a week.

    Raises
    ------
    ValueError
        ``decisions_per_week`` not > 0, or as ``softmax``.
    """
    if not decisions_per_week > 0:
        raise ValueError(f"decisions_per_week = {decisions_per_week:g}, must be > 0")
    plans = []
    for temperature in temperatures:
        chance = softmax(counts, ratios, temperature)
        decisions = decisions_needed(counts, chance, target, effective_n)
        less = float(summed((present - chance) * expected, counts).mean())
        plans.append(Exploration(temperature, decisions, decisions / decisions_per_week, less))
    return plans

"""What knowing more would be worth: by how much the expected loss of a decision falls when a number is known, or measured.

A decision is a choice between actions by their expected payoff over worlds. Who knew a number would choose by the payoffs
expected at its value, which a regression over worlds gives: the value of that knowledge is what such choices bring more. What a
measurement would show is drawn in every world, and its value is that of knowing the result.

References
----------
Strong, Oakley & Brennan (2014), Estimating multiparameter partial expected value of perfect information from a probabilistic
sensitivity analysis sample. Medical Decision Making 34(3). Strong, Oakley, Brennan & Breeze (2015), Estimating the expected
value of sample information using the probabilistic sensitivity analysis sample. Medical Decision Making 35(5). Heath et al.
(2020), Calculating the expected value of sample information in practice. Medical Decision Making 40(3). Eilers & Marx (1996),
Flexible smoothing with B-splines and penalties. Statistical Science 11(2).
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import scipy

from sim.arrays import Floats
from sim.statistics.intervals import Interval
from sim.worlds.effects import drawn_anew

MOST_LEVELS = 6
"""Values of a number up to which each has a mean of its own, instead of a curve through all."""
MOST_BASIS, WORLDS_A_BASIS = 10, 5
"""Functions that a curve is made of, at most, and worlds for each."""
PENALTIES = 10.0 ** np.arange(-4, 5)
N_BOOTSTRAP = 100
ENOUGH = 0.9
"""Share of the value of perfect knowledge from which a measurement is large enough."""


@dataclass(frozen=True)
class Smooth:
    """Payoffs expected at each world's value of a number."""

    fitted: Floats
    """(n_worlds, n_actions)."""
    left_out: Floats
    """The same from all other worlds: what the world itself does not know of its luck."""


def _basis(x: Floats) -> tuple[Floats, Floats]:
    """Columns (n, q) from which curves over x are made, and the penalty (q, q) on how much they bend; none for a few levels."""
    levels = np.unique(x)
    if len(levels) <= MOST_LEVELS:
        return (x[:, None] == levels).astype(float), np.zeros((len(levels), len(levels)))
    q = int(np.clip(len(x) // WORLDS_A_BASIS, 4, MOST_BASIS))
    inner = np.quantile(x, np.linspace(0, 1, q - 2))
    inner = np.unique(inner)
    knots = np.concatenate([[inner[0]] * 3, inner, [inner[-1]] * 3])
    columns = scipy.interpolate.BSpline.design_matrix(np.clip(x, knots[3], knots[-4]), knots, 3).toarray()
    bends = np.diff(np.eye(columns.shape[1]), 2, axis=0)
    return columns, bends.T @ bends


def smooth(x: Floats, payoffs: Floats, weights: Floats) -> Smooth:
    """Regress payoffs (n_worlds, n_actions) on a number (n_worlds,): penalised splines, as smooth as cross-validation says."""
    columns, penalty = _basis(x)
    n = len(x)
    weighted = columns * weights[:, None] * n
    gram = columns.T @ weighted
    score, fitted, own = np.full(payoffs.shape[1], np.inf), payoffs, np.zeros_like(payoffs)
    for strength in PENALTIES if penalty.any() else PENALTIES[:1]:
        solved = np.linalg.solve(gram + strength * penalty + 1e-9 * np.eye(len(gram)), weighted.T)
        diagonal = (columns * solved.T).sum(axis=1)
        tried = columns @ (solved @ payoffs)
        free = max(n - float(diagonal.sum()), 1e-9)
        # generalised cross-validation, of each action
        missed = n * (weights[:, None] * n * (payoffs - tried) ** 2).sum(axis=0) / free**2
        better = missed < score
        score, fitted = np.where(better, missed, score), np.where(better, tried, fitted)
        own = np.where(better, diagonal[:, None], own)
    return Smooth(fitted, (fitted - own * payoffs) / np.maximum(1 - own, 1e-3))


def value_of(x: Floats, payoffs: Floats, weights: Floats) -> float:
    """What choosing by a number (n_worlds,) brings more than the best action for all worlds: of payoffs (n_worlds, n_actions).

    Each world chooses by what others with such a value have, and gets its own payoff: what is chosen for luck does not pay.
    With few worlds the value is a little too small, since choices are as uncertain as they would be.
    """
    chosen = smooth(x, payoffs, weights).left_out.argmax(axis=1)
    return max(float(weights @ np.take_along_axis(payoffs, chosen[:, None], 1)[:, 0] - (weights @ payoffs).max()), 0.0)


def _interval(value: float, again: Sequence[float] | Floats, n: int, level: float) -> Interval:
    """From the same value of worlds drawn anew."""
    low, high = np.quantile(again, [(1 - level) / 2, (1 + level) / 2])
    return Interval(value, max(min(float(low), value), 0.0), max(float(high), value), n)


def evpi(payoffs: Floats, weights: Floats, level: float = 0.95, seed: int = 0) -> Interval:
    """Expected value of knowing the world: of choosing the best action in each, instead of one for all.

    Parameters
    ----------
    payoffs
        (n_worlds, n_actions), larger is better.
    weights
        (n_worlds,), sum to 1.
    """

    def gain(w: Floats) -> float:
        return float(w @ payoffs.max(axis=1) - (w @ payoffs).max())

    value, again = gain(weights), np.array([gain(w) for w in drawn_anew(weights, N_BOOTSTRAP, seed)])
    # drawn anew, the best of noisy payoffs is too good by about what it was here
    return _interval(value, again - (again.mean() - value), len(payoffs), level)


def evppi(payoffs: Floats, x: Floats, weights: Floats, level: float = 0.95, seed: int = 0) -> Interval:
    """Expected value of knowing a number, (n_worlds,), whatever the rest may be; the interval is over which worlds were drawn."""
    again = [value_of(x, payoffs, w) for w in drawn_anew(weights, N_BOOTSTRAP, seed)]
    return _interval(value_of(x, payoffs, weights), again, len(payoffs), level)


def evsi(
    payoffs: Floats,
    observe: Callable[[np.random.Generator], Floats],
    weights: Floats,
    n_draws: int = 8,
    level: float = 0.95,
    seed: int = 0,
) -> Interval:
    """Expected value of a measurement, over what its data may be.

    Parameters
    ----------
    observe
        Draws what the data would show in each world, (n_worlds,).
    """
    generator = np.random.default_rng(seed)
    shown = [observe(generator) for _ in range(n_draws)]
    each = [value_of(x, payoffs, weights) for x in shown]
    again = [value_of(shown[i % n_draws], payoffs, w) for i, w in enumerate(drawn_anew(weights, N_BOOTSTRAP, seed + 1))]
    return _interval(float(np.mean(each)), again, len(payoffs), level)


def enough(
    payoffs: Floats,
    observe: Callable[[int, np.random.Generator], Floats],
    truth: Floats,
    sizes: Sequence[int],
    weights: Floats,
    n_draws: int = 8,
    seed: int = 0,
) -> int:
    """The smallest number of cases whose value is ``ENOUGH`` of knowing the truth; 0 where none is, or knowing is worth nothing."""
    whole = value_of(truth, payoffs, weights)
    if whole <= 0:
        return 0
    for size in sizes:
        generator = np.random.default_rng(seed)
        value = np.mean([value_of(observe(size, generator), payoffs, weights) for _ in range(n_draws)])
        if value >= ENOUGH * whole:
            return size
    return 0

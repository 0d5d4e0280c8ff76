"""What an experiment would teach about an effect that simulation has already said something of, and what that is worth.

Before an experiment two numbers are uncertain, and known together from plausible worlds: the effect on what the experiment
measures, and the payoff, by which is decided. Both are taken as normal, about their mean over worlds, with what worlds differ by
beyond the luck of their runs and with what so few worlds leave open of the mean. The data of an experiment are normal about the
first, so all that follows is in closed form.

References
----------
Raiffa & Schlaifer (1961), Applied Statistical Decision Theory, chapter 5: preposterior analysis of two actions with a linear loss,
and the unit normal loss integral. Amemiya (1985), What should be done when an estimated between-group covariance matrix is not
nonnegative definite? The American Statistician 39(2).
"""

import math
from dataclasses import dataclass

import numpy as np
import scipy

from sim.arrays import Floats
from sim.statistics.intervals import Interval
from sim.worlds.effects import SURE_REACH, drawn_anew

OUTCOME, PAYOFF = 0, 1
"""Which of the two numbers."""
N_BOOTSTRAP = 200


@dataclass(frozen=True)
class Known:
    """What is known of an effect, and of what it pays."""

    means: Floats
    """(2,): effect on the outcome of an experiment, in its unit, and payoff."""
    covariance: Floats
    """(2, 2) of the true ones."""
    n: int
    """Worlds that this comes from."""

    def interval(self, which: int) -> Interval:
        """Mean and 95 % interval of ``OUTCOME`` or ``PAYOFF``."""
        mean, reach = float(self.means[which]), SURE_REACH * math.sqrt(self.covariance[which, which])
        return Interval(mean, mean - reach, mean + reach, self.n)

    def above(self, limit: float, which: int) -> float:
        """Probability that one is larger than a limit."""
        sd = math.sqrt(self.covariance[which, which])
        return float(scipy.stats.norm.sf(limit, self.means[which], sd)) if sd > 0 else float(self.means[which] > limit)


def known_from_worlds(differences: Floats, luck: Floats, weights: Floats | None = None) -> Known:
    """What worlds say before any experiment.

    Parameters
    ----------
    differences
        (n_worlds, 2) outcome and payoff, treated less control, of one pair of runs in each world.
    luck
        (n_replications, 2) the same of one market: how far one pair is off by luck.
    weights
        (n_worlds,) sum to 1; None: all alike.

    Raises
    ------
    ValueError
        Fewer than two worlds, or three replications: two numbers vary together.
    """
    if len(differences) < 2 or len(luck) < 3:
        raise ValueError(f"{len(differences)} worlds and {len(luck)} replications, must be >= 2 and >= 3")
    w = np.full(len(differences), 1 / len(differences)) if weights is None else weights
    means = w @ differences
    apart, squares = differences - means, float((w**2).sum())
    spread = (apart * w[:, None]).T @ apart / (1 - squares)
    chance = np.cov(luck, rowvar=False)
    between = _beyond(spread, chance)
    return Known(means, between + (between + chance) * squares, len(differences))


def _beyond(spread: Floats, chance: Floats) -> Floats:
    """What is left of a covariance when another is taken off, not negative in any direction."""
    # in units in which chance is 1 in all directions; without any, all is left
    scale, axes = np.linalg.eigh(chance)
    root = axes * np.sqrt(np.maximum(scale, scale.max() * 1e-9 + 1e-300))
    back = np.linalg.inv(root)
    more, directions = np.linalg.eigh(back @ spread @ back.T)
    turned = root @ directions
    return np.asarray((turned * np.maximum(more - 1, 0)) @ turned.T, float)


@dataclass(frozen=True)
class Learned:
    """Before and after an experiment."""

    before: Known
    after: Known
    matters: float
    """Smallest effect on the outcome that does."""

    @property
    def probabilities(self) -> tuple[float, float]:
        """That the effect is better than what matters, before and after."""
        return self.before.above(self.matters, OUTCOME), self.after.above(self.matters, OUTCOME)


def learned(
    before: Known, estimate: float, standard_error: float, bias: float = 0.0, bias_error: float = 0.0, matters: float = 0.0
) -> Learned:
    """What is known after an experiment.

    Parameters
    ----------
    before
        What simulation alone says.
    estimate, standard_error
        Of the experiment, in the unit of the outcome; the error > 0.
    bias, bias_error
        What its design is off by where the truth is known, which is taken off, and how far that may be wrong.
    matters
        Smallest effect that does; more is better.

    Raises
    ------
    ValueError
        An error that is not > 0, or something not finite.

    Examples
    --------
    >>> before = Known(np.array([0.0, 0.0]), np.array([[4.0, 2.0], [2.0, 4.0]]), 16)
    >>> after = learned(before, 1.0, 2.0).after  # half of the way in the outcome, and half as far in what goes with it
    >>> after.means.tolist(), after.covariance.tolist()
    ([0.5, 0.25], [[2.0, 1.0], [1.0, 3.5]])
    """
    given = {"estimate": estimate, "standard_error": standard_error, "bias": bias, "bias_error": bias_error}
    for name, value in given.items():
        if not math.isfinite(value):
            raise ValueError(f"{name} = {value}, must be finite")
    if not standard_error > 0 or bias_error < 0:
        raise ValueError(f"standard_error = {standard_error:g}, bias_error = {bias_error:g}, must be > 0 and >= 0")
    together = before.covariance[:, OUTCOME]
    gain = together / (before.covariance[OUTCOME, OUTCOME] + standard_error**2 + bias_error**2)
    means = before.means + gain * (estimate - bias - before.means[OUTCOME])
    return Learned(before, Known(means, before.covariance - np.outer(gain, together), before.n), matters)


@dataclass(frozen=True)
class Planned:
    """An experiment that may be run before deciding."""

    error: float
    """Standard deviation of its estimate after ``days``, falling with the square root of time."""
    days: float
    bias_error: float
    """What time does not take away."""
    share: float
    """Of clients who are shown the treated arm while it lasts."""
    followed_days: float
    """From its end until it is analysed; all are shown the control then."""


def gain_a_day(known: Known, errors: Floats) -> Floats:
    """By how much deciding after data beats deciding now, in payoff a day: data with these errors, any shape."""
    variance = float(known.covariance[OUTCOME, OUTCOME])
    together = abs(float(known.covariance[OUTCOME, PAYOFF]))
    return _gain(known, together / np.sqrt(np.maximum(variance + np.asarray(errors, float) ** 2, 1e-300)))


def gain_of_knowing(known: Known) -> float:
    """The same for who knew the payoff itself: no experiment is worth more."""
    return float(_gain(known, np.sqrt(known.covariance[PAYOFF, PAYOFF])))


def _gain(known: Known, moves: Floats) -> Floats:
    """Where the expected payoff moves by so much (standard deviation) when the data are in."""
    away = abs(float(known.means[PAYOFF])) / np.maximum(moves, 1e-300)
    # far away the difference is lost in rounding
    return np.asarray(moves * np.maximum(scipy.stats.norm.pdf(away) - away * scipy.stats.norm.sf(away), 0.0), float)


def worth(known: Known, planned: Planned, days: Floats, horizon_days: float) -> tuple[Floats, Floats]:
    """Value and cost of an experiment by how long it lasts.

    Parameters
    ----------
    known
        Its payoff is in EUR a day.
    planned
        The experiment.
    days
        (n,) lengths, > 0.
    horizon_days
        How long what is decided stays decided, counted from now.

    Returns
    -------
    tuple
        (n,) EUR each. Value: what deciding after the experiment brings more than deciding now, in what is left of the horizon.
        Cost: what the better of both, by what is known now, brings more than what is shown until the analysis.
    """
    errors = np.hypot(planned.error * np.sqrt(planned.days / days), planned.bias_error)
    left = np.maximum(horizon_days - days - planned.followed_days, 0)
    payoff = float(known.means[PAYOFF])
    waited = np.minimum(days + planned.followed_days, horizon_days)
    return gain_a_day(known, errors) * left, max(payoff, 0.0) * waited - payoff * planned.share * np.minimum(days, horizon_days)


def known_anew(differences: Floats, luck: Floats, seed: int) -> list[Known]:
    """What would be known had the worlds been drawn anew, ``N_BOOTSTRAP`` times."""
    every = drawn_anew(np.full(len(differences), 1 / len(differences)), N_BOOTSTRAP, seed)
    return [known_from_worlds(differences, luck, weights) for weights in every]


def spread_of(value: float, again: Floats, n: int) -> Interval:
    """A value with its 95 % interval over worlds drawn anew, (m,)."""
    low, high = np.quantile(again, [0.025, 0.975])
    return Interval(value, min(float(low), value), max(float(high), value), n)

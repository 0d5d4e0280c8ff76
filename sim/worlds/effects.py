"""The effect of a policy over worlds: how much they differ beyond luck, what to expect in the true one, what choosing it may cost.

The mean difference of a world is mu + b + e: what all worlds have in common, what is the world's own, and luck. Luck is known from
replications, in each world or of the base market; the rest of the variance is between worlds.

References
----------
Higgins, Thompson & Spiegelhalter (2009), A re-evaluation of random-effects meta-analysis. JRSS A 172(1), equation 12 and section 4.
Silverman & Young (1987), The bootstrap: to smooth or not to smooth? Biometrika 74(3), section 2.
Williams (1962), A confidence interval for variance components. Biometrika 49(1/2). Kish (1965), Survey Sampling.
"""

import math
from dataclasses import dataclass
from typing import Literal

import numpy as np
import scipy
from scipy import special

from sim.arrays import Flags, Floats
from sim.statistics.intervals import Interval
from sim.worlds.shrinkage import true_effects

N_BOOTSTRAP = 400
SURE_REACH = 1.96
"""Standard deviations of a normal on either side of its mean that hold 95 % of it."""
WORST = 0.1
"""Share of worlds, by weight, that counts as the worst."""


@dataclass(frozen=True)
class Luck:
    """What is known of the luck of one replication."""

    variance: float
    degrees: int
    """Degrees of freedom behind it."""


@dataclass(frozen=True)
class WorldEffects:
    """An effect over worlds."""

    mean: Interval
    """Over worlds; n is their number."""
    between_sd: Interval
    """Standard deviation of the true effects of worlds."""
    within_sd: float
    """Luck of the difference in one replication."""
    predictive: Interval
    """Of the effect in the true world: the estimate is the mean."""
    drawn: Floats
    """(n_draws, n_worlds) true effects, as likely as the differences leave them."""

    @property
    def worlds(self) -> Floats:
        """The effect of each world, (n_worlds,): moved towards those of all as far as it may be luck."""
        return np.asarray(self.drawn.mean(axis=0), float)

    @property
    def worlds_sd(self) -> Floats:
        """What luck leaves of it, (n_worlds,)."""
        return np.asarray(self.drawn.std(axis=0), float)

    @property
    def worlds_reach(self) -> Floats:
        """Half of the 95 % interval that luck leaves of it, (n_worlds,)."""
        return SURE_REACH * self.worlds_sd


def luck_of(differences: Floats) -> Luck:
    """The luck of a replication from differences (n,) of one market; unknown (nan) with fewer than two."""
    known = differences[np.isfinite(differences)]
    return Luck(float(known.var(ddof=1)), len(known) - 1) if len(known) > 1 else Luck(math.nan, 0)


def over_worlds(
    differences: Floats, weights: Floats | None = None, luck: Luck | None = None, level: float = 0.95, seed: int = 0
) -> WorldEffects:
    """The effect over worlds, each with luck of its own.

    Parameters
    ----------
    differences
        (n_worlds, n_replications), arm minus control; a nan is a replication in which it is not defined.
    weights
        (n_worlds,) of the worlds; None: all alike.
    luck
        That of replications of the base market, which is all that is known of it with one replication a world; else pooled with
        what worlds say.
    seed
        Of the draws of true effects: give each metric its own, so that draws of several are independent.

    Returns
    -------
    WorldEffects
        A world without a defined difference is like any of the others.

    Raises
    ------
    ValueError
        Fewer than two worlds, all weight on one of them, or luck is known from nothing.

    Notes
    -----
    With equal weights and replications the interval of the mean is Student's, exact for normal worlds, and that of the spread is
    Williams', which holds normal worlds 95 to 98 % of the time. The predictive interval has the quantiles of true effects drawn in
    all worlds, spread out so that for normal worlds it is the t interval of Higgins et al.: worlds with two humps keep them.
    """
    n_defined = np.isfinite(differences).sum(axis=1)
    there = n_defined > 0
    counts, n = n_defined[there], int(there.sum())
    if n < 2:
        raise ValueError(f"{n} worlds have a difference, must be >= 2")
    chosen = np.full(n, 1 / n) if weights is None else weights[there] / weights[there].sum()
    effective = 1 / float((chosen**2).sum())
    if effective < 1 + 1e-9:
        raise ValueError("all weight is on one world, must be on two or more")
    means = np.nanmean(differences[there], axis=1)
    noise = _pooled(differences[there], luck)
    variances = noise.variance / counts
    middle = float(chosen @ means)
    spread = float(chosen @ (means - middle) ** 2) / (1 - 1 / effective)
    typical = float(chosen @ variances)
    between = max(spread - typical, 0.0)
    error, t = math.sqrt(spread / effective), float(scipy.stats.t.ppf((1 + level) / 2, effective - 1))
    low, high = _spread_interval(spread, typical, effective - 1, noise.degrees, level)
    # a world that is not known has no weight, and luck without end
    whole = np.full((3, len(there)), [[0.0], [math.inf], [0.0]])
    whole[:, there] = means, variances, chosen
    drawn = true_effects(whole[0], whole[1], whole[2], noise.degrees, seed)
    ends = _predictive(drawn, whole[2], middle, effective, level)
    return WorldEffects(
        Interval(middle, middle - t * error, middle + t * error, n),
        Interval(math.sqrt(between), low, high, n),
        math.sqrt(noise.variance),
        Interval(middle, *ends, n),
        drawn,
    )


def _pooled(differences: Floats, luck: Luck | None) -> Luck:
    """The luck of a replication, from within the worlds and from the base market."""
    counts = np.isfinite(differences).sum(axis=1)
    known = counts > 1
    degrees = int((counts[known] - 1).sum())
    squares = float((np.nanvar(differences[known], axis=1) * counts[known]).sum()) if degrees else 0.0
    if luck is not None and luck.degrees > 0:
        squares, degrees = squares + luck.variance * luck.degrees, degrees + luck.degrees
    if not degrees:
        raise ValueError("luck is known from nothing: must be two replications in some world, or luck of the base market")
    return Luck(squares / degrees, degrees)


def _spread_interval(spread: float, typical: float, degrees: float, luck_degrees: int, level: float) -> tuple[float, float]:
    """Interval of the standard deviation between worlds by Williams (1962), from the mean squares between and within."""
    ends = []
    for p in ((1 + level) / 2, (1 - level) / 2):
        beyond = degrees * (spread - typical * float(scipy.stats.f.ppf(p, degrees, luck_degrees)))
        ends.append(math.sqrt(max(beyond / float(scipy.stats.chi2.ppf(p, degrees)), 0.0)))
    return ends[0], ends[1]


def _predictive(drawn: Floats, weights: Floats, middle: float, effective: float, level: float) -> tuple[float, float]:
    """Ends of the central part of a smoothed bootstrap of true effects (n_draws, n_worlds), which keeps their variance."""
    variance = float(((drawn - middle) ** 2 @ weights).mean())
    # the width for normal densities of Silverman (1986), Density Estimation, equation 3.28
    width = 1.06 * effective**-0.2
    # as wide as the t interval of a new world where worlds are normal
    reach = float(scipy.stats.t.ppf((1 + level) / 2, effective - 1) / scipy.stats.norm.ppf((1 + level) / 2))
    stretch = reach * math.sqrt((1 + 1 / effective) / (1 - 1 / effective) / (1 + width**2))
    centres, sd = middle + stretch * (drawn - middle), max(stretch * width * math.sqrt(variance), 1e-12)

    def end(p: float) -> float:
        def miss(x: float) -> float:
            return float((special.ndtr((x - centres) / sd) @ weights).mean()) - p

        return float(scipy.optimize.brentq(miss, float(centres.min()) - 10 * sd, float(centres.max()) + 10 * sd, xtol=1e-6 * sd))

    return end((1 - level) / 2), end((1 + level) / 2)


def beyond(effects: WorldEffects, limit: float, side: Literal["above", "below"]) -> Flags:
    """Whether the true effect of each world lies above, or below, a limit, by draw: flags (n_draws, n_worlds).

    Its mean over draws is the probability; flags of several metrics together say whether all of them do.
    """
    return effects.drawn > limit if side == "above" else effects.drawn < limit


def share_of_worlds(holds: Flags, weights: Floats, level: float = 0.95) -> Interval:
    """Share of plausible worlds in which something holds.

    The interval is over both which worlds were drawn (Jeffreys' interval for as many as the weights are worth, Kish 1965) and what
    luck leaves open in each of them (a mixture of such intervals).

    Parameters
    ----------
    holds
        (n_draws, n_worlds) flags, by draw of what is true.
    """
    shares = holds @ (weights / weights.sum())
    n = float(weights.sum()) ** 2 / float((weights**2).sum())
    values, counts = np.unique(np.round(shares, 12), return_counts=True)

    def end(p: float) -> float:
        def miss(x: float) -> float:
            return float(counts @ special.betainc(n * values + 0.5, n * (1 - values) + 0.5, x)) / len(shares) - p

        return float(scipy.optimize.brentq(miss, 0.0, 1.0, xtol=1e-7))

    share = float(counts @ values) / len(shares)
    # none, or all of them, leave nothing open on that side
    return Interval(share, min(end((1 - level) / 2), share), max(end((1 + level) / 2), share), len(weights))


@dataclass(frozen=True)
class Regret:
    """What each arm loses against the best arm of each world."""

    mean: tuple[Interval, ...]
    worst_tenth: tuple[Interval, ...]
    """Mean over the worst tenth of worlds, by weight."""


def regret(effects: Floats, weights: Floats, seed: int = 0, level: float = 0.95) -> Regret:
    """Regret of arms, (n_worlds, n_arms) effects of which larger is better, with bootstrap intervals over worlds."""
    lost = effects.max(axis=1)[:, None] - effects
    n = len(lost)
    every = np.vstack([weights / weights.sum(), drawn_anew(weights, N_BOOTSTRAP, seed)])
    means = every @ lost
    worst = np.column_stack([_tail_means(lost[:, j], every) for j in range(lost.shape[1])])

    def intervals(rows: Floats) -> tuple[Interval, ...]:
        low, high = np.quantile(rows[1:], [(1 - level) / 2, (1 + level) / 2], axis=0)
        return tuple(Interval(float(a), float(b), float(c), n) for a, b, c in zip(rows[0], low, high, strict=True))

    return Regret(intervals(means), intervals(worst))


def drawn_anew(weights: Floats, times: int, seed: int) -> Floats:
    """Weights of worlds had they been drawn anew, (times, n_worlds), each row of sum 1: Rubin's (1981) Bayesian bootstrap.

    No world goes missing, and worlds that weigh more scatter more.
    """
    drawn = np.random.default_rng(seed).exponential(size=(times, len(weights))) * weights
    return np.asarray(drawn / drawn.sum(axis=1, keepdims=True), float)


def _tail_means(lost: Floats, weights: Floats) -> Floats:
    """Mean of the largest ``WORST`` of the values (n,), by each row of weights (k, n)."""
    order = np.argsort(-lost)
    ordered = weights[:, order]
    before = np.cumsum(ordered, axis=1) - ordered
    taken = np.clip(WORST - before, 0, ordered)
    return np.asarray(taken @ lost[order] / WORST, float)

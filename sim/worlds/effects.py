"""The effect of a policy over worlds: how much they differ beyond luck, what to expect in the true one, what choosing it may cost.

The mean difference of a world is mu + b + e: what all worlds have in common, what is the world's own, and luck. Luck is known from
replications, in each world or of the base market; the rest of the variance is between worlds.

References
----------
Higgins, Thompson & Spiegelhalter (2009), A re-evaluation of random-effects meta-analysis. JRSS A 172(1), equation 12 and section 4.
Viechtbauer (2007), Confidence intervals for the amount of heterogeneity in meta-analysis. Statistics in Medicine 26 (Q-profile).
"""

import math
from dataclasses import dataclass
from typing import Literal

import numpy as np
from scipy import optimize, special, stats

from sim.arrays import Floats
from sim.statistics.intervals import Interval

N_SPREADS, N_LUCKS = 81, 9
"""Grid over which what is known of the spread between worlds, and of luck, is averaged."""
N_BOOTSTRAP = 400
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
    worlds: Floats
    """(n_worlds,) the effect of each, moved towards the mean as far as it may be luck."""
    worlds_sd: Floats
    """(n_worlds,) what luck leaves of it."""


def luck_of(differences: Floats) -> Luck:
    """The luck of a replication from differences (n,) of one market; unknown (nan) with fewer than two."""
    known = differences[np.isfinite(differences)]
    return Luck(float(known.var(ddof=1)), len(known) - 1) if len(known) > 1 else Luck(math.nan, 0)


def over_worlds(differences: Floats, weights: Floats | None = None, luck: Luck | None = None, level: float = 0.95) -> WorldEffects:
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

    Returns
    -------
    WorldEffects
        Worlds without a defined difference get the mean, and the spread between worlds.

    Raises
    ------
    ValueError
        Fewer than two worlds, or luck is known from nothing.

    Notes
    -----
    With equal weights and replications the interval of the mean is Student's, exact for normal worlds, and that of the spread
    is read from the F distribution of the two mean squares. The predictive interval holds the quantiles of the mixture of what
    is known of each world, spread out so that for normal worlds it is the t interval of Higgins et al.: worlds with two humps
    keep them.
    """
    n_defined = np.isfinite(differences).sum(axis=1)
    there = n_defined > 0
    counts, n = n_defined[there], int(there.sum())
    if n < 2:
        raise ValueError(f"{n} worlds have a difference, must be >= 2")
    chosen = np.full(n, 1 / n) if weights is None else weights[there] / weights[there].sum()
    means = np.nanmean(differences[there], axis=1)
    noise = _pooled(differences[there], luck)
    variances = noise.variance / counts
    effective = 1 / float((chosen**2).sum())
    middle = float(chosen @ means)
    spread = float(chosen @ (means - middle) ** 2) / (1 - 1 / effective)
    typical = float(chosen @ variances)
    between = max(spread - typical, 0.0)
    error, t = math.sqrt(spread / effective), float(stats.t.ppf((1 + level) / 2, effective - 1))
    low, high = _spread_interval(spread, typical, effective - 1, noise.degrees, level)
    shrunk, left = _shrunk(means, chosen, variances, noise, effective)
    whole, whole_sd = np.full(len(there), middle), np.full(len(there), math.sqrt(between))
    whole[there], whole_sd[there] = shrunk, left
    # as wide as the t interval of a new world where worlds are normal
    stretch = math.sqrt(1 + 1 / effective) * t / float(stats.norm.ppf((1 + level) / 2))
    ends = _quantiles(middle + stretch * (shrunk - middle), stretch * left, chosen, level)
    return WorldEffects(
        Interval(middle, middle - t * error, middle + t * error, n),
        Interval(math.sqrt(between), low, high, n),
        math.sqrt(noise.variance),
        Interval(middle, *ends, n),
        whole,
        whole_sd,
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
    """Interval of the standard deviation between worlds: the ratio of both mean squares has an F distribution, scaled."""
    tail = (1 - level) / 2
    ends = (spread / float(stats.f.ppf(1 - tail, degrees, luck_degrees)), spread / float(stats.f.ppf(tail, degrees, luck_degrees)))
    low, high = (math.sqrt(max(end - typical, 0.0)) for end in ends)
    return low, high


def _shrunk(means: Floats, weights: Floats, variances: Floats, noise: Luck, effective: float) -> tuple[Floats, Floats]:
    """Mean and standard deviation of what is known of each world, averaged over what is known of spread and luck.

    A normal hierarchy with flat priors on the mean and on the standard deviation between worlds.
    """
    n = len(means)
    scale = math.sqrt(float(weights @ (means - weights @ means) ** 2)) + 1e-12
    spreads = np.linspace(0, 4 * scale, N_SPREADS)
    # as luck would be estimated again, right on average: with its posterior, which is larger on average, worlds differ too little
    lucks = stats.chi2.ppf((np.arange(N_LUCKS) + 0.5) / N_LUCKS, noise.degrees) / noise.degrees
    # weights sum to 1: as many worlds as they are worth
    rescaled = weights * effective
    logs, centres, sds = [], [], []
    for factor in lucks:
        for tau in spreads:
            total = variances * factor + tau**2 + 1e-300
            precision = rescaled / total
            centre = float(precision @ means / precision.sum())
            log = -0.5 * float(rescaled @ (np.log(total) + (means - centre) ** 2 / total)) - 0.5 * math.log(precision.sum())
            keep = tau**2 / total
            logs.append(log)
            centres.append(centre + keep * (means - centre))
            sds.append(np.sqrt(keep * variances * factor + (1 - keep) ** 2 / precision.sum()))
    share = special.softmax(np.array(logs))
    each, each_sd = np.array(centres), np.array(sds)
    found = share @ each
    return found, np.sqrt(share @ (each_sd**2 + (each - found) ** 2)) if n else found


def _quantiles(centres: Floats, sds: Floats, weights: Floats, level: float) -> tuple[float, float]:
    """Ends of the central part of a mixture of normals."""
    sds = np.maximum(sds, 1e-12)
    reach = 10 * float(sds.max()) + 1e-9

    def end(p: float) -> float:
        def miss(x: float) -> float:
            return float(weights @ special.ndtr((x - centres) / sds)) - p

        return float(optimize.brentq(miss, float(centres.min()) - reach, float(centres.max()) + reach, xtol=1e-9))

    return end((1 - level) / 2), end((1 + level) / 2)


def probability(effects: WorldEffects, limit: float, side: Literal["above", "below"]) -> Floats:
    """That the true effect of each world lies above, or below, a limit, (n_worlds,)."""
    z = (effects.worlds - limit) / np.maximum(effects.worlds_sd, 1e-12)
    return np.asarray(special.ndtr(z if side == "above" else -z), float)


def share_of_worlds(probabilities: Floats, weights: Floats, level: float = 0.95) -> Interval:
    """Share of plausible worlds in which something holds, from its probability in each of some of them.

    The interval is Wilson's for as many worlds as the weights are worth (Kish 1965): over which worlds were drawn.
    """
    share = float(weights @ probabilities) / float(weights.sum())
    effective = float(weights.sum()) ** 2 / float((weights**2).sum())
    n = round(effective)
    z2 = float(stats.norm.ppf((1 + level) / 2)) ** 2
    centre, reach = (
        (share + z2 / (2 * n)) / (1 + z2 / n),
        math.sqrt(z2 * (share * (1 - share) / n + z2 / (4 * n * n))) / (1 + z2 / n),
    )
    return Interval(share, max(centre - reach, 0.0), min(centre + reach, 1.0), len(weights))


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
    draws = np.random.default_rng(seed).choice(n, (N_BOOTSTRAP, n), p=weights / weights.sum())
    again = np.stack([np.bincount(row, minlength=n) for row in draws]) / n
    every = np.vstack([weights / weights.sum(), again])
    means = every @ lost
    worst = np.column_stack([_tail_means(lost[:, j], every) for j in range(lost.shape[1])])

    def intervals(rows: Floats) -> tuple[Interval, ...]:
        low, high = np.quantile(rows[1:], [(1 - level) / 2, (1 + level) / 2], axis=0)
        return tuple(Interval(float(a), float(b), float(c), n) for a, b, c in zip(rows[0], low, high, strict=True))

    return Regret(intervals(means), intervals(worst))


def _tail_means(lost: Floats, weights: Floats) -> Floats:
    """Mean of the largest ``WORST`` of the values (n,), by each row of weights (k, n)."""
    order = np.argsort(-lost)
    ordered = weights[:, order]
    before = np.cumsum(ordered, axis=1) - ordered
    taken = np.clip(WORST - before, 0, ordered)
    return np.asarray(taken @ lost[order] / WORST, float)

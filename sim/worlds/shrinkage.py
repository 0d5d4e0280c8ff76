"""What luck leaves known of the true effect in each world: draws that are as likely as the differences leave them.

Spread between worlds, their mean and luck are drawn for a normal distribution of worlds with flat priors. Steps of the EM
algorithm then bend that distribution towards what the worlds show, so that skewed worlds and two humps are not taken for one bell.
A few steps bend it only where worlds clearly differ by more than luck.

References
----------
Laird (1978), Nonparametric maximum likelihood estimation of a mixing distribution. JASA 73(364): the EM algorithm. Efron (2016),
Empirical Bayes deconvolution estimates. Biometrika 103(1): why it must not run to its end.
"""

import numpy as np
import scipy
from scipy import special

from sim.arrays import Floats

N_DRAWS = 200
N_SPREADS, N_LUCKS = 81, 9
"""Grid over which what is known of the spread between worlds, and of luck, is averaged."""
N_GRID = 161
"""True effects at which their distribution is held."""
N_STEPS = 2
"""Of the EM algorithm. More suit skewed worlds better, and normal ones worse: ``python -m benchmarks.over_worlds --only steps``."""


def true_effects(means: Floats, variances: Floats, weights: Floats, degrees: int, seed: int) -> Floats:
    """Draws of the true effects of worlds, (N_DRAWS, n_worlds).

    Parameters
    ----------
    means
        (n_worlds,) differences as simulated.
    variances
        (n_worlds,) of the luck of each mean; inf: the mean is not known, and the world is like any.
    weights
        (n_worlds,) sum to 1 over worlds whose mean is known.
    degrees
        Of freedom of the estimate of luck.
    seed
        Two seeds give draws that are independent, given the worlds.
    """
    generator = np.random.default_rng(seed)
    known = np.isfinite(variances)
    seen, w = means[known], weights[known]
    scale = float(np.sqrt(w @ (seen - w @ seen) ** 2))
    if scale == 0:
        return np.full((N_DRAWS, len(means)), float(w @ seen))
    centres, spreads, lucks = _hyper(seen, variances[known], w, degrees, scale, generator)
    grid = np.linspace(seen.min() - scale, seen.max() + scale, N_GRID)
    step = grid[1] - grid[0]
    density = np.exp(-0.5 * ((grid - centres[:, None]) / np.maximum(spreads, step / 2)[:, None]) ** 2) + 1e-300
    density /= density.sum(axis=1, keepdims=True)
    # in each world a draw from every part of what is known of it
    ranks = generator.permuted(np.tile(np.arange(N_DRAWS), (len(means), 1)), axis=1).T
    levels = (ranks + generator.random(ranks.shape)) / N_DRAWS
    drawn = np.empty((N_DRAWS, len(means)))
    for luck in np.unique(lucks):
        rows = np.flatnonzero(lucks == luck)
        log = -0.5 * (grid - means[:, None]) ** 2 / (variances[:, None] * luck + step**2 / 12)
        likely = np.exp(log - log.max(axis=1, keepdims=True))
        for _ in range(N_STEPS):
            density[rows] *= (w / (density[rows] @ likely[known].T)) @ likely[known]
        for d in rows:
            below = np.cumsum(likely * density[d], axis=1)
            sought = levels[d] * below[:, -1]
            j = np.minimum((below < sought[:, None]).sum(axis=1), N_GRID - 1)
            inside = (below[np.arange(len(j)), j] - sought) / np.maximum(likely[np.arange(len(j)), j] * density[d, j], 1e-300)
            drawn[d] = grid[j] + (0.5 - np.clip(inside, 0, 1)) * step
    return drawn


def _hyper(
    means: Floats, variances: Floats, weights: Floats, degrees: int, scale: float, generator: np.random.Generator
) -> tuple[Floats, Floats, Floats]:
    """Draws of the mean of normal worlds, of the standard deviation between them, and of luck as a multiple of its estimate."""
    # as luck would be estimated again, right on average: with its posterior, which is larger on average, worlds differ too little
    factors = special.chdtri(degrees, 1 - (np.arange(N_LUCKS) + 0.5) / N_LUCKS) / degrees
    luck, spread = (one.ravel() for one in np.meshgrid(factors, np.linspace(0, 4 * scale, N_SPREADS), indexing="ij"))
    # weights sum to 1: as many worlds as they are worth
    counted = weights / float((weights**2).sum())
    total = variances * luck[:, None] + spread[:, None] ** 2 + 1e-12 * scale**2
    precision = counted / total
    whole = precision.sum(axis=1)
    centre = precision @ means / whole
    log = -0.5 * (np.log(total) + (means - centre[:, None]) ** 2 / total) @ counted - 0.5 * np.log(whole)
    levels = (np.arange(N_DRAWS) + generator.random(N_DRAWS)) / N_DRAWS
    found = np.minimum(np.searchsorted(np.cumsum(special.softmax(log)), generator.permutation(levels)), len(log) - 1)
    away = scipy.stats.norm.ppf(generator.permutation(levels)) / np.sqrt(whole[found])
    return centre[found] + away, spread[found], luck[found]

"""What is believed of a pro's return rate: a distribution with the score as mean and its standard error as spread."""

import numpy as np
from scipy import special

from sim.arrays import Floats
from sim.draws import normal_quantile
from sim.jit import compiled
from sim.views import ScoreTable

DECIMALS = 12
"""Library quantiles may differ in the last bits from machine to machine; rounded, they do not."""
MOST_CLIENTS = 1e6
"""A Beta distribution of more clients than this is taken as normal."""


@compiled
def _normal_quantiles(mean: Floats, error: Floats, levels: Floats) -> Floats:
    values = np.empty(len(mean))
    for i in range(len(mean)):
        values[i] = mean[i] + error[i] * normal_quantile(levels[i])
    return values


def posterior_quantiles(score: ScoreTable, levels: Floats, asked_by: str) -> Floats:
    """Quantile of what is believed of each counted pro, (n_pros,); nan for the others.

    A Beta distribution with the score as mean and the standard error as standard deviation where there is one, which for
    ``empirical_bayes`` is exactly its posterior; otherwise (scores out of 100, stars) a normal one. Scores whose error is 0 are
    taken as known.

    Parameters
    ----------
    levels
        (n_pros,) strictly between 0 and 1.
    asked_by
        Name of the policy, for the message.

    Raises
    ------
    ValueError
        A counted score without a finite standard error.
    """
    quantiles = np.full(len(score.value), np.nan)
    counted = np.flatnonzero(score.counted)
    mean, error, level = score.value[counted], score.standard_error[counted], levels[counted]
    unknown = np.flatnonzero(~np.isfinite(error))
    if len(unknown):
        raise ValueError(
            f"standard_error of pro {counted[unknown[0]]} = {error[unknown[0]]}, must be finite where the score counts:"
            f" {asked_by} needs a score that says how sure it is, such as empirical_bayes"
        )
    drawn = _normal_quantiles(mean, error, level)
    share = np.clip(mean, 0.0, 1.0)
    room, variance = share * (1.0 - share), error * error
    # a Beta distribution of mean m and n clients has the variance m (1 - m) / (n + 1)
    clients = np.full(len(mean), np.inf)
    np.divide(room, variance, out=clients, where=(variance > 0.0) & (variance < room))
    beta = clients - 1.0 < MOST_CLIENTS
    # scipy.special loops over scalar code compiled once for all processors, with no vector variants to choose between
    share, size = share[beta], clients[beta] - 1.0
    drawn[beta] = np.round(special.betaincinv(share * size, (1.0 - share) * size, level[beta]), DECIMALS)
    quantiles[counted] = drawn
    return quantiles

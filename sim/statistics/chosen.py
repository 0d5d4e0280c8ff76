"""What to expect of the arm that was chosen because it came out best: its estimate, shrunk for having been chosen."""

import numpy as np

from sim.arrays import Floats


def shrunk(differences: Floats) -> Floats:
    """Effects of arms that are chosen among, each shrunk towards their common mean as far as luck explains how they differ.

    The largest of several estimates is the largest partly by luck, so it is too large on average: by a fifth for the best of five
    arms that all gain .4 points, each known to ± .15. An expectation given the data is the same whoever is chosen, so it needs no
    further correction (Efron 2011). Effects are taken as normal around their mean, with a variance that is what the estimates
    spread beyond their own errors; errors are those of the deviation from the mean of the arms, so that the luck of the control,
    which all share, counts for nothing.

    Parameters
    ----------
    differences
        (n_arms, n) each arm minus the control, by replication, n >= 2 without nan.

    Returns
    -------
    Floats
        (n_arms,), in the unit of the differences. With one arm, its mean: nothing was chosen.

    References
    ----------
    Efron & Morris (1975), Data analysis using Stein's estimator and its generalizations. JASA 70(350), 311-319.
    Efron (2011), Tweedie's formula and selection bias. JASA 106(496), 1602-1614.

    Examples
    --------
    >>> shrunk(np.array([[1.0, 3.0], [0.0, 2.0]]))  # .5 above and below the mean in every run: no luck, nothing to shrink
    array([2., 1.])
    >>> shrunk(np.array([[0.0, 3.0], [1.0, 1.0]]))  # .5 and -.5 of 1.25 or -1: all of it may be luck
    array([1.25, 1.25])
    """
    differences = np.asarray(differences, float)
    n_arms, n = differences.shape
    means = differences.mean(axis=1)
    if n_arms < 2:
        return means
    centre = float(means.mean())
    apart = differences - differences.mean(axis=0)
    errors = apart.var(axis=1, ddof=1) / n
    # the mean of n_arms squares around their mean falls short by 1 / n_arms
    spread = float(((means - centre) ** 2).sum() - errors.sum()) / (n_arms - 1)
    if spread <= 0:
        return np.full(n_arms, centre)
    return centre + (means - centre) * spread / (spread + errors)

"""Could the assignment alone have made this difference? Exact for any sample size, and without any assumption on outcomes."""

import numpy as np

from sim.arrays import Flags, Floats


def shuffled(treated: Flags, n: int, seed: int) -> Flags:
    """Other assignments of units with as many treated, (n, n_units): for designs that fix that number.

    Parameters
    ----------
    treated
        (n_units,) the assignment that was made.
    """
    generator = np.random.default_rng(seed)
    return generator.permuted(np.tile(np.asarray(treated, bool), (n, 1)), axis=1)


def redrawn(n_units: int, share: float, n: int, seed: int) -> Flags:
    """Assignments of each unit by itself with probability ``share``, (n, n_units): for designs that do not fix the number."""
    return np.random.default_rng(seed).random((n, n_units)) < share


def randomisation_test(values: Floats, treated: Flags, others: Flags, counts: Floats | None = None) -> float:
    """P-value of the hypothesis that treatment changes no unit's outcome, two-sided: (b + 1) / (n + 1).

    b of n other assignments have a difference in means at least as large as the one that was made.

    Parameters
    ----------
    values
        (n_units,) mean outcome of each unit that is assigned as a whole: client, zone, period.
    treated
        (n_units,) the assignment that was made.
    others
        (n, n_units) drawn as the design draws: see ``shuffled``, ``redrawn``; those with nobody on a side are left out.
    counts
        (n_units,) weight of each unit in its side's mean, > 0 for some on both sides; all alike without it.

    Raises
    ------
    ValueError
        Nobody is on one side of the assignment that was made.

    References
    ----------
    Phipson & Smyth (2010), Permutation p-values should never be zero. Statistical Applications in Genetics and Molecular Biology 9.

    Examples
    --------
    >>> treated = np.array([True, True, False, False])
    >>> randomisation_test(np.array([5.0, 6, 1, 2]), treated, np.array([[1, 0, 1, 0], [0, 0, 1, 1], [1, 0, 0, 1]], bool))
    0.5
    """
    values = np.asarray(values, float)
    weigh = np.ones(len(values)) if counts is None else np.asarray(counts, float)

    def differences(sides: Flags) -> Floats:
        on, off = sides @ weigh, ~sides @ weigh
        with np.errstate(divide="ignore", invalid="ignore"):
            return np.abs((sides @ (weigh * values)) / on - (~sides @ (weigh * values)) / off)

    made = differences(np.asarray(treated, bool)[None])[0]
    if not np.isfinite(made):
        raise ValueError(f"treated units = {np.sum(treated)} of {len(values)}, must be >= 1 on either side")
    found = differences(np.asarray(others, bool))
    found = found[np.isfinite(found)]
    # sums in another order differ by rounding
    return float((np.sum(found >= made * (1 - 1e-12)) + 1) / (len(found) + 1))

"""Where candidates stand that ran unequally often, all on the same first replications.

With common random numbers, a candidate of one run and one of twenty differ by the luck of the nineteen replications that only one
of them had. So the luck of each replication is estimated from all candidates that had it, and taken out: value = candidate +
replication + error, by least squares. The error is that of a paired difference; its covariance between objectives is pooled over
all candidates, since one run alone says nothing about it.

References
----------
Searle (1971), Linear models, chapter 7: the two-way classification without interaction, unequal numbers.
"""

from dataclasses import dataclass

import numpy as np
import scipy

from sim.arrays import Flags, Floats


@dataclass(frozen=True)
class Standing:
    """Means of candidates as if all had had the same replications."""

    means: Floats
    """(n_candidates, n_objectives) up to the luck of all replications, which all share."""
    spread: Floats
    """(n_candidates, n_candidates) covariance of the means, for an error of variance 1; right for differences."""
    error: Floats
    """(n_objectives, n_objectives) covariance of the errors of one run."""
    degrees: int
    """Of freedom, with which the error is known: all runs less candidates and replications."""
    n: tuple[int, ...]
    """Replications of each candidate."""

    @property
    def covariance(self) -> Floats:
        """(n_candidates * n_objectives,) squared, in the order of ``means.ravel()``."""
        return np.asarray(np.kron(self.spread, self.error), float)


def standing(values: Floats) -> Standing:
    """Where candidates stand.

    Parameters
    ----------
    values
        (n_candidates, n_replications, n_objectives); nan where a candidate did not run, or a metric was not defined: such a run
        counts for no objective. Replication r of all candidates shares its random numbers.

    Raises
    ------
    ValueError
        Another shape, a candidate without a run, candidates that share no replication, or so few runs that no error is known: two
        candidates need two replications in common.

    Examples
    --------
    >>> found = standing([[[1.0], [3.0]], [[2.0], [4.2]], [[3.0], [np.nan]]])
    >>> (found.means - found.means[0]).round(6).ravel()  # the third: 1.5 above both in the first replication, which are 1.1 apart
    array([0.  , 1.1 , 2.05])
    """
    values = np.asarray(values, float)
    if values.ndim != 3 or values.size == 0:
        raise ValueError(f"values have shape {values.shape}, must be (candidates, replications, objectives)")
    ran: Flags = np.asarray(np.isfinite(values).all(axis=2), bool)
    runs = ran.sum(axis=1)
    if not runs.all():
        raise ValueError(f"candidate {int(np.argmin(runs))} has no run, must have one at least")
    ran, values = ran[:, ran.any(axis=0)], values[:, ran.any(axis=0)]
    n, n_replications, n_objectives = values.shape
    mask = ran.astype(float)
    shares = mask / mask.sum(axis=0)
    # each replication's own mean out: what is left says how candidates differ (Searle, section 7.1, the reduced normal equations)
    design = np.diag(mask.sum(axis=1)) - shares @ mask.T
    filled = np.where(ran[..., None], values, 0.0)
    right = filled.sum(axis=1) - shares @ filled.sum(axis=0)
    if n > 1 and np.linalg.eigvalsh(design)[1] < 1e-9:
        raise ValueError("candidates share no replication with the others, must run on the same first ones")
    degrees = int(runs.sum()) - n_replications - (n - 1)
    if degrees < 1:
        raise ValueError(
            f"{int(runs.sum())} runs of {n} candidates leave no error to estimate, must be two or more of two replications"
        )
    # the design leaves the level free: the mean of all candidates is held at 0, then at the mean of the first replication
    spread = scipy.linalg.inv(design + 1.0 / n) - 1.0 / n
    effects = spread @ right
    luck = (filled - np.where(ran[..., None], effects[:, None, :], 0.0)).sum(axis=0) / mask.sum(axis=0)[:, None]
    left = np.where(ran[..., None], values - effects[:, None, :] - luck, 0.0).reshape(-1, n_objectives)
    return Standing(effects + luck.mean(axis=0), spread, left.T @ left / degrees, degrees, tuple(int(k) for k in runs))


def own_luck(values: Floats) -> tuple[Floats, Floats, int]:
    """Means of candidates that ran on the same replications, with what each pair of them really differs by from run to run.

    Unlike ``standing``, which shares one error among all: where candidates are as unequal as one near the reference and one far
    from it, their differences vary unequally.

    Parameters
    ----------
    values
        (n_candidates, n_replications, n_objectives); a replication in which one of them is nan is left out.

    Returns
    -------
    tuple[Floats, Floats, int]
        (n_candidates, n_objectives) means; (n_candidates * n_objectives,) squared, their covariance in the order of
        ``means.ravel()``, the luck that all share included; and its degrees of freedom.

    Raises
    ------
    ValueError
        Fewer than two replications that all have.

    Examples
    --------
    >>> means, covariance, degrees = own_luck(np.array([[[1.0], [3.0]], [[2.0], [4.0]]]))
    >>> float(covariance[0, 0] + covariance[1, 1] - 2 * covariance[0, 1])  # always 1 apart
    0.0
    """
    values = np.asarray(values, float)
    values = values[:, np.isfinite(values).all(axis=(0, 2))]
    n = values.shape[1]
    if n < 2:
        raise ValueError(f"{n} replications have a value of every candidate, must be two at least")
    flat = values.transpose(1, 0, 2).reshape(n, -1)
    return values.mean(axis=1), np.atleast_2d(np.cov(flat, rowvar=False)) / n, n - 1

"""How many new pros get there, and when, although others leave first: cumulative incidence.

A pro who leaves never gets there. Counting that one as censored, as Kaplan-Meier does, estimates what would happen if nobody left,
and flatters a policy that drives pros out.

References
----------
Aalen & Johansen (1978), An empirical transition matrix for non-homogeneous Markov chains based on censored observations.
Scandinavian Journal of Statistics 5(3), 141-150. Putter, Fiocco & Geskus (2007), Tutorial in biostatistics: competing risks and
multi-state models. Statistics in Medicine 26(11), 2389-2430, section 3.
"""

import numpy as np

from sim.arrays import Floats
from sim.metrics.cohort import Cohort

ROUNDING = 1e-12
"""A sum of shares that is one half may miss it in the last bits."""


def incidence(reached: Floats, left: Floats, observed: Floats) -> tuple[Floats, Floats]:
    """Share who have got there by a time, of all who started, by Aalen-Johansen with leaving as the competing event.

    Parameters
    ----------
    reached, left
        (n,) days from the start until getting there, and until leaving; not finite: did not happen. Who gets there after leaving,
        by what was agreed on before, got there.
    observed
        (n,) days from the start to the end of the observation.

    Returns
    -------
    Floats, Floats
        Days on which somebody got there, left or was last seen, increasing, and the share by then, 0..1, (n_times,) each.

    Examples
    --------
    >>> inf = float("inf")  # one of four leaves on day 1, two get there on days 2 and 3, one is last seen on day 4
    >>> incidence(np.array([inf, 2.0, 3.0, inf]), np.array([1.0, inf, inf, inf]), np.full(4, 4.0))
    (array([1., 2., 3., 4.]), array([0.  , 0.25, 0.5 , 0.5 ]))
    """
    got = np.isfinite(reached)
    gone = ~got & np.isfinite(left)
    days, which = np.unique(np.where(got, reached, np.where(gone, left, observed)), return_inverse=True)
    arrived, lost = (np.bincount(which[one], minlength=len(days)) for one in (got, gone))
    at_risk = np.cumsum(np.bincount(which, minlength=len(days))[::-1])[::-1]
    staying = np.cumprod(1.0 - (arrived + lost) / at_risk)
    before = np.concatenate([[1.0], staying[:-1]])
    return days, np.cumsum(before * arrived / at_risk)


def median_since_joining(cohort: Cohort, reached_days: Floats) -> float:
    """Days from joining until one half of the pros who joined after the warm-up have got there; nan when fewer ever do.

    Parameters
    ----------
    reached_days
        (n_pros,) day of the run on which each got there; not finite: never.
    """
    pros, facts = cohort.log.pros, cohort.log.facts
    new = pros["joined_days"] >= facts["warmup_days"]
    if not new.any():
        return float("nan")
    joined = pros["joined_days"][new]
    days, share = incidence(reached_days[new] - joined, pros["left_days"][new] - joined, facts["horizon_days"] - joined)
    there = np.flatnonzero(share >= 0.5 - ROUNDING)
    return float(days[there[0]]) if len(there) else float("nan")

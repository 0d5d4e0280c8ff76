"""How many new pros get there, and when, although others leave first: cumulative incidence.

A pro who leaves never gets there. Counting that one as censored, as Kaplan-Meier does, estimates what would happen if nobody left,
and flatters a policy that drives pros out.

References
----------
Aalen & Johansen (1978), An empirical transition matrix for non-homogeneous Markov chains based on censored observations.
Scandinavian Journal of Statistics 5(3), 141-150. Putter, Fiocco & Geskus (2007), Tutorial in biostatistics: competing risks and
multi-state models. Statistics in Medicine 26(11), 2389-2430, section 3.
"""

from dataclasses import dataclass

import numpy as np

from sim.arrays import Floats
from sim.metrics.cohort import Cohort

ROUNDING = 1e-12
"""A sum of shares that is one half may miss it in the last bits."""


@dataclass(frozen=True)
class Incidence:
    """Share who have got there by a time, of all who started, those who left first included."""

    days: Floats
    """(n_times,) increasing, when somebody got there, left or was last seen."""
    share: Floats
    """(n_times,) who have got there by then, 0..1, not decreasing."""
    open_share: float
    """Who, after the last time, have neither got there nor left, 0..1."""

    @property
    def median(self) -> float:
        """When one half of all have got there, in days; nan when fewer do in the time observed."""
        there = np.flatnonzero(self.share >= 0.5 - ROUNDING)
        return float(self.days[there[0]]) if len(there) else float("nan")

    def at(self, days: float) -> float:
        """Share who have got there within ``days``; nan when nobody was observed for so long and some were still under way."""
        if len(self.days) == 0 or (self.days[-1] < days and self.open_share > ROUNDING):
            return float("nan")
        before = np.searchsorted(self.days, days, side="right")
        return float(self.share[before - 1]) if before else 0.0


def incidence(reached: Floats, left: Floats, observed: Floats) -> Incidence:
    """Aalen-Johansen estimate with leaving as the competing event.

    Parameters
    ----------
    reached, left
        (n,) days from the start until getting there, and until leaving; not finite: did not happen. Who gets there after leaving,
        by what was agreed on before, got there.
    observed
        (n,) days from the start to the end of the observation.

    Examples
    --------
    >>> inf = float("inf")  # one of four leaves on day 1, two get there on days 2 and 3, one is last seen on day 4
    >>> found = incidence(np.array([inf, 2.0, 3.0, inf]), np.array([1.0, inf, inf, inf]), np.full(4, 4.0))
    >>> found.share, found.median
    (array([0.  , 0.25, 0.5 , 0.5 ]), 3.0)
    """
    got = np.isfinite(reached)
    gone = ~got & np.isfinite(left)
    times = np.where(got, reached, np.where(gone, left, observed))
    days, which = np.unique(times, return_inverse=True)
    arrived, lost = (np.bincount(which[one], minlength=len(days)) for one in (got, gone))
    at_risk = np.cumsum(np.bincount(which, minlength=len(days))[::-1])[::-1]
    staying = np.cumprod(1.0 - (arrived + lost) / at_risk)
    before = np.concatenate([[1.0], staying[:-1]])
    return Incidence(days, np.cumsum(before * arrived / at_risk), float(staying[-1]) if len(days) else 1.0)


def since_joining(cohort: Cohort, reached_days: Floats) -> Incidence:
    """Incidence among pros who joined after the warm-up, from joining on; the end of the run is where observation ends.

    Parameters
    ----------
    reached_days
        (n_pros,) day of the run on which each got there; not finite: never.
    """
    pros, facts = cohort.log.pros, cohort.log.facts
    new = pros["joined_days"] >= facts["warmup_days"]
    joined = pros["joined_days"][new]
    return incidence(reached_days[new] - joined, pros["left_days"][new] - joined, facts["horizon_days"] - joined)

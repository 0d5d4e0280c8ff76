"""How long a run takes to settle: MSER-5 on a weekly series, beside the configured warm-up."""

import math
from dataclasses import dataclass
from typing import Literal

import numpy as np

from sim.arrays import Floats
from sim.statistics.intervals import mean_interval

BATCH_WEEKS = 5
LAST_BATCHES = 5
"""Left out of the search: so few batches can look settled by chance (Hoad, Robinson & Davies 2010)."""
MIN_BATCHES = 10
DAYS_PER_WEEK = 7


@dataclass(frozen=True)
class WarmUp:
    """What MSER-5 says about a series and about the configured warm-up."""

    truncation_weeks: float
    """Weeks to leave out at the start, a multiple of 5; nan for a series too short to tell, or with a week without a value."""
    statistic: Floats
    """(n_candidates,) MSER-5, the squared standard error of the mean of what is left, after leaving out 0, 5, 10, ... weeks."""
    mean: Floats
    """(n_weeks,) the series averaged over replications; nan in a week in which none has a value."""
    low: Floats
    """(n_weeks,) 95 % interval of each week on its own; nan for one replication."""
    high: Floats
    configured_weeks: float
    n_replications: int
    verdict: Literal["long enough", "too short", "cannot tell"]

    @property
    def too_short(self) -> bool:
        """Whether the configured warm-up ends before the series has settled."""
        return self.verdict == "too short"

    @property
    def n_empty_weeks(self) -> int:
        """Weeks before the last one with a value in which no replication has one."""
        return int(np.isnan(self.mean).sum())

    @property
    def message(self) -> str:
        """The verdict in a sentence."""
        configured = f"the warm-up of {self.configured_weeks:.1f} weeks"
        if self.n_empty_weeks:
            return (
                f"MSER-5 cannot judge {configured}: in {self.n_empty_weeks} of {len(self.mean)} weeks there is no new client to"
                " follow; more replications or more new clients would fill them"
            )
        if math.isnan(self.truncation_weeks):
            return f"MSER-5 cannot judge {configured}: it needs {BATCH_WEEKS * MIN_BATCHES} weeks, there are {len(self.mean)}"
        if self.verdict == "cannot tell":
            return (
                f"MSER-5 cannot judge {configured}: the smallest value lies in the second half of the run (week"
                f" {self.truncation_weeks:.0f} of {len(self.mean)}), so the series has not settled; simulate for longer"
            )
        relation = "ends before" if self.too_short else "covers"
        return f"{configured} {relation} what MSER-5 would leave out, {self.truncation_weeks:.0f} weeks"


def mser(series: Floats, last: int = LAST_BATCHES) -> Floats:
    """The marginal standard error rule: for each d, the sum of squares of what is left after d values, over its count squared.

    Parameters
    ----------
    series
        (n,) batch means.
    last
        The last candidates to leave out, >= 1.

    Returns
    -------
    Floats
        (n - last + 1,) for d = 0, 1, ..., n - last; empty when there are fewer values.

    References
    ----------
    White (1997), An effective truncation heuristic for bias reduction in simulation output. Simulation 69(6), 323-334.

    Examples
    --------
    >>> mser(np.array([9.0, 1.0, 3.0]), last=2)  # squares around 13/3: 34.67 / 9; then around 2: 2 / 4
    array([3.85185185, 0.5       ])
    """
    left = [series[d:] for d in range(len(series) - last + 1)]
    return np.array([float(((rest - rest.mean()) ** 2).sum()) / len(rest) ** 2 for rest in left])


def judge_warm_up(series: Floats, warmup_days: float) -> WarmUp:
    """Find where a weekly series settles, and whether the configured warm-up reaches that far.

    Parameters
    ----------
    series
        (n_replications, n_weeks) a quantity by week since the start; averaged over replications, which is what makes the trend
        stand out from the noise. A nan is left out of its week's mean; weeks at the end that are nan in all replications are cut
        off (nobody can be followed that far).
    warmup_days
        The configured warm-up, >= 0.

    Returns
    -------
    WarmUp
        The verdict is *cannot tell* when the series has fewer than 50 weeks, when a week before the last one with a value has none
        in any replication, or when the statistic is smallest in the second half of the run, where it means that the series never
        settled.

    Raises
    ------
    ValueError
        The series is not two-dimensional, or the warm-up is negative.

    References
    ----------
    White (1997), as above. Franklin & White (2008), Stationarity tests and MSER-5: exploring the intuition behind
    mean-squared-error-reduction in detecting and correcting initialization bias. Winter Simulation Conference, 541-546.

    Examples
    --------
    >>> settling = np.where(np.arange(100) < 8, 3.0, 1.0) + np.tile([0.1, -0.1], 50)
    >>> judge_warm_up(settling[None], warmup_days=0).message
    'the warm-up of 0.0 weeks ends before what MSER-5 would leave out, 10 weeks'
    """
    series = np.asarray(series, float)
    if series.ndim != 2:
        raise ValueError(f"series has {series.ndim} dimensions, must be (n_replications, n_weeks)")
    if not warmup_days >= 0:
        raise ValueError(f"warmup_days = {warmup_days}, must be >= 0")
    known = np.isfinite(series)
    n_weeks = int(np.flatnonzero(known.any(axis=0)).max(initial=-1)) + 1
    series, known = series[:, :n_weeks], known[:, :n_weeks]
    n = known.sum(axis=0)
    mean = np.where(n > 0, np.where(known, series, 0.0).sum(axis=0) / np.maximum(n, 1), math.nan)
    bands = [mean_interval(week) for week in series.T]
    low, high = np.array([band.low for band in bands]), np.array([band.high for band in bands])
    n_batches = n_weeks // BATCH_WEEKS
    batches = mean[: n_batches * BATCH_WEEKS].reshape(n_batches, BATCH_WEEKS).mean(axis=1)
    curve = mser(batches) if n_batches >= MIN_BATCHES and (n > 0).all() else np.empty(0)
    d = int(np.argmin(curve)) if len(curve) else -1
    truncation = float(BATCH_WEEKS * d) if d >= 0 else math.nan
    configured = warmup_days / DAYS_PER_WEEK
    verdict: Literal["long enough", "too short", "cannot tell"]
    if d < 0 or d > n_batches / 2:
        verdict = "cannot tell"
    else:
        verdict = "too short" if truncation > configured else "long enough"
    return WarmUp(truncation, curve, mean, low, high, configured, len(series), verdict)

"""Real visits beside simulated ones: each figure with a distance, how far luck alone would take it, and a verdict.

How far luck takes a distance is measured on the simulation itself: as many simulated clients as there are real ones against as many
as were simulated, both drawn anew with replacement.
"""

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from scipy import stats

from sim.arrays import Floats
from sim.calibration.observed import (
    FEWEST,
    MOST_VISITS,
    RETURN_DAYS,
    Observed,
    gaps,
    ladder,
    months,
    pro_rho,
    second_gaps,
    visits_per_client,
    weekdays,
)
from sim.said import Said, say

N_SAMPLES, MOST_SAMPLED = 199, 20_000
"""The 190th of 199 distances is exceeded by the 200th with probability 5 %: no interpolation between them, which is too narrow."""
CLOSE = 0.1
"""A distance, or a difference of shares, that still counts as close: a tenth of all cases lies elsewhere."""

Likeness = Literal["alike", "close", "differs", "cannot tell"]
MEANINGS: dict[Likeness, Said] = {
    "alike": say("no further apart than luck makes two samples of this size"),
    "close": say("apart beyond luck, but at most a tenth of all cases lies elsewhere"),
    "differs": say("more than a tenth of all cases lies elsewhere"),
    "cannot tell": say("too few cases, or the file does not say"),
}


def total_variation(a: Floats, b: Floats) -> float:
    """Share of cases that would have to move to make two discrete distributions equal; nan if one is empty."""
    if not len(a) or not len(b):
        return math.nan
    values = np.union1d(a, b)
    shares = [np.array([(x == value).mean() for value in values]) for x in (a, b)]
    return float(np.abs(shares[0] - shares[1]).sum() / 2)


def kolmogorov(a: Floats, b: Floats) -> float:
    """Largest difference of two distribution functions; nan if one is empty."""
    if not len(a) or not len(b):
        return math.nan
    at = np.union1d(a, b)
    one, other = (np.searchsorted(np.sort(x), at, side="right") / len(x) for x in (a, b))
    return float(np.abs(one - other).max())


def mean_difference(a: Floats, b: Floats) -> float:
    """Absolute difference of means; nan if one is empty."""
    return abs(float(a.mean()) - float(b.mean())) if len(a) and len(b) else math.nan


@dataclass(frozen=True)
class Reading:
    """A figure that is read from both sides."""

    name: str
    label: Said
    read: Callable[[Observed], Floats]
    """The cases behind it."""
    distance: Callable[[Floats, Floats], float]
    shown: str
    """How each side is summed up: share, median, mean or rho."""


def _column(name: str) -> Callable[[Observed], Floats]:
    def read(seen: Observed) -> Floats:
        values = getattr(seen, name)
        return np.empty(0) if values is None else np.asarray(values[np.isfinite(values)], float)

    return read


def _ladder(step: int) -> Callable[[Observed], Floats]:
    return lambda seen: ladder(seen, step)


STEPS = (say("1st"), say("2nd"), say("3rd"), say("4th"))
AFTER = (
    say("Next visit within {days} days of the 1st", days=RETURN_DAYS),
    say("Next visit within {days} days of the 2nd", days=RETURN_DAYS),
    say("Next visit within {days} days of the 3rd", days=RETURN_DAYS),
    say("Next visit within {days} days of the 4th", days=RETURN_DAYS),
)
SECOND_VISIT = say("Days to the second visit (within {days})", days=RETURN_DAYS)
GAP = say("Days between visits (at most {days})", days=RETURN_DAYS)
VISITS = say("Visits in the first year ({n}: or more)", n=MOST_VISITS)
FIGURES = (
    *(Reading(f"ladder_{i}", label, _ladder(i), mean_difference, "share") for i, label in enumerate(AFTER, start=1)),
    Reading("second_visit_days", SECOND_VISIT, second_gaps, kolmogorov, "median"),
    Reading("gap_days", GAP, gaps, kolmogorov, "median"),
    Reading("visits_per_client", VISITS, visits_per_client, total_variation, "mean"),
    Reading("weekday", say("Day of the week (0: Monday)"), weekdays, total_variation, "mode"),
    Reading("month", say("Month (0: January)"), months, total_variation, "mode"),
    Reading("rating", say("Rating"), _column("rating"), total_variation, "mean"),
    Reading("minutes_late", say("Minutes late"), _column("minutes_late"), kolmogorov, "median"),
)
PRO_RHO = say("Correlation of new clients' return within pros")


@dataclass(frozen=True)
class Check:
    """One figure on both sides."""

    name: str
    label: Said
    real: float
    simulated: float
    shown: str
    distance: float
    luck: float
    """95 % of simulated samples with as many clients as the file are no further from the simulation than this."""
    n_real: int
    """Real cases."""
    verdict: Likeness


def summed(values: Floats, shown: str) -> float:
    """One number for the cases of a figure; nan without cases."""
    if not len(values):
        return math.nan
    if shown == "median":
        return float(np.median(values))
    if shown == "mode":
        found, counts = np.unique(values, return_counts=True)
        return float(found[np.argmax(counts)])
    return float(values.mean())


def judged(distance: float, luck: float, n_real: int) -> Likeness:
    """What a distance means, given what luck does."""
    if not math.isfinite(distance) or not math.isfinite(luck) or n_real < 1:
        return "cannot tell"
    if distance <= luck:
        return "alike"
    return "close" if distance <= CLOSE else "differs"


def pooled_runs(runs: Sequence[Observed]) -> Observed:
    """The clients of all runs as if of one; pros are left out, since those of two runs are not the same."""
    offsets = np.cumsum([0, *(int(run.client.max(initial=-1)) + 1 for run in runs)])[:-1]
    columns = {
        name: np.concatenate([getattr(run, name) for run in runs]) if getattr(runs[0], name) is not None else None
        for name in ("day", "rating", "minutes_late")
    }
    client = np.concatenate([run.client + offset for run, offset in zip(runs, offsets, strict=True)])
    return Observed(client, end_day=runs[0].end_day, **columns)  # type: ignore[arg-type]


def compare_worlds(real: Observed, runs: Sequence[Observed], generator: np.random.Generator) -> list[Check]:
    """All figures of real visits beside those of simulated runs.

    Parameters
    ----------
    runs
        One a replication, all of the same market, observed for as long as one another.
    """
    pool = pooled_runs(runs)
    n_pool, n_real = len(np.unique(pool.client)), len(np.unique(real.client))
    if not n_pool or not n_real:
        raise ValueError(f"runs hold {n_pool} clients and the file {n_real}, must hold some")
    # both sides are drawn anew, so that luck is that of two samples
    pairs = [tuple(pool.resample(min(n, MOST_SAMPLED), generator) for n in (n_real, n_pool)) for _ in range(N_SAMPLES)]
    return [_check(figure, real, pool, pairs) for figure in FIGURES] + [_rho_check(real, runs)]


def _check(figure: Reading, real: Observed, pool: Observed, pairs: Sequence[tuple[Observed, ...]]) -> Check:
    mine, theirs = figure.read(real), figure.read(pool)
    distance, luck = figure.distance(mine, theirs), math.nan
    if math.isfinite(distance) and len(mine) >= FEWEST:
        # a file that is seen for less time than the runs has fewer cases a client; clients are in random order
        far = [figure.distance(figure.read(one)[: len(mine)], figure.read(other)) for one, other in pairs]
        luck = float(np.sort(far)[math.ceil(0.95 * (N_SAMPLES + 1)) - 1])
    return Check(
        figure.name,
        figure.label,
        summed(mine, figure.shown),
        summed(theirs, figure.shown),
        figure.shown,
        distance,
        luck,
        len(mine),
        judged(distance, luck, len(mine)),
    )


def _rho_check(real: Observed, runs: Sequence[Observed]) -> Check:
    """The spread between pros: one number a run, so that luck is that of one more run."""
    mine = pro_rho(real)
    values = np.array([pro_rho(run) for run in runs])
    values = values[np.isfinite(values)]
    theirs, luck = summed(values, "mean"), math.nan
    if len(values) > 1:
        reach = float(stats.t.ppf(0.975, len(values) - 1))
        luck = reach * float(values.std(ddof=1)) * math.sqrt(1 + 1 / len(values))
    n = int(math.isfinite(mine))
    distance = abs(mine - theirs)
    return Check("pro_rho", PRO_RHO, mine, theirs, "mean", distance, luck, n, judged(distance, luck, n))


def ladder_points(checks: Sequence[Check]) -> Mapping[Said, tuple[float, float, float, float]]:
    """By step: the real share, its 95 % binomial reach, the simulated share, and how far luck takes a sample."""
    points = {}
    for word, check in zip(STEPS, (check for check in checks if check.name.startswith("ladder_")), strict=True):
        reach = 1.96 * math.sqrt(check.real * (1 - check.real) / check.n_real) if check.n_real else math.nan
        points[word] = (check.real, reach, check.simulated, check.luck)
    return points

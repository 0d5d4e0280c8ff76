"""Real visits beside simulated ones: each figure with a distance, how far luck alone would take it, and a verdict.

Both sides are read in the same way: only new clients, and only those who can be followed for the whole window of a figure, so that
neither the length of a file nor the mix of its clients matters. How far luck takes a distance is measured on the simulation
itself: as many simulated clients as there are real ones against as many as were simulated, both drawn anew with replacement.
"""

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np
from scipy import stats

from sim.calibration.spread import fit_spread, tallies
from sim.calibration.visits import Floats, Ints, Visits

RETURN_DAYS, YEAR_DAYS = 183, 365
MOST_VISITS = 6
N_SAMPLES, MOST_SAMPLED = 199, 20_000
"""The 190th of 199 distances is exceeded by the 200th with probability 5 %: no interpolation between them, which is too narrow."""
CLOSE = 0.1
"""A distance, or a difference of shares, that still counts as close: a tenth of all cases lies elsewhere."""
FEWEST = 25
"""Cases below which a figure is not judged."""

Verdict = Literal["alike", "close", "differs", "cannot tell"]
MEANINGS: dict[Verdict, str] = {
    "alike": "no further apart than luck makes two samples of this size",
    "close": "apart beyond luck, but at most a tenth of all cases lies elsewhere",
    "differs": "more than a tenth of all cases lies elsewhere",
    "cannot tell": "too few cases, or the file does not say",
}


@dataclass(frozen=True)
class Observed:
    """Visits of new clients, all of whom are seen from their first visit on."""

    client: Ints
    """(n,) codes, those of one client side by side."""
    day: Ints
    """(n,) days, increasing within a client; day 0 is a Monday of January."""
    end_day: int
    """Last day that is seen."""
    pro: Ints | None = None
    rating: Floats | None = None
    """(n,) nan where none was given."""
    minutes_late: Floats | None = None

    def resample(self, n_clients: int, generator: np.random.Generator) -> "Observed":
        """As many clients, drawn with replacement, each with all visits."""
        starts = np.flatnonzero(np.r_[True, np.diff(self.client) != 0])
        lengths = np.diff(np.r_[starts, len(self.client)])
        drawn = generator.integers(0, len(starts), n_clients)
        ends = np.cumsum(lengths[drawn])
        rows = np.arange(ends[-1]) + np.repeat(starts[drawn] - (ends - lengths[drawn]), lengths[drawn])
        taken = self.only(rows)
        return replace(taken, client=np.repeat(np.arange(n_clients), lengths[drawn]))

    def only(self, rows: Ints | Floats | np.ndarray) -> "Observed":
        """Some of the rows."""
        optional = {
            name: None if (values := getattr(self, name)) is None else values[rows] for name in ("pro", "rating", "minutes_late")
        }
        return Observed(self.client[rows], self.day[rows], self.end_day, **optional)


def observed(visits: Visits, until_day: int) -> Observed:
    """The new clients of a file, up to a day."""
    rows = (visits.day <= until_day) & ~visits.left_censored[visits.client]
    # 1970-01-01 was a Thursday, 1969-12-29 a Monday
    return Observed(
        visits.client[rows],
        visits.day[rows] + 3,
        until_day + 3,
        visits.labels["pro"][rows] if "pro" in visits.labels else None,
        visits.numbers["rating"][rows] if "rating" in visits.numbers else None,
        visits.numbers["minutes_late"][rows] if "minutes_late" in visits.numbers else None,
    )


def _order(seen: Observed) -> Ints:
    """(n,) which visit of its client each one is, from 1."""
    starts = np.r_[True, np.diff(seen.client) != 0]
    position = np.arange(len(seen.client))
    return position - np.maximum.accumulate(np.where(starts, position, 0)) + 1


def _next_gap(seen: Observed) -> Floats:
    """(n,) days to the client's next visit; inf where there is none."""
    gap = np.full(len(seen.client), np.inf)
    same = np.diff(seen.client) == 0
    gap[:-1][same] = np.diff(seen.day)[same]
    return gap


def ladder(seen: Observed, step: int, days: int = RETURN_DAYS) -> Floats:
    """Whether the next visit came within so many days of the ``step``-th, 1 or 0, of those followed that long."""
    rows = (_order(seen) == step) & (seen.day <= seen.end_day - days)
    return (_next_gap(seen)[rows] <= days).astype(float)


def second_gaps(seen: Observed, days: int = RETURN_DAYS) -> Floats:
    """Days to the second visit of those who came back within so many days and could be followed that long."""
    return gaps(seen.only(_order(seen) <= 2), days, first=True)


def gaps(seen: Observed, days: int = RETURN_DAYS, first: bool = False) -> Floats:
    """Gaps of at most so many days, from visits after which the client could be followed that long."""
    gap = _next_gap(seen)
    rows = (gap <= days) & (seen.day <= seen.end_day - days)
    return gap[rows & (_order(seen) == 1)] if first else gap[rows]


def visits_per_client(seen: Observed, days: int = YEAR_DAYS) -> Floats:
    """Visits of each client within so many days of the first, capped, of those followed that long."""
    order = _order(seen)
    first_day = seen.day[order == 1][np.cumsum(order == 1) - 1]
    rows = (first_day <= seen.end_day - days) & (seen.day <= first_day + days)
    counts = np.bincount(np.unique(seen.client[rows], return_inverse=True)[1])
    return np.minimum(counts, MOST_VISITS).astype(float)


def weekdays(seen: Observed) -> Floats:
    """Day of the week of each visit, 0 is Monday."""
    return (seen.day % 7).astype(float)


def months(seen: Observed) -> Floats:
    """Month of each visit, from 0, over whole years only, so that no month is counted more often than another."""
    start = int(seen.day.min()) if len(seen.day) else 0
    years = (seen.end_day - start + 1) // 365
    rows = seen.day > seen.end_day - 365 * years
    dates = (seen.day[rows] - 3).astype("datetime64[D]").astype("datetime64[M]").astype(np.int64)
    return (dates % 12).astype(float)


def pro_rho(seen: Observed) -> float:
    """Correlation within pros of whether a new client came back within 183 days; nan without pros."""
    if seen.pro is None:
        return math.nan
    rows = (_order(seen) == 1) & (seen.day <= seen.end_day - RETURN_DAYS) & (seen.pro >= 0)
    if rows.sum() < FEWEST:
        return math.nan
    returned = _next_gap(seen)[rows] <= RETURN_DAYS
    return fit_spread(*tallies(returned, seen.pro[rows])).rho.estimate


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
class Figure:
    """A figure that is read from both sides."""

    name: str
    label: str
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


STEPS = ("1st", "2nd", "3rd", "4th")
FIGURES = (
    *(
        Figure(f"ladder_{i}", f"Next visit within {RETURN_DAYS} days of the {word}", _ladder(i), mean_difference, "share")
        for i, word in enumerate(STEPS, start=1)
    ),
    Figure("second_visit_days", f"Days to the second visit (within {RETURN_DAYS})", second_gaps, kolmogorov, "median"),
    Figure("gap_days", f"Days between visits (at most {RETURN_DAYS})", gaps, kolmogorov, "median"),
    Figure("visits_per_client", f"Visits in the first year ({MOST_VISITS}: or more)", visits_per_client, total_variation, "mean"),
    Figure("weekday", "Day of the week (0: Monday)", weekdays, total_variation, "mode"),
    Figure("month", "Month (0: January)", months, total_variation, "mode"),
    Figure("rating", "Rating", _column("rating"), total_variation, "mean"),
    Figure("minutes_late", "Minutes late", _column("minutes_late"), kolmogorov, "median"),
)


@dataclass(frozen=True)
class Check:
    """One figure on both sides."""

    name: str
    label: str
    real: float
    simulated: float
    shown: str
    distance: float
    luck: float
    """95 % of simulated samples with as many clients as the file are no further from the simulation than this."""
    n_real: int
    """Real cases."""
    verdict: Verdict


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


def judged(distance: float, luck: float, n_real: int) -> Verdict:
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


def _check(figure: Figure, real: Observed, pool: Observed, pairs: Sequence[tuple[Observed, ...]]) -> Check:
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
    label = "Correlation of new clients' return within pros"
    return Check("pro_rho", label, mine, theirs, "mean", distance, luck, n, judged(distance, luck, n))


def ladder_points(checks: Sequence[Check]) -> Mapping[str, tuple[float, float, float, float]]:
    """By step: the real share, its 95 % binomial reach, the simulated share, and how far luck takes a sample."""
    points = {}
    for word, check in zip(STEPS, (check for check in checks if check.name.startswith("ladder_")), strict=True):
        reach = 1.96 * math.sqrt(check.real * (1 - check.real) / check.n_real) if check.n_real else math.nan
        points[word] = (check.real, reach, check.simulated, check.luck)
    return points

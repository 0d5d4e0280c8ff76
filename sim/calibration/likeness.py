"""Real visits beside simulated ones: each figure with a distance, how far luck alone would take it, and a verdict.

How far luck takes a distance is measured on the simulation itself: as many simulated clients as there are real ones against as many
as were simulated, both drawn anew with replacement.
"""

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
import scipy

from sim.arrays import Floats
from sim.bookings.visits import RETURN_DAYS
from sim.calibration.observed import (
    FEWEST,
    MOST_VISITS,
    Observed,
    gaps,
    ladder,
    months,
    pro_spread,
    second_gaps,
    visits_per_client,
    weekdays,
)
from sim.calibration.served import Served
from sim.said import Said, number, say
from sim.statistics.intervals import Interval, wilson

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
    """How each side is summed up: share, median, mean or mode."""


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
FILL_TOLERANCE, FLOW_TOLERANCE, BUSY_TOLERANCE = 0.02, 0.05, 0.2
"""What may be missing: 2 points of the requests served, 5 % of the visits a day, and a fifth of how busy pros are."""
SURE = 2.0
"""Standard errors of a mean over runs: what they leave open is no difference."""
LEVELS = ("fill_rate", "visits_per_day", "new_visits_per_day")
"""What was served: checks with a tolerance of their own, whatever luck does. With them off, nothing else can be alike."""
TOLERANCES: dict[str, Said] = {
    "fill_rate": say("Requests that find a pro: {points} points", points=number(100 * FILL_TOLERANCE)),
    "visits_per_day": say("visits a day: {share}%, or what the runs leave open", share=number(100 * FLOW_TOLERANCE)),
    "utilisation": say("hours busy: {share}%", share=number(100 * BUSY_TOLERANCE)),
}
LABELS = {
    "fill_rate": say("Requests that find a pro"),
    "visits_per_day": say("Visits a day, all clients, now"),
    "new_visits_per_day": say("Visits a day of new clients, followed as long"),
    "utilisation": say("Hours busy of hours worked"),
}


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


def compare_worlds(
    real: Observed,
    runs: Sequence[Observed],
    generator: np.random.Generator,
    served: Served | None = None,
    run_served: Sequence[Served] = (),
) -> list[Check]:
    """All figures of real visits beside those of simulated runs: what was served first, then the spread between pros.

    A run without a visit is a world like any other: nothing in it is alike.

    Parameters
    ----------
    runs
        One a replication, all of the same market, observed for as long as one another.
    served, run_served
        What the file served, and each run of these and perhaps of more; None: not compared.
    """
    pool = pooled_runs(runs)
    n_pool, n_real = len(np.unique(pool.client)), len(np.unique(real.client))
    pairs: list[tuple[Observed, ...]] = []
    if n_pool and n_real:
        # both sides are drawn anew, so that luck is that of two samples
        pairs = [tuple(pool.resample(min(n, MOST_SAMPLED), generator) for n in (n_real, n_pool)) for _ in range(N_SAMPLES)]
    levels = [] if served is None else _levels(served, run_served, n_real)
    return [*levels, _rho_check(real, runs), *(_check(figure, real, pool, pairs) for figure in FIGURES)]


def _levels(served: Served, runs: Sequence[Served], n: int) -> list[Check]:
    """What was served on both sides; ``n`` new clients in the file."""
    rows = (
        ("fill_rate", "share", FILL_TOLERANCE, False),
        ("visits_per_day", "rate", FLOW_TOLERANCE, True),
        ("new_visits_per_day", "rate", FLOW_TOLERANCE, True),
        ("utilisation", "share", BUSY_TOLERANCE, True),
    )
    return [
        _level(name, getattr(served, name), [getattr(run, name) for run in runs], shown, tolerance, relative, n)
        for name, shown, tolerance, relative in rows
    ]


def _level(name: str, mine: float, runs: Sequence[float], shown: str, tolerance: float, relative: bool, n: int) -> Check:
    """One number a side; ``relative``: distance and luck are shares of the file's."""
    # a run without a request serves nothing
    values = np.nan_to_num(np.asarray(runs, float))
    mean = float(values.mean())
    unit = mine if relative else 1.0
    distance = abs(mean - mine) / unit if unit else math.nan
    error = float(values.std(ddof=1)) / math.sqrt(len(values)) / unit if unit and len(values) > 1 else 0.0
    verdict: Likeness = "cannot tell" if not math.isfinite(distance) else "differs"
    if distance <= max(tolerance, SURE * error):
        verdict = "alike"
    return Check(
        name,
        LABELS[name],
        mine,
        mean if math.isfinite(mine) else math.nan,
        shown,
        distance,
        _run_luck(values) / unit if unit else math.nan,
        n if math.isfinite(mine) else 0,
        verdict,
    )


def _run_luck(values: Floats) -> float:
    """How far one more run lies from the mean of these, with probability 95 %."""
    if len(values) < 2:
        return math.nan
    reach = float(scipy.stats.t.ppf(0.975, len(values) - 1))
    return reach * float(values.std(ddof=1)) * math.sqrt(1 + 1 / len(values))


def _check(figure: Reading, real: Observed, pool: Observed, pairs: Sequence[tuple[Observed, ...]]) -> Check:
    mine, theirs = figure.read(real), figure.read(pool)
    distance, luck = figure.distance(mine, theirs), math.nan
    if math.isfinite(distance) and len(mine) >= FEWEST and pairs:
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
    """The spread between pros: alike where the simulated one lies within the interval of the file's.

    It decides what a policy can gain, and a small one matters: a tenth of all cases is no measure of it.
    """
    mine = pro_spread(real).rho
    values = np.array([pro_spread(run).rho.estimate for run in runs])
    theirs = summed(values[np.isfinite(values)], "mean")
    n = int(math.isfinite(mine.estimate))
    distance, luck = abs(mine.estimate - theirs), math.nan
    if n:
        luck = mine.high - mine.estimate if theirs >= mine.estimate else mine.estimate - mine.low
    verdict = judged(distance, luck, n)
    if verdict == "close":
        verdict = "differs"
    return Check("pro_rho", PRO_RHO, mine.estimate, theirs, "mean", distance, luck, n, verdict)


def ladder_points(checks: Sequence[Check]) -> Mapping[Said, tuple[Interval, float, float]]:
    """By step: the real share with its 95 % interval, the simulated share, and how far luck takes a sample."""
    points = {}
    for word, check in zip(STEPS, (check for check in checks if check.name.startswith("ladder_")), strict=True):
        points[word] = (wilson(check.real, check.n_real), check.simulated, check.luck)
    return points

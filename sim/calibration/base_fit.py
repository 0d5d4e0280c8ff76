"""Does a replay's base hold? What became of a file's requests, beside the simulation of the rule that stands for the file's own.

Which rule served the file is not known; the control stands for it. Where the simulation of the control does not agree with the
file, differences between policies are those of another market, and no policy is ranked on it.

Both sides are the same table, ``Happened``, and the same function measures them, so that no figure can be defined in two ways. All
days count, the warm-up included: it is for scores, and a file has none.
"""

import datetime as dt
import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

from sim.arrays import Flags, Floats, Ints
from sim.bookings.visits import RETURN_DAYS

By = Literal["total", "month", "zone", "service"]
Figure = Literal["return_rate_6m", "fill_rate", "visits_per_day"]
Verdict = Literal["fits", "off", "too few"]
FIGURES: tuple[Figure, ...] = ("return_rate_6m", "fill_rate", "visits_per_day")
SHARES = FIGURES[:2]

TOLERANCE: Mapping[Figure, float] = {"return_rate_6m": 0.02, "fill_rate": 0.02, "visits_per_day": 0.05}
"""How far the simulation may be from the file: two points of a share, a twentieth of the file's visits. Choice: an effect of
a policy is usually smaller than a point, so a base that is further off would decide what the policy seems to be worth."""
FEWEST_CASES = 30
"""Clients, requests or visits of the file below which a figure is not judged."""
BAND = 1.96
"""Standard deviations that 95 % of a normal variable lie within."""


@dataclass(frozen=True)
class Happened:
    """Requests and what became of them, in a file or in a simulated run; each column (n,), days from day 0."""

    client: Ints
    """Codes."""
    new: Flags
    """Made by a client who was not there before the first day."""
    asked_day: Ints
    """When it was asked for, or its start where the file does not say."""
    visit_day: Ints
    """Its start, or when it was asked for where the file does not say."""
    found_pro: Flags
    completed: Flags
    groups: Mapping[By, Ints]
    """By ``zone`` and ``service``, where the file has them: codes, -1 where it does not say."""


@dataclass(frozen=True)
class BaseRow:
    """One figure of the file beside the simulation."""

    by: By
    value: str
    """Month such as 2024-03, zone or service; empty for the total."""
    figure: Figure
    file: float
    """Nan without cases."""
    simulated: float
    """Mean over the replications in which it is defined."""
    low: float
    high: float
    """Between which one realisation of the simulation lies with 95 %; nan where one replication tells nothing of luck."""
    verdict: Verdict

    @property
    def difference(self) -> float:
        """Simulated minus file."""
        return self.simulated - self.file


@dataclass(frozen=True)
class BaseFit:
    """The verdict on a base."""

    arm: str
    """The control, which stands for the rule that served the file."""
    replications: int
    rows: Sequence[BaseRow]
    """Totals first, then months, zones and services."""

    @property
    def totals(self) -> list[BaseRow]:
        """The rows that decide."""
        return [row for row in self.rows if row.by == "total"]

    @property
    def off(self) -> list[BaseRow]:
        """Totals that are off: for them, policies are not ranked."""
        return [row for row in self.totals if row.verdict == "off"]

    @property
    def ranks(self) -> bool:
        """Whether policies may be ranked on it."""
        return not self.off


def base_fit(
    arm: str,
    file: Happened,
    runs: Iterable[Happened],
    first_day: int,
    n_days: int,
    names: Mapping[By, Sequence[str]],
    figures: Sequence[Figure] = FIGURES,
) -> BaseFit:
    """Hold the simulation of a rule against the file whose requests it replayed.

    Parameters
    ----------
    runs
        What happened in each replication.
    first_day, n_days
        Day 0 in days since 1970-01-01, and how many days there are. What is outside of them does not count.
    names
        By ``zone`` and ``service``: the name behind each code; those without a name are not shown.
    figures
        Those that say something: not returns where every request is the file's.

    Notes
    -----
    ``return_rate_6m``: of new clients whose first visit took place at least 183 days before the last day, the share with a visit on
    a later day within 183 days. Grouped by that first visit.
    ``fill_rate``: share of requests that found a pro. Grouped by when they were asked for.
    ``visits_per_day``: visits that took place, over the days of the whole period or of the month. Grouped by their day.

    The band is that of one further realisation, which the file is if the base holds: the mean -+ 1.96 standard deviations between
    replications, and for a share at least the binomial ones of as many cases as the file has, times sqrt(1 + 1 / n_replications),
    within what a share or a number of visits can be.
    A total is off when it is beyond both its ``TOLERANCE`` and the band; beyond the tolerance and within the band, there are too
    few cases or replications to tell. With fewer than about five replications the deviation between them is itself a matter of
    luck, and the band holds less often.
    """
    groups = _groups(file, first_day, n_days, names)
    ours, cases = _measure(file, n_days, groups)
    theirs, their_cases = (np.array(columns) for columns in zip(*(_measure(run, n_days, groups) for run in runs), strict=True))
    rows = []
    labels = [(group.by, value) for group in groups for value in group.values]
    for g, (by, value) in enumerate(labels):
        for f, figure in enumerate(FIGURES):
            n = int(cases[g, f])
            if figure in figures and (n or their_cases[:, g, f].any()):
                rows.append(_row(by, value, figure, float(ours[g, f]), n, theirs[:, g, f], float(their_cases[:, g, f].mean())))
    return BaseFit(arm, len(theirs), tuple(rows))


@dataclass(frozen=True)
class _Group:
    """A way to divide what happened."""

    by: By
    values: tuple[str, ...]
    n_days: Ints
    """(n_values,) that visits are spread over."""
    of_day: Ints | None = None
    """(n_days,) code of each day; None: the code is the request's own."""

    def codes(self, happened: Happened, day: Ints) -> Ints:
        """(n,) code of each request, which counts on these days within the period; -1 for none."""
        if self.of_day is not None:
            return self.of_day[day]
        codes = happened.groups[self.by]
        return np.where(codes < len(self.values), codes, -1)


def _groups(file: Happened, first_day: int, n_days: int, names: Mapping[By, Sequence[str]]) -> list[_Group]:
    """The whole, the months, and what the file tells apart."""
    epoch = dt.date(1970, 1, 1).toordinal()
    month = [dt.date.fromordinal(epoch + first_day + day).isoformat()[:7] for day in range(n_days)]
    months, of_day = np.unique(month, return_inverse=True)
    whole = _Group("total", ("",), np.array([n_days]), np.zeros(n_days, np.int64))
    own: tuple[By, By] = ("zone", "service")
    return [
        whole,
        _Group("month", tuple(months.tolist()), np.bincount(of_day), of_day),
        *(_Group(by, tuple(names[by]), np.full(len(names[by]), n_days)) for by in own if by in file.groups),
    ]


def _measure(happened: Happened, n_days: int, groups: Sequence[_Group]) -> tuple[Floats, Floats]:
    """Each figure of each value of all groups, and the cases behind it, (n_values, n_figures) each; nan without cases."""
    asked = (happened.asked_day >= 0) & (happened.asked_day < n_days)
    visited = happened.completed & (happened.visit_day >= 0) & (happened.visit_day < n_days)
    first, returned = _first_visits(happened, visited, n_days)
    figures, cases = [], []
    for group in groups:
        n_values = len(group.values)
        returns, followed = _share(group.codes(happened, _inside(happened.visit_day, n_days))[first], returned, n_values)
        asked_codes = group.codes(happened, _inside(happened.asked_day, n_days))
        fill, requests = _share(asked_codes[asked], happened.found_pro[asked], n_values)
        visit_codes = group.codes(happened, _inside(happened.visit_day, n_days))[visited]
        visits = np.bincount(visit_codes[visit_codes >= 0], minlength=n_values).astype(float)
        figures.append(np.stack([returns, fill, visits / group.n_days], axis=1))
        cases.append(np.stack([followed, requests, visits], axis=1))
    return np.concatenate(figures), np.concatenate(cases)


def _inside(day: Ints, n_days: int) -> Ints:
    return np.clip(day, 0, n_days - 1)


def _first_visits(happened: Happened, visited: Flags, n_days: int) -> tuple[Ints, Flags]:
    """Rows of the first visits of new clients followed for 183 days, and whether they came again within those, (n_followed,)."""
    rows = np.flatnonzero(visited & happened.new)
    rows = rows[np.lexsort((happened.visit_day[rows], happened.client[rows]))]
    client, day = happened.client[rows], happened.visit_day[rows]
    distinct = np.ones(len(rows), np.bool_)
    distinct[1:] = (np.diff(client) != 0) | (np.diff(day) != 0)
    rows, client, day = rows[distinct], client[distinct], day[distinct]
    first = np.ones(len(rows), np.bool_)
    first[1:] = np.diff(client) != 0
    again = np.zeros(len(rows), np.bool_)
    again[:-1] = (np.diff(client) == 0) & (np.diff(day) <= RETURN_DAYS)
    followed = first & (day <= n_days - 1 - RETURN_DAYS)
    return rows[followed], again[followed]


def _share(codes: Ints, hit: Flags, n_values: int) -> tuple[Floats, Floats]:
    """Share of hits and cases by code, (n_values,) each."""
    known = codes >= 0
    n = np.bincount(codes[known], minlength=n_values).astype(float)
    hits = np.bincount(codes[known], weights=hit[known], minlength=n_values)
    return np.divide(hits, n, out=np.full(n_values, np.nan), where=n > 0), n


def _row(by: By, value: str, figure: Figure, file: float, n: int, runs: Floats, n_simulated: float) -> BaseRow:
    known = runs[np.isfinite(runs)]
    mean = float(known.mean()) if len(known) else math.nan
    deviation = float(known.std(ddof=1)) if len(known) > 1 else math.nan
    if figure in SHARES and n:
        binomial = math.sqrt(max(mean * (1 - mean), 0.0) / n)
        deviation = max(binomial, deviation) if math.isfinite(deviation) else binomial
    reach = BAND * deviation * math.sqrt(1 + 1 / len(known)) if len(known) else math.nan
    enough = max(n, n_simulated) if figure == "visits_per_day" else n
    verdict = _verdict(figure, file, mean, reach) if enough >= FEWEST_CASES else "too few"
    low, high = np.clip((mean - reach, mean + reach), 0.0, 1.0 if figure in SHARES else math.inf)
    return BaseRow(by, value, figure, file, mean, float(low), float(high), verdict)


def _verdict(figure: Figure, file: float, mean: float, reach: float) -> Verdict:
    """Of a figure with enough cases; a band that is not known is none."""
    if not math.isfinite(mean):
        return "too few"
    apart = abs(mean - file)
    # what is exactly at its limit must not depend on the last bit
    if apart <= TOLERANCE[figure] * (file if figure == "visits_per_day" else 1.0) + 1e-12:
        return "fits"
    return "too few" if apart <= reach else "off"

"""The forecast of known clients: forms mixed by what they would have said at rolling origins, with an interval."""

import zlib
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TypeVar

import numpy as np

from sim.arrays import Floats, Ints
from sim.bookings.visits import Visits
from sim.calibration.histories import WEEK_DAYS
from sim.forecasting.ahead import Ahead, look_ahead
from sim.forecasting.drift import Drift, find_drift
from sim.forecasting.first_visits import known_clients
from sim.forecasting.fit import MOST_TO_FIT, FittedForm, every, fit_again, fit_ending
from sim.forecasting.origins import MOST_ORIGINS, at_origin, origin_days
from sim.forecasting.pace import Pace, find_pace
from sim.forecasting.scores import Distributions, Judged, distributions, judge, most_of
from sim.forecasting.shock import Shock, shock_of
from sim.forecasting.stacking import Quadratic, quadratic, stacking_weights
from sim.said import Said, say

ORIGIN_RUNS, ORIGIN_POINTS, POINTS = 200, 20, 40
MOST_AT_ORIGIN = 2_000
"""Clients from whom forms are fitted and by whom they are judged at an origin."""
LEAST_GAIN = 0.5
"""Log likelihood that leaving with age must gain over lifetimes that do not age, to be a form of its own."""
CLIENT_SD = 0.3
"""Standard deviation of the log of how much faster or slower each client lives than in the past."""
USUAL_ENDINGS = ("bg", "mbg", "pareto", "ageing")
"""Forms with lapses are left out: they excuse silences, and forecast clients worse (see the findings on forecasts)."""
PACED = ("mbg", "pareto")
"""Endings that are also fitted with times that change, where they clearly do."""
IDLE_SHARE = 0.8
"""A client is thought to have left whom so much probability gives no visit in the time ahead."""
Tick = Callable[[], object]
Item = TypeVar("Item")
Result = TypeVar("Result")


def most_ticks(n_endings: int) -> int:
    """How often ``tick`` is called at most by a fit and a forecast."""
    return (n_endings + len(PACED)) * (MOST_ORIGINS + 2) + 1


def stream(seed: int, *purpose: str | int) -> np.random.Generator:
    """Random numbers of one purpose."""
    words = [zlib.crc32(part.encode()) if isinstance(part, str) else part for part in purpose]
    return np.random.Generator(np.random.Philox(np.random.SeedSequence([seed, *words])))


@dataclass(frozen=True)
class Member:
    """A fitted form, and the clock on which its clients come at an even pace."""

    fitted: FittedForm
    pace: Pace
    prior: float
    """Weight before any origin has its say."""

    @property
    def name(self) -> str:
        """Short, for tables: ``mbg_varied``, ``mbg_varied_paced``."""
        return self.fitted.form.name + ("" if self.pace.is_even else "_paced")

    @property
    def title(self) -> Said | str:
        """The name in the literature, as far as it has one."""
        title = self.fitted.form.title
        return title if self.pace.is_even else say("{form}, times changing", form=title)


@dataclass(frozen=True)
class Tried:
    """What the members would have forecast at one origin."""

    day: int
    until_day: int
    n: int
    """Clients known then, of whom some were looked at."""
    names: tuple[str, ...]
    judged: tuple[Judged, ...]
    """(n_members,)"""
    quadratic: Quadratic
    totals: Floats
    """(n_members,) visits forecast."""
    true: float
    idle: tuple[float, float]
    """Clients thought to have left who came back, as forecast and truly."""

    @property
    def weeks(self) -> float:
        """Of the time ahead."""
        return (self.until_day - self.day + 1) / WEEK_DAYS


@dataclass(frozen=True)
class Ensemble:
    """Members with their weights, and how far totals may miss."""

    members: tuple[Member, ...]
    weights: Floats
    """(n_members,)"""
    tried: tuple[Tried, ...]
    """The latest origin first."""
    drift: Drift
    seed: int

    @property
    def errors(self) -> tuple[tuple[float, float], ...]:
        """By origin: weeks ahead, and log of forecast over truth, of the mixture as it is weighed now."""
        return errors_of(self.tried, self.weights)


def errors_of(tried: Sequence[Tried], weights: Floats) -> tuple[tuple[float, float], ...]:
    """By origin: weeks ahead, and log of forecast over truth; a visit less or more decides nothing."""
    return tuple((one.weeks, float(np.log((weights @ one.totals + 1) / (one.true + 1)))) for one in tried)


@dataclass(frozen=True)
class Forecast:
    """What known clients are forecast to do."""

    by_client: Floats
    """(n,) expected visits."""
    counts: list[tuple[float, Ints]]
    """By member: weight, and visits of each client in each run."""
    weekly: Floats
    """(n_weeks,) expected visits of all in each week; they add up to those of the clients."""
    runs: Floats
    """(n_runs, n_weeks) visits of all in each week: luck, parameters, form and common shock."""
    shock: Shock

    @property
    def total(self) -> float:
        """Expected visits of all."""
        return float(self.by_client.sum())

    def interval(self, level: float = 0.95, cumulative: bool = True) -> tuple[Floats, Floats]:
        """(n_weeks,) each: between which so much of the runs lies by the end of each week, or in it."""
        runs = np.cumsum(self.runs, axis=1) if cumulative else self.runs
        low, high = np.quantile(runs, [(1 - level) / 2, (1 + level) / 2], axis=0)
        return low, high

    def distributions(self, true: Floats) -> Distributions:
        """Of each client's visits."""
        most = most_of(true, [counts for _, counts in self.counts])
        first, *others = (distributions(counts, most) for _, counts in self.counts)
        return first.mixed_with(others, np.array([weight for weight, _ in self.counts]))


def fit_members(needs: Visits, until_day: int, endings: Sequence[str], tick: Tick = lambda: None) -> list[Member]:
    """One form an ending, each as regular as the histories support; some also with times that change, where they clearly do."""
    even, pace = Pace(int(needs.day.min()), until_day), find_pace(needs, until_day)
    kinds = [(ending, even) for ending in endings] + [(ending, pace) for ending in PACED if ending in endings and not pace.is_even]
    seen = {one: every(known_clients(needs, until_day, one), MOST_TO_FIT) for one in (even, pace)}

    def fit(kind: tuple[str, Pace]) -> FittedForm:
        found = fit_ending(kind[0], seen[kind[1]])
        tick()
        return found

    found = dict(zip(kinds, in_threads(fit, kinds), strict=True))
    prior = dict.fromkeys(kinds, 1 / len(kinds))
    old, plain = ("ageing", even), ("pareto", even)
    if old in found and plain in found and found[old].log_likelihood < found[plain].log_likelihood + LEAST_GAIN:
        # without age it is the other one, which counts for both
        del found[old]
        prior[plain] += prior[old]
    return [Member(one, kind[1], prior[kind]) for kind, one in found.items()]


def in_threads(function: Callable[[Item], Result], items: Sequence[Item]) -> list[Result]:
    """Results in order; compiled code lets both cores work."""
    with ThreadPoolExecutor(2) as pool:
        return list(pool.map(function, items))


def try_origin(needs: Visits, days: tuple[int, int], members: Sequence[Member], seed: int, tick: Tick) -> Tried:
    """Fit the members' forms before an origin, and judge what they say about the time after it."""
    pace = find_pace(needs, days[0] - 1) if any(not member.pace.is_even for member in members) else None
    even = Pace(int(needs.day.min()), days[0] - 1)
    origins = {clock: at_origin(needs, *days, clock) for clock in {even, pace or even}}
    n = len(origins[even].seen)
    rows = np.flatnonzero(np.arange(n) % -(-n // MOST_AT_ORIGIN) == 0)
    true = origins[even].true[rows]

    def ahead(member: Member) -> Ahead:
        clock = even if member.pace.is_even or pace is None else pace
        origin = origins[clock]
        seen = origin.seen.taken(rows)
        found = fit_again(member.fitted, seen)
        random = stream(seed, "origin", days[0], member.name)
        result = look_ahead(found, seen, origin.ends, ORIGIN_RUNS, ORIGIN_POINTS, random, CLIENT_SD)
        tick()
        return result

    found = in_threads(ahead, members)
    most = most_of(true, [one.counts for one in found])
    said = [distributions(one.counts, most) for one in found]
    none = np.mean([one.below[:, 0] for one in said], axis=0)
    idle = none > IDLE_SHARE
    return Tried(
        *days,
        n,
        tuple(member.name for member in members),
        tuple(judge(one, ahead.means, true) for one, ahead in zip(said, found, strict=True)),
        quadratic(said, true),
        np.array([one.means.sum() for one in found]),
        float(true.sum()),
        (float((1 - none[idle]).sum()), float((true[idle] > 0).sum())),
    )


def fit_ensemble(
    needs: Visits,
    until_day: int,
    horizon_days: int,
    seed: int,
    endings: Sequence[str] = USUAL_ENDINGS,
    tick: Tick = lambda: None,
) -> Ensemble:
    """Fit all forms to what is known by the end of a day, and weigh them by rolling origins before it.

    Parameters
    ----------
    needs
        By client and day; nothing after ``until_day`` is looked at.
    horizon_days
        How far ahead the forecast will look.
    endings
        Of the forms that are mixed, keys of ``DROPOUTS``.
    tick
        Called after each fit and look ahead, at most ``most_ticks`` times with those of ``forecast``.
    """
    past = needs.rows(needs.day <= until_day)
    members = fit_members(past, until_day, endings, tick)
    tried = tuple(try_origin(past, days, members, seed, tick) for days in origin_days(past, until_day, horizon_days))
    prior = np.array([member.prior for member in members])
    weights = stacking_weights([one.quadratic for one in tried], prior)
    drift = find_drift(past, until_day, errors_of(tried, weights), [one.idle for one in tried])
    tick()
    return Ensemble(tuple(members), weights, tried, drift, seed)


def forecast(ensemble: Ensemble, needs: Visits, days: tuple[int, int], n_runs: int, tick: Tick = lambda: None) -> Forecast:
    """Forecast the clients who are known before a day, from it to another, both included.

    Parameters
    ----------
    needs
        Those of the past; later ones are not looked at.
    n_runs
        Of each member, and of the total.
    """
    past = needs.rows(needs.day < days[0])
    kept = np.flatnonzero(ensemble.weights > 0)
    weights = ensemble.weights[kept]
    origins = {pace: at_origin(past, *days, pace) for pace in {member.pace for member in ensemble.members}}

    def ahead(i: int) -> Ahead:
        member = ensemble.members[i]
        origin = origins[member.pace]
        random = stream(ensemble.seed, "ahead", member.name)
        result = look_ahead(member.fitted, origin.seen, origin.ends, n_runs, POINTS, random, CLIENT_SD)
        tick()
        return result

    found = in_threads(ahead, [int(i) for i in kept])
    by_client = np.asarray(sum(w * one.means for w, one in zip(weights, found, strict=True)))
    shock = shock_of(ensemble.errors, (days[1] - days[0] + 1) / WEEK_DAYS, ensemble.drift.widening)
    random = stream(ensemble.seed, "shock")
    ends = np.floor(np.cumsum(weights) * n_runs + 0.5).astype(int)
    # runs of one point of the parameters stand side by side, so they are taken from all over
    shares = [
        one.weekly[random.permutation(n_runs)[: end - begin]] for one, begin, end in zip(found, [0, *ends], ends, strict=False)
    ]
    runs = np.concatenate(shares)
    runs *= shock.factors(len(runs), random)[:, None]
    weekly = np.asarray(sum(w * one.weekly.mean(axis=0) for w, one in zip(weights, found, strict=True)))
    weekly *= by_client.sum() / max(float(weekly.sum()), 1e-9)
    return Forecast(by_client, list(zip(weights.tolist(), (one.counts for one in found), strict=True)), weekly, runs, shock)

"""The forecast of known clients: forms mixed by what they would have said at rolling origins, with an interval that holds the doubt."""

import zlib
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TypeVar

import numpy as np

from sim.arrays import Floats, Ints
from sim.bookings.visits import Visits
from sim.calibration.histories import Clock, Histories, calendar
from sim.forecasting.ahead import Ahead, look_ahead
from sim.forecasting.fit import ENDINGS, MOST_TO_FIT, FittedForm, every, fit_ending, fit_form
from sim.forecasting.origins import Origin, at_origin, origin_days
from sim.forecasting.scores import Distributions, distributions, most_of
from sim.forecasting.shock import Shock, shock_of
from sim.forecasting.stacking import Quadratic, quadratic, stacking_weights

ORIGIN_RUNS, ORIGIN_POINTS, POINTS = 200, 20, 40
MOST_AT_ORIGIN = 2_500
"""Clients from whom forms are fitted and by whom they are judged at an origin."""
LEAST_GAIN = 0.5
"""Log likelihood that leaving with age must gain over lifetimes that do not age, to be a form of its own."""
CLIENT_SD = 0.3
"""Standard deviation of the log of how much faster or slower each client lives than in the past."""
Tick = Callable[[], object]
Item, Result = TypeVar("Item"), TypeVar("Result")


def stream(seed: int, *purpose: str | int) -> np.random.Generator:
    """Random numbers of one purpose."""
    words = [zlib.crc32(part.encode()) if isinstance(part, str) else part for part in purpose]
    return np.random.Generator(np.random.Philox(np.random.SeedSequence([seed, *words])))


@dataclass(frozen=True)
class Tried:
    """What the forms would have forecast at one origin."""

    origin: Origin
    scores: dict[str, float]
    """CRPS by form."""
    quadratic: Quadratic
    totals: dict[str, float]
    """Visits forecast, by form."""
    true: float


@dataclass(frozen=True)
class Ensemble:
    """Forms with their weights, and how far totals may miss."""

    members: tuple[FittedForm, ...]
    weights: Floats
    """(n_members,)"""
    tried: tuple[Tried, ...]
    errors: tuple[tuple[float, float], ...]
    """By origin: weeks ahead, and log of forecast over truth."""
    clock: Clock
    seed: int


@dataclass(frozen=True)
class Forecast:
    """What known clients are forecast to do."""

    by_client: Floats
    """(n,) expected visits."""
    counts: list[tuple[float, Ints]]
    """By member: weight, and visits of each client in each run."""
    cumulative: Floats
    """(n_runs, n_weeks) visits of all by the end of each week: luck, parameters, form and common shock."""
    shock: Shock

    def interval(self, level: float = 0.95) -> tuple[Floats, Floats]:
        """(n_weeks,) each: between which so much of the runs lies."""
        low, high = np.quantile(self.cumulative, [(1 - level) / 2, (1 + level) / 2], axis=0)
        return low, high

    def distributions(self, true: Floats) -> Distributions:
        """Of each client's visits."""
        most = most_of(true, [counts for _, counts in self.counts])
        first, *others = (distributions(counts, most) for _, counts in self.counts)
        return first.mixed_with(others, np.array([weight for weight, _ in self.counts]))


def fit_members(seen: Histories, tick: Tick = lambda: None) -> list[FittedForm]:
    """One form an ending, each as regular as the histories support; without the one with age where it is no more than the other."""
    chosen = every(seen, MOST_TO_FIT)

    def fit(ending: str) -> FittedForm:
        found = fit_ending(ending, chosen)
        tick()
        return found

    found = dict(zip(ENDINGS, in_threads(fit, ENDINGS), strict=True))
    if found["ageing"].log_likelihood < found["pareto"].log_likelihood + LEAST_GAIN:
        del found["ageing"]
    return list(found.values())


def in_threads(function: Callable[[Item], Result], items: Sequence[Item]) -> list[Result]:
    """Results in order; compiled code lets both cores work."""
    with ThreadPoolExecutor(2) as pool:
        return list(pool.map(function, items))


def try_origin(needs: Visits, days: tuple[int, int], members: Sequence[FittedForm], clock: Clock, seed: int, tick: Tick) -> Tried:
    """Fit the members' forms before an origin, and judge what they say of the time after it."""
    origin = at_origin(needs, *days, clock)
    n = len(origin.seen)
    rows = np.flatnonzero(np.arange(n) % -(-n // MOST_AT_ORIGIN) == 0)
    seen, true = origin.seen.taken(rows), origin.true[rows]

    def ahead(member: FittedForm) -> Ahead:
        found = fit_form(member.form, seen, member.at)
        random = stream(seed, "origin", days[0], member.form.name)
        result = look_ahead(found, seen, origin.ends, ORIGIN_RUNS, ORIGIN_POINTS, random, CLIENT_SD)
        tick()
        return result

    found = in_threads(ahead, members)
    most = most_of(true, [one.counts for one in found])
    said = [distributions(one.counts, most) for one in found]
    names = [member.form.name for member in members]
    return Tried(
        origin,
        {name: one.crps(true) for name, one in zip(names, said, strict=True)},
        quadratic(said, true),
        {name: float(one.means.sum()) for name, one in zip(names, found, strict=True)},
        float(true.sum()),
    )


def fit_ensemble(needs: Visits, until_day: int, horizon_days: int, seed: int, tick: Tick = lambda: None) -> Ensemble:
    """Fit all forms to what is known by the end of a day, and weigh them by rolling origins before it."""
    clock = calendar
    members = fit_members(histories_of(needs, until_day, clock), tick)
    past = needs.rows(needs.day <= until_day)
    tried = [try_origin(past, days, members, clock, seed, tick) for days in origin_days(past, until_day, horizon_days)]
    weights = stacking_weights([one.quadratic for one in tried], len(members))
    kept = np.flatnonzero(weights > 0)
    names = [members[i].form.name for i in kept]
    errors = tuple(
        (one.origin.weeks, float(np.log(max(sum(w * one.totals[name] for w, name in zip(weights[kept], names, strict=True)), 0.5) / max(one.true, 0.5))))
        for one in tried
    )
    return Ensemble(tuple(members[i] for i in kept), weights[kept], tuple(tried), errors, clock, seed)


def histories_of(needs: Visits, until_day: int, clock: Clock) -> Histories:
    from sim.calibration.histories import histories

    return histories(needs, until_day, clock)


def forecast(ensemble: Ensemble, seen: Histories, ends: Floats, weeks: float, n_runs: int, tick: Tick = lambda: None) -> Forecast:
    """Forecast known clients."""
    members = ensemble.members

    def ahead(i: int) -> Ahead:
        random = stream(ensemble.seed, "ahead", members[i].form.name)
        result = look_ahead(members[i], seen, ends, n_runs, POINTS, random, CLIENT_SD)
        tick()
        return result

    found = in_threads(ahead, range(len(members)))
    by_client = sum((w * one.means for w, one in zip(ensemble.weights, found, strict=True)), np.zeros(len(seen)))
    shock = shock_of(ensemble.errors, weeks)
    random = stream(ensemble.seed, "shock")
    shares = np.floor(np.cumsum(ensemble.weights) * n_runs + 0.5).astype(int)
    runs, begin = [], 0
    for one, end in zip(found, shares, strict=True):
        # runs of one point of the parameters stand side by side, so they are taken from all over
        runs.append(one.weekly[random.permutation(n_runs)[: end - begin]])
        begin = end
    cumulative = np.cumsum(np.concatenate(runs), axis=1)
    factors = shock.factors(len(cumulative), random)
    return Forecast(
        by_client, [(float(w), one.counts) for w, one in zip(ensemble.weights, found, strict=True)], cumulative * factors[:, None], shock
    )

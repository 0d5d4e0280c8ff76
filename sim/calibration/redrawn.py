"""How far the numbers that a file gives may be off: all of them read again, from what could have been seen as well.

What clients do is read from clients drawn anew, as many as luck might have brought, each with all bookings (the bootstrap of Efron
& Tibshirani 1993, with a Poisson number of cases, so that arrivals vary as well). How pros differ, and how often they are late, is
drawn from the likelihood instead (``spread.drawn_spreads``): clients drawn anew hold their own luck twice. So is the client model,
and what a first visit does. All of one draw belongs together: the taste is that of its client model and its effects.
"""

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from scipy import special

from sim.arrays import Floats, Ints
from sim.bookings.visits import Visits
from sim.calibration.client_parameters import ClientModel
from sim.calibration.clients import model_numbers, taste
from sim.calibration.findings import Finding, Findings, market_with
from sim.calibration.first_visit import PROS, Exposure, as_findings, exposures, factor, keys_of, market_taste, solved, within
from sim.calibration.pros import returns_by_pro
from sim.calibration.ratings import ratings
from sim.calibration.reader import Reader
from sim.calibration.served import recent_flow
from sim.calibration.sessions import endings, late_by_pro, late_minutes, lead_times
from sim.calibration.spread import Mass, drawn_spreads
from sim.config import Market

MOST_CLIENTS = 5_000
"""As many are drawn at most; deviations shrink by the square root of their share of all (Bickel, Götze & van Zwet 1997,
Statistica Sinica 7: resampling fewer than n)."""
ARRIVALS, COUNT = "clients.arrivals_per_day", "count"
LEAST = 1e-4
"""Of a share, and below one."""
SHARES = ("_share", "taste_mean")
"""Ends of the keys that hold shares."""


@dataclass(frozen=True)
class Redrawn:
    """Joint draws of what a file says."""

    values: Mapping[str, Floats]
    """(n_draws,) by key of the market: numbers that differ between draws."""

    @property
    def n(self) -> int:
        """Draws."""
        return len(next(iter(self.values.values()), ()))


def read_again(
    reader: Reader,
    models: Sequence[ClientModel],
    read: Findings,
    final: Sequence[Finding],
    generator: np.random.Generator,
    prior_mass: Mass | None = None,
    tick: Callable[[], None] = lambda: None,
) -> Redrawn:
    """Draws of all numbers that a file gives, but for lists and whole numbers.

    Parameters
    ----------
    reader
        Of the file, after ``read_findings``.
    models
        The client model of each draw, as likely as the data leave it.
    read
        What was read of the file.
    final
        The numbers of the market, some of which were moved afterwards so that it serves what the file served: each draw is moved
        as far.
    prior_mass
        How likely a factor on what differs between pros lies between the values of each pair of neighbours, beforehand; None: any
        spread is as likely.
    tick
        Called after each draw.
    """
    point = {finding.key: finding.value for finding in read.found}
    known = [exposure for exposure in exposures(reader) if exposure.clear and keys_of(exposure.key)[0] in point]
    last = {finding.key: finding.value for finding in final}
    numbers = _of_clients(reader, point, last, len(models), generator)
    numbers |= _of_pros(reader, point, len(models), generator)
    rates = _rates(reader, read, models, generator, prior_mass)
    effects = {key for key in point if key in {name for exposure in known for name in keys_of(exposure.key)}}
    effects |= set(keys_of(PROS)) & set(point) if rates is not None else set()
    drawn: list[dict[str, float]] = []
    errors = generator.standard_normal((len(models), len(known)))
    luck = _luck_of_pros(reader, rates, generator, len(models))
    for i, (model, luckier) in enumerate(zip(models, luck, strict=True)):
        model = staying(model, luckier)
        own = {key: values[i] for key, values in numbers.items()} | model_numbers(model)
        fixed = [replace(one, value=own.get(one.key, one.value)) for one in read.found if one.key not in effects]
        settled = _market_of(reader.base, fixed)
        found = _effects(model, settled, reader, known, errors[i], None if rates is None else (rates[0][i], rates[1][i]))
        mean, size = taste(model, settled(found))
        drawn.append(own | {one.key: one.value for one in (*found, *market_taste(mean, size))})
        tick()
    values = {key: np.array([one[key] for one in drawn]) for key in (drawn[0] if drawn else ())}
    moved = {
        key: moved_as(key, values[key], last[key], point.get(key, last[key]))
        for key in values
        if key in last and isinstance(last[key], float) and np.ptp(values[key]) > 0
    }
    return Redrawn(moved)


def moved_as(key: str, drawn: Floats, final: float, read: float) -> Floats:
    """Draws (n,) of a number, moved as far as the number itself was after it had been read, on the scale of ``line_of``."""
    if read == final:
        return drawn
    to_line, from_line = line_of(key, min(final, read, float(drawn.min())))
    return from_line(to_line(drawn) + to_line(np.array(final)) - to_line(np.array(read)))


def shrunk(key: str, drawn: Floats, value: float, share: float) -> Floats:
    """Draws (n,) nearer to a value, by a share of their distance from it, on the scale of ``line_of``."""
    to_line, from_line = line_of(key, value)
    at = to_line(np.array(value))
    return from_line(at + share * (to_line(drawn) - at))


def line_of(key: str, least: float) -> tuple[Callable[[Floats], Floats], Callable[[Floats], Floats]]:
    """To a scale without ends and back: log odds of a share, logarithms of what is positive, else the number itself.

    Parameters
    ----------
    least
        The smallest value that matters: a number that is sometimes 0 or below has no logarithm.
    """
    if key.endswith(SHARES) and least > 0:
        return lambda x: special.logit(np.clip(x, min(LEAST, least), 1 - LEAST)), special.expit
    if least > 0:
        return lambda x: np.log(np.maximum(x, LEAST * least)), np.exp
    return lambda x: x, lambda x: x


def drawn_anew(visits: Visits, chosen: Ints) -> Visits:
    """Some clients (n,) by position among those with a booking, as often as they are named, each with all bookings."""
    starts = np.flatnonzero(np.r_[True, np.diff(visits.client) != 0])
    lengths = np.diff(np.r_[starts, len(visits.client)])
    ends = np.cumsum(lengths[chosen])
    rows = np.arange(ends[-1] if len(ends) else 0) + np.repeat(starts[chosen] - (ends - lengths[chosen]), lengths[chosen])
    return replace(
        visits.rows(rows),
        client=np.repeat(np.arange(len(chosen)), lengths[chosen]),
        left_censored=visits.left_censored[visits.client[starts[chosen]]],
    )


def _of_clients(
    reader: Reader, point: Mapping[str, Any], final: Mapping[str, Any], n: int, generator: np.random.Generator
) -> dict[str, Floats]:
    """What is counted over clients and their bookings, (n,) by key."""
    n_clients = len(np.unique(reader.all.client))
    m = min(n_clients, MOST_CLIENTS)
    settled = reader.market()
    # of clients who began together, visits tell the arrivals of the market
    since = None if ARRIVALS in point else int(reader.done.day.max()) - recent_flow(reader).days

    def read(visits: Visits) -> dict[str, float]:
        return _read(Reader(visits, reader.until_day, reader.base), settled, since)

    whole = read(reader.all)
    again = [read(drawn_anew(reader.all, generator.integers(0, n_clients, generator.poisson(m)))) for _ in range(n)]
    found = {}
    for key, value in whole.items():
        drawn = np.array([one.get(key, value) for one in again])
        if key == COUNT:
            key, scale = ARRIVALS, point.get(ARRIVALS, final.get(ARRIVALS, math.nan)) / value
            drawn, value = drawn * scale * n_clients / m, value * scale
        if key in point or key == ARRIVALS:
            found[key] = shrunk(key, drawn, value, math.sqrt(m / n_clients))
    return found


def _read(reader: Reader, settled: Market, since: int | None) -> dict[str, float]:
    """Numbers by key, and a count that arrivals are in proportion to: visits after a day, or new clients."""
    lead_times(reader)
    endings(reader)
    if "minutes_late" in reader.done.numbers:
        late_minutes(reader)
    ratings(reader, settled)
    found = {one.key: one.value for one in reader.found if isinstance(one.value, float)}
    return found | {COUNT: float(reader.first.sum() if since is None else (reader.done.day > since).sum())}


def _of_pros(reader: Reader, point: Mapping[str, Any], n: int, generator: np.random.Generator) -> dict[str, Floats]:
    """How often pros are late, and how much they differ in that, (n,) by key."""
    pros = late_by_pro(reader)
    if pros is None or "pros.late_logit_sd" not in point:
        return {}
    median, logit_sd = pros.drawn(n, generator)
    return {"pros.late_share": np.clip(median, LEAST, 1 - LEAST), "pros.late_logit_sd": logit_sd}


def _rates(
    reader: Reader, read: Findings, models: Sequence[ClientModel], generator: np.random.Generator, prior_mass: Mass | None
) -> tuple[Floats, Floats] | None:
    """Mean and correlation of return between pros, (n,) each; None where the market does not have them from the file."""
    tallied = returns_by_pro(reader)
    if tallied is None or read.spread is None or not read.ends:
        return None
    mean, market = read.spread.mean, reader.market(as_findings({PROS: 1.0}, reader.base))

    def mass(roots: Floats) -> Floats:
        assert prior_mass is not None  # noqa: S101
        factors = np.array([factor(mean, root**2, market) for root in roots])
        # where the prior has nearly nothing, what little the likelihood leaves still counts
        return prior_mass(factors) + 1e-9 * np.diff(roots)

    if prior_mass is None:
        return drawn_spreads(*tallied, len(models), generator)
    return drawn_spreads(*tallied, len(models), generator, mass)


def _luck_of_pros(reader: Reader, rates: tuple[Floats, Floats] | None, generator: np.random.Generator, n: int) -> Floats:
    """Factors (n,) on how many clients stay, which the file may owe to its few pros: clients drawn anew take them for all."""
    tallied = returns_by_pro(reader)
    if rates is None or tallied is None:
        return np.ones(n)
    mean, rho = rates
    share = tallied[1] / tallied[1].sum()
    return np.exp(generator.standard_normal(n) * np.sqrt(rho * (1 - mean) / mean * (share**2).sum()))


def staying(model: ClientModel, factor: float) -> ClientModel:
    """A model whose clients stay so many times as often, at most nearly always, and differ as much."""
    size = model.drop_a + model.drop_b
    stay = min(factor * model.drop_b / size, 1 - LEAST)
    return replace(model, drop_a=(1 - stay) * size, drop_b=stay * size)


def _market_of(base: Market, fixed: Sequence[Finding]) -> Callable[[Sequence[Finding]], Market]:
    return lambda more: market_with(base, [*fixed, *more])


def _effects(
    model: ClientModel,
    market_of: Callable[[Sequence[Finding]], Market],
    reader: Reader,
    known: Sequence[Exposure],
    errors: Floats,
    rates: tuple[float, float] | None,
) -> list[Finding]:
    """Effects that give relative risks as likely as the file leaves them."""
    if not known and rates is None:
        return []
    risks = {one.key: one.risk.estimate * math.exp(one.error * float(z)) for one, z in zip(known, errors, strict=True)}
    numbers, visits = solved(model, market_of, reader.base, risks, rates)
    return as_findings({key: within(key, value, risks.get(key, math.nan), visits) for key, value in numbers.items()}, reader.base)

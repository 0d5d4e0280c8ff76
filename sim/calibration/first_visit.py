"""What a file says about first visits: how lateness, a lost booking and stars go with return, as effects of the market."""

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from sim.bookings.columns import CANCELLED_BY_CLIENT, CANCELLED_BY_PRO, DONE, NO_SHOW
from sim.bookings.visits import RETURN_DAYS
from sim.calibration.client_parameters import ClientModel
from sim.calibration.clients import taste
from sim.calibration.findings import Finding, SpreadEnd
from sim.calibration.fit import Fit
from sim.calibration.pros import TRAITS, correlation, differing, spread_between, spread_is_known
from sim.calibration.reader import Reader
from sim.calibration.risks import RISKS, WIDEST, WIDEST_ERROR, FirstVisits, first_visits, matched, relative_risk
from sim.calibration.spread import Spread
from sim.calibration.taste import matching_pros
from sim.config import Market
from sim.said import Said, number, say
from sim.statistics.intervals import Interval

ROUNDS = 3
"""Taste depends on the effects and they on taste: after three rounds neither moves in the fourth digit."""
LOST = {"stay.cancelled_by_pro": CANCELLED_BY_PRO, "stay.cancelled_by_client": CANCELLED_BY_CLIENT, "stay.no_show": NO_SHOW}
PROS = "pros"
MOST_PROS = 6.0
"""Largest factor on what differs between pros: beyond it a pro's clients all stay or all leave, whatever their taste."""
ENDS = (say("low end"), say("middle"), say("high end"))
SCALED = {"rating": ("rating", ("quality", "warmth")), PROS: ("stay", ("skill", "warmth", "advocacy"))}
"""Of which only a common factor can be told: the mix within keeps that of the base market."""


@dataclass(frozen=True)
class Exposure:
    """Return of new clients with and without something that happened at first."""

    key: str
    what: Said
    """Still without ``estimate``, ``low`` and ``high`` of the risk."""
    risk: Interval
    error: float
    """Standard error of the log relative risk."""
    n_exposed: int

    @property
    def precise(self) -> bool:
        """Whether it is known well enough to be taken from the file."""
        return self.error <= WIDEST_ERROR

    @property
    def clear(self) -> bool:
        """Whether it is, and chance alone would not give it."""
        return self.precise and self.risk.excludes(1.0)

    @property
    def source(self) -> Said:
        """The relative risk in words."""
        low, middle, high = (number(x, ".2f") for x in (self.risk.low, self.risk.estimate, self.risk.high))
        return self.what.having(estimate=middle, low=low, high=high)


def exposures(reader: Reader) -> list[Exposure]:
    """All exposures of which the file has both kinds of cases, of new clients followed for 183 days."""
    found = []

    def add(key: str, what: Said, exposed: np.ndarray, other: np.ndarray) -> None:
        if len(exposed) and len(other):
            found.append(Exposure(key, what, *relative_risk(exposed, other), len(exposed)))

    numbers, returned = reader.done.numbers, reader.returned
    if "minutes_late" in numbers:
        minutes, limit = numbers["minutes_late"], reader.base.sessions.late_from_minutes
        rows = reader.followed & np.isfinite(minutes)
        what = say("return after a late first visit {estimate} [{low}, {high}] times as often")
        add("stay.late", what, returned[rows & (minutes >= limit)], returned[rows & (minutes < limit)])
    if reader.all.has_status:
        first, back = first_bookings(reader)
        status = reader.all.status
        for key, end in LOST.items():
            text = say(
                "return after a first booking that ended as {end} {estimate} [{low}, {high}] times as often",
                end=key.removeprefix("stay."),
            )
            add(key, text, back[first & (status == end)], back[first & (status == DONE)])
    if "rating" in numbers:
        stars = np.round(numbers["rating"])
        one, five = (returned[reader.followed & (stars == k)] for k in (1, 5))
        add("rating", say("return after one star instead of five {estimate} [{low}, {high}] times as often"), one, five)
    return found


def first_bookings(reader: Reader) -> tuple[np.ndarray, np.ndarray]:
    """Of all bookings, whatever became of them: which are firsts of new clients who can be followed, and which led to another.

    Another booking counts when it came within 183 days.
    """
    bookings = reader.all
    first = np.r_[True, np.diff(bookings.client) != 0] & ~bookings.left_censored[bookings.client]
    first &= bookings.day <= reader.until_day - RETURN_DAYS
    gap = np.full(len(bookings.day), np.inf)
    gap[:-1] = np.where(np.diff(bookings.client) == 0, np.diff(bookings.day), np.inf)
    return first, gap <= RETURN_DAYS


def signs(reader: Reader) -> list[Said]:
    """What shows that the first visit can end the relation, in words.

    A risk that is known and not 1, or pros who differ beyond chance in how many of their new clients return. A form in which the
    first visit decides nothing could hold neither.
    """
    words = [exposure.source for exposure in exposures(reader) if exposure.clear]
    spread = spread_between(reader)
    if spread is not None and differing(spread):
        words.append(say("return by first pro, rho {rho}", rho=correlation(spread)))
    return words


def effects(reader: Reader, fitted: Fit, spread: Spread | None) -> tuple[SpreadEnd, ...]:
    """Effects with which the market's new clients return as the file's do; those that it cannot tell keep their defaults.

    The spread between pros is no such effect: where it cannot be told from chance, the file's estimate is still nearer to it than
    the base market's.

    Returns
    -------
    tuple of SpreadEnd
        The ends of that spread; none without pros, or where the first visit does not end the relation.
    """
    found = exposures(reader)
    for key in sorted(RISKS.keys() - {exposure.key for exposure in found}):
        reader.miss(key, say("no column, or no cases"))
    usable = [exposure for exposure in found if exposure.clear]
    for exposure in found:
        if not exposure.precise:
            few = say(
                "{n} cases, standard error {error} of the log relative risk",
                n=exposure.n_exposed,
                error=number(exposure.error, ".2f"),
            )
            reader.miss(exposure.key, few)
        elif not exposure.clear:
            reader.miss(exposure.key, say("{effect}: not to be told from none", effect=exposure.source))
    by_pro = spread if spread_is_known(spread) else None
    if not fitted.model.dropout_after_first:
        for exposure in usable:
            reader.miss(exposure.key, _without_effect(exposure.source))
        if by_pro is not None:
            reader.miss(TRAITS, _without_effect(say("rho {rho}", rho=correlation(by_pro))))
        return ()
    risks = {exposure.key: exposure.risk.estimate for exposure in usable}
    rates = None if by_pro is None else (by_pro.mean, by_pro.rho.estimate)
    numbers, visits = solved(fitted.model, reader.market, reader.base, risks, rates)
    for exposure in usable:
        low, high = (matched(exposure.key, end, visits) for end in (exposure.risk.low, exposure.risk.high))
        _report(reader, exposure, numbers[exposure.key], low, high)
    if by_pro is None:
        return ()
    source = say("return by first pro, rho {rho}; mix of the three: assumption", rho=correlation(by_pro))
    if not differing(by_pro):
        source = say(
            "return by first pro, rho {rho}, not to be told from chance; its estimate all the same; mix of the three: assumption",
            rho=correlation(by_pro),
        )
    for finding in as_findings({PROS: numbers[PROS]}, reader.base, source):
        reader.add(finding.key, finding.value, finding.source)
    return _ends(reader, fitted, by_pro)


def solved(
    model: ClientModel,
    market_of: Callable[[Sequence[Finding]], Market],
    base: Market,
    risks: Mapping[str, float],
    rates: tuple[float, float] | None,
) -> tuple[dict[str, float], FirstVisits]:
    """Effects, and the factor on what differs between pros, with which clients of a model return as they did.

    Parameters
    ----------
    market_of
        The market with everything else that is known, and some numbers on top.
    base
        Whose effects are scaled.
    risks
        Relative risk of return by key of ``RISKS``.
    rates
        Mean and correlation of return between pros; None: what differs between them is that of the market.

    Returns
    -------
    dict, FirstVisits
        The numbers by key, nan where no value gives the risk; and the first visits from which they are.
    """
    numbers, visits = dict.fromkeys(risks, math.nan), None
    for _ in range(ROUNDS):
        so_far = as_findings(numbers, base)
        mean, size = taste(model, market_of(so_far))
        if rates is not None:
            numbers[PROS] = factor(*rates, market_of(market_taste(mean, size)))
        visits = first_visits(market_of([*so_far, *market_taste(mean, size)]))
        numbers |= {key: matched(key, risk, visits) for key, risk in risks.items()}
    assert visits is not None  # noqa: S101
    return numbers, visits


def factor(mean: float, rho: float, market: Market) -> float:
    """Factor on what differs between pros with which return varies as at this mean and correlation; the largest where none does."""
    variation = math.sqrt(rho * mean * (1 - mean)) / mean
    found = matching_pros(variation, market)
    return min(found, MOST_PROS) if math.isfinite(found) else MOST_PROS


def _ends(reader: Reader, fitted: Fit, spread: Spread) -> tuple[SpreadEnd, ...]:
    """The market at the low end, the middle and the high end of the spread between pros, each with the taste that goes with it."""
    found = []
    for what, rho in zip(ENDS, (spread.rho.low, spread.rho.estimate, spread.rho.high), strict=True):
        mean, size = taste(fitted.model, reader.market())
        traits: list[Finding] = []
        for _ in range(ROUNDS):
            # factors are on what differs in the base market, not on what was found already
            base = as_findings({PROS: 1.0}, reader.base)
            scale = factor(spread.mean, rho, reader.market([*base, *market_taste(mean, size)]))
            traits = as_findings({PROS: scale}, reader.base)
            mean, size = taste(fitted.model, reader.market(traits))
        found.append(SpreadEnd(what, rho, (*traits, *market_taste(mean, size))))
    return tuple(found)


def _without_effect(effect: Said) -> Said:
    return say("{effect}, but in the fitted form the first visit does not end the relation", effect=effect)


def market_taste(mean: float, size: float) -> list[Finding]:
    """Findings of a taste, for a market on the way."""
    return [Finding("clients.taste_mean", mean, None), Finding("clients.taste_size", size, None)]


def keys_of(key: str) -> tuple[str, ...]:
    """Keys of the market that an effect sets."""
    section, names = SCALED.get(key, ("", ()))
    return tuple(f"{section}.{name}" for name in names) or (key,)


def within(key: str, value: float, risk: float, visits: FirstVisits) -> float:
    """The number that gives a relative risk, or the end of its range that comes nearest where none does."""
    if math.isfinite(value) or key == PROS:
        return value
    implied, lowest = RISKS[key]
    ends = (lowest, WIDEST)
    return min(ends, key=lambda end: abs(implied(visits, end) - risk))


def as_findings(numbers: dict[str, float], base: Market, source: Said | None = None) -> list[Finding]:
    """Findings of effects that are known; a factor scales all of its keys."""
    found = []
    for key, value in numbers.items():
        if math.isnan(value):
            continue
        if key in SCALED:
            section, names = SCALED[key]
            part = getattr(base, section)
            found += [Finding(f"{section}.{name}", value * getattr(part, name), source) for name in names]
        else:
            found.append(Finding(key, value, source))
    return found


def _report(reader: Reader, exposure: Exposure, value: float, low: float, high: float) -> None:
    if math.isnan(value):
        reader.miss(exposure.key, say("{effect}, which no value of the market gives", effect=exposure.source))
        return
    source = say("{risk}: effect {value} [{low}, {high}], observational")
    if exposure.key == "rating":
        source = say("{risk}: factor {value} [{low}, {high}], observational")
    first, last = (
        number(end, ".2f") if math.isfinite(end) else say("beyond {limit}", limit=number(WIDEST)) for end in sorted((low, high))
    )
    source = source.having(risk=exposure.source, value=number(value, ".2f"), low=first, high=last)
    for finding in as_findings({exposure.key: value}, reader.base, source):
        reader.add(finding.key, finding.value, finding.source)

"""What a file says of first visits: how lateness, a lost booking and stars go with return, as effects of the market."""

import math
from dataclasses import dataclass

import numpy as np

from sim.calibration.clients import taste
from sim.calibration.effects import RISKS, WIDEST, WIDEST_ERROR, first_visits, matched, relative_risk
from sim.calibration.findings import Finding
from sim.calibration.fit import Fit
from sim.calibration.pros import rho_words, spread_between, told
from sim.calibration.reader import RETURN_DAYS, Reader
from sim.calibration.spread import Spread
from sim.calibration.taste import matching_pros
from sim.calibration.visits import CANCELLED_BY_CLIENT, CANCELLED_BY_PRO, DONE, NO_SHOW
from sim.config import Market
from sim.statistics.intervals import Interval

ROUNDS = 3
"""Taste depends on the effects and they on taste: after three rounds neither moves in the fourth digit."""
LOST = {"stay.cancelled_by_pro": CANCELLED_BY_PRO, "stay.cancelled_by_client": CANCELLED_BY_CLIENT, "stay.no_show": NO_SHOW}
PROS = "pros"
SCALED = {"rating": ("rating", ("quality", "warmth")), PROS: ("stay", ("skill", "warmth", "advocacy"))}
"""Of which only a common factor can be told: the mix within keeps that of the base market."""


@dataclass(frozen=True)
class Exposure:
    """Return of new clients with and without something that happened at first."""

    key: str
    what: str
    risk: Interval
    error: float
    """Standard error of the log relative risk."""
    n_exposed: int

    @property
    def known(self) -> bool:
        """Whether it is known well enough to be taken from the file."""
        return self.error <= WIDEST_ERROR

    @property
    def source(self) -> str:
        """The relative risk in words."""
        risk = self.risk
        return f"return after {self.what} {risk.estimate:.2f} [{risk.low:.2f}, {risk.high:.2f}] times as often"


def exposures(reader: Reader) -> list[Exposure]:
    """All exposures of which the file has both kinds of cases, of new clients followed for 183 days."""
    found = []

    def add(key: str, what: str, exposed: np.ndarray, other: np.ndarray) -> None:
        if len(exposed) and len(other):
            found.append(Exposure(key, what, *relative_risk(exposed, other), len(exposed)))

    numbers, returned = reader.done.numbers, reader.returned
    if "minutes_late" in numbers:
        minutes, limit = numbers["minutes_late"], reader.base.sessions.late_from_minutes
        rows = reader.followed & np.isfinite(minutes)
        add("stay.late", "a late first visit", returned[rows & (minutes >= limit)], returned[rows & (minutes < limit)])
    if reader.all.has_status:
        first, back = first_bookings(reader)
        status = reader.all.status
        for key, end in LOST.items():
            what = f"a first booking that ended as {key.removeprefix('stay.')}"
            add(key, what, back[first & (status == end)], back[first & (status == DONE)])
    if "rating" in numbers:
        stars = np.round(numbers["rating"])
        one, five = (returned[reader.followed & (stars == k)] for k in (1, 5))
        add("rating", "one star instead of five", one, five)
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


def signs(reader: Reader) -> list[str]:
    """What shows that the first visit can end the relation, in words.

    A risk that is known and not 1, or pros who differ beyond chance in how many of their new clients return. A form in which the
    first visit decides nothing could hold neither.
    """
    words = [exposure.source for exposure in exposures(reader) if exposure.known and exposure.risk.excludes(1.0)]
    spread = spread_between(reader)
    return words + ([f"return by first pro, rho {rho_words(spread)}"] if spread is not None and told(spread) else [])


def effects(reader: Reader, fitted: Fit, spread: Spread | None) -> None:
    """Effects with which the market's new clients return as the file's do; those that it cannot tell keep their defaults."""
    found = exposures(reader)
    for key in sorted(RISKS.keys() - {exposure.key for exposure in found}):
        reader.miss(key, "no column, or no cases")
    usable = [exposure for exposure in found if exposure.known]
    for exposure in found:
        if not exposure.known:
            reader.miss(exposure.key, f"{exposure.n_exposed} cases, standard error {exposure.error:.2f} of the log relative risk")
    differing = spread if told(spread) else None
    if not fitted.model.dropout_after_first:
        why = "but in the fitted form the first visit does not end the relation"
        for exposure in usable:
            reader.miss(exposure.key, f"{exposure.source}, {why}")
        if differing is not None:
            reader.miss("stay.skill, stay.warmth, stay.advocacy", f"rho {rho_words(differing)}, {why}")
        return
    variation = differing.sd / differing.mean if differing is not None else math.nan
    numbers = {exposure.key: math.nan for exposure in usable}
    visits = first_visits(reader.market())
    for _ in range(ROUNDS):
        so_far = _as_findings(numbers, reader.base)
        mean, size = taste(fitted, reader.market(so_far))
        market = reader.market([*so_far, *market_taste(mean, size)])
        if differing is not None:
            numbers[PROS] = matching_pros(variation, reader.market(market_taste(mean, size)))
        visits = first_visits(market)
        numbers |= {exposure.key: matched(exposure.key, exposure.risk.estimate, visits) for exposure in usable}
    for exposure in usable:
        low, high = (matched(exposure.key, end, visits) for end in (exposure.risk.low, exposure.risk.high))
        _report(reader, exposure, numbers[exposure.key], low, high)
    if differing is not None:
        source = f"return by first pro, rho {rho_words(differing)}; mix of the three: assumption"
        for finding in _as_findings({PROS: numbers[PROS]}, reader.base, source):
            reader.add(finding.key, finding.value, finding.source)


def market_taste(mean: float, size: float) -> list[Finding]:
    """Findings of a taste, for a market on the way."""
    return [Finding("clients.taste_mean", mean, ""), Finding("clients.taste_size", size, "")]


def _as_findings(numbers: dict[str, float], base: Market, source: str = "") -> list[Finding]:
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
        reader.miss(exposure.key, f"{exposure.source}, which no value of the market gives")
        return
    ends = (f"{end:.2f}" if math.isfinite(end) else f"beyond {WIDEST:g}" for end in sorted((low, high)))
    what = "factor" if exposure.key == "rating" else "effect"
    source = f"{exposure.source}: {what} {value:.2f} [{', '.join(ends)}], observational"
    for finding in _as_findings({exposure.key: value}, reader.base, source):
        reader.add(finding.key, finding.value, finding.source)

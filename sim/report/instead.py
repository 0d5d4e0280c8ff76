"""Where no experiment is sure to tell in time: what would."""

import math
from collections.abc import Mapping
from dataclasses import dataclass

from sim.estimators.performance import Performance
from sim.metrics.catalogue import Unit
from sim.report.format import difference, lasting
from sim.statistics.intervals import Interval
from sim.words.language import t

FEW_ZONES = 2
"""In which a bold policy may be tried without much harm."""


@dataclass(frozen=True)
class OutcomeFound:
    """Another outcome, as a sign of the one that matters."""

    truth: Interval
    """Effect on it of treating everybody."""
    slope: float
    """By how much the outcome that matters is larger for each unit of this one, among clients of the control."""
    forecast: Interval
    """Effect on it times the slope: what it says about the one that matters."""
    off: Interval
    """By how much that misses the effect on the one that matters."""


@dataclass(frozen=True)
class Bolder:
    """An arm that changes more."""

    name: str
    effect: Interval
    """Of treating everybody by it."""
    n_zones: int

    def days(self, found: Performance) -> float:
        """How long a design must last to find it with 80 %, if estimates scatter as with the arm that is tried; inf: never."""
        ours = abs(self.effect.estimate)
        return found.days * (found.detectable(found.days) / ours) ** 2 if ours else math.inf


def instead_sentence(
    best: Performance, within_days: float, by_clients: Performance | None, bolder: Bolder | None, unit: Unit
) -> str:
    """What would be seen sooner than by the best design; empty where nothing would.

    Parameters
    ----------
    within_days
        How long a team would wait.
    by_clients
        A test of clients, if there was one.
    """
    ways = []
    if math.isfinite(best.days_needed):
        n = math.ceil(best.days_needed / within_days)
        ways.append(t("the same in {n} such cities at once, after {time}", n=n, time=lasting(within_days / 7)))
    if bolder is not None and (days := bolder.days(best)) < best.days_needed:
        effect = difference(bolder.effect, unit)
        ways.append(t("{arm}, which changes it by {effect}, after {time}", arm=bolder.name, effect=effect, time=lasting(days / 7)))
    if bolder is not None and by_clients is not None and bolder.n_zones > FEW_ZONES:
        days = bolder.days(by_clients) * bolder.n_zones / FEW_ZONES
        if days < best.days_needed:
            ways.append(
                t(
                    "{arm} for half of the clients of {few} of the {n} zones, after {time}",
                    arm=bolder.name,
                    few=FEW_ZONES,
                    n=bolder.n_zones,
                    time=lasting(days / 7),
                )
            )
    return t("What would be seen sooner: {ways}.", ways="; ".join(ways)) if ways else ""


def sign_sentence(
    by_outcome: Mapping[str, float], outcome: str, others: Mapping[str, OutcomeFound], names: Mapping[str, str], unit: Unit
) -> str:
    """Which outcome tells soonest, and how far it may be taken for the one that matters; empty where none does sooner.

    Parameters
    ----------
    by_outcome
        Weeks until the effect on each is found; inf: never.
    outcome
        The one that matters.
    others
        The others as its signs.
    names
        Of outcomes, in the current language.

    References
    ----------
    Athey, Chetty, Imbens & Kang (2019), The surrogate index. NBER working paper 26463.
    """
    soonest = min(by_outcome, key=lambda one: by_outcome[one])
    weeks = by_outcome[soonest]
    if soonest == outcome or not math.isfinite(weeks):
        return ""
    told = t("The same design tells soonest by {outcome}: {time}.", outcome=names[soonest], time=lasting(weeks))
    if soonest not in others:
        return told
    sign = others[soonest]
    return (
        told
        + " "
        + t(
            "Taken as a sign of the effect it says {forecast}, off by {off}: what moves a sign does not move the effect alike.",
            forecast=difference(sign.forecast, unit),
            off=difference(sign.off, unit),
        )
    )

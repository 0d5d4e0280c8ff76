"""What an experiment would say: its estimate from the clients who came while it lasted, by the estimator of its design."""

import math
from collections.abc import Mapping
from dataclasses import dataclass, fields

import numpy as np

from sim.arrays import Flags, Floats, Ints
from sim.designs.base import OUTSIDE, Design, Split, Unit
from sim.estimators.before_after import before_after, synthetic_control
from sim.estimators.estimate import Estimate
from sim.estimators.means import difference
from sim.estimators.switchback import hajek
from sim.estimators.two_sided import two_sided
from sim.metrics.newcomers import PREFIX
from sim.report.lab import WEEK_DAYS

BEFORE_AFTER, SYNTHETIC_CONTROL = "before_after", "synthetic_control"
RETURNS = ("returned_6m", "returned_60d")
"""Outcomes that are known by the day of the return."""
FORTNIGHT_DAYS = 14.0
NOT_RANDOMISED = (BEFORE_AFTER, SYNTHETIC_CONTROL)


@dataclass(frozen=True)
class Newcomers:
    """Clients who first asked during an experiment, (n,) each."""

    client: Ints
    zone: Ints
    day: Floats
    """Since the experiment began."""
    pro: Ints
    """Of the first request; -1 for none."""
    outcome: Floats

    def rows(self, keep: Flags) -> "Newcomers":
        """Some of them."""
        return Newcomers(*(getattr(self, name)[keep] for name in ("client", "zone", "day", "pro", "outcome")))


def newcomers_of(curves: Mapping[str, Floats], outcome: str, known_on: float = math.inf) -> Newcomers:
    """Those of a run, with one of their outcomes: as far as a return is known on a day of the experiment."""
    client, zone, pro = (curves[PREFIX + name].astype(np.int64) for name in ("client", "zone", "pro"))
    day, found = curves[PREFIX + "day"], curves[PREFIX + outcome]
    if outcome in RETURNS and math.isfinite(known_on):
        found = found * (day + np.nan_to_num(curves[PREFIX + "again_days"], nan=math.inf) <= known_on)
    return Newcomers(client, zone, day, pro, found)


@dataclass(frozen=True)
class Laid:
    """A split laid over the newcomers of a run."""

    who: Newcomers
    treated: Flags
    """(n,) by what the design assigned."""
    clusters: Ints | None
    """(n,) what was assigned as a whole; None: each client."""


def lay(design: Design, split: Split, who: Newcomers) -> Laid:
    """Who is compared with whom under a design; clients without a group are left out.

    A split is the same whatever was simulated, so that it can be laid over a market in which everybody was treated, too.
    """
    group = split.of_requests(who.client, who.zone, who.day + split.start_days)
    who = who.rows(_counted(design, split, who) & (group != OUTSIDE))
    if design.unit == "pro":
        who = who.rows(who.pro >= 0)
        return Laid(who, split.groups.pros[who.pro], who.pro)
    period = (who.day // split.groups.period_days).astype(np.int64)
    treated = split.groups.places[who.client] < split.groups.shares[who.zone, period]
    # before and after: nothing was assigned, and what is alike about the clients of a week is all that tells how far to trust it
    units = (who.day // WEEK_DAYS).astype(np.int64) if design.estimator == BEFORE_AFTER else period
    return Laid(who, treated, _clusters(design.unit, who, units))


def _counted(design: Design, split: Split, who: Newcomers) -> Flags:
    """Not in the first days of a period, which are left to what the period before did."""
    burn_in = float(getattr(design, "burn_in_days", 0.0))
    return who.day % split.groups.period_days >= burn_in


def _clusters(unit: Unit, who: Newcomers, period: Ints) -> Ints | None:
    if unit == "zone":
        return who.zone
    if unit == "period":
        return period
    return period * (int(who.zone.max(initial=0)) + 1) + who.zone if unit == "zone_period" else None


def estimates(design: Design, split: Split, who: Newcomers, load: float) -> dict[str, Estimate]:
    """All estimates that a design gives, by name of the estimator; the first is its own.

    Raises
    ------
    ValueError
        Fewer clusters than an estimator can bear.
    """
    if split.randomises_clients and split.randomises_pros:
        return _both_sides(split, who, load)
    laid = lay(design, split, who)
    if design.estimator == SYNTHETIC_CONTROL:
        return {SYNTHETIC_CONTROL: synthetic_control(*_by_zone(split, laid.who)).effect}
    if design.unit == "period" and laid.clusters is not None:
        values, treated, counts = by_period(laid.who.outcome, laid.treated, laid.clusters)
        if design.estimator == BEFORE_AFTER:
            return {BEFORE_AFTER: before_after(values, treated)}
        return {"hajek": hajek(values, treated, counts=counts)}
    stages = _stages(design, split, laid.who)
    return {"difference": difference(laid.who.outcome, laid.treated, laid.clusters, stages)}


def _by_zone(split: Split, who: Newcomers) -> tuple[Floats, Flags, int]:
    """Mean outcome by zone and whole fortnight, (n_zones, n_fortnights); which zones are treated, and from which fortnight on.

    Raises
    ------
    ValueError
        A zone without clients in a fortnight.
    """
    zones = np.flatnonzero(split.groups.shares[:, 0] >= 0)
    begins = split.groups.period_days
    before, after = (int(days // FORTNIGHT_DAYS) for days in (begins, split.days - begins))
    # fortnights are counted from where it begins
    fortnight = np.floor((who.day - begins) / FORTNIGHT_DAYS).astype(int) + before
    whole = (fortnight >= 0) & (fortnight < before + after)
    cell = np.searchsorted(zones, who.zone[whole]) * (before + after) + fortnight[whole]
    counts, sums = (np.bincount(cell, part, len(zones) * (before + after)) for part in (None, who.outcome[whole]))
    if not counts.all():
        raise ValueError(f"{(counts == 0).sum()} of {len(counts)} fortnights of a zone have no new client, must be none")
    return (sums / counts).reshape(len(zones), -1), split.groups.shares[zones, 1] > 0, before


def by_period(values: Floats, treated: Flags, periods: Ints) -> tuple[Floats, Flags, Floats]:
    """Mean outcome, group and number of clients of each period in which somebody came, in order."""
    _, index = np.unique(periods, return_inverse=True)
    counts = np.bincount(index).astype(float)
    return np.bincount(index, values) / counts, np.bincount(index, treated) * 2 > counts, counts


def _stages(design: Design, split: Split, who: Newcomers) -> Floats | None:
    """A column (n, n_stages - 1) a later stage: shares differ between them, and so does the time of the year; None: no stages."""
    if design.estimator != "means" or split.groups.shares.shape[1] == 1 or split.randomises_pros:
        return None
    stage = (who.day // split.groups.period_days).astype(np.int64)
    return (stage[:, None] == np.unique(stage)[1:]).astype(float)


def _both_sides(split: Split, who: Newcomers, load: float) -> dict[str, Estimate]:
    who = who.rows(split.of_requests(who.client, who.zone, who.day + split.start_days) != OUTSIDE)
    met = np.flatnonzero(who.pro >= 0)
    treated = split.groups.places[who.client] < split.groups.shares[who.zone, 0]
    found = two_sided(who.outcome[met], met, who.pro[met], treated, split.groups.pros, load)
    return {name: found[name] for name in ("improved_1", "naive")}


def undisturbed(design: Design, split: Split, all_control: Newcomers, all_treated: Newcomers) -> float:
    """The same comparison, of treated units in a market that is all treated with control units in one that is not at all.

    Within the same stages, where the design compares within stages.
    """
    control, treated = lay(design, split, all_control), lay(design, split, all_treated)
    sides = [control.who.rows(~control.treated), treated.who.rows(treated.treated)]
    means = float(sides[1].outcome.mean() - sides[0].outcome.mean())
    who = Newcomers(*(np.concatenate([getattr(side, field.name) for side in sides]) for field in fields(Newcomers)))
    if (stages := _stages(design, split, who)) is None:
        return means
    return difference(who.outcome, np.arange(len(who.outcome)) >= len(sides[0].outcome), None, stages).estimate

"""A real experiment in the form of a simulated one: the split that its file tells, and the new clients who came meanwhile."""

from dataclasses import dataclass, replace

import numpy as np

from experiments.bookings.opened import Bookings
from experiments.trials.estimating import BEFORE_AFTER, Newcomers
from experiments.trials.observed_clients import WINDOWS, Clients
from experiments.trials.observed_groups import NOBODY
from experiments.trials.observed_plan import Observed
from experiments.trials.observed_rows import assigned_from, own_units, sides, unit_groups_of, units_of_rows
from sim.arrays import Flags, Floats, Ints
from sim.bookings.rows import date_of
from sim.config import ConfigError
from sim.designs.base import Groups, Split, Unit, Units, everybody


@dataclass(frozen=True)
class Taken:
    """An experiment as its file tells it."""

    control: str
    """Value of the column of groups; empty where nothing was assigned."""
    treated: str
    split: Split
    """Its clients are those of ``who``."""
    who: Newcomers
    """All who first asked while it lasted and are in a group, followed to the end or not; ``client`` counts them."""
    chosen: Ints
    """(n,) their position among the clients of the file."""
    followed: Flags
    """(n,) whether their outcome is known."""
    before: Newcomers
    """Those of as many days before, followed; ``client`` is 0, ``day`` is since those days began."""
    had_booked: int
    """Clients who asked while it lasted and had before: no new ones."""
    ungrouped: int
    """New clients who are in neither group."""
    early: int
    """New clients who asked before they, or what they asked for, were assigned."""
    unit_groups: Ints
    """(n_units,) 1, 0 or -1: what was assigned."""


def taken_from(bookings: Bookings, added: Flags, clients: Clients, observed: Observed) -> Taken:
    """Groups and new clients of an experiment.

    Parameters
    ----------
    added
        (n_rows,) rows of the file of assignments.

    Raises
    ------
    ConfigError
        No column of groups, or of what was assigned; three groups without saying which two; a unit in both groups; a group without
        clients; an experiment that is not within the file, or of which nobody is followed long enough.
    """
    _refuse_outside(clients, observed, bookings.name)
    design, unit = observed.design, observed.design.unit
    since = clients.day - observed.start
    new = (since >= 0) & (since < observed.days) & ~clients.older
    asked = clients.asked_day - observed.start
    had_booked = int((~new[np.unique(clients.asked_client[(asked >= 0) & (asked < observed.days)])]).sum())
    n_zones, n_pros = (len(bookings.rows.names.get(name, ())) for name in ("zone", "pro"))
    zone = np.where(clients.zone >= 0, clients.zone, n_zones)
    usual = Units(0, 0, 0, max(n_pros, 1), n_zones + 1, float(observed.days))
    period_days = observed.period_days
    n_periods = usual.n_periods(period_days)
    if design.estimator == BEFORE_AFTER:
        chosen = np.flatnonzero(new)
        groups, values, ungrouped, early = design.groups(replace(usual, n_clients=len(chosen))), ("", ""), 0, 0
        unit_groups = (groups.shares[0] > 0).astype(np.int64)
    else:
        values, side = sides(bookings, added, observed)
        period = np.where((since >= 0) & (since < observed.days), since // period_days, NOBODY).astype(np.int64)
        units = units_of_rows(bookings, added, observed, n_periods)
        own = own_units(clients, unit, period, n_periods, staged=observed.is_staged)
        n_units = int(max(units.max(initial=-1), own.max(initial=-1))) + 1
        unit_groups = unit_groups_of(bookings, units, side, n_units, observed, n_periods)
        mine = np.where(own >= 0, np.append(unit_groups, NOBODY)[own], NOBODY)
        too_soon = clients.day < np.append(assigned_from(bookings, units, n_units), -np.inf)[own]
        chosen = np.flatnonzero(new & (mine >= 0) & ~too_soon)
        ungrouped, early = int((new & (mine < 0)).sum()), int((new & (mine >= 0) & too_soon).sum())
        groups = _as_groups(unit, usual, n_periods, period_days, mine[chosen], unit_groups)
    followed = clients.followed(WINDOWS[observed.options.outcome])
    earlier = np.flatnonzero((since < 0) & (since >= -observed.days) & followed & ~clients.older)
    who = _newcomers(clients, chosen, zone, since, np.arange(len(chosen)))
    before = _newcomers(clients, earlier, zone, since + observed.days, np.zeros(len(earlier), np.int64))
    if unit == "pro":
        # a pro who is in neither group, or before unknown, is nobody's
        known = np.append(unit_groups, NOBODY) >= 0
        before = before.rows(known[np.minimum(before.pro, len(unit_groups))] & (before.pro >= 0))
    if unit == "zone":
        known = np.append(unit_groups, [NOBODY] * (n_zones + 2))
        before = before.rows(known[before.zone] >= 0)
    split = Split(groups, float(observed.start), float(observed.days))
    found = Taken(*values, split, who, chosen, followed[chosen], before, had_booked, ungrouped, early, unit_groups)
    _refuse_unfollowed(found, clients, observed)
    return found


def _refuse_outside(clients: Clients, observed: Observed, source: str) -> None:
    first, last = int(clients.day.min()), int(clients.last)
    for key, day in (("start", observed.start), ("end", observed.end - 1)):
        if not first <= day <= last:
            raise ConfigError(f"{key} = {date_of(day)}, must lie within {date_of(first)} to {date_of(last)}, the days of {source}")


def _refuse_unfollowed(found: Taken, clients: Clients, observed: Observed) -> None:
    window, outcome = WINDOWS[observed.options.outcome], observed.options.outcome
    if not len(found.chosen):
        raise ConfigError(f"start = {date_of(observed.start)}: no new client of a group came until {date_of(observed.end - 1)}")
    if not found.followed.any():
        first, all_of_them = (date_of(int(np.ceil(day + window))) for day in (clients.day[found.chosen].min(), observed.end))
        raise ConfigError(
            f"outcome = {outcome}: no client is followed for {window:g} days by {date_of(int(clients.last))}, the last day of the"
            f" file: wait until {first} for the first, until {all_of_them} for all"
        )


def _newcomers(clients: Clients, chosen: Ints, zone: Ints, since: Floats, number: Ints) -> Newcomers:
    return Newcomers(number, zone[chosen], since[chosen], clients.pro[chosen], clients.outcome[chosen])


def _as_groups(unit: Unit, usual: Units, n_periods: int, period_days: float, mine: Ints, unit_groups: Ints) -> Groups:
    """What was assigned as a design says it: see ``sim.designs.base``."""
    groups = everybody(replace(usual, n_clients=len(mine)))
    if unit == "client":
        shares = np.full((usual.n_zones, n_periods), 0.5)
        return groups._replace(places=np.where(mine == 1, 0.0, 0.75), shares=shares, period_days=period_days)
    if unit == "pro":
        pros = np.zeros(usual.n_pros, bool)
        n = min(len(pros), len(unit_groups))
        pros[:n] = unit_groups[:n] == 1
        return groups._replace(pros=pros)
    shape = {"zone": (usual.n_zones, 1), "period": (1, n_periods), "zone_period": (usual.n_zones, n_periods)}[unit]
    on = np.zeros(shape[0] * shape[1])
    n = min(len(on), len(unit_groups))
    on[:n] = unit_groups[:n] == 1
    shares = np.broadcast_to(on.reshape(shape), (usual.n_zones, shape[1])).copy()
    return groups._replace(shares=shares, period_days=usual.days if unit == "zone" else period_days)

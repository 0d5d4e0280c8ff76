"""A real experiment in the form of a simulated one: the split that its file tells, and the new clients who came meanwhile."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from experiments.bookings.opened import Bookings
from experiments.trials.estimating import BEFORE_AFTER, Newcomers
from experiments.trials.observed_clients import WINDOWS, Clients
from experiments.trials.observed_groups import NOBODY, Rows, by_unit, control_and_treated, never_back, wholes
from experiments.trials.observed_plan import Observed
from sim.arrays import Flags, Floats, Ints
from sim.bookings.cells import MOST_UNREADABLE, as_text, codes_of, found_heading
from sim.bookings.instants import read_instants
from sim.bookings.rows import DAY, REASONS, date_of
from sim.bookings.sources.joined import FILE
from sim.config import ConfigError
from sim.designs.base import Groups, Split, Unit, Units, everybody

WHATS: Mapping[Unit, str] = {
    "client": "client",
    "pro": "pro",
    "zone": "zone",
    "period": "period",
    "zone_period": "zone and period",
}
NEEDED: Mapping[Unit, str] = {"pro": "pro", "zone": "zone", "zone_period": "zone"}
"""By what is assigned, the column without which it cannot be told."""


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


def without_assignments(bookings: Bookings, observed: Observed) -> tuple[Bookings, Flags]:
    """Bookings of which the rows of the file of assignments are none, and which rows those are, (n_rows,)."""
    rows = bookings.rows
    if observed.options.assignments is None:
        return bookings, np.zeros(len(rows.client), bool)
    codes, names = codes_of(bookings.sheet.columns[FILE])
    wanted = Path(observed.options.assignments).name
    added = codes == names.index(wanted) if wanted in names else np.zeros(len(codes), bool)
    fate = np.where(added & (rows.fate < 0), list(REASONS).index("no_date"), rows.fate)
    if (fate >= 0).all():
        raise ConfigError(f"data = {bookings.name!r}, holds no usable row beside those of assignments = {wanted}")
    return replace(bookings, rows=replace(rows, fate=fate)), added


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
    n_zones, n_pros = (int(codes.max(initial=-1)) + 1 for codes in (clients.zone, clients.pro))
    zone = np.where(clients.zone >= 0, clients.zone, n_zones)
    usual = Units(0, 0, 0, max(n_pros, 1), n_zones + 1, float(observed.days))
    period_days = observed.period_days
    n_periods = usual.n_periods(period_days)
    if design.estimator == BEFORE_AFTER:
        chosen = np.flatnonzero(new)
        groups, values, ungrouped, early = design.groups(replace(usual, n_clients=len(chosen))), ("", ""), 0, 0
        unit_groups = (groups.shares[0] > 0).astype(np.int64)
    else:
        values, side = _sides(bookings, added, observed)
        period = np.where((since >= 0) & (since < observed.days), since // period_days, NOBODY).astype(np.int64)
        units = _units_of_rows(bookings, added, observed, n_zones, period_days, n_periods)
        own = _own_units(clients, unit, period, n_periods, staged=observed.is_staged)
        n_units = int(max(units.max(initial=-1), own.max(initial=-1))) + 1
        unit_groups = _unit_groups(bookings, units, side, n_units, observed, n_periods)
        mine = np.where(own >= 0, np.append(unit_groups, NOBODY)[own], NOBODY)
        too_soon = clients.day < np.append(_assigned_from(bookings, units, n_units), -np.inf)[own]
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


def _days_of_rows(bookings: Bookings) -> Floats:
    """When each row was asked for, in days since 1970-01-01, or when it starts; nan for neither."""
    rows = bookings.rows
    day = np.where(rows.start.there, rows.start.second / DAY, np.nan)
    if "lead_days" in rows.numbers:
        day = np.where(np.isfinite(rows.numbers["lead_days"]), day - rows.numbers["lead_days"], day)
    if rows.asked is not None:
        day = np.where(rows.asked.there, rows.asked.second / DAY, day)
    return day


def _during(bookings: Bookings, added: Flags, observed: Observed) -> tuple[Floats, Flags]:
    """Days of rows since the experiment began, and which rows say something of it."""
    since = _days_of_rows(bookings) - observed.start
    with np.errstate(invalid="ignore"):
        within = (since >= 0) & (since < observed.days)
    return since, within | added


def _sides(bookings: Bookings, added: Flags, observed: Observed) -> tuple[tuple[str, str], Ints]:
    """What control and treated group are called, and the side of each row: 1, 0, or -1 for neither."""
    rows = bookings.rows
    if "group" not in rows.labels:
        there = ", ".join(heading for heading in bookings.sheet.columns if heading != FILE)
        raise ConfigError(f"columns.group is missing: the column of {bookings.name} that says who was in which group, of: {there}")
    codes, names = rows.labels["group"], rows.names["group"]
    _, during = _during(bookings, added, observed)
    occurring = np.unique(codes[during & (codes >= 0)])
    said = observed.options.groups
    values = control_and_treated([names[code] for code in occurring], None if said is None else said.model_dump())
    side = np.full(len(names) + 1, NOBODY)
    side[names.index(values[0])], side[names.index(values[1])] = 0, 1
    return values, np.where(during, side[codes], NOBODY)


def _units_of_rows(bookings: Bookings, added: Flags, observed: Observed, n_zones: int, period_days: float, n_periods: int) -> Ints:
    """(n_rows,) What each row says the group of; -1: of nothing."""
    rows, unit = bookings.rows, observed.design.unit
    column = NEEDED.get(unit)
    if column is not None and column not in rows.labels:
        raise ConfigError(f"design = [{observed.name}], needs columns.{column}: {bookings.name} has no such column")
    since, during = _during(bookings, added, observed)
    inside = during & np.isfinite(since) & (since >= 0) & (since < observed.days)
    period = np.where(inside, np.nan_to_num(since) // period_days, NOBODY).astype(np.int64)
    if unit == "client":
        return (
            np.where((rows.client >= 0) & (period >= 0), rows.client * n_periods + period, NOBODY)
            if observed.is_staged
            else rows.client
        )
    if unit == "pro":
        return rows.labels["pro"]
    return wholes(unit, rows.labels.get("zone", np.full(len(period), NOBODY)), period, n_periods)


def _own_units(clients: Clients, unit: Unit, period: Ints, n_periods: int, staged: bool) -> Ints:
    """(n_clients,) The unit by which each client is in a group."""
    if unit == "client":
        return np.where(period >= 0, clients.code * n_periods + period, NOBODY) if staged else clients.code
    return clients.pro if unit == "pro" else wholes(unit, clients.zone, period, n_periods)


def _unit_groups(bookings: Bookings, units: Ints, side: Ints, n_units: int, observed: Observed, n_periods: int) -> Ints:
    rows = Rows(units, side, np.arange(len(units)))
    design = observed.design
    staged = observed.is_staged
    names = _names_of(bookings, units, side) if design.unit in ("client", "pro") else None
    one_file = bookings.sheet.first_row if observed.options.assignments is None else 0
    found = by_unit(rows, n_units, WHATS[design.unit] + (" of one stage" if staged else ""), names, one_file)
    if staged:
        whole = np.append(found, np.full(-n_units % n_periods, NOBODY)).reshape(-1, n_periods)
        if not (steady := never_back(whole)).all():
            raise ConfigError(
                f"columns.group: {int((~steady).sum())} clients are control after they were treated: each must stay so"
            )
    return found


def _assigned_from(bookings: Bookings, units: Ints, n_units: int) -> Floats:
    """(n_units,) Since when each is in its group, in days since 1970-01-01; -inf where the file does not say.

    Raises
    ------
    ConfigError
        The column cannot be read.
    """
    columns, found = bookings.columns, np.full(n_units, np.inf)
    if columns.assigned is not None:
        heading = found_heading(bookings.sheet, "assigned", columns.assigned)
        when = read_instants(
            bookings.sheet.columns[heading], timezone=columns.timezone, naive_timezone=columns.naive_timezone, heading=heading
        )
        if when.unreadable.sum() > MOST_UNREADABLE * max(int((when.there | when.unreadable).sum()), 1):
            raise ConfigError(f"columns.assigned = {columns.assigned}: {int(when.unreadable.sum())} values cannot be read as dates")
        known = when.there & (units >= 0)
        np.minimum.at(found, units[known], when.second[known] / DAY)
    return np.where(np.isfinite(found), found, -np.inf)


def _names_of(bookings: Bookings, units: Ints, side: Ints) -> dict[int, str] | None:
    """What units are called in the file, if names may be shown."""
    unit = "client" if bookings.columns.pro is None or (units == bookings.rows.client).all() else "pro"
    headings = getattr(bookings.columns, unit)
    if not bookings.columns.keep_ids or headings is None:
        return None
    text = as_text(bookings.sheet.columns[found_heading(bookings.sheet, unit, headings[0])])
    known = np.flatnonzero((units >= 0) & (side >= 0))
    return {int(units[i]): text[int(i)].as_py() for i in known}


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

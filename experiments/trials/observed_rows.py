"""What each row of a file says about an experiment: of which unit, in which group, and since when."""

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import numpy as np

from experiments.bookings.opened import Bookings
from experiments.trials.observed_clients import Clients
from experiments.trials.observed_groups import NOBODY, Rows, by_unit, control_and_treated, never_back, wholes
from experiments.trials.observed_plan import Observed
from sim.arrays import Flags, Floats, Ints
from sim.bookings.cells import MOST_UNREADABLE, as_text, codes_of, found_heading
from sim.bookings.instants import read_instants
from sim.bookings.rows import DAY, REASONS
from sim.bookings.sources.joined import FILE
from sim.config import ConfigError
from sim.designs.base import Unit

WHATS: Mapping[Unit, str] = {
    "client": "client",
    "pro": "pro",
    "zone": "zone",
    "period": "period",
    "zone_period": "zone and period",
}
NEEDED: Mapping[Unit, str] = {"pro": "pro", "zone": "zone", "zone_period": "zone"}
"""By what is assigned, the column without which it cannot be told."""


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


def sides(bookings: Bookings, added: Flags, observed: Observed) -> tuple[tuple[str, str], Ints]:
    """What control and treated group are called, and the side of each row: 1, 0, or -1 for neither.

    Raises
    ------
    ConfigError
        No column of groups, or nobody says which of its values are meant.
    """
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


def units_of_rows(bookings: Bookings, added: Flags, observed: Observed, n_periods: int) -> Ints:
    """(n_rows,) What each row says the group of; -1: of nothing.

    Raises
    ------
    ConfigError
        The file has no column for what was assigned.
    """
    rows, unit = bookings.rows, observed.design.unit
    column = NEEDED.get(unit)
    if column is not None and column not in rows.labels:
        raise ConfigError(f"design = [{observed.name}], needs columns.{column}: {bookings.name} has no such column")
    since, during = _during(bookings, added, observed)
    inside = during & np.isfinite(since) & (since >= 0) & (since < observed.days)
    period = np.where(inside, np.nan_to_num(since) // observed.period_days, NOBODY).astype(np.int64)
    if unit == "client":
        if not observed.is_staged:
            return rows.client
        return np.where((rows.client >= 0) & (period >= 0), rows.client * n_periods + period, NOBODY)
    if unit == "pro":
        return rows.labels["pro"]
    return wholes(unit, rows.labels.get("zone", np.full(len(period), NOBODY)), period, n_periods)


def own_units(clients: Clients, unit: Unit, period: Ints, n_periods: int, staged: bool) -> Ints:
    """(n_clients,) The unit by which each client is in a group."""
    if unit == "client":
        return np.where(period >= 0, clients.code * n_periods + period, NOBODY) if staged else clients.code
    return clients.pro if unit == "pro" else wholes(unit, clients.zone, period, n_periods)


def unit_groups_of(bookings: Bookings, units: Ints, side: Ints, n_units: int, observed: Observed, n_periods: int) -> Ints:
    """(n_units,) The group of each unit; -1 where no row says it.

    Raises
    ------
    ConfigError
        A unit is in both groups, or a client of a staged rollout goes back to the control.
    """
    rows = Rows(units, side, np.arange(len(units)))
    design = observed.design
    staged = observed.is_staged
    names = _names_of(bookings, design.unit, units, side) if design.unit in ("client", "pro") else None
    one_file = bookings.sheet.first_row if observed.options.assignments is None else 0
    found = by_unit(rows, n_units, WHATS[design.unit] + (" of one stage" if staged else ""), names, one_file)
    if staged:
        whole = np.append(found, np.full(-n_units % n_periods, NOBODY)).reshape(-1, n_periods)
        if not (steady := never_back(whole)).all():
            raise ConfigError(
                f"columns.group: {int((~steady).sum())} clients are control after they were treated: each must stay so"
            )
    return found


def assigned_from(bookings: Bookings, units: Ints, n_units: int) -> Floats:
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


def _names_of(bookings: Bookings, unit: Unit, units: Ints, side: Ints) -> dict[int, str] | None:
    """What units are called in the file, if names may be shown."""
    headings = getattr(bookings.columns, unit)
    if not bookings.columns.keep_ids or headings is None:
        return None
    text = as_text(bookings.sheet.columns[found_heading(bookings.sheet, unit, headings[0])])
    known = np.flatnonzero((units >= 0) & (side >= 0))
    return {int(units[i]): text[int(i)].as_py() for i in known}

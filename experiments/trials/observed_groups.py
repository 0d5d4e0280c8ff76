"""Who was in which group of a real experiment, from the column of groups: of the bookings, or of a file of assignments."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from sim.arrays import Flags, Ints
from sim.bookings.columns import SPELLED
from sim.config import ConfigError
from sim.designs.base import Unit
from sim.estimators.checks import assigned_once

SPOKEN = (
    ("control", "treatment"),
    ("control", "treated"),
    ("control", "test"),
    ("control", "variant"),
    ("control", "variation"),
    ("a", "b"),
    ("0", "1"),
    ("off", "on"),
    ("false", "true"),
    ("no", "yes"),
    ("old", "new"),
    ("before", "after"),
    ("témoin", "traité"),
    ("kontrolle", "behandlung"),
)
"""Values of a column of groups that say themselves which is the control."""
NOBODY = -1


@dataclass(frozen=True)
class Rows:
    """Rows that name a unit and a group, (n,) each."""

    unit: Ints
    """-1 where the row names none."""
    group: Ints
    """1 treated, 0 control, -1 neither."""
    row: Ints
    """Position in the file, for messages."""


def control_and_treated(values: Sequence[str], said: Mapping[str, str | int | bool] | None) -> tuple[str, str]:
    """Which value of the column is the control, and which the treated group.

    Parameters
    ----------
    values
        All that occur, each once.
    said
        By ``control`` and ``treated``; None: the values say it themselves.

    Raises
    ------
    ConfigError
        A value that was said does not occur, or nobody says which is which.

    Examples
    --------
    >>> control_and_treated(["Treatment", "Control"], None)
    ('Control', 'Treatment')
    """
    listed = ", ".join(values)
    if len(values) < 2:
        held = f"only {listed}" if values else "no value"
        raise ConfigError(f"columns.group holds {held} while the experiment lasted, must hold a control and a treated group")
    if said is None:
        plain = {value.casefold().removesuffix(".0"): value for value in values}
        for control, treated in SPOKEN:
            if len(values) == 2 and plain.keys() == {control, treated}:
                return plain[control], plain[treated]
        raise ConfigError(
            f"groups = null, must say which value of columns.group is which, as in groups={{control: A, treated: B}}; there are:"
            f" {listed}"
        )
    found = {}
    for key, value in said.items():
        # a yaml reads on and off, yes and no as true and false
        spelled = SPELLED[value] if isinstance(value, bool) else (str(value),)
        there = [name for name in values if name in spelled or name.removesuffix(".0") in spelled]
        if not there:
            raise ConfigError(f"groups.{key} = {value}, must be a value of columns.group; there are: {listed}")
        found[key] = there[0]
    if found["control"] == found["treated"]:
        raise ConfigError(f"groups.treated = {found['treated']}, must not be the control, too")
    return found["control"], found["treated"]


def by_unit(rows: Rows, n_units: int, what: str, name_of: Mapping[int, str] | None = None, line_of: int = 0) -> Ints:
    """The group of each unit, (n_units,); -1 where no row says it.

    Parameters
    ----------
    what
        A unit, for messages: ``client``.
    name_of
        How units may be called; None: they stay nameless.
    line_of
        Line of the file that holds the first row; 0: rows have no number.

    Raises
    ------
    ConfigError
        A unit is in both groups; the message names it, or its rows.
    """
    known = (rows.unit >= 0) & (rows.group >= 0)
    unit, group, row = rows.unit[known], rows.group[known], rows.row[known]
    try:
        assigned_once(unit, group == 1)
    except ValueError:
        treated = np.zeros(n_units, bool)
        treated[unit[group == 1]] = True
        both = np.intersect1d(np.flatnonzero(treated), unit[group == 0])
        first = row[np.isin(unit, both)].min()
        one = unit[row == first][0]
        places = [int(row[(unit == one) & (group == side)].min()) for side in (0, 1)]
        called = f" {name_of[int(one)]}" if name_of else ""
        lines = [f"line {line_of + place}" if line_of else f"row {place + 1}" for place in places]
        raise ConfigError(
            f"columns.group: {what}{called} is in both groups (control in {lines[0]}, treated in {lines[1]}), and {len(both)} of"
            f" {len(np.unique(unit))} are: each must stay in one"
        ) from None
    found = np.full(n_units, NOBODY)
    found[unit] = group
    return found


def never_back(groups: Ints) -> Flags:
    """(n_clients,) Whether nobody is control in a stage after a treated one; groups are (n_clients, n_stages), -1 unknown."""
    treated_before = np.maximum.accumulate(groups == 1, axis=1)
    return ~(treated_before & (groups == 0)).any(axis=1)


def wholes(unit: Unit, zone: Ints, period: Ints, n_periods: int) -> Ints:
    """(n,) number of the zone, period or pair of both that rows belong to, -1 for none."""
    if unit == "zone":
        return zone
    if unit == "period":
        return period
    return np.where((zone >= 0) & (period >= 0), zone * n_periods + period, NOBODY)

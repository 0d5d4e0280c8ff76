"""Who could have been chosen for a booking, and how likely each was: the two columns of a dispatch log that hold several values."""

import json
import math
from dataclasses import dataclass

import numpy as np

from sim.arrays import Flags, Floats, Ints
from sim.bookings.cells import Cells, as_text, codes_of, trimmed
from sim.bookings.columns import Columns
from sim.bookings.sheet import Sheet
from sim.config import ConfigError

SEPARATORS = ("|", ", ")
"""The first that a cell holds; the second is how a column of lists is read."""
SUM_TOLERANCE = 0.005
"""By how much the propensities of a row may miss 1: files round them to two digits or three."""


@dataclass(frozen=True)
class Candidates:
    """Candidates of some rows of a file, those of a row following one another; n rows with m candidates in all."""

    rows: Ints
    """(n,) which rows of the file, ascending."""
    counts: Ints
    """(n,) >= 1."""
    pros: Ints
    """(m,) codes; those below ``n_booked`` are the codes of the pros who have bookings."""
    chosen: Ints
    """(n,) position of the row's pro among its candidates."""
    propensities: Floats | None
    """(m,) of each candidate, sums to 1 over a row; None: the file does not say."""
    only_chosen: bool
    """Whether the file says the propensity of the chosen only, and the other candidates share the rest."""
    n_booked: int
    names: tuple[str, ...]
    """Of all pros, those who are only ever candidates behind the others."""


def candidates_of(sheet: Sheet, columns: Columns, wanted: Flags) -> Candidates:
    """The candidates of the rows wanted, (n_rows,), that name any.

    Raises
    ------
    ConfigError
        The file has no such column, or none of the rows names a candidate; a pro who is not among the candidates, or is named
        twice; propensities that are no numbers within (0, 1], are not as many as the candidates, or do not sum to 1.
    """
    cells = Cells(sheet, columns)
    codes, booked = codes_of(cells.values("pro"))
    position = {name: i for i, name in enumerate(booked)}
    texts = _texts(cells, "candidates")
    rates = _texts(cells, "propensity") if "propensity" in cells else None
    rows, counts, pros, chosen, told, single = [], [], [], [], [], 0
    for row in np.flatnonzero(wanted & (codes >= 0)):
        names = [texts[row]] if texts[row] in position else _split(texts[row])
        if not names:
            continue
        where = f"data = {sheet.name!r}, row {row + (sheet.first_row or 1)}"
        own = booked[codes[row]]
        if own not in names:
            raise ConfigError(
                f"{where}: columns.pro = {_shown(columns, own)}, must be among the {len(names)} of columns.candidates"
            )
        if len(set(names)) < len(names):
            raise ConfigError(f"{where}: columns.candidates = {_shown(columns, texts[row])}, must name each pro once")
        rows.append(row)
        counts.append(len(names))
        chosen.append(names.index(own))
        pros += [position.setdefault(name, len(position)) for name in names]
        if rates is not None:
            found = _rates(rates[row], len(names), chosen[-1], where)
            single += len(names) > 1 and len(_split(rates[row])) == 1
            told += found
    if not rows:
        raise ConfigError(f"columns.candidates: no first booking of a new client in {sheet.name} names a candidate, some must")
    return Candidates(
        rows=np.array(rows),
        counts=np.array(counts),
        pros=np.array(pros),
        chosen=np.array(chosen),
        propensities=None if rates is None else np.array(told),
        only_chosen=single > 0,
        n_booked=len(booked),
        names=tuple(position),
    )


def _texts(cells: Cells, meaning: str) -> list[str]:
    """A column as texts without blanks around them."""
    return list(trimmed(as_text(cells.column(meaning))).to_pylist())


def _split(text: str) -> list[str]:
    """The values of one cell.

    Examples
    --------
    >>> _split("ann| bea |cem"), _split('["ann", "bea"]'), _split("ann, bea"), _split("0,5"), _split("")
    (['ann', 'bea', 'cem'], ['ann', 'bea'], ['ann', 'bea'], ['0,5'], [])
    """
    if text[:1] == "[":
        try:
            return [str(value).strip() for value in json.loads(text)]
        except ValueError:
            text = text.strip("[]")
    separator = next((one for one in SEPARATORS if one in text), SEPARATORS[0])
    return [value.strip() for value in text.split(separator) if value.strip()]


def _rates(text: str, n: int, chosen: int, where: str) -> list[float]:
    """The propensity of each of n candidates."""
    said = _split(text)
    if len(said) not in (1, n):
        raise ConfigError(f"{where}: columns.propensity = {text}, must be one number, that of the chosen, or {n}, one a candidate")
    found = [_number(value) for value in said]
    single = len(said) == 1
    own = found[0] if single else found[chosen]
    if not 0 < own <= 1 or not all(0 <= value <= 1 for value in found):
        raise ConfigError(f"{where}: columns.propensity = {text}, must be within (0, 1]; of a candidate not chosen within [0, 1]")
    if single:
        if n == 1 and abs(own - 1) > SUM_TOLERANCE:
            raise ConfigError(f"{where}: columns.propensity = {text}, must be 1 for a single candidate")
        return [own if i == chosen else (1 - own) / (n - 1) for i in range(n)]
    if abs(sum(found) - 1) > SUM_TOLERANCE:
        raise ConfigError(f"{where}: columns.propensity = {text}, must sum to 1 over all candidates, not to {sum(found):g}")
    return [value / sum(found) for value in found]


def _number(text: str) -> float:
    """Nan where it is none; a decimal comma is one."""
    try:
        return float(text.replace(",", "."))
    except ValueError:
        return math.nan


def _shown(columns: Columns, text: str) -> str:
    """A name of the file, if names may be shown."""
    return repr(text) if columns.keep_ids else "a pro"

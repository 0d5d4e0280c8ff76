"""Several tables below one another."""

from collections.abc import Sequence

import pyarrow as pa

from sim.bookings.sheet import Sheet
from sim.bookings.sources.values import unified, unread
from sim.config import ConfigError
from sim.said import say

FILE = "\0file"
"""Heading of the column with the name of each row's file; no column of a file can be called so."""


def joined(sheets: Sequence[Sheet], name: str | None = None) -> Sheet:
    """Tables as one, with all their headings; a column that a table does not have is empty there.

    Parameters
    ----------
    sheets
        At least one; those of one name are told apart by a number.
    name
        Of the result; None: the names of all.

    Raises
    ------
    ConfigError
        Two tables without a common heading.
    """
    common = set.intersection(*(set(sheet.columns) for sheet in sheets))
    if not common:
        odd = next(sheet for sheet in sheets if not set(sheet.columns) & set(sheets[0].columns))
        raise ConfigError(f"data, {sheets[0].name} and {odd.name} have no heading in common, must be parts of one table")
    headings = dict.fromkeys(heading for sheet in sheets for heading in sheet.columns)
    n_rows = sum(sheet.n_rows for sheet in sheets)
    columns = {}
    for heading in headings:
        parts = [sheet.columns.get(heading, unread(sheet.n_rows)) for sheet in sheets]
        is_read = any(not pa.types.is_null(part.type) for part in parts)
        columns[heading] = unified(parts) if is_read else unread(n_rows)
    names = [pa.array([sheet.name] * sheet.n_rows, pa.string()).dictionary_encode() for sheet in sheets]
    columns[FILE] = pa.chunked_array(names).unify_dictionaries().cast(pa.string())
    notes = tuple(dict.fromkeys(say("{file}: {note}", file=sheet.name, note=note) for sheet in sheets for note in sheet.notes))
    title = name or ", ".join(dict.fromkeys(sheet.name for sheet in sheets))
    count = (say("{n} files read as one", n=len(sheets)),) if len(sheets) > 1 else ()
    return Sheet(title, columns, (*count, *notes), 0 if len(sheets) > 1 else sheets[0].first_row)

"""Several tables below one another."""

from collections.abc import Sequence
from dataclasses import replace

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
        A table has no heading in common with the first.
    """
    sheets = _spelled_alike(sheets)
    first = sheets[0].columns.keys() - {FILE}
    for other in sheets[1:]:
        if first.isdisjoint(other.columns):
            there = "; ".join(
                f"{one.name} has {', '.join(heading for heading in one.columns if heading != FILE)}" for one in (sheets[0], other)
            )
            raise ConfigError(
                f"data, {sheets[0].name} and {other.name} have no heading in common, must be parts of one table: {there}"
            )
    headings = dict.fromkeys(heading for sheet in sheets for heading in sheet.columns if heading != FILE)
    n_rows = sum(sheet.n_rows for sheet in sheets)
    columns = {}
    for heading in headings:
        parts = [sheet.columns.get(heading, unread(sheet.n_rows)) for sheet in sheets]
        is_read = any(not pa.types.is_null(part.type) for part in parts)
        columns[heading] = unified(parts) if is_read else unread(n_rows)
    columns[FILE] = unified([sheet.columns.get(FILE, _constant(sheet)) for sheet in sheets])
    if len(sheets) == 1:
        return Sheet(name or sheets[0].name, columns, sheets[0].notes, sheets[0].first_row)
    notes = [say("{file}: {note}", file=sheet.name, note=note) for sheet in sheets for note in sheet.notes]
    title = name or ", ".join(dict.fromkeys(sheet.name for sheet in sheets))
    return Sheet(title, columns, (say("{n} files read as one", n=len(sheets)), *notes), 0)


def _spelled_alike(sheets: Sequence[Sheet]) -> list[Sheet]:
    """Tables whose headings are those of the first that has them, whatever their capitals."""
    known: dict[str, str] = {}
    alike = []
    for sheet in sheets:
        plain = [heading.casefold() for heading in sheet.columns]
        if len(set(plain)) == len(plain):
            names = [known.setdefault(fold, heading) for fold, heading in zip(plain, sheet.columns, strict=True)]
            sheet = replace(sheet, columns=dict(zip(names, sheet.columns.values(), strict=True)))
        alike.append(sheet)
    return alike


def _constant(sheet: Sheet) -> pa.ChunkedArray:
    """The name of a table for each of its rows."""
    return pa.chunked_array([pa.repeat(pa.scalar(sheet.name), sheet.n_rows)])

"""Workbooks of Excel and LibreOffice: the sheet that holds a table, with cells as they are typed."""

import datetime as dt
import zipfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import PurePath
from typing import Any

import pyarrow as pa

from sim.bookings.sheet import Sheet
from sim.bookings.sources.header import find_header, headings, is_wanted
from sim.bookings.sources.source import LARGEST_BYTES, LARGEST_RATIO, SMALL_BYTES, Source
from sim.bookings.sources.values import array_of, as_text, unread
from sim.said import say

HEAD_ROWS = 500
SHOWN = 60
"""Characters of an example, at most."""


@dataclass(frozen=True)
class _Table:
    """One sheet of a workbook."""

    name: str
    rows: list[list[Any]]
    """Of the table, blank ones and further rows of headings left out."""
    names: list[str]
    first_row: int
    titles: tuple[str, ...]
    has_header: bool
    n_repeated: int


def read_workbook(source: Source, wanted: Sequence[str] | None = None, sheet: str | None = None) -> Sheet:
    """The table of a workbook.

    Parameters
    ----------
    sheet
        Its name; None: the only sheet that holds a table, or that has all headings that are wanted.

    Raises
    ------
    ConfigError
        It cannot be read, such as for a password; no such sheet; no table, or several.
    """
    from python_calamine import CalamineError, CalamineWorkbook, PasswordError, SheetVisibleEnum

    _check_size(source)
    try:
        with source.open() as stream:
            book = CalamineWorkbook.from_filelike(stream)
            visible = [about.name for about in book.sheets_metadata if about.visible == SheetVisibleEnum.Visible]
            if sheet is not None:
                visible = [name for name in book.sheet_names if name.strip().casefold() == sheet.strip().casefold()]
                if not visible:
                    raise source.refuse(f"has no sheet {sheet!r}; there are: {', '.join(book.sheet_names)}")
            tables = [table for name in visible if (table := _table(name, book.get_sheet_by_name(name))) is not None]
    except PasswordError:
        raise source.refuse("is protected by a password, must be saved without it") from None
    except CalamineError as error:
        raise source.refuse(f"cannot be read as a workbook ({error}): save it as xlsx or CSV") from None
    if not tables:
        raise source.refuse("holds no table: no sheet has headings and rows")
    if len(tables) > 1 and wanted is not None:
        n_found = [sum(is_wanted(table.names, wanted)) for table in tables]
        fitting = [table for table, n in zip(tables, n_found, strict=True) if n >= len(set(wanted))]
        tables = fitting if len(fitting) == 1 else tables
    if len(tables) > 1:
        raise source.refuse(f"holds several tables, choose one with sheet=: {', '.join(table.name for table in tables)}")
    return _sheet(source, tables[0], wanted, len(book.sheet_names))


def _check_size(source: Source) -> None:
    """Refuse a workbook that unpacks to far too much."""
    with source.open() as stream:
        if not zipfile.is_zipfile(stream):
            return
        with zipfile.ZipFile(stream) as archive:
            packed, unpacked = (sum(getattr(info, key) for info in archive.infolist()) for key in ("compress_size", "file_size"))
    if unpacked > min(LARGEST_BYTES, max(SMALL_BYTES, LARGEST_RATIO * packed)):
        raise source.refuse(f"unpacks to {unpacked / 1e9:.3g} GB, must be unpacked and looked at first")


def _table(name: str, sheet: Any) -> _Table | None:
    """The table on a sheet; None: there is none."""
    rows = [[_rounded(cell) for cell in row] for row in sheet.to_python()]
    head = [[as_text(cell) or "" for cell in row] for row in rows[:HEAD_ROWS]]
    if not any(cell.strip() for row in head for cell in row):
        return None
    header, first = find_header(head)
    names = head[header] if header is not None else []
    filled = [row for row in rows[first:] if any(cell is not None and cell != "" for cell in row)]
    data = [row for row in filled if header is None or row != rows[header]]
    if not data or sum(any(row[i] not in (None, "") for row in data) for i in range(len(data[0]))) < 2:
        return None
    above = head[: header if header is not None else first]
    titles = tuple(" ".join(filter(None, row)) for row in above if any(row))
    return _Table(
        name, data, headings(names, len(data[0])), sheet.start[0] + first + 1, titles, header is not None, len(filled) - len(data)
    )


def _rounded(cell: Any) -> Any:
    """Instants to the second: a workbook keeps them as fractions of a day."""
    return (cell + dt.timedelta(microseconds=500_000)).replace(microsecond=0) if isinstance(cell, dt.datetime) else cell


def _sheet(source: Source, table: _Table, wanted: Sequence[str] | None, n_sheets: int) -> Sheet:
    kept = is_wanted(table.names, wanted)
    columns: dict[str, pa.ChunkedArray] = {}
    for i, (name, is_kept) in enumerate(zip(table.names, kept, strict=True)):
        columns[name] = pa.chunked_array([array_of([row[i] for row in table.rows])]) if is_kept else unread(len(table.rows))
    notes = [*source.notes]
    if n_sheets > 1:
        notes.append(say("sheet {sheet} of the workbook", sheet=table.name))
    if table.titles:
        notes.append(say("{n} lines above the headings, such as {example}", n=len(table.titles), example=table.titles[0][:SHOWN]))
    if not table.has_header:
        notes.append(say("no headings: columns are called column 1 to column {n}", n=len(table.names)))
    if table.n_repeated:
        notes.append(say("{n} times the headings again within the rows, left out", n=table.n_repeated))
    return Sheet(PurePath(source.name).name, columns, tuple(notes), table.first_row)

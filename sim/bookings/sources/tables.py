"""Tables that know the types of their columns: Parquet and Arrow files, and frames of Python."""

import itertools
from collections.abc import Sequence
from pathlib import PurePath
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from sim.bookings.sheet import Sheet
from sim.bookings.sources.header import headings, is_wanted
from sim.bookings.sources.source import Source
from sim.bookings.sources.values import array_of, names_of, plain, unread
from sim.config import ConfigError
from sim.said import Said


def read_arrow(source: Source, head: bytes, wanted: Sequence[str] | None = None) -> Sheet:
    """A Parquet or Arrow (Feather) file as a sheet; only columns that are wanted are read.

    Raises
    ------
    ConfigError
        It cannot be read, or holds no rows.
    """
    name = PurePath(source.name).name
    try:
        with source.open() as stream:
            if head.startswith(b"PAR1"):
                file = pq.ParquetFile(stream)
                schema = file.schema_arrow
                fields = [field.name for field, kept in zip(schema, _is_read(schema, wanted), strict=True) if kept]
                found = file.read(columns=fields)
                n_rows = file.metadata.num_rows
                parts = [found[field.name] if field.name in fields else unread(n_rows) for field in schema]
            else:
                table = pa.ipc.open_file(stream).read_all()
                schema, parts, n_rows = table.schema, table.columns, table.num_rows
        if not n_rows:
            raise source.refuse("holds no rows")
        return _sheet(name, schema, parts, wanted, source.notes)
    except (pa.ArrowException, OSError) as error:
        raise source.refuse(f"cannot be read: {str(error).splitlines()[0]}") from None


def sheet_of(frame: Any, name: str, wanted: Sequence[str] | None = None) -> Sheet:
    """A frame of pandas, polars, Arrow, DuckDB or any other library that offers its rows as an Arrow stream.

    Raises
    ------
    ConfigError
        It offers none, or holds no rows.
    """
    if not hasattr(frame, "__arrow_c_stream__"):
        raise ConfigError(f"data is a {type(frame).__name__}, must be a path or a frame that offers __arrow_c_stream__")
    try:
        table = pa.table(frame)
    except (pa.ArrowInvalid, pa.ArrowTypeError):
        # pandas keeps values of several types in one column
        table = pa.table({str(key): _mixed(frame[key]) for key in frame.columns})
    table = table.select([i for i, column in enumerate(table.column_names) if not column.startswith("__index_level_")])
    if not table.num_rows:
        raise ConfigError("data, the frame holds no rows")
    return sheet_from(table, name, wanted)


def sheet_from(table: pa.Table, name: str, wanted: Sequence[str] | None = None, notes: tuple[Said, ...] = ()) -> Sheet:
    """A table of Arrow as a sheet."""
    return _sheet(name, table.schema, table.columns, wanted, notes)


def _mixed(column: Any) -> pa.Array:
    return array_of([None if gone else value for value, gone in zip(column.tolist(), column.isna().tolist(), strict=True)])


def _names(schema: pa.Schema) -> list[list[str]]:
    """Headings by field, several for a structure."""
    parts = [names_of(field.name, field.type) for field in schema]
    distinct = iter(headings([name for names in parts for name in names]))
    return [[next(distinct) for _ in names] for names in parts]


def _is_read(schema: pa.Schema, wanted: Sequence[str] | None) -> list[bool]:
    parts = _names(schema)
    every = [name for names in parts for name in names]
    kept = set(itertools.compress(every, is_wanted(every, wanted)))
    return [not kept.isdisjoint(names) for names in parts]


def _sheet(
    name: str, schema: pa.Schema, parts: Sequence[pa.ChunkedArray], wanted: Sequence[str] | None, notes: tuple[Said, ...]
) -> Sheet:
    columns: dict[str, pa.ChunkedArray] = {}
    for names, part, is_kept in zip(_names(schema), parts, _is_read(schema, wanted), strict=True):
        columns |= zip(names, plain(part) if is_kept else (unread(len(part)) for _ in names), strict=True)
    flags = is_wanted(list(columns), wanted)
    kept = {name: column if flag else unread(len(column)) for (name, column), flag in zip(columns.items(), flags, strict=True)}
    return Sheet(name, kept, notes, 0)

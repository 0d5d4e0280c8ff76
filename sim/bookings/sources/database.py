"""Databases in a file, read and never written: SQLite and DuckDB."""

import itertools
import re
import sqlite3
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import closing
from pathlib import Path, PurePath
from typing import Any
from urllib.parse import quote

import pyarrow as pa

from sim.bookings.sheet import Sheet
from sim.bookings.sources.header import headings, is_wanted
from sim.bookings.sources.source import Source
from sim.bookings.sources.tables import sheet_from
from sim.bookings.sources.values import array_of, unified, unread
from sim.config import ConfigError
from sim.said import Said, say

QUERY = re.compile(r"(?:\s|--[^\n]*\n|/\*.*?\*/)*(?:select|with)\s", re.IGNORECASE | re.DOTALL)
"""A query, perhaps after comments."""
BATCH_ROWS = 50_000


def is_database(head: bytes) -> bool:
    """Whether a file begins like one of SQLite or DuckDB."""
    return head.startswith(b"SQLite format 3\0") or head[8:12] == b"DUCK"


def read_file(source: Source, head: bytes, wanted: Sequence[str] | None = None, table: str | None = None) -> Sheet:
    """A table of a SQLite or DuckDB file.

    Parameters
    ----------
    table
        Its name, or a query that begins with SELECT or WITH; None: the only table.

    Raises
    ------
    ConfigError
        No such table, several of which none is chosen, a query that fails or would write, or DuckDB is not installed.
    """
    if source.path is None:
        raise source.refuse("must be unpacked first, as a database")
    return (_sqlite if head.startswith(b"SQLite") else _duckdb)(source, source.path, wanted, table)


def quoted(*names: str) -> str:
    """A name, with its schema before it, as SQL has it.

    Examples
    --------
    >>> print(quoted("public", "my b"))
    "public"."my b"
    """
    return ".".join('"' + name.replace('"', '""') + '"' for name in names)


def named(tables: Iterable[tuple[str, str]], usual: str) -> dict[str, str]:
    """Tables by name, with their schema unless it is the usual one, as SQL has them."""
    return {name if schema == usual else f"{schema}.{name}": quoted(schema, name) for schema, name in tables}


def statement(tables: Mapping[str, str], table: str | None, refuse: Callable[[str], ConfigError]) -> tuple[str, tuple[Said, ...]]:
    """The query for a table, and what is worth saying of it.

    Parameters
    ----------
    tables
        All of them: by name, the name as SQL has it.
    table
        One of them, in small or capital letters, or a query.
    refuse
        Makes the error that says which there are.
    """
    if table is not None and QUERY.match(table):
        return table.strip().rstrip(";"), ()
    there = ", ".join(tables) or "none"
    if table is None:
        found = list(tables)
        if len(found) != 1:
            raise refuse(f"holds {len(found)} tables, choose one with table=: {there}")
    else:
        asked = table.strip().casefold()
        found = [name for name in tables if name == table.strip()] or [name for name in tables if name.casefold() == asked]
        if len(found) != 1:
            raise refuse(f"table = {table!r}, must be one of its tables, or a query that begins with SELECT or WITH: {there}")
    # the name is one that the database told, as it quotes names
    return "SELECT * FROM " + tables[found[0]], (say("table {table} of the database", table=found[0]),)  # noqa: S608


def _sqlite(source: Source, path: Path, wanted: Sequence[str] | None, table: str | None) -> Sheet:
    try:
        with closing(sqlite3.connect(f"file:{quote(str(path.absolute()))}?mode=ro", uri=True)) as connection:
            connection.execute("PRAGMA query_only = ON")
            connection.text_factory = lambda data: data.decode(errors="replace")
            listed = "SELECT name FROM sqlite_master WHERE type IN ('table', 'view') AND name NOT LIKE 'sqlite_%' ORDER BY name"
            tables = {name: quoted(name) for (name,) in connection.execute(listed)}
            query, notes = statement(tables, table, source.refuse)
            cursor = connection.execute(query)
            found = headings([column for column, *_ in cursor.description])
            kept = is_wanted(found, wanted)
            parts: list[list[pa.ChunkedArray]] = [[] for _ in found]
            n_rows = 0
            while rows := cursor.fetchmany(BATCH_ROWS):
                n_rows += len(rows)
                for part, values in itertools.compress(zip(parts, zip(*rows, strict=True), strict=True), kept):
                    part.append(pa.chunked_array([array_of(values)]))
    except sqlite3.Error as error:
        raise source.refuse(f"cannot be read: {error}") from None
    if not n_rows:
        raise source.refuse("holds no rows in that table")
    columns = {name: unified(part) if is_kept else unread(n_rows) for name, part, is_kept in zip(found, parts, kept, strict=True)}
    return Sheet(PurePath(source.name).name, columns, (*source.notes, *notes), 0)


def _duckdb(source: Source, path: Path, wanted: Sequence[str] | None, table: str | None) -> Sheet:
    try:
        import duckdb
    except ImportError:
        raise source.refuse("is a DuckDB file: pip install 'mission-dispatch-sim[sql]'") from None
    # a query reads this file alone, and instants do not depend on the machine
    settings: dict[str, Any] = {"enable_external_access": "false", "autoinstall_known_extensions": "false", "TimeZone": "UTC"}
    try:
        with duckdb.connect(str(path), read_only=True, config=settings) as connection:
            listed = "SELECT table_schema, table_name FROM information_schema.tables ORDER BY ALL"
            tables = named(connection.sql(listed).fetchall(), "main")
            query, notes = statement(tables, table, source.refuse)
            found = table_of(connection.sql(query).to_arrow_reader(BATCH_ROWS), wanted)
    except duckdb.Error as error:
        raise source.refuse(f"cannot be read: {str(error).splitlines()[0]}") from None
    if not found.num_rows:
        raise source.refuse("holds no rows in that table")
    return sheet_from(found, PurePath(source.name).name, wanted, (*source.notes, *notes))


def table_of(batches: Any, wanted: Sequence[str] | None) -> pa.Table:
    """Rows of a reader, with empty columns where they are not wanted."""
    schema = batches.schema
    kept = is_wanted(schema.names, wanted)
    kinds = [field if is_kept else pa.field(field.name, pa.null()) for field, is_kept in zip(schema, kept, strict=True)]

    def chosen() -> Iterator[pa.RecordBatch]:
        for batch in batches:
            arrays = [array if is_kept else pa.nulls(len(array)) for array, is_kept in zip(batch.columns, kept, strict=True)]
            yield pa.RecordBatch.from_arrays(arrays, schema=pa.schema(kinds))

    return pa.Table.from_batches(chosen(), pa.schema(kinds))

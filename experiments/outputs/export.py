"""Results as tables that a team's own notebook or dashboard reads: a DuckDB file, or a folder of Parquet files.

Tables are written under a temporary name that takes the place of an earlier export at the end: whoever reads sees all of the old
one or all of the new one. The table ``columns`` says what each column means.
"""

import re
import shutil
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, Protocol

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from experiments.execution.disk import StoreError, named, sync, temporary_name
from experiments.outputs.export_columns import TABLES, meaning_of
from experiments.outputs.folder import MARKER, check_writable
from sim.bookings.sources.database import quoted
from sim.config import ConfigError

WRITTEN_BY = "mission-dispatch-sim export"
"""Comment of each table of a DuckDB file, and content of the marker of a folder: what has it may be replaced."""
SCHEME = re.compile(r"([A-Za-z][A-Za-z0-9+.-]+):(.*)")
LISTED = """
SELECT table_name, comment FROM duckdb_tables()
UNION ALL SELECT view_name, comment FROM duckdb_views() WHERE NOT internal ORDER BY ALL
"""
COLUMNS = "columns"
"""The table that explains the others."""
Parts = Iterable[pa.Table]
"""A table in pieces of one schema, so that all of it need not be in memory."""


@dataclass(frozen=True)
class Target:
    """Where results go."""

    kind: Literal["duckdb", "parquet"]
    path: Path

    def refuse(self, rule: str) -> ConfigError:
        """An error that names the key and the value."""
        return ConfigError(f"export = '{self.kind}:{self.path}', {rule}")


class _Writer(Protocol):
    def write(self, name: str, part: pa.Table) -> None: ...


def target_of(export: str | None) -> Target | None:
    """Where results are to go; None: nowhere beside the out folder.

    Raises
    ------
    ConfigError
        It is neither ``duckdb:FILE`` nor ``parquet:FOLDER`` nor a folder.

    Examples
    --------
    >>> target_of("duckdb:out.db"), target_of("tables").kind
    (Target(kind='duckdb', path=PosixPath('out.db')), 'parquet')
    """
    if export is None:
        return None
    found = SCHEME.fullmatch(export)
    scheme, path = (found[1].lower(), found[2]) if found else ("parquet", export)
    is_file = found is None and Path(path).suffix != ""
    if scheme not in ("duckdb", "parquet") or not path.strip() or is_file:
        raise ConfigError(f"export = {export!r}, must be duckdb:FILE, parquet:FOLDER or a folder")
    return Target("duckdb" if scheme == "duckdb" else "parquet", Path(path).expanduser())


def check_export(export: str | None, *taken: Path) -> None:
    """Find what is wrong with an export before anything is simulated.

    Parameters
    ----------
    taken
        Folders that hold something else: out folder and store.

    Raises
    ------
    ConfigError
        A bad value; something is there that no export wrote; it cannot be written to; DuckDB is not installed.
    """
    target = target_of(export)
    if target is None:
        return
    for folder in taken:
        if target.path.absolute() == folder.absolute():
            raise target.refuse("must not be out or store")
    if target.kind == "duckdb":
        _duckdb(target)
    _check_replaceable(target)
    check_writable("export", target.path.absolute().parent)


def _duckdb(target: Target) -> Any:
    try:
        import duckdb
    except ImportError:
        raise target.refuse("needs DuckDB: pip install 'mission-dispatch-sim[sql]'") from None
    return duckdb


def _check_replaceable(target: Target) -> None:
    """Refuse to take the place of what no export wrote."""
    path = target.path
    if not path.exists() or (path.is_dir() and not any(path.iterdir())):
        return
    foreign = _foreign_files(path) if target.kind == "parquet" else _foreign_tables(target)
    if foreign:
        raise target.refuse(f"holds {foreign[0]!r}, which no export wrote: must be new, or what an export left")


def _foreign_files(path: Path) -> list[str]:
    if not path.is_dir():
        return [path.name]
    ours = path / MARKER
    if not ours.is_file() or ours.read_text(encoding="utf-8", errors="replace").strip() != WRITTEN_BY:
        return sorted(file.name for file in path.iterdir())
    known = {MARKER, *(f"{name}.parquet" for name in TABLES)}
    return sorted(file.name for file in path.iterdir() if file.name not in known)


def _foreign_tables(target: Target) -> list[str]:
    duckdb = _duckdb(target)
    try:
        with duckdb.connect(str(target.path), read_only=True) as connection:
            found = connection.sql(LISTED).fetchall()
    except duckdb.Error:
        return [target.path.name]
    # one without tables may be a file that somebody has begun
    return [name for name, comment in found if comment != WRITTEN_BY] if found else [target.path.name]


def write_export(export: str | None, tables: Mapping[str, Parts]) -> list[str]:
    """Write tables where they are to go, all or none; returns what was written, a text a table.

    Parameters
    ----------
    tables
        By name of ``export_columns.TABLES``, in pieces; one without any piece is left out. What did not happen (nan) is null.

    Raises
    ------
    ConfigError
        As ``check_export``.
    StoreError
        A file cannot be written.
    """
    target = target_of(export)
    if target is None:
        return []
    _check_replaceable(target)
    counts: dict[str, int] = {}
    explained: dict[str, list[str]] = {"table": [], "column": [], "meaning": []}
    path = target.path
    temporary = temporary_name(path)
    with named(path):
        path.parent.mkdir(parents=True, exist_ok=True)
    try:
        with (_parquet_folder if target.kind == "parquet" else _duckdb_file)(target, temporary) as writer:
            for name, parts in tables.items():
                for part in parts:
                    if name not in counts:
                        for column in part.column_names:
                            for key, value in zip(explained, (name, column, meaning_of(name, column)), strict=True):
                                explained[key].append(value)
                    writer.write(name, _plain(part))
                    counts[name] = counts.get(name, 0) + part.num_rows
            writer.write(COLUMNS, pa.table(explained))
        _take_place(temporary, path)
    finally:
        if temporary.is_dir():
            shutil.rmtree(temporary, ignore_errors=True)
        else:
            temporary.unlink(missing_ok=True)
    return [f"{name} ({count:,} rows)" for name, count in counts.items()]


def print_export(export: str | None, written: Sequence[str]) -> None:
    """Say in the terminal what was written where."""
    if export is not None:
        print(f"Export:  {export}: {', '.join((*written, COLUMNS))}")


def _plain(table: pa.Table) -> pa.Table:
    """Labels as texts, and nan as null."""
    for i, field in enumerate(table.schema):
        column = table[i]
        if pa.types.is_dictionary(field.type):
            column = pc.cast(column, field.type.value_type)
        elif pa.types.is_floating(field.type):
            column = pc.if_else(pc.is_nan(column), None, column)
        table = table.set_column(i, field.name, column)
    return table


def _take_place(temporary: Path, path: Path) -> None:
    """Rename what was written; an earlier folder is moved aside first, since a folder cannot replace one."""
    for file in sorted(temporary.iterdir()) if temporary.is_dir() else [temporary]:
        sync(file)
    aside = temporary_name(path)
    try:
        if path.is_dir():
            path.rename(aside)
        temporary.replace(path)
    except OSError as error:
        raise StoreError(error.errno or 0, error.strerror or str(error), str(path)) from error
    sync(path.absolute().parent)
    shutil.rmtree(aside, ignore_errors=True)


class _Folder:
    """Parquet files, one a table."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.files: dict[str, Any] = {}

    def write(self, name: str, part: pa.Table) -> None:
        if name not in self.files:
            self.files[name] = pq.ParquetWriter(self.folder / f"{name}.parquet", part.schema, compression="zstd")
        self.files[name].write_table(part)


@contextmanager
def _parquet_folder(_target: Target, temporary: Path) -> Iterator[_Writer]:
    with named(temporary):
        temporary.mkdir()
        (temporary / MARKER).write_text(f"{WRITTEN_BY}\n", encoding="utf-8")
    folder = _Folder(temporary)
    try:
        yield folder
    finally:
        for file in folder.files.values():
            file.close()


class _File:
    """Tables of a DuckDB file."""

    def __init__(self, connection: Any) -> None:
        self.connection = connection
        self.names: set[str] = set()

    def write(self, name: str, part: pa.Table) -> None:
        rows = self.connection.from_arrow(part)
        if name in self.names:
            rows.insert_into(name)
            return
        rows.create(name)
        self.names.add(name)
        self.connection.execute(f"COMMENT ON TABLE {quoted(name)} IS '{WRITTEN_BY}'")
        for column in part.column_names:
            told = meaning_of(name, column).replace("'", "''")
            self.connection.execute(f"COMMENT ON COLUMN {quoted(name, column)} IS '{told}'")


@contextmanager
def _duckdb_file(target: Target, temporary: Path) -> Iterator[_Writer]:
    with _duckdb(target).connect(str(temporary)) as connection:
        yield _File(connection)

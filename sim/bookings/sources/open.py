"""The table of any source: what it is, by its bytes, and who reads it."""

import glob
import re
from collections.abc import Sequence
from pathlib import Path

from sim.bookings.sheet import Sheet
from sim.bookings.sources import database, postgresql, tables
from sim.bookings.sources.delimited import read_delimited
from sim.bookings.sources.documents import read_documents
from sim.bookings.sources.joined import joined
from sim.bookings.sources.source import Source, source_of
from sim.bookings.sources.workbook import read_workbook
from sim.config import ConfigError

JSON = re.compile(rb"\s*(?:\{\s*[\"}]|\[\s*(?:[\[{\"\]]|$))")
PAGE = re.compile(rb"\s*<(?:!doctype|html|table|\?xml|meta|head|style)", re.IGNORECASE)


def read_sheet(
    path: Path | str, wanted: Sequence[str] | None = None, *, table: str | None = None, sheet: str | None = None
) -> Sheet:
    """The table that a file, a folder or glob of Parquet files, or a database holds.

    Parameters
    ----------
    path
        Of a file, packed or not; a folder; a pattern with ``*``; or ``postgresql://…``.
    wanted
        Headings, or positions from 1: other columns keep their heading and place and come without values, as ``pa.null()``.
        None: all.
    table
        Of a database: its name, or a query that begins with SELECT or WITH.
    sheet
        Of a workbook.

    Raises
    ------
    ConfigError
        Nothing is there, it holds no table, or several of which none is chosen; the message says what to do.
    """
    name = str(path)
    if name.startswith(postgresql.SCHEMES):
        return postgresql.read_postgresql(name, wanted, table)
    there = Path(name) if Path(name).exists() else Path(name).expanduser()
    if there.is_dir():
        return _read_all(name, sorted(file for file in there.rglob("*") if _is_data(file, there)), wanted)
    if not there.exists() and glob.has_magic(name):
        root = Path(there.anchor)
        files = sorted(file for file in root.glob(str(there.relative_to(root))) if file.is_file())
        return _read_all(name, files, wanted)
    if not there.is_file():
        raise ConfigError(f"data = {name!r}, must be a file, a folder of Parquet files or a postgresql:// address")
    source = source_of(there, name)
    head = source.head()
    if table is not None and not database.is_database(head):
        raise source.refuse(f"must be a database, since table = {table!r}")
    if sheet is not None and not _is_workbook(head):
        raise source.refuse(f"must be a workbook, since sheet = {sheet!r}")
    return _read(source, head, wanted, table, sheet)


def _read(source: Source, head: bytes, wanted: Sequence[str] | None, table: str | None, sheet: str | None) -> Sheet:
    if database.is_database(head):
        return database.read_file(source, head, wanted, table)
    if _is_workbook(head):
        return read_workbook(source, wanted, sheet)
    if head.startswith((b"PAR1", b"ARROW1")):
        return tables.read_arrow(source, head, wanted)
    text = head.removeprefix(b"\xef\xbb\xbf")
    if PAGE.match(text):
        raise source.refuse("is a web page or XML whatever its name says, must be saved as xlsx or CSV")
    return read_documents(source, wanted) if JSON.match(text) else read_delimited(source, wanted)


def _is_workbook(head: bytes) -> bool:
    return head.startswith((b"PK\x03\x04", b"\xd0\xcf\x11\xe0"))


def _is_data(file: Path, folder: Path) -> bool:
    """Whether a file of a folder is data, rather than what systems add, such as ``_SUCCESS`` or ``.part.crc``."""
    return file.is_file() and not any(part.startswith((".", "_")) for part in file.relative_to(folder).parts)


def _read_all(name: str, files: Sequence[Path], wanted: Sequence[str] | None) -> Sheet:
    if not files:
        raise ConfigError(f"data = {name!r}, holds no file")
    return joined([read_sheet(file, wanted) for file in files], Path(name).name)


def read_sheets(
    paths: Sequence[Path | str], wanted: Sequence[str] | None = None, *, table: str | None = None, sheet: str | None = None
) -> Sheet:
    """Several files as one table, with the file of each row in the column ``joined.FILE``; see ``read_sheet`` and ``joined``."""
    return joined([read_sheet(path, wanted, table=table, sheet=sheet) for path in paths])

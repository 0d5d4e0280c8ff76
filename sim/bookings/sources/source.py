"""The bytes of a file, unpacked where it is compressed."""

import gzip
import io
import zipfile
import zlib
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any, BinaryIO

from sim.config import ConfigError
from sim.said import Said, say

LARGEST_BYTES = 8 * 2**30
"""Of a file once it is unpacked."""
LARGEST_RATIO = 500
"""Of unpacked to packed bytes, once that is more than ``SMALL_BYTES``: real tables shrink to a hundredth at best."""
SMALL_BYTES = 64 * 2**20
HEAD_BYTES = 4096
BUFFER_BYTES = 2**20
SHOWN_NAMES = 10

UNREADABLE = {
    b"%PDF": "is a PDF, must be a table: export it as CSV or xlsx",
    b"7z\xbc\xaf\x27\x1c": "is packed as 7z, must be unpacked first",
    b"Rar!": "is packed as rar, must be unpacked first",
    b"\x28\xb5\x2f\xfd": "is packed as zstd, must be unpacked first",
    b"\xfd7zXZ": "is packed as xz, must be unpacked first",
    b"BZh": "is packed as bzip2, must be unpacked first",
}
"""By first bytes: what to do with a file that is no table."""


@dataclass(frozen=True)
class Source:
    """A file that can be read from its beginning as often as needed."""

    name: str
    """As it was given, for messages."""
    open: Callable[[], BinaryIO]
    path: Path | None = None
    """Where it lies; None: inside a packed one."""
    notes: tuple[Said, ...] = ()

    def head(self) -> bytes:
        """The first bytes."""
        with self.open() as stream:
            return stream.read(HEAD_BYTES)

    def refuse(self, rule: str) -> ConfigError:
        """An error that names the file."""
        return ConfigError(f"data = {self.name!r}, {rule}")


class _Limited(io.RawIOBase):
    """Unpacked bytes, up to a limit."""

    def __init__(self, stream: Any, packed: BinaryIO, packed_bytes: int, refuse: Callable[[str], ConfigError]) -> None:
        self._stream, self._packed, self._refuse, self._taken = stream, packed, refuse, 0
        self._limit = min(LARGEST_BYTES, max(SMALL_BYTES, LARGEST_RATIO * packed_bytes))

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        try:
            data = self._stream.read(len(buffer))
        except (OSError, EOFError, zipfile.BadZipFile, zlib.error) as error:
            raise self._refuse(f"cannot be unpacked: {error}") from None
        self._taken += len(data)
        if self._taken > self._limit:
            raise self._refuse(f"unpacks to more than {self._limit / 1e9:.3g} GB, must be unpacked and looked at first")
        buffer[: len(data)] = data
        return len(data)

    def close(self) -> None:
        self._stream.close()
        self._packed.close()
        super().close()


def source_of(path: Path, name: str) -> Source:
    """A file, unpacked if it is gzip or a zip archive with one file.

    Raises
    ------
    ConfigError
        It cannot be opened, is empty, is of no kind that holds a table, or is an archive of several files.
    """
    source = Source(name, lambda: path.open("rb"), path)
    try:
        return unpacked(source)
    except OSError as error:
        raise source.refuse(f"cannot be opened: {error.strerror or error}") from None


def unpacked(source: Source) -> Source:
    """A source, unpacked if it is packed; see ``source_of``."""
    head = source.head()
    if not head:
        raise source.refuse("is empty, must hold a table")
    for first, rule in UNREADABLE.items():
        if head.startswith(first):
            raise source.refuse(rule)
    size = source.path.stat().st_size if source.path else 0
    if head.startswith(b"\x1f\x8b"):

        def open_gzip() -> BinaryIO:
            packed = source.open()
            return io.BufferedReader(_Limited(gzip.GzipFile(fileobj=packed), packed, size, source.refuse), BUFFER_BYTES)

        return unpacked(Source(source.name, open_gzip, notes=(*source.notes, say("packed as {kind}", kind="gzip"))))
    if head.startswith(b"PK\x03\x04") and not is_workbook(source):
        return unpacked(_member(source, size))
    return source


def is_workbook(source: Source) -> bool:
    """Whether a zip archive is a workbook of Excel or LibreOffice."""
    names = _names(source)
    return any(name in names for name in ("xl/workbook.xml", "xl/workbook.bin", "content.xml"))


def _names(source: Source) -> list[str]:
    try:
        with source.open() as stream, zipfile.ZipFile(stream) as archive:
            return archive.namelist()
    except (zipfile.BadZipFile, NotImplementedError) as error:
        raise source.refuse(f"cannot be unpacked: {error}") from None


def _member(source: Source, size: int) -> Source:
    """The one table of a zip archive."""
    names = [name for name in _names(source) if not _is_hidden(name)]
    tables = [name for name in names if PurePosixPath(name).suffix.lower() in TABLES] or names
    # a text beside tables is about them
    tables = [name for name in tables if PurePosixPath(name).suffix.lower() != ".txt"] or tables
    if len(tables) != 1:
        shown = ", ".join(names[:SHOWN_NAMES]) + (", …" if len(names) > SHOWN_NAMES else "")
        raise source.refuse(f"holds {len(tables)} files, must hold one table: unpack it and choose of {shown}")

    def open_member() -> BinaryIO:
        packed = source.open()
        try:
            member = zipfile.ZipFile(packed).open(tables[0])  # noqa: SIM115 - closed by the stream that reads it
        except (RuntimeError, NotImplementedError):
            packed.close()
            raise source.refuse("is protected by a password, must be unpacked first") from None
        return io.BufferedReader(_Limited(member, packed, size, source.refuse), BUFFER_BYTES)

    return Source(source.name, open_member, notes=(*source.notes, say("{file} in a zip archive", file=tables[0])))


TABLES = (".csv", ".tsv", ".txt", ".tab", ".xlsx", ".xls", ".xlsb", ".xlsm", ".ods", ".json", ".jsonl", ".ndjson", ".parquet")
"""Endings of what holds a table, where an archive has other files beside it."""


def _is_hidden(name: str) -> bool:
    """Folders, and what systems add on their own."""
    return name.endswith("/") or name.startswith("__MACOSX/") or PurePosixPath(name).name.startswith((".", "~$"))

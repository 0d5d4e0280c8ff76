"""Writing that survives a power cut, and errors that name the file.

A write, fsync or rename that fails raises StoreError with the path: the operating system's own error for fsync has none.
"""

import os
import shutil
import socket
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

HOST = "".join(letter if letter.isalnum() else "_" for letter in socket.gethostname())[:32]


class StoreError(OSError):
    """Something could not be written, or not be read for lack of permission: number, reason and path."""


@contextmanager
def named(path: Path) -> Iterator[None]:
    """Errors of the file system within carry this path, unless they name one themselves."""
    try:
        yield
    except OSError as error:
        reason = error.strerror or str(error)
        raise StoreError(error.errno or 0, reason, str(error.filename or path)) from error


def sync(path: Path) -> None:
    """Wait until a file or a folder's entries are on the disk."""
    with named(path):
        handle = os.open(path, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)


def write(path: Path, content: bytes) -> None:
    """Create a file and wait until its content is on the disk."""
    with named(path):
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o666)
        try:
            view = memoryview(content)
            while view:
                view = view[os.write(handle, view) :]
            os.fsync(handle)
        finally:
            os.close(handle)


def temporary_name(path: Path) -> Path:
    """A hidden name beside ``path`` that tells who writes there: host and process."""
    return path.with_name(f".{path.name}.{HOST}.{os.getpid()}.{uuid.uuid4().hex[:12]}")


def replace(path: Path, content: bytes) -> None:
    """Write a file whole or not at all, in place of an earlier one."""
    temporary = temporary_name(path)
    try:
        write(temporary, content)
        with named(path):
            temporary.replace(path)
    except StoreError as error:
        raise StoreError(error.errno or 0, error.strerror or "", str(path)) from error
    finally:
        temporary.unlink(missing_ok=True)
    sync(path.parent)


@contextmanager
def temporary_folder(path: Path) -> Iterator[Path]:
    """A new folder beside ``path`` under a temporary name, gone afterwards unless it was renamed."""
    temporary = temporary_name(path)
    with named(temporary):
        temporary.mkdir()
    try:
        yield temporary
    finally:
        shutil.rmtree(temporary, ignore_errors=True)

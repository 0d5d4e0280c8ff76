"""Results on disk: one folder a run, named by its key. ``python -m experiments.store --help`` lists, checks and prunes them.

``store/<key>/result.json`` holds what is known of the run, its metrics and its curves; its first line is the SHA-256 of all
others. Runs whose log is kept have their tables beside it as Parquet, and ``tables.json`` with a checksum of each. Everything is
written under a temporary name, made durable, and renamed: a folder under its own name was complete once, and whoever reads it
checks that it still is. The tables of a run that was kept without them are added file by file, ``tables.json`` last.
"""

import errno
import hashlib
import io
import json
import math
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from experiments.execution.disk import StoreError, named, replace, sync, temporary_folder, write
from sim.arrays import Floats
from sim.log import RunLog

RESULT = "result.json"
TABLES = "tables.json"
DAMAGED = ".damaged-"
_HEAD, _HEAD_END = b'{"sha256": "', b'",\n'


class DamagedError(ValueError):
    """A stored result is not what was written; the message says which file."""


@dataclass(frozen=True)
class RunResult:
    """What a comparison needs of one run."""

    metrics: dict[str, float]
    curves: dict[str, Floats]


def seal(sections: Mapping[str, Any]) -> bytes:
    """A mapping as JSON, one line a section after a line with the checksum of the others."""
    lines = [f"{json.dumps(name)}: {json.dumps(section, allow_nan=False)}" for name, section in sections.items()]
    body = ",\n".join(lines).encode() + b"}\n"
    return _HEAD + hashlib.sha256(body).hexdigest().encode() + _HEAD_END + body


def unseal(content: bytes, path: Path) -> dict[str, Any]:
    """Read what ``seal`` wrote.

    Raises
    ------
    DamagedError
        Any byte differs.
    """
    head, body = content[: len(_HEAD) + 64 + len(_HEAD_END)], content[len(_HEAD) + 64 + len(_HEAD_END) :]
    if head != _HEAD + hashlib.sha256(body).hexdigest().encode() + _HEAD_END:
        raise DamagedError(f"{path} differs from its checksum")
    return dict(json.loads(content))


def _plain(value: float) -> float | str:
    # JSON has neither nan nor infinity; a float's shortest decimal form gives back its bits
    return float(value) if math.isfinite(value) else str(float(value))


def write_text(path: Path, text: str) -> None:
    """Write a file whole or not at all."""
    replace(path, text.encode())


def as_parquet(table: pa.Table) -> bytes:
    """A table as the bytes of a Parquet file."""
    sink = io.BytesIO()
    pq.write_table(table, sink, compression="zstd")
    return sink.getvalue()


def save_run(store: Path, key: str, log: RunLog, result: RunResult, about: Mapping[str, Any], keep_logs: bool = True) -> None:
    """Put a finished run into the store; what has arrived there meanwhile stays, and only what it lacks is added.

    Raises
    ------
    StoreError
        A write, fsync or rename failed; nothing was published under the key.
    """
    with named(store):
        store.mkdir(parents=True, exist_ok=True)
    with temporary_folder(store / key) as temporary:
        if keep_logs:
            with named(temporary):
                log.save(temporary)
            files = sorted(temporary.iterdir())
            with named(temporary):
                checksums = {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in files}
            for path in files:
                sync(path)
            write(temporary / TABLES, seal({"tables": checksums}))
        sections = {
            "about": {"key": key, **about, "log_digest": log.digest()},
            "metrics": {name: _plain(value) for name, value in result.metrics.items()},
            "curves": {name: [_plain(value) for value in values] for name, values in result.curves.items()},
        }
        write(temporary / RESULT, seal(sections))
        sync(temporary)
        _publish(temporary, store, key, keep_logs)


def _publish(temporary: Path, store: Path, key: str, keep_logs: bool) -> None:
    target = store / key
    for _ in range(3):
        try:
            temporary.rename(target)
        except OSError as error:
            if error.errno not in (errno.EEXIST, errno.ENOTEMPTY, errno.ENOTDIR):
                raise StoreError(error.errno or 0, error.strerror or str(error), str(target)) from error
        else:
            sync(store)
            return
        # another driver was faster, or the run was kept without its tables
        try:
            if read_run(store, key, keep_logs) is not None:
                return
            if read_run(store, key) is not None:
                _add_tables(temporary, target)
                return
        except DamagedError:
            set_aside(store, key)
    raise StoreError(errno.EEXIST, "is in the way and cannot be replaced", str(target))


def _add_tables(temporary: Path, target: Path) -> None:
    tables = [path for path in sorted(temporary.iterdir()) if path.name not in (RESULT, TABLES)]
    for path in (*tables, temporary / TABLES):
        with named(target / path.name):
            path.replace(target / path.name)
    sync(target)


def _content(path: Path) -> bytes | None:
    """The bytes of a file of the store, None where there is none."""
    try:
        return path.read_bytes()
    except (FileNotFoundError, NotADirectoryError):
        return None
    except IsADirectoryError as error:
        raise DamagedError(f"{path} is a folder") from error
    except OSError as error:
        # too many open files, a share that is away: that says nothing about the result
        raise StoreError(error.errno or 0, error.strerror or "", str(path)) from error


def read_run(store: Path, key: str, tables: bool = False) -> RunResult | None:
    """A stored run, checked against its checksums; None where there is none, or none with tables when those are asked for.

    Raises
    ------
    DamagedError
        It is there, and not as it was written.
    StoreError
        It is there, and we may not read it.
    """
    folder = store / key
    content = _content(folder / RESULT)
    if content is None:
        if folder.exists():
            raise DamagedError(f"{folder} has no {RESULT}")
        return None
    stored = unseal(content, folder / RESULT)
    if stored["about"]["key"] != key:
        raise DamagedError(f"{folder} holds the run {stored['about']['key']}")
    if tables and not _has_whole_tables(folder):
        return None
    metrics = {name: float(value) for name, value in stored["metrics"].items()}
    return RunResult(metrics, {name: np.array([float(value) for value in values]) for name, values in stored["curves"].items()})


def _has_whole_tables(folder: Path) -> bool:
    sealed = _content(folder / TABLES)
    if sealed is None:
        return False
    for name, checksum in unseal(sealed, folder / TABLES)["tables"].items():
        content = _content(folder / name)
        if content is None or hashlib.sha256(content).hexdigest() != checksum:
            raise DamagedError(f"{folder / name} " + ("is missing" if content is None else "differs from its checksum"))
    return True


def load_run(store: Path, key: str, tables: bool = False) -> RunResult | None:
    """A stored run, or None when there is none that is whole."""
    try:
        return read_run(store, key, tables)
    except DamagedError:
        return None


def set_aside(store: Path, key: str) -> Path | None:
    """Move a folder that is not a whole result out of the way; returns where to, or None when it is gone."""
    aside = store / f"{key}{DAMAGED}{uuid.uuid4().hex[:8]}"
    try:
        (store / key).rename(aside)
    except FileNotFoundError:
        return None
    except OSError as error:
        raise StoreError(error.errno or 0, error.strerror or str(error), str(store / key)) from error
    return aside

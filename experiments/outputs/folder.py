"""What a comparison leaves in its ``out`` folder, written whole or not at all."""

import os
import re
from collections.abc import Collection, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

from experiments.execution.disk import replace
from experiments.execution.store import write_text
from experiments.outputs.documents import write_document
from experiments.outputs.manifest import MANIFEST, Manifest
from experiments.outputs.packed import RECORD, pack
from experiments.plans.compose import as_yaml
from sim.config import ConfigError
from sim.report.document import Document

MARKER = ".mission-dispatch-sim"
"""A folder with this file is ours to write to again; it holds the name of the command that wrote it."""

TABLES = f"{MARKER}-tables"
"""Beside it: which tables are ours, a name a line, so that those go that a later result does not have."""
_TABLE = re.compile(r"(?:\w[\w.-]*/)?\w[\w.-]*")
"""A file of the folder, or of a folder in it."""


def check_out(out: Path, job: str) -> None:
    """Refuse a folder that holds something else than an earlier result of the same command, before anything is simulated.

    Raises
    ------
    ConfigError
        ``out`` exists, is not empty, and was not written by ``job``; or cannot be written to.
    """
    if out.is_dir() and any(out.iterdir()):
        writer = (out / MARKER).read_text(encoding="utf-8").strip() if (out / MARKER).is_file() else "something else"
        if writer not in (job, ""):
            raise ConfigError(f"out = {str(out)!r} holds results of {writer}, must be a new or empty folder, or one of {job}")
    check_writable("out", out)


def check_writable(key: str, folder: Path) -> None:
    """Raise ConfigError unless a folder can be written to, or made."""
    nearest = next(path for path in (folder.absolute(), *folder.absolute().parents) if path.exists())
    if not nearest.is_dir() or not os.access(nearest, os.W_OK):
        raise ConfigError(f"{key} = {str(folder)!r}, must be a folder that can be written to")


def write_folder(
    job: str,
    out: Path,
    settings: Mapping[str, Any],
    tables: Mapping[str, str | bytes],
    record: Any,
    manifest: Manifest,
    lang: str,
    document: Document | None = None,
) -> None:
    """Write tables and report, each file whole; the manifest goes first and comes back last, so it vouches for all the others.

    Tables of an earlier result that this one does not have go.

    Parameters
    ----------
    job
        Name of the command, such as ``compare``.
    tables
        Contents by file name, or by folder and file name.
    record
        What the report is made of: one of ``DOCUMENTS``.
    manifest
        How the result came about.
    lang
        Language of the report.
    document
        The report in that language, when it has been made already.
    """
    out.mkdir(parents=True, exist_ok=True)
    write_text(out / MARKER, f"{job}\n")
    (out / MANIFEST).unlink(missing_ok=True)
    _clear(out, tables)
    write_text(out / TABLES, "".join(f"{name}\n" for name in tables))
    write_text(out / "config.yaml", as_yaml(settings))
    for name, content in tables.items():
        (out / name).parent.mkdir(exist_ok=True)
        replace(out / name, content if isinstance(content, bytes) else content.encode())
    replace(out / RECORD, pack(job, lang, record))
    write_document(out, record, lang, document)
    write_text(out / MANIFEST, manifest.as_json())


def _clear(out: Path, kept: Collection[str]) -> None:
    """Remove the tables of an earlier result but those of some names, and folders that are empty without them."""
    listed = (out / TABLES).read_text(encoding="utf-8", errors="replace").splitlines() if (out / TABLES).is_file() else []
    for name in listed:
        # somebody may have changed the list
        if name in kept or not _TABLE.fullmatch(name) or not (out / name).is_file():
            continue
        (out / name).unlink()
        if "/" in name:
            with suppress(OSError):
                (out / name).parent.rmdir()

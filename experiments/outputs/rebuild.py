"""The report of a finished job, made again from its folder alone."""

from pathlib import Path
from typing import Any

from experiments.outputs.documents import DOCUMENTS, JOBS, check_lang, write_document
from experiments.outputs.folder import MARKER, check_writable
from experiments.outputs.manifest import MANIFEST
from experiments.outputs.packed import RECORD, RecordError, unpack
from sim.config import ConfigError
from sim.report.extras import ComparisonRecord
from sim.worlds.found import OverWorlds


def read_record(out: Path) -> tuple[str, str, Any]:
    """The job that wrote a folder, the language of its report, and what the report is made of.

    Raises
    ------
    ConfigError
        It is not the folder of a finished job, or damaged.
    """
    named = f"out = {str(out)!r}"
    if not out.is_dir():
        raise ConfigError(f"{named}, must be the out folder of a finished job: there is no such folder")
    if not (out / MARKER).is_file():
        raise ConfigError(f"{named}, must be the out folder of a finished job: no job has written there")
    job = (out / MARKER).read_text(encoding="utf-8", errors="replace").strip()
    if job not in JOBS:
        raise ConfigError(f"{named}, must be the out folder of one of: {', '.join(JOBS)}; it is of {job!r}")
    if not (out / MANIFEST).is_file():
        raise ConfigError(f"{named}, {job} did not finish there (no {MANIFEST}): run it again, finished runs are in the store")
    if not (out / RECORD).is_file():
        raise ConfigError(f"{named}, {RECORD} is missing: run {job} again, finished runs are in the store")
    try:
        written_by, lang, record = unpack((out / RECORD).read_bytes())
        if written_by != job:
            raise RecordError(f"is of {written_by}")
        if type(record) not in DOCUMENTS:
            raise RecordError("is damaged")
    except RecordError as error:
        raise ConfigError(f"{named}, {RECORD} {error}: run {job} again, finished runs are in the store") from None
    return job, lang, record


def worlds_in(out: Path) -> OverWorlds | None:
    """What a finished comparison found over plausible worlds; None where it looked at its market alone, or nothing is left of it.

    Raises
    ------
    ConfigError
        As ``read_record``.
    """
    if not (out / RECORD).is_file():
        return None
    record = read_record(out)[2]
    return record.extras.over if isinstance(record, ComparisonRecord) else None


def rebuild(out: Path, lang: str | None = None) -> Path:
    """Write page, short form, scorecard and figures of a folder anew; returns the page.

    Raises
    ------
    ConfigError
        The folder cannot be used, or the report is not written in that language.
    """
    _, first, record = read_record(out)
    chosen = lang or first
    check_lang(chosen)
    check_writable("out", out)
    write_document(out, record, chosen)
    return out / "report.html"

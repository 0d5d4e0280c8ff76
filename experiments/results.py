"""What a comparison leaves in its ``out`` folder, written whole or not at all."""

import csv
import hashlib
import io
import json
import os
import shlex
import shutil
import uuid
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from omegaconf import OmegaConf

from experiments.disk import replace
from experiments.keys import RESULT_DIGEST, versions
from experiments.record import RECORD, pack
from experiments.store import write_text
from sim.charts.language import LANGUAGES, speaking
from sim.config import ConfigError
from sim.metrics.catalogue import SHARE_OF_ORACLE_GAIN
from sim.report.answers.page import AnswersRecord, answers_document
from sim.report.calibration import CalibrationRecord, calibration_document
from sim.report.document import Document
from sim.report.page import ComparisonRecord, comparison_document
from sim.report.sheet import RealismRecord, SelectionRecord, realism_document, selection_document
from sim.report.study import StudyRecord, study_document
from sim.statistics.comparison import Comparison
from sim.statistics.intervals import Interval

MANIFEST = "manifest.json"
FIGURES = "figures"
MARKER = ".mission-dispatch-sim"
"""A folder with this file is ours to write to again; it holds the name of the command that wrote it."""
SUMMARY = ("arm", "metric", "mean", "half_width", "n")
DIFFERENCES = (
    *("arm", "control", "metric", "difference", "low", "high", "p_value", "n", "verdict"),
    *("boot_low", "boot_high", "correlation", "variance_ratio"),
)


DOCUMENTS: dict[type, Callable[[Any], Document]] = {
    ComparisonRecord: comparison_document,
    StudyRecord: study_document,
    AnswersRecord: answers_document,
    SelectionRecord: selection_document,
    RealismRecord: realism_document,
    CalibrationRecord: calibration_document,
}
"""By what a report is made of: what makes it."""


def check_lang(lang: str) -> None:
    """Raise ConfigError unless reports are written in a language."""
    if lang not in LANGUAGES:
        raise ConfigError(f"lang = {lang!r}, must be one of: {', '.join(LANGUAGES)}")


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


def as_csv(header: Sequence[str], rows: Sequence[Sequence[Any]]) -> str:
    """Rows as CSV; floats with all their digits, nan as an empty cell."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(header)
    for row in rows:
        writer.writerow(["" if isinstance(cell, float) and cell != cell else cell for cell in row])
    return text.getvalue()


def summary_rows(comparison: Comparison, gains: Mapping[str, Interval]) -> list[tuple[Any, ...]]:
    """One row an arm and metric, the share of the oracle's gain included."""
    rows: list[tuple[Any, ...]] = [tuple(getattr(row, name) for name in SUMMARY) for row in comparison.summaries]
    rows += [(arm, SHARE_OF_ORACLE_GAIN, gain.estimate, gain.half_width, gain.n) for arm, gain in gains.items()]
    return rows


def difference_rows(comparison: Comparison) -> list[tuple[Any, ...]]:
    """One row an arm other than the control, and metric."""
    return [tuple(getattr(row, name) for name in DIFFERENCES) for row in comparison.differences]


def command_line(job: str, overrides: Sequence[str], config_dirs: Sequence[Path] = ()) -> str:
    """The command that gives the same result, without where it goes."""
    plugins = os.environ.get("SIM_PLUGINS")
    kept = [
        override
        for override in overrides
        if not override.startswith(("out=", "store=", "workers=", "executor=", "executor.", "report."))
    ]
    folders = [word for folder in config_dirs for word in ("--config-dir", str(folder))]
    words = [shlex.quote(word) for word in (*folders, *kept)]
    return " ".join([*([f"SIM_PLUGINS={shlex.quote(plugins)}"] if plugins else []), "python -m", f"experiments.{job}", *words])


def runs_digest(keys: Iterable[str]) -> str:
    """Digest of the runs that a result rests on, whatever their order (16 hex digits)."""
    return hashlib.sha256("\n".join(sorted(keys)).encode()).hexdigest()[:16]


def write_folder(
    job: str,
    out: Path,
    settings: Mapping[str, Any],
    tables: Mapping[str, str | bytes],
    record: Any,
    lang: str,
    about: Mapping[str, Any],
    document: Document | None = None,
) -> None:
    """Write tables and report, each file whole; the manifest goes first and comes back last, so it vouches for all the others.

    Parameters
    ----------
    job
        Name of the command, such as ``compare``.
    tables
        Contents by file name.
    record
        What the report is made of: one of ``DOCUMENTS``.
    lang
        Language of the report.
    document
        The report in that language, when it has been made already.
    """
    out.mkdir(parents=True, exist_ok=True)
    write_text(out / MARKER, f"{job}\n")
    (out / MANIFEST).unlink(missing_ok=True)
    write_text(out / "config.yaml", OmegaConf.to_yaml(OmegaConf.create(dict(settings))))
    for name, content in tables.items():
        replace(out / name, content if isinstance(content, bytes) else content.encode())
    replace(out / RECORD, pack(job, lang, record))
    write_document(out, record, lang, document)
    manifest = {**about, "versions": versions(), "source_digest": RESULT_DIGEST}
    write_text(out / MANIFEST, json.dumps(manifest, indent=1))


def write_document(out: Path, record: Any, lang: str, document: Document | None = None) -> None:
    """Write page, short form, scorecard and figures in a language, each file whole; figures of an earlier report go."""
    with speaking(lang):
        document = document or DOCUMENTS[type(record)](record)
        drawing = out / f".figures.{uuid.uuid4().hex}"
        drawing.mkdir()
        try:
            document.draw(drawing)
            figures = out / FIGURES
            figures.mkdir(exist_ok=True)
            drawn = {path.name for path in drawing.iterdir()}
            for stale in [path for path in figures.iterdir() if path.suffix in (".png", ".svg") and path.name not in drawn]:
                stale.unlink()
            for path in sorted(drawing.iterdir()):
                path.replace(figures / path.name)
        finally:
            shutil.rmtree(drawing, ignore_errors=True)
    for name, content in document.texts().items():
        replace(out / name, content.encode())

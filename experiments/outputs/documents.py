"""All kinds of reports in one table: which job leaves one, what it is made of, what makes it; and writing it."""

import shutil
import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from experiments.execution.disk import replace
from sim.config import ConfigError
from sim.report.answers.page import AnswersRecord, answers_document
from sim.report.calibration import CalibrationRecord, calibration_document
from sim.report.doctor import DoctorRecord, doctor_document
from sim.report.document import Document
from sim.report.extras import ComparisonRecord
from sim.report.lab import LabRecord, lab_document
from sim.report.observed import observed_document
from sim.report.observed_record import ObservedRecord
from sim.report.offpolicy import offpolicy_document
from sim.report.offpolicy_record import OffpolicyRecord
from sim.report.page import comparison_document
from sim.report.sheet import RealismRecord, SelectionRecord, realism_document, selection_document
from sim.report.study import StudyRecord, study_document
from sim.report.tune import TuneRecord
from sim.report.tune_page import tune_document
from sim.words.language import LANGUAGES, speaking

FIGURES = "figures"


@dataclass(frozen=True)
class Kind:
    """A kind of report."""

    jobs: tuple[str, ...]
    """Commands that leave one."""
    record: type
    """What it is made of."""
    document: Callable[[Any], Document]
    """What makes it."""


KINDS = (
    Kind(("compare", "replay"), ComparisonRecord, comparison_document),
    Kind(("study",), StudyRecord, study_document),
    Kind(("study",), AnswersRecord, answers_document),
    Kind(("select",), SelectionRecord, selection_document),
    Kind(("realism",), RealismRecord, realism_document),
    Kind(("calibrate",), CalibrationRecord, calibration_document),
    Kind(("doctor",), DoctorRecord, doctor_document),
    Kind(("lab",), LabRecord, lab_document),
    Kind(("lab",), ObservedRecord, observed_document),
    Kind(("offpolicy",), OffpolicyRecord, offpolicy_document),
    Kind(("tune",), TuneRecord, tune_document),
)
DOCUMENTS: Mapping[type, Callable[[Any], Document]] = {kind.record: kind.document for kind in KINDS}
JOBS = tuple(dict.fromkeys(job for kind in KINDS for job in kind.jobs))


def check_lang(lang: str) -> None:
    """Raise ConfigError unless reports are written in a language."""
    if lang not in LANGUAGES:
        raise ConfigError(f"lang = {lang!r}, must be one of: {', '.join(LANGUAGES)}")


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

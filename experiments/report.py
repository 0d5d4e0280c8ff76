"""Build the report of a finished job again from its out folder, without simulating: page, short form, scorecard and figures.

The folder alone is enough: neither the store nor the configuration is read. With another language the same report comes in that
one.
"""

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from experiments.exits import exit_code
from experiments.record import RECORD, RecordError, unpack
from experiments.results import DOCUMENTS, FIGURES, MANIFEST, MARKER, check_lang, check_writable, write_document
from experiments.suggest import did_you_mean
from sim.config import ConfigError

JOBS = ("compare", "replay", "study", "select", "realism", "calibrate")
KEYS = ("out", "lang")
USAGE = """\
overrides (key=value):
  out=DIR       the out folder of a finished compare, replay, study, select, realism or calibrate
  lang=fr       language of the report: en, fr or de; without it, the one that it was first written in
"""


def read_folder(out: Path) -> tuple[str, str, Any]:
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


def rebuild(out: Path, lang: str | None = None) -> Path:
    """Write page, short form, scorecard and figures of a folder anew; returns the page.

    Raises
    ------
    ConfigError
        The folder cannot be used, or the report is not written in that language.
    """
    _, first, record = read_folder(out)
    chosen = lang or first
    check_lang(chosen)
    check_writable("out", out)
    write_document(out, record, chosen)
    return out / "report.html"


def _options(overrides: Sequence[str]) -> dict[str, str]:
    options: dict[str, str] = {}
    for override in overrides:
        key, sign, value = override.partition("=")
        key = key.removeprefix("report.")
        if key not in KEYS or not sign:
            raise ConfigError(f"{override}, unknown key{did_you_mean(key, KEYS)}; must be out=DIR or lang=fr")
        options[key] = value
    if not options.get("out"):
        raise ConfigError("out is missing: out=DIR, the out folder of a finished job")
    return options


def main(arguments: Sequence[str] | None = None) -> int:
    """Command line; returns the exit code."""
    parser = argparse.ArgumentParser(
        prog="python -m experiments.report",
        description=__doc__,
        epilog=USAGE,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    parser.add_argument("overrides", nargs="*", metavar="key=value", help="see below")
    given = parser.parse_args(arguments).overrides

    def body() -> int:
        options = _options(given)
        out = Path(options["out"])
        page = rebuild(out, options.get("lang"))
        print(f"Report:  {page}")
        print(f"Figures: {out / FIGURES}")
        return 0

    return exit_code(body)


if __name__ == "__main__":
    sys.exit(main())

"""A doctor's visit to a file of bookings: read it, say what is in it, and leave the page."""

import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Annotated, Any

import numpy as np
import pyarrow.compute as pc
from pydantic import Field

from experiments.bookings.opened import Bookings, GuessError, leave_guess, mapping_of, open_bookings, source_of
from experiments.outputs.folder import check_out, write_folder
from experiments.outputs.manifest import Manifest
from experiments.plans.plan import ReportOptions
from experiments.plans.settings import Settings
from sim.arrays import Ints
from sim.bookings.cells import as_text, codes_of, found_heading
from sim.bookings.column_values import WHO
from sim.bookings.columns import MEANINGS
from sim.bookings.guess import Guess
from sim.bookings.quality import quality_of, quality_text
from sim.bookings.rows import Issue, date_of
from sim.bookings.visits import Visits, visits_of
from sim.calibration.fitness import fitness_of
from sim.config import ConfigError, Section, load
from sim.report.doctor import DoctorPage, DoctorRecord, MeaningLine, Tally, lines_of, longest_gaps
from sim.said import Said, say

MOST_VALUES = 12
"""Values of a column that the page lists."""


class DoctorOptions(Section):
    """Keys of a doctor's visit beside those of the source."""

    out: Annotated[str, Field(min_length=1)]
    report: ReportOptions


def run_doctor(settings: Settings, command: str) -> int:
    """Read the source, print what is in it and write the page; returns the exit code, 2 where it cannot be read."""
    options = load(DoctorOptions, {key: settings[key] for key in DoctorOptions.model_fields})
    keys, out = source_of(settings), Path(options.out)
    mapping_of(settings, keys)
    check_out(out, "doctor")
    tables: dict[str, str | bytes] = {}
    try:
        bookings = open_bookings(settings)
        if bookings.guess is not None:
            leave_guess(bookings.guess, out, "doctor")
        visits, issues = visits_of(bookings.rows)
    except GuessError as error:
        path = leave_guess(error.guess, out, "doctor")
        refusal = f"{error}; correct {path} and add columns={path}"
        record = _hopeless(error.sheet.name, refusal, command, f"{command} columns={path}", guessed(error.guess))
    except ConfigError as error:
        files = ", ".join(keys.file or ())
        record = _hopeless(files, str(error), command, command)
    else:
        quality = quality_of(bookings.rows, visits)
        tables["quality.json"] = quality_text(quality)
        record = _record(bookings, visits, (*bookings.rows.issues, *issues), quality, command)
    write_folder("doctor", out, settings, tables, record, Manifest(command, 0, 0), options.report.lang)
    if record.page.refusal:
        print(record.page.refusal, file=sys.stderr)
    else:
        print("\n".join(lines_of(record.page)))
    print(f"\nPage:  {out / 'report.html'}")
    print(f"Next:  {record.page.following}")
    return 2 if record.page.refusal else 0


def _hopeless(source: str, refusal: str, command: str, following: str, columns: Sequence[MeaningLine] = ()) -> DoctorRecord:
    page = DoctorPage(source, "cannot be read", refusal, {}, columns, (), (), (), (), (), command, following)
    return DoctorRecord(page, 0, np.zeros(0, np.int64), np.zeros(0))


def _record(bookings: Bookings, visits: Visits, issues: Sequence[Issue], quality: Mapping[str, Any], command: str) -> DoctorRecord:
    done = visits.done()
    first = int(done.day.min()) if len(done.day) else 0
    by_day = np.bincount(done.day - first) if len(done.day) else np.zeros(0, np.int64)
    return DoctorRecord(
        page=DoctorPage(
            source=bookings.name,
            state="look first" if bookings.rows.warnings else "reads",
            refusal="",
            quality=quality,
            columns=columns_of(bookings),
            issues=issues,
            warnings=bookings.rows.warnings,
            gaps=[(date_of(a), date_of(b), n) for a, b, n in longest_gaps(done.day)],
            tallies=_tallies(bookings),
            fitness=fitness_of(visits),
            command=command,
            following=command.replace("experiments.doctor", "experiments.calibrate", 1),
        ),
        first_day=first,
        by_day=by_day,
        hours=np.array(quality["hours"] or [], float),
    )


def guessed(guess: Guess) -> list[MeaningLine]:
    """What was recognised."""
    words = {"sure": say("sure"), "likely": say("likely"), "doubtful": say("doubtful")}
    return [
        MeaningLine(meaning, " + ".join(one.headings), one.example, words[one.word], one.readable)
        for meaning, one in guess.found.items()
    ]


def columns_of(bookings: Bookings) -> list[MeaningLine]:
    """Each mapped column with an example; who clients and pros are is not shown."""
    if bookings.guess is not None:
        return guessed(bookings.guess)
    lines = []
    for meaning, names in bookings.columns.mapped().items():
        headings = [found_heading(bookings.sheet, meaning, name) for name in names]
        text = as_text(bookings.sheet.columns[headings[0]])
        filled = np.asarray(pc.greater(pc.utf8_length(text), 0))
        example = text[int(filled.argmax())].as_py() if filled.any() else ""
        sure: Said | str = say("as mapped")
        if meaning in WHO and not bookings.columns.keep_ids:
            example = masked(example)
        lines.append(MeaningLine(meaning, " + ".join(headings), example, sure, float(filled.mean())))
    return lines


def _tallies(bookings: Bookings) -> list[Tally]:
    """What statuses, services, zones and channels occur."""
    rows, found = bookings.rows, []
    if bookings.columns.status is not None:
        codes, names = codes_of(bookings.sheet.columns[found_heading(bookings.sheet, "status", bookings.columns.status)])
        known, first = np.unique(codes, return_index=True)
        meant = [MEANINGS[status] if status >= 0 else "" for status in rows.status[first[known >= 0]]]
        found.append(_tally(bookings.columns.status, codes, names, meant))
    for label in ("service", "zone", "channel"):
        if label in rows.labels:
            names = rows.names[label]
            found.append(_tally(str(getattr(bookings.columns, label)), rows.labels[label], names, [""] * len(names)))
    return found


def _tally(column: str, codes: Ints, names: Sequence[str], meant: Sequence[str]) -> Tally:
    counts = np.bincount(codes[codes >= 0], minlength=len(names))
    order = np.argsort(-counts, kind="stable")[:MOST_VALUES]
    return Tally(column, [(names[i], meant[i], int(counts[i])) for i in order], max(0, len(names) - MOST_VALUES))


def masked(text: str) -> str:
    """A text of which only its kind can be told: letters and digits after the first are dots.

    Examples
    --------
    >>> masked("anna.b@mail.org")
    'a•••.•@••••.•••'
    """
    return text[:1] + "".join("•" if letter.isalnum() else letter for letter in text[1:])

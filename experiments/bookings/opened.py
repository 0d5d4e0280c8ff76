"""A source of bookings as a command names it, read: which columns are what, by a mapping or recognised."""

import dataclasses
import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

import numpy as np
import yaml
from pydantic import BeforeValidator, Field

from experiments.execution.disk import replace
from experiments.outputs.folder import MARKER, check_out
from experiments.plans.settings import Settings
from sim.bookings.columns import Columns
from sim.bookings.guess import Guess, guess_yaml
from sim.bookings.recognition import recognise
from sim.bookings.rows import Rows
from sim.bookings.sheet import Sheet
from sim.bookings.sources.joined import joined
from sim.bookings.sources.open import read_sheets
from sim.bookings.sources.postgresql import refuse_password
from sim.bookings.sources.tables import sheet_of
from sim.bookings.understood import read_rows
from sim.config import ConfigError, Section, load
from sim.words.aligned import aligned

COLUMNS_YAML = "columns.yaml"
OPEN = ("client", "date", "timezone", "naive_timezone", "date_format")
"""Keys that are null in ``configs/data/recognised.yaml``."""


def as_files(value: Any) -> Any:
    """One file as a list of one."""
    return [value] if isinstance(value, str) else value


class SourceKeys(Section):
    """Keys of a command that reads bookings."""

    file: Annotated[tuple[str, ...], BeforeValidator(as_files)] | None
    """Path, folder, glob or URL, or several files that are joined."""
    table: str | None = None
    """Of a database: its name, or a query that begins with SELECT or WITH."""
    sheet: str | None = None
    """Of a workbook."""
    columns_file: Annotated[str, Field(min_length=1)] | None = None
    """A yaml that says which column is what."""


class GuessError(ConfigError):
    """Columns that were recognised, and cannot be read so or are not sure; with what is believed of them."""

    def __init__(self, message: str, sheet: Sheet, guess: Guess) -> None:
        super().__init__(message)
        self.sheet, self.guess = sheet, guess


@dataclass(frozen=True)
class Bookings:
    """A source of bookings, read."""

    keys: SourceKeys
    columns: Columns
    sheet: Sheet
    rows: Rows
    guess: Guess | None
    """How the columns were recognised; None: a mapping says it."""
    digest: str
    """SHA-256 of the file's bytes, or of what a database or a frame gave."""

    @property
    def name(self) -> str:
        """What the source is called where it is shown."""
        return self.columns.source or self.rows.source


def source_of(settings: Mapping[str, Any]) -> SourceKeys:
    """The keys that say what is read.

    Raises
    ------
    ConfigError
        None does, or an address holds a password.
    """
    keys = load(SourceKeys, {name: settings[name] for name in SourceKeys.model_fields if name in settings})
    if not keys.file:
        raise ConfigError("data is missing: data=bookings.csv; columns=NAME or columns=FILE.yaml say which column is what")
    for file in keys.file:
        refuse_password(file)
        try:
            Path(file).is_file()
        except OSError as error:
            raise ConfigError(f"data = '{file[:60]}…', must be a path: {error.strerror}; a query is query=") from None
    return keys


def mapping_of(settings: Mapping[str, Any], keys: SourceKeys) -> dict[str, Any]:
    """What the settings say about the columns: a mapping of ``configs/data``, or the team's own file with it."""
    given = dict(settings["columns"])
    if keys.columns_file is None:
        return given
    path = Path(keys.columns_file).expanduser()
    try:
        found = yaml.safe_load(path.read_text(encoding="utf-8-sig"))
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        raise ConfigError(f"columns = {keys.columns_file!r}, must be a yaml with a mapping: {str(error).splitlines()[0]}") from None
    if not isinstance(found, dict):
        raise ConfigError(f"columns = {keys.columns_file!r}, must hold lines such as client: NAME OF THE COLUMN")
    return {**found, **_said(given)}


def _said(given: Mapping[str, Any]) -> dict[str, Any]:
    """The keys of a mapping that say something of their own; null does, where nobody says it by default: go on without it."""
    usual = {name: field.get_default(call_default_factory=True) for name, field in Columns.model_fields.items()}
    return {key: value for key, value in given.items() if (key not in OPEN if value is None else value != usual.get(key))}


def open_bookings(settings: Settings, frame: Any = None) -> Bookings:
    """Read the source that the settings name; columns that no mapping names are recognised.

    Parameters
    ----------
    frame
        Rows that are read instead, see ``sheet_of``; the settings say what to call them.

    Raises
    ------
    ConfigError
        Anything about it that cannot be read.
    GuessError
        Which column is what cannot be told for sure, or columns cannot be read as what was recognised.
    """
    keys = source_of(settings)
    mapping = mapping_of(settings, keys)
    named = mapping.get("client") is not None and mapping.get("date") is not None
    columns = load(Columns, mapping, "columns") if named else None
    files = keys.file or ()
    before = _bytes_digest(files) if frame is None else ""
    wanted = None if columns is None else [heading for headings in columns.mapped().values() for heading in headings]
    if frame is not None:
        sheet = joined([sheet_of(frame, ", ".join(files), wanted)])
    else:
        sheet = read_sheets(files, wanted=wanted, table=keys.table, sheet=keys.sheet)
    if frame is None and _bytes_digest(files) != before:
        raise ConfigError(f"data = {', '.join(files)!r}, has changed while it was read: try again once nothing writes to it")
    guess = None
    if columns is None:
        guess = recognise(sheet)
        said = _said(mapping)
        if not guess.sure and not {"client", "date"} <= set(said):
            doubts = "; ".join(map(str, guess.doubts))
            raise GuessError(f"data = {sheet.name!r}, has columns that are not recognised for sure: {doubts}", sheet, guess)
        columns = load(Columns, guess.columns() | said, "columns")
    try:
        rows = read_rows(sheet, columns)
    except ConfigError as error:
        if guess is None:
            raise
        raise GuessError(str(error), sheet, guess) from None
    if guess is not None:
        rows = dataclasses.replace(rows, warnings=(*guess.notes, *rows.warnings))
    return Bookings(keys, columns, sheet, rows, guess, before or _rows_digest(rows))


def _bytes_digest(files: tuple[str, ...]) -> str:
    """SHA-256 of the bytes of plain files; empty for anything else."""
    if not all(Path(file).is_file() for file in files):
        return ""
    digests = []
    for file in files:
        with Path(file).open("rb") as opened:
            digests.append(hashlib.file_digest(opened, "sha256"))
    return digests[0].hexdigest() if len(digests) == 1 else hashlib.sha256(b"".join(one.digest() for one in digests)).hexdigest()


def _rows_digest(rows: Rows) -> str:
    """SHA-256 of what was read, whatever the order of the rows: a database promises none."""
    columns = [rows.client, rows.start.second, rows.status, *rows.labels.values(), *rows.numbers.values()]
    order = np.lexsort(columns)
    digest = hashlib.sha256(repr(rows.names).encode())
    for column in columns:
        digest.update(np.ascontiguousarray(column[order]).tobytes())
    return digest.hexdigest()


def open_or_ask(settings: Settings, job: str, frame: Any = None) -> Bookings:
    """Read the source that the settings name; what was recognised is printed and goes to ``columns.yaml`` in ``out``.

    Parameters
    ----------
    job
        Name of the command whose folder ``out`` is.
    frame
        See ``open_bookings``.

    Raises
    ------
    ConfigError
        As ``open_bookings``; where columns were recognised, the message names the yaml to correct.
    """
    try:
        bookings = open_bookings(settings, frame)
    except GuessError as error:
        path = leave_guess(error.guess, Path(settings["out"]), job)
        print("\n".join(guess_lines(error.guess)))
        raise ConfigError(f"{error}; correct {path} and add columns={path}") from None
    if bookings.guess is not None:
        path = leave_guess(bookings.guess, Path(settings["out"]), job)
        print("\n".join(guess_lines(bookings.guess)))
        print(f"Recognised; to correct it, edit {path} and add columns={path}\n", flush=True)
    return bookings


def leave_guess(guess: Guess, out: Path, job: str) -> Path:
    """Write what was recognised where it can be corrected; returns its path.

    Raises
    ------
    ConfigError
        ``out`` holds something else than results of ``job``.
    """
    check_out(out, job)
    out.mkdir(parents=True, exist_ok=True)
    replace(out / MARKER, f"{job}\n".encode())
    path = out / COLUMNS_YAML
    replace(path, guess_yaml(guess).encode())
    return path


def guess_lines(guess: Guess) -> list[str]:
    """What was recognised, as a table."""
    rows = [("taken as", "column", "example", "how sure", "readable")]
    rows += [
        (meaning, " + ".join(one.headings), one.example[:40], one.word, f"{100 * one.readable:.0f} %")
        for meaning, one in guess.found.items()
    ]
    return aligned(rows)

"""A source of bookings as a command names it, read: which columns are what, by a mapping or recognised."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

import yaml
from pydantic import BeforeValidator, Field

from experiments.plans.settings import Settings
from sim.bookings.columns import Columns
from sim.bookings.rows import Rows, read_rows
from sim.bookings.sheet import Sheet
from sim.bookings.sources.open import read_sheets
from sim.config import ConfigError, Section, load


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


@dataclass(frozen=True)
class Bookings:
    """A source of bookings, read."""

    keys: SourceKeys
    columns: Columns
    sheet: Sheet
    rows: Rows
    digest: str
    """SHA-256 of the file's bytes, or of what a database gave."""

    @property
    def name(self) -> str:
        """What the source is called where it is shown."""
        return self.columns.source or self.rows.source


def source_of(settings: Mapping[str, Any]) -> SourceKeys:
    """The keys that say what is read.

    Raises
    ------
    ConfigError
        None does.
    """
    keys = load(SourceKeys, {name: settings[name] for name in SourceKeys.model_fields if name in settings})
    if not keys.file:
        raise ConfigError("data is missing: data=bookings.csv; columns=NAME or columns=FILE.yaml say which column is what")
    return keys


def mapping_of(settings: Mapping[str, Any], keys: SourceKeys) -> dict[str, Any]:
    """What the settings say of the columns: a mapping of ``configs/data``, or the team's own file with it."""
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
    changed = {key: value for key, value in given.items() if value not in (None, {}, [])}
    return {**changed, **{key: value for key, value in found.items() if value is not None}}


def open_bookings(settings: Settings) -> Bookings:
    """Read the source that the settings name.

    Raises
    ------
    ConfigError
        Anything about it that cannot be read.
    """
    keys = source_of(settings)
    mapping = mapping_of(settings, keys)
    columns = load(Columns, mapping, "columns")
    files = keys.file or ()
    before = _bytes_digest(files)
    sheet = read_sheets(files, wanted=_wanted(columns), table=keys.table, sheet=keys.sheet)
    if _bytes_digest(files) != before:
        raise ConfigError(f"data = {', '.join(files)!r}, has changed while it was read: try again once nothing writes to it")
    return Bookings(keys, columns, sheet, read_rows(sheet, columns), before or _sheet_digest(sheet))


def _wanted(columns: Columns) -> list[str]:
    return [heading for headings in columns.mapped().values() for heading in headings]


def _bytes_digest(files: tuple[str, ...]) -> str:
    """SHA-256 of the bytes of plain files; empty for anything else."""
    if not all(Path(file).is_file() for file in files):
        return ""
    digest = hashlib.sha256()
    for file in files:
        with Path(file).open("rb") as opened:
            digest.update(hashlib.file_digest(opened, "sha256").digest() if len(files) > 1 else b"")
            if len(files) == 1:
                return hashlib.file_digest(opened, "sha256").hexdigest()
    return digest.hexdigest()


def _sheet_digest(sheet: Sheet) -> str:
    """SHA-256 of headings and values, whatever the chunks."""
    digest = hashlib.sha256()
    for heading, column in sheet.columns.items():
        digest.update(heading.encode())
        for value in column:
            digest.update(repr(value.as_py()).encode())
    return digest.hexdigest()

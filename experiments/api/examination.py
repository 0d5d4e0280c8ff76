"""A look at bookings from Python, before anything is fitted."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow as pa

from experiments.api.results import table_of
from experiments.api.settings import Overrides
from experiments.api.sources import RECOGNISED, ask_bookings
from experiments.bookings.doctor import columns_of, guessed
from experiments.bookings.opened import GuessError, open_bookings
from experiments.calibration.results import QUALITY, quality_rows
from sim.bookings.columns import Columns
from sim.bookings.quality import quality_of
from sim.bookings.visits import visits_of
from sim.report.doctor import MeaningLine

COLUMNS = ("meaning", "column", "example", "sure", "readable")


@dataclass(frozen=True)
class Examined:
    """What is in some bookings."""

    quality: Mapping[str, Any]
    """The keys of ``quality.json``, such as ``rows``, ``rows_used``, ``clients``, ``visits``; empty where columns are in doubt."""
    columns: pa.Table
    """One row a meaning: the column that has it, an example, how sure that is, and the share of rows with a value."""
    mapping: dict[str, Any]
    """The same as ``columns`` of ``calibrate`` takes it; correct it there where it is wrong."""
    issues: pa.Table
    """One row a finding: what, how many rows, what was done."""
    warnings: tuple[str, ...]
    """What to look at before the numbers are believed."""
    doubts: tuple[str, ...]
    """Why it cannot be told for sure which column is what; none where ``quality`` holds something."""

    def __repr__(self) -> str:
        if self.doubts:
            return "\n".join(f"- {doubt}" for doubt in self.doubts)
        told = self.quality
        first = f"{told['rows_used']:,} of {told['rows']:,} rows are used: {told['visits']:,} visits of {told['clients']:,} clients"
        return "\n".join([f"{first}, {told['first_day']} to {told['last_day']}", *(f"- {warning}" for warning in self.warnings)])


def examine(
    data: Any,
    columns: str | Path | Mapping[str, Any] = RECOGNISED,
    *,
    table: str | None = None,
    overrides: Overrides = (),
    config_dir: str | Path | None = None,
) -> Examined:
    """What is in some bookings: which column is what, what became of each row; nothing is written.

    Parameters
    ----------
    data, columns, table
        As of ``calibrate``.

    Raises
    ------
    ConfigError
        Anything that cannot be read, with the message of ``python -m experiments.doctor``. Columns that are in doubt are no error:
        they are in ``doubts``.

    Examples
    --------
    >>> frame = pa.table({"client": ["a", "b", "a"], "date": ["2024-01-02", "2024-01-03", "2024-03-05"]})
    >>> examine(frame, {"client": "client", "date": "date"})
    3 of 3 rows are used: 3 visits of 2 clients, 2024-01-02 to 2024-03-05
    """
    asked = ask_bookings("doctor", data, columns, overrides, config_dir, table=table)
    try:
        bookings = open_bookings(asked.settings, asked.frame)
    except GuessError as error:
        doubts = tuple(map(str, error.guess.doubts)) or (str(error),)
        return Examined({}, _table(guessed(error.guess)), error.guess.columns(), table_of(QUALITY, []), (), doubts)
    visits, issues = visits_of(bookings.rows)
    return Examined(
        quality=quality_of(bookings.rows, visits),
        columns=_table(columns_of(bookings)),
        mapping=_mapping(bookings.columns),
        issues=table_of(QUALITY, quality_rows((*bookings.rows.issues, *issues))),
        warnings=tuple(map(str, bookings.rows.warnings)),
        doubts=(),
    )


def _table(lines: Sequence[MeaningLine]) -> pa.Table:
    return table_of(COLUMNS, [(one.meaning, one.heading, one.example, str(one.sure), one.readable) for one in lines])


def _mapping(columns: Columns) -> dict[str, Any]:
    """What a mapping says beyond the usual."""
    return columns.model_dump(mode="json", exclude_defaults=True)

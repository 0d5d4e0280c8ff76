"""Reading a file in tests as commands do."""

from pathlib import Path
from typing import Any

from sim.bookings.columns import Columns
from sim.bookings.requests import Requests, requests_of
from sim.bookings.rows import Issue, Rows
from sim.bookings.sources.open import read_sheets
from sim.bookings.understood import read_rows
from sim.bookings.visits import Visits, visits_of
from sim.config import load


def rows_of(path: Path, mapping: dict[str, Any]) -> Rows:
    return read_rows(read_sheets([str(path)]), load(Columns, mapping, "columns"))


def visits_in(path: Path, mapping: dict[str, Any]) -> tuple[Visits, dict[str, Issue]]:
    """Visits of a file, and the lines of its data-quality table by what they say."""
    rows = rows_of(path, mapping)
    visits, issues = visits_of(rows)
    return visits, {str(issue.what): issue for issue in (*rows.issues, *issues)}


def requests_in(path: Path, mapping: dict[str, Any], **options: Any) -> tuple[Requests, dict[str, int]]:
    """Requests of a file, and the counts of its data-quality table by what they say."""
    rows = rows_of(path, mapping)
    requests, issues = requests_of(rows, **options)
    return requests, {str(issue.what): issue.count for issue in (*rows.issues, *issues)}

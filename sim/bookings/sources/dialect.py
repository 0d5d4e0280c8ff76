"""How a text file separates its columns: delimiter, quotation marks, and where the table begins."""

import csv
import io
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Protocol

from sim.bookings.sources.header import find_header

DELIMITERS = ",;\t|"
FITS = 0.9
"""Share of rows below the headings with more than one cell and no more than there are headings, for a delimiter to be it."""
ROWS = 500
"""Of the sample, at most."""


class Reader(Protocol):
    """Rows of cells, and the lines that they took up to here."""

    line_num: int

    def __iter__(self) -> Iterator[list[str]]: ...


@dataclass(frozen=True)
class Dialect:
    """How rows are written."""

    delimiter: str = ","
    quote: str = '"'
    escape: str | None = None
    """Before a quotation mark that is part of a text; None: it is doubled."""
    blanks: bool = False
    """Whether blanks stand between a delimiter and a quotation mark."""

    def rows(self, lines: Iterable[str]) -> Reader:
        """Python's reader of such lines."""
        return csv.reader(
            lines, delimiter=self.delimiter, quotechar=self.quote, escapechar=self.escape, skipinitialspace=self.blanks
        )


@dataclass(frozen=True)
class Layout:
    """Where in a text the table begins."""

    dialect: Dialect
    header: tuple[str, ...] | None
    """Cells of the row of headings; None: there is none."""
    width: int
    """Cells of most rows, at least those of the headings."""
    skipped: int
    """Characters before the first row of data."""
    line: int
    """Of the first row of data, from 1."""
    titles: tuple[str, ...]
    """What stands above the headings."""

    @property
    def n_columns(self) -> int:
        """Headings, or cells of most rows if there are none."""
        return self.width if self.header is None else len(self.header)


def layout_of(sample: str) -> Layout | None:
    """The layout of a text by its first rows, whole ones; None: it is blank."""
    if not sample.strip():
        return None
    told = re.match(r"\s*\"?sep=(.)\"?[^\S\r\n]*(?:\r\n|\r|\n)", sample)
    if told:
        return _layout(sample, _dialect(told[1], sample), told.end())
    found = [_layout(sample, _dialect(delimiter, sample), 0) for delimiter in DELIMITERS]
    return max(found, key=lambda layout: _fit(layout, sample))


def _dialect(delimiter: str, sample: str) -> Dialect:
    """The quotation mark that is used with a delimiter, and whether one within a text has a backslash before it."""
    edge = f"[{re.escape(delimiter)}\r\n]"
    single, double = (len(re.findall(f"(?:^|{edge}) *{quote}[^{quote}\r\n]*{quote}(?={edge}|$)", sample)) for quote in "'\"")
    quote = "'" if single and not double else '"'
    escaped = re.search(rf"\\{quote}(?!\s*(?:{edge}|$))", sample) is not None
    blanks = re.search(rf"{re.escape(delimiter)} +{quote}[^{quote}\r\n]*{quote}(?={edge}|$)", sample) is not None
    return Dialect(delimiter, quote, "\\" if escaped else None, blanks)


def _layout(sample: str, dialect: Dialect, start: int) -> Layout:
    """Headings and the first row of data, after ``start`` characters."""
    lengths: list[int] = []

    def lines() -> Iterator[str]:
        for line in io.StringIO(sample[start:], newline=""):
            lengths.append(len(line))
            yield line

    rows, ends = [], [0]
    try:
        for row in dialect.rows(lines()):
            rows.append(row)
            ends.append(len(lengths))
            if len(rows) == ROWS:
                break
    except csv.Error:  # too long a text: not this dialect
        pass
    if not any(cell.strip() for row in rows for cell in row):
        return Layout(dialect, None, 0, 0, 1, ())
    header, first = find_header(rows)
    if header is not None and _is_numbered(rows[first:], len(rows[header])):
        rows[header] = ["", *rows[header]]
    below = sorted(len(row) for row in rows[first:] if any(cell.strip() for cell in row))
    width = max(len(rows[header]) if header is not None else 0, below[len(below) // 2] if below else 0)
    above = rows[: header if header is not None else first]
    titles = tuple(" ".join(filter(None, row)).strip() for row in above if any(cell.strip() for cell in row))
    before = sample[:start].count("\n")
    return Layout(
        dialect,
        tuple(rows[header]) if header is not None else None,
        width,
        start + sum(lengths[: ends[first]]),
        before + ends[first] + 1,
        titles,
    )


def _is_numbered(rows: Sequence[list[str]], n_headings: int) -> bool:
    """Whether rows begin with their number, 1, 2, 3 and so on, which has no heading: R writes tables so."""
    filled = [row for row in rows if row]
    if not any(row[-1].strip() for row in filled):
        return False
    return all(len(row) == n_headings + 1 and row[0] == str(i) for i, row in enumerate(filled, start=1))


def _fit(layout: Layout, sample: str) -> tuple[bool, bool, int, int]:
    """How well a dialect suits: rows as wide as the headings, headings of one word each, few lines above, many columns."""
    rows = _some(layout, sample)
    fits = sum(1 < len(row) <= layout.width for row in rows) >= FITS * len(rows) and layout.n_columns > 1
    others = set(DELIMITERS) - {",", layout.dialect.delimiter}
    clean = layout.header is not None and others.isdisjoint("".join(layout.header))
    return fits, clean, -len(layout.titles), layout.n_columns


def _some(layout: Layout, sample: str) -> Sequence[list[str]]:
    rows = []
    try:
        for row in layout.dialect.rows(io.StringIO(sample[layout.skipped :], newline="")):
            if any(row):
                rows.append(row)
            if len(rows) == ROWS:
                break
    except csv.Error:
        return []
    return rows

"""Which row of a table holds its headings, and what the columns are called."""

import re
from collections.abc import Sequence

VALUE = re.compile(r"\W*\d|.*\d{1,2}:\d\d|.*\b(?:19|20)\d\d\b", re.DOTALL)
"""How numbers, amounts, dates and times begin or look, and headings mostly do not."""
MOSTLY = 0.8


def find_header(rows: Sequence[Sequence[str]]) -> tuple[int | None, int]:
    """Positions of the row of headings, None if there is none, and of the first row of data.

    Titles, dates of the report and the like stand above the headings in fewer cells. The headings are the first full row, unless it
    holds values where the rows below hold values.

    Parameters
    ----------
    rows
        The first rows, as texts; at least one that is not blank.
    """
    filled = [sum(bool(cell.strip()) for cell in row) for row in rows]
    counts = sorted(count for count in filled if count)
    typical = counts[3 * len(counts) // 4]
    full = next(i for i, count in enumerate(filled) if count >= typical)
    values = _columns_of_values(rows[full + 1 :])
    if not _has_values(rows[full], values):
        # a title may be as wide as the headings, and has a gap below it
        for i in range(full + 1, len(rows)):
            if filled[i] > 1 and _has_values(rows[i], values, at_least=1):
                break
            if filled[i] >= typical > filled[i - 1]:
                full = i
        return full, full + 1
    above = [i for i in range(full) if filled[i]]
    if above and filled[above[-1]] >= max(2, typical / 2) and not any(VALUE.match(cell) for cell in rows[above[-1]]):
        return above[-1], above[-1] + 1
    return None, next(i for i in range(full + 1) if 2 * filled[i] >= typical and _has_values(rows[i], values))


def _columns_of_values(rows: Sequence[Sequence[str]]) -> list[int]:
    """Positions of columns that mostly hold numbers, dates or times."""
    found = []
    for i in range(max(map(len, rows), default=0)):
        cells = [row[i] for row in rows if i < len(row) and row[i].strip()]
        if cells and sum(bool(VALUE.match(cell)) for cell in cells) >= MOSTLY * len(cells):
            found.append(i)
    return found


def _has_values(row: Sequence[str], columns: Sequence[int], at_least: int | None = None) -> bool:
    """Whether a row holds values in most of some columns, or in ``at_least`` so many; in any column if there are none such."""
    if not columns:
        return any(VALUE.match(cell) for cell in row)
    n = sum(i < len(row) and bool(VALUE.match(row[i])) for i in columns)
    return 2 * n > len(columns) if at_least is None else n >= at_least


def headings(cells: Sequence[str], n_columns: int | None = None) -> list[str]:
    """Distinct headings: trimmed, with single spaces.

    Examples
    --------
    >>> headings(["Date", " First  name", "Date", ""])
    ['Date', 'First name', 'Date (2)', 'column 4']
    """
    found: dict[str, None] = {}
    padded = [*cells, *[""] * ((n_columns or 0) - len(cells))]
    plain = [" ".join(cell.split()) for cell in padded]
    for i, name in enumerate(plain, start=1):
        name = name or f"column {i}"
        n, distinct = 1, name
        while distinct in found or (n > 1 and distinct in plain):
            n += 1
            distinct = f"{name} ({n})"
        found[distinct] = None
    return list(found)


def is_wanted(names: Sequence[str], wanted: Sequence[str] | None) -> list[bool]:
    """Which columns are asked for, by heading in small or capital letters, or by position from 1.

    Examples
    --------
    >>> is_wanted(["Client", "Date", "2"], ["client", "2"])
    [True, False, True]
    """
    if wanted is None:
        return [True] * len(names)
    asked = {" ".join(name.split()).casefold() for name in wanted}
    known = {name.casefold() for name in names}
    return [name.casefold() in asked or (str(i) in asked and str(i) not in known) for i, name in enumerate(names, start=1)]

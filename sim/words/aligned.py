"""Tables for a terminal."""

from collections.abc import Sequence


def aligned(rows: Sequence[Sequence[str]]) -> list[str]:
    """One line a row, columns two blanks apart and as wide as their widest cell; no blanks at the ends. At least one row.

    Examples
    --------
    >>> aligned([("a", "long"), ("longer", "")])
    ['a       long', 'longer']
    """
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    return ["  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows]

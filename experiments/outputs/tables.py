"""Rows as files of an out folder."""

import csv
import io
from collections.abc import Sequence
from typing import Any

import pyarrow as pa


def as_csv(header: Sequence[str], rows: Sequence[Sequence[Any]]) -> str:
    """Rows as CSV; floats with all their digits, nan as an empty cell."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(header)
    for row in rows:
        writer.writerow(["" if isinstance(cell, float) and cell != cell else cell for cell in row])
    return text.getvalue()


def as_arrow(header: Sequence[str], rows: Sequence[Sequence[Any]]) -> pa.Table:
    """Rows as an Arrow table."""
    return pa.table({name: [row[i] for row in rows] for i, name in enumerate(header)})

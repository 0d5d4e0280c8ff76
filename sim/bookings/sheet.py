"""A table of bookings as it came, whatever file or source it was: headings, texts or typed values, and what was found out."""

from dataclasses import dataclass

import pyarrow as pa

from sim.said import Said


@dataclass(frozen=True)
class Sheet:
    """One table, before anything is known of what its columns mean."""

    name: str
    """Of the file or table, for messages and for ``constant_status``."""
    columns: dict[str, pa.ChunkedArray]
    """By heading, in the order of the file, all of one length. Texts (``pa.string``, as written but for trailing line ends) from
    text files; numbers, booleans, dates and timestamps stay what they are where the source types them; anything else is text.
    Headings are distinct, trimmed, and have single spaces: a second ``Date`` is ``Date (2)``, one without a name ``column 3``."""
    notes: tuple[Said, ...] = ()
    """What was found out about the file: delimiter, encoding, title lines, sheet of a workbook."""
    first_row: int = 2
    """Line of the file (or row of the workbook) that holds the first row; 0 where rows have no such number."""

    @property
    def n_rows(self) -> int:
        """Rows, empty ones left out."""
        return len(next(iter(self.columns.values()))) if self.columns else 0

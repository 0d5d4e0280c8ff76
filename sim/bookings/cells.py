"""The columns of one sheet by meaning, and what was met while reading them."""

import unicodedata
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from sim.arrays import Flags, Ints
from sim.bookings.columns import Columns
from sim.bookings.rows import REASONS, ROWS, Issue
from sim.bookings.sheet import Sheet
from sim.bookings.sources.joined import FILE
from sim.bookings.texts import is_text
from sim.config import ConfigError
from sim.said import Said, say

MOST_UNREADABLE = 0.02
"""A mapped column with a larger share of values that cannot be read is the wrong column, or is written in a way nobody knows."""


class Cells:
    """Columns of one sheet by meaning, and what was met on the way."""

    def __init__(self, sheet: Sheet, columns: Columns) -> None:
        self.sheet, self.columns, self.n = sheet, columns, sheet.n_rows
        self.headings = {
            meaning: tuple(found_heading(sheet, meaning, name) for name in names) for meaning, names in columns.mapped().items()
        }
        self.issues: list[Issue] = [Issue(note, self.n, ROWS) for note in sheet.notes]
        self.warnings: list[Said] = []
        self.fate = np.full(self.n, -1)

    def __contains__(self, meaning: str) -> bool:
        return meaning in self.headings

    def column(self, meaning: str) -> pa.ChunkedArray:
        """(n,) As the source has it; of several that are joined the first."""
        return self.sheet.columns[self.headings[meaning][0]]

    def values(self, meaning: str) -> pa.Array | pa.ChunkedArray:
        """(n,) As the source has it; several columns as texts, joined by a space."""
        if len(self.headings[meaning]) == 1:
            return self.column(meaning)
        parts = [as_text(self.sheet.columns[heading]) for heading in self.headings[meaning]]
        return trimmed(pc.binary_join_element_wise(*parts, " "))

    def is_text(self, meaning: str) -> bool:
        """Whether it holds texts, in which anything may stand."""
        return is_text(self.values(meaning).type)

    def heading(self, meaning: str) -> str:
        """What the file calls it, for messages."""
        return " + ".join(self.headings[meaning])

    def leave(self, reason: str, rows: Flags) -> None:
        """Leave rows out that are not left out already."""
        self.fate[rows & (self.fate < 0)] = list(REASONS).index(reason)

    def judge(self, meaning: str, unreadable: Flags, otherwise: Said | None, fix: str) -> None:
        """Refuse a column that cannot be read; count what cannot be read in one that can."""
        bad = unreadable & (self.fate < 0)
        n = int(bad.sum())
        if not n:
            return
        column = self.column(meaning)
        filled = int(((np.asarray(pc.fill_null(pc.utf8_length(as_text(column)), 0)) > 0) & (self.fate < 0)).sum())
        example = as_text(column)[int(np.flatnonzero(bad)[0])].as_py()
        if n > MOST_UNREADABLE * filled:
            raise ConfigError(
                f"columns.{meaning} = {self.heading(meaning)}: {n} of {filled} values of {self.sheet.name} cannot be read, such as"
                f" {example!r}, must be at most {MOST_UNREADABLE:.0%}{fix}"
            )
        if otherwise is not None:
            what = say("{column} that cannot be read, such as {example}", column=self.heading(meaning), example=example)
            self.issues.append(Issue(what, n, ROWS, otherwise))


def as_text(column: pa.ChunkedArray) -> pa.Array:
    """A column as texts (n,), null as empty; whole numbers without ``.0``, instants in ISO 8601."""
    array = pa.array([], column.type) if not column.num_chunks else column.combine_chunks()
    if isinstance(array, pa.ChunkedArray):
        array = pa.concat_arrays(array.chunks)
    if pa.types.is_floating(array.type):
        whole = pc.and_(pc.equal(pc.floor(array), array), pc.less(pc.abs(array), 2.0**53))
        if pc.all(pc.fill_null(whole, True)).as_py():
            array = pc.cast(array, pa.int64())
    return pc.fill_null(pc.cast(array, pa.string()), "")


def plain_heading(heading: str) -> str:
    """A heading or value without regard to capitals and blanks."""
    return unicodedata.normalize("NFC", " ".join(heading.split()).casefold())


def found_heading(sheet: Sheet, meaning: str, name: str) -> str:
    """The heading that a mapping means: as written, else without regard to spaces and capitals, else by position."""
    there = list(sheet.columns)
    if name in there:
        return name
    alike = [heading for heading in there if plain_heading(heading) == plain_heading(name)]
    if len(alike) == 1:
        return alike[0]
    shown = [heading for heading in there if heading != FILE]
    if name.isdecimal() and 1 <= int(name) <= len(shown):
        return shown[int(name) - 1]
    raise ConfigError(f"columns.{meaning}: {name}, must be a column of {sheet.name}; there are: {', '.join(shown)}")


def codes_of(column: pa.Array | pa.ChunkedArray) -> tuple[Ints, tuple[str, ...]]:
    """Values (n,) as codes of their texts, -1 where empty, and the text behind each code, in the order of the texts.

    Only distinct values become texts: a column of fifty million instants has a million of them.

    Examples
    --------
    >>> codes, names = codes_of(pa.array(["b ", "", "a", "b"]))
    >>> codes.tolist(), names
    ([1, -1, 0, 1], ('a', 'b'))
    """
    parts = column if isinstance(column, pa.ChunkedArray) else pa.chunked_array([column])
    coded = parts.dictionary_encode()
    values = coded.chunk(0).dictionary if coded.num_chunks else pa.array([], pa.string())
    texts = trimmed(as_text(pa.chunked_array([values]))).to_pylist()
    names = sorted(set(texts) - {""})
    position = {name: code for code, name in enumerate(names)}
    rank = np.array([*(position.get(text, -1) for text in texts), -1], np.int64)
    codes = [rank[np.asarray(pc.fill_null(chunk.indices, len(texts)))] for chunk in coded.chunks]
    return np.concatenate(codes) if codes else np.zeros(0, np.int64), tuple(names)


def distinct(column: pa.Array | pa.ChunkedArray, holds: Any) -> Flags:
    """(n,) a yes or no of each text, worked out once for each distinct one."""
    codes, names = codes_of(column)
    return np.array([*(bool(holds(name)) for name in names), False])[codes]


def trimmed(text: pa.Array) -> pa.Array:
    """Texts (n,) without blanks around them, letters with accents as one letter."""
    if not pc.all(pc.string_is_ascii(text)).as_py():
        # é may be one letter, or a letter and an accent
        text = pc.utf8_normalize(text, "NFC")
    return pc.utf8_trim_whitespace(text)

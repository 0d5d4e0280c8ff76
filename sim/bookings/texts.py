"""The distinct texts of a column, so that each is understood once; placeholders such as ``n/a`` count as nothing."""

import unicodedata
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from sim.arrays import Ints

EMPTY = frozenset(
    {
        *(
            "",
            "-",
            "--",
            "---",
            "–",
            "—",
            ".",
            "?",
            "/",
            "n/a",
            "na",
            "n.a.",
            "n.a",
            "n/d",
            "n.d.",
            "nd",
            "k.a.",
            "s/o",
            "#n/a",
            "#null!",
        ),
        *("null", "(null)", "none", "nil", "nan", "nat", "<na>", "\\n", "unknown", "undefined", "not available", "not applicable"),
    }
)
"""In lower case."""


@dataclass(frozen=True)
class Texts:
    """A column of texts."""

    distinct: pa.Array
    """(n_distinct,) trimmed; two that differ in spaces around them stand there twice."""
    code: Ints
    """(n,) position in ``distinct``; ``len(distinct)`` where there is nothing."""

    def __len__(self) -> int:
        return len(self.code)

    @property
    def counts(self) -> Ints:
        """(n_distinct,) rows with each."""
        return np.bincount(self.code, minlength=len(self.distinct) + 1)[:-1].astype(np.int64)

    def spread(self, values: NDArray[Any], empty: Any) -> NDArray[Any]:
        """What belongs to each distinct text (n_distinct,) by row (n,); ``empty`` where there is nothing."""
        return np.append(values, np.array([empty], values.dtype))[self.code]


def is_text(kind: pa.DataType) -> bool:
    """Whether a column of this type holds texts."""
    return bool(pa.types.is_string(kind) or pa.types.is_large_string(kind) or pa.types.is_string_view(kind))


def plain(column: pa.ChunkedArray) -> pa.Array:
    """A column in one piece; one of codes and labels as its labels."""
    kind = column.type
    if pa.types.is_dictionary(kind):
        column = column.cast(kind.value_type)
    whole = column.combine_chunks()
    return pa.concat_arrays(whole.chunks) if isinstance(whole, pa.ChunkedArray) else whole


def texts_of(array: pa.Array, also_empty: str | None = None) -> Texts:
    """The distinct texts of a column; placeholders such as ``n/a`` count as nothing, and what a pattern ``also_empty`` finds.

    Examples
    --------
    >>> texts = texts_of(pa.array([" a", "n/a", None, "a"]))
    >>> texts.distinct.to_pylist(), texts.code.tolist()
    (['a', 'a'], [0, 2, 2, 1])
    """
    coded = (array if is_text(array.type) else array.cast(pa.string())).dictionary_encode()
    trimmed = pc.utf8_trim_whitespace(coded.dictionary.cast(pa.string()))
    if pc.any(pc.starts_with(trimmed, '="')).as_py():
        # so that a spreadsheet leaves them as they are
        trimmed = pc.replace_substring_regex(trimmed, r'^="(.*)"$', r"\1")
    there = np.asarray(pc.invert(pc.is_in(pc.utf8_lower(trimmed), value_set=pa.array(sorted(EMPTY)))), bool)
    if also_empty is not None:
        there &= ~np.asarray(pc.match_substring_regex(trimmed, also_empty), bool)
    # the place of each kept text, and one more for nothing at all
    place = np.append(np.where(there, np.cumsum(there) - 1, int(there.sum())), int(there.sum()))
    code = np.asarray(pc.fill_null(coded.indices, len(trimmed))).astype(np.int64)
    return Texts(trimmed.filter(pa.array(there)), place[code].astype(np.int64))


def simple(text: str) -> str:
    """A text with the digits, spaces, dashes and apostrophes of a keyboard.

    Examples
    --------
    >>> simple("− 1\\u202f350,00 €")
    '- 1 350,00 €'
    """
    if text.isascii():
        return text
    return unicodedata.normalize("NFKC", text).translate(DASHES)


DASHES = {ord(dash): "-" for dash in "−–—‐‑‒"} | {ord(mark): "'" for mark in "’‘`´"}

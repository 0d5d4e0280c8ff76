"""CSV, TSV and any other text with a row a line: what it is like is found out, and every column read as texts."""

import csv
import io
import itertools
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import PurePath
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv

from sim.bookings.sheet import Sheet
from sim.bookings.sources.dialect import Layout, layout_of
from sim.bookings.sources.encoding import Encoding, encoding_of, texts
from sim.bookings.sources.header import headings, is_wanted
from sim.bookings.sources.source import Source
from sim.bookings.sources.values import unread
from sim.said import Said, say

SAMPLE_CHARACTERS = 2**18
BATCH_ROWS = 20_000
LONG_ROWS = 0.01
"""Share of rows that may have more cells than headings, such as by a delimiter in a text without quotation marks: assumption."""
SHOWN = 60
"""Characters of an example, at most."""
CONTROL = re.compile(r"[\x01-\x08\x0e-\x19\x1b-\x1f]")
CONTROL_SHARE = 0.01
"""Of characters that no text has, above which a file is a picture, a program or the like: assumption."""
LINE_END = re.compile(r"\r\n|\r|\n")
NEVER_CLOSES = "a text begins with a quotation mark and never ends with one"
NAMED = {";": say("a semicolon"), "\t": say("a tab"), "|": say("a vertical bar")}


@dataclass
class _Found:
    """What was met in the rows."""

    repeated: int = 0
    short: list[int] = field(default_factory=list)
    long: list[int] = field(default_factory=list)
    swallowed: list[str] = field(default_factory=list)
    """Texts over several lines of which one looks like a row."""


class _RaggedError(Exception):
    """A row has other cells than the headings: Arrow's reader can not go on."""


def read_delimited(source: Source, wanted: Sequence[str] | None = None) -> Sheet:
    """A text file as a sheet.

    Raises
    ------
    ConfigError
        No headings or no rows, more than a hundredth of the rows longer than the headings, or a quotation mark that never closes.
    """
    encoding = encoding_of(source)
    sample = _sample(source, encoding)
    if len(CONTROL.findall(sample)) > CONTROL_SHARE * len(sample):
        raise source.refuse("is no text, must be exported as CSV or xlsx")
    layout = layout_of(sample)
    if layout is None or not layout.width:
        raise source.refuse("is blank, must hold a table")
    names = headings(layout.header or (), layout.n_columns)
    kept = is_wanted(names, wanted)
    found = _Found()
    try:
        batches = list(_kept(_by_arrow(source, encoding, layout), layout, kept, found))
    except (pa.ArrowInvalid, _RaggedError):
        found = _Found()
        batches = list(_kept(_by_python(source, encoding, layout, found), layout, kept, found))
    n_rows = sum(batch.num_rows for batch in batches)
    if len(found.long) > max(1, LONG_ROWS * (n_rows + len(found.long))):
        raise source.refuse(
            f"line {found.long[0]} has more cells than the {layout.n_columns} headings, as have {len(found.long)} lines in all: "
            f"a text that holds the delimiter {layout.dialect.delimiter!r} must stand in quotation marks"
        )
    if not n_rows:
        raise source.refuse("holds no rows below its headings")
    table = pa.Table.from_batches(batches)
    columns = {
        name: table[str(i)] if is_kept else unread(n_rows) for i, (name, is_kept) in enumerate(zip(names, kept, strict=True))
    }
    notes = (*source.notes, *encoding.notes, *_notes(layout, found))
    return Sheet(PurePath(source.name).name, columns, notes, layout.line)


def _kept(batches: Iterator[pa.RecordBatch], layout: Layout, kept: Sequence[bool], found: _Found) -> Iterator[pa.RecordBatch]:
    """Rows that are neither blank nor the headings again, with the columns that are asked for."""
    for batch in batches:
        if any(pc.any(pc.invert(_is(column, ""))).as_py() for column in batch.columns[layout.n_columns :]):
            raise _RaggedError
        columns = batch.columns[: layout.n_columns]
        out = _all(columns, [""] * layout.n_columns)
        if layout.header is not None:
            again = _all(columns, layout.header)
            found.repeated += pc.sum(again).as_py() or 0
            out = pc.or_(out, again)
        if layout.n_columns > 2:
            found.swallowed += itertools.chain.from_iterable(_swallowed(column, layout) for column in columns)
        chosen = batch.select([i for i, is_kept in enumerate(kept) if is_kept])
        # a table without columns has no number of rows: the first column stays with none asked for
        chosen = chosen if chosen.num_columns else batch.select([0])
        yield chosen.filter(pc.invert(out)) if pc.any(out).as_py() else chosen


def _swallowed(column: pa.Array, layout: Layout) -> list[str]:
    """Texts with a line that has almost as many delimiters as a row: a quotation mark before it may be missing or too many."""
    several = column.filter(pc.match_substring(column, "\n"))
    delimiter = re.escape(layout.dialect.delimiter)
    row = rf"\n(?:[^\n{delimiter}]*{delimiter}){{{layout.n_columns - 2}}}"
    return several.filter(pc.match_substring_regex(several, row)).to_pylist() if len(several) else []


def _is(column: pa.Array, cell: str) -> pa.Array:
    return pc.equal(pc.fill_null(pc.utf8_trim_whitespace(column), ""), cell.strip())


def _all(columns: Sequence[pa.Array], cells: Sequence[str]) -> pa.Array:
    """Which rows hold exactly some cells; most often the first column says that none does."""
    found = _is(columns[0], cells[0])
    for column, cell in zip(columns[1:], cells[1:], strict=True):
        if not pc.any(found).as_py():
            break
        found = pc.and_(found, _is(column, cell))
    return found


def _notes(layout: Layout, found: _Found) -> Iterator[Said]:
    """What is worth saying of a file that is not plain."""
    if layout.dialect.delimiter != ",":
        yield say("columns end with {delimiter}", delimiter=NAMED.get(layout.dialect.delimiter, layout.dialect.delimiter))
    if layout.dialect.quote != '"':
        yield say("texts stand in single quotation marks")
    if layout.titles:
        yield say("{n} lines above the headings, such as {example}", n=len(layout.titles), example=layout.titles[0][:SHOWN])
    if layout.header is None:
        yield say("no headings: columns are called column 1 to column {n}", n=layout.n_columns)
    if found.repeated:
        yield say("{n} times the headings again within the rows, left out", n=found.repeated)
    if found.short:
        yield say(
            "{n} lines with fewer cells than headings, such as line {line}: the others are empty",
            n=len(found.short),
            line=found.short[0],
        )
    if found.swallowed:
        yield say(
            "{n} texts run over lines that look like rows, such as {example}: a quotation mark may be missing",
            n=len(found.swallowed),
            example=" ".join(found.swallowed[0].split())[:SHOWN],
        )
    if found.long:
        yield say("{n} lines with more cells than headings, such as line {line}: left out", n=len(found.long), line=found.long[0])


def _sample(source: Source, encoding: Encoding) -> str:
    """The beginning of the text, whole lines."""
    sample = ""
    for piece in texts(source, encoding):
        sample += piece
        if len(sample) > SAMPLE_CHARACTERS:
            break
    else:
        return sample
    end = max(sample.rfind("\n", 0, SAMPLE_CHARACTERS), sample.rfind("\r", 0, SAMPLE_CHARACTERS))
    return sample[: end + 1] if end > 0 else sample[:SAMPLE_CHARACTERS]


def _after(pieces: Iterator[str], n: int) -> Iterator[str]:
    """A text without its first ``n`` characters."""
    for piece in pieces:
        yield piece[n:]
        n = max(0, n - len(piece))


class _Stream(io.RawIOBase):
    """Pieces of text as bytes in UTF-8."""

    def __init__(self, pieces: Iterator[str], quote: str) -> None:
        self._pieces, self._left, self._quote = pieces, b"", quote
        self.n_quotes = 0

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        while not self._left:
            piece = next(self._pieces, None)
            if piece is None:
                return 0
            self.n_quotes += piece.count(self._quote)
            self._left = piece.encode(errors="replace")
        n = min(len(buffer), len(self._left))
        buffer[:n], self._left = self._left[:n], self._left[n:]
        return n


def _by_arrow(source: Source, encoding: Encoding, layout: Layout) -> Iterator[pa.RecordBatch]:
    """Rows of exactly ``layout.width`` cells, read fast."""
    if layout.dialect.blanks:
        raise _RaggedError
    names = [str(i) for i in range(layout.width)]
    dialect = layout.dialect
    stream = _Stream(_after(texts(source, encoding), layout.skipped), dialect.quote)
    reader = pa.csv.open_csv(
        pa.PythonFile(io.BufferedReader(stream, 2**20), mode="r"),
        read_options=pa.csv.ReadOptions(column_names=names, block_size=2**22),
        parse_options=pa.csv.ParseOptions(
            delimiter=dialect.delimiter,
            quote_char=dialect.quote,
            escape_char=dialect.escape or False,
            newlines_in_values=True,
        ),
        convert_options=pa.csv.ConvertOptions(
            column_types=dict.fromkeys(names, pa.string()),
            strings_can_be_null=True,
            quoted_strings_can_be_null=True,
            null_values=[""],
            check_utf8=False,
        ),
    )
    yield from reader
    if stream.n_quotes % 2:
        raise _RaggedError


def _by_python(source: Source, encoding: Encoding, layout: Layout, found: _Found) -> Iterator[pa.RecordBatch]:
    """Rows of any length, read slowly."""
    stream = _Stream(_after(texts(source, encoding), layout.skipped), layout.dialect.quote)
    reader = layout.dialect.rows(io.TextIOWrapper(io.BufferedReader(stream, 2**20), "utf-8", newline=""))
    names = [str(i) for i in range(layout.n_columns)]
    line = layout.line
    while True:
        batch: list[list[str]] = []
        try:
            batch.extend(itertools.islice(reader, BATCH_ROWS))
        except csv.Error:
            raise source.refuse(f"line {line + sum(map(_lines, batch))}: {NEVER_CLOSES}") from None
        if not batch:
            return
        at_end = len(batch) < BATCH_ROWS
        if at_end and _lines(batch[-1]) > 1 and stream.n_quotes % 2:
            raise source.refuse(f"line {line + sum(map(_lines, batch[:-1]))}: {NEVER_CLOSES}")
        rows = batch if set(map(len, batch)) == {len(names)} else list(_even(batch, line, layout.n_columns, found))
        line = layout.line + reader.line_num
        cells = [pa.array(column, pa.string()) for column in zip(*rows, strict=True)] or [pa.array([], pa.string()) for _ in names]
        yield pa.RecordBatch.from_arrays([pc.if_else(pc.equal(column, ""), None, column) for column in cells], names)


def _lines(row: Sequence[str]) -> int:
    """Lines of the file that a row takes."""
    return 1 + sum(len(LINE_END.findall(cell)) for cell in row)


def _even(rows: Sequence[list[str]], line: int, width: int, found: _Found) -> Iterator[list[str]]:
    """Rows of one width: short ones filled up, long ones cut where only blanks are lost, and left out otherwise.

    Parameters
    ----------
    line
        Of the first of them.
    """
    for row in rows:
        if any(cell.strip() for cell in row[width:]):
            found.long.append(line)
        else:
            if 0 < len(row) < width and any(row):
                found.short.append(line)
            yield row[:width] + [""] * (width - len(row))
        line += _lines(row)

"""JSON and JSON lines: objects as rows."""

import json
from collections.abc import Iterator, Mapping, Sequence
from pathlib import PurePath
from typing import Any

import pyarrow as pa

from sim.bookings.sheet import Sheet
from sim.bookings.sources.encoding import encoding_of, texts
from sim.bookings.sources.header import headings, is_wanted
from sim.bookings.sources.source import Source
from sim.bookings.sources.values import array_of, unread
from sim.said import say


def read_documents(source: Source, wanted: Sequence[str] | None = None) -> Sheet:
    """A list of objects, an object that holds one such list, or an object a line; an object within one gives ``client.name``.

    Raises
    ------
    ConfigError
        It is not JSON, or no list of objects, or several.
    """
    encoding = encoding_of(source)
    rows = list(_records(source, "".join(texts(source, encoding))))
    if not rows:
        raise source.refuse("holds no rows")
    values: dict[str, list[Any]] = {}
    lists: dict[str, None] = {}
    for i, row in enumerate(rows):
        for key, value in _flat(row):
            column = values.setdefault(key, [])
            column += [None] * (i - len(column))
            column[i:] = [value]
            if isinstance(value, list) and any(isinstance(item, dict | list) for item in value):
                lists[key] = None
    names = headings(list(values))
    columns: dict[str, pa.ChunkedArray] = {}
    for name, column, is_kept in zip(names, values.values(), is_wanted(names, wanted), strict=True):
        filled = column + [None] * (len(rows) - len(column))
        columns[name] = pa.chunked_array([array_of(filled)]) if is_kept else unread(len(rows))
    said = tuple(say("{column} holds lists of objects, read as texts", column=key) for key in lists)
    return Sheet(PurePath(source.name).name, columns, (*source.notes, *encoding.notes, *said), 0)


def _records(source: Source, text: str) -> Iterator[Mapping[str, Any]]:
    """The objects that are rows."""
    try:
        top = json.loads(text)
    except RecursionError:
        raise source.refuse("is nested too deeply, must be a list of objects") from None
    except ValueError as error:
        if "\n" not in text.strip() or not text.lstrip().startswith("{"):
            raise source.refuse(f"is no JSON: {error}") from None
        top = [_line(source, i, line) for i, line in enumerate(text.split("\n"), start=1) if line.strip()]
    if isinstance(top, dict):
        lists = dict(_lists(top, ""))
        if len(lists) > 1:
            raise source.refuse(f"holds several lists of objects, must hold one: {', '.join(lists)}")
        top = next(iter(lists.values()), None) or _by_column(top)
    for row in top:
        if not isinstance(row, dict):
            raise source.refuse(f"holds {json.dumps(row, ensure_ascii=False)[:60]}, must be a list of objects, a row each")
        yield row


def _by_column(top: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """The rows of an object that holds a list for each column; otherwise it is a row itself."""
    sizes = {len(value) if isinstance(value, list) else -1 for value in top.values()}
    if len(sizes) != 1 or max(sizes) < 1:
        return [top]
    return [dict(zip(top, row, strict=True)) for row in zip(*top.values(), strict=True)]


def _line(source: Source, i: int, line: str) -> Any:
    try:
        return json.loads(line)
    except ValueError as error:
        raise source.refuse(f"line {i} is no JSON: {error}") from None


def _lists(value: Mapping[str, Any], path: str) -> Iterator[tuple[str, list[Any]]]:
    """Lists of objects within an object, by path."""
    for key, inner in value.items():
        if isinstance(inner, dict):
            yield from _lists(inner, f"{path}{key}.")
        elif isinstance(inner, list) and inner and isinstance(inner[0], dict):
            yield f"{path}{key}", inner


def _flat(row: Mapping[str, Any], path: str = "") -> Iterator[tuple[str, Any]]:
    for key, value in row.items():
        if isinstance(value, dict):
            yield from _flat(value, f"{path}{key}.")
        else:
            yield f"{path}{key}", value

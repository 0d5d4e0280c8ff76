"""Values of any source as one of the kinds that a ``Sheet`` holds: texts, whole and other numbers, booleans, days and instants."""

import datetime as dt
import json
from collections.abc import Iterator, Sequence
from decimal import Decimal
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

EXACT = 2.0**53
"""Whole numbers below are exact as floats."""
NUMERIC = (int, float, Decimal)


def as_text(value: Any) -> str | None:
    """A value as a text; a whole number without its decimals, a day or an instant as ISO 8601 writes it.

    Examples
    --------
    >>> as_text(101.0), as_text(dt.datetime(2023, 1, 3, 10)), as_text(dt.timedelta(minutes=90)), as_text(["cut", "care"])
    ('101', '2023-01-03 10:00:00', '1:30:00', 'cut, care')
    """
    if value is None or isinstance(value, str):
        return value or None
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float):
        return None if value != value else f"{value:.0f}" if value.is_integer() and abs(value) < EXACT else repr(value)
    if isinstance(value, dt.datetime):
        return value.isoformat(" ")
    if isinstance(value, dt.date):
        return value.isoformat()
    if isinstance(value, pa.MonthDayNano) and not value.months:
        value = dt.timedelta(value.days, microseconds=value.nanoseconds // 1000)
    if isinstance(value, dt.timedelta):
        seconds = round(value.total_seconds())
        return f"{'-' if seconds < 0 else ''}{abs(seconds) // 3600}:{abs(seconds) // 60 % 60:02}:{abs(seconds) % 60:02}"
    if isinstance(value, bytes):
        try:
            return value.decode() or None
        except UnicodeDecodeError:
            return value.hex()
    if isinstance(value, list | tuple) and not any(isinstance(item, list | dict) for item in value):
        return ", ".join(filter(None, map(as_text, value))) or None
    if isinstance(value, list | dict):
        return json.dumps(value, ensure_ascii=False, default=as_text) if value else None
    return str(value)


def array_of(values: Sequence[Any]) -> pa.Array:
    """Values (n,) of Python as one array: of their kind where they have one, of texts where they are mixed."""
    kinds = {type(value) for value in values if value is not None and value != ""}
    filled = [None if value == "" else value for value in values] if str in kinds or "" in values else list(values)
    try:
        if kinds and kinds <= {int, float, Decimal}:
            if kinds == {int}:
                return pa.array(filled, pa.int64())
            return _whole(pa.array([None if value is None else float(value) for value in filled], pa.float64()))
        if kinds == {bool}:
            return pa.array(filled, pa.bool_())
        if kinds == {dt.date}:
            return pa.array(filled, pa.date32())
        if kinds and kinds <= {dt.date, dt.datetime} and not any(getattr(value, "tzinfo", None) for value in filled):
            return pa.array([_instant(value) for value in filled], pa.timestamp("us"))
    except (OverflowError, pa.ArrowInvalid):
        pass
    return pa.array([as_text(value) for value in filled], pa.string())


def _instant(value: dt.date | None) -> dt.date | None:
    """A day as its midnight."""
    return value if value is None or isinstance(value, dt.datetime) else dt.datetime(value.year, value.month, value.day)


def _whole(column: Any) -> Any:
    """Numbers as integers where all are whole, so that an identifier reads as it was written; nan as null."""
    column = pc.if_else(pc.is_nan(column), None, column)
    there = column.drop_null()
    if len(there) and pc.all(pc.and_(pc.equal(pc.floor(there), there), pc.less(pc.abs(there), EXACT))).as_py():
        return pc.cast(column, pa.int64())
    return column


def names_of(heading: str, kind: pa.DataType) -> list[str]:
    """Headings of a column once structures are flattened: ``client.name``."""
    if not pa.types.is_struct(kind):
        return [heading]
    return [name for i in range(kind.num_fields) for name in names_of(f"{heading}.{kind.field(i).name}", kind.field(i).type)]


def plain(column: pa.ChunkedArray) -> Iterator[pa.ChunkedArray]:
    """A column of any type of Arrow as columns of a ``Sheet``, in the order of ``names_of``."""
    kind = column.type
    if pa.types.is_struct(kind):
        for part in column.flatten():
            yield from plain(part)
    else:
        yield _plain(column)


def _plain(column: pa.ChunkedArray) -> pa.ChunkedArray:
    kind = column.type
    types = pa.types
    if isinstance(kind, pa.BaseExtensionType):
        stored = pa.chunked_array([chunk.storage for chunk in column.chunks], kind.storage_type)
        name = getattr(kind, "type_name", "")
        if isinstance(kind, pa.UuidType):
            return _texts(column)
        return _whole(pc.cast(stored, pa.float64())) if name == "numeric" else _plain(stored)
    if types.is_dictionary(kind):
        return _plain(pc.cast(column, kind.value_type))
    if types.is_run_end_encoded(kind):
        return _plain(pa.chunked_array([pc.run_end_decode(chunk) for chunk in column.chunks], kind.value_type))
    if types.is_boolean(kind) or types.is_date32(kind) or types.is_timestamp(kind):
        return column
    if types.is_date64(kind):
        return pc.cast(column, pa.date32())
    if types.is_null(kind):
        return pc.cast(column, pa.string())
    if types.is_string(kind) or types.is_large_string(kind) or types.is_string_view(kind):
        text = pc.cast(column, pa.string())
        return pc.if_else(pc.equal(text, ""), None, text)
    if types.is_floating(kind):
        return _whole(pc.cast(column, pa.float64()))
    if types.is_time(kind):
        return pc.cast(pc.cast(column, pa.time32("s"), safe=False), pa.string())
    try:
        if types.is_integer(kind):
            return pc.cast(column, pa.int64())
        if types.is_decimal(kind):
            return pc.cast(column, pa.int64()) if kind.scale <= 0 else _whole(pc.cast(column, pa.float64()))
    except pa.ArrowInvalid:
        return pc.cast(column, pa.string())
    return _texts(column)


def _texts(column: pa.ChunkedArray) -> pa.ChunkedArray:
    return pa.chunked_array([pa.array(map(as_text, chunk.to_pylist()), pa.string()) for chunk in column.chunks], pa.string())


def as_texts(column: pa.ChunkedArray) -> pa.ChunkedArray:
    """A column of a ``Sheet`` as texts."""
    if pa.types.is_timestamp(column.type):
        seconds = pc.cast(column, pa.timestamp("s", column.type.tz), safe=False)
        return pc.cast(seconds if pc.all(pc.equal(seconds, column)).as_py() is not False else column, pa.string())
    return _texts(column) if pa.types.is_floating(column.type) else pc.cast(column, pa.string())


def unified(parts: Sequence[pa.ChunkedArray]) -> pa.ChunkedArray:
    """Columns of several tables as one: of a kind that holds them all, such as numbers or instants, else of texts."""
    kinds = {part.type for part in parts if part.null_count < len(part)}
    if len(kinds) == 1:
        kind = kinds.pop()
    elif kinds and all(pa.types.is_integer(kind) or pa.types.is_floating(kind) for kind in kinds):
        kind = pa.float64()
    elif kinds and all(pa.types.is_timestamp(kind) or pa.types.is_date(kind) for kind in kinds):
        zones = {getattr(kind, "tz", None) for kind in kinds}
        kind = None if None in zones and len(zones) > 1 else pa.timestamp("us", zones.pop() if len(zones) == 1 else "UTC")
    else:
        kind = None
    chunks = []
    for part in parts:
        if kind is not None and part.null_count == len(part):
            chunks.append(pa.nulls(len(part), kind))
        else:
            chunks += (as_texts(part) if kind is None else pc.cast(part, kind)).chunks
    return pa.chunked_array(chunks, kind or pa.string())


def unread(n_rows: int) -> pa.ChunkedArray:
    """A column that nobody asked for: it keeps its place and its heading, and no values."""
    return pa.chunked_array([pa.nulls(n_rows)])

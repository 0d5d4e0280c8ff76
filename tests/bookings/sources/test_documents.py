import json
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

from sim.bookings.sheet import Sheet
from sim.bookings.sources.documents import read_documents
from sim.bookings.sources.source import source_of
from sim.config import ConfigError

ROWS = [
    {"id": 1, "client": {"name": "Zoë", "tags": ["vip", "new"]}, "price": 45.5, "paid": True},
    {"id": 2, "client": {"name": "Ada"}, "price": 30, "note": "late"},
]
CELLS = {
    "id": [1, 2],
    "client.name": ["Zoë", "Ada"],
    "client.tags": ["vip, new", None],
    "price": [45.5, 30.0],
    "paid": [True, None],
    "note": [None, "late"],
}


def read(folder: Path, text: str | bytes, wanted: list[str] | None = None) -> Sheet:
    (folder / "b.json").write_bytes(text if isinstance(text, bytes) else text.encode())
    return read_documents(source_of(folder / "b.json", "b.json"), wanted)


def refusal(folder: Path, value: Any) -> str:
    with pytest.raises(ConfigError) as error:
        read(folder, value if isinstance(value, str) else json.dumps(value))
    return str(error.value)


@pytest.mark.parametrize(
    "text",
    [
        json.dumps(ROWS),
        json.dumps({"count": 2, "data": ROWS, "links": []}),
        json.dumps({"result": {"bookings": ROWS}}),
        "\n".join(map(json.dumps, ROWS)) + "\n\n",
        "\ufeff" + "\r\n".join(json.dumps(row, ensure_ascii=False) for row in ROWS),
    ],
    ids=["list", "object", "deeper", "lines", "lines of windows"],
)
def test_objects_are_rows_however_they_are_wrapped(text: str, tmp_path: Path) -> None:
    sheet = read(tmp_path, text)
    assert {name: column.to_pylist() for name, column in sheet.columns.items()} == CELLS


def test_lists_by_column_are_rows(tmp_path: Path) -> None:
    sheet = read(tmp_path, json.dumps({"client": ["1", "2"], "price": [45, None]}))
    assert {name: column.to_pylist() for name, column in sheet.columns.items()} == {"client": ["1", "2"], "price": [45, None]}
    assert read(tmp_path, json.dumps({"client": ["1", "2"], "price": [45]})).n_rows == 1


def test_columns_that_nobody_asked_for_come_without_values(tmp_path: Path) -> None:
    sheet = read(tmp_path, json.dumps(ROWS), ["client.name"])
    assert [name for name, column in sheet.columns.items() if column.type != pa.null()] == ["client.name"]
    assert list(sheet.columns) == list(CELLS)


def test_one_object_alone_is_one_row(tmp_path: Path) -> None:
    assert read(tmp_path, '{"id": 1, "date": "2023-01-03"}').n_rows == 1


def test_lists_of_objects_are_texts_and_said(tmp_path: Path) -> None:
    sheet = read(tmp_path, json.dumps([{"id": 1, "items": [{"name": "cut", "price": 45}]}]))
    assert sheet.columns["items"].to_pylist() == ['[{"name": "cut", "price": 45}]']
    assert [str(note) for note in sheet.notes] == ["items holds lists of objects, read as texts"]


@pytest.mark.parametrize(
    ("value", "word"),
    [
        ([1, 2], "must be a list of objects"),
        ([], "holds no rows"),
        ({"a": ROWS, "b": ROWS}, "holds several lists of objects, must hold one: a, b"),
        ("[{]", "is no JSON"),
        ('{"id": 1}\n{"id": 2\n', "line 2 is no JSON"),
        ("[" * 100_000, "is"),
    ],
)
def test_what_is_no_list_of_objects_is_refused(value: Any, word: str, tmp_path: Path) -> None:
    assert word in refusal(tmp_path, value)

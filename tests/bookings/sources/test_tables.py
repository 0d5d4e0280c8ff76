import datetime as dt
from pathlib import Path
from typing import Any

import duckdb
import pandas as pd
import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from sim.bookings.sources.source import source_of
from sim.bookings.sources.tables import read_arrow, sheet_of
from sim.config import ConfigError

TABLE = pa.table(
    {
        "client": pa.array(["a", "b", "a"]).dictionary_encode(),
        "start": pa.array([0, 1, 2], pa.timestamp("ns", "Europe/Paris")),
        "who": pa.array([{"pro": "Ada"}, None, {"pro": "Zoë"}]),
    }
)


def saved(folder: Path, table: pa.Table = TABLE) -> Any:
    pq.write_table(table, folder / "b.parquet")
    return source_of(folder / "b.parquet", "x/b.parquet")


def test_a_parquet_file_keeps_instants_and_zones_and_flattens_structures(tmp_path: Path) -> None:
    source = saved(tmp_path)
    sheet = read_arrow(source, source.head())
    assert list(sheet.columns) == ["client", "start", "who.pro"]
    assert sheet.columns["start"].type == pa.timestamp("ns", "Europe/Paris")
    assert sheet.columns["who.pro"].to_pylist() == ["Ada", None, "Zoë"]
    assert (sheet.name, sheet.n_rows, sheet.first_row) == ("b.parquet", 3, 0)


def test_only_what_is_wanted_is_read_by_heading_or_position(tmp_path: Path) -> None:
    source = saved(tmp_path)
    for wanted in (["who.pro"], ["3"]):
        kinds = [column.type for column in read_arrow(source, source.head(), wanted).columns.values()]
        assert kinds == [pa.null(), pa.null(), pa.string()]


def test_a_feather_file_is_read_too(tmp_path: Path) -> None:
    with pa.OSFile(str(tmp_path / "b.arrow"), "wb") as file, pa.ipc.new_file(file, TABLE.schema) as writer:
        writer.write_table(TABLE)
    source = source_of(tmp_path / "b.arrow", "b.arrow")
    assert read_arrow(source, source.head()).columns["client"].to_pylist() == ["a", "b", "a"]


def test_a_broken_or_empty_file_is_refused(tmp_path: Path) -> None:
    (tmp_path / "b.parquet").write_bytes(b"PAR1 and no more")
    broken = source_of(tmp_path / "b.parquet", "b.parquet")
    with pytest.raises(ConfigError, match=r"data = 'b\.parquet', cannot be read"):
        read_arrow(broken, broken.head())
    with pytest.raises(ConfigError, match="holds no rows"):
        read_arrow(source := saved(tmp_path, TABLE[:0]), source.head())


VALUES = {"client": ["a", "b"], "date": [dt.datetime(2023, 1, 3, 10), dt.datetime(2023, 1, 4)], "price": [45.5, None]}
WITH_INDEX = pd.DataFrame(VALUES, index=[5, 7])


@pytest.mark.parametrize(
    "frame",
    [pd.DataFrame(VALUES), WITH_INDEX, pl.DataFrame(VALUES), pa.table(VALUES), duckdb.sql("SELECT * FROM WITH_INDEX")],
    ids=["pandas", "pandas with an index", "polars", "arrow", "duckdb"],
)
def test_a_frame_of_any_library_is_read(frame: Any) -> None:
    sheet = sheet_of(frame, "frame")
    assert {name: column.to_pylist() for name, column in sheet.columns.items()} == VALUES
    assert sheet.name == "frame"


def test_a_column_of_mixed_objects_of_pandas_is_text() -> None:
    frame = pd.DataFrame({"client": pd.Series([1, "A7", None], dtype=object), "n": [1, 2, 3]})
    sheet = sheet_of(frame, "frame")
    assert sheet.columns["client"].to_pylist() == ["1", "A7", None]
    assert sheet.columns["n"].to_pylist() == [1, 2, 3]


def test_an_identifier_that_pandas_made_a_float_is_whole_again() -> None:
    sheet = sheet_of(pd.DataFrame({"client": [101.0, float("nan")]}), "frame")
    assert sheet.columns["client"].to_pylist() == [101, None]


def test_what_is_no_frame_or_empty_is_refused() -> None:
    with pytest.raises(ConfigError, match="data is a dict, must be a path or a frame"):
        sheet_of({}, "frame")
    with pytest.raises(ConfigError, match="holds no rows"):
        sheet_of(TABLE[:0], "frame")

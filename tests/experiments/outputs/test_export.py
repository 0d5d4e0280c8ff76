"""Exports: what is written, that it is whole, and that nothing else is ever replaced."""

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from experiments.outputs.export import check_export, target_of, write_export
from sim.config import ConfigError

RUNS = pa.table({"arm": ["uniform", "rating"], "return_rate_6m": [0.25, float("nan")]})


def tables(n: int = 1) -> dict[str, Any]:
    return {"runs": [RUNS] * n, "effects": [], "bookings": iter([pa.table({"arm": pa.array(["a"]).dictionary_encode()})])}


def read(export: str) -> dict[str, list[dict[str, Any]]]:
    target = target_of(export)
    assert target is not None
    if target.kind == "parquet":
        return {path.stem: pq.read_table(path).to_pylist() for path in sorted(target.path.glob("*.parquet"))}
    with duckdb.connect(str(target.path), read_only=True) as connection:
        names = [name for (name,) in connection.sql("SELECT table_name FROM duckdb_tables() ORDER BY 1").fetchall()]
        return {name: connection.sql(f'FROM "{name}"').to_arrow_table().to_pylist() for name in names}


@pytest.fixture(params=["duckdb:{}/shop.db", "parquet:{}/tables", "{}/tables"])
def export(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    return str(request.param).format(tmp_path)


def test_tables_are_written_in_pieces_with_null_for_nothing_and_explained(export: str) -> None:
    assert write_export(export, tables(2)) == ["runs (4 rows)", "bookings (1 rows)"]
    found = read(export)
    assert list(found) == ["bookings", "columns", "runs"]
    assert found["runs"] == 2 * [{"arm": "uniform", "return_rate_6m": 0.25}, {"arm": "rating", "return_rate_6m": None}]
    assert found["bookings"] == [{"arm": "a"}]
    told = {(row["table"], row["column"]): row["meaning"] for row in found["columns"]}
    assert list(told) == [("runs", "arm"), ("runs", "return_rate_6m"), ("bookings", "arm")]
    assert told["runs", "return_rate_6m"].endswith("Unit: share")


def test_duckdb_shows_the_meaning_of_a_column_itself(tmp_path: Path) -> None:
    write_export(f"duckdb:{tmp_path}/a.db", tables())
    with duckdb.connect(f"{tmp_path}/a.db") as connection:
        told = connection.sql("SELECT comment FROM duckdb_columns() WHERE table_name = 'bookings'").fetchall()
    assert told == [("name of the arm: the policy under which it was simulated",)]


def test_an_earlier_export_is_replaced_as_a_whole(export: str, tmp_path: Path) -> None:
    write_export(export, tables())
    check_export(export)
    write_export(export, {"runs": [RUNS[:1]]})
    found = read(export)
    assert list(found) == ["columns", "runs"]
    assert len(found["runs"]) == 1
    assert len(list(tmp_path.iterdir())) == 1


def test_an_export_that_fails_leaves_the_earlier_one(export: str, tmp_path: Path) -> None:
    def broken() -> Iterator[pa.Table]:
        yield RUNS
        raise OSError("the disk is full")

    write_export(export, tables())
    with pytest.raises(OSError, match="the disk is full"):
        write_export(export, {"runs": broken()})
    assert list(read(export)) == ["bookings", "columns", "runs"]
    assert len(list(tmp_path.iterdir())) == 1


@pytest.mark.parametrize(
    "value", ["sqlite:out.db", "duckdb:", "parquet: ", "out.db", "s3:bucket", "tables.parquet", "postgresql://host/shop"]
)
def test_another_place_is_refused_with_what_it_must_be(value: str) -> None:
    with pytest.raises(ConfigError) as error:
        check_export(value)
    assert str(error.value) == f"export = {value!r}, must be duckdb:FILE, parquet:FOLDER or a folder"


def test_what_no_export_wrote_is_never_replaced(export: str, tmp_path: Path) -> None:
    target = target_of(export)
    assert target is not None
    if target.kind == "parquet":
        target.path.mkdir()
        (target.path / "mine.csv").write_text("1")
        foreign = "mine.csv"
    else:
        target.path.write_text("mine")
        foreign = "shop.db"
    for call in (lambda: check_export(export), lambda: write_export(export, tables())):
        with pytest.raises(ConfigError, match=f"holds '{foreign}', which no export wrote"):
            call()
    assert [path.name for path in tmp_path.iterdir()] == [target.path.name]


@pytest.mark.parametrize("made", ["CREATE VIEW best AS FROM runs", "CREATE TABLE best AS FROM runs"])
def test_a_database_to_which_somebody_added_is_kept(made: str, tmp_path: Path) -> None:
    write_export(f"duckdb:{tmp_path}/a.db", tables())
    with duckdb.connect(f"{tmp_path}/a.db") as connection:
        connection.execute(made)
    with pytest.raises(ConfigError, match="'best', which no export wrote: must be new, or what an export left"):
        check_export(f"duckdb:{tmp_path}/a.db")


def test_a_folder_to_which_somebody_added_is_kept(tmp_path: Path) -> None:
    write_export(str(tmp_path / "tables"), tables())
    (tmp_path / "tables" / "notes.md").write_text("mine")
    with pytest.raises(ConfigError, match=r"holds 'notes\.md', which no export wrote"):
        check_export(str(tmp_path / "tables"))


def test_neither_out_nor_store_is_taken(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="must not be out or store"):
        check_export(f"parquet:{tmp_path / 'store'}", tmp_path / "out", tmp_path / "store")


def test_duckdb_is_named_where_it_is_missing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "duckdb", None)
    with pytest.raises(ConfigError, match=r"pip install 'mission-dispatch-sim\[sql\]'"):
        check_export(f"duckdb:{tmp_path}/a.db")
    check_export(f"parquet:{tmp_path}/tables")


def test_nothing_is_written_unless_it_is_asked_for() -> None:
    check_export(None)
    assert write_export(None, tables()) == []

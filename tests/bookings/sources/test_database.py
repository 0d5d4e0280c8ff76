import datetime as dt
import sqlite3
import sys
from collections.abc import Sequence
from pathlib import Path

import duckdb
import pyarrow as pa
import pytest

from sim.bookings.sheet import Sheet
from sim.bookings.sources.database import read_file
from sim.bookings.sources.source import source_of
from sim.config import ConfigError

CREATE = [
    'CREATE TABLE "my bookings" (client INTEGER, day TEXT, price REAL)',
    "INSERT INTO \"my bookings\" VALUES (1, '2023-01-03', 45.5), (2, '2023-01-04', NULL)",
]
FURTHER = "CREATE TABLE staff (name TEXT)"


def made(folder: Path, kind: str, statements: Sequence[str]) -> Path:
    path = folder / f"shop {kind}.db"
    connection = (sqlite3 if kind == "sqlite" else duckdb).connect(str(path))
    for one in statements:
        connection.execute(one)
    connection.commit()
    connection.close()
    return path


def read(path: Path, table: str | None = None, wanted: list[str] | None = None) -> Sheet:
    source = source_of(path, str(path))
    return read_file(source, source.head(), wanted, table)


KINDS = pytest.mark.parametrize("kind", ["sqlite", "duckdb"])


@KINDS
def test_the_only_table_is_read(kind: str, tmp_path: Path) -> None:
    path = made(tmp_path, kind, CREATE)
    sheet = read(path)
    cells = {name: column.to_pylist() for name, column in sheet.columns.items()}
    assert cells == {"client": [1, 2], "day": ["2023-01-03", "2023-01-04"], "price": [45.5, None]}
    assert [str(note) for note in sheet.notes] == ["table my bookings of the database"]
    assert [column.type for column in read(path, wanted=["day"]).columns.values()] == [pa.null(), pa.string(), pa.null()]


@KINDS
def test_of_several_tables_one_is_named_or_asked_for_by_a_query(kind: str, tmp_path: Path) -> None:
    path = made(tmp_path, kind, [*CREATE, FURTHER])
    with pytest.raises(ConfigError, match="holds 2 tables, choose one with table=: my bookings, staff"):
        read(path)
    with pytest.raises(ConfigError, match="table = 'nope', must be one of its tables, or a query"):
        read(path, "nope")
    assert read(path, "My Bookings").n_rows == 2
    sheet = read(path, ' select client AS who, price FROM "my bookings" WHERE price > 1; ')
    assert {name: column.to_pylist() for name, column in sheet.columns.items()} == {"who": [1], "price": [45.5]}


@KINDS
@pytest.mark.parametrize(
    "query",
    [
        'WITH x AS (SELECT 1) DELETE FROM "my bookings"',
        'SELECT 1; DELETE FROM "my bookings"',
        'DELETE FROM "my bookings"',
        "SELECT * FROM nope",
    ],
)
def test_a_query_that_writes_or_fails_changes_nothing_and_is_refused(kind: str, query: str, tmp_path: Path) -> None:
    path = made(tmp_path, kind, CREATE)
    with pytest.raises(ConfigError, match="data = "):
        read(path, query)
    assert read(path).n_rows == 2


def test_a_query_of_duckdb_reads_no_other_file(tmp_path: Path) -> None:
    (tmp_path / "other.csv").write_text("a\n1\n")
    query = f"SELECT * FROM read_csv('{tmp_path / 'other.csv'}')"  # noqa: S608
    with pytest.raises(ConfigError, match="disabled by configuration"):
        read(made(tmp_path, "duckdb", CREATE), query)


def test_types_of_duckdb_are_kept_whatever_the_zone_of_the_machine(tmp_path: Path) -> None:
    query = "CREATE TABLE b AS SELECT TIMESTAMP '2023-01-03 10:00' AS w, TIMESTAMPTZ '2023-01-03 10:00+02' AS z, 45.50 AS p"
    sheet = read(made(tmp_path, "duckdb", [query]))
    assert sheet.columns["w"].to_pylist() == [dt.datetime(2023, 1, 3, 10)]
    assert sheet.columns["z"].to_pylist() == [dt.datetime(2023, 1, 3, 8, tzinfo=dt.UTC)]
    assert sheet.columns["z"].type == pa.timestamp("us", "UTC")
    assert sheet.columns["p"].to_pylist() == [45.5]


def test_a_column_of_sqlite_may_hold_values_of_several_types(tmp_path: Path) -> None:
    path = made(tmp_path, "sqlite", ["CREATE TABLE b (client)", "INSERT INTO b VALUES (1), ('A7'), (2.5), (x'41')"])
    assert read(path).columns["client"].to_pylist() == ["1", "A7", "2.5", "A"]


@KINDS
def test_an_empty_table_is_refused(kind: str, tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="holds no rows in that table"):
        read(made(tmp_path, kind, [FURTHER]))


def test_a_missing_library_is_named_with_how_to_install_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = made(tmp_path, "duckdb", CREATE)
    monkeypatch.setitem(sys.modules, "duckdb", None)
    with pytest.raises(ConfigError, match=r"pip install 'mission-dispatch-sim\[sql\]'"):
        read(path)

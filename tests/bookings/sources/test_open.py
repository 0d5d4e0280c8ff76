import gzip
import json
import sqlite3
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from sim.bookings.sources.joined import FILE
from sim.bookings.sources.open import read_sheet, read_sheets
from sim.config import ConfigError

ROWS = [{"client": str(i), "date": f"2023-01-{i:02d}"} for i in range(1, 6)]
CSV = "client,date\n" + "".join(f"{row['client']},{row['date']}\n" for row in ROWS)


def database(path: Path) -> None:
    with sqlite3.connect(path) as connection:
        connection.execute("CREATE TABLE b (client TEXT, date TEXT)")
        connection.executemany("INSERT INTO b VALUES (:client, :date)", ROWS)
    connection.close()


def workbook(path: Path) -> None:
    import openpyxl

    book = openpyxl.Workbook()
    assert book.active is not None
    for row in (("client", "date"), *(tuple(row.values()) for row in ROWS)):
        book.active.append(row)
    with path.open("wb") as file:
        book.save(file)


WRITERS = {
    "csv": lambda path: path.write_text(CSV),
    "csv in gzip": lambda path: path.write_bytes(gzip.compress(CSV.encode())),
    "json": lambda path: path.write_text(json.dumps(ROWS)),
    "json in gzip": lambda path: path.write_bytes(gzip.compress(json.dumps(ROWS).encode())),
    "lines": lambda path: path.write_text("\n".join(map(json.dumps, ROWS))),
    "parquet": lambda path: pq.write_table(pa.Table.from_pylist(ROWS), path),
    "sqlite": database,
    "xlsx": workbook,
}


@pytest.mark.parametrize("kind", WRITERS)
def test_a_file_is_what_its_bytes_say_whatever_its_name(kind: str, tmp_path: Path) -> None:
    path = tmp_path / "export.dat"
    WRITERS[kind](path)
    sheet = read_sheet(path)
    assert [
        dict(zip(sheet.columns, row, strict=True)) for row in zip(*(c.to_pylist() for c in sheet.columns.values()), strict=True)
    ] == ROWS


def test_a_folder_and_a_pattern_are_all_their_files_in_order(tmp_path: Path) -> None:
    for i in (2, 1):
        pq.write_table(pa.table({"client": [i]}), tmp_path / f"part-{i}.parquet")
    (tmp_path / "_SUCCESS").write_text("")
    (tmp_path / ".part-1.parquet.crc").write_text("x")
    for path in (tmp_path, tmp_path / "part-*.parquet"):
        sheet = read_sheet(path)
        assert sheet.columns["client"].to_pylist() == [1, 2]
        assert sheet.columns[FILE].to_pylist() == ["part-1.parquet", "part-2.parquet"]


def test_several_files_are_one_table_that_knows_the_file_of_each_row(tmp_path: Path) -> None:
    (tmp_path / "visits.csv").write_text(CSV)
    (tmp_path / "cancellations.csv").write_text("client;date;reason\n9;2023-02-01;ill\n")
    sheet = read_sheets([tmp_path / "visits.csv", tmp_path / "cancellations.csv"], ["client"])
    assert sheet.columns[FILE].to_pylist() == ["visits.csv"] * 5 + ["cancellations.csv"]
    assert sheet.columns["client"].to_pylist() == ["1", "2", "3", "4", "5", "9"]


def test_a_name_with_a_pattern_s_signs_is_a_file_where_there_is_one(tmp_path: Path) -> None:
    (tmp_path / "bookings [1]*.csv").write_text(CSV)
    assert read_sheet(tmp_path / "bookings [1]*.csv").n_rows == 5


def test_a_tilde_is_home_unless_a_file_is_called_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    (tmp_path / "b.csv").write_text(CSV)
    assert read_sheet("~/b.csv").n_rows == 5


@pytest.mark.parametrize(
    ("name", "data", "word"),
    [
        ("missing.csv", None, "must be a file, a folder of Parquet files or a postgresql:// address"),
        ("missing-*.csv", None, "holds no file"),
        ("report.xls", "<html><table><tr><td>1</td></tr></table></html>", "must be saved as xlsx or CSV"),
        ("report.xml", '\ufeff<?xml version="1.0"?><Workbook/>', "must be saved as xlsx or CSV"),
    ],
)
def test_what_cannot_be_read_is_refused_with_what_to_do(name: str, data: str | None, word: str, tmp_path: Path) -> None:
    if data is not None:
        (tmp_path / name).write_text(data)
    with pytest.raises(ConfigError) as error:
        read_sheet(tmp_path / name)
    assert str(error.value).startswith(f"data = '{tmp_path / name}', ")
    assert word in str(error.value)


def test_a_table_or_sheet_that_the_file_cannot_have_is_refused(tmp_path: Path) -> None:
    (tmp_path / "b.csv").write_text(CSV)
    with pytest.raises(ConfigError, match="must be a database, since table = 'x'"):
        read_sheet(tmp_path / "b.csv", table="x")
    with pytest.raises(ConfigError, match="must be a workbook, since sheet = 'x'"):
        read_sheet(tmp_path / "b.csv", sheet="x")

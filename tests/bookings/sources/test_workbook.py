import datetime as dt
import io
import zipfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import openpyxl
import pyarrow as pa
import pytest
import xlsxwriter

from sim.bookings.sheet import Sheet
from sim.bookings.sources.source import source_of
from sim.bookings.sources.workbook import read_workbook
from sim.config import ConfigError

NAMES = ["client", "date", "time", "price"]
ROWS = [[101 + i, dt.datetime(2023, 1, 3 + i, 10, 20), dt.time(10, 20), 45.5] for i in range(4)]


def workbook(sheets: dict[str, Sequence[Sequence[Any]]], hidden: Sequence[str] = (), at: tuple[int, int] = (0, 0)) -> bytes:
    buffer = io.BytesIO()
    book = xlsxwriter.Workbook(buffer, {"default_date_format": "dd/mm/yyyy hh:mm"})
    day, time = book.add_format({"num_format": "dd/mm/yyyy"}), book.add_format({"num_format": "hh:mm"})
    for name, rows in sheets.items():
        sheet = book.add_worksheet(name)
        if name in hidden:
            sheet.hide()
        for i, row in enumerate(rows, start=at[0]):
            for j, cell in enumerate(row, start=at[1]):
                form = time if isinstance(cell, dt.time) else None if isinstance(cell, dt.datetime) else day
                sheet.write(i, j, cell, *([form] if isinstance(cell, dt.date | dt.time) and form else []))
    book.close()
    return buffer.getvalue()


def read(folder: Path, data: bytes, wanted: list[str] | None = None, sheet: str | None = None) -> Sheet:
    (folder / "b.xlsx").write_bytes(data)
    return read_workbook(source_of(folder / "b.xlsx", "b.xlsx"), wanted, sheet)


def refusal(folder: Path, data: bytes, **options: Any) -> str:
    with pytest.raises(ConfigError) as error:
        read(folder, data, **options)
    return str(error.value)


def test_cells_keep_their_type(tmp_path: Path) -> None:
    sheet = read(tmp_path, workbook({"Bookings": [NAMES, *ROWS]}))
    types = [pa.int64(), pa.timestamp("us"), pa.string(), pa.float64()]
    assert [column.type for column in sheet.columns.values()] == types
    assert [column[0].as_py() for column in sheet.columns.values()] == [101, dt.datetime(2023, 1, 3, 10, 20), "10:20:00", 45.5]
    assert (list(sheet.columns), sheet.n_rows, sheet.first_row, sheet.notes) == (NAMES, 4, 2, ())


def test_a_column_of_mixed_cells_is_text_with_iso_dates_and_whole_numbers(tmp_path: Path) -> None:
    rows = [["client", "date"], [101, dt.date(2023, 1, 3)], ["A7", "4 January"], [103, dt.date(2023, 1, 5)]]
    sheet = read(tmp_path, workbook({"B": rows}))
    assert sheet.columns["client"].to_pylist() == ["101", "A7", "103"]
    assert sheet.columns["date"].to_pylist() == ["2023-01-03", "4 January", "2023-01-05"]


def test_a_table_may_begin_anywhere_below_titles(tmp_path: Path) -> None:
    rows = [["Appointments"], ["From", dt.date(2023, 1, 1)], [], NAMES, *ROWS, [], NAMES, ROWS[0]]
    sheet = read(tmp_path, workbook({"B": rows}, at=(2, 1)))
    # the titles begin in row 3, so that headings are in row 6 and the first row is 7
    assert (list(sheet.columns), sheet.n_rows, sheet.first_row) == (NAMES, 5, 7)
    assert [str(note) for note in sheet.notes] == [
        "2 lines above the headings, such as Appointments",
        "1 times the headings again within the rows, left out",
    ]


def test_the_only_sheet_with_a_table_is_read(tmp_path: Path) -> None:
    book = workbook({"About": [["hello"]], "Bookings": [NAMES, *ROWS], "Old": [NAMES, *ROWS], "Empty": []}, hidden=["Old"])
    sheet = read(tmp_path, book)
    assert (sheet.n_rows, str(sheet.notes[0])) == (4, "sheet Bookings of the workbook")
    assert read(tmp_path, book, sheet="old").n_rows == 4


def test_of_several_tables_one_must_be_chosen_unless_one_alone_has_what_is_wanted(tmp_path: Path) -> None:
    book = workbook({"Jan": [NAMES, *ROWS], "Feb": [NAMES, *ROWS[:2]], "Staff": [["name", "since"], ["Ada", dt.date(2020, 1, 1)]]})
    assert refusal(tmp_path, book) == "data = 'b.xlsx', holds several tables, choose one with sheet=: Jan, Feb, Staff"
    assert "Jan, Feb" in refusal(tmp_path, book, wanted=["client", "date"])
    assert read(tmp_path, book, sheet="Feb").n_rows == 2
    assert read(tmp_path, book, wanted=["name", "since"]).n_rows == 1
    assert "has no sheet 'March'; there are: Jan, Feb, Staff" in refusal(tmp_path, book, sheet="March")


def test_a_workbook_without_a_table_or_of_another_kind_is_refused(tmp_path: Path) -> None:
    assert "holds no table" in refusal(tmp_path, workbook({"About": [["hello"]]}))
    assert "save it as xlsx or CSV" in refusal(tmp_path, b"\xd0\xcf\x11\xe0" + b"\0" * 600)


def test_the_older_calendar_of_macs_gives_the_same_days(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    book.epoch = openpyxl.utils.datetime.CALENDAR_MAC_1904
    assert book.active is not None
    for row in (["client", "date"], [1, dt.datetime(2023, 1, 3, 10)]):
        book.active.append(row)
    buffer = io.BytesIO()
    book.save(buffer)
    assert read(tmp_path, buffer.getvalue()).columns["date"].to_pylist() == [dt.datetime(2023, 1, 3, 10)]


def test_a_workbook_of_libreoffice_is_read_like_one_of_excel(tmp_path: Path) -> None:
    def cell(kind: str, attribute: str, value: str) -> str:
        return (
            f'<table:table-cell office:value-type="{kind}" office:{attribute}="{value}"><text:p>{value}</text:p></table:table-cell>'
        )

    names = "".join(cell("string", "string-value", name) for name in ("client", "date", "price"))
    row = cell("float", "value", "101") + cell("date", "date-value", "2023-01-03T10:20:00") + cell("float", "value", "45.5")
    space = "urn:oasis:names:tc:opendocument:xmlns"
    content = (
        f'<office:document-content xmlns:office="{space}:office:1.0" xmlns:table="{space}:table:1.0" xmlns:text="{space}:text:1.0">'
        f'<office:body><office:spreadsheet><table:table table:name="B"><table:table-row>{names}</table:table-row>'
        f"<table:table-row>{row}</table:table-row></table:table></office:spreadsheet></office:body></office:document-content>"
    )
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr("mimetype", "application/vnd.oasis.opendocument.spreadsheet")
        archive.writestr("content.xml", content)
        archive.writestr("META-INF/manifest.xml", MANIFEST)
    sheet = read(tmp_path, buffer.getvalue())
    assert [column.to_pylist() for column in sheet.columns.values()] == [[101], [dt.datetime(2023, 1, 3, 10, 20)], [45.5]]


MANIFEST = """<?xml version="1.0"?>
<manifest:manifest xmlns:manifest="urn:oasis:names:tc:opendocument:xmlns:manifest:1.0">
<manifest:file-entry manifest:full-path="/" manifest:media-type="application/vnd.oasis.opendocument.spreadsheet"/>
</manifest:manifest>"""

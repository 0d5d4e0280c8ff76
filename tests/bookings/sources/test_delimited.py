import csv
import gzip
import io
from pathlib import Path

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sim.bookings.sheet import Sheet
from sim.bookings.sources.delimited import read_delimited
from sim.bookings.sources.source import source_of
from sim.config import ConfigError

ROWS = "\n".join(f"{101 + i},2023-01-{i + 1:02d} 10:00,Ada" for i in range(9)) + "\n"
PLAIN = "client,date,pro\n" + ROWS


def read(folder: Path, data: bytes | str, wanted: list[str] | None = None, name: str = "b.csv") -> Sheet:
    path = folder / name
    path.write_bytes(data if isinstance(data, bytes) else data.encode())
    return read_delimited(source_of(path, str(path)), wanted)


def cells(sheet: Sheet) -> list[tuple[str | None, ...]]:
    return list(zip(*(column.to_pylist() for column in sheet.columns.values()), strict=True))


def said(sheet: Sheet) -> list[str]:
    return [str(note) for note in sheet.notes]


def refusal(folder: Path, data: bytes | str) -> str:
    with pytest.raises(ConfigError) as error:
        read(folder, data)
    return str(error.value)


def test_a_plain_file_is_read_as_written_and_nothing_is_said_of_it(tmp_path: Path) -> None:
    sheet = read(tmp_path, 'client,date,pro\n007,2023-01-03, Ada \n8,,"x ""y"""\n')
    assert cells(sheet) == [("007", "2023-01-03", " Ada "), ("8", None, 'x "y"')]
    assert (sheet.name, sheet.notes, sheet.first_row) == ("b.csv", (), 2)
    assert all(column.type == pa.string() for column in sheet.columns.values())


@pytest.mark.parametrize(
    ("delimiter", "note"),
    [(";", "columns end with a semicolon"), ("\t", "columns end with a tab"), ("|", "columns end with a vertical bar")],
)
def test_the_delimiter_is_found_and_said(delimiter: str, note: str, tmp_path: Path) -> None:
    sheet = read(tmp_path, PLAIN.replace(",", delimiter))
    assert cells(sheet) == cells(read(tmp_path, PLAIN))
    assert said(sheet) == [note]


def test_a_decimal_comma_is_no_delimiter_beside_semicolons(tmp_path: Path) -> None:
    # by commas every row has two cells, and only the headings would not
    rows = "".join(f"{i};2023-01-{i:02d};32,50\n" for i in range(1, 29))
    assert cells(read(tmp_path, "client;date;price\n" + rows))[0] == ("1", "2023-01-01", "32,50")
    rows = "".join(f"{i};Coupe, brushing, soin, couleur;2023-01-{i:02d}\n" for i in range(1, 29))
    assert list(read(tmp_path, "client;service;date\n" + rows).columns) == ["client", "service", "date"]


def test_titles_with_delimiters_of_their_own_do_not_mislead(tmp_path: Path) -> None:
    rows = "".join(f"{i};2023-01-{i:02d};32,50\n" for i in range(1, 29))
    sheet = read(tmp_path, "Salon Zoë; 12, rue X; Paris\nExport\n\nclient;date;price\n" + rows)
    assert (list(sheet.columns), sheet.first_row) == (["client", "date", "price"], 5)


def test_blanks_before_quotation_marks_are_no_text(tmp_path: Path) -> None:
    rows = "".join(f'"Doe, J{i}", "2023-01-03, 10:00", "Ada"\n' for i in range(9))
    assert cells(read(tmp_path, "client, date, pro\n" + rows))[0] == ("Doe, J0", "2023-01-03, 10:00", "Ada")


def test_numbers_of_rows_without_a_heading_do_not_shift_the_columns(tmp_path: Path) -> None:
    sheet = read(tmp_path, '"client","date"\n' + "".join(f'"{i}","c{i}","2023-01-03"\n' for i in range(1, 9)))
    assert list(sheet.columns) == ["column 1", "client", "date"]
    assert cells(sheet)[0] == ("1", "c1", "2023-01-03")


def test_a_picture_is_no_text(tmp_path: Path) -> None:
    assert "is no text" in refusal(tmp_path, b"\x89PNG\r\n\x1a\n" + bytes(range(256)) * 20)


def test_semicolons_in_texts_are_no_delimiter_beside_commas(tmp_path: Path) -> None:
    rows = "".join(f"{i},2023-01-{i:02d},cut;care;colour;wash\n" for i in range(1, 29))
    assert cells(read(tmp_path, "client,date,services\n" + rows))[0] == ("1", "2023-01-01", "cut;care;colour;wash")


def test_excel_says_its_delimiter_in_the_first_line(tmp_path: Path) -> None:
    sheet = read(tmp_path, "sep=;\r\nclient;date\r\n1;2023-01-03\r\n")
    assert (cells(sheet), sheet.first_row) == ([("1", "2023-01-03")], 3)


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_any_line_end_is_read_and_those_within_quotes_belong_to_the_text(end: str, tmp_path: Path) -> None:
    sheet = read(tmp_path, f'client,note,date{end}1,"two{end}lines",2023-01-03{end}2,one,2023-01-04{end}')
    assert cells(sheet) == [("1", f"two{end}lines", "2023-01-03"), ("2", "one", "2023-01-04")]


@pytest.mark.parametrize(
    ("encoding", "note"),
    [
        ("utf-8-sig", None),
        ("utf-16", "encoding UTF-16-LE"),
        ("utf-16-be", "encoding UTF-16-BE"),
        ("utf-16-le", "encoding UTF-16-LE"),
        ("utf-32", "encoding UTF-32-LE"),
        ("cp1252", "encoding cp1252, such as Zoë"),
    ],
)
def test_the_encoding_is_found_and_said(encoding: str, note: str | None, tmp_path: Path) -> None:
    sheet = read(tmp_path, PLAIN.replace("Ada", "Zoë").encode(encoding))
    assert cells(sheet)[0] == ("101", "2023-01-01 10:00", "Zoë")
    assert said(sheet) == ([note] if note else [])


def test_a_letter_far_down_the_file_decides_the_encoding_too(tmp_path: Path) -> None:
    # beyond any sample
    data = b"client,date,pro\n" + b"1,2023-01-03,Ada\n" * 200_000 + "2,2023-01-04,Chloé\n".encode("cp1252")
    assert cells(read(tmp_path, data))[-1] == ("2", "2023-01-04", "Chloé")


def test_lines_above_the_headings_are_left_out_and_said(tmp_path: Path) -> None:
    sheet = read(tmp_path, "Appointments report\nFrom 2023-01-01 to 2024-02-07\nLocation,Paris\n\n" + PLAIN)
    assert (cells(sheet)[0], sheet.first_row) == (("101", "2023-01-01 10:00", "Ada"), 6)
    assert said(sheet) == ["3 lines above the headings, such as Appointments report"]


def test_a_file_without_headings_has_numbered_columns(tmp_path: Path) -> None:
    sheet = read(tmp_path, ROWS)
    assert list(sheet.columns) == ["column 1", "column 2", "column 3"]
    assert (sheet.n_rows, sheet.first_row) == (9, 1)
    assert said(sheet) == ["no headings: columns are called column 1 to column 3"]


def test_headings_of_joined_exports_and_blank_lines_are_no_rows(tmp_path: Path) -> None:
    sheet = read(tmp_path, PLAIN + "\n" + PLAIN + ",,\n")
    assert sheet.n_rows == 18
    assert said(sheet) == ["1 times the headings again within the rows, left out"]


def test_short_rows_are_filled_up_and_blank_cells_too_many_are_cut(tmp_path: Path) -> None:
    # line 11 is the first after the nine rows
    sheet = read(tmp_path, PLAIN + "110,2023-01-10\n111,2023-01-11,Ada,,\n")
    assert cells(sheet)[9:] == [("110", "2023-01-10", None), ("111", "2023-01-11", "Ada")]
    assert said(sheet) == ["1 lines with fewer cells than headings, such as line 11: the others are empty"]


def test_a_delimiter_at_the_end_of_every_row_adds_no_column(tmp_path: Path) -> None:
    rows = "".join(f"{i},2023-01-{i:02d},\n" for i in range(1, 29))
    sheet = read(tmp_path, "client,date\n" + rows)
    assert (list(sheet.columns), sheet.n_rows, sheet.notes) == (["client", "date"], 28, ())


def test_one_row_with_a_delimiter_in_its_text_is_left_out_and_said(tmp_path: Path) -> None:
    sheet = read(tmp_path, PLAIN + "110,2023-01-10,Ada, not Bea\n")
    assert (sheet.n_rows, said(sheet)) == (9, ["1 lines with more cells than headings, such as line 11: left out"])


def test_many_rows_that_are_longer_than_the_headings_are_refused_with_their_line(tmp_path: Path) -> None:
    message = refusal(tmp_path, "client,date,note\n" + "1,2023-01-03,cut, care\n" * 5 + "1,2023-01-03,cut\n" * 90)
    assert "line 2 has more cells than the 3 headings, as have 5 lines in all" in message
    assert "quotation marks" in message
    assert "line 2 has more cells" in refusal(tmp_path, "client,date\n" + "1,2023-01-03,cut\n" * 5)


def test_a_quotation_mark_that_never_closes_is_refused_with_its_line(tmp_path: Path) -> None:
    assert "line 11: a text begins with a quotation mark" in refusal(tmp_path, PLAIN + '110,2023-01-10,"Ada\n' + ROWS)


def test_a_quotation_mark_too_many_is_said_where_it_swallows_a_row(tmp_path: Path) -> None:
    sheet = read(tmp_path, PLAIN + '110,2023-01-10,"Ada\n111,2023-01-11,"Bea"\n' + ROWS)
    assert any("a quotation mark may be missing" in note for note in said(sheet))


def test_quotation_marks_within_a_text_may_have_a_backslash(tmp_path: Path) -> None:
    sheet = read(tmp_path, 'client,note,date\n1,"say \\"hello\\", twice",2023-01-03\n')
    assert cells(sheet) == [("1", 'say "hello", twice', "2023-01-03")]


def test_single_quotation_marks_are_found_and_apostrophes_are_not_taken_for_them(tmp_path: Path) -> None:
    sheet = read(tmp_path, "client,note\n1,'cut, care'\n2,'x'\n")
    assert cells(sheet) == [("1", "cut, care"), ("2", "x")]
    sheet = read(tmp_path, "client,note\n1,it's\n2,'t was\n")
    assert cells(sheet) == [("1", "it's"), ("2", "'t was")]


def test_null_characters_and_byte_order_marks_within_are_no_text(tmp_path: Path) -> None:
    assert cells(read(tmp_path, "client,date\n1,2023-01-03\0\n\ufeff2,2023-01-04\n")) == [("1", "2023-01-03"), ("2", "2023-01-04")]


def test_two_encodings_in_one_file_are_both_read(tmp_path: Path) -> None:
    data = "client,pro\n1,Zoë\n2,Hélène\n3,Müller\n".encode() + "4,Chloé\n".encode("cp1252")
    sheet = read(tmp_path, data)
    assert sheet.columns["pro"].to_pylist() == ["Zoë", "Hélène", "Müller", "Chloé"]
    assert said(sheet) == ["1 characters are in Windows-1252, all others in UTF-8"]


@pytest.mark.parametrize("data", ["\n \n\n", "client,date\n", "client,date\n\n,\n"])
def test_a_file_without_rows_is_refused(data: str, tmp_path: Path) -> None:
    assert "must hold a table" in (message := refusal(tmp_path, data)) or "no rows" in message


def test_columns_that_nobody_asked_for_keep_their_place_and_no_values(tmp_path: Path) -> None:
    sheet = read(tmp_path, PLAIN, ["CLIENT", "3"])
    assert {name: column.type for name, column in sheet.columns.items()} == {
        "client": pa.string(),
        "date": pa.null(),
        "pro": pa.string(),
    }
    assert sheet.n_rows == 9


def test_headings_are_trimmed_and_distinct(tmp_path: Path) -> None:
    assert list(read(tmp_path, " Client  ID ,Date,Date,\n1,2023-01-03,2023-01-04,x\n").columns) == [
        "Client ID",
        "Date",
        "Date (2)",
        "column 4",
    ]


PIECES = ["Zoë", "Müller", "straße", "Chloé's", "a", "1", " ", ",", ";", "|", "\t", '"', "\n", "5 €"]
TEXT = st.lists(st.sampled_from(PIECES), max_size=4).map("".join).map(str.strip)


@given(
    st.integers(2, 4).flatmap(lambda n: st.lists(st.lists(TEXT, min_size=n, max_size=n), min_size=1, max_size=8)),
    st.sampled_from(",;\t|"),
    st.sampled_from(["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-32-be", "cp1252"]),
    st.sampled_from(["\n", "\r\n", "\r"]),
    st.sampled_from([csv.QUOTE_MINIMAL, csv.QUOTE_ALL]),
    st.booleans(),
)
def test_a_table_reads_back_in_whatever_dialect_it_is_written(
    tmp_path_factory: pytest.TempPathFactory,
    rows: list[list[str]],
    delimiter: str,
    encoding: str,
    end: str,
    quoting: int,
    packed: bool,
) -> None:
    rows = [[str(i), *(cell.replace("\n", end) for cell in row)] for i, row in enumerate(rows, start=2001)]
    buffer = io.StringIO(newline="")
    writer = csv.writer(buffer, delimiter=delimiter, lineterminator=end, quoting=quoting)  # type: ignore[arg-type]
    writer.writerows([["client", *(f"text {'abcd'[i]}" for i in range(len(rows[0]) - 1))], *rows])
    data = (("\ufeff" if encoding == "utf-32-be" else "") + buffer.getvalue()).encode(encoding)
    folder = tmp_path_factory.mktemp("dialect")
    sheet = read(folder, gzip.compress(data) if packed else data)
    assert cells(sheet) == [tuple(cell or None for cell in row) for row in rows]

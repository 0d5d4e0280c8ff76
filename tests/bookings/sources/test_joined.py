import datetime as dt

import pyarrow as pa
import pytest

from sim.bookings.sheet import Sheet
from sim.bookings.sources.joined import FILE, joined
from sim.config import ConfigError
from sim.said import say


def sheet(name: str, **columns: list[object]) -> Sheet:
    notes = (say("encoding {encoding}", encoding="cp1252"),)
    return Sheet(name, {heading: pa.chunked_array([values]) for heading, values in columns.items()}, notes)


def test_headings_are_united_and_every_row_keeps_its_file() -> None:
    found = joined([sheet("a.csv", client=["1"], pro=["Ada"]), sheet("b.csv", client=["2", "3"], fee=["5", "6"])])
    assert {name: column.to_pylist() for name, column in found.columns.items()} == {
        "client": ["1", "2", "3"],
        "pro": ["Ada", None, None],
        "fee": [None, "5", "6"],
        FILE: ["a.csv", "b.csv", "b.csv"],
    }
    assert (found.name, found.n_rows) == ("a.csv, b.csv", 3)
    assert [str(note) for note in found.notes] == ["2 files read as one", "a.csv: encoding cp1252", "b.csv: encoding cp1252"]


def test_a_column_that_one_file_types_and_another_does_not_is_text() -> None:
    found = joined([sheet("a", date=[dt.date(2023, 1, 3)]), sheet("b", date=["4/1/2023"])])
    assert found.columns["date"].to_pylist() == ["2023-01-03", "4/1/2023"]


def test_a_column_that_nobody_asked_for_stays_without_values() -> None:
    found = joined([sheet("a", client=["1"], note=[None]), sheet("b", client=["2"])])
    assert found.columns["note"].type == pa.null()


def test_a_row_of_tables_that_were_joined_before_keeps_its_file() -> None:
    folder = joined([sheet("a.csv", client=["1"]), sheet("b.csv", client=["2"])], "folder")
    assert joined([folder, sheet("c.csv", client=["3"])]).columns[FILE].to_pylist() == ["a.csv", "b.csv", "c.csv"]


def test_one_table_alone_only_gets_its_name() -> None:
    one = sheet("a.csv", client=["1"])
    found = joined([one])
    assert (found.name, found.notes, found.first_row) == (one.name, one.notes, one.first_row)
    assert found.columns[FILE].to_pylist() == ["a.csv"]


def test_files_without_a_common_heading_are_refused() -> None:
    with pytest.raises(ConfigError, match=r"a\.csv and b\.csv have no heading in common"):
        joined([sheet("a.csv", client=["1"]), sheet("b.csv", kunde=["2"])])


def test_headings_that_differ_in_capitals_only_are_one_column() -> None:
    found = joined([sheet("a.csv", Client=["1"]), sheet("b.csv", CLIENT=["2"])])
    assert found.columns["Client"].to_pylist() == ["1", "2"]
    # within one table they are two columns
    assert list(joined([sheet("a.csv", ID=["1"], Id=["2"]), sheet("b.csv", ID=["3"])]).columns) == ["ID", "Id", FILE]

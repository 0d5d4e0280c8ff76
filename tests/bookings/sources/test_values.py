import datetime as dt
from decimal import Decimal
from typing import Any

import pyarrow as pa
import pytest

from sim.bookings.sources.values import array_of, as_texts, names_of, plain, unified

DAY, TIME = dt.date(2023, 1, 3), dt.datetime(2023, 1, 3, 10)


@pytest.mark.parametrize(
    ("values", "kind", "expected"),
    [
        ([101.0, None, 102.0], pa.int64(), [101, None, 102]),
        ([1, 2.5], pa.float64(), [1.0, 2.5]),
        ([Decimal("2.50"), 3], pa.float64(), [2.5, 3.0]),
        ([True, None], pa.bool_(), [True, None]),
        ([DAY, None], pa.date32(), [DAY, None]),
        ([DAY, TIME], pa.timestamp("us"), [dt.datetime(2023, 1, 3), TIME]),
        (["", "a"], pa.string(), [None, "a"]),
        # mixed: an identifier that is a number in some rows, a note in a column of dates
        ([101.0, "A7"], pa.string(), ["101", "A7"]),
        ([TIME, "later"], pa.string(), ["2023-01-03 10:00:00", "later"]),
        ([True, 1], pa.string(), ["true", "1"]),
        ([2**70], pa.string(), [str(2**70)]),
        ([float("nan"), 1.5], pa.float64(), [None, 1.5]),
        ([["cut", "care"], []], pa.string(), ["cut, care", None]),
        ([[{"a": 1}]], pa.string(), ['[{"a": 1}]']),
        ([None, None], pa.string(), [None, None]),
    ],
)
def test_values_are_of_their_kind_or_texts(values: list[Any], kind: pa.DataType, expected: list[Any]) -> None:
    found = array_of(values)
    assert (found.type, found.to_pylist()) == (kind, expected)


@pytest.mark.parametrize(
    ("array", "kind", "expected"),
    [
        (pa.array([1, 2], pa.uint8()), pa.int64(), [1, 2]),
        (pa.array([2**64 - 1], pa.uint64()), pa.string(), [str(2**64 - 1)]),
        (pa.array([1.0, float("nan")], pa.float32()), pa.int64(), [1, None]),
        (pa.array([Decimal("45.50")], pa.decimal128(8, 2)), pa.float64(), [45.5]),
        (pa.array([Decimal(7)], pa.decimal128(18, 0)), pa.int64(), [7]),
        (pa.array(["a", "", None]).dictionary_encode(), pa.string(), ["a", None, None]),
        (pa.array(["a"], pa.large_string()), pa.string(), ["a"]),
        (pa.array([b"a", b"\xff"], pa.binary()), pa.string(), ["a", "ff"]),
        (pa.array([dt.time(10, 30)], pa.time32("s")), pa.string(), ["10:30:00"]),
        (pa.array([dt.time(10, 30)], pa.time64("ns")), pa.string(), ["10:30:00"]),
        (pa.array([dt.timedelta(minutes=90)]), pa.string(), ["1:30:00"]),
        (pa.array([["a", "b"], None]), pa.string(), ["a, b", None]),
        (pa.array([DAY], pa.date64()), pa.date32(), [DAY]),
        (pa.nulls(2), pa.string(), [None, None]),
        (pa.array([True]), pa.bool_(), [True]),
        (pa.RunEndEncodedArray.from_arrays([2], ["a"]), pa.string(), ["a", "a"]),
    ],
    ids=lambda value: str(value.type) if isinstance(value, pa.Array) else "",
)
def test_any_type_of_arrow_becomes_one_of_a_sheet(array: pa.Array, kind: pa.DataType, expected: list[Any]) -> None:
    (found,) = plain(pa.chunked_array([array]))
    assert (found.type, found.to_pylist()) == (kind, expected)


@pytest.mark.parametrize("kind", [pa.timestamp("s"), pa.timestamp("ns", "Europe/Paris"), pa.timestamp("ms", "UTC")])
def test_instants_keep_their_unit_and_zone(kind: pa.DataType) -> None:
    (found,) = plain(pa.chunked_array([pa.array([0], kind)]))
    assert found.type == kind


def test_structures_are_flattened_under_the_names_of_their_parts() -> None:
    column = pa.chunked_array([pa.array([{"id": 1, "name": {"first": "Zoë"}}, None])])
    assert names_of("client", column.type) == ["client.id", "client.name.first"]
    assert [part.to_pylist() for part in plain(column)] == [[1, None], ["Zoë", None]]


def test_columns_of_several_files_are_of_a_kind_that_holds_them_all() -> None:
    def of(*parts: pa.Array) -> tuple[pa.DataType, list[Any]]:
        found = unified([pa.chunked_array([part]) for part in parts])
        return found.type, found.to_pylist()

    assert of(pa.array([1]), pa.array([2.5])) == (pa.float64(), [1.0, 2.5])
    assert of(pa.array([1]), pa.nulls(1)) == (pa.int64(), [1, None])
    assert of(pa.array([DAY]), pa.array([TIME])) == (pa.timestamp("us"), [dt.datetime(2023, 1, 3), TIME])
    assert of(pa.array([1.0]), pa.array(["A7"])) == (pa.string(), ["1", "A7"])
    assert of(pa.array([TIME]), pa.array(["3/1/2023"])) == (pa.string(), ["2023-01-03 10:00:00", "3/1/2023"])
    # one with a zone and one without are not the same kind of instant: each says what it is
    with_zone = pa.array([TIME], pa.timestamp("us", "UTC"))
    assert of(with_zone, pa.array([TIME])) == (pa.string(), ["2023-01-03 10:00:00Z", "2023-01-03 10:00:00"])


def test_fractions_of_a_second_are_kept_where_there_are_any() -> None:
    column = pa.chunked_array([pa.array([dt.datetime(2023, 1, 3, 10, 0, 0, 500_000)])])
    assert as_texts(column).to_pylist() == ["2023-01-03 10:00:00.500000"]

"""Numbers as people and tools write them. Expected values are what a reader of the text would say."""

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sim.bookings.numbers import Numbers, read_numbers

NAN = float("nan")


def read(*texts: str | None, **options: object) -> Numbers:
    return read_numbers(pa.chunked_array([texts], pa.string()), **options)  # type: ignore[arg-type]


def said(numbers: Numbers) -> list[str]:
    return [str(note) for note in (*numbers.notes, *numbers.facts)]


@pytest.mark.parametrize(
    ("text", "value"),
    [
        *[
            ("45", 45),
            ("+3", 3),
            ("-45.00", -45),
            ("1.5e3", 1500),
            (".5", 0.5),
            ("45.", 45),
            ("0.350", 0.35),
            ("12345.678", 12345.678),
        ],
        *[
            ("$45.00", 45),
            ("45 €", 45),
            ("32,50 €", 32.5),
            ("€ 1.350,00", 1350),
            ("R$ 45,00", 45),
            ("EUR45", 45),
            ("GBP 20.00", 20),
        ],
        *[
            ("kr 450", 450),
            ("450 kr.", 450),
            ("US$1,234.5", 1234.5),
            ("$45.00 USD", 45),
            ("45 euros", 45),
            ("Rs. 450", 450),
            ("Fr.45", 45),
        ],
        *[
            ("1 350", 1350),
            ("1\u00a0350", 1350),
            ("1\u202f350,5", 1350.5),
            ("1'350.00", 1350),
            ("1’350.50", 1350.5),
            ("1,350.00", 1350),
        ],
        *[("CHF 45.-", 45), ("45,-", 45), ("45.--", 45), ("1,23,456.00", 123456), ("1.234.567", 1234567), ("1,234,567", 1234567)],
        *[
            ("(45.00)", -45),
            ("($45.00)", -45),
            ("−45", -45),
            ("45-", -45),
            ("- $45.00", -45),
            ("$-45.00", -45),
            ("-$45", -45),
            ("€ -45", -45),
        ],
        *[
            ("free", 0),
            ("Gratuit", 0),
            ("4/5", 4),
            ("★★★★☆", 4),
            ("☆☆☆☆☆", 0),
            ("5 stars", 5),
            ("3 days", 3),
            ("１２", 12),
            *[("Rs. 45/-", 45), ("45 US dollars", 45), ("4500円", 4500), ("'45.00", 45), ('="45.00"', 45)],
            ("１,５", 1.5),
        ],
    ],
)
def test_a_number_is_read_as_people_write_it(text: str, value: float) -> None:
    numbers = read(text)
    assert numbers.values.tolist() == [value]
    assert not numbers.unreadable.any()


@pytest.mark.parametrize(
    "text",
    [
        "abc",
        "45%",
        "06 12 34 56",
        "1 2 3",
        "1_000",
        "inf",
        "--5",
        "$",
        "45.00 (paid)",
        "8/10",
        "(45",
        "45)",
        "-45-",
        "1.2.3",
        "12,34,5",
    ],
)
def test_what_is_no_number_is_unreadable_and_not_empty(text: str) -> None:
    numbers = read(text)
    assert np.isnan(numbers.values).all()
    assert numbers.unreadable.all()


def test_placeholders_are_empty_and_not_unreadable() -> None:
    numbers = read("n/a", "NULL", "-", "—", "", None, " ")
    assert np.isnan(numbers.values).all()
    assert not numbers.unreadable.any()


def test_one_value_that_shows_the_mark_decides_for_those_that_do_not() -> None:
    # the comma in 32,50 can only be decimal, so the point in 1.350 groups thousands
    assert read("1.350", "32,50").values.tolist() == [1350, 32.5]
    assert read("1.350", "32.50").values.tolist() == [1.35, 32.5]
    assert read("1,350", "32.50").values.tolist() == [1350, 32.5]
    assert read("1,350", "32,50").values.tolist() == [1.35, 32.5]
    assert said(read("1,350", "32.50")) == []
    assert said(read("1,350", "32,50")) == ["comma is the decimal mark"]


def test_where_nothing_shows_the_mark_the_reading_is_said() -> None:
    # a program writes three decimals in every row; who writes thousands leaves small amounts without a mark
    assert read("1.350", "2.500").values.tolist() == [1.35, 2.5]
    assert read("1.350", "980").values.tolist() == [1350, 980]
    assert read("1,350", "2,500").values.tolist() == [1350, 2500]
    assert read("Rp 45.000").values.tolist() == [45000]
    note = "1,350 is read as 1350: nothing shows which mark is the decimal one; decimal_mark sets it"
    assert said(read("1,350", "2,500")) == [note]


def test_where_nothing_shows_the_mark_the_range_that_makes_sense_decides() -> None:
    assert read("4,500", "3,250", within=(1, 5)).values.tolist() == [4.5, 3.25]
    assert read("4.500", "980", within=(500, 1e6)).values.tolist() == [4500, 980]


def test_a_given_mark_is_obeyed() -> None:
    assert read("1.350", decimal_mark=",").values.tolist() == [1350]
    assert read("1.350", decimal_mark=".").values.tolist() == [1.35]
    assert read("1.50", "2,50", decimal_mark=",").unreadable.tolist() == [True, False]


def test_a_column_with_both_marks_is_read_value_by_value_and_said() -> None:
    numbers = read("1,50", "1.50", "2.50", "1.350")
    # two rows can only have the point as the decimal mark, one only the comma: 1.350 follows the two
    assert numbers.values.tolist() == [1.5, 1.5, 2.5, 1.35]
    assert said(numbers) == ["point and comma are both decimal marks, in 2 and 1 rows: each is read as it is"]


def test_currencies_are_said() -> None:
    assert said(read("$45.00", "$50.00")) == ["written with the currency $"]
    assert said(read("$45.00", "50 €")) == ["written in several currencies, read as if they were one: $; €"]


@pytest.mark.parametrize(
    "array",
    [
        pa.array([1, None, 3], pa.int32()),
        pa.array([1.0, float("nan"), 3.0]),
        pa.array([1, None, 3], pa.decimal128(10, 2)),
        pa.array(["1", None, "3"]).dictionary_encode(),
    ],
)
def test_typed_columns_are_taken_as_they_are(array: pa.Array) -> None:
    numbers = read_numbers(pa.chunked_array([array]))
    assert np.array_equal(numbers.values, [1, NAN, 3], equal_nan=True)
    assert not numbers.unreadable.any()


def test_yes_and_no_of_a_typed_column_are_one_and_zero() -> None:
    assert read_numbers(pa.chunked_array([pa.array([True, False])])).values.tolist() == [1, 0]


def test_a_column_of_nothing_is_empty() -> None:
    assert np.isnan(read_numbers(pa.chunked_array([pa.nulls(2)])).values).all()
    assert len(read_numbers(pa.chunked_array([], pa.string())).values) == 0


WRITINGS = {
    "plain": lambda v: f"{v:.2f}",
    "english": lambda v: f"${v:,.2f}",
    "german": lambda v: f"{v:,.2f} €".translate(str.maketrans(",.", ".,")),
    "french": lambda v: f"{v:,.2f} €".translate(str.maketrans(",.", "\u202f,")),
    "swiss": lambda v: f"CHF {v:,.2f}".replace(",", "’"),
}


@given(st.lists(st.integers(-(10**8), 10**8), min_size=1, max_size=20), st.sampled_from(sorted(WRITINGS)))
@settings(max_examples=200, deadline=None)
def test_any_amount_in_any_writing_is_read_back(cents: list[int], writing: str) -> None:
    numbers = read(*(WRITINGS[writing](cent / 100) for cent in cents))
    np.testing.assert_allclose(numbers.values, np.array(cents) / 100, rtol=1e-12)


@given(st.lists(st.one_of(st.text(max_size=20), st.from_regex(r"[0-9.,' €$()eE+-]{1,20}", fullmatch=True)), max_size=5))
@settings(max_examples=300, deadline=None)
def test_no_text_is_too_strange_to_be_called_unreadable(texts: list[str]) -> None:
    column = pa.chunked_array([texts], pa.string())
    numbers = read_numbers(column)
    assert not (np.isfinite(numbers.values) & numbers.unreadable).any()
    assert not np.isinf(numbers.values).any()


@pytest.mark.parametrize("text", ["1e999", "9" * 400, "1e99e9"])
def test_a_number_without_end_is_unreadable(text: str) -> None:
    assert read(text).unreadable.tolist() == [True]

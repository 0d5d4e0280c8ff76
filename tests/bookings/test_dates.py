import datetime as dt

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sim.bookings.dates import days_of, format_of_date, parse_dates

EPOCH = dt.date(1970, 1, 1).toordinal()


def read(text: str, order: str) -> dt.date | None:
    (day,) = parse_dates([text]).days(order)
    return None if np.isnan(day) else dt.date.fromordinal(int(day) + EPOCH)


@pytest.mark.parametrize(
    "text",
    [
        "2023-01-03",
        "2023/1/3",
        "2023.01.03",
        "20230103",
        "Jan 3, 2023",
        "January 3rd 2023",
        "03-Jan-23",
        "03JAN2023",
        "3. Januar 2023",
        "Tue, Jan 3 2023",
        "mardi 3 janvier 2023",
        "mar. 3 janv. 2023",
        "3 de enero de 2023",
        "3 gennaio 2023",
        "3 jan. 2023",
        "2023 Jan 3",
        "Di. 3. Januar 2023",
        "le 3 janvier 2023",
        "2023年1月3日",
    ],
)
@pytest.mark.parametrize("order", ["dmy", "mdy", "ymd"])
def test_a_date_that_shows_its_order_is_read_in_any(text: str, order: str) -> None:
    assert read(text, order) == dt.date(2023, 1, 3)


def test_the_order_matters_where_the_text_does_not_show_it() -> None:
    assert (read("1/3/2023", "dmy"), read("1/3/2023", "mdy"), read("1/3/2023", "ymd")) == (
        dt.date(2023, 3, 1),
        dt.date(2023, 1, 3),
        None,
    )
    assert (read("1/3/04", "dmy"), read("01-03-04", "ymd")) == (dt.date(2004, 3, 1), dt.date(2001, 3, 4))
    assert (read("13/1/2023", "dmy"), read("13/1/2023", "mdy")) == (dt.date(2023, 1, 13), None)


def test_years_of_two_digits_are_those_of_1969_to_2068() -> None:
    assert [read(f"1/1/{year}", "dmy") for year in (69, 99, "00", 68)] == [dt.date(year, 1, 1) for year in (1969, 1999, 2000, 2068)]


@pytest.mark.parametrize(
    "text",
    ["10:30:00", "soon", "2023-02-30", "31/04/2023", "2023-01", "3 jui 2023", "Monday", "1/2/3/4", "12345", "1/2/203", "may may 3"],
)
def test_what_is_no_date_is_none(text: str) -> None:
    assert read(text, "dmy") is None


def test_a_year_of_four_digits_is_that_year() -> None:
    assert [read(text, "dmy") for text in ("0001-01-01", "01/01/0001")] == [dt.date(1, 1, 1)] * 2


def test_march_is_no_tuesday_and_the_first_is_a_day() -> None:
    assert read("3 mar 2023", "dmy") == dt.date(2023, 3, 3)
    assert read("mar. 7 mars 2023", "dmy") == dt.date(2023, 3, 7)
    assert read("1er mars 2023", "dmy") == dt.date(2023, 3, 1)


@given(st.dates())
def test_a_day_is_the_one_of_the_calendar(date: dt.date) -> None:
    found = days_of(*(np.array([part]) for part in (date.year, date.month, date.day)))
    assert found.tolist() == [date.toordinal() - EPOCH]


def test_a_day_that_is_not_in_the_calendar_is_nan() -> None:
    year, month, day = np.array([2023, 2023, 2023, 1900, 0]), np.array([13, 0, 4, 2, 1]), np.array([1, 1, 31, 29, 1])
    assert np.isnan(days_of(year, month, day)).all()


@pytest.mark.parametrize(
    ("text", "order", "form"),
    [
        ("3/1/2023", "dmy", "%d/%m/%Y"),
        ("1/3/23", "mdy", "%m/%d/%y"),
        ("23-01-03", "ymd", "%y-%m-%d"),
        ("2023-01-03", "dmy", "%Y-%m-%d"),
        ("20230103", "dmy", "%Y%m%d"),
        ("3 janv. 2023", "dmy", "%d %b %Y"),
        ("January 3, 2023", "mdy", "%B %d, %Y"),
    ],
)
def test_how_a_date_is_written_is_said_in_codes(text: str, order: str, form: str) -> None:
    assert format_of_date(text, order) == form

"""Which of day and month comes first. The dates of a column are written in one order, and have to be read in it."""

import datetime as dt

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sim.bookings.date_orders import choose_order, order_of_format
from sim.bookings.dates import parse_dates

FORMS = {"dmy": "%d/%m/%Y", "mdy": "%m/%d/%Y"}


def chosen(texts: list[str], **options: object) -> tuple[str, bool]:
    halves = bool(options.pop("halves", False))
    found = choose_order(parse_dates(texts), np.ones(len(texts), np.int64), np.arange(len(texts)), halves, **options)  # type: ignore[arg-type]
    return found.order, found.assumed


@given(st.lists(st.dates(dt.date(2000, 1, 1), dt.date(2060, 1, 1)), max_size=30), st.dates(), st.sampled_from(sorted(FORMS)))
@settings(max_examples=150, deadline=None)
def test_one_day_after_the_twelfth_is_enough(others: list[dt.date], late: dt.date, order: str) -> None:
    late = late.replace(year=2024, day=13 + late.day % 15)
    texts = [date.strftime(FORMS[order]) for date in (*others, late)]
    assert chosen(texts) == (order, False)


@pytest.mark.parametrize("order", sorted(FORMS))
def test_rows_in_order_of_time_show_the_order_of_the_date(order: str) -> None:
    # the first twelve days of each month of a year, in order: read the other way, they jump by a month each day
    days = [dt.date(2023, month, day) for month in range(1, 13) for day in range(1, 13)]
    assert chosen([day.strftime(FORMS[order]) for day in days]) == (order, True)
    assert chosen([day.strftime(FORMS[order]) for day in reversed(days)]) == (order, True)


@pytest.mark.parametrize("order", sorted(FORMS))
def test_the_order_that_spreads_the_days_less_is_taken(order: str) -> None:
    # 12 days of May, or of twelve months
    days = [dt.date(2023, 5, day) for day in (3, 9, 1, 12, 7, 2, 11, 4)]
    assert chosen([day.strftime(FORMS[order]) for day in days]) == (order, True)


TIED = ["01/02/2023", "02/01/2023"]


def test_where_nothing_else_shows_it_marks_and_halves_do_and_otherwise_the_day_is_first() -> None:
    assert chosen(TIED) == ("dmy", True)
    assert chosen(TIED, halves=True) == ("mdy", True)
    assert chosen([text.replace("/", ".") for text in TIED], halves=True) == ("dmy", True)


def test_another_column_of_the_file_decides_where_this_one_leaves_it_open() -> None:
    assert chosen(TIED, like="%m/%d/%Y %I:%M %p") == ("mdy", False)
    assert chosen([*TIED, "13/01/2023"], like="%m/%d/%Y") == ("dmy", False)
    assert order_of_format("%Y-%m-%d") == "ymd"
    assert order_of_format("%b %Y") is None


def test_nothing_is_assumed_where_both_orders_are_the_same_days() -> None:
    assert chosen(["05/05/2023", "06/06/2023"]) == ("dmy", False)
    assert chosen(["2023-01-02", "3 May 2023"])[1] is False
    assert chosen([]) == chosen(["soon", "0/0/1"]) == ("dmy", False)


def test_years_of_two_digits_come_first_where_all_else_scatters_the_dates_over_decades() -> None:
    assert chosen(["22-11-12", "23-01-03", "23-02-05"]) == ("ymd", False)
    assert chosen(["03-01-23", "05-02-23", "12-11-22"]) == ("dmy", True)

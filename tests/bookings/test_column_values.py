import datetime as dt

import pyarrow as pa
import pytest

from sim.bookings.column_values import Values


def values(heading: str, *cells: object) -> Values:
    return Values(heading, pa.chunked_array([list(cells)]))


@pytest.mark.parametrize(
    ("column", "date"),
    [
        (values("x", "2023-01-03", "2023-01-04"), True),
        (values("x", dt.datetime(2023, 1, 3, 10)), True),
        (values("Start", 44929.5, 44930.5), True),
        # numbers of that size are rather ids, unless the heading says otherwise
        (values("Client", 44929, 44930), False),
        (values("x", "10:00", "11:00"), False),
        (values("x", True, False), False),
        (values("x", "2023-01-03", "soon", "later"), False),
    ],
)
def test_a_column_of_dates_is_one(column: Values, date: bool) -> None:
    assert column.is_date is date


def test_a_column_of_times_is_one_and_not_a_date() -> None:
    column = values("x", "10:00", "11:30")
    assert column.is_time
    assert not column.is_date
    assert not values("x", "2023-01-03 10:00").is_time


def test_shares_are_of_the_rows_that_are_filled() -> None:
    column = values("price", "45", "n/a", "", "free of sugar")
    assert column.filled_share == 0.5
    assert column.between(column.numbers.values, 1, 100) == 0.5


@pytest.mark.parametrize(
    ("heading", "cell", "shown"),
    [
        ("Email", "anna@example.org", "a…@e….o…"),
        ("Client", "Anna Abel", "A… A…"),
        ("Notes", "allergic", "a…"),
        ("Customer ID", "cus_10365", "cus_10365"),
        ("Contact", "anna@example.org", "a…@e….o…"),
        ("Price", "$45.00", "$45.00"),
    ],
)
def test_a_value_that_may_name_a_person_is_masked(heading: str, cell: str, shown: str) -> None:
    assert values(heading, cell).example("service") == shown


def test_who_is_taken_for_a_pro_is_masked_whatever_the_heading_says() -> None:
    assert values("Calendar", "Zoë Brun").example("pro") == "Z… B…"
    assert values("Calendar", "Zoë Brun").example("service") == "Zoë Brun"
    assert values("Staff ID", "P-17").example("pro") == "P…"

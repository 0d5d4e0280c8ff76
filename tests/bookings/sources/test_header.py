import pytest

from sim.bookings.sources.header import find_header, headings, is_wanted

DATA = [[str(101 + i), f"2023-01-{i + 1:02d}", "Ada"] for i in range(9)]
NAMES = ["client", "date", "pro"]


@pytest.mark.parametrize(
    ("above", "names"),
    [
        ([], NAMES),
        ([["Appointments report"], ["From 2023-01-01 to 2023-02-01"], [""]], NAMES),
        ([["Report", "", ""], ["Location", "Paris", ""]], NAMES),
        ([["Location", "Paris"], ["From", "2023-01-01"]], NAMES),
        ([["Salon Zoë", " 12 rue X", " Paris"], ["Export"], []], NAMES),
        # an index without a heading, and a heading that looks like a number
        ([], ["", "date", "pro"]),
        ([], ["client", "date", "2023"]),
        ([], ["1st visit", "date", "pro"]),
    ],
)
def test_headings_are_the_row_above_the_first_full_one(above: list[list[str]], names: list[str]) -> None:
    assert find_header([*above, names, *DATA]) == (len(above), len(above) + 1)


def test_a_first_row_of_values_like_those_below_is_no_headings() -> None:
    assert find_header(DATA) == (None, 0)
    assert find_header([["Appointments report"], *DATA]) == (None, 1)


def test_gaps_in_the_rows_do_not_hide_the_headings() -> None:
    rows = [[str(i), f"2023-01-{i + 1:02d}", "", "x" if i % 3 else "", "", ""] for i in range(9)]
    assert find_header([["id", "day", "pro", "note", "price", "tip"], *rows]) == (0, 1)


def test_texts_alone_have_their_headings_in_the_first_row() -> None:
    assert find_header([["client", "pro"], ["Anna", "Ada"], ["Bea", "Zoë"]]) == (0, 1)


def test_headings_are_distinct_even_from_numbered_ones() -> None:
    assert headings(["Date", "Date (2)", "Date"]) == ["Date", "Date (2)", "Date (3)"]
    assert headings(["a"], 3) == ["a", "column 2", "column 3"]


def test_a_column_is_asked_for_by_heading_or_by_position() -> None:
    assert is_wanted(["Client", "Date", "Pro"], [" client ", "3"]) == [True, False, True]
    assert is_wanted(["Client", "3", "Pro"], ["3"]) == [False, True, False]
    assert is_wanted(["Client", "Date"], None) == [True, True]

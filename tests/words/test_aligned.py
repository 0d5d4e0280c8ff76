import pytest

from sim.words.aligned import aligned


def test_columns_are_as_wide_as_their_widest_cell() -> None:
    assert aligned([("what", "n"), ("rows in the file", "61"), ("", "7")]) == [
        "what              n",
        "rows in the file  61",
        "                  7",
    ]


def test_rows_of_different_lengths_are_an_error() -> None:
    with pytest.raises(ValueError, match="zip"):
        aligned([("a",), ("a", "b")])

import pyarrow as pa
import pytest

from sim.bookings.texts import EMPTY, is_text, plain, simple, texts_of


def test_placeholders_are_nothing_whatever_their_case() -> None:
    texts = texts_of(pa.array(["a", "N/A", "null", None, " ", "-", "b", "a"]))
    assert texts.distinct.to_pylist() == ["a", "b"]
    assert texts.code.tolist() == [0, 2, 2, 2, 2, 2, 1, 0]
    assert texts.counts.tolist() == [2, 1]
    assert all(word == word.lower() for word in EMPTY)


@pytest.mark.parametrize("chunks", [[["a"], ["b", None]], [["a", "b", None]], [[], ["a", "b", None]]])
def test_a_column_in_pieces_is_the_same_as_in_one(chunks: list[list[str | None]]) -> None:
    array = plain(pa.chunked_array(chunks, pa.string()))
    assert array.to_pylist() == ["a", "b", None]


def test_labels_with_codes_are_read_by_their_labels() -> None:
    array = plain(pa.chunked_array([pa.array(["x", "y", "x"]).dictionary_encode()]))
    assert is_text(array.type)
    assert array.to_pylist() == ["x", "y", "x"]


def test_a_column_without_rows_has_no_texts() -> None:
    texts = texts_of(plain(pa.chunked_array([], pa.string())))
    assert len(texts) == 0
    assert texts.distinct.to_pylist() == []


def test_signs_of_other_scripts_become_those_of_a_keyboard() -> None:
    assert simple("１２３") == "123"
    assert simple("1’350") == "1'350"
    assert simple("1\u00a0350") == "1 350"


def test_a_text_that_is_kept_from_a_spreadsheet_is_what_it_holds() -> None:
    assert texts_of(pa.array(['="007"', "=x"])).distinct.to_pylist() == ["007", "=x"]

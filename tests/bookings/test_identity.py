import numpy as np
import pytest

from sim.bookings.identity import client_codes, without_point


def found(names: list[str], counts: list[int] | None = None):
    codes = np.repeat(np.arange(len(names)), counts or [1] * len(names))
    return client_codes(codes, names)


def test_a_whole_number_with_a_point_is_the_number() -> None:
    assert [without_point(name) for name in ("10209.0", "10209", "v2.0", ".0")] == ["10209", "10209", "v2.0", ".0"]
    read = found(["10209", "10209.0", "7"])
    assert read.codes.tolist() == [0, 0, 1]
    assert "1 ids are another one spelt otherwise" in str(read.warnings[0])


def test_mails_are_one_whatever_their_capitals_and_other_ids_are_not() -> None:
    assert found(["anna@x.org", "Anna@X.org", "ben@x.org"]).codes.tolist() == [0, 0, 1]
    read = found(["aB3", "Ab3", "007", "7"])
    assert read.codes.tolist() == [0, 1, 2, 3]
    assert [str(warning) for warning in read.warnings] == [
        "1 clients differ from another one only by capitals: taken as different",
        "1 clients differ from another one only by leading zeros: taken as different",
    ]


def test_a_client_with_a_twentieth_of_many_rows_and_a_name_for_nobody_are_anonymous() -> None:
    # 21 of 401 rows are more than a twentieth, 19 of 399 are fewer than 20
    assert found(["front", *map(str, range(380))], [21] + [1] * 380).anonymous.sum() == 21
    assert not found(["front", *map(str, range(380))], [19] + [1] * 380).anonymous.any()
    assert found(["Walk-in", "Guest customer", "Anna"]).anonymous.tolist() == [True, True, False]


def test_a_placeholder_is_no_client_and_a_short_name_is_one() -> None:
    assert found(["n/a", "-", "Na", "none"]).codes.tolist() == [-1, -1, 0, -1]


@pytest.mark.parametrize("name", ["Walk-In", "walk in", "Client divers", "Gast", "Cash Customer", "Consumidor final", "Laufkunde"])
def test_a_word_for_anybody_is_nobody_and_a_name_is_not(name: str) -> None:
    assert found([name, f"{name} Smith"]).anonymous.tolist() == [True, False]

import pytest

from sim.bookings.month_names import MONTHS, WEEKDAYS, folded, is_weekday, month_of


def test_each_language_has_twelve_months_and_each_is_found_whole() -> None:
    for names in MONTHS:
        assert [month_of(name) for name in names.split()] == list(range(1, 13))


@pytest.mark.parametrize(
    ("word", "month"),
    [
        ("janv", 1),
        ("Fév", 2),
        ("févr", 2),
        ("März", 3),
        ("MRZ", 3),
        ("mrt", 3),
        ("avr", 4),
        ("mai", 5),
        ("mag", 5),
        ("juin", 6),
        ("juil", 7),
        ("août", 8),
        ("ago", 8),
        ("Sept", 9),
        ("set", 9),
        ("out", 10),
        ("okt", 10),
        ("déc", 12),
        ("dez", 12),
        ("ene", 1),
    ],
)
def test_a_month_cut_short_is_found_in_any_language(word: str, month: int) -> None:
    assert month_of(word) == month


@pytest.mark.parametrize("word", ["ju", "jui", "soon", "j", "", "monday", "octobers"])
def test_a_word_that_names_no_month_or_two_is_none(word: str) -> None:
    # jui is the beginning of juin and of juillet
    assert month_of(word) is None


def test_days_of_the_week_are_known_and_months_are_not() -> None:
    assert all(is_weekday(day) for names in WEEKDAYS for day in names.split())
    assert [is_weekday(word) for word in ("Tue", "mar", "dim", "Mi", "january", "the")] == [True, True, True, True, False, False]
    assert folded("MÉRCREDI") == "mercredi"

import pytest

from sim.bookings.headings import ideas_of, words_of


@pytest.mark.parametrize(
    ("heading", "ideas"),
    [
        *[("Customer ID", {"client", "id"}), ("customer_id", {"client", "id"}), ("customerId", {"client", "id"})],
        *[("Kundennummer", {"client", "id"}), ("Klantnummer", {"client", "id"}), ("N° client", {"client", "id"})],
        *[("Startzeit", {"start", "time"}), ("Terminbeginn", {"visit", "start"}), ("Event Type Name", {"service", "name"})],
        *[("Marked as No-Show", {"no_show"}), ("Prénom", {"first"}), ("Date de naissance", {"other"}), ("Net sales", {"price"})],
        *[("Team member", {"pro"}), ("Time Zone", {"zone_of_time"}), ("qwerty", set()), ("", set())],
    ],
)
def test_a_heading_speaks_about_its_ideas(heading: str, ideas: set[str]) -> None:
    assert ideas_of(heading) == ideas


def test_words_written_as_one_are_found_apart() -> None:
    assert words_of("Buchungsdatum") == ("buchung", "datum") or words_of("Buchungsdatum") == ("buchungs", "datum")
    assert words_of("clientid") == ("client", "id")
    assert words_of("overtime") == ("overtime",)

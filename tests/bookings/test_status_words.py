import pytest

from sim.bookings.columns import MEANINGS
from sim.bookings.status_words import BOOKED, plain_words, statuses_of_values
from sim.bookings.vocabulary import meaning_by_status


@pytest.mark.parametrize(
    ("value", "meaning"),
    [
        *[("Completed", "done"), ("Signed in", "done"), ("honoré", "done"), ("erledigt", "done"), ("realizada", "done")],
        *[
            ("No-Show", "no_show"),
            ("no_show", "no_show"),
            ("noShow", "no_show"),
            ("nicht erschienen", "no_show"),
            ("ausente", "no_show"),
        ],
        *[("CANCELED", "cancelled_by_client"), ("annulée", "cancelled_by_client"), ("afgezegd", "cancelled_by_client")],
        *[("Cancelled by staff", "cancelled_by_pro"), ("Rejected", "unfilled"), ("Pending", "left_out"), ("remboursé", "left_out")],
    ],
)
def test_a_status_is_understood_whatever_its_writing(value: str, meaning: str) -> None:
    assert statuses_of_values([value], "Status") == ({value: meaning}, ())


def test_what_is_booked_has_taken_place_unless_other_rows_say_that_they_are_completed() -> None:
    assert statuses_of_values(["Confirmed", "Cancelled"], "Status")[0]["Confirmed"] == "done"
    assert statuses_of_values(["Confirmed", "Completed"], "Status")[0]["Confirmed"] == "left_out"


def test_yes_and_no_mean_what_the_heading_says() -> None:
    assert statuses_of_values(["Yes", "No"], "No show")[0] == {"Yes": "no_show", "No": "done"}
    assert statuses_of_values(["1", "0"], "cancelled")[0] == {"1": "cancelled_by_client", "0": "done"}
    assert statuses_of_values(["1.0", "0.0"], "Attended")[0] == {"1.0": "done", "0.0": "no_show"}
    assert statuses_of_values(["on", "off"], "Attended")[0] == {"on": "done", "off": "no_show"}
    assert statuses_of_values(["VRAI", "FAUX"], "Attended")[0] == {"VRAI": "done", "FAUX": "no_show"}
    assert statuses_of_values(["Yes", "No"], "Newsletter") == ({}, ("Yes", "No"))


def test_unknown_values_are_named() -> None:
    assert statuses_of_values(["done", "", "blue"], "Status") == ({"done": "done"}, ("blue",))


def test_every_word_of_the_vocabulary_is_folded_and_has_a_meaning() -> None:
    words = meaning_by_status()
    assert all(plain_words(word) == word for word in words)
    assert set(words.values()) <= {*MEANINGS, BOOKED}

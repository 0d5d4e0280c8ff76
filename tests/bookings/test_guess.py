import yaml

from sim.bookings.columns import Columns
from sim.bookings.guess import Found, Guess, doubts_of, guess_yaml
from sim.config import load

FOUND = {
    "client": Found(("First: name", "Last #name"), "A… B…", 0.8, 1.0),
    "date": Found(("Date",), "2023-01-03\n10:00", 0.9, 0.98),
    "status": Found(("Status",), "No", 0.95, 1.0),
    "rating": Found(("Note",), "5", 0.3, 1.0),
}
GUESS = Guess(FOUND, {"No": "done", "Yes": "no_show"}, ("Perhaps",), {"Type": ("Gift card",)}, ())


def test_what_is_written_is_what_is_used() -> None:
    # the unknown status has to be filled in first, and the rating is doubtful
    filled = guess_yaml(GUESS).replace('"Perhaps": #', '"Perhaps": left_out #')
    settings = yaml.safe_load(filled)
    assert settings == {**GUESS.columns(), "statuses": {"No": "done", "Yes": "no_show", "Perhaps": "left_out"}}
    assert load(Columns, settings, "columns").client == ("First: name", "Last #name")
    assert "rating" not in settings
    assert '# "rating": "Note"  # doubtful' in filled


def test_doubts_open_the_file() -> None:
    doubts = doubts_of(FOUND, ("Date", "Day"), ("Perhaps",), "Status")
    assert [str(doubt) for doubt in doubts] == [
        "several columns could be the date of the visit: Date; Day",
        "Status = Perhaps: nothing says what it means",
    ]
    text = guess_yaml(Guess(FOUND, {}, (), {}, doubts))
    assert text.splitlines()[1] == "# several columns could be the date of the visit: Date; Day"


def test_what_has_to_be_there_has_a_line_to_fill_in() -> None:
    text = guess_yaml(Guess({"rating": FOUND["rating"]}, {}, (), {}, ()))
    assert text.splitlines()[-2:] == ['# "client": # the heading of its column', '# "date": # the heading of its column']
    assert "the heading of its column" not in guess_yaml(GUESS)


def test_how_sure_it_is_has_a_word() -> None:
    assert [Found(("a",), "", score, 1.0).word for score in (0.9, 0.6, 0.2)] == ["sure", "likely", "doubtful"]


def test_whatever_a_value_holds_the_file_can_be_read() -> None:
    strange = "a: #\x1b\x7f\n\u2028é"
    found = {"status": Found((strange,), strange, 0.9, 1.0)}
    guess = Guess(found, {strange: "done"}, (), {}, doubts_of({}, (), (strange,), strange))
    settings = yaml.safe_load(guess_yaml(guess))
    assert settings == {"status": strange, "statuses": {strange: "done"}}


def test_what_a_file_is_by_its_name_is_a_constant_status() -> None:
    guess = Guess({"client": FOUND["client"]}, {}, (), {}, (), {"annulations.csv": "cancelled_by_client"})
    settings = yaml.safe_load(guess_yaml(guess))
    assert settings == guess.columns()
    assert settings["constant_status"] == {"annulations.csv": "cancelled_by_client"}

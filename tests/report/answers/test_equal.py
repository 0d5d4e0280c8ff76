"""Too small to matter, and not known: two things."""

from sim.report.answers.base import Answer
from sim.report.answers.equal import margin_words, verdict_counts
from tests.report.parts import made


def answers(*verdicts: str) -> list[Answer]:
    return [Answer("", "", "return_rate_6m", "", 0.0, 0.0, 0.0, 8, verdict) for verdict in verdicts]


def test_kinds_of_differences_are_counted_apart() -> None:
    found = answers("better", "identical", "practically equal", "not distinguishable", "not defined", "not distinguishable")
    assert verdict_counts(found) == "1 clearly better; 2 practically equal; 3 not known"
    assert verdict_counts([]) == "nothing was compared"


def test_the_margin_is_said_in_the_unit_of_the_metric() -> None:
    part = made({"uniform": 0.3, "today": 0.3}, margins={"return_rate_6m": 0.002})
    assert margin_words(part, "return_rate_6m") == "practically equal: surely within ± 0.20 points"
    assert margin_words(part, "fill_rate") == ""

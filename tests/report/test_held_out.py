import math

import pytest

from sim.calibration.forecast import Accuracy
from sim.report.calibration import render_calibration, summary
from sim.report.held_out import EarlierDay, HeldOutPage, coverage_sentence, drift_sentence, reasons, sentences, verdict
from sim.said import say
from tests.report.test_calibration import page


def held(**changes: object) -> HeldOutPage:
    values: dict[str, object] = {
        "day": "2007-01-01",
        "days": 364,
        "n_clients": 1525,
        "needs": False,
        "true": 3389.0,
        "forecast": 3600.4,
        "low": 2580.0,
        "high": 4825.0,
        "lines": [("mixture", Accuracy(0.06, 1.382, 3.04, 0.6)), ("BG/NBD", Accuracy(0.18, 1.578, 3.15, math.nan))],
        "coverage": {0.5: 0.487, 0.8: 0.79},
        "members": [("MBG/NBD", 0.7, 0.98), ("Pareto/NBD", 0.3, math.nan)],
        "earlier": [EarlierDay("2006-10-01", 13.0, 900.0, 880.0)],
        "at_bound": [],
        "drift": [],
        "since": None,
    }
    return HeldOutPage(**(values | changes))  # type: ignore[arg-type]


@pytest.mark.parametrize(("true", "word"), [(2580.0, "inside"), (4825.0, "inside"), (2579.0, "outside"), (4826.0, "outside")])
def test_forecast_interval_and_truth_are_said_with_which_side_the_truth_lies(true: float, word: str) -> None:
    words = verdict(held(true=true))
    assert "1,525 clients known before 2007-01-01" in words
    assert "3,600 visits" in words
    assert "[2,580, 4,825]" in words
    assert words.endswith(f"{word}.")
    assert held(true=true).inside is (word == "inside")


def test_the_summary_compares_errors_and_warns_only_where_the_past_does_not_go_on() -> None:
    first, second = sentences(held())
    assert first == verdict(held())
    assert "1.382" in second
    assert "1.578 for BG/NBD" in second
    drifting = held(drift=[say("a sign")], since="2006-07-02")
    assert len(sentences(drifting)) == 3
    assert "a sign" in drift_sentence(drifting)
    assert "since=2006-07-02" in drift_sentence(drifting)
    assert "since=" not in drift_sentence(held(drift=[say("a sign")]))
    assert summary(page(held=drifting))[1:4] == sentences(drifting)


def test_the_page_explains_the_choice_and_escapes_names() -> None:
    html = render_calibration(page(held=held(members=[("<b>", 1.0, math.nan)])), [])
    assert "Why this forecast" in html
    assert "&lt;b&gt;" in html
    assert "<b>" not in html
    assert "2006-10-01" in html
    assert "needs here" not in html
    assert "needs here" in render_calibration(page(held=held(needs=True)), [])


def test_reasons_name_the_trials_or_that_there_were_none_and_parameters_at_a_bound() -> None:
    tried, none = " ".join(reasons(held())), " ".join(reasons(held(earlier=[])))
    assert "from 1 earlier day each" in tried
    assert "too short" in none
    stuck = reasons(held(at_bound=[("MBG/NBD", ["gap_shape"])]))
    assert "MBG/NBD: gap_shape" in stuck[-1]


def test_coverage_is_given_by_level() -> None:
    assert "those of 50 % hold 49 %; those of 80 % hold 79 %" in coverage_sentence(held())

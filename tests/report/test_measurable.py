"""Whether a real experiment can show it, as a comparison says."""

from dataclasses import replace

import pytest

from sim.report.extras import ReportExtras
from sim.report.measurable import Measurable, measurable_rows, measurable_sentences
from sim.report.page import decision_text, render_report
from sim.report.rule import decide
from sim.said import say
from sim.words.language import LANGUAGES, speaking
from tests.charts.lab import design
from tests.report.test_lab import record
from tests.report.test_page import EXTRAS, THREE


def test_the_best_design_is_named_with_its_weeks_bias_and_smallest_effect() -> None:
    found = Measurable("wecasa_2025", record(design()))
    # 182 days x (2.80 x .2 / .6)^2 = 22.7 weeks; in 365 days 2.80 x .2 x sqrt(182 / 365) points
    assert measurable_sentences(found) == [
        "Can you measure this? Yes: what wecasa_2025 changes about new clients who book again within 6 months (+0.60 points"
        " [+0.50, +0.70]) is found with 80 % by the design client after 23 weeks. Its bias is 0.00 points [−0.10, +0.10]; the"
        " smallest effect that it sees within a year is 0.40 points (64 experiments simulated)."
    ]
    assert measurable_rows(found) == [("client", "23 weeks", "0.00 points [−0.10, +0.10]", "0.40 points")]


def test_too_slow_is_told_apart_from_never() -> None:
    slow = measurable_sentences(Measurable("a", record(design(sd=0.02))))[0]
    assert slow.startswith("Can you measure this? Not within 52 weeks: what a changes")
    assert "after 43 years" in slow
    never = measurable_sentences(Measurable("a", record(design("zone", bias=0.006), design(bias=-0.006))))[0]
    assert never.startswith("Can you measure this? No: what a changes")
    assert "zone and client, of which 64" in never


def test_why_not_what_fits_and_nothing_to_test_are_told() -> None:
    assert measurable_sentences(Measurable(None)) == ["Can you measure this? There is nothing to roll out: nothing to test."]
    why = Measurable("a", why_not=say("{arm} weighs every single request, which an experiment cannot mix", arm="a"))
    assert measurable_sentences(why)[0].endswith("simulated here: a weighs every single request, which an experiment cannot mix.")
    assert measurable_rows(why) == []
    assert "experiments of 84 days" in measurable_sentences(Measurable("a", record(design()), room_days=84.0))[1]


def test_the_sentence_takes_the_place_of_the_one_by_formula() -> None:
    rule = replace(EXTRAS.rule, guardrails=())
    extras: ReportExtras = replace(EXTRAS, rule=rule)
    decision = decide(THREE, rule)
    assert any(line.startswith("Could a real test show it?") for line in decision_text(THREE, extras, decision))
    asked = replace(extras, measurable=Measurable("wecasa_2025", record(design())))
    lines = decision_text(THREE, asked, decision)
    assert sum("test show it?" in line or "Can you measure this?" in line for line in lines) == 1


@pytest.mark.parametrize("lang", LANGUAGES)
def test_the_page_has_a_box_with_a_row_a_design_in_every_language(lang: str) -> None:
    designs = design(), design("zone", sd=0.02)
    with speaking(lang):
        plain = render_report(THREE, EXTRAS, ())
        page = render_report(THREE, replace(EXTRAS, measurable=Measurable("wecasa_2025", record(*designs))), ())
    rows = '<tr><th scope="row">client</th>', '<tr><th scope="row">zone</th>'
    assert all(row in page and row not in plain for row in rows)

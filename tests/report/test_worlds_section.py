"""The section on plausible markets: complete with a look and with all there is, safe, and in every language."""

import json
import math
import re
from dataclasses import replace

import pytest

from sim.report.assumptions import PRICES
from sim.report.document import Document
from sim.report.extras import ComparisonRecord, ReportExtras
from sim.report.markdown import comparison_markdown
from sim.report.page import decision_text, render_report, report_figures, scorecard_of
from sim.report.rule import decide
from sim.report.worlds_section import arm_rows, information_rows, marked, number_rows, world_figures, world_values
from sim.words.language import speaking
from sim.worlds.found import OverWorlds
from tests.charts.comparisons import make_comparison
from tests.charts.words import unreadable
from tests.report.decisions import RULE, SURE
from tests.report.languages import bypassing, check_language, in_marks
from tests.report.plausible import LATE, SHARE, SWITCH, a_look, arm, in_full
from tests.report.test_page import EXTRAS, Outline

COMPARISON = make_comparison({"wecasa_2025": SURE, "rating": (0.01, 0.01, 0.012), "oracle": (0.09, 0.09, 0.091)})
LOOK = a_look(arm("wecasa_2025", 0.02, n=16))
FULL = in_full([arm("wecasa_2025", 0.012, 0.012), arm("rating", 0.004), arm("oracle", 0.05, reference=True)])
NAMES = f"wecasa rating oracle uniform personal_care python experiments compare replications {SWITCH} off on numpy Gini"
HEADINGS = {"fr": "Dans d’autres marchés plausibles", "de": "In anderen plausiblen Märkten"}


def extras(over: OverWorlds | None) -> ReportExtras:
    return replace(EXTRAS, rule=RULE, over=over, assumptions=[PRICES])


def document(over: OverWorlds | None) -> Document:
    """Page and short form with the charts of plausible markets alone."""
    known = ComparisonRecord(COMPARISON, extras(over))
    decision = decide(COMPARISON, RULE, shares=over.shares if over else None)
    figures = world_figures(over, decision)
    text = decision_text(COMPARISON, known.extras, decision)
    return Document(
        html=render_report(COMPARISON, known.extras, figures),
        markdown=comparison_markdown(COMPARISON, decision, "", text, figures, ""),
        figures=tuple(figures),
        scorecard=scorecard_of(known),
    )


def section(html: str) -> str:
    """The part of the page."""
    return html[html.index("<h2>In other plausible markets") : html.index("<h2>Headline numbers")]


@pytest.fixture(scope="module")
def full() -> Document:
    return document(FULL)


def test_the_table_has_a_row_an_arm_and_the_control_last() -> None:
    rows = arm_rows(FULL, RULE)
    assert [row.arm for row in rows] == ["wecasa_2025", "rating", "oracle", "uniform"]
    today, _, oracle, control = rows
    assert (today.mean, today.between) == ("+1.20 points [+0.90, +1.50]", "0.69 points")
    assert (today.predictive, today.share) == ("0.00 points to +2.40 points", "80 % [68, 88]")
    assert (today.regret, today.worst) == ("0.10 points", "0.40 points")
    assert (oracle.is_reference, oracle.share, oracle.regret) == (True, "–", "–")
    assert (control.mean, control.regret, control.worst) == ("–", "1.00 points", "2.00 points")
    assert [row.arm for row in arm_rows(LOOK, RULE)] == ["wecasa_2025"]


def test_what_knowing_more_is_worth_names_measurements_in_words_and_numbers_by_key() -> None:
    rows = information_rows(FULL)
    assert [row.what for row in rows][:3] == ["everything", "ask clients whether they will book again", SHARE]
    assert [(row.kind, row.enough) for row in rows[:3]] == [
        ("certainty about everything", "–"),
        ("a measurement, 300 cases", "200"),
        ("certainty about this number", "–"),
    ]
    assert (rows[1].eur, rows[1].points) == ("1,200 [600, 2,400] EUR", "0.12 [0.06, 0.24]")
    assert information_rows(LOOK) == []


def test_every_number_stands_with_its_prior_its_worlds_and_its_source() -> None:
    rows = {row.name: row for row in number_rows(FULL)}
    assert set(rows) == {SHARE, LATE, SWITCH}
    assert (rows[SHARE].prior, rows[SHARE].left) == ("0.53 [0.44, 0.62]", "60 %")
    # .43 + .2 u with u from 1/128 to 127/128: quantiles .05 and .95 at u = .0570 and .943
    assert rows[SHARE].plausible == "0.53 [0.441, 0.619]"
    assert (rows[LATE].prior, rows[LATE].source) == ("−1 [−1.54, −0.46]", "a survey")
    assert (rows[SWITCH].prior, rows[SWITCH].plausible, rows[SWITCH].left) == ("–", "off in 32; on in 32", "–")
    assert {row.left for row in number_rows(LOOK)} == {"–"}


def test_the_page_has_the_section_with_worlds_and_not_without(full: Document) -> None:
    part = section(full.html)
    for words in ("What to measure next", "Where these markets come from, number by number", "Worth rolling out in"):
        assert words in part
    without = document(None)
    assert "plausible" not in without.html + without.markdown
    assert "robustness" not in json.loads(str(without.scorecard))


def test_a_look_has_its_chart_and_table_and_leaves_the_rest_out() -> None:
    page = document(LOOK)
    part = section(page.html)
    assert [figure.name for figure in page.figures if figure.name.startswith("worlds")] == ["worlds"]
    assert "What to measure next" not in part
    assert "This is a look at 16 worlds, and the interval is wide" in part


def test_the_full_thing_has_a_chart_a_question(full: Document) -> None:
    names = [figure.name for figure in full.figures if figure.name.startswith("worlds")]
    along = [f"worlds_along_{i}" for i in (1, 2, 3)]
    assert names == ["worlds", "worlds_shares", *along, "worlds_prior", "worlds_information"]
    assert set(names) < {figure.name for figure in report_figures(COMPARISON, extras(FULL))}
    captions = {figure.name: figure.caption for figure in full.figures}
    assert captions["worlds_along_1"].startswith(f"Where {SHARE} is below 0.48, wecasa_2025 brings less")
    assert captions["worlds_along_3"] == "On average over all else the verdict is the same all along."
    assert all(figure.alt for figure in full.figures)


def test_nothing_is_drawn_or_shown_without_worlds_or_without_a_policy() -> None:
    decision = decide(COMPARISON, RULE)
    assert world_figures(None, decision) == []
    assert world_values(None, decision, ()) == {"over": None}
    assert world_figures(a_look(arm("oracle", 0.05, reference=True)), replace(decision, arm=None)) == []


def test_names_of_numbers_are_code_and_all_else_is_escaped() -> None:
    over = replace(LOOK, numbers=(*LOOK.numbers, replace(LOOK.numbers[0], name="stay.late_more")))
    text = marked(f"<b> {SHARE} (5 %), {LATE}, stay.late_more; notstay.late leakages", over)
    assert text == (
        f"&lt;b&gt; <code>{SHARE}</code> (5 %), <code>{LATE}</code>, <code>stay.late_more</code>; notstay.late leakages"
    )
    assert marked(f"It is {LATE}.", over) == f"It is <code>{LATE}</code>."
    assert marked("<i>", replace(over, numbers=())) == "&lt;i&gt;"
    bad = replace(LOOK.numbers[0], name="<script>")
    assert marked("a <script> b", replace(over, numbers=(bad,))) == "a <code>&lt;script&gt;</code> b"


def test_names_of_others_are_escaped_in_the_section() -> None:
    number = replace(FULL.numbers[1], source="<script>alert(1)</script>")
    other = replace(number, name="<img src=x>")
    row = replace(FULL.information[1], what="<b>bold</b>")
    page = document(replace(FULL, numbers=(*FULL.numbers[::2], number, other), information=(FULL.information[0], row)))
    for text in ("<img", "<script>alert", "<b>bold"):
        assert text not in page.html


def test_the_short_form_and_the_scorecard_say_whether_it_holds(full: Document) -> None:
    words = "wecasa_2025 is worth rolling out in 80 % \\[68, 88\\] only, fewer than the 90 % asked for"
    assert words in full.markdown
    card = json.loads(str(full.scorecard))
    assert any("in 80 % [68, 88] only" in text for text in card["decision"]["text"])
    found = card["robustness"]
    assert {key: found[key] for key in ("worlds", "replications", "origin", "robust_share", "survived")} == {
        "worlds": 64,
        "replications": 4,
        "origin": "matched",
        "robust_share": 0.9,
        "survived": [0.21, 0.084],
    }
    assert set(found["arms"]) == {"wecasa_2025", "rating", "oracle"}
    assert found["arms"]["wecasa_2025"] == {
        "mean": 0.012,
        "mean_low": pytest.approx(0.009),
        "mean_high": pytest.approx(0.015),
        "between_sd": pytest.approx(0.012 / math.sqrt(3)),
        "between_sd_low": pytest.approx(0.006 / math.sqrt(3)),
        "between_sd_high": pytest.approx(0.024 / math.sqrt(3)),
        "predictive_low": 0.0,
        "predictive_high": 0.024,
        "share_roll_out": 51 / 64,
        "share_roll_out_low": pytest.approx(0.6825, abs=5e-3),
        "share_roll_out_high": pytest.approx(0.88, abs=5e-3),
        "regret": 0.001,
        "worst_tenth_regret": 0.004,
    }
    # nobody loses against what nobody can run
    assert found["arms"]["oracle"]["regret"] is None


@pytest.mark.parametrize("over", [LOOK, FULL], ids=["a look", "in full"])
def test_every_word_goes_through_the_catalogue(over: OverWorlds) -> None:
    words = " ".join(dict.fromkeys(re.findall(r"\w+", " ".join([number.source for number in over.numbers]))))
    said = " ".join(re.findall(r"\w+", " ".join(row.what for row in over.information)))
    assert bypassing(in_marks(lambda: document(over)), f"{NAMES} {words} {said}") == set()


@pytest.mark.parametrize("code", ["fr", "de"])
def test_the_section_is_of_its_language_and_its_charts_can_be_read(code: str) -> None:
    check_language(code, lambda: document(FULL), HEADINGS[code])


@pytest.mark.parametrize("over", [LOOK, FULL], ids=["a look", "in full"])
def test_no_letter_of_a_chart_leaves_the_sheet_or_covers_another(over: OverWorlds) -> None:
    for figure in world_figures(over, decide(COMPARISON, RULE, shares=over.shares if over else None)):
        for ax in figure.figure.axes:
            assert unreadable(ax) == [], figure.name


def test_numbers_do_not_depend_on_the_language() -> None:
    cards = []
    for code in ("en", "fr", "de"):
        with speaking(code):
            cards.append(json.loads(scorecard_of(ComparisonRecord(COMPARISON, extras(FULL))))["robustness"])
    assert cards[0] == cards[1] == cards[2]


def test_the_page_is_the_same_to_the_byte_when_built_again_and_balanced(full: Document) -> None:
    assert document(FULL).html == full.html
    assert len(Outline(full.html).alts) == len(full.figures)

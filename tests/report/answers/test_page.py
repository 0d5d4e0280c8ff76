import re
from dataclasses import replace

from sim.report.answers.page import AnswersPage, Simulated, render_answers, sections_of
from sim.report.part import Part
from tests.report.answers.programmes.test_budget import budget_parts
from tests.report.parts import made

LADDER = made(
    {"uniform": 0.3, "today": 0.31, "oracle": 0.36},
    name="ladder",
    sections=("ladder", "payback"),
    steps={"today": "captured", "oracle": "the rest"},
)
PAGE = AnswersPage(
    question="What is <it>?",
    decision_rule="Keep it & go.",
    market="town",
    n_clients=1000,
    n_pros=10,
    horizon_days=900,
    warmup_days=100,
    parts={"ladder": Simulated("uniform, today, oracle", 24, 1, 8)},
    assumptions=("Nobody talks.",),
    command="python -m experiments.study",
    seed=1,
    versions={"python": "3.11"},
)


def names(*parts: Part) -> list[str]:
    return [section.name for section in sections_of({part.name: part for part in parts})]


def test_parts_are_read_together_by_what_they_serve_and_others_get_a_section_of_their_own() -> None:
    relaxed = made({"uniform": 0.3, "today": 0.31, "oracle": 0.37}, name="roomy", sections=("ladder.capacity",))
    ours = made({"uniform": 0.3, "today": 0.31}, name="ours")
    theirs = made({"uniform": 0.3, "today": [0.31, 0.32]}, name="theirs", factors={"stay.late": [0, -1]})
    assert names(LADDER, relaxed, ours, theirs) == ["ladder", "payback", "ours", "theirs"]
    # without a ladder to stand on
    assert names(relaxed) == ["roomy"]


def test_the_name_of_a_part_decides_nothing() -> None:
    rates = {"uniform": 0.3, "today": 0.31}
    assert names(made(rates, name="ladder"), made(rates, name="rules")) == ["ladder", "rules"]
    # a general section, which counts the arms that are better
    (section,) = sections_of({"rules": made(rates, name="rules")})
    assert section.answer.startswith("today is clearly better than uniform in:")
    plain, renamed = (sections_of({name: replace(LADDER, name=name)}) for name in ("ladder", "stairs"))
    # as text, in which nan is nan
    assert repr([section.answers for section in plain]) == repr([section.answers for section in renamed])


def test_a_section_is_written_from_any_part_that_is_enough_for_it() -> None:
    growth = made(
        {"today": [0.3, 0.3]}, name="more", control="", factors={"economics.payback_bookings": [2, 5]}, sections=("payback.growth",)
    )
    drawn = made({"uniform": 0.3, "today": 0.31}, name="drawn", sections=("payback.settings",))
    assert names(growth, drawn) == ["payback"]
    # nothing to draw it with
    assert names(drawn) == ["drawn"]


def test_the_page_has_a_section_for_the_budget_and_one_for_the_interaction() -> None:
    both = {"uniform": 0.3, "today": 0.3, "uniform_points": 0.3, "points": 0.3}
    assert names(*budget_parts(), made(both, name="both", sections=("interaction",))) == ["budget", "interaction"]


def test_the_page_leads_with_the_answers_and_escapes_every_text() -> None:
    sections = sections_of({"ladder": LADDER})
    page = render_answers(PAGE, sections)
    assert "What is &lt;it&gt;?" in page
    assert "Keep it &amp; go." in page
    short = page[page.index("In short.") : page.index("</ol>")]
    for section in sections:
        assert section.answer.replace(">", "&gt;") in short
    # every chart says in words what it shows, and each table has as many cells in a row as its header
    assert page.count('role="img" aria-label="') == sum(len(section.figures) for section in sections)
    for table in re.findall(r"<table>.*?</table>", page, re.DOTALL)[:-1]:
        n_columns = table.count('<th scope="col">')
        for row in re.findall(r"<tr><th scope=\"row\">.*?</tr>", table):
            assert row.count("<td>") + 1 == n_columns
    assert "nothing can be concluded" not in page
    assert "nothing can be concluded" in render_answers(replace(PAGE, replications=1), sections)
    assert "corner of the study" not in page
    assert render_answers(PAGE, sections_of({"ladder": LADDER})) == page

import pytest

from sim.report.answers.compared import compared_section, rules_section, scores_section
from tests.report.parts import made

RATES = {"today": 0.31, "eb": 0.32, "lost": 0.30}


def scores(**metrics: dict[str, float]):
    return {"scores": made(RATES, name="scores", control="today", metrics=metrics)}


def test_a_better_score_at_no_cost_to_pros_is_named() -> None:
    section = scores_section(scores(false_demotion_share={"today": 0.4, "eb": 0.3, "lost": 0.5}))
    assert section.answer == (
        "Under today 40.0 ± 0.0 % of the truly good pros whose score counts are shown less than the average; eb brings more clients"
        " back at no clear cost to pros (8 replications)."
    )
    # all read together: two definitions
    assert "better with eb (most: eb, +1.00 points [+1.00, +1.00]); worse with lost" in section.sentences[0]


def test_a_better_score_that_pros_pay_for_is_named_with_its_price() -> None:
    section = scores_section(scores(exposure_gini={"today": 0.3, "eb": 0.4, "lost": 0.3}))
    assert "eb brings more clients back, at a clear cost to pros" in section.answer
    assert any(line.startswith("Inequality of exposure between pros (Gini): worse with eb") for line in section.sentences)


def test_no_better_score_is_an_answer() -> None:
    part = made({"today": 0.31, "eb": 0.31}, name="scores", control="today", noise={"eb": 0.01})
    assert "no other definition brings clearly more clients back" in scores_section({"scores": part}).answer


def test_a_rule_is_judged_on_every_headline_metric() -> None:
    part = made(
        {"old": 0.30, "today": 0.302},
        name="rules",
        control="old",
        noise={"today": 0.0001},
        metrics={"days_until_counted": {"old": 120.0, "today": 230.0}},
    )
    section = rules_section({"rules": part})
    assert section.answer.startswith("today against old, new clients who book again: +0.20 points [")
    assert any(line.startswith("Worse: Days until a new pro's score counts, +110.0 days") for line in section.sentences)
    # 8 headline metrics, and 3 of the 5 that pros pay with are not among them
    assert len(section.tables[0].rows) == len(section.answers) == 11
    assert all(one.n == 8 for one in section.answers)


@pytest.mark.parametrize(("rate", "words"), [(0.32, "mine is clearly better than uniform"), (0.30, "No arm is clearly better")])
def test_any_other_comparison_has_a_section_of_its_own(rate: float, words: str) -> None:
    section = compared_section(made({"uniform": 0.30, "mine": rate}, name="ours", studied="mine"))
    assert section.answer.startswith(words)
    assert section.name == "ours"

from sim.report.answers.interplay.scores import scores_section
from tests.report.parts import made

RATES = {"today": 0.31, "eb": 0.32, "lost": 0.30}


def scores(**metrics: dict[str, float]):
    return made(RATES, name="scores", control="today", metrics=metrics)


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
    assert "no other definition brings clearly more clients back" in scores_section(part).answer

import numpy as np
import pytest

from sim.report.answers.shrinkage import at_equal_cost
from sim.report.answers.surface import surface_section
from sim.report.part import Part
from tests.report.parts import made

FACTORS = {"arm.allocator.strength": [0, 1, 2], "arm.score.min_sessions": [0, 30]}
BASE = {"arm.allocator.strength": 1, "arm.score.min_sessions": 30}
#  strength, threshold: 0,0  0,30  1,0  1,30  2,0  2,30
GINIS = [0.30, 0.30, 0.34, 0.34, 0.40, 0.40]


def surface(rates: list[float], **more: object) -> Part:
    part = made({"uniform": 0.3, "today": rates}, name="surface", factors=FACTORS, base=BASE, **more)
    part.values["today"]["exposure_gini"] = np.repeat(np.array(GINIS)[:, None], part.n, axis=1)
    return part


def test_the_ridge_names_the_best_and_what_cannot_be_told_from_it() -> None:
    # at strength 2 both thresholds are equal
    section = surface_section({"surface": surface([0.30, 0.30, 0.31, 0.305, 0.32, 0.32])})
    assert (
        "Best on average is strength 2 with 0 sessions (+2.00 points [+2.00, +2.00]); 2 of 6 settings cannot be told"
        in section.sentences[0]
    )
    assert section.answer.startswith("Strength matters, best at 2; thresholds 0 and 30 cannot be told apart there")
    assert "a threshold of 30 sessions against none is clearly worse at 1 of 2 settings" in section.answer


def test_a_flat_map_is_said_to_be_flat() -> None:
    section = surface_section({"surface": surface([0.3] * 6)})
    assert section.sentences[0] == "The map is flat: no setting can be told from another."
    assert section.answer.startswith("Neither strength nor threshold can be told to matter")
    assert "not distinguishable at any strength" in section.answer


def test_a_threshold_that_costs_is_worse_and_one_that_pays_is_better() -> None:
    section = surface_section({"surface": surface([0.3, 0.3, 0.31, 0.30, 0.31, 0.33])})
    verdicts = {one.what: one.verdict for one in section.answers if one.against == "0 sessions"}
    assert verdicts == {"strength 1, 30 sessions": "worse", "strength 2, 30 sessions": "better"}
    assert (
        "1 are clearly better, 1 clearly worse, 0 not distinguishable. The largest: strength 2, 30 sessions" in section.sentences[1]
    )


def test_at_equal_cost_a_rival_between_two_strengths_counts_in_proportion() -> None:
    costs, gains = np.array([[0.3, 0.3], [0.4, 0.4]]), np.array([[0.0, 0.01], [0.02, 0.03]])
    # half way between: .01 and .02
    found = at_equal_cost(np.array([0.34, 0.36]), np.array([0.03, 0.03]), costs, gains)
    np.testing.assert_allclose(found, [0.02, 0.01])
    assert np.isnan(at_equal_cost(np.array([0.5, 0.5]), np.array([0.03, 0.03]), costs, gains)).all()


@pytest.mark.parametrize(
    ("rates", "words"),
    [
        ([0.3, 0.3, 0.30, 0.30, 0.3, 0.3], "A hard threshold is never clearly better than shrinkage at equal inequality"),
        (
            [0.3, 0.3, 0.34, 0.34, 0.3, 0.3],
            "A hard threshold is clearly better than shrinkage at equal inequality of exposure at 1 of 2 settings",
        ),
    ],
)
def test_thresholds_meet_shrinkage_at_equal_inequality(rates: list[float], words: str) -> None:
    rival = made({"uniform": 0.3, "eb": [0.3, 0.32]}, name="shrinkage", studied="eb", factors={"arm.allocator.strength": [0, 4]})
    rival.values["eb"]["exposure_gini"] = np.repeat(np.array([[0.30], [0.40]]), rival.n, axis=1)
    section = surface_section({"surface": surface(rates), "shrinkage": rival})
    assert words in section.sentences[-1]
    at_one = next(one for one in section.answers if one.against == "eb at equal exposure" and one.what == "strength 1, 0 sessions")
    # at a Gini of .34, 40 % of the way to strength 4, the rival gains .8 points
    assert at_one.estimate == pytest.approx(rates[2] - 0.3 - 0.008)


def test_a_stronger_rule_is_named_with_its_price() -> None:
    # strength 2 brings a point more than 1, and makes exposure less equal
    section = surface_section({"surface": surface([0.3, 0.3, 0.31, 0.31, 0.32, 0.32])})
    assert (
        "By the decision rule the strength may change: strength 2 is clearly better than 1 (+1.00 points [+1.00, +1.00]), and"
        " costs pros: Inequality of exposure between pros (Gini), +0.060 [+0.060, +0.060]."
    ) in section.sentences
    flat = surface_section({"surface": surface([0.3] * 6)})
    assert "By the decision rule the strength stays at 1: no other is clearly better." in flat.sentences

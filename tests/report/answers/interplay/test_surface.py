import numpy as np
import pytest
from scipy import stats

from sim.report.answers.base import PageSection, judged
from sim.report.answers.interplay.rule import by_the_rule
from sim.report.answers.interplay.shrinkage import at_equal_cost, verdict_words
from sim.report.answers.interplay.surface import surface_section
from sim.report.part import Part
from sim.report.rule import Guardrail
from sim.statistics.intervals import mean_interval
from tests.report.parts import FAINT, OWN, made

FACTORS = {"arm.allocator.strength": [0, 1, 2], "arm.score.min_sessions": [0, 30]}
BASE = {"arm.allocator.strength": 1, "arm.score.min_sessions": 30}
#  strength, threshold: 0,0  0,30  1,0  1,30  2,0  2,30
GINIS = [0.30, 0.30, 0.34, 0.34, 0.40, 0.40]


def surface(rates: list[float], **more: object) -> Part:
    part = made({"uniform": 0.3, "today": rates}, name="surface", factors=FACTORS, base=BASE, **more)
    part.values["today"]["exposure_gini"] = np.array(GINIS)[:, None] * (1 + FAINT * OWN)
    return part


def test_the_ridge_names_the_best_and_what_cannot_be_told_from_it() -> None:
    # at strength 2 both thresholds are equal
    section = surface_section(surface([0.30, 0.30, 0.31, 0.305, 0.32, 0.32]))
    assert (
        "Best on average is strength 2 with 0 sessions (+2.00 points [+2.00, +2.00], the interval of this cell alone, picked"
        " as the best of 6); 2 of 6 settings may be the best: strength 2, threshold 0 and 30." in section.sentences[0]
    )
    assert section.answer.startswith("Strength matters, best at 2; which of the thresholds 0 and 30 is best there is not known")
    assert "sessions against none, at 2 strengths: 1 clearly worse; 1 practically equal" in section.answer


def test_a_flat_map_is_said_to_be_flat() -> None:
    section = surface_section(surface([0.3] * 6))
    assert section.sentences[0] == "The map is flat: no setting can be told from another."
    assert section.answer.startswith("Neither strength nor threshold can be told to matter")
    assert "at 2 strengths: 2 practically equal" in section.answer


def test_a_threshold_that_costs_is_worse_and_one_that_pays_is_better() -> None:
    section = surface_section(surface([0.3, 0.3, 0.31, 0.30, 0.31, 0.33]))
    verdicts = {one.what: one.verdict for one in section.answers if one.against == "0 sessions"}
    assert verdicts == {"strength 1, 30 sessions": "worse", "strength 2, 30 sessions": "better"}
    assert "at 2 strengths: 1 clearly better; 1 clearly worse" in section.answer
    assert "1 clearly better; 1 clearly worse. The largest: strength 2, 30 sessions" in section.sentences[1]


def test_at_equal_cost_a_rival_between_two_strengths_counts_in_proportion() -> None:
    costs, gains = np.array([[0.3, 0.3], [0.4, 0.4]]), np.array([[0.0, 0.01], [0.02, 0.03]])
    # half way between: .01 and .02; a slope of .2, and costs .01 below and above the mean: .002 more and less
    found = at_equal_cost(np.array([0.34, 0.36]), np.array([0.03, 0.03]), costs, gains)
    np.testing.assert_allclose(found, [0.022, 0.008])
    assert np.isnan(at_equal_cost(np.array([0.5, 0.5]), np.array([0.03, 0.03]), costs, gains)).all()
    # two rivals of the same cost at the end: no line to read from
    vertical = at_equal_cost(np.array([0.4, 0.4]), np.array([0.03, 0.03]), np.array([[0.4, 0.4], [0.4, 0.4]]), gains)
    assert np.isnan(vertical).all()


def test_intervals_at_equal_cost_hold_the_error_of_the_costs() -> None:
    # a family on the line gain = .5 * cost, a policy .01 above it; every cost and gain has luck of its own
    luck, n_studies, n = np.random.default_rng(7), 500, 16
    x = np.array([0.3, 0.4, 0.35])[:, None]
    y = np.array([0.15, 0.2, 0.185])[:, None]
    hits = 0
    for costs, gains in zip(x + luck.normal(0, 0.01, (n_studies, 3, n)), y + luck.normal(0, 0.001, (n_studies, 3, n)), strict=True):
        hits += not mean_interval(at_equal_cost(costs[2], gains[2], costs[:2], gains[:2])).excludes(0.01)
    # 95 % of 500, give or take 3 standard errors of 1 %
    assert 460 <= hits <= 490


def met(rates: list[float], noise: float = 0.0) -> PageSection:
    """The section with a rival that gains 2 points at a Gini of .4, and .8 at the .34 of strength 1."""
    rival = made({"uniform": 0.3, "eb": [0.3, 0.32]}, name="shrinkage", studied="eb", factors={"arm.allocator.strength": [0, 4]})
    rival.values["eb"]["exposure_gini"] = np.repeat(np.array([[0.30], [0.40]]), rival.n, axis=1)
    return surface_section(surface(rates, noise={"today": noise}), rival)


@pytest.mark.parametrize(
    ("rates", "words"),
    [
        (
            [0.3, 0.3, 0.30, 0.30, 0.3, 0.3],
            "A hard threshold is never clearly better than shrinkage at equal inequality of exposure; settings with one: 2 clearly"
            " worse. The largest loss: ",
        ),
        (
            [0.3, 0.3, 0.34, 0.34, 0.3, 0.3],
            "The raw score, with or without a threshold, is clearly better than shrinkage at equal inequality of exposure at"
            " strength 1 (without, most at strength 1: +3.20 points [+3.20, +3.20]): that is not the threshold's doing.",
        ),
        (
            [0.3, 0.3, 0.34, 0.35, 0.3, 0.3],
            "A hard threshold is clearly better at equal inequality of exposure than shrinkage, and than no threshold, at 1 of 2"
            " settings (most: strength 1, 30 sessions, +4.20 points [+4.20, +4.20]). The raw score without a threshold is clearly"
            " better than shrinkage at equal inequality of exposure at strength 1. With a threshold 1 of 2 settings are",
        ),
        (
            [0.3, 0.3, 0.34, 0.31, 0.34, 0.31],
            "that is not the threshold's doing. The raw score without a threshold is clearly better than shrinkage at equal"
            " inequality of exposure at strength 2. No lead over shrinkage is clearly the threshold itself; settings with",
        ),
    ],
)
def test_thresholds_meet_shrinkage_at_equal_inequality(rates: list[float], words: str) -> None:
    section = met(rates)
    assert words in section.sentences[-1]
    # the headline says no less than the section
    assert section.answer.endswith(section.sentences[-1])
    at_one = next(one for one in section.answers if one.against == "eb at equal exposure" and one.what == "strength 1, 0 sessions")
    # at a Gini of .34, 40 % of the way to strength 4, the rival gains .8 points
    assert at_one.estimate == pytest.approx(rates[2] - 0.3 - 0.008)


def test_a_lead_that_only_the_threshold_has_but_that_none_is_not_clearly_behind_is_left_open() -> None:
    leads = {
        key: judged(surface([0.3] * 6), "surface", f"{key}", "return_rate_6m", "eb", values)
        for key, values in (((4, 0), 0.01 + 0.05 * OWN), ((4, 30), 0.012 + 0.001 * OWN))
    }
    own = {(4, 30): judged(surface([0.3] * 6), "surface", "", "return_rate_6m", "0 sessions", 0.002 - 0.049 * OWN)}
    words = verdict_words(leads, own)
    assert words.startswith(
        "The raw score with a threshold is clearly better than shrinkage at equal inequality of exposure at 1 of 1"
    )
    assert "but not clearly better than without one. No lead over shrinkage is clearly the threshold itself" in words


def test_outside_what_shrinkage_spans_nothing_is_compared() -> None:
    assert verdict_words({}, {}).endswith("the two cannot be compared.")


def rule(rates: list[float]) -> tuple[PageSection, str]:
    section = surface_section(surface(rates))
    return section, next(line for line in section.sentences if line.startswith("By the decision rule"))


def test_the_decision_rule_is_read_from_all_other_settings_against_today() -> None:
    # strength 2 brings a point more than 1 with 30 sessions, and makes exposure less equal; without a threshold, half a point
    section, words = rule([0.3, 0.3, 0.315, 0.31, 0.31, 0.32])
    assert words == (
        "By the decision rule the setting may change: 2 of 5 others are clearly better than today's strength 1, 30 sessions. The"
        " best on average, strength 2, 30 sessions (+1.00 points [+1.00, +1.00]), costs pros: Inequality of exposure between pros"
        " (Gini), +0.060 [+0.060, +0.060]. The threshold alone, at strength 1, against 30"
        " sessions: 1 clearly better."
    )
    compared = [
        one for one in section.answers if one.against == "today, strength 1, 30 sessions" and one.metric == "return_rate_6m"
    ]
    assert {one.what: round(one.estimate, 6) for one in compared} == {
        "strength 0, 0 sessions": -0.01,
        "strength 0, 30 sessions": -0.01,
        "strength 1, 0 sessions": 0.005,
        "strength 2, 0 sessions": 0.0,
        "strength 2, 30 sessions": 0.01,
    }
    grid, price = (table for table in section.tables if "today's" in table.caption)
    assert grid.rows[1][1][1].text == "today"
    assert [name for name, _ in price.rows] == ["strength 2, 30 sessions", "strength 1, 0 sessions"]


def test_where_nothing_is_clearly_better_the_rule_stays() -> None:
    assert rule([0.3] * 6)[1].startswith("By the decision rule today's strength 1, 30 sessions stays: none of 5 other settings is")


def test_intervals_against_today_hold_for_all_settings_together() -> None:
    part = surface([0.31] * 6)
    part.values["today"]["return_rate_6m"][2] += 0.001 * OWN
    _, answers, _, _ = by_the_rule(part)
    one = next(one for one in answers if one.what == "strength 1, 0 sessions" and one.metric == "return_rate_6m")
    # 8 replications of +-.001: a standard error of .001 / sqrt(7), by t at 1 - .05 / 5 / 2
    assert one.high == pytest.approx(0.001 / 7**0.5 * stats.t.ppf(1 - 0.05 / 5 / 2, 7))


def test_every_cell_of_a_map_is_among_the_numbers() -> None:
    cells = [one for one in surface_section(surface([0.3, 0.3, 0.31, 0.305, 0.32, 0.32])).answers if one.basis == "map cell"]
    assert {one.what: round(one.estimate, 6) for one in cells} == {
        "map: strength 0, min sessions 0": 0.0,
        "map: strength 0, min sessions 30": 0.0,
        "map: strength 1, min sessions 0": 0.01,
        "map: strength 1, min sessions 30": 0.005,
        "map: strength 2, min sessions 0": 0.02,
        "map: strength 2, min sessions 30": 0.02,
    }
    assert [one.verdict for one in cells] == ["", "", "", "", "may be the best", "may be the best"]


def test_the_answer_ends_with_a_recommendation_under_the_guardrails() -> None:
    # strength 2 with 30 sessions is best, and raises inequality against the control's .3 by .10; strength 1 without threshold .04
    rates = [0.3, 0.3, 0.315, 0.31, 0.31, 0.32]
    free = surface_section(surface(rates, guardrails=(Guardrail("exposure_gini", "up", 0.2),)))
    assert "Recommendation: strength 2, 30 sessions, the best that is surely within the guardrails" in free.answer
    tight = surface_section(surface(rates, guardrails=(Guardrail("exposure_gini", "up", 0.05),)))
    assert tight.answer.endswith("; 1 of 2 clearly better settings are.")
    assert "Recommendation: strength 1, 0 sessions" in tight.answer
    none = surface_section(surface(rates, guardrails=(Guardrail("exposure_gini", "up", 0.01),)))
    assert none.answer.endswith(
        "Recommendation: keep today's strength 1, 30 sessions; none of the clearly better settings is surely within the guardrails."
    )
    assert "Recommendation" not in surface_section(surface(rates)).answer

"""The decision for programs."""

import json
import math
from typing import Any

import pytest

from sim.report.decision import what_follows
from sim.report.extras import ComparisonRecord
from sim.report.page import scorecard_of
from sim.report.scorecard import SCHEMA, VERSION
from tests.charts.comparisons import GAIN, make_comparison
from tests.report.test_page import EXTRAS, RULE
from tests.report.test_people import with_people

COMPARISON = make_comparison({"wecasa_2025": (0.03, 0.03, 0.031), "oracle": GAIN})


@pytest.fixture(scope="module")
def card() -> dict[str, Any]:
    return dict(json.loads(scorecard_of(ComparisonRecord(COMPARISON, EXTRAS))))


def test_it_says_what_it_is(card: dict[str, Any]) -> None:
    assert (card["schema"], card["version"], card["language"]) == (SCHEMA, VERSION, "en")
    assert (card["market"], card["control"], card["replications"], card["level"]) == ("personal_care", "uniform", 3, 0.95)
    assert card["reproduce"]["command"] == EXTRAS.command
    assert card["reproduce"]["versions"] == dict(EXTRAS.versions)


def test_the_decision_has_its_arm_and_sentence(card: dict[str, Any]) -> None:
    decision = card["decision"]
    assert (decision["outcome"], decision["arm"]) == ("roll_out", "wecasa_2025")
    assert decision["text"][0].startswith("wecasa_2025 is worth rolling out: ")
    assert decision["follows"] == what_follows(RULE, "roll_out") == card["rule"]["follows"]["roll_out"]


def test_the_rule_is_there_with_its_units(card: dict[str, Any]) -> None:
    assert card["rule"]["primary"]["metric"] == "return_rate_6m"
    assert (card["rule"]["primary"]["unit"], card["rule"]["primary"]["better"]) == ("share", "higher")
    assert card["rule"]["primary"]["smallest_effect"] == 0.005
    (guardrail,) = card["rule"]["guardrails"]
    assert (guardrail["metric"], guardrail["side"], guardrail["limit"]) == ("exposure_gini", "up", 0.05)


def test_every_arm_has_its_role_and_policies_their_verdicts(card: dict[str, Any]) -> None:
    arms = {one["arm"]: one for one in card["arms"]}
    assert {name: one["role"] for name, one in arms.items()} == {
        "uniform": "control",
        "wecasa_2025": "policy",
        "oracle": "reference",
    }
    assert "outcome" not in arms["oracle"]
    mine = arms["wecasa_2025"]
    # two arms together: .030333 -+ t(.9875, 2) .00033333 = 6.2053 * .00033333 = .0020684
    assert mine["effect"]["estimate"] == pytest.approx(0.0303333, abs=1e-7)
    assert mine["effect"]["low"] == pytest.approx(0.0282649, abs=1e-6)
    assert (mine["effect"]["n"], mine["effect"]["standing"]) == (3, "above")
    assert [one["verdict"] for one in mine["guardrails"]] == ["within limit"]
    assert mine["metrics"]["return_rate_6m"]["verdict"] == "better"
    assert "difference" not in arms["uniform"]["metrics"]["return_rate_6m"]


def test_what_is_not_defined_is_null_and_never_nan() -> None:
    nothing = {arm: {"months_to_break_even": (math.nan,) * 3} for arm in ("uniform", "one")}
    text = scorecard_of(ComparisonRecord(make_comparison({"one": GAIN}, metrics=nothing), EXTRAS))
    assert "NaN" not in text
    assert "Infinity" not in text
    found = json.loads(text)["arms"][1]["metrics"]["months_to_break_even"]
    assert found["mean"] is None
    assert found["difference"] is None


def test_a_policy_has_who_pays_where_incomes_were_kept() -> None:
    record = ComparisonRecord(with_people(0.7), EXTRAS)
    arms = {arm["arm"]: arm for arm in json.loads(scorecard_of(record))["arms"]}
    assert "people" not in arms["uniform"]
    # see the tests of the table of people
    assert arms["strict"]["people"]["lost"]["estimate"] == 0.5
    assert arms["strict"]["people"]["lost_by_quality"]["estimate"] == pytest.approx(0.517, abs=0.002)

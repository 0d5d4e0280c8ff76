from dataclasses import replace

import numpy as np
import pytest

from sim.report.rule import Guardrail
from sim.report.tune import TunedPoint, TunedPrice, TunedTried, TuneRecord
from sim.report.tune_page import tune_document, tune_sheet
from sim.report.tune_words import price_sentence, sentences
from sim.statistics.intervals import Interval
from sim.words.language import speaking

LUCK = np.array([-0.01, 0.0, 0.01, 0.0, -0.005, 0.005])
NOISE = np.array([0.001, -0.001, 0.0005, -0.0005, 0.0, 0.0])


def point(name: str, kind: str, back: float, gini: float, searched: float | None = None, **settings) -> TunedPoint:
    # all share the luck of a replication, each has a little of its own
    own = (0.0 if kind == "control" else 1.0) * NOISE
    fresh = (back + LUCK + own, gini + LUCK - own)
    before = () if searched is None else (np.array([searched - 0.001, searched + 0.001]), np.array([gini - 0.27]))
    return TunedPoint(name, kind, False, settings, fresh, before, 0.5)  # type: ignore[arg-type]


def record(*finalists: TunedPoint, recommended: str | None = "a", limit: float = 0.05) -> TuneRecord:
    points = (point("uniform", "control", 0.30, 0.27), point("rule", "today", 0.31, 0.29, strength=1), *finalists)
    return TuneRecord(
        market="personal_care",
        varied="rule",
        control="uniform",
        metrics=("return_rate_6m", "exposure_gini"),
        objectives=("return_rate_6m", "exposure_gini"),
        directions=("higher", "lower"),
        guardrails=(Guardrail("exposure_gini", "up", limit),),
        points=points,
        tried=TunedTried(({"arm.strength": 2.0},), np.array([[0.01, 0.02]]), (1,)),
        recommended=recommended,
        prices=(),
        shares=(),
        choice=None,
        yaml="" if recommended is None else "score: {}\n",
        n_search_runs=10,
        n_fresh_runs=18,
        n_worlds=0,
        sampler="nsga2",
        commands=("python -m experiments.tune", "python -m experiments.compare"),
        seed=1,
        versions={},
        hashes={},
    )


A = point("a", "setting", 0.32, 0.28, 0.035, **{"arm.strength": 2.0})
B = point("b", "setting", 0.32, 0.33, 0.02, **{"arm.strength": 5.0})


def test_the_value_found_stands_beside_the_value_confirmed() -> None:
    found = record(A, B).confirmed(A, 0)
    assert found is not None
    # searched 3.5 points above the control, confirmed 2
    assert found.searched == pytest.approx(0.035)
    assert found.value.estimate == pytest.approx(0.02)
    assert found.curse.estimate == pytest.approx(0.015)
    assert record(A, B).confirmed(record(A, B).today, 0) is None


def test_who_gives_something_up_does_not_beat_the_rule() -> None:
    # a: one point more and a hundredth more equal; b: as much, but less equal
    assert [one.name for one in record(A, B).dominating] == ["a"]
    lines = sentences(record(A, B))
    assert any("1 of 2 finalists beat it" in line for line in lines)
    assert any("no finalist surely beats it" in line for line in sentences(record(B, recommended="b")))


def test_a_small_lead_of_one_of_many_is_no_sure_one() -> None:
    # alone its interval is above today's rule, and among forty looks it is not
    few = point("few", "setting", 0.3103, 0.29, 0.01, **{"arm.strength": 2.0})
    few = replace(few, fresh=(few.fresh[0] + np.array([2, -2, 3, -1, 1, 0.0]) * 1e-4, few.fresh[1]))
    assert [one.name for one in record(few).dominating] == ["few"]
    assert record(*[replace(few, name=f"s{i}") for i in range(20)]).dominating == ()


def test_the_first_sentence_is_only_as_sure_as_the_runs() -> None:
    lines = sentences(record(A, B))
    assert lines[0].startswith("Choose strength = 2")
    # b crosses the guardrail
    assert sentences(record(A, B, recommended="b"))[0].startswith("Better, but not sure to keep the guardrails, is")
    same = replace(A, fresh=record().today.fresh)
    assert sentences(record(same))[0].startswith("Nothing to choose is surely better than today's rule")
    assert not any("finalists" in line for line in sentences(record(recommended=None)))


def test_worlds_searched_and_worlds_judged_are_told_apart() -> None:
    with speaking("en"):
        sheet = tune_sheet(replace(record(A, B), n_worlds=16))
    assert "16 plausible worlds to search in, 6 others to judge in" in str(sheet.about)


def test_a_guardrail_that_is_not_surely_kept_is_said() -> None:
    assert any("surely within every guardrail" in line for line in sentences(record(A, B)))
    assert any("not surely within" in line and "crossed" in line for line in sentences(record(A, B, recommended="b")))
    assert sentences(record(A, recommended=None))[0].startswith(
        "No setting that was tried surely enough keeps the guardrails, so nothing"
    )


def test_a_price_names_step_gain_and_points() -> None:
    price = TunedPrice("return_rate_6m", "exposure_gini", 0.01, Interval(-0.002, -0.003, -0.001, 8), 4)
    line = price_sentence(price)
    assert "better by 0.010, new clients who book again within 6 months changes by −0.200 points [−0.300, −0.100]" in line


@pytest.mark.parametrize(("lang", "words"), [("en", "Which settings"), ("fr", "Quels réglages"), ("de", "Welche Einstellungen")])
def test_the_page_is_written_in_three_languages_with_its_yaml(lang: str, words: str) -> None:
    with speaking(lang):
        sheet = tune_sheet(record(A, B))
        assert str(sheet.title).startswith(words)
        # the recommended one first, then finalists, then named policies
        assert [row[0].split(" ")[0] for row in sheet.rows] == ["a", "b", "uniform", "rule"]
    if lang == "en":
        document = tune_document(record(A, B))
        assert "<pre>python -m experiments.compare\n\nscore: {}\n</pre>" in document.html
        assert "```\npython -m experiments.compare" in document.markdown

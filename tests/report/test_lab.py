"""The page of the lab: what it recommends, and against what it warns."""

import math
from dataclasses import replace

import pytest

from sim.report.lab import DesignFound, LabRecord, lab_document, lab_sheet, lasting, sentences
from sim.words.language import LANGUAGES, speaking
from tests.charts.lab import design


def record(*designs: DesignFound, within_weeks: float = 52.0) -> LabRecord:
    about = {"market": "personal_care", "control": "uniform", "treated": "wecasa_2025", "outcome": "returned_6m"}
    return LabRecord(
        **about,
        designs=designs,
        days=182.0,
        within_weeks=within_weeks,
        scores="shared",
        command="python -m experiments.lab",
        seed=1,
        versions={"python": "3"},
        hashes={},
    )


def test_the_design_nearest_to_the_truth_that_does_not_mislead_is_recommended() -> None:
    # 182 days x (2.80 x .2 / .6)^2 = 22.7 weeks; the others are quicker and biased, or further off
    quick_but_biased, slow = design("pro", bias=0.006, sd=0.001), design("zone", sd=0.003)
    found = record(quick_but_biased, slow, design())
    assert found.recommended is found.designs[2]
    assert found.is_in_time
    first, second, third, *_ = sentences(found)
    assert first.startswith("Run the design client for 23 weeks")
    # half of 2,400 in 26 weeks, for 22.7 weeks
    assert "1,047 clients" in first or "1,046 clients" in first
    assert "+0.60 points" in second
    assert "pro (+0.60 points)" in third


def test_where_nothing_tells_in_time_that_is_said_with_what_would_be_found() -> None:
    found = record(design(sd=0.02))
    assert not found.is_in_time
    # ten times the error takes a hundred times as long: 2,270 weeks; in 52 weeks 2.80 x 2 x sqrt(26 / 52) points
    assert sentences(found)[0] == (
        "No design is sure to find this effect within 52 weeks. The one that comes nearest to the truth, client, takes 43 years;"
        " what 52 weeks of it would find is an effect of 3.96 points."
    )


def test_a_little_bias_outweighs_a_little_speed() -> None:
    # after 52 weeks, in points: (.2^2 / 2 + .14^2)^.5 = .20 against .22 / 2^.5 = .16, though the first finds the effect sooner
    biased, slower = design("client", bias=0.0014), design("switchback", sd=0.0022)
    assert biased.weeks < slower.weeks
    assert record(biased, slower).recommended is slower


def test_neither_before_and_after_nor_an_uncertain_bias_nor_intervals_that_miss_are_trusted() -> None:
    assert not design(randomised=False).is_trusted
    uncertain = design()
    wide = replace(uncertain.found, bias=replace(uncertain.found.bias, low=-0.01, high=0.01))
    assert not replace(uncertain, found=wide).is_trusted
    assert not replace(uncertain, found=wide).misleads
    assert not design(coverage=0.8).is_trusted
    assert record(design(randomised=False)).recommended is None
    assert sentences(record(design(randomised=False)))[0].startswith("No design tells")


def test_a_sign_that_comes_sooner_is_named_with_a_warning() -> None:
    found = record(design(by_outcome={"returned_6m": 23.0, "returned_60d": 12.2, "completed": math.inf}))
    assert any("by new clients who book again within 60 days: 13 weeks" in line for line in sentences(found))


def test_who_looks_every_day_is_told_how_much_longer_it_takes() -> None:
    # 22.7 weeks times 1.92
    assert any("with it client takes 44 weeks at most" in line for line in sentences(record(design())))


def test_a_treatment_that_nobody_could_run_and_periods_shorter_than_a_refresh_are_marked() -> None:
    notes = lab_sheet(replace(record(design()), sees_truth=True, short=("switchback",))).notes
    assert any(note.startswith("wecasa_2025 sees the truth about pros") for note in notes)
    assert any("longer than a period of switchback" in note for note in notes)


def test_what_is_unusual_about_the_experiments_is_noted() -> None:
    unusual = replace(record(design()), conditions=("zones=(0, 1)",))
    assert lab_sheet(unusual).notes[-1] == "Experiments differ from the usual: zones=(0, 1)."


def test_wrong_signs_are_told_when_chance_does_not_explain_them() -> None:
    assert any("wrong sign" in line for line in sentences(record(design(wrong_sign=0.2))))
    assert not any("wrong sign" in line for line in sentences(record(design(wrong_sign=0.03))))


def test_times_are_weeks_first_and_years_later() -> None:
    assert [lasting(weeks) for weeks in (0.2, 22.1, 521.0, math.inf)] == ["1 weeks", "23 weeks", "10 years", "never"]


@pytest.mark.parametrize("lang", LANGUAGES)
def test_the_page_has_a_row_a_design_and_both_charts_in_every_language(lang: str) -> None:
    with speaking(lang):
        page = lab_document(record(design(), design("two_sided", estimator="improved_1", unit="zone_period")))
    assert {figure.name for figure in page.figures} == {"designs", "power"}
    assert "two_sided, improved_1" in page.html
    assert page.html.count('<tr><th scope="row">') == 2

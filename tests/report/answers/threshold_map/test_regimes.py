"""What the page says about the markets in which a threshold helps, hurts or does not matter."""

from collections.abc import Callable, Mapping
from typing import Any

import pytest

from sim.report.answers.page import sections_of
from sim.report.answers.threshold_map.regimes import regimes_section
from sim.report.part import Part
from sim.statistics.designs import full_factorial
from tests.report.parts import made

VALUE, RETURNS = "net_contribution_per_client_24m_eur", "return_rate_6m"
FACTORS = {
    "offer_order": ["sampled", "ranked"],
    "score": ["raw", "shrunk"],
    "turnover": ["low", "high"],
    "spread": ["usual", "double"],
}
MARGINS = {VALUE: 0.5, RETURNS: 0.002}
# t(1 - .05 / (2 x 65 regions), 7) = 5.4: 65 = 1 + 8 + 24 + 32 regions of at most three of four two-level factors


def part(gain: Callable[[Mapping[str, Any]], float], noise: float = 0.0, factors: Mapping[str, Any] = FACTORS) -> Part:
    """A new client is worth ``gain`` EUR more with the threshold, and returns a hundredth of a share more for each EUR.

    ``noise`` is luck of the threshold's arm alone, in EUR.
    """
    gains = [gain(point) for point in full_factorial(factors).points]
    rates = {"uniform": [0.3] * len(gains), "today": [0.3 + 0.01 * one for one in gains], "waits": [0.3] * len(gains)}
    value = {VALUE: {arm: [100 * one for one in column] for arm, column in rates.items()}}
    return made(rates, sections=("threshold_map",), factors=factors, noise={"today": noise}, metrics=value, margins=MARGINS)


def regime(point: Mapping[str, Any]) -> float:
    """+2 EUR in strict order of raw scores of pros who stay, -1 EUR when drawn by raw scores, nothing else."""
    if point["score"] == "shrunk":
        return 0.0
    return (2.0 if point["turnover"] == "low" else 0.0) if point["offer_order"] == "ranked" else -1.0


def test_three_sentences_say_where_it_helps_where_it_hurts_and_where_it_does_not_matter() -> None:
    helps, hurts, equal = regimes_section(part(regime)).answer.split(". ")
    # two markets a tile of three of four factors; the regions need as few levels as hold
    assert helps.startswith("The threshold helps here: offer order ranked, score raw and turnover low (+2.00 EUR [")
    assert helps.endswith("; 2 markets x 8 replications)")
    assert hurts.startswith("It hurts here: offer order sampled and score raw (−1.00 EUR [")
    assert hurts.endswith("; 4 markets x 8 replications)")
    assert equal.startswith("It does not matter here: score shrunk (0.00 EUR")
    assert "; 8 markets x 8 replications); offer order ranked and turnover high (" in equal
    assert equal.endswith("practically equal: surely within ± 0.50 EUR.")


def test_a_difference_that_luck_hides_is_not_known_and_never_equal() -> None:
    # half-width 5.4 x .8 x sqrt(8 / 7) / sqrt(8) = 1.6 EUR: hides -1 and 0, not 2, and is wider than the margin of .5
    section = regimes_section(part(regime, noise=0.8))
    assert "The threshold helps here: offer order ranked, score raw and turnover low (+2.00 EUR [" in section.answer
    assert "It clearly hurts nowhere. Nowhere is it known not to matter." in section.answer
    assert "Not known: " in section.answer
    assert "offer order sampled" in section.answer.split("Not known: ")[1]


def test_where_nothing_matters_the_region_is_all_markets() -> None:
    answer = regimes_section(part(lambda _: 0.01)).answer
    assert answer.startswith(
        "The threshold clearly helps nowhere. It clearly hurts nowhere. It does not matter here: all markets ("
    )


def test_every_market_and_every_tile_is_a_row_of_the_answers_with_its_interval_and_verdict() -> None:
    # luck too small to hide anything
    section = regimes_section(part(regime, noise=0.01))
    main = {one.what: one for one in section.answers if one.metric == VALUE and one.against == "uniform"}
    # 16 markets, all together, 8 levels of one factor, 8 tiles of three
    assert len(main) == 16 + 1 + 8 + 8
    assert main["offer_order=ranked, score=raw, turnover=low, spread=double"].verdict == "better"
    assert main["offer_order=ranked & score=raw & turnover=low"].verdict == "better"
    assert main["offer_order=sampled & score=raw & turnover=high"].verdict == "worse"
    assert main["score=shrunk"].verdict == "practically equal"
    # 2 EUR in 2 of 16 markets, -1 in 4
    assert main["all"].estimate == pytest.approx(0.0, abs=1e-9)
    assert all(one.low <= one.estimate <= one.high and one.n == 8 for one in main.values())
    # both metrics, against the control and against the other arm
    assert len(section.answers) == 4 * len(main)


def test_market_by_market_the_kinds_are_counted_for_every_rival_and_metric() -> None:
    share, *sentences = regimes_section(part(regime)).sentences
    # spread, the fourth factor, does nothing
    assert share.startswith("The factors of the map explain 100 %")
    assert len(sentences) == 4
    counts = "today against uniform, each of 16 markets by itself: 2 clearly better; 4 clearly worse; 10 practically equal"
    assert counts in sentences[0]
    assert "today against waits" in sentences[2]


def test_few_runs_conclude_nothing() -> None:
    short = part(regime)
    short = Part(**{**vars(short), "values": {arm: {m: v[:, :2] for m, v in by.items()} for arm, by in short.values.items()}})
    assert regimes_section(short).answer.startswith("Nothing can be concluded from 16 points x 2 replications.")


@pytest.mark.parametrize("n_factors", [1, 2, 3])
def test_fewer_factors_make_a_smaller_map(n_factors: int) -> None:
    few = dict(list(FACTORS.items())[:n_factors])
    section = regimes_section(part(lambda point: float(point["offer_order"] == "ranked"), factors=few))
    assert section.answer.startswith("The threshold helps here: offer order ranked (+1.00 EUR [")
    assert len(section.figures[0].figure.axes) == (2 if n_factors == 3 else 1)


def test_a_part_names_the_section_in_its_yaml() -> None:
    (section,) = sections_of({"part": part(regime)})
    assert section.name == "threshold_map"


def test_a_part_without_factors_is_refused() -> None:
    with pytest.raises(ValueError, match="part = 'part', must have factors"):
        regimes_section(made({"uniform": 0.3, "today": 0.3}))

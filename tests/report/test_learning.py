"""What the lab's page says about the worth of an experiment."""

from dataclasses import replace

import numpy as np
import pytest

from sim.report.lab import lab_document
from sim.report.learning import DesignWorth, Learning, certain_sentence, learning_section, now_sentence, worth_sentence
from sim.statistics.intervals import Interval
from sim.words.language import LANGUAGES, speaking
from tests.charts.lab import design
from tests.report.test_lab import record


def worth(name: str, net: float, weeks: float = 12.0) -> DesignWorth:
    value = Interval(5000.4 + net, 4000.0, 9000.0, 16)
    return DesignWorth(name, weeks, value, 5000.4, Interval(net, net - 1000, net + 1000, 16), np.array([net - 1, net, net - 2]))


def learning(*designs: DesignWorth, payoff: float = 2000.0) -> Learning:
    return Learning(
        treated="wecasa_2025",
        control="uniform",
        n_worlds=16,
        years=2.0,
        payoff=Interval(payoff, payoff - 3000, payoff + 3000, 16),
        probability=0.904,
        certain=9876.4,
        weeks=np.array([11.0, 12.0, 13.0]),
        designs=designs,
    )


def test_the_design_that_brings_most_is_named_with_what_deciding_now_would_lose() -> None:
    found = learning(worth("zone", -1200.0), worth("client", 800.0))
    assert worth_sentence(found) == (
        "An experiment is worth 5,800 EUR within 2 years (client, 12 weeks) and costs 5,000 EUR while it runs and is followed:"
        " deciding now is worse by 800 EUR."
    )
    assert worth_sentence(learning(worth("zone", -1200.0))).endswith("deciding now is better by 1,200 EUR.")


def test_deciding_now_is_by_what_the_arm_pays_on_average() -> None:
    found = learning(worth("client", 800.0))
    assert now_sentence(found).startswith("Deciding now, by the simulation alone, is to roll out wecasa_2025: over 16 plausible")
    assert "+2,000 EUR [−1,000, +5,000] a year" in now_sentence(found)
    assert "a probability of 90 %" in now_sentence(found)
    assert "would gain 9,876 EUR within 2 years" in certain_sentence(found)
    assert "keep uniform" in now_sentence(replace(found, payoff=Interval(-1.0, -2.0, 0.0, 16)))


@pytest.mark.parametrize("lang", LANGUAGES)
def test_the_section_has_a_row_a_design_and_the_page_its_chart_in_every_language(lang: str) -> None:
    found = learning(worth("client", 800.0), worth("zone", -1200.0))
    with speaking(lang):
        assert [row[0] for row in learning_section(found).tables[0].rows] == ["client", "zone"]
        page = lab_document(replace(record(design()), learning=found))
    assert [figure.name for figure in page.figures] == ["designs", "power", "worth"]
    # one of the designs' table, two of this one
    assert page.html.count('<tr><th scope="row">') == 3
    assert page.markdown.count("| client |") == 2

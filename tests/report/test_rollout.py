"""What a page says about a rollout."""

import pytest

from sim.report.rollout import rollout_figure, rollout_section, rollout_sentences
from sim.words.language import LANGUAGES, speaking
from tests.report.rollouts import rollout


def test_what_is_caught_is_said_with_what_it_had_cost_by_then() -> None:
    first, second, third, *_ = rollout_sentences(rollout(0.75))
    assert "would stop it in 75 % of rollouts, half of these by week 6" in first
    assert "300 clients have seen it, and 500 EUR are lost instead of 2,356 EUR" in first
    assert "in 25 % of rollouts worst_first gets to the end" in second
    assert "false alarm in 1 % of rollouts [0 %, 11 %]" in third


def test_what_is_not_caught_is_said_with_what_it_would_take() -> None:
    lines = rollout_sentences(rollout(0.0))
    assert lines[0].startswith("What is not seen: in 100 %")
    assert lines[1].startswith("A market 9 times as large, with the same harm, would stop it in half of the rollouts, by: Sessions")
    assert rollout_sentences(rollout(0.0, None))[1].startswith("On average it stays within all limits")


def test_a_policy_that_is_always_caught_leaves_nothing_unseen() -> None:
    assert not any("not seen" in line for line in rollout_sentences(rollout(1.0)))


@pytest.mark.parametrize("lang", LANGUAGES)
def test_the_section_has_a_row_a_stage_and_the_chart_a_line_a_policy(lang: str) -> None:
    with speaking(lang):
        section, figure = rollout_section(rollout()), rollout_figure(rollout())
    stages, alarms = section.tables
    assert [row[0] for row in stages.rows] == ["1", "2"]
    assert stages.rows[0][3] == "–"
    # the bad one by guardrail, the others all together
    assert len(alarms.rows) == 2 + 1 + 1
    # three policies, and the bad one at the usual interval
    assert len(figure.figure.axes[0].lines) == 4

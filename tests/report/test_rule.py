"""What the rule decides: roll out, discuss, or do not."""

from collections.abc import Sequence

import pytest

from sim.metrics.catalogue import PRIMARY
from sim.report.rule import DecisionRule, references_of
from tests.charts.comparisons import NO_GAIN, make_comparison
from tests.report.decisions import CONTROL_GINI, LOSS, SMALL, SURE, TWICE, of, with_gini


@pytest.mark.parametrize(
    ("gain", "smallest", "outcome"),
    [
        (SURE, 0.028, "roll_out"),
        (SURE, 0.03, "discuss"),
        (SURE, 0.032, "do_not_roll_out"),
        (SMALL, 0.0, "roll_out"),
        (NO_GAIN, 0.0, "discuss"),
        (LOSS, 0.0, "do_not_roll_out"),
        ((0.0, 0.0, 0.0), 0.0, "do_not_roll_out"),  # the same in every run: surely no gain
    ],
)
def test_the_whole_interval_decides_against_the_smallest_effect(gain: Sequence[float], smallest: float, outcome: str) -> None:
    assert of(make_comparison({"one": gain}), DecisionRule(smallest_effect=smallest, min_replications=3)).outcome == outcome


@pytest.mark.parametrize(
    ("rise", "verdict", "outcome"),
    [
        ((0.02, 0.02, 0.021), "within limit", "roll_out"),
        ((0.04, 0.05, 0.06), "not clear yet", "discuss"),
        ((0.08, 0.08, 0.081), "crossed", "do_not_roll_out"),
        ((-0.08, -0.08, -0.081), "within limit", "roll_out"),  # more equal is no harm
    ],
)
def test_one_guardrail_is_enough_to_hold_back_a_clear_gain(rise: Sequence[float], verdict: str, outcome: str) -> None:
    found = of(with_gini(one=rise))
    assert [check.test.verdict for check in found.arms["one"].checks] == [verdict, "within limit"]
    assert found.outcome == outcome


def test_a_larger_effect_that_crosses_a_guardrail_does_not_go_before_a_smaller_that_does_not() -> None:
    metrics = {"uniform": {"exposure_gini": CONTROL_GINI}, "large": {"exposure_gini": (0.4, 0.4, 0.401)}}
    metrics["small"] = {"exposure_gini": CONTROL_GINI}
    found = of(make_comparison({"large": TWICE, "small": SURE}, metrics=metrics))
    assert (found.outcome, found.arm) == ("roll_out", "small")
    assert found.arms["large"].outcome == "do_not_roll_out"


def test_a_metric_that_was_not_measured_cannot_decide() -> None:
    with pytest.raises(KeyError):
        of(make_comparison({"one": SURE}), DecisionRule(primary="nope"))
    assert DecisionRule().primary == PRIMARY


def test_arms_that_know_the_truth_are_references_but_for_the_control() -> None:
    comparison = make_comparison({"mine": SURE, "oracle": SURE}, references=["mine", "uniform"])
    assert references_of(comparison) == ("mine",)
    assert set(of(comparison).arms) == {"oracle"}


def test_less_may_be_better() -> None:
    assert DecisionRule().higher
    assert not DecisionRule(primary="hours_to_assign").higher

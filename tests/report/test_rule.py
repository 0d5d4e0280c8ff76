"""What the rule decides: roll out, discuss, or do not."""

from collections.abc import Sequence

import numpy as np
import pytest

from sim.metrics.catalogue import RETURN_RATE
from sim.report.rule import DecisionRule, disagreements, references_of
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
    assert DecisionRule().primary == RETURN_RATE


def test_arms_that_know_the_truth_are_references_but_for_the_control() -> None:
    comparison = make_comparison({"mine": SURE, "oracle": SURE}, references=["mine", "uniform"])
    assert references_of(comparison) == ("mine",)
    assert set(of(comparison).arms) == {"oracle"}


def test_less_may_be_better() -> None:
    assert DecisionRule().higher
    assert not DecisionRule(primary="hours_to_assign").higher


def test_fewer_than_five_replications_decide_nothing() -> None:
    found = of(make_comparison({"one": SURE}), DecisionRule())
    assert (found.outcome, found.arm, found.power) == ("too_few", None, None)
    assert found.arms["one"].outcome == "too_few"


def test_what_is_unclear_says_how_many_replications_would_settle_it() -> None:
    # .03 on average with sd .02; .025 from the limit of .005: t(.975, n - 1) * .02 / sqrt(n) < .025 from n = 5 on: 2.776 * .00894
    found = of(make_comparison({"one": (0.01, 0.03, 0.05)}), DecisionRule(smallest_effect=0.005, min_replications=3))
    assert found.arms["one"].settled_at == 5
    # a gain that is clear needs no more
    assert of(make_comparison({"one": SURE}), DecisionRule(min_replications=3)).arms["one"].settled_at is None


def test_estimates_are_shrunk_among_those_that_may_be_chosen() -> None:
    # means .03 and .02, errors of the deviation from their mean .0000 and more; the arm that is ruled out pulls nobody
    gains = {"one": (0.02, 0.03, 0.04), "two": (0.03, 0.01, 0.02), "lost": (-0.1, -0.1, -0.101)}
    arms = of(make_comparison(gains), DecisionRule(min_replications=3)).arms
    assert np.isnan(arms["lost"].shrunk)
    # half the gap by replication: -.005, .01, .01, error^2 = .000075 / 3 = .000025 each; squares around .025 sum to .00005, less
    # .00005: nothing is left of the gap
    assert arms["one"].shrunk == pytest.approx(0.025)
    assert arms["two"].shrunk == pytest.approx(0.025)


def test_an_arm_that_gains_in_returns_and_loses_in_value_is_pointed_out() -> None:
    value = "net_contribution_per_client_24m_eur"
    metrics = {
        "uniform": {value: (10.0, 10.0, 10.0)},
        "gaming": {value: (8.0, 8.0, 8.1)},
        "honest": {value: (12.0, 12.0, 12.1)},
    }
    comparison = make_comparison({"gaming": SURE, "honest": SURE}, metrics=metrics)
    assert disagreements(comparison, DecisionRule()) == ("gaming",)
    assert disagreements(comparison, DecisionRule(primary=value)) == ("gaming",)

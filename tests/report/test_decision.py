"""The decision in a sentence."""

from dataclasses import replace

import pytest

from sim.metrics.catalogue import PRIMARY
from sim.report.decision import decision
from tests.charts.comparisons import GAIN, NO_GAIN, make_comparison

SURE = (0.03, 0.03, 0.031)


def test_the_winner_is_named_with_gain_interval_replications_and_control() -> None:
    # the numbers of tests/report/test_format.py: .030333 -+ .0014342
    assert decision(make_comparison({"wecasa_2025": SURE})) == (
        "wecasa_2025 brings more clients back than uniform: the share of new clients who book again within 6 months is 3.03 "
        "percentage points higher (95 % interval 2.89 to 3.18, 3 replications)."
    )


def test_an_oracle_never_wins() -> None:
    text = decision(make_comparison({"wecasa_2025": SURE, "oracle": (0.09, 0.09, 0.091)}))
    assert text.startswith("wecasa_2025 brings more clients back")
    assert "oracle" not in text
    alone = decision(make_comparison({"oracle": (0.09, 0.09, 0.091)}))
    assert alone == "There is nothing to decide: no policy was compared with uniform."


def test_a_reference_by_another_name_does_not_win_either() -> None:
    comparison = make_comparison({"wecasa_2025": SURE, "mine": (0.09, 0.09, 0.091)}, references=["mine"])
    assert decision(comparison).startswith("wecasa_2025 ")


def test_the_largest_gain_wins_and_is_ahead_when_the_data_separate_it() -> None:
    text = decision(make_comparison({"small": SURE, "large": (0.06, 0.06, 0.061)}))
    assert text.startswith("large brings more clients back than uniform: ")
    assert text.endswith(" It is ahead of every other policy.")


def test_policies_from_which_the_winner_is_not_separated_are_named() -> None:
    # first minus second: .001, -.001, .0015, which holds zero; first minus third: .06 each
    gains = {"first": (0.061, 0.060, 0.0615), "second": (0.060, 0.061, 0.060), "third": (0.001, 0.0, 0.0015)}
    assert decision(make_comparison(gains)).endswith(" The data do not separate it from second.")


def test_a_noisy_policy_that_may_be_ahead_is_named_too() -> None:
    gains = {"clear": SURE, "noisy": (-0.05, 0.0, 0.20)}
    text = decision(make_comparison(gains))
    assert text.startswith("clear brings more clients back")
    assert text.endswith(" The data do not separate it from noisy.")


def test_no_clear_gain_is_no_winner() -> None:
    text = decision(make_comparison({"one": NO_GAIN, "two": (-0.02, 0.0, 0.01)}))
    assert text.startswith("No policy can be told apart from uniform: in 3 replications, ")


@pytest.mark.parametrize(
    ("gains", "who"),
    [
        ({"one": (-0.03, -0.03, -0.031)}, "one brings"),
        ({"one": (-0.03, -0.03, -0.031), "two": (-0.04, -0.04, -0.041)}, "one and two bring"),
    ],
)
def test_clear_losses_keep_the_control(gains: dict[str, tuple[float, ...]], who: str) -> None:
    text = decision(make_comparison(gains))
    assert text == f"Keep uniform: in 3 replications, no policy brings clearly more clients back, and {who} fewer back."


def test_one_replication_decides_nothing() -> None:
    text = decision(make_comparison({"wecasa_2025": GAIN}, n_replications=1))
    assert text.startswith("There is nothing to decide yet: 1 replication cannot tell any policy from uniform.")


def test_without_another_arm_there_is_nothing_to_decide() -> None:
    assert decision(make_comparison({})) == "There is nothing to decide: no policy was compared with uniform."


def test_a_difference_too_small_to_matter_is_practically_equal() -> None:
    small = (0.003, 0.003, 0.0031)
    comparison = make_comparison({"one": small})
    rows = tuple(replace(row, verdict="practically equal") if row.metric == PRIMARY else row for row in comparison.differences)
    assert decision(replace(comparison, differences=rows)).startswith("one is practically equal to uniform: in 3 replications, ")
    mixed = make_comparison({"one": small, "noisy": (-0.05, 0.0, 0.20)})
    rows = tuple(
        replace(row, verdict="practically equal") if (row.metric, row.arm) == (PRIMARY, "one") else row for row in mixed.differences
    )
    assert decision(replace(mixed, differences=rows)).endswith(" noisy cannot be told apart from uniform.")


def fill(*shares: float) -> dict[str, tuple[float, ...]]:
    return {"fill_rate": shares}


def test_another_metric_that_decides_is_named_with_its_difference() -> None:
    # .02 +- t(.975, 2) * .001 / sqrt(3) = .002484
    better = make_comparison({"two": NO_GAIN}, metrics={"two": fill(0.519, 0.52, 0.521)})
    assert decision(replace(better, primary="fill_rate")) == (
        'two is better than uniform in "Requests that a pro accepted": +2.00 points [+1.75, +2.25] (3 replications).'
    )
    worse = make_comparison({"two": NO_GAIN}, metrics={"two": fill(0.481, 0.48, 0.479)})
    assert decision(replace(worse, primary="fill_rate")) == (
        'Keep uniform: in 3 replications, no policy is better in "Requests that a pro accepted", and two is worse.'
    )
    same = make_comparison({"two": NO_GAIN})
    assert decision(replace(same, primary="fill_rate")) == (
        'No policy is better or worse than uniform in "Requests that a pro accepted", as far as 3 replications can tell.'
    )


def test_where_less_is_better_the_rival_that_is_not_clearly_worse_is_named() -> None:
    hours = {"one": {"hours_to_assign": (0.40, 0.41, 0.39)}, "two": {"hours_to_assign": (0.41, 0.40, 0.39)}}
    text = decision(replace(make_comparison({"one": NO_GAIN, "two": NO_GAIN}, metrics=hours), primary="hours_to_assign"))
    assert "is better than uniform in" in text
    assert "The data do not separate it from " in text

"""Numbers and verdicts in words."""

import math

import pytest

from sim.metrics.catalogue import METRICS
from sim.report import format as words
from sim.statistics.intervals import Interval
from sim.words.units import NOT_DEFINED
from tests.charts.comparisons import EIGHT, GAIN, NO_GAIN, make_comparison

SURE = (0.03, 0.03, 0.031)
"""A gain of .030333; sd .00057735, error .00033333, times t(.975, 2) = 4.30265: half-width .0014342."""


def test_differences_carry_sign_unit_and_interval() -> None:
    row = make_comparison({"wecasa_2025": SURE}).difference("wecasa_2025", "return_rate_6m")
    assert row is not None
    # .030333 -+ .0014342 is .028899 to .031768
    assert words.difference(row, "share") == "+3.03 points [+2.89, +3.18]"
    one = make_comparison({"wecasa_2025": GAIN}, n_replications=1).difference("wecasa_2025", "return_rate_6m")
    assert one is not None
    assert words.difference(one, "share") == "+2.00 points"


def test_p_values_shares_of_a_gain_and_counts_are_written_plainly() -> None:
    assert (words.p_value(0.0004), words.p_value(0.0213), words.p_value(math.nan)) == ("< 0.001", "0.021", "–")
    assert words.share_of_gain(Interval(0.1712, 0.112, 0.229, 8)) == "17 % [11 to 23]"
    assert words.share_of_gain(Interval(1.0, 1.0, 1.0, 8)) == "100 %"
    assert words.share_of_gain(Interval(math.nan, math.nan, math.nan, 8)) == "–"
    assert (words.count(1, "replication"), words.count(1200, "client")) == ("1 replication", "1,200 clients")


def test_the_control_is_named_and_judged_against_nobody() -> None:
    # rates .27, .28, .29: sd .01, error .0057735, half-width 2.48 points
    line = words.verdict_line(make_comparison({"wecasa_2025": SURE}), "uniform")
    assert line == "uniform: the control. 28.0 ± 2.5 % of new clients book again within 6 months."


def test_a_better_arm_is_said_to_be_better_by_how_much_and_where_it_is_worse() -> None:
    ginis = {"uniform": {"exposure_gini": (0.30, 0.30, 0.30)}, "wecasa_2025": {"exposure_gini": (0.40, 0.40, 0.41)}}
    line = words.verdict_line(make_comparison({"wecasa_2025": SURE}, metrics=ginis), "wecasa_2025")
    # rates .30, .31, .321: mean .31033, sd .010504, error .0060645, half-width 2.61 points
    assert line == (
        "wecasa_2025: better than uniform. 31.0 ± 2.6 % of new clients book again within 6 months, +3.03 points [+2.89, +3.18] "
        "against uniform. Worse in: Inequality of exposure between pros (Gini)."
    )


@pytest.mark.parametrize(
    ("gain", "n", "start"),
    [
        ((-0.03, -0.03, -0.031), 3, "wecasa_2025: worse than uniform. "),
        (NO_GAIN, 3, "wecasa_2025: not distinguishable from uniform. "),
        ((0.0, 0.0, 0.0), 3, "wecasa_2025: identical to uniform. "),
        (GAIN, 1, "wecasa_2025: no verdict, 1 replication cannot tell. 29.0 % of new clients"),
        ((math.nan,) * 3, 3, "wecasa_2025: no verdict, not defined in any replication. – of new clients"),
    ],
)
def test_every_verdict_has_its_words(gain: tuple[float, ...], n: int, start: str) -> None:
    assert words.verdict_line(make_comparison({"wecasa_2025": gain}, n_replications=n), "wecasa_2025").startswith(start)


def test_an_arm_that_knows_the_truth_is_a_reference_whatever_its_name() -> None:
    start = "mine: a reference that knows the truth, not a policy; better than uniform. "
    assert words.verdict_line(make_comparison({"mine": SURE}, references=["mine"]), "mine").startswith(start)
    named_like_one = words.verdict_line(make_comparison({"oracle_of_mine": SURE}, references=[]), "oracle_of_mine")
    assert named_like_one.startswith("oracle_of_mine: better than uniform. ")


def test_the_control_is_never_a_reference() -> None:
    comparison = make_comparison({"uniform": SURE}, control="oracle")
    assert words.references_of(comparison) == ()
    assert words.verdict_line(comparison, "oracle").startswith("oracle: the control. ")


def test_the_table_shows_every_headline_number_of_every_arm_with_its_mark() -> None:
    metrics = {"wecasa_2025": {"exposure_gini": (0.40, 0.40, 0.41), "months_to_break_even": (math.nan,) * 3}}
    table = words.text_table(make_comparison({"wecasa_2025": SURE, "oracle": NO_GAIN}, metrics=metrics))
    rows = {line.split()[0]: line for line in table.splitlines() if line and not line.startswith(("-", " "))}
    # uniform: 8 headline numbers; the others carry a mark each
    assert rows["uniform"].split() == [
        "uniform",
        "28.0±2.5",
        "50.0±0.0",
        "50.0±0.0",
        "23.00±0.00",
        "20.0±0.0",
        "50.0±0.0",
        "0.30±0.00",
        "130±0",
    ]
    assert "31.0±2.6 +" in rows["wecasa_2025"]
    assert "– ?" in rows["wecasa_2025"]
    # sd .0057735, error .0033333, half-width .014342
    assert "0.40±0.01 -" in rows["wecasa_2025"]
    # the oracle's primary gains are -.01, 0, .01, its other numbers those of the control
    assert "28.0±5.0 ~" in rows["oracle"]
    assert rows["oracle"].count("=") == 7
    assert rows["oracle"].startswith("oracle *")
    assert "+ better, - worse, ~ not distinguishable, = identical, ? not defined" in table
    assert "* knows the truth" in table
    assert f"{NOT_DEFINED} not defined: " in table
    assert "3 replications; ± is the 95 % interval of the arm alone, over the luck of the draw." in table


@pytest.mark.parametrize("gains", [{}, {"wecasa_2025": GAIN}, EIGHT, {"x" * 200: GAIN}], ids=["1 arm", "2 arms", "8 arms", "long"])
def test_the_table_is_at_most_120_columns_wide_and_loses_no_metric(gains: dict[str, tuple[float, ...]]) -> None:
    table = words.text_table(make_comparison(gains))
    assert max(map(len, table.splitlines())) <= 120
    rules = [line for line in table.splitlines() if line.startswith("--")]
    # each block has a rule with a piece for the names and one for each of its metrics
    assert sum(len(rule.split()) - 1 for rule in rules) == sum(metric.headline for metric in METRICS) == 8


def test_the_table_of_the_default_arms_is_one_block() -> None:
    six = {arm: EIGHT[arm] for arm in ("rating", "wecasa_2022", "wecasa_2025", "cleaning_score", "oracle")}
    table = words.text_table(make_comparison(six))
    assert sum(line.startswith("--") for line in table.splitlines()) == 1

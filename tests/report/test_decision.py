"""A decision in words."""

from dataclasses import replace

from sim.report.decision import (
    arm_sentence,
    decision_sentence,
    inert_sentence,
    power_sentence,
    rule_sentences,
    what_follows,
)
from sim.report.rule import DecisionRule, decide
from tests.charts.comparisons import GAIN, NO_GAIN, make_comparison
from tests.report.decisions import CONTROL_GINI, LOSS, NOISY, RULE, SMALL, SURE, TWICE, of


def test_a_clear_gain_within_every_guardrail_is_rolled_out() -> None:
    comparison = make_comparison({"wecasa_2025": SURE})
    found = of(comparison)
    assert (found.outcome, found.arm) == ("roll_out", "wecasa_2025")
    assert decision_sentence(comparison, found) == (
        "wecasa_2025 is worth rolling out: new clients who book again within 6 months +3.03 points [+2.89, +3.18] against uniform"
        " (3 replications), clearly more than the 0.50 points that matter, and every guardrail is within its limit. For the"
        " platform: 0.00 EUR [0.00, 0.00] a year, net of acquisition, where uniform nets 23.00 EUR."
    )


def test_a_fall_of_the_fill_rate_crosses_its_limit() -> None:
    metrics = {"one": {"fill_rate": (0.48, 0.48, 0.481)}}  # the control stands at .5 in every run
    found = of(make_comparison({"one": SURE}, metrics=metrics))
    assert found.arms["one"].checks[1].test.verdict == "crossed"
    crossed = (
        "guardrail crossed: Requests that a pro accepted −1.97 points [−2.11, −1.82], 0.97 points beyond the limit of −1.00 points."
    )
    assert crossed in arm_sentence(found, found.arms["one"])


def test_an_arm_that_knows_the_truth_is_never_rolled_out() -> None:
    gains = {"wecasa_2025": SURE, "oracle": (0.09, 0.09, 0.091)}
    found = of(make_comparison(gains))
    assert found.arm == "wecasa_2025"
    assert set(found.arms) == {"wecasa_2025"}
    mine = make_comparison({"mine": SURE}, references=["mine"])
    assert of(mine).outcome == "nothing_to_decide"
    assert decision_sentence(mine, of(mine)) == "There is nothing to decide: no policy was compared with uniform."


def test_the_largest_effect_among_those_that_may_be_rolled_out_is_chosen() -> None:
    comparison = make_comparison({"small": SURE, "large": TWICE})
    text = decision_sentence(comparison, of(comparison))
    assert text.startswith("large is worth rolling out: ")
    # centre .045333, both .015 from it and hardly any error: nothing to allow for
    assert text.endswith(
        " Allowing for its having been chosen among 2, expect +6.07 points. large is clearly ahead of small, which may be rolled"
        " out as well."
    )


def test_policies_from_which_the_choice_is_not_separated_are_named() -> None:
    # first minus second: .001, -.001, .0015, which holds zero
    comparison = make_comparison({"first": (0.061, 0.060, 0.0615), "second": (0.060, 0.061, 0.060)})
    text = decision_sentence(comparison, of(comparison))
    assert text.endswith(" The data do not separate first from second, which may be rolled out as well.")


def test_what_the_runs_do_not_settle_is_to_be_discussed() -> None:
    one = make_comparison({"one": NOISY})
    assert decision_sentence(one, of(one)).startswith(
        "one may be worth rolling out, which these runs do not settle: new clients who book again within 6 months +3.00 points"
    )
    two = make_comparison({"one": NOISY, "two": NO_GAIN, "lost": (-0.1, -0.1, -0.101)})
    text = decision_sentence(two, of(two))
    assert text.startswith(
        "one and two may be worth rolling out, which these runs do not settle. The largest effect is that of one:"
    )


def test_when_every_policy_is_ruled_out_the_control_is_kept() -> None:
    comparison = make_comparison({"one": LOSS, "two": SMALL})
    found = of(comparison)
    assert (found.outcome, found.arm) == ("do_not_roll_out", None)
    assert decision_sentence(comparison, found) == ("Keep uniform: no policy is worth rolling out by this rule (3 replications).")
    assert arm_sentence(found, found.arms["two"]).startswith(
        "two: do not roll out. New clients who book again within 6 months +0.30 points ["
    )
    assert "clearly less than the 0.50 points that matter" in arm_sentence(found, found.arms["two"])


def test_one_replication_decides_nothing() -> None:
    comparison = make_comparison({"wecasa_2025": GAIN}, n_replications=1)
    found = of(comparison)
    assert decision_sentence(comparison, found) == (
        "There is nothing to decide: 1 replication is far too few. At least 3 are needed."
    )
    assert arm_sentence(found, found.arms["wecasa_2025"]).startswith("wecasa_2025: far too few replications to judge. ")


def test_a_primary_metric_that_is_not_defined_is_not_blamed_on_the_number_of_replications() -> None:
    nan = (float("nan"),) * 3
    comparison = make_comparison({"one": SURE}, metrics={"one": {"late_share": nan}, "uniform": {"late_share": nan}})
    found = of(comparison, DecisionRule(primary="late_share", min_replications=3))
    assert decision_sentence(comparison, found).startswith(
        "There is nothing to decide: the primary metric is not defined in any replication ("
    )
    assert arm_sentence(found, found.arms["one"]).startswith("one: nothing to decide, not defined in any replication: ")
    # in one of three
    once = make_comparison({"one": SURE}, metrics={"one": {"late_share": (0.1, *nan[:2])}})
    assert "1 replication cannot tell" in decision_sentence(once, of(once, DecisionRule(primary="late_share", min_replications=3)))


def test_a_guardrail_that_is_crossed_rules_out_whatever_the_primary_metric_says() -> None:
    nan = (float("nan"),) * 3
    values = {"one": {"late_share": nan, "exposure_gini": (0.4, 0.4, 0.401)}, "uniform": {"exposure_gini": CONTROL_GINI}}
    found = of(make_comparison({"one": SURE}, metrics=values), replace(RULE, primary="late_share"))
    assert found.outcome == "do_not_roll_out"
    assert "guardrail crossed: Inequality of exposure" in arm_sentence(found, found.arms["one"])


def test_a_guardrail_that_is_not_defined_holds_a_policy_back() -> None:
    nan = (float("nan"),) * 3
    found = of(make_comparison({"one": SURE}, metrics={"one": {"exposure_gini": nan}}))
    assert found.outcome == "discuss"
    assert "guardrail not defined: Inequality of exposure between pros (Gini)" in arm_sentence(found, found.arms["one"])


def test_where_less_is_better_a_fall_is_a_gain() -> None:
    faster = {"one": {"hours_to_assign": (0.2, 0.2, 0.21)}, "two": {"hours_to_assign": (0.1, 0.1, 0.11)}}  # .5 for the control
    comparison = make_comparison({"one": NO_GAIN, "two": NO_GAIN}, metrics=faster)
    found = of(comparison, DecisionRule(primary="hours_to_assign", smallest_effect=0.1, min_replications=3))
    assert (found.outcome, found.arm) == ("roll_out", "two")
    assert "hours from request to acceptance −0.40 hours" in decision_sentence(comparison, found)


def test_the_rule_is_said_in_plain_words_with_its_numbers() -> None:
    text = " ".join(rule_sentences(RULE, 5, "95 %"))
    for words in (
        "New clients who book again within 6 months (higher is better). A change of 0.50 points or less does not matter.",
        "Inequality of exposure between pros (Gini): up by 0.050 at most; Requests that a pro accepted: down by 1.00 points at"
        " most.",
        "over the luck of the draw in this one market",
        "They hold with 95 % for all 5 arms of a metric together.",
    ):
        assert words in text
    # a page with other markets on it does not say that there are none
    elsewhere = " ".join(rule_sentences(RULE, 5, "95 %", elsewhere=True))
    assert "do not say how the answer changes" in text
    assert "do not say how the answer changes" not in elsewhere
    assert "stands under “In other plausible markets”" in elsewhere
    assert "There are no guardrails." in rule_sentences(DecisionRule(), 1, "95 %")


def test_what_follows_is_what_the_configuration_says_or_the_usual() -> None:
    rule = DecisionRule(follows={"roll_out": "Ship on Monday."})
    assert what_follows(rule, "roll_out") == "Ship on Monday."
    assert what_follows(rule, "discuss").startswith("Add replications")
    assert what_follows(rule, "nothing_to_decide") == ""


def test_on_a_market_that_is_too_far_from_the_file_no_arm_is_judged() -> None:
    comparison = make_comparison({"wecasa_2025": SURE, "rating": LOSS})
    found = decide(comparison, RULE, ranks=False)
    assert (found.outcome, found.arm) == ("not_ranked", None)
    assert {one.outcome for one in found.arms.values()} == {"not_ranked"}
    assert decision_sentence(comparison, found) == "No policy is ranked: the simulation of uniform is too far from the file."
    # .0303333 -+ t(.9875, 2) * .00033333 = .0020684 for two arms together; no word on whether that is enough
    assert arm_sentence(found, found.arms["wecasa_2025"]) == (
        "wecasa_2025: not ranked. New clients who book again within 6 months +3.03 points [+2.83, +3.24] (3 replications)."
    )
    assert what_follows(RULE, "not_ranked").startswith("Bring the base to the file")


def test_money_has_its_period_and_what_it_stands_beside() -> None:
    value, yearly = "net_contribution_per_client_24m_eur", "net_contribution_per_year_eur"
    metrics = {
        "uniform": {value: (1.0, 2.0, 3.0), yearly: (10000.0, 11000.0, 12000.0)},
        "one": {value: (2.0, 3.0, 4.01), yearly: (12000.0, 13000.0, 14001.0)},
    }
    comparison = make_comparison({"one": SURE}, metrics=metrics)
    found = of(comparison, DecisionRule(primary=value, min_replications=3))
    # +1.0033 EUR for one client, +2,000 a year; the control nets 11,000
    assert "That is +1,003 EUR per 1,000 new clients; for the platform +2,000 EUR [" in decision_sentence(comparison, found)
    assert "] a year, net of acquisition, where uniform nets 11,000 EUR." in decision_sentence(comparison, found)


def test_a_policy_that_is_held_back_says_what_that_gives_up() -> None:
    metrics = {
        "uniform": {"exposure_gini": CONTROL_GINI, "net_contribution_per_year_eur": (10000.0, 11000.0, 12000.0)},
        "one": {"exposure_gini": (0.4, 0.4, 0.401), "net_contribution_per_year_eur": (12000.0, 13000.0, 14001.0)},
    }
    found = of(make_comparison({"one": SURE}, metrics=metrics))
    assert "0.050 beyond the limit of +0.050" in arm_sentence(found, found.arms["one"])
    assert "Not rolling it out gives up +2,000 EUR [" in arm_sentence(found, found.arms["one"])


def test_a_bound_that_would_look_like_its_limit_is_written_with_one_more_digit() -> None:
    # .030333 -+ .0014342: the lower bound is .0288991, beside what matters, .0289
    comparison = make_comparison({"one": SURE})
    found = of(comparison, DecisionRule(smallest_effect=0.02889, min_replications=3))
    assert found.outcome == "roll_out"
    assert "+3.033 points [+2.890, +3.177]" in arm_sentence(found, found.arms["one"])
    assert "clearly more than the 2.889 points that matter" in arm_sentence(found, found.arms["one"])


def test_the_rule_says_what_it_can_find() -> None:
    comparison = make_comparison({"one": NOISY})
    found = of(comparison)
    assert found.power is not None
    # sd .02, 3 replications, smallest effect .005; twice that is hardly ever found
    assert power_sentence(found, 3).startswith("With 3 replications the rule finds a policy that truly brings ")
    assert power_sentence(found, 3).endswith(" 1.00 points, twice what matters, with 5 %.")


def test_an_arm_that_is_the_same_in_every_number_is_called_inert() -> None:
    comparison = make_comparison({"idle": (0.0, 0.0, 0.0), "one": SURE})
    assert inert_sentence(comparison) == "idle is inert in this market: the same as uniform in every number of every run."
    assert inert_sentence(make_comparison({"one": SURE})) == ""

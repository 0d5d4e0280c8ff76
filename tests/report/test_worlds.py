"""What is told about plausible markets: every number of it worked out by hand."""

from dataclasses import replace

import numpy as np
import pytest

from sim.report.decision import decision_sentence, follows
from sim.report.rule import Decision, DecisionRule, decide
from sim.report.worlds import limits_sentence, origin_sentences, shown_arm, world_findings, world_sentences
from sim.worlds.found import ArmOverWorlds, OverWorlds
from tests.charts.comparisons import make_comparison
from tests.report.decisions import RULE, SURE
from tests.report.plausible import LATE, SHARE, a_look, arm, dependence, in_full, information

COMPARISON = make_comparison({"wecasa_2025": SURE, "oracle": (0.09, 0.09, 0.091)})
HOLDS = arm("wecasa_2025", 0.02, 0.01)
"""Effects of .01 to .03, all above the .005 that matter."""
FRAGILE = arm("wecasa_2025", 0.012, 0.012)
"""Effects of 0 to .024: of 64 in equal steps, the 51 from .0051 on are above .005, which is 80 %; Wilson's interval is [68, 88]."""


def judged(over: OverWorlds, rule: DecisionRule = RULE) -> Decision:
    return decide(COMPARISON, rule, shares=over.shares)


def said(over: OverWorlds, rule: DecisionRule = RULE) -> str:
    return " ".join(world_sentences(over, judged(over, rule)))


def found(over: OverWorlds, rule: DecisionRule = RULE) -> str:
    return " ".join(world_findings(over, judged(over, rule)))


def test_a_decision_that_holds_says_in_what_share_of_markets_and_what_to_measure() -> None:
    text = said(in_full([HOLDS]))
    assert text == (
        "It holds in other plausible markets: wecasa_2025 is worth rolling out in 100 % [94, 100] of them (64 worlds: clearly in"
        " 64, clearly not in 0). Measure next: ask clients whether they will book again, worth 1,200 [600, 2,400] EUR a year. 200"
        " cases are enough for nine tenths of what it can bring. To know everything would bring 2,000 [1,000, 4,000] EUR a year."
    )


def test_a_roll_out_that_does_not_hold_is_discussed_and_says_what_it_depends_on_and_what_follows() -> None:
    over = in_full([FRAGILE])
    decision, text = judged(over), said(over)
    assert (decision.outcome, decision.arm) == ("discuss", "wecasa_2025")
    assert text.startswith(
        "Over plausible markets wecasa_2025 is worth rolling out in 80 % [68, 88] only, fewer than the 90 % asked for (64 worlds:"
        " clearly in 51, clearly not in 13). What holds wecasa_2025 back: too small an effect in 20 % [12, 32]. What wecasa_2025"
        f" brings depends most on {SHARE} (55 % of the variance) and leakage (25 % of the variance)."
    )
    assert decision_sentence(COMPARISON, decision).startswith("wecasa_2025 would be rolled out in this market, but not in enough")
    # more replications would not help, unless the team has said what follows
    assert "more replications do not settle this" in follows(decision)
    own = judged(over, replace(RULE, follows={"discuss": "Ask Ada."}))
    assert follows(own) == "Ask Ada."


def test_a_share_just_large_enough_holds() -> None:
    assert judged(in_full([FRAGILE]), replace(RULE, robust_share=51 / 64)).outcome == "roll_out"
    assert judged(in_full([FRAGILE]), replace(RULE, robust_share=51 / 64 + 1e-9)).outcome == "discuss"


def test_a_look_says_that_it_is_one_and_nothing_of_what_it_has_not_seen() -> None:
    over = a_look(arm("wecasa_2025", 0.02, n=16))
    text = said(over)
    # Wilson for 16 of 16: 16 / (16 + 1.96^2) = .806
    assert "in 100 % [81, 100] of them (16 worlds:" in text
    assert text.endswith("worlds=64 says it more surely, of all arms, and what it depends on.")
    assert len(world_sentences(over, judged(over))) == 1
    for words in ("depends most", "Measure", "safest", "tenth"):
        assert words not in found(over)


def test_a_policy_that_is_not_rolled_out_says_its_share_too() -> None:
    loss = make_comparison({"wecasa_2025": (-0.03, -0.03, -0.031)})
    over = in_full([arm("wecasa_2025", -0.01, 0.02)])
    decision = decide(loss, RULE, shares=over.shares)
    assert decision.outcome == "do_not_roll_out"
    # -.03 to .01 in 64 steps: the 8 above .005, 12.5 %
    text = " ".join(world_sentences(over, decision))
    assert text.startswith("Over plausible markets wecasa_2025 is worth rolling out in 12 % [6, 23] (64 worlds: clearly in 8,")


def test_the_findings_name_mean_spread_and_what_to_expect() -> None:
    # a straight line of half-width .012 has a standard deviation of .012 / sqrt(3) = .0069
    assert (
        "New clients who book again within 6 months, wecasa_2025 against uniform: +1.20 points [+0.90, +1.50] on average over"
        " plausible markets. Beyond luck these differ by 0.69 points (standard deviation); in the true one expect 0.00 points to"
        " +2.40 points."
    ) in found(in_full([FRAGILE]))


def test_the_findings_name_what_flips_the_verdict() -> None:
    text = found(in_full([FRAGILE]))
    assert f"Where {SHARE} is below 0.48, wecasa_2025 brings less than the 0.50 points that matter on average." in text
    assert "With leakage on, wecasa_2025 brings less than the 0.50 points that matter on average." in text
    assert f"Where {LATE}" not in text


def test_a_number_that_the_verdict_falls_with_flips_it_above() -> None:
    understood = dependence("wecasa_2025")
    falling = replace(understood.curves[0], mean=understood.curves[0].mean[::-1])
    over = replace(in_full([FRAGILE]), dependence=replace(understood, curves=(falling,)))
    assert f"Where {SHARE} is above 0.48, wecasa_2025 brings less" in found(over)


def test_the_corner_where_it_is_worst_is_described_by_the_numbers_that_matter() -> None:
    # a tenth of 64 worlds are those that begin below .1: 0 to 6, at u = (0 + .5) / 64 to 6.5 / 64, mean 3.5 / 64 = .0547;
    # the share is there .43 + .2 * .0547 = .441, and the effect .012 + .012 * (2 * .0547 - 1) = .0013;
    # leakage is off in 4 of 7, about as everywhere, and goes without saying
    text = found(in_full([FRAGILE]))
    assert (
        "In the tenth of worlds where wecasa_2025 does worst it brings +0.13 points on average; there"
        f" {SHARE} is 0.441 (0.53 in all)."
    ) in text


def test_a_level_that_is_commoner_where_it_is_worst_is_named() -> None:
    over = in_full([FRAGILE])
    # on in the 16 lowest worlds of 64
    switch = replace(over.numbers[2], values=("on",) * 16 + ("off",) * 48)
    text = found(replace(over, numbers=(*over.numbers[:2], switch)))
    assert "and leakage is on in 100 % (25 % in all)." in text


def test_where_lower_is_better_the_worst_worlds_are_those_with_the_highest_effect() -> None:
    rule = DecisionRule(primary="hours_to_assign", smallest_effect=0.1, min_replications=3)
    one = arm("wecasa_2025", -0.3, 0.3)
    over = in_full([one])
    found_ = world_findings(over, Decision(rule, "roll_out", "wecasa_2025", {}))
    # the 7 highest of -.6 to 0: -.3 + .3 * (1 - 2 * .0547) = -.033
    assert any(f"it brings −0.03 hours on average; there {SHARE} is 0.619" in text for text in found_)


def test_the_safest_arm_is_the_one_with_the_least_regret_in_its_worst_tenth_the_control_included() -> None:
    other = arm("rating", 0.011)
    safer = replace(other, worst_tenth_regret=replace(other.worst_tenth_regret, estimate=0.003))
    assert "rating is the safest arm: in the tenth of worlds that is worst for it, it brings 0.30 points less" in found(
        in_full([FRAGILE, safer])
    )
    over = in_full([FRAGILE, safer])
    least = tuple(replace(one, estimate=0.001) for one in over.control_regret)
    assert "uniform is the safest arm" in found(replace(over, control_regret=least))
    # one policy alone has nothing to be compared with
    assert "safest" not in found(replace(in_full([FRAGILE]), control_regret=()))


def test_nothing_to_measure_is_said_where_certainty_brings_next_to_nothing() -> None:
    # the gain is 12,000 EUR a year, two in a hundred of it 240; certainty brings 200
    text = said(replace(in_full([FRAGILE]), information=information(0.1)))
    assert text.endswith("Nothing is worth measuring first: to know everything would bring 200 [100, 400] EUR a year.")


def test_where_no_measurement_is_described_the_most_valuable_number_is_named() -> None:
    over = in_full([FRAGILE])
    numbers = tuple(row for row in over.information if row.kind != "evsi")
    assert said(replace(over, information=numbers)).endswith(
        "No measurement that is described is clearly worth making first: to know everything would bring 2,000 [1,000, 4,000] EUR a"
        f" year; the most valuable number is {SHARE}, 1,100 [550, 2,200] EUR."
    )


def test_luck_that_hides_what_it_depends_on_is_admitted() -> None:
    text = found(replace(in_full([FRAGILE]), dependence=dependence("wecasa_2025", explained=0.05)))
    assert "What the differences between these worlds come from cannot be told: luck is too large beside them." in text
    assert "depends most" not in text
    assert "does worst" not in text


def test_sentences_are_of_the_arm_decided_on_else_of_the_one_understood() -> None:
    first, second = arm("wecasa_2025", 0.012), arm("rating", 0.02)
    over = in_full([first, second])

    def shown(arm: str | None, over: OverWorlds) -> ArmOverWorlds | None:
        return shown_arm(over, Decision(RULE, "discuss", arm, {}))

    assert shown("rating", over) is second
    assert shown(None, over) is first
    # worth it most often
    assert shown(None, replace(over, dependence=None)) is second
    oracle = arm("oracle", 0.05, reference=True)
    assert shown(None, a_look(oracle)) is None
    assert world_sentences(a_look(oracle), Decision(RULE, "nothing_to_decide", None, {})) == []


def test_where_the_worlds_come_from_is_said_with_what_is_left_of_the_prior() -> None:
    over = in_full([HOLDS])
    text = " ".join(origin_sentences(over))
    assert "21 %; 8.4 % were not ruled out after each wave of history matching (512 runs)" in text
    assert "with 4 replications" in text
    assert f"Narrowed most: {SHARE} (60 % of its spread is left) and {LATE} (60 % of its spread is left)." in text
    assert text.endswith("Given for certain, and the same in all worlds: clients.arrivals_per_day.")
    drawn = " ".join(origin_sentences(a_look(HOLDS)))
    assert "no figure of a real market was held against them" in drawn
    assert "Narrowed" not in drawn
    joint = replace(over, origin="posterior", survived=(), about="personal_care, 128 rows")
    assert "The worlds are a joint sample: personal_care, 128 rows." in origin_sentences(joint)


@pytest.mark.parametrize("replayed", [False, True])
def test_the_limits_of_the_page_are_true_with_and_without_worlds(replayed: bool) -> None:
    alone, many = limits_sentence(None, replayed), limits_sentence(in_full([HOLDS]), replayed)
    assert "nor whether the market itself" in alone or "They do not show whether the market itself is described well" in alone
    assert "those of plausible markets hold for the numbers and mechanisms that are said to be uncertain" in many
    assert ("these requests" in alone) == ("these requests" in many) == replayed


def test_weights_count_in_the_corner() -> None:
    over = in_full([FRAGILE])
    # the lowest world alone has a tenth of all weight: u = .5 / 64, share .43 + .2 * .0078 = .432
    weights = np.full(64, 0.9 / 63)
    weights[0] = 0.1
    assert f"{SHARE} is 0.432 (" in found(replace(over, weights=weights))

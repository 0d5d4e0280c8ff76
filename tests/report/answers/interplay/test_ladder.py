import pytest

from sim.report.answers.interplay.ladder import ladder_section
from sim.report.part import Part
from sim.statistics.intervals import fieller
from tests.report.parts import N, made

STEPS = {"today": "captured by the score", "truth": "noise", "oracle": "no strict order"}


def ladder(rates: dict[str, float], **more: object) -> Part:
    return made(rates, name="ladder", steps=STEPS, **more)


RATES = {"uniform": 0.30, "today": 0.31, "truth": 0.32, "oracle": 0.36, "lost": 0.305}


def test_the_answer_names_the_captured_share_and_the_largest_loss() -> None:
    # of 6 points today has 1, noise costs 1, the lack of strict order 4
    section = ladder_section(ladder(RATES))
    assert section.answer == (
        f"today captures 17 % [17, 17] of the +6.00 points [+6.00, +6.00] that strict order by the truth would bring"
        f" ({N} replications); most of the rest, 67 % [67, 67] of the whole, is lost to one cause: no strict order."
    )
    assert "Lost to noise: 17 % [17, 17] of the whole, +1.00 points [+1.00, +1.00]." in section.sentences
    assert "Lost instead of today: −0.50 points [−0.50, −0.50]." in section.sentences


@pytest.mark.parametrize(
    ("truth", "noise", "words"),
    [
        # of the 5 points lost noise costs 2 and the lack of strict order 3
        (0.33, 0.0, "most of the rest, 50 % [50, 50] of the whole, is lost to one cause: no strict order."),
        # 3 points of the 5, give or take 1.5: not clearly more than half
        (0.33, 0.015, "the largest part of the rest, 50 % ["),
    ],
)
def test_most_of_the_rest_is_clearly_more_than_half_of_it(truth: float, noise: float, words: str) -> None:
    assert words in ladder_section(ladder(RATES | {"truth": truth}, noise={"truth": noise})).answer


def test_the_largest_of_several_causes_need_not_be_most() -> None:
    steps = {"today": "captured", "a": "first", "b": "second", "oracle": "third"}
    # 5 points lost: 1.5, 1.5 and 2
    part = made({"uniform": 0.30, "today": 0.31, "a": 0.325, "b": 0.34, "oracle": 0.36}, name="ladder", steps=steps)
    assert "the largest part of the rest, 33 % [33, 33] of the whole, is lost to one cause: third." in (ladder_section(part).answer)


def test_shares_hold_for_all_steps_together() -> None:
    part = ladder(RATES, noise={"today": 0.002})
    shares = [one for one in ladder_section(part).answers if one.metric == "share_of_gain"]
    gained, whole = part.gain("today", "uniform")[0], part.gain("oracle", "uniform")[0]
    together = fieller(gained, whole, 1 - 0.05 / 3)
    assert (shares[0].low, shares[0].high) == (together.low, together.high)
    assert together.low < fieller(gained, whole).low


def test_steps_add_up_to_the_whole() -> None:
    answers = ladder_section(ladder(RATES)).answers
    steps = [one.estimate for one in answers if one.what in STEPS.values() and one.metric == "return_rate_6m"]
    whole = next(one.estimate for one in answers if one.what == "oracle, all steps")
    assert sum(steps) == pytest.approx(whole)


def test_another_market_gives_another_sentence() -> None:
    section = ladder_section(ladder(RATES | {"today": 0.35, "truth": 0.36, "oracle": 0.35}))
    # 5 of 5 points captured; knowing the truth adds one, strict order takes it away again
    assert section.answer.startswith("today captures 100 %")
    assert "Not lost to no strict order: removing it makes things worse, −1.00 points [−1.00, −1.00]." in section.sentences


def test_without_a_clear_gain_there_is_nothing_to_capture() -> None:
    section = ladder_section(ladder(RATES | {"oracle": 0.301}, noise={"oracle": 0.02}))
    assert section.answer.startswith("Even oracle is not clearly ahead of uniform here (not distinguishable (+0.10 points [")
    # no share of something that may be zero
    assert any(one.metric == "share_of_gain" and one.estimate != one.estimate for one in section.answers)


def test_a_step_within_luck_is_not_distinguishable() -> None:
    section = ladder_section(ladder(RATES, noise={"truth": 0.03}))
    assert any(line.startswith("Lost to noise: not distinguishable from nothing") for line in section.sentences)


@pytest.mark.parametrize(
    ("gain", "noise", "words"),
    [
        (0.08, 0.0, "Capacity holds the oracle back by +2.00 points"),
        (0.05, 0.0, "More hours on offer do not help the oracle, they shrink its gain by −1.00 points"),
        (0.061, 0.02, "Whether capacity holds the oracle back: not distinguishable (+0.10 points"),
    ],
)
def test_capacity_compares_the_gain_in_both_markets(gain: float, noise: float, words: str) -> None:
    relaxed = made({"uniform": 0.4, "today": 0.41, "oracle": 0.4 + gain}, name="capacity", noise={"oracle": noise})
    section = ladder_section(ladder(RATES), capacity=relaxed)
    assert section.sentences[-1].startswith(words)


def test_a_side_arm_may_be_compared_with_another_one() -> None:
    part = ladder(RATES | {"strong": 0.33, "strong_truth": 0.35}, against={"strong_truth": "strong"})
    section = ladder_section(part)
    assert "Strong_truth instead of strong: +2.00 points [+2.00, +2.00]." in section.sentences
    assert "Strong instead of today: +2.00 points [+2.00, +2.00]." in section.sentences

"""The page of a real experiment: what it says first, and against what it warns."""

import math
from dataclasses import replace

import numpy as np
import pytest

from sim.report.observed import observed_document, observed_sheet
from sim.report.observed_record import Beside, Line, ObservedRecord
from sim.report.observed_words import sentences
from sim.words.language import LANGUAGES, speaking
from sim.worlds.learning import Known, learned

NAN = math.nan
OWN = Line("difference", 0.02, -0.01, 0.05, 0.015, 600, 580, 0.18, "not_seen")
LOOKED = Line("always_valid", 0.02, -0.03, 0.07, 0.015, 600, 580, NAN, "not_seen")
RATIO = Line("sample_ratio", 0.508, NAN, NAN, NAN, 600, 580, 0.56, "fine", "0.5")
BALANCE = Line("balance", 0.04, NAN, NAN, NAN, 600, 580, 0.3, "fine", "lead_days")
BESIDE = Beside("personal_care", "uniform", "wecasa_2025", 0.006, 0.002, 0.014, 0.006, 0.0005, 64, 0.36)


# worlds say 0.010 +- 0.020; a precise experiment of 0.0205 with a bias of 0.0005 says 0.020
WORLDS = Known(np.array([0.01, 1.0]), np.array([[4e-4, 0.0], [0.0, 1.0]]), 16)


def record(**changes) -> ObservedRecord:
    usual = ObservedRecord(
        source="bookings.csv",
        design="client",
        unit="client",
        outcome="returned_6m",
        control="A",
        treated="B",
        start="2024-01-08",
        end="2024-06-30",
        last="2024-12-31",
        known_on="2024-12-31",
        window_days=183.0,
        lookback_days=400.0,
        by_visit=False,
        clients=1180,
        unfollowed=0,
        had_booked=12,
        ungrouped=0,
        early=0,
        checks=(RATIO, BALANCE),
        estimates=(OWN, LOOKED),
        beside=BESIDE,
        command="python -m experiments.lab",
        seed=1,
        versions={"python": "3"},
        hashes={},
    )
    return replace(usual, **changes)


def test_the_effect_comes_first_and_then_whether_the_market_agrees() -> None:
    first, second, *_ = sentences(record())
    assert first == (
        "B instead of A changes new clients who book again within 6 months by +2.00 points [−1.00, +5.00]. That can be luck: no"
        " effect is seen."
    )
    assert second.startswith("Consistent with the simulated market personal_care (p = 0.360): 64 experiments")
    other = replace(BESIDE, p_value=0.0001)
    assert sentences(record(beside=other))[1].startswith("Not consistent with the simulated market personal_care (p < 0.001)")


def test_a_broken_split_comes_before_the_effect() -> None:
    broken = replace(RATIO, estimate=0.45, p_value=1e-5, verdict="broken")
    first, second, *_ = sentences(record(checks=(broken, BALANCE)))
    assert first.startswith("Do not trust this experiment: 45 % are treated where 50 % was meant (600 and 580; p < 0.001).")
    assert second.startswith("What the file says, not to be trusted:")


def test_what_plausible_markets_said_before_and_with_the_experiment() -> None:
    precise = replace(BESIDE, learned=learned(WORLDS, 0.0205, 1e-5, 0.0005, matters=0.01))
    before, after = sentences(record(beside=precise))[3:5]
    # the mean is what matters: as likely above as below
    assert before == (
        "Before the experiment, simulation in 16 plausible markets said +1.00 points [−2.92, +4.92], and that it is better than"
        " +1.00 points with a probability of 50 %."
    )
    assert after.startswith(
        "With the experiment it is +2.00 points [+2.00, +2.00], and better than +1.00 points with a probability of"
    )
    assert "> 99 %" in after
    vague = replace(BESIDE, learned=learned(WORLDS, -0.5, 100.0, matters=0.01))
    assert "it is +1.00 points [−2.92, +4.92], and better than +1.00 points with a probability of 50 %" in " ".join(
        sentences(record(beside=vague))
    )
    for nothing in ({"beside": BESIDE}, {"beside": None}, {"checks": (replace(RATIO, verdict="broken"),), "beside": precise}):
        assert "plausible" not in " ".join(sentences(record(**nothing)))


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("balance", "differed before anything was tried"),
        ("settling", "what was shown before is still felt"),
        ("carry_over", "What was shown 1 period ago is still felt"),
        ("spill_over", "the groups reach into one another"),
        ("treated_since_before", "gained at the cost of the control"),
    ],
)
def test_each_doubt_is_a_sentence(name: str, words: str) -> None:
    doubt = Line(name, 1.0, NAN, NAN, NAN, 600, 580, 0.0001, "doubtful", "zone")
    assert any(words in line for line in sentences(record(checks=(doubt,))))
    assert not any(words in line for line in sentences(record(checks=(replace(doubt, verdict="fine"),))))


def test_who_does_not_count_is_said() -> None:
    lines = " ".join(sentences(record(unfollowed=1, ungrouped=2, early=3, by_visit=True, lookback_days=90.0)))
    assert "1 more is not followed for 183 days by the last day of the file, 2024-12-31" in lines
    assert "2 new clients are in neither group" in lines
    assert "3 new clients asked before they were assigned" in lines
    assert "The file does not say when bookings were made" in lines
    assert "The file begins 90 days before the experiment" in lines
    assert "The file begins" not in " ".join(sentences(record()))


def test_a_team_that_looked_every_day_is_told_when_it_would_have_seen_it() -> None:
    seen = replace(LOOKED, low=0.001, verdict="seen", about="2024-11-05")
    assert any("first seen on 2024-11-05" in line for line in sentences(record(estimates=(OWN, seen))))


@pytest.mark.parametrize("lang", LANGUAGES)
def test_the_page_has_a_row_a_check_and_an_estimate_in_every_language(lang: str) -> None:
    rare = [
        Line(name, NAN, NAN, NAN, NAN, 0, 0, NAN, "unknown")
        for name in ("settling", "carry_over", "spill_over", "treated_since_before", "control_since_before")
    ]
    others = [replace(OWN, name=name) for name in ("hajek", "before_after", "adjusted")]
    full = record(checks=(RATIO, BALANCE, *rare), estimates=(OWN, *others, LOOKED), outcome="contribution_6m_eur")
    full = replace(full, beside=replace(BESIDE, learned=learned(WORLDS, 0.02, 0.01)))
    with speaking(lang):
        assert len(observed_sheet(full).rows) == 7 + 5 + 1
        document = observed_document(full)
    assert [figure.name for figure in document.figures] == ["experiment"]
    assert "bookings.csv" in document.html

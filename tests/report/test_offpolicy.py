"""The page of policies judged by a log: what it says, and what it refuses to say."""

import math
from dataclasses import replace

import numpy as np
import pytest

from sim.offpolicy.exploration import Exploration
from sim.report.offpolicy import offpolicy_document, offpolicy_sheet
from sim.report.offpolicy_beside import beside_section, exploring_section
from sim.report.offpolicy_record import EstimatorSays, OffpolicyRecord, PolicyJudged
from sim.report.offpolicy_words import sentences
from sim.statistics.intervals import Interval
from sim.words.language import speaking, told

ESTIMATORS = ("ips", "self_normalised", "clipped", "direct", "doubly_robust", "switched", "offers_ips", "offers_self_normalised")
NAN = math.nan


def says(estimator: str, outcomes: str = "mature", gain: float = 0.01, effective_n: float = 3_000.0) -> EstimatorSays:
    gap = Interval(gain, gain - 0.004, gain + 0.004, 900)
    value = Interval(0.3 + gain, 0.29 + gain, 0.31 + gain, 900)
    return EstimatorSays(estimator, outcomes, value, gap, gap, Interval(NAN, NAN, NAN, 0), effective_n, 2.5, 0.001, 0.002)  # type: ignore[arg-type]


def policy(arm: str = "mine", **changes: object) -> PolicyJudged:
    found = PolicyJudged(
        arm=arm,
        sees_truth=False,
        refused="",
        says=tuple(says(one, outcomes) for outcomes in ("mature", "weighted") for one in ESTIMATORS),
        decides=Interval(0.01, 0.006, 0.014, 900),
        decides_other_pros=Interval(0.01, 0.002, 0.018, 90),
        level=0.95,
        unsupported_share=0.002,
        wanted=1_000.0,
        needed=NAN,
        tried=np.array([0.5, 1.0, 2.5]),
        clipped=np.array([0.2, 0.29, 0.31]),
        error=np.array([0.001, 0.002, 0.004]),
        bias_bound=np.array([0.11, 0.02, 0.0]),
        threshold=2.5,
        quantiles=np.linspace(0.4, 2.5, 101),
        moved_share=0.04,
        busiest_times=1.3,
        explorations=(Exploration(0.1, 2_000.0, 26.0, 0.001), Exploration(0.01, math.inf, math.inf, 0.0)),
        truth=Interval(0.306, 0.305, 0.307, 8),
        true_difference=Interval(0.006, 0.005, 0.007, 8),
    )
    return replace(found, **changes)  # type: ignore[arg-type]


def refused(why: str, needed: float = 5_000.0) -> PolicyJudged:
    nothing = np.zeros(0)
    return policy(refused=why, says=(), needed=needed, unsupported_share=0.4, tried=nothing, clipped=nothing, error=nothing,
                  bias_bound=nothing, quantiles=nothing, moved_share=NAN)  # fmt: skip


def record(*policies: PolicyJudged, **changes: object) -> OffpolicyRecord:
    found = OffpolicyRecord(
        source="",
        market="minimal",
        control="uniform",
        logs=8,
        clients=12_000,
        mature=9_000,
        outcome_days=183.0,
        effective_n=1_000.0,
        logged=Interval(0.3, 0.29, 0.31, 8),
        policies=policies or (policy(),),
        estimated=False,
        only_chosen=False,
        left_out={},
        period=("", ""),
        weekly=80.0,
        replay="",
        simulate="python -m experiments.compare",
        command="python -m experiments.offpolicy",
        seed=1,
        versions={},
        hashes={},
    )
    return replace(found, **changes)  # type: ignore[arg-type]


def said(found: OffpolicyRecord) -> str:
    return " ".join(sentences(found))


def test_the_difference_comes_first_then_what_is_true() -> None:
    lines = sentences(record())
    assert lines[0].startswith(
        "By the log, mine instead of uniform changes the share of new clients who come back within 183 days by +1.00"
    )
    assert lines[0].endswith("which pros there are: for others such as these, +1.00 points [+0.20, +1.80].")
    assert "it changes by +0.60 points [+0.50, +0.70] (8 pairs of runs)." in lines[1]


@pytest.mark.parametrize(
    ("changed", "verdict", "words"),
    [
        (
            {"decides": Interval(-0.01, -0.014, -0.006, 900), "decides_other_pros": Interval(-0.01, -0.018, -0.002, 90)},
            "worse",
            "more than the luck of which clients came, and of which pros there are",
        ),
        # at 95 % it would be told apart, at the level that several policies share it is not
        ({"decides": Interval(0.01, -0.001, 0.021, 900)}, "unclear", "That can be luck."),
        (
            {"decides_other_pros": Interval(0.01, -0.002, 0.022, 90)},
            "better_here",
            "but with these pros only: for others such as these, +1.00 points [",
        ),
        (
            {"decides": Interval(-0.01, -0.014, -0.006, 900), "decides_other_pros": Interval(-0.01, -0.022, 0.002, 90)},
            "worse_here",
            "but with these pros only",
        ),
        ({"decides_other_pros": Interval(0.01, NAN, NAN, 9)}, "better_here", "they are too few to speak for others."),
        (
            {"says": (says("doubly_robust", effective_n=300.0), says("self_normalised"))},
            "few",
            "Do not decide by it: the log weighs like 300",
        ),
        ({"wanted": 5_000.0}, "few", "Do not decide by it"),
        (
            {"says": (replace(says("doubly_robust"), largest_share=0.08), says("self_normalised"))},
            "few",
            "Do not decide by it: a single client has 8 % of all weights, 5 % at most are wanted.",
        ),
        ({"decides": Interval(0.01, NAN, NAN, 9)}, "few", "Do not decide by it: the clients are too few for an interval."),
    ],
)
def test_what_follows_is_worded_by_how_far_the_log_reaches(changed: dict[str, object], verdict: str, words: str) -> None:
    found = policy(**changed)
    assert found.verdict == verdict
    assert words in said(record(found))


@pytest.mark.parametrize(
    ("why", "words"),
    [
        ("alone", "The log says nothing about mine: nobody else could have been chosen, by the candidates that it names."),
        ("strict", "The log says nothing about mine: it always asked in a strict order and left nothing to chance. With a tenth"),
        ("support", "The log says nothing about mine: 40 % of its choices are of pros whom the log could not have chosen."),
        ("weights", "The log says nothing about mine: it would have made none of the choices logged."),
    ],
)
def test_a_refusal_names_the_policy_and_what_would_be_needed(why: str, words: str) -> None:
    found = record(refused(why))
    assert words in said(found)
    assert "5,000 choices would weigh like 1,000 of this policy." in said(found)
    assert offpolicy_sheet(found).rows[0][-1] == "the log says nothing"
    assert "With a tenth" not in said(record(refused(why, math.inf)))


def test_several_policies_share_one_error_and_the_page_says_so() -> None:
    text = said(record(policy(level=0.975), policy("other", level=0.975)))
    assert "2 policies are judged: what is luck, and for which pros, is told by intervals at 97.5 %" in text.replace("\u00a0", " ")
    assert "policies are judged" not in said(record())


def test_much_that_moves_to_other_pros_is_a_warning() -> None:
    assert "sends 40 % of first sessions to other pros" in said(record(policy(moved_share=0.4, busiest_times=3.0)))
    assert "to other pros" not in said(record())


def test_estimated_propensities_and_clients_left_out_are_said() -> None:
    found = record(
        source="log.csv",
        control="",
        period=("2024-01-01", "2024-12-31"),
        estimated=True,
        only_chosen=True,
        left_out={"older": 7, "no_pro": 0},
    )
    text = said(found)
    assert "instead of the present rule" in text
    assert "that is estimated from the choices" in text
    assert "the propensity of the chosen pro only" in text
    assert "Clients left out: may be older than the file 7." in text
    assert told(offpolicy_sheet(found).about) == "log.csv, from 2024-01-01 to 2024-12-31."


def test_replay_and_simulation_stand_beside_the_log() -> None:
    (table,) = beside_section(record()).tables
    assert [told(row[0]) for row in table.rows] == ["Log", "Replay", "Simulated market"]
    assert "mine +1.00 points" in told(table.rows[0][3])
    assert told(table.rows[1][3]) == "needs a file: data=FILE"
    assert "mine +0.60 points" in told(table.rows[2][3])
    own = record(policy(truth=None, true_difference=None), replay="python -m experiments.replay data=log.csv")
    (table,) = beside_section(own).tables
    assert told(offpolicy_sheet(replace(own, source="log.csv")).header[-2]) == "Other pros"
    assert [told(row[3]) for row in table.rows[1:]] == [
        "python -m experiments.replay data=log.csv",
        "python -m experiments.compare",
    ]


def test_exploring_that_takes_forever_is_called_so() -> None:
    (table,) = exploring_section(record()).tables
    assert table.rows[0] == ("0.1", "2,000", "26 weeks", "+0.08", "+2.0")
    assert table.rows[1][2] == "never"
    assert "183 days after the last of these choices" in " ".join(map(told, exploring_section(record()).sentences))


@pytest.mark.parametrize("lang", ["en", "fr", "de"])
def test_a_page_in_every_language_names_every_estimator(lang: str) -> None:
    with speaking(lang):
        document = offpolicy_document(record(policy(), refused("strict")))
        names = {figure.name for figure in document.figures}
    assert names == {"weights", "estimates_1", "clipping_1"}
    assert document.html.count("<tr>") > 12
    assert ("By the log" in document.html) == (lang == "en")


def test_the_interval_for_other_pros_is_of_the_estimator_that_the_verdict_is_by() -> None:
    wide = Interval(0.01, -0.051, 0.071, 90)
    lines = tuple(replace(one, other_pros=wide) if one.estimator == "doubly_robust" else one for one in policy().says)
    sheet = offpolicy_sheet(record(policy(says=lines)))
    (cell,) = [cell for name, cell in zip(sheet.header, sheet.rows[0], strict=True) if str(name) == "Other pros"]
    assert str(cell) == "+1.00 points [−5.10, +7.10]"

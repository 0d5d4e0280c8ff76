"""Why a log says nothing, and what it says otherwise."""

import math
from dataclasses import replace

import numpy as np
import pytest

from experiments.hindsight.judging import Target, Wanted, judged
from experiments.hindsight.logged import Clients
from sim.offpolicy.decisions import Decisions
from sim.report.offpolicy_record import PolicyJudged

N = 200
TWO = np.full(N, 2)


def clients(logged: tuple[float, float], followed: float = 200.0) -> Clients:
    """Decisions between pros 0 and 1, each the chosen one of every other client; those of pro 1 come back."""
    chosen = np.arange(N) % 2
    if logged[1] == 0:
        chosen = np.zeros(N, np.int64)
    return Clients(
        Decisions(
            outcome=chosen.astype(float),
            followed=np.ones(N),
            features=np.zeros((N, 0), np.int64),
            counts=TWO,
            chosen=chosen,
            pros=np.tile([0, 1], N),
            logged=np.tile(logged, N),
        ),
        np.where(chosen, 30.0, math.inf),
        np.where(np.arange(N) < N // 2, followed, 50.0),
    )


def judge(found: Clients, target: tuple[float, float], is_strict: bool = False, policies: int = 1) -> PolicyJudged:
    return judged(found, Target("mine", False, np.tile(target, N), None), Wanted(183.0, 100.0, is_strict, policies), tuple)


def test_a_policy_that_prefers_who_brings_clients_back_is_better() -> None:
    found = judge(clients((0.5, 0.5)), (0.2, 0.8))
    first = found.headline
    assert first is not None
    assert first.value.estimate == pytest.approx(0.8, abs=0.01)
    assert first.difference.estimate == pytest.approx(0.3, abs=0.01)
    assert {line.outcomes for line in found.says} == {"mature", "weighted"}
    # 100 clients whose time is over weigh like 100 * 1 / (.5 * (.4^2 + 1.6^2)): too few to decide by
    assert first.effective_n == pytest.approx(100 / 1.36)
    assert found.verdict == "few"


def test_a_verdict_among_several_policies_wants_a_longer_interval() -> None:
    alone, among = (judge(clients((0.5, 0.5)), (0.45, 0.55), policies=n) for n in (1, 4))
    first = alone.headline
    assert first is not None
    assert (alone.decides, alone.level, among.level) == (first.difference, 0.95, pytest.approx(0.9875))
    assert among.headline == first
    assert among.decides.low < alone.decides.low < alone.decides.high < among.decides.high
    # two pros are too few to speak for others
    assert math.isnan(alone.decides_other_pros.low)


def test_those_who_came_back_early_stand_for_those_not_known_yet() -> None:
    found = judge(clients((0.5, 0.5)), (0.5, 0.5))
    every = found.line("ips", "weighted")
    assert every is not None
    assert every.value.estimate == pytest.approx(0.5)


def test_a_strict_log_is_refused_with_what_would_be_needed() -> None:
    found = judge(clients((0.5, 0.5)), (0.0, 1.0), is_strict=True)
    assert (found.refused, found.verdict, found.says) == ("strict", "refused", ())
    # a tenth at random: .5 * .9 + .05 = .5, so 1 / .5 for one
    assert found.needed == pytest.approx(200)


def test_a_log_in_which_nobody_had_another_candidate_is_refused_for_that() -> None:
    decisions = Decisions(
        np.ones(N),
        np.ones(N),
        np.zeros((N, 0), np.int64),
        np.ones(N, np.int64),
        np.zeros(N, np.int64),
        np.arange(N) % 2,
        np.ones(N),
    )
    found = Clients(decisions, np.full(N, 30.0), np.full(N, 200.0))
    alone = judged(found, Target("mine", False, np.ones(N), None), Wanted(183.0, 100.0, is_strict=True), tuple)
    assert alone.refused == "alone"
    assert math.isnan(alone.needed)


def test_a_policy_of_others_than_the_log_could_choose_is_refused() -> None:
    found = judge(clients((1.0, 0.0)), (0.5, 0.5))
    assert (found.refused, found.unsupported_share) == ("support", pytest.approx(0.5))


def test_a_policy_that_would_have_chosen_nobody_of_the_log_is_refused() -> None:
    of_others = clients((1.0, 0.0))
    unknown = replace(of_others, decisions=replace(of_others.decisions, support_unknown=True))
    assert judge(unknown, (0.0, 1.0)).refused == "weights"

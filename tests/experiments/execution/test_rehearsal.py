import os
import time
from dataclasses import dataclass

import numpy as np
import pytest

from experiments.execution import rehearsal
from experiments.execution import runner as runner_module
from experiments.execution.executors import ExecutorSettings
from experiments.execution.jobs import Job
from experiments.execution.rehearsal import first_day, rehearse, shape_error
from experiments.execution.runner import RunError, Runner
from experiments.plans.compose import CONFIGS
from sim.designs.client import Client
from sim.engine.platform import Arm, check_scores, check_visibility
from sim.engine.run import simulate
from sim.engine.trial import Trial
from sim.views import ScoreTable
from tests.markets import arm, arms, market

WORLD = market("horizon_days=60", "clients.arrivals_per_day=2", "pros.n=5")


@dataclass(frozen=True)
class Answers:
    """Answers the same, whatever it is asked."""

    answer: object

    def visibility(self, pros, now_days):
        return self.answer

    def __call__(self, history, now_days):
        return self.answer


@dataclass(frozen=True)
class Raises:
    def visibility(self, pros, now_days):
        raise KeyError("nothing to do with shapes")


@dataclass(frozen=True)
class Dies:
    def visibility(self, pros, now_days):
        os._exit(3)


@dataclass(frozen=True)
class Sleeps:
    def visibility(self, pros, now_days):
        time.sleep(60)


@dataclass(frozen=True)
class Talks:
    def visibility(self, pros, now_days):
        print("[]")
        os.write(1, b"[]")
        return np.ones(4)


def allocated(policy):
    return Arm("mine", arm("uniform").score, policy)


def scored(score):
    return Arm("mine", score, arm("uniform").allocator)


WRONG = {
    "shape": (allocated(Answers(np.ones(3))), "PolicyError: visibility at day 0 has shape (3,), must be (5,) or (4, 5)"),
    "type": (allocated(Answers("yes")), "PolicyError: visibility at day 0 is str, must be an array of numbers"),
    "table": (
        Arm("mine", Answers(np.ones(5)), arm("uniform").allocator),
        "PolicyError: score at day 0 is ndarray, must be a ScoreTable",
    ),
    "column": (
        Arm("mine", Answers(ScoreTable(np.ones(4), np.ones(5, bool), np.ones(5, int))), arm("uniform").allocator),
        "PolicyError: score.value at day 0 has shape (4,), must be (5,)",
    ),
}


@pytest.mark.parametrize("case", WRONG)
def test_a_wrong_shape_is_told_in_the_words_of_the_run(case):
    mine, message = WRONG[case]
    assert shape_error(WORLD, mine) == message
    with pytest.raises(ValueError) as failed:
        simulate(WORLD, mine, 1)
    assert str(failed.value) == message.removeprefix("PolicyError: ")


@pytest.mark.parametrize("answer", [np.zeros(5), np.full(5, np.nan), -np.ones((4, 5))])
def test_numbers_of_a_day_that_never_was_are_not_judged(answer):
    assert shape_error(WORLD, allocated(Answers(answer))) == ""


def test_whatever_else_goes_wrong_is_left_to_the_run():
    assert shape_error(WORLD, allocated(Raises())) == ""
    assert rehearse([Job(WORLD, allocated(Dies()), 1, 0)]) == {}


def test_every_ready_made_policy_answers_well_on_the_first_day():
    names = sorted({path.stem for group in ("arm", "allocator") for path in (CONFIGS / group).glob("*.yaml")})
    history, view = first_day(WORLD)
    for mine in arms(*names).values():
        assert shape_error(WORLD, mine) == ""
        check_scores(mine.score(history, 0.0), 5, 0.0)
        check_visibility(mine.allocator.visibility(view, 0.0), 4, 5, 0.0)


def test_arms_are_asked_once_in_another_process_and_all_that_are_wrong_are_named():
    wrong, talks, right = WRONG["shape"][0], allocated(Talks()), arm("uniform")
    jobs = [Job(WORLD, which, 1, replication) for which in (right, wrong, talks) for replication in range(2)]
    four = "PolicyError: visibility at day 0 has shape (4,), must be (5,) or (4, 5)"
    assert rehearse(jobs) == {jobs[2].key: WRONG["shape"][1], jobs[4].key: four}


def test_the_treated_arm_of_an_experiment_is_asked_too():
    job = Job(WORLD, arm("uniform"), 1, 0, trial=Trial(WRONG["shape"][0], Client(0.5), 0.0, 10.0))
    assert rehearse([job]) == {job.key: WRONG["shape"][1]}


def test_a_policy_that_never_answers_is_not_waited_for(monkeypatch):
    monkeypatch.setattr(rehearsal, "PATIENCE_SECONDS", 3.0)
    started = time.monotonic()
    assert rehearse([Job(WORLD, allocated(Sleeps()), 1, 0)]) == {}
    assert time.monotonic() - started < 15


def test_nobody_waits_for_the_compiler_to_hear_of_a_wrong_shape(tmp_path, monkeypatch):
    # a cache of compiled code with nothing in it
    monkeypatch.setattr(runner_module, "CACHE_FOLDER", tmp_path / "cache")
    monkeypatch.setattr(runner_module, "warm_up", lambda job: pytest.fail("compiles"))
    with Runner(tmp_path / "store", ExecutorSettings(name="serial")) as runner, pytest.raises(RunError) as failed:
        runner.run([Job(WORLD, WRONG["shape"][0], 1, replication) for replication in range(3)])
    assert str(failed.value) == f"arm=mine replication=0 seed=1 failed: {WRONG['shape'][1]}"

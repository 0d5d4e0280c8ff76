import sys

import pytest

from experiments.plans.compose import compose_settings
from experiments.search.plan import Tuning, first_runs, make_tuning
from sim.config import ConfigError

pytest.importorskip("optuna")

ONE = "search={arm.allocator.strength: {low: 0, high: 8}}"


def tuning(*overrides: str) -> Tuning:
    return make_tuning(compose_settings("tune", overrides))


def test_without_keys_the_space_is_that_of_the_frontier_and_landmarks_stand_beside_the_arm() -> None:
    found = tuning()
    assert {one.name for one in found.space.dimensions} == set(compose_settings("tune", ["experiment=frontier"])["search"])
    # the control first, then the arm as it is
    assert found.policies == ("uniform", "wecasa_2025", "rating", "wecasa_2022", "cleaning_score")
    assert found.fresh_runs == 160


def test_a_candidate_is_the_arm_with_its_settings_and_the_arm_stays_as_it_is() -> None:
    found = tuning("search={arm.allocator.strength: {low: 0, high: 8}, arm.score.min_sessions: [0, 30]}")
    candidate = found.space.read({"arm.allocator.strength": 2.5, "arm.score.min_sessions": 0})
    arm = found.arm(candidate, "setting_1")
    assert (arm.name, arm.allocator.strength, arm.score.min_sessions) == ("setting_1", 2.5, 0)
    assert found.plan.arms["wecasa_2025"].allocator.strength == 1


def test_the_least_budget_is_said_and_does() -> None:
    # 4 + 4 twice + 2 of the control + 4 in the race = 14; 5 fresh runs of 2 arms and 2 finalists = 20
    few = (ONE, "generation=4", "landmarks=[uniform]")
    with pytest.raises(ConfigError, match=r"budget = 9, must be >= (\d+): .* takes 14 runs, .* take 20") as error:
        tuning(*few, "budget=9")
    least = int(str(error.value).split(">= ")[1].split(":")[0])
    found = tuning(*few, f"budget={least}")
    assert first_runs(found) == 14
    assert least - found.fresh_runs >= 14
    assert found.fresh_runs >= 20
    with pytest.raises(ConfigError, match="budget"):
        tuning(*few, f"budget={least - 1}")


def test_a_larger_budget_is_the_same_search_and_another_market_or_objective_is_not() -> None:
    about = tuning(ONE).about
    assert tuning(ONE, "budget=800", "finalists=4", "landmarks=[uniform,rating]").about == about
    assert tuning(ONE, "market.pros.n=200", "arms.wecasa_2025.allocator.cap=4").about["market_and_arms"] != about["market_and_arms"]
    assert tuning(ONE, "objectives=[return_rate_6m]").about != about


@pytest.mark.parametrize(
    ("overrides", "message"),
    [
        (["search={}"], "must name a key and its values"),
        (["search={arm.allocator.strength: {low: 8, high: 0}}"], "low must be < high"),
        (["search={arm.allocator.strenth: {low: 0, high: 8}}"], "did you mean arm.allocator.strength"),
        (["search={arm.allocator: [fidelity, oracle]}"], "must not be a reference"),
        (["arm=oracle"], "must be a policy that can be chosen"),
        (["arm=[rating,uniform]"], "must be one arm"),
        (["landmarks=[rating]"], "control = 'uniform'"),
        (["landmarks=[uniform,nobody]"], r"landmarks\[1\] = 'nobody', unknown arm"),
        (["maximise=return_rate_6m", "delta=3"], "must be < 1"),
        (["minimise=late_share"], "delta = null"),
        (["delta=.1"], "must be null with several objectives"),
    ],
)
def test_what_cannot_be_searched_is_refused_before_anything_runs(overrides, message) -> None:
    with pytest.raises(ConfigError, match=message):
        tuning(*overrides)


def test_without_optuna_one_line_says_what_to_install(monkeypatch) -> None:
    monkeypatch.setitem(sys.modules, "optuna", None)
    with pytest.raises(ConfigError, match=r"needs optuna: pip install 'mission-dispatch-sim\[tune\]'"):
        tuning(ONE)
    assert tuning(ONE, "sampler=gp").options.sampler == "gp"

"""A small lab in the market of a comparison."""

from dataclasses import replace

import pytest

from experiments.execution.executors import ExecutorSettings
from experiments.execution.runner import Runner
from experiments.plans.compose import compose_settings
from experiments.plans.plan import CompareOptions, Plan, make_plan
from experiments.trials import measurable as module
from experiments.trials.measurable import measurable
from sim.config import ConfigError
from sim.words.language import told

SMALL = (
    *("market=minimal", "market.horizon_days=330", "market.warmup_days=30", "longest_window_months=6", "executor=serial"),
    *("market.clients.arrivals_per_day=4", "market.pros.n=16", "market.zones=4", "market.pros.zones_per_pro=2", "worlds=0"),
)


def plan(*overrides: str) -> Plan[CompareOptions]:
    arms = "arm=[uniform,cleaning_score]"
    return make_plan(compose_settings("compare", [*SMALL, arms, *overrides]), CompareOptions)


def replayed(days: int) -> Plan[CompareOptions]:
    """As of a file of so many days."""
    found = plan()
    return replace(found, market=found.market.model_copy(update={"horizon_days": days}), stream="0" * 32)


def test_designs_are_tried_in_the_market_of_the_comparison_for_as_long_as_the_lab_does(tmp_path, monkeypatch) -> None:
    monkeypatch.setattr(module, "N_EXPERIMENTS", 3)
    with Runner(tmp_path, ExecutorSettings(name="serial")) as runner:
        found = measurable(plan(), "cleaning_score", runner)
        assert runner.simulated == 3 * 5
    assert found.lab is not None
    assert [one.design for one in found.lab.designs] == ["client", "zone", "switchback"]
    assert (found.lab.market, found.lab.treated, found.lab.days, found.room_days) == ("minimal", "cleaning_score", 182, None)
    assert found.lab.designs[0].found.n == 3


def test_without_a_policy_to_roll_out_nothing_is_simulated() -> None:
    assert measurable(plan(), None, None).arm is None


def test_designs_without_units_enough_are_left_out(monkeypatch) -> None:
    tried = []
    monkeypatch.setattr(module, "experimented", lambda lab, runner, command: (lab, tried.append(list(lab.designs))))
    measurable(plan("market.zones=1", "market.pros.zones_per_pro=1"), "cleaning_score", None)
    assert tried == [["client", "switchback"]]


def test_a_file_sets_how_long_experiments_can_be(monkeypatch) -> None:
    monkeypatch.setattr(module, "experimented", lambda lab, runner, command: (lab, lab))
    # 30 days of warm-up, 183 to follow clients: 90 days are left, 12 whole weeks of them; or more than the usual 182
    found = measurable(replayed(303), "cleaning_score", None)
    assert found.room_days == 84
    assert {trial.days for trial in found.lab.trials.values()} == {84}
    assert measurable(replayed(500), "cleaning_score", None).room_days is None
    why = told(measurable(replayed(240), "cleaning_score", None).why_not)
    assert why.startswith("30 days of warm-up and 28 of an experiment, with 183 more")


def test_policies_that_cannot_share_a_market_are_not_tried() -> None:
    other = plan("arm=[uniform,cleaning_score+recovery]")
    assert "programmes are not those of uniform" in told(measurable(other, "cleaning_score+recovery", None).why_not)


def test_only_true_and_false_ask_for_it() -> None:
    with pytest.raises(ConfigError, match="lab = 'maybe'"):
        plan("lab=maybe")

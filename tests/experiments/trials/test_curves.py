"""What groups do to one another, from runs made by hand and small ones."""

import numpy as np
import pytest

from experiments.execution.executors import ExecutorSettings
from experiments.execution.runner import Runner
from experiments.plans.compose import compose_settings
from experiments.trials.curves import effect_of_bolder, loads_found, shares_found
from experiments.trials.judging import simulate_lab
from experiments.trials.plan import make_lab
from experiments.trials.tried import ALL_CONTROL, ALL_TREATED
from sim.metrics.newcomers import PREFIX
from tests.experiments.trials.test_judging import FEW


def test_each_group_is_set_beside_the_same_clients_where_nobody_is_treated() -> None:
    lab = make_lab(compose_settings("lab", [*FEW, "design=[client]", "shares=[.4]", "replications=2"]))
    tried = lab.tried["share 0.4"]
    runs: dict[str, list[dict[str, np.ndarray]]] = {ALL_CONTROL: [], "share 0.4": []}
    for r in range(2):
        groups = tried.trial.split(tried.market, 100, r).of_clients()
        nobody = np.arange(100) % 5.0
        for name, outcome in ((ALL_CONTROL, nobody), ("share 0.4", nobody + np.where(groups == 1, 0.5, -0.25))):
            zeros = {PREFIX + column: np.zeros(100) for column in ("zone", "day", "pro", "again_days")}
            runs[name].append(zeros | {PREFIX + "client": np.arange(100.0), PREFIX + "contribution_6m_eur": outcome})
    (found,) = shares_found([0.4], runs, lab.tried, "contribution_6m_eur")
    assert (found.share, found.control.estimate, found.treated.estimate) == (0.4, pytest.approx(-0.25), pytest.approx(0.5))


def test_more_clients_are_a_heavier_load_and_one_market_is_the_labs_own(tmp_path) -> None:
    lab = make_lab(
        compose_settings("lab", [*FEW, "design=[client,zone,two_sided]", "loads=[2]", "replications=2", "bolder=rating"])
    )
    with Runner(tmp_path, ExecutorSettings(name="serial")) as runner:
        runs = simulate_lab(lab, runner)
    usual, busy = loads_found([2], runs, lab.trials, lab.plan.market, "returned_6m")
    assert (usual.clients_per_day, busy.clients_per_day) == (4, 8)
    assert busy.load > 1.5 * usual.load
    # zones are not looked at by load, nor pros
    assert list(busy.bias) == ["client"]
    assert busy.truth.n == 16
    treated, control = (np.array([run[PREFIX + "returned_6m"].mean() for run in runs[name]]) for name in (ALL_TREATED, ALL_CONTROL))
    assert usual.truth.estimate == pytest.approx((treated - control).mean())
    assert effect_of_bolder(runs, "returned_6m").shape == (2,)

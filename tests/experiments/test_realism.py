import dataclasses

import numpy as np
import pytest

from experiments.comparison.published import as_text
from experiments.execution.executors import ExecutorSettings
from experiments.execution.run_set import run_set
from experiments.execution.runner import Runner
from experiments.plans.compose import compose_settings
from experiments.plans.plan import RealismOptions, make_plan
from experiments.realism import main
from sim.report.published import TARGETS, scorecard

pytestmark = pytest.mark.usefixtures("sketched")


def test_the_default_market_is_real(tmp_path):
    # half the default: 3 replications; fails only where a whole 95 % interval misses its band
    plan = make_plan(compose_settings("realism", ["replications=3", "seed=11", f"store={tmp_path}"]), RealismOptions)
    arm = plan.arms["wecasa_2025"]
    jobs = {where: job for where, job in plan.jobs(3).items() if where[0] == arm.name}
    with Runner(tmp_path, ExecutorSettings(name="serial")) as runner:
        lines = scorecard(run_set(runner, jobs).values(arm.name))
    assert not [dataclasses.asdict(line) for line in lines if line.against_tolerance == "outside"]
    # and the run-to-run noise is small enough for that to mean something
    assert next(line for line in lines if line.target.metric == "return_rate_6m").interval.half_width < 0.03


def test_the_scorecard_is_a_table_with_the_source_of_each_band():
    lines = scorecard({target.metric: np.array(target.tolerance) for target in TARGETS})
    text = as_text(lines)
    for target in TARGETS:
        assert target.metric in text
        assert str(target.source) in text


@pytest.mark.parametrize(("share", "code"), [(0.99, 1)])
def test_an_unreal_market_fails(share, code, tmp_path, capsys):
    small = ["market.horizon_days=460", "market.warmup_days=60", "market.clients.arrivals_per_day=3", "market.pros.n=20"]
    arguments = [
        f"market.clients.one_time_share={share}",
        *small,
        "replications=2",
        "executor=serial",
        f"store={tmp_path / 'store'}",
        f"out={tmp_path / 'out'}",
    ]
    assert main(arguments) == code
    assert "FAIL" in capsys.readouterr().out

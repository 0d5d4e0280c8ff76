"""Designs judged in a market where the answer is known."""

from experiments.execution.executors import ExecutorSettings
from experiments.execution.runner import Runner
from experiments.plans.compose import compose_settings
from experiments.trials.judging import judge, simulate_lab
from experiments.trials.plan import make_lab

FEW = (
    *("market=minimal", "market.horizon_days=330", "market.warmup_days=30", "days=60", "replications=4", "executor=serial"),
    *("market.clients.arrivals_per_day=4", "market.pros.n=16", "market.zones=4", "market.pros.zones_per_pro=2"),
    *("shares=[]", "loads=[]", "bolder=null"),
)


def test_without_competition_for_pros_groups_do_nothing_to_one_another(tmp_path) -> None:
    # always there and never busy for long: a client's pro is the own arm's, whoever else is treated
    ample = ("market.pros.n=60", "market.clients.arrivals_per_day=1", "arm=[uniform,oracle]", "design=[client,zone]")
    lab = make_lab(compose_settings("lab", [*FEW, *ample]))
    with Runner(tmp_path, ExecutorSettings(name="serial")) as runner:
        runs = simulate_lab(lab, runner)
    found = judge(lab, runs)
    assert [one.design for one in found] == ["client", "zone"]
    for one in found:
        assert one.found.n == 4
        assert abs(one.found.bias.estimate) < 0.02
        assert 0 < one.exposed < one.clients
        assert set(one.by_outcome) == {"returned_6m", "returned_60d", "completed", "contribution_6m_eur"}

import numpy as np

from experiments.execution.run_set import RunSet
from experiments.execution.store import RunResult


def made(value: float) -> RunResult:
    return RunResult({"fill_rate": value}, {"payback": np.array([0.0, value])})


RUNS = RunSet(
    {("a", 0): made(1.0), ("b", 0): made(10.0), ("a", 1): made(2.0), ("b", 1): made(20.0)},
    {("a", 0): "k0", ("b", 0): "k1", ("a", 1): "k2", ("b", 1): "k3"},
    simulated=3,
)


def test_metrics_and_curves_of_an_arm_are_columns_over_its_replications() -> None:
    assert RUNS.values("b")["fill_rate"].tolist() == [10, 20]
    assert RUNS.curves("a")["payback"].tolist() == [[0, 1], [0, 2]]


def test_the_first_replications_of_every_arm_keep_their_keys_and_what_was_simulated() -> None:
    first = RUNS.first(1)
    assert first.keys == {("a", 0): "k0", ("b", 0): "k1"}
    assert first.values("a")["fill_rate"].tolist() == [1]
    assert first.simulated == 3

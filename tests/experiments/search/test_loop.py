import json

import pytest

from experiments.search.loop import run_search
from tests.experiments.search.fakes import FakeRunner, tuning

pytest.importorskip("optuna")


def curve(strength: float) -> dict[str, float]:
    gini = 0.27 + 0.01 * strength
    return {"return_rate_6m": 0.30 + 0.02 * strength - 0.002 * strength**2, "exposure_gini": gini, "fill_rate": 0.9}


def told(path) -> list[object]:
    return list(json.loads(path.read_text())["batches"])


@pytest.mark.parametrize(
    ("objective", "budgets"),
    [
        ("objectives=[return_rate_6m,exposure_gini]", (64, 80, 107, 150, 200)),
        # half of the fresh runs choose, so that the least budget is larger
        ("maximise=return_rate_6m", (99, 115, 142, 185, 235)),
    ],
)
def test_a_larger_budget_goes_on_from_where_a_smaller_one_ended(objective: str, budgets: tuple[int, ...], tmp_path) -> None:
    state = tmp_path / "search.json"
    before: list[object] = []
    # ends of the smaller budgets fall anywhere within a generation
    for budget in budgets:
        asked = tuning(objective, f"budget={budget}")
        found = run_search(asked, FakeRunner(curve), state)  # type: ignore[arg-type]
        assert found.runs.counts.sum() <= budget - asked.fresh_runs
        now = told(state)
        assert now[: len(before)] == before
        before = now
    assert len(before) > 3
    alone = tmp_path / "alone.json"
    run_search(tuning(objective, f"budget={budgets[-1]}"), FakeRunner(curve), alone)  # type: ignore[arg-type]
    assert told(alone) == before

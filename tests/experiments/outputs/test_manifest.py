import json
from pathlib import Path

from experiments.execution.keys import RESULT_DIGEST
from experiments.execution.run_set import RunSet
from experiments.execution.store import RunResult
from experiments.outputs.manifest import Manifest
from experiments.plans.compose import compose_settings
from experiments.plans.plan import CompareOptions, make_plan


def test_what_is_known_is_said_with_versions_and_source_and_what_is_not_is_left_out() -> None:
    written = json.loads(Manifest("python -m experiments.calibrate", 7, 3, more={"market": "out/mine.yaml"}).as_json())
    assert list(written) == ["command", "seed", "replications", "market", "versions", "source_digest"]
    assert (written["seed"], written["replications"], written["market"]) == (7, 3, "out/mine.yaml")
    assert {"python", "numpy", "numba", "simpy"} <= set(written["versions"])
    assert written["source_digest"] == RESULT_DIGEST


def test_runs_are_named_by_arm_and_replication_and_found_in_the_store_they_name(tmp_path: Path) -> None:
    plan = make_plan(compose_settings("compare", ["arm=[uniform,rating]", "seed=5", f"store={tmp_path}"]), CompareOptions)
    runs = RunSet({("uniform", 0): RunResult({}, {})}, {("uniform", 0): "ab" * 16}, simulated=0)
    written = json.loads(Manifest.of(plan, "a command", {"uniform": 1}, runs).as_json())
    assert written["runs"] == {"uniform/0": "ab" * 16}
    assert written["replications"] == {"uniform": 1}
    assert (written["seed"], written["store"], written["engine"]) == (5, str(tmp_path), "compiled")
    # nothing simulated now is said, too: it is a number, not an absence
    assert written["simulated_now"] == 0

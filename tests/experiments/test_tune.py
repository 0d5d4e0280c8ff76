"""A search as a user runs it."""

import csv
import json
import shutil

import pyarrow.parquet as pq
import pytest
import yaml

from experiments.tune import main
from tests.commands import run

pytest.importorskip("optuna")

TINY = (
    *("market=minimal", "market.horizon_days=260", "market.warmup_days=30", "executor=serial", "longest_window_months=6"),
    *("market.clients.arrivals_per_day=1.5", "market.pros.n=8", "landmarks=[uniform,oracle]", "generation=4", "finalists=2"),
    "decision.guardrails={return_rate_6m: {down_at_most: .5}, fill_rate: {down_at_most: .5}, exposure_gini: {up_at_most: .5}}",
)
FRONT = (
    *(*TINY, "search={arm.allocator.strength: {low: 0, high: 8}, arm.allocator: [fidelity, softmax]}", "budget=64"),
    "objectives=[return_rate_6m,exposure_gini]",
)


@pytest.fixture(scope="module")
def out(tmp_path_factory, sketched):
    folder = tmp_path_factory.mktemp("tune")
    assert main([*FRONT, f"out={folder / 'out'}", f"store={folder / 'store'}"]) == 0
    return folder / "out"


def test_the_budget_holds_and_every_setting_has_a_row(out) -> None:
    runs = json.loads((out / "manifest.json").read_text())["runs"]
    assert len(runs) <= 64
    trials = pq.read_table(out / "trials.parquet").to_pylist()
    assert [row["setting"] for row in trials] == [f"setting_{i + 1}" for i in range(len(trials))]
    searched = sum(row["runs"] for row in trials)
    assert searched == sum(key.startswith("setting") and int(key.split("/")[1]) < 1_000_000 for key in runs)
    for row in trials:
        # a softmax has no strength
        assert (row["arm.allocator.strength"] is None) == (row["arm.allocator"] == "softmax")
        assert 0 <= row["chance"] <= 1
    assert sum(row["state"] == "recommended" for row in trials) == 1


def test_finalists_are_confirmed_on_numbers_that_the_search_did_not_use(out) -> None:
    runs = json.loads((out / "manifest.json").read_text())["runs"]
    with (out / "front.csv").open() as file:
        rows = list(csv.DictReader(file))
    assert [row["kind"] for row in rows] == ["setting", "setting", "control", "today", "landmark"]
    for row in rows:
        mine = {int(key.split("/")[1]) for key in runs if key.startswith(f"{row['policy']}/")}
        assert {number for number in mine if number >= 2_000_000} == {2_000_000 + r for r in range(int(row["n"]))}
        assert float(row["return_rate_6m_low"]) <= float(row["return_rate_6m_confirmed"]) <= float(row["return_rate_6m_high"])
    assert rows[-1]["front_probability"] == "0.0"


def test_the_recommended_setting_is_an_arm_that_compare_takes(out, tmp_path) -> None:
    best = yaml.safe_load((out / "best.yaml").read_text())
    assert set(best) == {"score", "allocator", "description"}
    few = [*TINY[:5], "market.clients.arrivals_per_day=1.5", "market.pros.n=8", "replications=1", "worlds=0"]
    places = [f"out={tmp_path / 'out'}", f"store={tmp_path / 'store'}"]
    assert run("compare", ["--config-dir", str(out), "arm=[uniform,tuned]", *few, *places]) == 0
    written = yaml.safe_load((tmp_path / "out" / "config.yaml").read_text())["arms"]["tuned"]
    assert written["allocator"] == best["allocator"]


def test_a_search_goes_on_from_its_file_and_from_no_other(out, tmp_path, capsys) -> None:
    later = tmp_path / "out"
    shutil.copytree(out, later)
    # as if it had been stopped after the first generation
    state = json.loads((later / "search.json").read_text())
    state["batches"] = state["batches"][:1]
    (later / "search.json").write_text(json.dumps(state))
    assert main([*FRONT, f"out={later}", f"store={out.parent / 'store'}"]) == 0
    assert "0 of " in capsys.readouterr().out
    for name in ("search.json", "front.csv", "trials.parquet", "best.yaml"):
        assert (later / name).read_bytes() == (out / name).read_bytes()
    before = {path: path.read_bytes() for path in later.iterdir() if path.is_file()}
    assert main([*FRONT, "seed=2", f"out={later}", f"store={tmp_path / 'store'}"]) == 2
    assert "is of another search: seed differ" in capsys.readouterr().err
    assert {path: path.read_bytes() for path in later.iterdir() if path.is_file()} == before
    assert not (tmp_path / "store").exists()


def test_one_objective_is_chosen_on_fresh_numbers_and_confirmed_on_others(out, tmp_path, capsys) -> None:
    asked = [*TINY, "search={arm.allocator.strength: {low: 0, high: 8}}", "minimise=exposure_gini", "delta=.5", "budget=130"]
    assert main([*asked, f"out={tmp_path / 'out'}", f"store={out.parent / 'store'}"]) == 0
    runs = json.loads((tmp_path / "out" / "manifest.json").read_text())["runs"]
    numbers = {int(key.split("/")[1]) // 1_000_000 for key in runs if key.startswith("setting")}
    assert numbers == {0, 1, 2}
    assert "of 2 finalists, those surely within the guardrails after a first look" in " ".join(capsys.readouterr().out.split())


def test_bad_input_ends_with_two_and_leaves_nothing(tmp_path, capsys) -> None:
    assert main([*FRONT, "budget=10", f"out={tmp_path / 'out'}", f"store={tmp_path / 'store'}"]) == 2
    assert "budget = 10, must be >=" in capsys.readouterr().err
    assert not list(tmp_path.iterdir())

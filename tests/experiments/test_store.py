import dataclasses
import json
from dataclasses import dataclass

import numpy as np
import pytest

from experiments import store as store_module
from experiments.store import RunResult, load_run, run_key, save_run, set_aside_if_damaged, write_text
from sim.views import Floats, ProView
from tests.worlds import arm, market, run

SMALL = ("horizon_days=60", "clients.arrivals_per_day=2", "pros.n=5")


@pytest.fixture
def saved(tmp_path):
    world, policy = market(*SMALL), arm("uniform")
    log = run(world, policy)
    result = RunResult({"a": 0.25, "b": float("nan")}, {"x": np.array([1.0, np.nan]), "y": np.array([2.0])})
    key = run_key(world, policy, 1, 0)
    save_run(tmp_path, key, log, result, {"arm": "uniform"})
    return tmp_path, key, log


def test_a_saved_run_comes_back_as_it_was(saved):
    folder, key, _ = saved
    result = load_run(folder, key)
    assert result is not None
    assert result.metrics["a"] == 0.25
    assert np.isnan(result.metrics["b"])
    np.testing.assert_array_equal(result.curves["x"], [1.0, np.nan])
    np.testing.assert_array_equal(result.curves["y"], [2.0])
    assert [path.name for path in folder.iterdir()] == [key]


def test_the_tables_are_parquet_with_names_instead_of_codes(saved):
    from sim.log import load_table

    folder, key, log = saved
    bookings = load_table(folder / key, "bookings")
    assert bookings.num_rows == len(log.bookings["client"])
    assert set(bookings["outcome"].to_pylist()) <= set(log.names["outcomes"])
    np.testing.assert_array_equal(bookings["request_days"].to_numpy(), log.bookings["request_days"])


@pytest.mark.parametrize("name", ["metrics.json", "curves.parquet", "bookings.parquet"])
def test_an_altered_or_torn_file_is_noticed(saved, name):
    folder, key, _ = saved
    path = folder / key / name
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(bytes(content))
    assert load_run(folder, key) is None
    path.write_bytes(bytes(content[:10]))
    assert load_run(folder, key) is None
    path.unlink()
    assert load_run(folder, key) is None


def test_a_folder_without_a_manifest_is_no_result_and_is_set_aside(saved):
    folder, key, _ = saved
    (folder / key / "manifest.json").unlink()
    assert load_run(folder, key) is None
    aside = set_aside_if_damaged(folder, key)
    assert aside is not None
    assert aside.is_dir()
    assert not (folder / key).exists()
    assert set_aside_if_damaged(folder, key) is None


def test_a_second_writer_of_the_same_run_does_no_harm(saved):
    folder, key, log = saved
    before = json.loads((folder / key / "manifest.json").read_text())
    save_run(folder, key, log, RunResult({"a": 9.0}, {}), {"arm": "later"})
    assert json.loads((folder / key / "manifest.json").read_text()) == before
    assert [path.name for path in folder.iterdir()] == [key]


def test_a_write_that_fails_leaves_the_old_file_and_no_rubbish(tmp_path, monkeypatch):
    path = tmp_path / "summary.csv"
    write_text(path, "old")

    def full(_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(store_module, "_sync", full)
    with pytest.raises(OSError, match="No space"):
        write_text(path, "new")
    assert path.read_text() == "old"
    assert [entry.name for entry in tmp_path.iterdir()] == ["summary.csv"]


def test_a_save_that_fails_publishes_nothing(tmp_path, monkeypatch):
    world, policy = market(*SMALL), arm("uniform")

    def full(_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(store_module, "_sync", full)
    with pytest.raises(OSError, match="No space"):
        save_run(tmp_path, "key", run(world, policy), RunResult({}, {}), {})
    assert list(tmp_path.iterdir()) == []


@dataclass(frozen=True)
class Mine:
    parameter: float = 1.0

    def visibility(self, pros: ProView, now_days: float) -> Floats:
        return np.ones(pros.n_pros)


def test_the_key_changes_with_whatever_determines_the_result_and_with_nothing_else(monkeypatch):
    world, policy = market(*SMALL), arm("wecasa_2025")
    key = run_key(world, policy, 1, 0)
    assert key == run_key(world, dataclasses.replace(policy, name="another name", description="text"), 1, 0)
    others = [
        run_key(market(*SMALL, "pros.late_share=0.15"), policy, 1, 0),
        run_key(world, arm("wecasa_2025", "score.min_sessions=31"), 1, 0),
        run_key(world, arm("wecasa_2025", "allocator.strength=1.1"), 1, 0),
        run_key(world, policy, 2, 0),
        run_key(world, policy, 1, 1),
        run_key(world, dataclasses.replace(policy, allocator=Mine()), 1, 0),
        run_key(world, dataclasses.replace(policy, allocator=Mine(2.0)), 1, 0),
    ]
    monkeypatch.setattr(store_module, "RESULT_DIGEST", "other source")
    others.append(run_key(world, policy, 1, 0))
    assert len({key, *others}) == 1 + len(others)

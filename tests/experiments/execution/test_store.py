import json
import os
import stat

import numpy as np
import pytest

from experiments.execution import disk
from experiments.execution import store as store_module
from experiments.execution.disk import StoreError
from experiments.execution.keys import run_key
from experiments.execution.store import DamagedError, RunResult, load_run, read_run, save_run, set_aside, write_text
from tests.markets import arm, market, run

SMALL = ("horizon_days=60", "clients.arrivals_per_day=2", "pros.n=5")
RESULT = RunResult({"a": 0.1 + 0.2, "b": float("nan"), "c": -float("inf")}, {"x": np.array([1.0, np.nan]), "y": np.array([2 / 3])})


@pytest.fixture
def finished():
    world, policy = market(*SMALL), arm("uniform")
    return run_key(world, policy, 1, 0), run(world, policy)


@pytest.fixture
def saved(tmp_path, finished):
    key, log = finished
    save_run(tmp_path, key, log, RESULT, {"arm": "uniform"})
    return tmp_path, key, log


@pytest.mark.parametrize("keep_logs", [True, False])
def test_a_saved_run_comes_back_to_the_bit(tmp_path, finished, keep_logs):
    key, log = finished
    save_run(tmp_path, key, log, RESULT, {"arm": "uniform"}, keep_logs)
    result = read_run(tmp_path, key, tables=keep_logs)
    assert result is not None
    assert result.metrics["a"] == 0.30000000000000004
    assert np.isnan(result.metrics["b"])
    assert result.metrics["c"] == -np.inf
    np.testing.assert_array_equal(result.curves["x"], [1.0, np.nan])
    np.testing.assert_array_equal(result.curves["y"], [2 / 3])
    assert [path.name for path in tmp_path.iterdir()] == [key]


def test_what_is_stored_is_json_that_any_language_reads(saved):
    folder, key, log = saved

    def refuse(constant):
        raise AssertionError(constant)

    stored = json.loads((folder / key / "result.json").read_text(), parse_constant=refuse)
    assert stored["about"]["key"] == key
    assert stored["about"]["log_digest"] == log.digest()
    assert stored["metrics"] == {"a": 0.30000000000000004, "b": "nan", "c": "-inf"}


def test_the_tables_are_parquet_with_names_instead_of_codes(saved):
    from sim.log import load_table

    folder, key, log = saved
    bookings = load_table(folder / key, "bookings")
    assert bookings.num_rows == len(log.bookings["client"])
    assert set(bookings["outcome"].to_pylist()) <= set(log.names["outcomes"])
    np.testing.assert_array_equal(bookings["request_days"].to_numpy(), log.bookings["request_days"])


def test_without_tables_a_run_is_one_small_file(tmp_path, finished):
    key, log = finished
    save_run(tmp_path, key, log, RESULT, {}, keep_logs=False)
    assert [path.name for path in (tmp_path / key).iterdir()] == ["result.json"]
    assert load_run(tmp_path, key) is not None
    assert read_run(tmp_path, key, tables=True) is None


def test_a_result_with_tables_satisfies_a_request_without_them(saved):
    assert read_run(saved[0], saved[1], tables=False) is not None


def test_tables_are_added_to_a_run_that_was_kept_without_them(tmp_path, finished):
    key, log = finished
    save_run(tmp_path, key, log, RESULT, {"arm": "first"}, keep_logs=False)
    before = (tmp_path / key / "result.json").read_bytes()
    # a crash while tables were added leaves some of them without tables.json
    (tmp_path / key / "bookings.parquet").write_bytes(b"torn")
    assert read_run(tmp_path, key, tables=True) is None
    save_run(tmp_path, key, log, RESULT, {"arm": "second"}, keep_logs=True)
    assert read_run(tmp_path, key, tables=True) is not None
    assert (tmp_path / key / "result.json").read_bytes() == before
    assert [path.name for path in tmp_path.iterdir()] == [key]


@pytest.mark.parametrize("name", ["result.json", "tables.json", "bookings.parquet"])
def test_an_altered_torn_or_missing_file_is_noticed(saved, name):
    folder, key, _ = saved
    path = folder / key / name
    content = path.read_bytes()
    for damaged in (bytes([content[0] ^ 1]) + content[1:], content[:10], b"", content + b" "):
        path.write_bytes(damaged)
        with pytest.raises(DamagedError, match=name):
            read_run(folder, key, tables=True)
        assert load_run(folder, key, tables=True) is None
    path.write_bytes(content)
    assert load_run(folder, key, tables=True) is not None
    path.unlink()
    assert load_run(folder, key, tables=True) is None


def test_a_result_under_another_run_s_name_is_damaged(saved):
    folder, key, _ = saved
    (folder / key).rename(folder / ("0" * 32))
    with pytest.raises(DamagedError, match="holds the run"):
        read_run(folder, "0" * 32)


def test_an_empty_folder_is_no_result_and_is_set_aside(tmp_path):
    (tmp_path / "key").mkdir()
    with pytest.raises(DamagedError, match=r"has no result\.json"):
        read_run(tmp_path, "key")
    aside = set_aside(tmp_path, "key")
    assert aside is not None
    assert aside.is_dir()
    assert not (tmp_path / "key").exists()
    # another driver was faster
    assert set_aside(tmp_path, "key") is None


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_a_result_that_may_not_be_read_is_an_error_and_not_damage(saved):
    folder, key, _ = saved
    (folder / key / "result.json").chmod(0)
    with pytest.raises(StoreError, match=r"result\.json"):
        read_run(folder, key)


def test_permission_denied_is_told_from_damage(saved, monkeypatch):
    folder, key, _ = saved

    def denied(path):
        raise PermissionError(13, "Permission denied", str(path))

    monkeypatch.setattr(type(folder), "read_bytes", denied)
    with pytest.raises(StoreError, match=r"result\.json"):
        read_run(folder, key)


def test_a_second_writer_of_the_same_run_does_no_harm(saved):
    folder, key, log = saved
    before = {path: path.read_bytes() for path in (folder / key).iterdir()}
    save_run(folder, key, log, RunResult({"a": 9.0}, {}), {"arm": "later"})
    assert {path: path.read_bytes() for path in (folder / key).iterdir()} == before
    assert [path.name for path in folder.iterdir()] == [key]


def test_a_damaged_result_in_the_way_of_a_new_one_is_set_aside(saved):
    folder, key, log = saved
    (folder / key / "result.json").write_text("{")
    save_run(folder, key, log, RESULT, {})
    assert load_run(folder, key, tables=True) is not None
    assert len(list(folder.glob(f"{key}.damaged-*"))) == 1


def test_other_people_may_read_what_the_umask_allows(saved):
    folder, key, _ = saved
    umask = os.umask(0)
    os.umask(umask)
    assert stat.S_IMODE((folder / key / "result.json").stat().st_mode) == 0o666 & ~umask


def full(*_, **__):
    raise OSError(28, "No space left on device")


def test_a_write_that_fails_names_the_file_and_leaves_the_old_one_and_no_rubbish(tmp_path, monkeypatch):
    path = tmp_path / "summary.csv"
    write_text(path, "old")
    monkeypatch.setattr(disk.os, "fsync", full)
    with pytest.raises(StoreError, match=r"No space left on device.*summary\.csv"):
        write_text(path, "new")
    assert path.read_text() == "old"
    assert [entry.name for entry in tmp_path.iterdir()] == ["summary.csv"]


def test_a_table_that_cannot_be_written_publishes_nothing(tmp_path, finished, monkeypatch):
    key, log = finished
    monkeypatch.setattr("sim.log.pq.write_table", full)
    with pytest.raises(StoreError, match="No space"):
        save_run(tmp_path, key, log, RESULT, {})
    assert list(tmp_path.iterdir()) == []


def test_a_short_write_goes_on_where_it_stopped(tmp_path, monkeypatch):
    real = os.write
    monkeypatch.setattr(store_module, "write", disk.write)
    monkeypatch.setattr(disk.os, "write", lambda handle, content: real(handle, bytes(content)[:3]))
    disk.write(tmp_path / "x", b"0123456789")
    monkeypatch.undo()
    assert (tmp_path / "x").read_bytes() == b"0123456789"

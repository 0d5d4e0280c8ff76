import json
import os
import subprocess
import sys
import time
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from experiments.execution.contents import entries, holds_other_versions
from experiments.execution.disk import HOST, temporary_name
from experiments.execution.executors import ExecutorSettings
from experiments.execution.jobs import Job
from experiments.execution.runner import Runner
from experiments.execution.store import seal
from experiments.store import main
from tests.markets import arm, market

WORLD = ("horizon_days=60", "clients.arrivals_per_day=2", "pros.n=5")
DEAD = 2**22 + 1
"""No process has this number: Linux gives them up to 2**22."""


@pytest.fixture
def store(tmp_path):
    """Two current runs, one of another version, one of the first versions, one torn, and things left over."""
    folder = tmp_path / "results"
    with Runner(folder, ExecutorSettings(name="serial")) as runner:
        runner.run([Job(market(*WORLD), arm("uniform"), 1, replication, label="x=1") for replication in range(2)])
        runner.run([Job(market(*WORLD), arm("rating"), 1, 0)])
    current = sorted(path for path in folder.iterdir())
    other = json.loads((current[2] / "result.json").read_text())
    other["about"] |= {"key": "a" * 32, "source": {**other["about"]["source"], "shared": "edited since"}}
    (folder / ("a" * 32)).mkdir()
    (folder / ("a" * 32) / "result.json").write_bytes(seal({name: other[name] for name in ("about", "metrics", "curves")}))
    (folder / ("b" * 32)).mkdir()
    (folder / ("b" * 32) / "manifest.json").write_text(json.dumps({"arm": "old", "market": "m", "seed": 1, "replication": 0}))
    (folder / ("c" * 32)).mkdir()
    (folder / ("c" * 32) / "result.json").write_bytes(b"torn")
    (folder / f".{'d' * 32}.{HOST}.{DEAD}.0123456789ab").mkdir()
    # ours, and of another machine a moment ago: somebody is writing there
    temporary_name(folder / ("e" * 32)).mkdir()
    (folder / f".{'e' * 32}.elsewhere.1.0123456789ab").mkdir()
    (folder / "notes.txt").write_text("not ours")
    return folder


def states(folder: Path) -> dict[str, int]:
    found: dict[str, int] = {}
    for entry in entries(folder):
        found[entry.state] = found.get(entry.state, 0) + 1
    return found


def test_everything_in_a_store_is_told_apart(store):
    assert states(store) == {"current": 3, "other": 2, "damaged": 1, "leftover": 1}
    assert holds_other_versions(store)
    assert not holds_other_versions(store / "nowhere")


def test_something_unfinished_of_another_machine_is_left_over_after_an_hour(store):
    path = store / f".{'e' * 32}.elsewhere.1.0123456789ab"
    os.utime(path, (time.time() - 3700, time.time() - 3700))
    assert states(store)["leftover"] == 2


def test_the_list_has_a_line_a_run_with_arm_market_seed_replication_seconds_and_version(store, capsys):
    assert main(["list", str(store)]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].split() == ["version", "arm", "label", "market", "seed", "replication", "seconds", "folder"]
    assert sum(line.startswith("current") and " uniform " in line and " x=1 " in line for line in lines) == 2
    assert sum(line.startswith("other") for line in lines) == 2
    assert lines[-1].startswith(f"7 in {store}: ")
    assert "3 current" in lines[-1]


def test_the_list_can_be_of_one_arm_or_market_and_in_another_order(store, capsys):
    def listed(*options):
        assert main(["list", str(store), *options]) == 0
        lines = capsys.readouterr().out.splitlines()
        return [line.split() for line in lines[1 : lines.index("")]], lines[-1]

    everything, _ = listed()
    rating, last = listed("--arm", "rating")
    assert rating == [words for words in everything if words[1] == "rating"] != []
    assert last.startswith(f"{len(rating)} in {store}: ")
    assert listed("--arm", "rating", "--market", "mars")[0] == []
    # of two replications of one arm and one of another, numbers by size
    assert [words[-3] for words in listed("--sort", "replication")[0] if words[0] == "current"] == ["0", "0", "1"]
    by_arm, _ = listed("--sort", "arm")
    known = [words[1] for words in by_arm if words[0] in ("current", "other")]
    assert known == sorted(known)
    assert known[0] == "old"
    # what has no arm comes last
    assert by_arm[-1][0] in ("damaged", "leftover")
    with pytest.raises(SystemExit):
        main(["list", str(store), "--sort", "colour"])
    assert "invalid choice: 'colour'" in capsys.readouterr().err


def test_verify_names_what_is_damaged_and_fails(store, capsys):
    assert main(["verify", str(store)]) == 1
    assert f"{store / ('c' * 32)}: damaged" in capsys.readouterr().out
    good = next(entry for entry in entries(store) if entry.state == "current")
    content = (good.path / "result.json").read_bytes()
    (good.path / "result.json").write_bytes(content.replace(b'"metrics"', b'"Metrics"'))
    assert main(["verify", str(store)]) == 1
    assert f"{good.path / 'result.json'} differs from its checksum\n" in capsys.readouterr().out
    # what is listed as current but differs goes with the damaged ones
    assert main(["prune", str(store)]) == 0
    assert f"would delete  damaged  {len(content):,} bytes  {good.path}" in capsys.readouterr().out


def test_prune_says_first_and_deletes_only_with_yes(store, capsys):
    before = sorted(path.name for path in store.iterdir())
    assert main(["prune", str(store)]) == 0
    text = capsys.readouterr().out
    assert text.count("would delete") == 4
    assert "4 could go, " in text
    assert text.endswith("; --yes deletes them\n")
    assert sorted(path.name for path in store.iterdir()) == before
    assert main(["prune", str(store), "--yes"]) == 0
    assert states(store) == {"current": 3}
    # what is being written now, and what is not ours, stays
    assert (store / "notes.txt").exists()
    assert (store / f".{'e' * 32}.elsewhere.1.0123456789ab").exists()
    assert main(["verify", str(store)]) == 0


def test_export_gives_one_row_a_run_and_one_column_a_metric(store, tmp_path, capsys):
    assert main(["export", str(store), str(tmp_path / "runs.parquet")]) == 0
    table = pq.read_table(tmp_path / "runs.parquet")
    assert table.num_rows == 4
    assert sorted(table["version"].to_pylist()) == ["current", "current", "current", "other"]
    for row in table.to_pylist():
        stored = json.loads((store / row["key"] / "result.json").read_text())
        assert row["arm"] == stored["about"]["arm"]
        assert row["fill_rate"] == float(stored["metrics"]["fill_rate"])
    assert "4 runs x " in capsys.readouterr().out


def test_an_empty_store_is_fine(tmp_path, capsys):
    for command in (["list"], ["verify"], ["prune"], ["prune", "--yes"]):
        assert main([command[0], str(tmp_path), *command[1:]]) == 0
    assert main(["export", str(tmp_path), str(tmp_path / "x.parquet")]) == 0
    assert pq.read_table(tmp_path / "x.parquet").num_rows == 0
    capsys.readouterr()


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["list", "nowhere"], "nowhere, must be a folder of results"),
        (["export", ".", "."], "., must be the name of a file, not a folder"),
    ],
)
def test_bad_input_is_one_message(arguments, message, capsys, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert main(arguments) == 2
    assert capsys.readouterr().err == f"error: {message}\n"


def test_a_reader_that_has_had_enough_is_no_error(store):
    root = Path(__file__).resolve().parents[3]
    listing = f"{sys.executable} -m experiments.store list {store} | head -1"
    run = subprocess.run(["bash", "-c", listing], cwd=root, capture_output=True, text=True, check=True)
    assert run.stdout.startswith("version")
    assert run.stderr == ""

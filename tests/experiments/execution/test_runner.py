import json
import os
import signal
import subprocess
import sys
import time
from collections import Counter, deque
from dataclasses import dataclass
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest

from experiments.execution import runner as runner_module
from experiments.execution.cluster import ClusterError
from experiments.execution.executors import Dask, ExecutorSettings
from experiments.execution.jobs import Job
from experiments.execution.run_set import RunSet, run_set
from experiments.execution.runner import RunError, Runner
from experiments.execution.worker import Chunk, WorkerError, landing, run_chunk
from sim.arrays import Floats
from sim.config import ConfigError, load
from sim.engine.platform import Arm
from sim.views import ProView
from tests.markets import arm, arms, market

SERIAL = ExecutorSettings(name="serial")
WORLD = ("horizon_days=100", "warmup_days=10", "clients.arrivals_per_day=3", "pros.n=8")


def run_all(world, policies, replications, seed, store, executor) -> RunSet:
    """Every arm times every replication, with the tables of each run kept."""
    jobs = {(name, r): Job(world, arm, seed, r) for name, arm in policies.items() for r in range(replications)}
    with Runner(store, executor, keep_logs=True) as runner:
        return run_set(runner, jobs)


def logs(store):
    return {path.parent.name: json.loads(path.read_text())["about"]["log_digest"] for path in store.glob("*/result.json")}


@pytest.fixture(scope="module")
def serial(tmp_path_factory):
    store = tmp_path_factory.mktemp("serial")
    outcome = run_all(market(*WORLD, preset="personal_care"), arms("uniform", "wecasa_2025"), 2, 5, store, SERIAL)
    return store, outcome


def test_every_arm_and_replication_is_run_once(serial):
    store, outcome = serial
    assert outcome.simulated == 4
    assert len(logs(store)) == 4
    assert outcome.values("uniform")["fill_rate"].shape == (2,)
    assert outcome.curves("uniform")["exposure_lorenz"].shape == (2, 101)


def test_what_is_in_the_store_is_not_simulated_again(serial):
    store, first = serial
    world = market(*WORLD, preset="personal_care")
    again = run_all(world, arms("uniform", "wecasa_2025"), 2, 5, store, SERIAL)
    assert again.simulated == 0
    assert again.values("uniform")["fill_rate"].tolist() == first.values("uniform")["fill_rate"].tolist()
    more = run_all(world, arms("uniform", "rating"), 2, 5, store, SERIAL)
    assert more.simulated == 2


def test_a_damaged_result_is_set_aside_and_simulated_again(tmp_path):
    world = market(*WORLD, preset="personal_care")
    first = run_all(world, arms("uniform"), 1, 5, tmp_path, SERIAL)
    key = first.keys["uniform", 0]
    (tmp_path / key / "result.json").write_text("{")
    with pytest.warns(RuntimeWarning, match=r"damaged \(.*result.json differs from its checksum\)"):
        again = run_all(world, arms("uniform"), 1, 5, tmp_path, SERIAL)
    assert again.simulated == 1
    assert again.values("uniform")["fill_rate"].tolist() == first.values("uniform")["fill_rate"].tolist()
    assert len(list(tmp_path.glob("*.damaged-*"))) == 1


@dataclass(frozen=True)
class Broken:
    """Raises once a pro has finished a session."""

    def visibility(self, pros: ProView, now_days: float) -> Floats:
        if now_days > 20:
            raise ZeroDivisionError("no luck")
        return np.ones(pros.n_pros)


def test_a_policy_that_raises_is_named_and_the_other_runs_are_kept(tmp_path):
    policies = arms("uniform")
    broken = {"broken": Arm("broken", policies["uniform"].score, Broken()), **policies}
    with pytest.raises(
        RunError, match=r"arm=broken replication=1 seed=5 failed: ZeroDivisionError: no luck \(File .*, line \d+, in vis"
    ):
        run_all(market(*WORLD), broken, 2, 5, tmp_path, SERIAL)
    assert len(logs(tmp_path)) == 2


def test_a_message_names_some_failures_and_counts_the_others(tmp_path):
    job = Job(market(*WORLD), Arm("broken", arm("uniform").score, Broken()), 1, 0, label="strength=2")
    text = runner_module._message([job] * 25, {job.key: "why"}, tmp_path)
    assert text.startswith("arm=broken strength=2 replication=0 seed=1 failed: why\n")
    assert text.endswith("... and 5 more")


def test_a_runner_adds_what_is_new_in_rounds_and_counts_it(tmp_path):
    world, policy = market(*WORLD), arm("uniform")
    jobs = [Job(world, policy, 5, replication) for replication in range(4)]
    with Runner(tmp_path, SERIAL) as runner:
        first = runner.run(jobs[:2])
        assert runner.simulated == 2
        assert set(runner.run(jobs)) == {job.key for job in jobs}
        assert runner.simulated == 4
    with Runner(tmp_path, SERIAL) as again:
        assert again.run(jobs[:2])[jobs[0].key].metrics == pytest.approx(first[jobs[0].key].metrics, nan_ok=True)
        assert again.simulated == 0
    with Runner(tmp_path, SERIAL, keep_logs=True) as with_tables:
        with_tables.run(jobs[:1])
        assert with_tables.simulated == 1
    # nothing but results is left
    assert {path.name for path in tmp_path.iterdir()} == {job.key for job in jobs}


def test_results_of_another_model_version_are_kept_ignored_and_said(tmp_path, monkeypatch, capsys):
    job = Job(market(*WORLD), arm("uniform"), 5, 0)
    with Runner(tmp_path, SERIAL) as runner:
        runner.run([job])
    path = tmp_path / job.key / "result.json"
    content = path.read_text().replace('"numpy": "', '"numpy": "0.')
    path.write_text(content)
    path.parent.rename(tmp_path / ("f" * 32))
    with Runner(tmp_path, SERIAL) as runner:
        runner.run([job])
        assert runner.simulated == 1
    assert "holds results of another version of the model: they are kept and not used" in capsys.readouterr().err
    assert (tmp_path / ("f" * 32) / "result.json").read_text() == content


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"name": "dask"}, "address = None, must be a scheduler"),
        ({"name": "dask", "address": "nonsense"}, "address = 'nonsense', must be such as tcp://10.0.0.5:8786"),
        ({"name": "dask", "address": "tcp://host"}, "address = 'tcp://host', must be such as tcp://10.0.0.5:8786"),
        ({"name": "local", "address": "tcp://1.2.3.4:5"}, "must be null unless executor=dask"),
        ({"name": "serial", "time_limit_seconds": 3}, "time_limit_seconds = 3, must be null with executor=serial"),
        ({"time_limit_seconds": 0}, "time_limit_seconds = 0"),
        ({"workers": -1}, "workers = -1"),
        ({"name": "threads"}, "name = 'threads'"),
    ],
)
def test_settings_that_contradict_are_refused(settings, message):
    with pytest.raises(ConfigError) as caught:
        load(ExecutorSettings, settings, "executor")
    assert message in str(caught.value)


def chunk(tmp_path: Path, *jobs: Job, flights: str = "") -> Chunk:
    return Chunk("0", jobs, tmp_path, tmp_path / flights, False, None, "")


def test_a_worker_that_sees_another_folder_says_so(tmp_path):
    job = Job(market(*WORLD), arm("uniform"), 5, 0)
    with pytest.raises(WorkerError, match="must be a folder shared by this machine and all workers"):
        run_chunk(chunk(tmp_path, job, flights="elsewhere"))


def test_a_worker_of_another_version_says_so(tmp_path):
    job = Job(market(*WORLD), arm("uniform"), 5, 0)
    job.__dict__["key"] = "0" * 32
    with pytest.raises(WorkerError, match="another version of the model"):
        run_chunk(chunk(tmp_path, job))
    assert list(tmp_path.iterdir()) == []


def test_a_chunk_that_killed_its_process_is_not_begun_again(tmp_path):
    job = Job(market(*WORLD), arm("uniform"), 5, 0)
    (tmp_path / "0.txt").write_text(f"{job.key}\n")
    assert run_chunk(chunk(tmp_path, job)) is None
    assert landing(tmp_path / "0.txt") == (job.key, "", False)
    assert landing(tmp_path / "1.txt") == (None, "", False)


def test_workers_that_die_before_any_run_end_the_experiment(tmp_path):
    job = Job(market(*WORLD), arm("uniform"), 5, 0)
    dask = object.__new__(Dask)
    dask.settings, dask.cluster = ExecutorSettings(workers=2), SimpleNamespace(n_workers=2)
    dask.todo, dask.suspects, dask.deaths, dask.unborn = deque(), deque(), Counter(), 0
    for _ in range(11):
        assert list(dask._died(chunk(tmp_path, job))) == []
    with pytest.raises(ClusterError, match="workers die before they begin a run, 12 in a row"):
        list(dask._died(chunk(tmp_path, job)))
    assert len(dask.todo) == 12, "each death hands the run back"


def test_an_interrupt_stops_soon_and_keeps_what_is_finished(tmp_path):
    root = Path(__file__).resolve().parents[3]
    sizes = ["replications=40", "market.horizon_days=800", "longest_window_months=12", "workers=2"]
    folders = [f"out={tmp_path / 'out'}", f"store={tmp_path / 'store'}"]
    process = subprocess.Popen(
        [sys.executable, "-m", "experiments.compare", "arm=[uniform,rating]", *sizes, *folders],
        env=os.environ | {"PYTHONPATH": str(root)},
        stderr=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    deadline = time.monotonic() + 120
    while not list((tmp_path / "store").glob("*/result.json")) and time.monotonic() < deadline:
        time.sleep(0.05)
    os.killpg(process.pid, signal.SIGINT)
    _, errors = process.communicate(timeout=60)
    assert process.returncode == 130, errors
    assert "the same command goes on from there" in errors
    assert 0 < len(logs(tmp_path / "store")) < 60
    assert not (tmp_path / "out").exists()


def test_a_worker_has_loaded_what_a_run_needs_before_its_time_counts():
    # in a process of its own: this one has loaded it all
    code = """
import sys
from experiments.execution.jobs import Job, measured
from experiments.execution.worker import warm_up
from tests.markets import arm, market
job = Job(market(*sys.argv[1:]), arm("wecasa_2025"), 1, 0)
warm_up(job)
before = set(sys.modules)
measured(job)
print(sorted(set(sys.modules) - before))
"""
    root = Path(__file__).resolve().parents[3]
    done = subprocess.run([sys.executable, "-c", code, *WORLD], cwd=root, capture_output=True, text=True, check=True)
    assert done.stdout == "[]\n"

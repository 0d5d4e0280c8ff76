"""Drills on processes: the driver, a worker, the scheduler or the whole group is killed, stopped or never ends."""

import os
import random
import signal
import socket
import subprocess
import sys
import threading
import time

import pytest

from experiments.execution import cluster as cluster_module
from experiments.execution import executors
from experiments.execution.executors import ExecutorSettings
from experiments.execution.jobs import Job
from experiments.execution.runner import RunError, Runner
from sim.config import ConfigError
from sim.engine.platform import Arm
from tests.faults.drill import LONG, ROOT, contents, small_jobs, start_driver, tallied
from tests.faults.poison import Poison
from tests.markets import arm

SERIAL = ExecutorSettings(name="serial")


@pytest.fixture(autouse=True)
def no_rubbish_in_temporary_folders(tmp_path, monkeypatch):
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    yield
    assert [path.name for path in tmp_path.glob("mission-dispatch-*")] == []


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory):
    """The small runs, by hand."""
    store = tmp_path_factory.mktemp("undisturbed")
    with Runner(store, SERIAL) as runner:
        runner.run(small_jobs(200 if LONG else 10))
    return contents(store)


def poisoned(how: str) -> Job:
    world = small_jobs(1)[0].market
    return Job(world, Arm(how, arm("uniform").score, Poison(how)), 1, 0)


def test_sigkill_of_the_process_group_at_random_moments(tmp_path):
    kills, executor, workers, pause = (50, "local:2", 2, 0.01) if LONG else (1, "serial", 1, 0.004)
    generator = random.Random(1)  # noqa: S311
    store, journal, scratch = tmp_path / "store", tmp_path / "journal", tmp_path / "scratch"
    scratch.mkdir()
    n = 300 if LONG else 20
    done = 0
    while done < kills:
        process = start_driver(store, journal, n, executor, str(pause), TMPDIR=str(scratch))
        time.sleep(generator.uniform(0.1, 2.0))
        if done % 2 == 0:
            # the other half waits for a run to be stored, so that not all hit the start
            known, deadline = len(contents(store)), time.monotonic() + 20
            while len(contents(store)) == known and time.monotonic() < deadline and process.poll() is None:
                time.sleep(generator.uniform(0.0, 0.05))
        if process.poll() is None:
            done += 1
        else:
            # it was faster: more to do for the next one
            n += 20
        os.killpg(process.pid, signal.SIGKILL)
        process.communicate()
    last = start_driver(store, journal, n, executor, str(pause), TMPDIR=str(scratch))
    _, errors = last.communicate(timeout=300)
    assert last.returncode == 0, errors
    found = contents(store)
    begun = journal.stat().st_size
    print(f"{done} kills with {executor}: {n} runs, {begun} begun", file=sys.stderr)
    assert len(found) == n
    # every run was begun once, but for those in flight when a kill came
    assert n <= begun <= n + done * workers
    with Runner(tmp_path / "undisturbed", SERIAL) as runner:
        runner.run(tallied(n, journal, pause))
    assert contents(tmp_path / "undisturbed") == found


def test_poisoned_runs_are_named_and_the_others_finish(tmp_path, undisturbed, monkeypatch):
    hows = ("raise", "segfault", "loop", "kill", "compiled_loop") if LONG else ("raise", "segfault", "loop")
    attempts = executors.ATTEMPTS if LONG else 2
    monkeypatch.setattr(executors, "ATTEMPTS", attempts)
    jobs = small_jobs(195 if LONG else 10)
    for i, how in enumerate(hows):
        jobs.insert((i + 1) * len(jobs) // (len(hows) + 1), poisoned(how))
    store = tmp_path / "store"
    settings = ExecutorSettings(workers=2 if LONG else 1, time_limit_seconds=2.0 if LONG else 1.0)
    with pytest.raises(RunError) as caught, Runner(store, settings) as runner:
        runner.run(jobs)
    print(caught.value, file=sys.stderr)
    lines = {line.split()[0]: line for line in str(caught.value).splitlines()}
    assert set(lines) == {f"arm={how}" for how in hows}
    assert "replication=0 seed=1 failed: ZeroDivisionError: no luck (File" in lines["arm=raise"]
    assert f"its worker process died {attempts} times: Segmentation fault (File" in lines["arm=segfault"]
    assert f"took longer than executor.time_limit_seconds = {settings.time_limit_seconds:g} (File" in lines["arm=loop"]
    assert "poison.py" in lines["arm=loop"]
    if LONG:
        assert lines["arm=kill"].endswith("its worker process died 3 times")
        assert "took longer" in lines["arm=compiled_loop"]
    assert contents(store).items() <= undisturbed.items()
    assert len(contents(store)) == len(jobs) - len(hows)
    assert [path.name for path in store.iterdir() if path.name.startswith(".")] == []


def worker_pids(runner: Runner) -> list[int]:
    """Processes of a runner's own cluster."""
    return [nanny.pid for nanny in runner._executor.cluster.client.cluster.workers.values()]


@pytest.mark.skipif(not LONG, reason="make drills")
@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGSTOP])
def test_a_worker_that_is_killed_or_stopped_is_replaced(tmp_path, number):
    store, journal = tmp_path / "store", tmp_path / "journal"
    jobs = tallied(40, journal, 0.01)
    disturbed: list[int] = []
    started = time.monotonic()
    with Runner(store, ExecutorSettings(workers=1)) as runner:

        def disturb() -> None:
            while len(contents(store)) < 4:
                time.sleep(0.01)
            for pid in worker_pids(runner):
                os.kill(pid, number)
                disturbed.append(pid)

        thread = threading.Thread(target=disturb)
        thread.start()
        runner.run(jobs)
        thread.join()
        assert len(disturbed) == 1
        assert worker_pids(runner) != disturbed
    assert len(contents(store)) == len(jobs)
    assert len(jobs) <= journal.stat().st_size <= len(jobs) + 1
    # noticed within a minute
    assert time.monotonic() - started < 75


@pytest.mark.skipif(not LONG, reason="make drills")
def test_a_cluster_whose_scheduler_is_gone_is_built_again(tmp_path, monkeypatch):
    monkeypatch.setattr(executors, "CHECK_SECONDS", 0.3)
    store, journal = tmp_path / "store", tmp_path / "journal"
    jobs = tallied(20, journal, 0.01)
    with Runner(store, ExecutorSettings(workers=1)) as runner:
        runner.run(jobs[:2])
        first = runner._executor.cluster
        thread = threading.Thread(target=lambda: (time.sleep(0.3), first.client.cluster.scheduler.stop(), first.client.close()))
        thread.start()
        runner.run(jobs)
        thread.join()
        assert runner._executor.cluster is not first
    assert len(contents(store)) == 20


def test_a_cluster_that_keeps_failing_is_given_up_with_a_message(tmp_path, monkeypatch):
    opened = []

    class Lost:
        n_workers = 1

        def __init__(self, *_, **__):
            opened.append(self)

        def submit(self, *_):
            raise cluster_module.ClusterError("the scheduler does not answer: gone")

        def close(self, futures=()):
            pass

    monkeypatch.setattr(executors, "open_cluster", Lost)
    message = "the scheduler does not answer: gone; 2 runs are missing, the same command goes on from there"
    with pytest.raises(RunError, match=message), Runner(tmp_path / "store") as runner:
        runner.run(small_jobs(2))
    assert len(opened) == 1 + executors.ATTEMPTS


@pytest.mark.parametrize("address", ["silent", "closed"])
def test_an_address_that_does_not_answer_is_a_clear_error_soon(tmp_path, monkeypatch, address):
    if not LONG:
        monkeypatch.setattr(cluster_module, "ANSWER_SECONDS", 1.0)
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        if address == "silent":
            listening.listen()
        address = f"tcp://127.0.0.1:{listening.getsockname()[1]}"
        started = time.monotonic()
        with (
            pytest.raises(ConfigError, match=r"executor\.address = "),
            Runner(tmp_path / "store", ExecutorSettings(name="dask", address=address)) as runner,
        ):
            runner.run(small_jobs(1))
        assert time.monotonic() - started < 15
    assert list((tmp_path / "store").iterdir()) == []


def start_dask(*words: str) -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        [sys.executable, "-c", "from dask.__main__ import main; main()", *words],
        cwd=ROOT,
        env=os.environ | {"PYTHONPATH": str(ROOT)},
        stderr=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
    )


@pytest.mark.skipif(not LONG, reason="make drills")
@pytest.mark.parametrize("comes_back", [True, False])
def test_a_scheduler_on_another_machine_is_killed(tmp_path, undisturbed, comes_back):
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = str(free.getsockname()[1])
    address = f"tcp://127.0.0.1:{port}"
    scheduler = ("scheduler", "--host", "127.0.0.1", "--port", port, "--no-dashboard")
    worker = ("worker", address, "--nthreads", "1", "--no-dashboard", "--local-directory", str(tmp_path / "scratch"))
    processes = [start_dask(*scheduler), start_dask(*worker)]
    store, journal = tmp_path / "store", tmp_path / "journal"
    jobs = tallied(60, journal, 0.02)
    killed = 0.0
    try:
        with Runner(store, ExecutorSettings(name="dask", address=address)) as runner:

            def disturb() -> None:
                nonlocal killed
                while len(contents(store)) < 5:
                    time.sleep(0.05)
                processes[0].kill()
                processes[0].wait()
                killed = time.monotonic()
                if comes_back:
                    time.sleep(5)
                    processes[1].kill()
                    processes.extend([start_dask(*scheduler), start_dask(*worker)])

            thread = threading.Thread(target=disturb)
            thread.start()
            if comes_back:
                runner.run(jobs)
            else:
                with pytest.raises(RunError, match=r"no longer answers; .* runs are missing, the same command goes on from there"):
                    runner.run(jobs)
                assert time.monotonic() - killed < 60
    finally:
        thread.join()
        for process in processes:
            process.kill()
            process.wait()
    if comes_back:
        assert len(contents(store)) == len(jobs)
        assert journal.stat().st_size <= len(jobs) + 3
    print(f"scheduler killed, {comes_back=}: noticed and done {time.monotonic() - killed:.0f} s later", file=sys.stderr)

"""Same runs, same bytes: whatever the order, the processes, the hash seed or the state of the compiled code."""

import dataclasses
import random
import sys

import pytest

from experiments.execution.executors import ExecutorSettings
from experiments.execution.runner import Runner
from tests.faults.drill import LONG, contents, small_jobs, start_driver
from tests.markets import arms

SERIAL = ExecutorSettings(name="serial")


def jobs_of_two_arms(n):
    return [job for policy in arms("uniform", "wecasa_2025").values() for job in small_jobs(n, policy)]


@pytest.fixture(scope="module")
def serial(tmp_path_factory):
    store = tmp_path_factory.mktemp("serial")
    with Runner(store, SERIAL, keep_logs=True) as runner:
        runner.run(jobs_of_two_arms(20 if LONG else 4))
    return store


@pytest.mark.parametrize("workers", [1, 2] if LONG else [2])
def test_any_number_of_workers_and_any_order(tmp_path, serial, workers):
    jobs = jobs_of_two_arms(20 if LONG else 4)
    random.Random(workers).shuffle(jobs)  # noqa: S311
    with Runner(tmp_path, ExecutorSettings(workers=workers), keep_logs=True) as runner:
        runner.run(jobs)
    assert contents(tmp_path) == contents(serial)
    for path in serial.glob("*/*.parquet"):
        assert path.read_bytes() == (tmp_path / path.parent.name / path.name).read_bytes()


def test_both_engines(tmp_path, serial):
    jobs = jobs_of_two_arms(20 if LONG else 2)
    with Runner(tmp_path, SERIAL) as runner:
        runner.run([dataclasses.replace(job, engine="simpy") for job in jobs])
    assert contents(tmp_path).items() <= contents(serial).items()


def test_any_hash_seed_and_order_in_another_process(tmp_path):
    found = []
    for hash_seed in ("0", "1"):
        store = tmp_path / hash_seed
        process = start_driver(
            store,
            tmp_path / "journal",
            10 if LONG else 3,
            "serial",
            "0.0",
            *(["backwards"] if hash_seed == "1" else []),
            PYTHONHASHSEED=hash_seed,
        )
        _, errors = process.communicate(timeout=120)
        assert process.returncode == 0, errors
        found.append(contents(store))
    assert found[0] == found[1]
    assert len(found[0]) == (10 if LONG else 3)


@pytest.mark.skipif(not LONG, reason="make drills: compiling takes half a minute")
def test_code_that_is_compiled_now_code_from_the_cache_and_plain_python(tmp_path):
    found = []
    variants = (
        {"NUMBA_CACHE_DIR": str(tmp_path / "cache")},
        {"NUMBA_CACHE_DIR": str(tmp_path / "cache")},
        {"NUMBA_DISABLE_JIT": "1"},
    )
    for i, variant in enumerate(variants):
        process = start_driver(tmp_path / f"{i}", tmp_path / "journal", 5, "serial", **variant)
        _, errors = process.communicate(timeout=300)
        assert process.returncode == 0, errors
        print(f"{variant}: {errors.splitlines()[-1]}", file=sys.stderr)
        found.append(contents(tmp_path / f"{i}"))
    assert found[0] == found[1] == found[2]
    assert len(found[0]) == 5

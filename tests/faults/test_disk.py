"""Drills on the disk: it fills up, it breaks, it forgets."""

import errno
import os
from pathlib import Path

import numpy as np
import pytest

from experiments.execution.contents import entries
from experiments.execution.disk import StoreError
from experiments.execution.executors import ExecutorSettings
from experiments.execution.runner import Runner
from experiments.execution.store import DamagedError, read_run
from experiments.store import main as store_command
from tests.faults.drill import LONG, contents, small_jobs

SERIAL = ExecutorSettings(name="serial")
CALLS = {"write": ("write",), "fsync": ("fsync",), "rename": ("rename", "replace"), "mkdir": ("mkdir",)}


class Failing:
    """Lets a kind of call of the operating system fail from its n-th time on."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, kind: str, n: int, number: int) -> None:
        self.left = n
        for name in CALLS[kind]:
            monkeypatch.setattr(os, name, self.wrap(getattr(os, name), number))

    def wrap(self, real, number):
        def call(*arguments, **options):
            self.left -= 1
            if self.left <= 0:
                raise OSError(number, os.strerror(number))
            return real(*arguments, **options)

        return call


@pytest.mark.parametrize("kind", CALLS)
@pytest.mark.parametrize(
    ("number", "keep_logs"),
    [(errno.EIO, False), (errno.ENOSPC, True), *([(errno.ENOSPC, False), (errno.EIO, True)] if LONG else [])],
)
def test_the_nth_write_fsync_or_rename_fails(tmp_path, monkeypatch, kind, number, keep_logs):
    jobs = small_jobs(3 if LONG else 2)
    with Runner(tmp_path / "whole", SERIAL, keep_logs) as runner:
        runner.run(jobs)
    whole = contents(tmp_path / "whole")
    for n in range(1, 200):
        store = tmp_path / f"{n}"
        published = 0
        with monkeypatch.context() as patch, Runner(store, SERIAL, keep_logs) as runner:
            failing = Failing(patch, kind, n, number)
            try:
                runner.run(jobs)
            except StoreError as error:
                failure = error
            else:
                assert failing.left > 0
                break
        # the path is named, and what is published is whole
        assert failure.errno == number
        assert str(store) in str(failure.filename)
        for key in contents(store):
            assert read_run(store, key, keep_logs) is not None
            published += 1
        assert published <= len(jobs)
        assert all(entry.state == "current" for entry in entries(store)) if store.exists() else True
        with Runner(store, SERIAL, keep_logs) as runner:
            runner.run(jobs)
            assert runner.simulated == len(jobs) - published
        assert contents(store) == whole
    assert n > len(jobs)


def test_a_full_disk_ends_the_command_with_the_path_and_exit_code_1(tmp_path, monkeypatch, capsys):
    from tests.commands import run

    small = ("market=minimal", "market.horizon_days=460", "longest_window_months=12", "market.clients.arrivals_per_day=1")
    arguments = ["arm=[uniform]", *small, "market.pros.n=5", "replications=3", "executor=serial"]
    arguments += [f"out={tmp_path / 'out'}", f"store={tmp_path / 'store'}"]
    with monkeypatch.context() as patch:
        Failing(patch, "fsync", 15, errno.ENOSPC)
        assert run("compare", arguments) == 1
    error = capsys.readouterr().err.splitlines()[-1]
    assert error.startswith(f"error: {tmp_path / 'store'}/")
    assert error.endswith("No space left on device; finished runs are kept, the same command goes on from there")
    assert not (tmp_path / "out").exists()
    assert len(contents(tmp_path / "store")) == 1


def flip(path: Path, generator: np.random.Generator) -> None:
    content = bytearray(path.read_bytes())
    if generator.random() < 0.5:
        at = int(generator.integers(len(content)))
        content[at] ^= 1 << int(generator.integers(8))
    else:
        del content[int(generator.integers(len(content))) :]
    path.write_bytes(bytes(content))


def test_every_bit_flip_and_truncation_is_found_before_use(tmp_path):
    jobs = small_jobs(4)
    with Runner(tmp_path, SERIAL, keep_logs=True) as runner:
        runner.run(jobs)
    before = contents(tmp_path)
    generator = np.random.default_rng(1)
    files = sorted(path for path in tmp_path.rglob("*") if path.is_file())
    for i in range(200 if LONG else 40):
        path = files[int(generator.integers(len(files)))]
        content = path.read_bytes()
        flip(path, generator)
        with pytest.raises(DamagedError, match=path.name):
            read_run(tmp_path, path.parent.name, tables=True)
        if i % 20 == 0:
            assert store_command(["verify", str(tmp_path)]) == 1
            with Runner(tmp_path, SERIAL, keep_logs=True) as runner:
                with pytest.warns(RuntimeWarning, match="damaged"):
                    runner.run(jobs)
                assert runner.simulated == 1
        path.write_bytes(content)
    assert contents(tmp_path) == before
    assert store_command(["prune", str(tmp_path), "--yes"]) == 0
    assert store_command(["verify", str(tmp_path)]) == 0
    assert sorted(path.name for path in tmp_path.iterdir()) == sorted(before)

"""The store against a dictionary: whatever is put, killed, damaged or pruned in whatever order, it tells the truth."""

import os
import shutil
import tempfile
from contextlib import suppress
from pathlib import Path

import numpy as np
import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from experiments.execution import contents, disk
from experiments.execution.store import DamagedError, RunResult, load_run, read_run, save_run, set_aside
from experiments.store import main as store_command
from sim.log import TABLES, RunLog
from tests.faults.drill import LONG, small_jobs
from tests.markets import run

KEYS = tuple(f"{i:032x}" for i in range(3))


def short(log: RunLog) -> RunLog:
    """The first rows of each table: what is stored does not matter, and small is quick."""
    tables = {name: {column: values[:3] for column, values in getattr(log, name).items()} for name in TABLES}
    return RunLog(**tables, names=log.names, facts=log.facts)


JOB = small_jobs(1)[0]
ABOUT = {"arm": "uniform", "market": "tiny", "seed": 1, "replication": 0, "seconds": 0.1}


class Killed(BaseException):
    """Nothing that is written expects this."""


class StoreModel(RuleBasedStateMachine):
    """What each key must give: nothing, a result, or a result with tables."""

    @initialize()
    def empty(self) -> None:
        self.store = Path(tempfile.mkdtemp(prefix="store-model-"))
        self.log = short(run(JOB.market, JOB.arm))
        self.model: dict[str, tuple[float, bool]] = {}
        self.damaged: set[str] = set()
        self.value = 0.0

    def teardown(self) -> None:
        shutil.rmtree(self.store, ignore_errors=True)

    def save(self, key: str, tables: bool) -> None:
        self.value += 1.0
        save_run(self.store, key, self.log, RunResult({"m": self.value}, {"c": np.array([self.value])}), ABOUT, tables)

    @rule(key=st.sampled_from(KEYS), tables=st.booleans())
    def put(self, key: str, tables: bool) -> None:
        self.save(key, tables)
        if key in self.damaged:
            # what was damaged may be noticed now and replaced, or be in a table that nobody asked for
            self.damaged.discard(key)
            found = load_run(self.store, key)
            assert found is not None
            if self._tables_are_damaged(key):
                self.damaged.add(key)
            self.model[key] = (found.metrics["m"], load_run(self.store, key, tables=True) is not None)
            return
        kept, had_tables = self.model.get(key, (self.value, False))
        self.model[key] = (kept, had_tables or tables)

    def _tables_are_damaged(self, key: str) -> bool:
        try:
            read_run(self.store, key, tables=True)
        except DamagedError:
            return True
        return False

    @rule(key=st.sampled_from(KEYS), tables=st.booleans(), n=st.integers(1, 14))
    def put_and_be_killed(self, key: str, tables: bool, n: int) -> None:
        left = n

        def dying(real):
            def call(*arguments, **options):
                nonlocal left
                left -= 1
                if left <= 0:
                    raise Killed
                return real(*arguments, **options)

            return call

        had = self.model.get(key)
        with pytest.MonkeyPatch.context() as patch:
            for name in ("write", "fsync", "rename", "replace", "mkdir"):
                patch.setattr(os, name, dying(getattr(os, name)))
            # the dead clean nothing up
            patch.setattr(disk.shutil, "rmtree", lambda *_, **__: None)
            with suppress(Killed):
                self.save(key, tables)
        if key in self.damaged:
            if self._tables_are_damaged(key):
                return
            # set aside before the end, and perhaps replaced
            self.damaged.discard(key)
            had = None
            self.model.pop(key, None)
        found, with_tables = load_run(self.store, key), load_run(self.store, key, tables=True)
        assert had is None or found is not None
        if found is not None:
            assert found.metrics["m"] == (had[0] if had else self.value)
            assert with_tables is not None or not (had and had[1])
            self.model[key] = (found.metrics["m"], with_tables is not None)

    @rule(key=st.sampled_from(KEYS), which=st.integers(0, 100), at=st.integers(0, 10**6), bit=st.integers(0, 7))
    def damage(self, key: str, which: int, at: int, bit: int) -> None:
        if key not in self.model or key in self.damaged:
            return
        names = sorted(path for path in (self.store / key).iterdir() if self.model[key][1] or path.name == "result.json")
        path = names[which % len(names)]
        content = bytearray(path.read_bytes())
        content[at % len(content)] ^= 1 << bit
        path.write_bytes(bytes(content))
        self.damaged.add(key)

    @rule(key=st.sampled_from(KEYS))
    def notice(self, key: str) -> None:
        if key in self.damaged:
            assert set_aside(self.store, key) is not None
            self.damaged.discard(key)
            del self.model[key]

    @rule()
    def prune(self) -> None:
        with pytest.MonkeyPatch.context() as patch:
            # results of this made-up world count as current, and whoever left something unfinished is dead
            patch.setattr(contents, "version_state", lambda about: "current")
            patch.setattr(contents, "_is_alive", lambda pid: False)
            patch.setattr("experiments.execution.inventory._check", self._check)
            assert store_command(["prune", str(self.store), "--yes"]) == 0
        for key in self.damaged:
            self.model.pop(key, None)
        self.damaged.clear()
        assert {path.name for path in self.store.iterdir()} == set(self.model)

    def _check(self, entry: contents.Entry) -> str:
        return "damaged" if entry.path.name in self.damaged else ""

    @invariant()
    def it_tells_the_truth(self) -> None:
        for key in KEYS:
            if key in self.damaged:
                with pytest.raises(DamagedError):
                    read_run(self.store, key, tables=True)
            elif key in self.model:
                value, tables = self.model[key]
                found = read_run(self.store, key)
                assert found is not None
                assert found.metrics == {"m": value}
                assert (read_run(self.store, key, tables=True) is not None) == tables
            else:
                assert load_run(self.store, key, tables=True) is None


TestStoreModel = StoreModel.TestCase
TestStoreModel.settings = settings(max_examples=200 if LONG else 12, stateful_step_count=40 if LONG else 20, deadline=None)

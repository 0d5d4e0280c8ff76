"""Running many simulations: each run once, wherever there is room, and only those that are not in the store.

The store decides: a run counts as done when its result is there and whole, whatever the workers say.
"""

import hashlib
import shutil
import sys
import time
import warnings
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from pathlib import Path
from types import TracebackType
from typing import Any

from tqdm import tqdm

from experiments.execution.cluster import ClusterError
from experiments.execution.contents import holds_other_versions
from experiments.execution.disk import StoreError, named, temporary_name
from experiments.execution.executors import Dask, Executor, ExecutorSettings, Serial
from experiments.execution.jobs import Job
from experiments.execution.keys import SIM
from experiments.execution.rehearsal import rehearse
from experiments.execution.store import DamagedError, RunResult, load_run, read_run, set_aside
from experiments.execution.worker import WorkerError, warm_up
from sim.jit import CACHE_FOLDER

NAMED_FAILURES = 20
"""Failed runs that a message names; of the others it gives the number."""


class RunError(RuntimeError):
    """Some runs are not in the store; the message has arm, replication, seed and reason of each."""


class Runner:
    """Simulates jobs that are not in a store, and keeps its workers between calls.

    Parameters
    ----------
    store
        Folder of results; with ``executor.name = "dask"`` one that all workers see.
    executor
        Where runs are simulated. The results do not depend on it.
    keep_logs
        Whether the tables of each run are wanted, beside its metrics and curves.
    progress
        What draws the progress, called as ``tqdm`` is; None: a bar on a terminal, else two lines on standard error.
    """

    def __init__(
        self,
        store: Path,
        executor: ExecutorSettings | None = None,
        keep_logs: bool = False,
        progress: Callable[..., Any] | None = None,
    ) -> None:
        self.store = Path(store).absolute()
        self.settings = executor or ExecutorSettings()
        self.keep_logs = keep_logs
        """May be changed between calls of ``run``."""
        self.progress = progress
        self.simulated = 0
        """Runs simulated by this runner; the others were in the store."""
        self._results: dict[str, RunResult] = {}
        self._executor: Executor | None = None
        self._flights = temporary_name(self.store / "driver")
        self._compared_versions = False

    def __enter__(self) -> "Runner":
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.close()

    def close(self) -> None:
        """End the workers."""
        # without this folder a worker begins no further run
        shutil.rmtree(self._flights, ignore_errors=True)
        if self._executor is not None:
            self._executor.close()
            self._executor = None

    def run(self, jobs: Sequence[Job], description: str = "Simulating") -> dict[str, RunResult]:
        """Results by key, from the store where present.

        Raises
        ------
        RunError
            Some runs failed; all others were completed and stored first.
        StoreError
            A result could not be stored: the disk is full, for example.
        ConfigError
            Nobody answers at ``executor.address``, or a policy cannot be kept in the store.
        """
        todo: dict[str, Job] = {}
        for job in jobs:
            if job.key not in self._results and job.key not in todo:
                found = self._stored(job)
                if found is None:
                    todo[job.key] = job
                else:
                    self._results[job.key] = found
        if todo:
            self._simulate(todo, len({job.key for job in jobs}), description)
        return {job.key: self._results[job.key] for job in jobs}

    def _stored(self, job: Job) -> RunResult | None:
        try:
            return read_run(self.store, job.key, self.keep_logs)
        except DamagedError as error:
            aside = set_aside(self.store, job.key)
            message = f"a stored result is damaged ({error}): set aside as {aside}, simulated again"
            warnings.warn(message, RuntimeWarning, stacklevel=3)
            return None

    def _simulate(self, todo: Mapping[str, Job], n_all: int, description: str) -> None:
        """Simulate runs that are missing, and read what the store then has of them."""
        self._say_other_versions()
        with named(self.store):
            self._flights.mkdir(parents=True, exist_ok=True)
        started = time.perf_counter()
        failures: dict[str, str] = {}
        bar_of = self.progress or (tqdm if sys.stderr.isatty() else None)
        if bar_of is None:
            print(f"{description}: {len(todo)} of {n_all} runs ({n_all - len(todo)} are in the store)", file=sys.stderr, flush=True)
        try:
            executor = self._started(list(todo.values()))
            executor.keep_logs = self.keep_logs
            with (bar_of or partial(tqdm, disable=True))(
                total=n_all, initial=n_all - len(todo), desc=description, unit="run", dynamic_ncols=True
            ) as bar:
                for report in executor.simulate(list(todo.values())):
                    if report.failure:
                        failures[report.key] = report.failure
                    else:
                        found = load_run(self.store, report.key, self.keep_logs)
                        if found is not None:
                            self._results[report.key] = found
                            # another driver may have been faster
                            self.simulated += report.seconds > 0
                    bar.update()
        except StoreError as error:
            reason = f"{error.strerror}; finished runs are kept, the same command goes on from there"
            raise StoreError(error.errno or 0, reason, str(error.filename)) from error
        except (ClusterError, WorkerError) as error:
            missing = sum(key not in self._results for key in todo)
            raise RunError(f"{error}; {missing} runs are missing, the same command goes on from there") from error
        if bar_of is None:
            seconds = time.perf_counter() - started
            print(
                f"{description}: {len(todo) - len(failures)} of {len(todo)} runs done in {seconds:.1f} s",
                file=sys.stderr,
                flush=True,
            )
        missing_runs = [job for key, job in todo.items() if key not in self._results]
        if missing_runs:
            raise RunError(_message(missing_runs, failures, self.store))

    def _started(self, todo: Sequence[Job]) -> Executor:
        if self._executor is None:
            if self.settings.name != "dask":
                compile_once(todo)
            if self.settings.name == "serial":
                self._executor = Serial(self.store, self.keep_logs)
            else:
                self._executor = Dask(self.settings, self.store, self._flights, self.keep_logs)
        return self._executor

    def _say_other_versions(self) -> None:
        if not self._compared_versions and holds_other_versions(self.store):
            print(
                f"{self.store} also holds results of another version of the model: they are kept and not used"
                f" (python -m experiments.store list {self.store})",
                file=sys.stderr,
            )
        self._compared_versions = True


def compile_once(todo: Sequence[Job]) -> None:
    """Compile the engine of some runs in this process, once, so that workers load its code from the cache.

    Raises
    ------
    RunError
        A policy answers in the wrong shape: nobody should have to wait for the compiler to hear of it.
    """
    if CACHE_FOLDER is None:
        return
    job = todo[0]
    # compiled code belongs to the files it was made from: another checkout of the same source has its own
    place = hashlib.sha256(str(SIM).encode()).hexdigest()[:8]
    compiled = CACHE_FOLDER / f"complete-{job.engine}-{place}"
    if compiled.exists():
        return
    failures = rehearse(todo)
    if failures:
        raise RunError(_message([job for job in todo if job.key in failures], failures, Path()))
    if not any(CACHE_FOLDER.rglob("*.nbc")):
        print("Compiling the model (once, about 20 s) ...", file=sys.stderr, flush=True)
    warm_up(job)
    compiled.touch()


def _message(missing: Sequence[Job], failures: Mapping[str, str], store: Path) -> str:
    lines = [f"{job.where} failed: {failures.get(job.key, f'its result is not in {store}')}" for job in missing[:NAMED_FAILURES]]
    if len(missing) > NAMED_FAILURES:
        lines.append(f"... and {len(missing) - NAMED_FAILURES} more")
    return "\n".join(lines)

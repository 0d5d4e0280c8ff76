"""Where runs are simulated: in this process, or by the workers of a dask cluster.

The store is the sole truth and dask is disposable: workers store what they have simulated, and tell only that they did. Chunks of
runs are handed out by the driver a few at a time; what a dead worker or cluster leaves undone is handed out again.
"""

import itertools
import math
import os
import queue
import re
import time
from collections import Counter, deque
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Annotated, Any, Literal, Protocol

from pydantic import Field, StrictInt, model_validator

from experiments.execution.cluster import ANSWER_SECONDS, Cluster, ClusterError, open_cluster
from experiments.execution.disk import StoreError
from experiments.execution.jobs import Job, run_job, why
from experiments.execution.worker import Chunk, Report, WorkerError, landing, run_chunk
from sim.config import Section

ATTEMPTS = 3
"""Times that a run may kill its worker before it is given up."""

STILLBORN = 12
"""Deaths in a row of workers that had begun no run, after which no more are started."""

CHUNK_SECONDS = 0.5
CHUNK_RUNS = 64
POLL_SECONDS = 1.0
CHECK_SECONDS = 5.0


class ExecutorSettings(Section):
    """Where and with how many processes; nothing here changes a result."""

    name: Literal["serial", "local", "dask"] = "local"
    workers: Annotated[StrictInt, Field(ge=0, le=4096)] = 0
    """Processes of ``local``; 0 is one per core."""
    address: str | None = None
    """Scheduler of ``dask``, such as tcp://10.0.0.5:8786."""
    time_limit_seconds: Annotated[float | None, Field(gt=0, le=1e6, allow_inf_nan=False)] = None
    """Longest that one run may take."""

    @model_validator(mode="after")
    def _check(self) -> "ExecutorSettings":
        if self.name == "dask" and not self.address:
            raise ValueError(f"address = {self.address!r}, must be a scheduler such as tcp://10.0.0.5:8786 with executor=dask")
        if self.address and not re.fullmatch(r"(tcp|tls|ws|wss)://[^\s/:]+:\d+|(tcp|tls)://\[[0-9a-fA-F:]+\]:\d+", self.address):
            raise ValueError(f"address = {self.address!r}, must be such as tcp://10.0.0.5:8786")
        if self.name != "dask" and self.address:
            raise ValueError(f"address = {self.address!r}, must be null unless executor=dask")
        if self.name == "serial" and self.time_limit_seconds is not None:
            raise ValueError(f"time_limit_seconds = {self.time_limit_seconds:g}, must be null with executor=serial")
        return self


class Executor(Protocol):
    """Something that simulates and stores runs."""

    keep_logs: bool
    """Whether the tables of each run are stored, too."""

    def simulate(self, jobs: Sequence[Job]) -> Iterator[Report]:
        """One report a run, in any order, as they are done."""

    def close(self) -> None:
        """Stop, and leave nothing behind."""


class Serial:
    """One run after another in this process: what a debugger wants."""

    def __init__(self, store: Path, keep_logs: bool) -> None:
        self.store = store
        self.keep_logs = keep_logs

    def simulate(self, jobs: Sequence[Job]) -> Iterator[Report]:
        """One report a run, in order."""
        for job in jobs:
            try:
                yield Report(job.key, run_job(job, self.store, self.keep_logs))
            except StoreError:
                raise
            except Exception as error:
                yield Report(job.key, failure=why(error))

    def close(self) -> None:
        """Nothing to stop."""


class Dask:
    """Workers of a dask cluster, on this machine or others."""

    def __init__(self, settings: ExecutorSettings, store: Path, flights: Path, keep_logs: bool) -> None:
        self.settings = settings
        self.store = store
        self.flights = flights
        self.keep_logs = keep_logs
        self.cluster: Cluster = open_cluster(settings.address, settings.workers)
        self.done: queue.SimpleQueue[Any] = queue.SimpleQueue()
        self.in_air: dict[Any, Chunk] = {}
        self.todo: deque[Job] = deque()
        self.suspects: deque[Job] = deque()
        self.deaths: Counter[str] = Counter()
        self.seconds_per_run = CHUNK_SECONDS
        self.barren = self.unborn = 0
        self.names = itertools.count()

    def simulate(self, jobs: Sequence[Job]) -> Iterator[Report]:
        """One report a run, as they are done."""
        self.todo.extend(jobs)
        checked = time.monotonic()
        while self.todo or self.suspects or self.in_air:
            try:
                if time.monotonic() - checked > CHECK_SECONDS:
                    checked = time.monotonic()
                    self.cluster.check(busy=bool(self.in_air))
                    # whatever is not pending has been reported, or its report was lost with the scheduler
                    for future in [future for future in self.in_air if future.status != "pending"]:
                        self.done.put(future)
                self._hand_out()
            except ClusterError as error:
                self._rebuild(error)
                continue
            try:
                future = self.done.get(timeout=POLL_SECONDS)
            except queue.Empty:
                continue
            chunk = self.in_air.pop(future, None)
            if chunk is not None:
                yield from self._land(future, chunk)

    def close(self) -> None:
        """Drop what is in flight and stop."""
        self.cluster.close(list(self.in_air))

    def _hand_out(self) -> None:
        """Two chunks a worker: one to work on, and one so that it need not wait."""
        while len(self.in_air) < 2 * self.cluster.n_workers and (self.todo or self.suspects):
            if self.suspects:
                jobs: tuple[Job, ...] = (self.suspects.popleft(),)
            else:
                # small towards the end, so that all workers finish together
                share = math.ceil(len(self.todo) / (2 * self.cluster.n_workers))
                n = max(1, min(int(CHUNK_SECONDS / self.seconds_per_run), share, CHUNK_RUNS))
                jobs = tuple(self.todo.popleft() for _ in range(n))
            chunk = Chunk(
                f"{next(self.names)}",
                jobs,
                self.store,
                self.flights,
                self.keep_logs,
                self.settings.time_limit_seconds,
                os.environ.get("SIM_PLUGINS", ""),
            )
            try:
                future = self.cluster.submit(run_chunk, chunk, self.done.put)
            except ClusterError:
                self.todo.extendleft(jobs)
                raise
            self.in_air[future] = chunk

    def _land(self, future: Any, chunk: Chunk) -> Iterator[Report]:
        """What became of a chunk; its runs that are not done go back."""
        if future.status == "error":
            error = future.exception()
            if type(error).__name__ == "KilledWorker":
                yield from self._died(chunk)
            elif isinstance(error, StoreError | WorkerError):
                raise error
            elif len(chunk.jobs) > 1:
                # its contents could not be sent, or something of dask failed: try one by one
                self.suspects.extend(chunk.jobs)
            else:
                yield Report(chunk.jobs[0].key, failure=f"{type(error).__name__}: {error}")
            return
        reports: list[Report] | None
        try:
            reports = future.result(timeout=ANSWER_SECONDS) if future.status == "finished" else []
        except Exception:
            # the report was lost with the scheduler, not what it reports: whatever was stored is found there
            reports = []
        if reports is None:
            yield from self._died(chunk)
            return
        simulated = [report.seconds for report in reports if report.seconds]
        if simulated:
            self.seconds_per_run = 0.5 * (self.seconds_per_run + max(sum(simulated) / len(simulated), 1e-4))
        if reports:
            self.barren = self.unborn = 0
        reported = {report.key for report in reports}
        self.todo.extendleft(job for job in chunk.jobs if job.key not in reported)
        yield from reports

    def _died(self, chunk: Chunk) -> Iterator[Report]:
        """A worker died: the run in flight is suspect and goes alone from now on, the others simply go back."""
        key, reason, late = landing(chunk.record)
        chunk.record.unlink(missing_ok=True)
        self.todo.extendleft(job for job in chunk.jobs if job.key != key)
        if key is None:
            self.unborn += 1
            if self.unborn >= STILLBORN:
                raise ClusterError(f"workers die before they begin a run, {self.unborn} in a row")
        for job in (job for job in chunk.jobs if job.key == key):
            self.deaths[job.key] += 1
            if late:
                limit = f"took longer than executor.time_limit_seconds = {self.settings.time_limit_seconds:g}"
                yield Report(job.key, failure=f"{limit}{reason}")
            elif self.deaths[job.key] >= ATTEMPTS:
                yield Report(job.key, failure=f"its worker process died {ATTEMPTS} times{reason}")
            else:
                self.suspects.append(job)

    def _rebuild(self, error: ClusterError) -> None:
        """A new cluster in place of one that is lost; what is in the store is not done again."""
        self.barren += 1
        for chunk in self.in_air.values():
            chunk.record.unlink(missing_ok=True)
            self.todo.extendleft(chunk.jobs)
        futures = list(self.in_air)
        self.in_air.clear()
        self.cluster.close(futures)
        if self.barren > ATTEMPTS:
            raise error
        self.cluster = open_cluster(self.settings.address, self.settings.workers, again=True)

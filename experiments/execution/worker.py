"""What a worker process does: a few runs one after another, each stored before the next begins.

A worker writes down which run is in flight. When the process dies, by a signal, a crash in compiled code or a run that takes too
long, the driver reads there which run was the last one and where in the source it was.
"""

import faulthandler
import os
import threading
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TextIO

from experiments.execution.disk import StoreError
from experiments.execution.jobs import Job, measured, run_job, why
from experiments.execution.keys import origin, run_key
from experiments.execution.store import load_run
from sim.allocators.fidelity import Fidelity
from sim.engine.platform import Arm
from sim.scores.fidelity import FidelityScore

ONE_THREAD = dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "NUMBA_NUM_THREADS"), "1")


class WorkerError(RuntimeError):
    """A worker cannot take part: it sees another store or runs another version."""


@dataclass(frozen=True)
class Report:
    """What became of one run: it is in the store, unless ``failure`` says why not."""

    key: str
    seconds: float = 0.0
    failure: str = ""


@dataclass(frozen=True)
class Chunk:
    """Runs that go to a worker together, so that handing them over costs little."""

    name: str
    jobs: tuple[Job, ...]
    store: Path
    flights: Path
    """The driver's folder in the store for records of what is in flight; it is gone when the driver is."""
    keep_logs: bool
    time_limit_seconds: float | None
    plugins: str
    """The driver's SIM_PLUGINS."""

    @property
    def record(self) -> Path:
        """Where a worker writes which of the runs is in flight."""
        return self.flights / f"{self.name}.txt"


_one_at_a_time = threading.Lock()
_warm: set[str] = set()


def warm_up(job: Job) -> None:
    """Simulate and measure a small market, so that what a run needs is loaded, or compiled and kept, before its time counts."""
    if job.engine in _warm:
        return
    # enough requests that every kind of event happens
    clients = job.market.clients.model_copy(update={"arrivals_per_day": 10.0})
    small = job.market.model_copy(update={"horizon_days": 60, "warmup_days": 0, "clients": clients})
    score = FidelityScore(28, 28, 0, 1, "left_out", "platform")
    measured(Job(small, Arm("warm-up", score, Fidelity(1.0, 0.2, 5.0)), 0, 0, job.engine))
    _warm.add(job.engine)


def run_chunk(chunk: Chunk) -> list[Report] | None:
    """Simulate and store the runs of a chunk; None when an earlier attempt at it ended in the death of its process.

    Raises
    ------
    WorkerError
        This machine does not see the driver's store, or runs another version of the model.
    StoreError
        A result could not be stored.
    """
    with _one_at_a_time:
        if not chunk.flights.is_dir():
            raise WorkerError(
                f"a worker does not see {chunk.store}, which must be a folder shared by this machine and all workers: set store=..."
            )
        os.environ["SIM_PLUGINS"] = chunk.plugins
        if chunk.record.exists():
            return None
        warm_up(chunk.jobs[0])
        with chunk.record.open("w") as flight:
            faulthandler.enable(flight)
            try:
                return [_run_one(job, chunk, flight) for job in chunk.jobs if chunk.flights.is_dir()]
            finally:
                faulthandler.cancel_dump_traceback_later()
                faulthandler.disable()
                chunk.record.unlink(missing_ok=True)


def _run_one(job: Job, chunk: Chunk, flight: TextIO) -> Report:
    started = time.perf_counter()
    _refuse_another_version(job)
    if load_run(chunk.store, job.key, chunk.keep_logs) is not None:
        return Report(job.key)
    flight.seek(0)
    flight.truncate()
    flight.write(f"{job.key}\n")
    flight.flush()
    if chunk.time_limit_seconds is not None:
        # a thread of its own that needs no lock of Python's: compiled code cannot keep it from ending the process
        faulthandler.dump_traceback_later(chunk.time_limit_seconds, exit=True, file=flight)
    try:
        run_job(job, chunk.store, chunk.keep_logs)
    except StoreError:
        raise
    except Exception as error:
        return Report(job.key, failure=why(error))
    finally:
        faulthandler.cancel_dump_traceback_later()
    return Report(job.key, time.perf_counter() - started)


def _refuse_another_version(job: Job) -> None:
    if "__main__" in origin(job.market, job.arm, job.trial).source["modules"]:
        return
    if run_key(job.market, job.arm, job.seed, job.replication, job.stream, job.known, job.trial) != job.key:
        raise WorkerError(
            "a worker runs another version of the model, of a plug-in or of a library than this process: was a file edited while"
            " it was running, or is another version installed on the cluster?"
        )


def landing(record: Path) -> tuple[str | None, str, bool]:
    """The run that was in flight when a process died; why, as far as is known, for a message; whether it took too long."""
    try:
        key, *lines = record.read_text(errors="replace").splitlines()
    except (OSError, ValueError):
        return None, "", False
    threads = "\n".join(lines).split("\n\n")
    ours = next((thread for thread in threads if "in _run_one" in thread), "")
    place = next((f" ({line.strip()})" for line in ours.splitlines() if line.strip().startswith("File ")), "")
    late = any(line.startswith("Timeout") for line in lines[:2])
    fatal = next((f": {line.removeprefix('Fatal Python error: ')}" for line in lines[:2] if line.startswith("Fatal")), "")
    return key or None, f"{fatal}{place}", late

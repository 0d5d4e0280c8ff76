"""Running many simulations: every (arm, replication) once, in several processes, results kept in a store."""

import os
import signal
import sys
import time
import traceback
import warnings
from collections.abc import Mapping
from concurrent.futures import Future, ProcessPoolExecutor, as_completed
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass
from multiprocessing import get_context
from pathlib import Path

import numpy as np
from tqdm import tqdm

from experiments.store import RunResult, load_run, run_key, save_run, set_aside_if_damaged
from sim.allocators.fidelity import Fidelity
from sim.config import Market
from sim.engine.platform import Arm, PolicyError
from sim.engine.run import Engine, simulate
from sim.jit import CACHE_FOLDER
from sim.metrics.catalogue import measure
from sim.metrics.curves import curves
from sim.scores.fidelity import FidelityScore
from sim.statistics.intervals import Floats


class RunError(RuntimeError):
    """One or more runs failed; the message has arm, replication, seed and reason of each."""


@dataclass(frozen=True)
class Job:
    """One simulation to be done."""

    market: Market
    arm: Arm
    seed: int
    replication: int
    store: Path
    key: str
    engine: Engine


@dataclass(frozen=True)
class Outcome:
    """All results of an experiment."""

    results: Mapping[tuple[str, int], RunResult]
    """By arm and replication."""
    keys: Mapping[tuple[str, int], str]
    simulated: int
    """Runs simulated now; the others were in the store."""

    def first(self, replications: int, simulated: int) -> "Outcome":
        """The same with the first so many replications of each arm."""
        results = {where: result for where, result in self.results.items() if where[1] < replications}
        return Outcome(results, {where: self.keys[where] for where in results}, simulated)

    def values(self, arm: str) -> dict[str, Floats]:
        """Metrics of an arm, (n_replications,) each."""
        runs = [result.metrics for (name, _), result in self.results.items() if name == arm]
        return {name: np.array([run[name] for run in runs]) for name in runs[0]}

    def curves(self, arm: str) -> dict[str, Floats]:
        """Curves of an arm, (n_replications, n_points) each."""
        runs = [result.curves for (name, _), result in self.results.items() if name == arm]
        return {name: np.array([run[name] for run in runs]) for name in runs[0]}


def run_job(job: Job) -> RunResult:
    """Simulate, measure and store one run."""
    started = time.perf_counter()
    log = simulate(job.market, job.arm, job.seed, job.replication, job.engine)
    result = RunResult(measure(log), curves(log))
    about = {
        "arm": job.arm.name,
        "market": job.market.name,
        "seed": job.seed,
        "replication": job.replication,
        "seconds": round(time.perf_counter() - started, 3),
    }
    save_run(job.store, job.key, log, result, about)
    return result


def _prepare_worker() -> None:
    # an interrupt is the driver's to handle: runs in flight finish and are kept
    signal.signal(signal.SIGINT, signal.SIG_IGN)


def warm_up(job: Job) -> None:
    """Compile in this process, so that workers load the code from the cache instead of compiling it side by side."""
    if CACHE_FOLDER is not None and not any(CACHE_FOLDER.rglob("*.nbc")):
        print("Compiling the model (once, about 20 s) ...", file=sys.stderr, flush=True)
    # enough requests that every kind of event happens
    clients = job.market.clients.model_copy(update={"arrivals_per_day": 10.0})
    small = job.market.model_copy(update={"horizon_days": 60, "warmup_days": 0, "clients": clients})
    score = FidelityScore(28, 28, 0, 1, "left_out", "platform")
    simulate(small, Arm("warm-up", score, Fidelity(1.0, 0.2, 5.0)), 0, engine=job.engine)


def run_all(
    market: Market,
    arms: Mapping[str, Arm],
    replications: int,
    seed: int,
    store: Path,
    workers: int = 0,
    engine: Engine = "compiled",
) -> Outcome:
    """Every arm times every replication, from the store where present.

    Parameters
    ----------
    workers
        Processes; 0 is one per core. The results do not depend on it.
    engine
        Which engine simulates; the results do not depend on it either.

    Raises
    ------
    RunError
        Some runs failed; all others were completed and stored first.
    """
    jobs = {
        (name, replication): Job(market, arm, seed, replication, store, run_key(market, arm, seed, replication), engine)
        for name, arm in arms.items()
        for replication in range(replications)
    }
    found: dict[str, RunResult] = {}
    todo: dict[str, Job] = {}
    for job in jobs.values():
        if job.key in found or job.key in todo:
            continue
        stored = load_run(store, job.key)
        if stored is not None:
            found[job.key] = stored
            continue
        aside = set_aside_if_damaged(store, job.key)
        if aside is not None:
            warnings.warn(f"a stored result is damaged: set aside as {aside}, simulated again", RuntimeWarning, stacklevel=2)
        todo[job.key] = job
    found |= _simulate(list(todo.values()), len(jobs), workers or os.cpu_count() or 1)
    return Outcome(
        {where: found[job.key] for where, job in jobs.items()}, {where: job.key for where, job in jobs.items()}, len(todo)
    )


def _simulate(jobs: list[Job], n_all: int, workers: int) -> dict[str, RunResult]:
    """Simulate jobs in parallel; returns results by key."""
    if not jobs:
        return {}
    warm_up(jobs[0])
    done: dict[str, RunResult] = {}
    failures: list[str] = []
    with tqdm(total=n_all, initial=n_all - len(jobs), desc="Simulating", unit="run", disable=None) as bar:
        if workers == 1 or len(jobs) == 1:
            for job in jobs:
                try:
                    done[job.key] = run_job(job)
                except Exception as error:
                    failures.append(_failure(job, error))
                bar.update()
        else:
            _in_processes(jobs, min(workers, len(jobs)), done, failures, bar)
    if failures:
        raise RunError("\n".join(failures))
    return done


def _in_processes(jobs: list[Job], workers: int, done: dict[str, RunResult], failures: list[str], bar: "tqdm[None]") -> None:
    # inherited by the workers, whose libraries read it when they are imported
    os.environ.update(dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "NUMBA_NUM_THREADS"), "1"))
    pool = ProcessPoolExecutor(workers, mp_context=get_context("spawn"), initializer=_prepare_worker)
    try:
        lost: list[Job] = []
        futures: dict[Future[RunResult], Job] = {pool.submit(run_job, job): job for job in jobs}
        for future in as_completed(futures):
            job = futures[future]
            try:
                done[job.key] = future.result()
            except BrokenProcessPool:
                lost.append(job)
            except Exception as error:
                failures.append(_failure(job, error))
            bar.update()
        if lost:
            first = f"arm={lost[0].arm.name} replication={lost[0].replication} seed={lost[0].seed}"
            failures.append(
                f"a worker process died: {len(lost)} runs are missing, from {first} on; run the same command again to go on"
            )
    finally:
        # on an interrupt, waits for the runs in flight: without it, what is queued would still be simulated
        pool.shutdown(wait=True, cancel_futures=True)


def _failure(job: Job, error: Exception) -> str:
    where = traceback.extract_tb(error.__traceback__)
    # across processes the frames arrive as text in the cause, and a policy's own frame is the last one
    lines = [line.strip() for line in str(error.__cause__ or "").splitlines() if line.strip().startswith("File ")]
    place = lines[-1] if lines else f'File "{where[-1].filename}", line {where[-1].lineno}, in {where[-1].name}' if where else ""
    known = isinstance(error, PolicyError) or not place
    reason = f"{type(error).__name__}: {error}" + ("" if known else f" ({place})")
    return f"arm={job.arm.name} replication={job.replication} seed={job.seed} failed: {reason}"

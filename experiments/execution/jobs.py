"""One simulation to be done, and doing it."""

import time
import traceback
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from experiments.execution.keys import origin, run_key, versions
from experiments.execution.store import RunResult, save_run
from experiments.execution.streams import load_known, load_stream
from sim.config import Market
from sim.engine.platform import Arm, PolicyError
from sim.engine.replay import replayed_population
from sim.engine.run import Engine, simulate
from sim.engine.trial import Trial
from sim.log import RunLog
from sim.metrics.catalogue import measure
from sim.metrics.cohort import Cohort
from sim.metrics.curves import curves
from sim.metrics.newcomers import newcomers
from sim.metrics.watched import watched
from sim.population import Population


@dataclass(frozen=True)
class Job:
    """A market under an arm, once."""

    market: Market
    arm: Arm
    seed: int
    replication: int
    engine: Engine = "compiled"
    label: str = ""
    """Where it stands in an experiment, such as ``min_sessions=15``; for messages only."""
    stream: str | None = None
    """Digest of the request stream that is replayed, which the store has; None: everything is drawn."""
    known: str | None = None
    """Digest of the known clients that are drawn for this replication, likewise; None: nobody."""
    trial: Trial | None = None
    """The experiment in which the arm is the control; None: the arm alone."""

    @cached_property
    def key(self) -> str:
        """Its name in the store (32 hex digits)."""
        return run_key(self.market, self.arm, self.seed, self.replication, self.stream, self.known, self.trial)

    @property
    def where(self) -> str:
        """What to run again to see the same, for messages."""
        label = f" {self.label}" if self.label else ""
        against = f" against {self.trial.treated.name}" if self.trial is not None else ""
        return f"arm={self.arm.name}{against}{label} replication={self.replication} seed={self.seed}"


def measured(job: Job, people: Population | None = None) -> tuple[RunLog, RunResult]:
    """Simulate one run in this process, and measure it.

    Parameters
    ----------
    people
        Who exists, when that is not drawn.
    """
    log = simulate(job.market, job.arm, job.seed, job.replication, job.engine, people, job.trial)
    cohort = Cohort(log)
    if job.trial is None:
        return log, RunResult(measure(cohort), curves(cohort))
    split = job.trial.split(job.market, int(log.bookings["client"].max(initial=-1)) + 1, job.replication)
    return log, RunResult(measure(cohort), newcomers(cohort, split) | watched(cohort, split))


def run_job(job: Job, store: Path, keep_logs: bool) -> float:
    """Simulate, measure and store one run; returns the seconds that took without storing it."""
    started = time.perf_counter()
    people = None
    if job.stream is not None:
        known = None if job.known is None else load_known(store, job.known)
        people = replayed_population(load_stream(store, job.stream), job.market, job.seed, job.replication, known)
    log, result = measured(job, people)
    seconds = time.perf_counter() - started
    about = {
        "arm": job.arm.name,
        "label": job.label,
        "market": job.market.name,
        "seed": job.seed,
        "replication": job.replication,
        "engine": job.engine,
        **({"stream": job.stream} if job.stream is not None else {}),
        **({"known": job.known} if job.known is not None else {}),
        **({"treated": job.trial.treated.name} if job.trial is not None else {}),
        "seconds": round(seconds, 3),
        "versions": versions(),
        "source": origin(job.market, job.arm, job.trial).source,
    }
    save_run(store, job.key, log, result, about, keep_logs)
    return seconds


def why(error: Exception) -> str:
    """Why a run failed, with the place in the source unless the message needs none."""
    # SimPy raises again what a process of it raised: the policy's own frame is in the first cause
    first: BaseException = error
    while first.__cause__ is not None:
        first = first.__cause__
    where = traceback.extract_tb(first.__traceback__)
    known = isinstance(error, PolicyError) or not where
    place = "" if known else f' (File "{where[-1].filename}", line {where[-1].lineno}, in {where[-1].name})'
    return f"{type(error).__name__}: {error}{place}"

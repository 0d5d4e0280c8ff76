"""One measurement in one fresh process: ``python -m benchmarks.measure '<task as JSON>'`` prints its figures as JSON."""

import gc
import json
import os
import platform
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Any
from unittest import mock

STARTED = time.perf_counter()
ROOT = Path(__file__).resolve().parent.parent
ARM = "wecasa_2025"
NOT_FOR_TIMING = ("OPENBLAS_CORETYPE", "NUMBA_DISABLE_JIT")
"""Settings that would time something else: numerical kernels of another processor, code that is not compiled."""

Figures = dict[str, float]
"""What one run of one program showed; a figure that a program does not have is missing."""


@dataclass(frozen=True)
class Task:
    """What a fresh process has to do."""

    program: str
    """A key of ``PROGRAMS``."""
    market: str = "personal_care"
    clients: int = 20_000
    """Expected number of clients who arrive within the horizon."""
    pros: int = 200
    horizon_days: int = 0
    """0: that of the market's yaml."""
    options: tuple[str, ...] = ()
    """Further overrides."""
    seed: int = 1
    events: str = ""
    """File of the events of the full market."""


TINY = {"clients": 100, "pros": 20}


def engine_inputs(market: str, clients: int, pros: int, horizon_days: int = 0, options: tuple[str, ...] = ()) -> tuple[Any, Any]:
    """A market of ``configs/market/`` with about this many clients and exactly this many pros, and the arm."""
    from experiments.plans.arms import load_arms, load_market
    from experiments.plans.compose import compose_settings

    preset = [f"market={market}", f"arm=[{ARM}]", f"market.pros.n={pros}", *options]
    if horizon_days:
        preset.append(f"market.horizon_days={horizon_days}")
    days = load_market(compose_settings("compare", preset)).horizon_days
    settings = compose_settings("compare", [*preset, f"market.clients.arrivals_per_day={clients / days}"])
    return load_market(settings), load_arms(settings)[ARM]


def run_engine(task: Task) -> Figures:
    """Time an engine from the validated market to the finished log."""
    from sim.engine.platform import Platform
    from sim.engine.run import simulate

    # a first small run loads the compiled code, which counts as start and not as simulation
    simulate(*engine_inputs(task.market, **TINY), seed=0, engine=task.program)  # type: ignore[arg-type]
    inputs = engine_inputs(task.market, task.clients, task.pros, task.horizon_days, task.options)
    in_refreshes = 0.0
    refresh = Platform.refresh

    def timed(platform: Platform) -> None:
        nonlocal in_refreshes
        begun = time.perf_counter()
        refresh(platform)
        in_refreshes += time.perf_counter() - begun

    with mock.patch.object(Platform, "refresh", timed):
        ready = time.perf_counter()
        log = simulate(*inputs, seed=task.seed, engine=task.program)  # type: ignore[arg-type]
        seconds = time.perf_counter() - ready
    return {
        "seconds": seconds,
        "start_seconds": ready - STARTED,
        "clients": len(log.clients["client"]),
        "bookings": int((log.bookings["pro"] >= 0).sum()),
        "refresh_share": in_refreshes / seconds,
        "fill_rate": float((log.bookings["pro"] >= 0).mean()),
    }


def run_plain(task: Task) -> Figures:
    """The plain SimPy program, or its smart version. A horizon cuts the run short: arrivals a day stay those of the full one."""
    from benchmarks import plain_simpy

    full = plain_simpy.Settings.horizon_days
    settings = plain_simpy.Settings(task.horizon_days or full, task.pros, task.clients / full)
    program = plain_simpy.Marketplace if task.program == "plain" else plain_simpy.SmartMarketplace
    ready = time.perf_counter()
    done = plain_simpy.simulate(settings, task.seed, program)
    seconds = time.perf_counter() - ready
    accepted = sum(booking.pro is not None for booking in done.bookings)
    return {"seconds": seconds, "start_seconds": ready - STARTED, "clients": len(done.clients), "bookings": accepted}


def record(task: Task) -> Figures:
    """Write the events of the run to the task's file."""
    import numpy as np

    from benchmarks.events import record_events

    inputs = engine_inputs(task.market, task.clients, task.pros, task.horizon_days, task.options)
    np.savez(task.events, **record_events(*inputs, task.seed))
    return {}


def run_bare(task: Task) -> Figures:
    """SimPy alone: one process a client that only yields timeouts, at the ticks of the engine's events."""
    import numpy as np
    import simpy

    from benchmarks.events import delays_by_process, pass_events

    recorded = np.load(task.events)
    processes = delays_by_process(recorded["ticks"], recorded["processes"])
    ready = time.perf_counter()
    gc.disable()  # as in the engine
    pass_events(simpy.Environment(), processes, int(recorded["horizon_tick"]))
    seconds = time.perf_counter() - ready
    return {"seconds": seconds, "start_seconds": ready - STARTED, "events": int(recorded["processed"])}


def run_heap(task: Task) -> Figures:
    """A compiled heap loop over the clients' events."""
    import numpy as np

    from benchmarks.events import ticks_by_client
    from benchmarks.heap_floor import replay

    recorded = np.load(task.events)
    of_clients = ticks_by_client(recorded["ticks"], recorded["processes"], int(recorded["horizon_tick"]))
    replay(np.array([1, 2]), np.array([0, 2]))
    ready = time.perf_counter()
    popped = int(replay(*of_clients)[0])
    seconds = time.perf_counter() - ready
    return {"seconds": seconds, "start_seconds": ready - STARTED, "events": popped}


def run_compare(task: Task) -> Figures:
    """``make compare`` from a warm cache of compiled code and an empty store, from start to finished report."""
    with tempfile.TemporaryDirectory() as folder:
        out = [f"out={folder}/out", f"store={folder}/store"]
        ready = time.perf_counter()
        subprocess.run(
            [sys.executable, "-m", "experiments.compare", *out, *task.options], cwd=ROOT, check=True, stdout=subprocess.DEVNULL
        )
    return {"seconds": time.perf_counter() - ready}


PROGRAMS: dict[str, Callable[[Task], Figures]] = {
    "compiled": run_engine,
    "simpy": run_engine,
    "plain": run_plain,
    "smart": run_plain,
    "record": record,
    "bare": run_bare,
    "heap": run_heap,
    "compare": run_compare,
}


def peak_mb() -> float:
    """Peak resident memory of this process, in MB of 2**20 bytes.

    Linux carries the memory of the process that started this one over into ``ru_maxrss``, so it is read from /proc there.
    """
    status = Path("/proc/self/status")
    if status.is_file():
        return next(int(line.split()[1]) / 1024 for line in status.read_text().splitlines() if line.startswith("VmHWM:"))
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / (2**20 if sys.platform == "darwin" else 1024)


def measure(task: Task) -> Figures:
    """Run a task in this process: time, counts, rates, peak memory."""
    figures = PROGRAMS[task.program](task)
    # what compare needs is in the processes that it starts
    if task.program != "compare":
        figures["peak_mb"] = peak_mb()
    if "bookings" in figures:
        figures["bookings_per_s"] = figures["bookings"] / figures["seconds"]
        figures["us_per_booking"] = 1e6 / figures["bookings_per_s"]
        figures["bookings_per_client"] = figures["bookings"] / figures["clients"]
    return figures


def in_fresh_process(task: Task) -> Figures:
    """The figures of a task, measured in a process of its own."""
    done = subprocess.run(
        [sys.executable, "-m", "benchmarks.measure", json.dumps(asdict(task))],
        cwd=ROOT,
        env={name: value for name, value in os.environ.items() if name not in NOT_FOR_TIMING},
        stdout=subprocess.PIPE,
        check=False,
    )
    if done.returncode:
        raise SystemExit(f"benchmarks.measure: {task} failed, see above")
    figures: Figures = json.loads(done.stdout)
    return figures


def machine() -> dict[str, Any]:
    """Where and with what this is measured, and how busy the machine is."""
    info = Path("/proc/cpuinfo")
    lines = info.read_text().splitlines() if info.is_file() else []
    models = [line.split(":", 1)[1].strip() for line in lines if line.startswith("model name")]
    return {
        "processor": models[0] if models else platform.processor() or platform.machine(),
        "cores": os.cpu_count(),
        "load": round(os.getloadavg()[0], 2),
        "Python": platform.python_version(),
        **{package: version(package) for package in ("simpy", "numpy", "numba")},
    }


if __name__ == "__main__":
    asked = json.loads(sys.argv[1])
    print(json.dumps(measure(Task(**{**asked, "options": tuple(asked["options"])}))))

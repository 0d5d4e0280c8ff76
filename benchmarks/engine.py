"""How fast an engine is, beside what SimPy alone and a plain SimPy program do: ``python -m benchmarks.engine --help``.

Every figure is the median of several repeats, each in a fresh process. That process is this file again with a sub-command,
hence one file for both sides. A further engine is one function in ``PROGRAMS``, its lines in ``ROWS``, and the ratios it is to
be read by in ``RATIOS``. ``README.md`` explains the table.
"""

import argparse
import gc
import json
import os
import platform
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Generator, Sequence
from dataclasses import asdict, dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Any
from unittest import mock

import numpy as np
import simpy
from numpy.typing import NDArray

STARTED = time.perf_counter()
ROOT = Path(__file__).resolve().parent.parent
ARM = "wecasa_2025"
LARGEST_DIFFERENCE = 0.05
"""Two programs simulate different markets when their bookings per client differ by more than this and by 4 standard errors."""
NOT_FOR_TIMING = ("OPENBLAS_CORETYPE", "NUMBA_DISABLE_JIT")
"""Settings that would time something else: numerical kernels of another processor, code that is not compiled."""


@dataclass(frozen=True)
class Size:
    """How large a market is."""

    clients: int
    """Expected number of clients who arrive within the horizon of the market's yaml."""
    pros: int


FULL, QUICK, TINY = Size(20_000, 200), Size(2_000, 40), Size(100, 20)


@dataclass(frozen=True)
class Row:
    """A line of the table: a program that simulates a market."""

    label: str
    program: str
    market: str
    shows_events: bool = False


ROWS = {
    "full": Row("reference engine, full market", "reference", "personal_care", shows_events=True),
    "bare": Row("bare SimPy, the same events", "bare", "personal_care", shows_events=True),
    "minimal": Row("reference engine, minimal market", "reference", "minimal"),
    "plain": Row("plain SimPy program, minimal market", "plain", "minimal"),
}
RATIOS = (("full", "bare", "events_per_s"), ("minimal", "plain", "bookings_per_s"))
"""Which row is divided by which, and in what."""
SAME_MARKET = (("minimal", "plain"),)
"""Rows whose bookings per client must agree, or their ratio means nothing."""
TARGETS = (("full", "bookings_per_s", ">=", 20_000), ("full", "peak_mb", "<", 500))
"""What a row must reach at full size."""
COLUMNS = {
    "seconds": ("seconds", ",.2f"),
    "start_seconds": ("start s", ",.2f"),
    "bookings": ("bookings", ",.0f"),
    "bookings_per_s": ("bookings/s", ",.0f"),
    "events": ("events", ",.0f"),
    "events_per_s": ("events/s", ",.0f"),
    "peak_mb": ("peak MB", ",.0f"),
    "bookings_per_client": ("per client", ".2f"),
}
"""Heading and format of each figure."""

Figures = dict[str, float]
"""What one run of one program showed; a figure that a program does not have is missing."""


# ---- in a fresh process: run one program once


@dataclass(frozen=True)
class Task:
    """What a fresh process has to do."""

    row: str
    clients: int
    pros: int
    seed: int
    events: str
    """File of the events of the full market at this size and seed."""


def engine_inputs(market: str, clients: int, pros: int) -> tuple[Any, Any]:
    """A market of ``configs/market/`` with about this many clients and exactly this many pros, and the arm."""
    from experiments.settings import compose_settings, load_arms, load_market

    preset = [f"market={market}", f"arm=[{ARM}]", f"market.pros.n={pros}"]
    horizon_days = load_market(compose_settings("compare", preset)).horizon_days
    settings = compose_settings("compare", [*preset, f"market.clients.arrivals_per_day={clients / horizon_days}"])
    return load_market(settings), load_arms(settings)[ARM]


def run_engine(simulate: Callable[..., Any], task: Task) -> Figures:
    """Time an engine from the validated market to the finished log."""
    market = ROWS[task.row].market
    # a first small run loads the compiled code, which counts as start and not as simulation
    simulate(*engine_inputs(market, TINY.clients, TINY.pros), seed=0)
    inputs = engine_inputs(market, task.clients, task.pros)
    ready = time.perf_counter()
    log = simulate(*inputs, seed=task.seed)
    seconds = time.perf_counter() - ready
    accepted = int((log.bookings["pro"] >= 0).sum())
    return {"seconds": seconds, "start_seconds": ready - STARTED, "clients": len(log.clients["client"]), "bookings": accepted}


def run_reference(task: Task) -> Figures:
    """The reference engine."""
    from sim.engine.run import simulate

    return run_engine(simulate, task)


def run_bare(task: Task) -> Figures:
    """SimPy alone: one process a client that only yields timeouts, at the ticks of the engine's events."""
    recorded = np.load(task.events)
    processes = delays_by_process(recorded["ticks"], recorded["processes"])
    ready = time.perf_counter()
    gc.disable()  # as in the engine
    pass_events(simpy.Environment(), processes, int(recorded["horizon_tick"]))
    return {"seconds": time.perf_counter() - ready, "start_seconds": ready - STARTED}


def run_plain(task: Task) -> Figures:
    """The plain SimPy program."""
    from benchmarks import plain_simpy

    settings = plain_simpy.Settings(n_pros=task.pros, arrivals_per_day=task.clients / plain_simpy.Settings.horizon_days)
    ready = time.perf_counter()
    done = plain_simpy.simulate(settings, task.seed)
    seconds = time.perf_counter() - ready
    accepted = sum(booking.pro is not None for booking in done.bookings)
    return {"seconds": seconds, "start_seconds": ready - STARTED, "clients": len(done.clients), "bookings": accepted}


PROGRAMS: dict[str, Callable[[Task], Figures]] = {"reference": run_reference, "bare": run_bare, "plain": run_plain}


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
    row = ROWS[task.row]
    figures = PROGRAMS[row.program](task)
    figures["peak_mb"] = peak_mb()
    if row.shows_events:
        figures["events"] = int(np.load(task.events)["processed"])
        figures["events_per_s"] = figures["events"] / figures["seconds"]
    if "bookings" in figures:
        figures["bookings_per_s"] = figures["bookings"] / figures["seconds"]
        figures["bookings_per_client"] = figures["bookings"] / figures["clients"]
    return figures


# ---- in a fresh process too: which events the reference engine's run consists of


class Recording(simpy.Environment):
    """An environment that remembers when each event of the engine is due and whose it is, and counts the events processed."""

    def __init__(self) -> None:
        super().__init__(0)
        self.due: list[tuple[float, int]] = []
        self.processed = 0

    def schedule(self, event: simpy.Event, priority: Any = 1, delay: float = 0) -> None:
        """Schedule and remember. Priorities 0 and 1 are SimPy's own starts and ends of processes, which any program has."""
        if priority > 1:
            self.due.append((self.now + delay, int(priority)))
        super().schedule(event, priority, delay)

    def step(self) -> None:
        """Process the next event."""
        self.processed += 1
        super().step()


def record_events(market: Any, arm: Any, seed: int) -> dict[str, Any]:
    """Ticks (n,) of all events that the reference engine schedules in a run, the process (n,) each belongs to, and totals."""
    from sim.calendar import TICKS_PER_DAY
    from sim.engine import world
    from sim.engine.platform import ENTITIES
    from sim.engine.run import simulate

    env = Recording()
    with mock.patch.object(simpy, "Environment", return_value=env):
        simulate(market, arm, seed=seed)
    ticks, priorities = np.array(env.due, np.int64).T
    kinds, entities = np.divmod(priorities, ENTITIES)
    # each platform process has a kind of its own; all other kinds belong to clients
    processes = np.where(np.isin(kinds, [world.REFRESH, world.JOIN, world.LEAVE]), -kinds, entities)
    horizon_tick = market.horizon_days * TICKS_PER_DAY
    return {"ticks": ticks, "processes": processes, "processed": env.processed, "horizon_tick": horizon_tick}


def delays_by_process(ticks: NDArray[np.int64], processes: NDArray[np.int64]) -> list[list[int]]:
    """For each process, the ticks it waits for each of its events in turn."""
    order = np.argsort(processes, kind="stable")
    begins = np.flatnonzero(np.diff(processes[order])) + 1
    return [np.diff(group, prepend=0).tolist() for group in np.split(ticks[order], begins)]


def pass_events(env: simpy.Environment, processes: list[list[int]], horizon_tick: int) -> None:
    """Let SimPy process events that do nothing, one process each list of delays."""

    def wait_through(delays: list[int]) -> Generator[simpy.Event, None, None]:
        for delay in delays:
            yield env.timeout(delay)

    for delays in processes:
        env.process(wait_through(delays))
    env.run(until=horizon_tick)


def record(task: Task) -> None:
    """Write the events of a row's run to the task's file."""
    np.savez(task.events, **record_events(*engine_inputs(ROWS[task.row].market, task.clients, task.pros), task.seed))


# ---- the parent: start processes, put the table together


def in_fresh_process(command: str, task: Task) -> Any:
    """What a sub-command of this file answers about a task."""
    done = subprocess.run(
        [sys.executable, "-m", "benchmarks.engine", command, json.dumps(asdict(task))],
        cwd=ROOT,
        env={name: value for name, value in os.environ.items() if name not in NOT_FOR_TIMING},
        stdout=subprocess.PIPE,
        check=False,
    )
    if done.returncode:
        raise SystemExit(f"benchmarks.engine: {command} of row {task.row!r} failed, see above")
    return json.loads(done.stdout or "null")


def measure_all(size: Size, repeats: int) -> dict[str, list[Figures]]:
    """Measure each row in turn, as often as asked: repeat i runs seed i. A small run of each comes first, to fill the caches."""
    runs: dict[str, list[Figures]] = {row: [] for row in ROWS}
    with tempfile.TemporaryDirectory() as folder:
        for repeat in range(repeats + 1):
            print(f"repeat {repeat} of {repeats}" if repeat else "warm-up", file=sys.stderr, flush=True)
            now = size if repeat else TINY
            events = str(Path(folder) / f"events_{repeat}.npz")
            in_fresh_process("record", Task("full", now.clients, now.pros, repeat, events))
            for row, results in runs.items():
                results.append(in_fresh_process("measure", Task(row, now.clients, now.pros, repeat, events)))
    return {row: results[1:] for row, results in runs.items()}


def same_market(first: Sequence[float], second: Sequence[float]) -> dict[str, Any]:
    """Whether two programs' bookings per client, one a run, can be those of one market.

    Returns both means, the relative difference, its standard error (None with a single run each) and the verdict: False when
    the difference exceeds both ``LARGEST_DIFFERENCE`` and 4 standard errors, None when that cannot be told.
    """
    means = statistics.fmean(first), statistics.fmean(second)
    difference = means[0] / means[1] - 1.0
    error = None
    if min(len(first), len(second)) > 1:
        error = sum(statistics.variance(values) / len(values) for values in (first, second)) ** 0.5 / means[1]
    same = True if abs(difference) <= LARGEST_DIFFERENCE else None if error is None else abs(difference) <= 4 * error
    return {"means": means, "difference": difference, "standard_error": error, "same": same}


def machine() -> dict[str, Any]:
    """Where and with what this was measured."""
    info = Path("/proc/cpuinfo")
    lines = info.read_text().splitlines() if info.is_file() else []
    models = [line.split(":", 1)[1].strip() for line in lines if line.startswith("model name")]
    return {
        "processor": models[0] if models else platform.processor() or platform.machine(),
        "cores": os.cpu_count(),
        "Python": platform.python_version(),
        **{package: version(package) for package in ("simpy", "numpy", "numba")},
    }


def summarise(runs: dict[str, list[Figures]], size: Size) -> dict[str, Any]:
    """Everything the table says, as plain data.

    A ratio is the median over repeats of the ratio within a repeat: those runs are neighbours in time, so a slow minute cancels.
    """
    medians = {row: {name: statistics.median(run[name] for run in of_row) for name in of_row[0]} for row, of_row in runs.items()}
    targets, ratios, checks = [], [], []
    for row, figure, sign, limit in TARGETS:
        value = medians[row][figure]
        met = (value >= limit if sign == ">=" else value < limit) if size == FULL else None
        targets.append({"row": row, "figure": figure, "value": value, "sign": sign, "limit": limit, "met": met})
    for above, below, figure in RATIOS:
        pairs = zip(runs[above], runs[below], strict=True)
        value = statistics.median(first[figure] / second[figure] for first, second in pairs)
        ratios.append({"above": above, "below": below, "figure": figure, "value": value})
    for first, second in SAME_MARKET:
        compared = ([run["bookings_per_client"] for run in runs[row]] for row in (first, second))
        checks.append({"rows": (first, second), **same_market(*compared)})
    rows = {row: {"label": ROWS[row].label, "median": medians[row], "runs": runs[row]} for row in runs}
    return {
        "machine": machine(),
        "size": asdict(size),
        "repeats": len(runs["full"]),
        "rows": rows,
        "targets": targets,
        "ratios": ratios,
        "checks": checks,
    }


def table(summary: dict[str, Any]) -> str:
    """The table, then targets, ratios and checks, as text."""
    size, where = summary["size"], dict(summary["machine"])
    processor, cores = where.pop("processor"), where.pop("cores")
    versions = ", ".join(f"{name} {number}" for name, number in where.items())
    lines = [
        f"{size['clients']:,} clients x {size['pros']} pros, median of {summary['repeats']}",
        f"{processor}, {cores} cores; {versions}",
        "",
        f"{'':36}" + "".join(f"{heading:>12}" for heading, _ in COLUMNS.values()),
    ]
    for row in summary["rows"].values():
        cells = [f"{row['median'][name]:{style}}" if name in row["median"] else "-" for name, (_, style) in COLUMNS.items()]
        lines.append(f"{row['label']:36}" + "".join(f"{cell:>12}" for cell in cells))
    lines.append("")
    for target in summary["targets"]:
        verdict = {True: "target met", False: "target not met", None: "judged at full size only"}[target["met"]]
        heading, style = COLUMNS[target["figure"]]
        value = f"{target['value']:{style}}, target {target['sign']} {target['limit']:,}"
        lines.append(f"{heading} of {ROWS[target['row']].label}: {value}: {verdict}")
    for item in summary["ratios"]:
        above, below = ROWS[item["above"]].label, ROWS[item["below"]].label
        lines.append(f"{COLUMNS[item['figure']][0]} of {above} / {below}: {item['value']:.2f}")
    for check in summary["checks"]:
        verdict = {True: "agree", False: "NOT THE SAME MARKET", None: "too few repeats to tell"}[check["same"]]
        error = "" if check["standard_error"] is None else f" (standard error {check['standard_error']:.1%})"
        means = " / ".join(f"{ROWS[row].label} {mean:.3f}" for row, mean in zip(check["rows"], check["means"], strict=True))
        lines.append(f"bookings per client of {means}: {check['difference']:+.1%}{error}: {verdict}")
    return "\n".join(lines)


def parse(arguments: Sequence[str]) -> argparse.Namespace:
    """Options of the command line, checked."""
    parser = argparse.ArgumentParser(
        "python -m benchmarks.engine", description="Time the engine, bare SimPy and a plain SimPy program, and print one table."
    )
    parser.add_argument("--repeat", type=int, default=5, help="fresh processes a row; the table shows their median (default 5)")
    parser.add_argument("--quick", action="store_true", help=f"{QUICK.clients:,} clients x {QUICK.pros} pros; no target is judged")
    parser.add_argument("--clients", type=int, help=f"expected number of clients (default {FULL.clients:,})")
    parser.add_argument("--pros", type=int, help=f"number of pros (default {FULL.pros})")
    parser.add_argument("--json", type=Path, metavar="PATH", help="also write every measurement to this file")
    options = parser.parse_args(arguments)
    size = QUICK if options.quick else FULL
    options.clients = size.clients if options.clients is None else options.clients
    options.pros = size.pros if options.pros is None else options.pros
    for name in ("repeat", "clients", "pros"):
        if getattr(options, name) < 1:
            parser.error(f"--{name} = {getattr(options, name)}, must be >= 1")
    if options.json and not options.json.resolve().parent.is_dir():
        parser.error(f"--json = {options.json}, must be in a folder that exists")
    return options


def main(arguments: Sequence[str]) -> int:
    """Print the table; 1 when two programs that must simulate the same market do not."""
    if arguments and arguments[0] in ("measure", "record"):
        task = Task(**json.loads(arguments[1]))
        if arguments[0] == "record":
            record(task)
        else:
            print(json.dumps(measure(task)))
        return 0
    options = parse(arguments)
    size = Size(options.clients, options.pros)
    summary = summarise(measure_all(size, options.repeat), size)
    print(table(summary))
    if options.json:
        options.json.write_text(json.dumps(summary, indent=1) + "\n")
    return int(any(check["same"] is False for check in summary["checks"]))


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))

"""How fast many short simulations are run and read again: ``python -m benchmarks.runs --help``.

Runs of 2,000 clients x 50 pros with the compiled engine, end to end from an empty store: what a run costs beyond its simulation,
and how long it takes to list a store of many results.
"""

import argparse
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

from benchmarks.measure import machine
from experiments.execution.contents import entries
from experiments.execution.executors import ExecutorSettings
from experiments.execution.jobs import Job
from experiments.execution.runner import Runner
from experiments.plans.arms import load_arms, load_market
from experiments.plans.compose import compose_settings

CLIENTS, PROS = 2_000, 50


def jobs(n: int, market: str) -> list[Job]:
    """Replications of two arms, ``n`` in all."""
    plain = load_market(compose_settings("compare", [f"market={market}", "arm=[uniform]"]))
    per_day = f"market.clients.arrivals_per_day={CLIENTS / plain.horizon_days!r}"
    settings = compose_settings("compare", [f"market={market}", "arm=[uniform,wecasa_2025]", per_day, f"market.pros.n={PROS}"])
    arms = load_arms(settings)
    return [Job(load_market(settings), arm, 1, replication) for arm in arms.values() for replication in range(n // 2)]


def copies(store: Path, n: int) -> Path:
    """A store of ``n`` results: links to those that are there, under other names."""
    many = store.parent / "many"
    sources = [entry.path for entry in entries(store)]
    many.mkdir()
    for i in range(n):
        folder = many / f"{i:032x}"
        folder.mkdir()
        os.link(sources[i % len(sources)] / "result.json", folder / "result.json")
    return many


def main(arguments: Sequence[str] | None = None) -> int:
    """Command line; returns the exit code."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.runs", description=__doc__)
    parser.add_argument("--runs", type=int, default=1_000, help="how many (default 1,000)")
    parser.add_argument("--workers", type=int, default=2, help="processes (default 2)")
    parser.add_argument("--market", default="personal_care", help="a name of configs/market/*.yaml (default personal_care)")
    parser.add_argument("--listed", type=int, default=10_000, help="results in the store that is listed (default 10,000)")
    options = parser.parse_args(arguments)
    folder = Path(tempfile.mkdtemp(prefix="runs-"))
    try:
        size = f"{CLIENTS} clients x {PROS} pros, market {options.market}"
        print(f"{machine()}\n{options.runs} runs of {size}, {options.workers} workers")
        todo = jobs(options.runs, options.market)
        with Runner(folder / "warm", ExecutorSettings(name="serial")) as runner:
            runner.run(todo[:1])
        started = time.perf_counter()
        with Runner(folder / "store", ExecutorSettings(workers=options.workers)) as runner:
            runner.run(todo)
            inside = time.perf_counter() - started
        total = time.perf_counter() - started
        simulated = sum(float(entry.about["seconds"]) for entry in entries(folder / "store"))
        print(f"from an empty store        {total:.1f} s, without start and end of processes {inside:.1f} s")
        print(f"simulated and measured     {simulated:.1f} s in the workers, {1e3 * simulated / len(todo):.1f} ms a run")
        over = (inside * options.workers - simulated) / len(todo)
        print(f"beyond that                {1e3 * over:.1f} ms a run and worker, start of processes included")
        started = time.perf_counter()
        with Runner(folder / "store", ExecutorSettings(workers=options.workers)) as runner:
            runner.run(todo)
        print(f"again, all in the store    {time.perf_counter() - started:.2f} s")
        many = copies(folder / "store", options.listed)
        started = time.perf_counter()
        subprocess.run(
            [sys.executable, "-m", "experiments.execution.store", "list", str(many)], check=True, stdout=subprocess.DEVNULL
        )
        print(f"listing {options.listed} results     {time.perf_counter() - started:.2f} s")
    finally:
        shutil.rmtree(folder)
    return 0


if __name__ == "__main__":
    sys.exit(main())

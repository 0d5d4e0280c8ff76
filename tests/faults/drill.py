"""What the drills share: their size, a small experiment, and a driver to be killed.

``make drills`` sets ``DRILLS=long`` for the full numbers; without it the same code runs in a quick form.
"""

import json
import os
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from experiments.execution.executors import ExecutorSettings
from experiments.execution.jobs import Job
from experiments.execution.runner import Runner
from sim.arrays import Floats
from sim.engine.platform import Arm
from sim.views import ProView
from tests.markets import arm, market

LONG = os.environ.get("DRILLS") == "long"
ROOT = Path(__file__).resolve().parents[2]
WORLD = ("horizon_days=60", "clients.arrivals_per_day=2", "pros.n=5")


@dataclass(frozen=True)
class Tally:
    """Uniform, but each run leaves a byte in a file when it begins, and may take its time."""

    journal: str
    pause_seconds: float = 0.0

    def visibility(self, pros: ProView, now_days: float) -> Floats:
        if now_days == 0.0:
            handle = os.open(self.journal, os.O_WRONLY | os.O_APPEND | os.O_CREAT)
            os.write(handle, b".")
            os.close(handle)
        time.sleep(self.pause_seconds)
        return np.ones(pros.n_pros)


def small_jobs(n: int, policy: Arm | None = None) -> list[Job]:
    """Replications of a tiny market."""
    return [Job(market(*WORLD), policy or arm("uniform"), 1, replication) for replication in range(n)]


def tallied(n: int, journal: Path, pause_seconds: float) -> list[Job]:
    """The same, each leaving a byte in ``journal``."""
    return small_jobs(n, Arm("tally", arm("uniform").score, Tally(str(journal), pause_seconds)))


def contents(store: Path) -> dict[str, object]:
    """All that a store says, but for how long things took: digest of the log, metrics and curves by key."""
    found = {}
    for path in store.glob(f"{'[0-9a-f]' * 32}/result.json"):
        stored = json.loads(path.read_text())
        found[path.parent.name] = (stored["about"]["log_digest"], stored["metrics"], stored["curves"])
    return found


def start_driver(store: Path, journal: Path, n: int, executor: str, *options: str, **env: str) -> subprocess.Popen[str]:
    """An experiment in a process group of its own."""
    return subprocess.Popen(
        [sys.executable, "-m", "tests.faults.drill", str(store), str(journal), str(n), executor, *options],
        cwd=ROOT,
        env=os.environ | env,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )


def main(arguments: Sequence[str]) -> int:
    """The driver: store, journal, number of runs, executor, pause, "backwards"."""
    store, journal, n, executor, *options = arguments
    jobs = tallied(int(n), Path(journal), float(options[0]) if options else 0.0)
    if "backwards" in options:
        jobs.reverse()
    name, _, workers = executor.partition(":")
    with Runner(Path(store), ExecutorSettings(name=name, workers=int(workers or 0))) as runner:
        runner.run(jobs)
    return 0


if __name__ == "__main__":
    # a policy of ``__main__`` is another class than the one that the tests name
    from tests.faults import drill

    sys.exit(drill.main(sys.argv[1:]))

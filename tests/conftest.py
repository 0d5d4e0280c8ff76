"""Settings of the whole test session."""

import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import settings
from matplotlib.figure import Figure

from experiments.calibration import demand, gains, serving
from sim.charts import style
from sim.offpolicy import intervals

# a shell that starts tests in the background makes them ignore interrupts, and the processes they start with them
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)

# the same examples on every machine and day, so that a red build can be repeated; no time limit, since first calls compile
settings.register_profile("repeatable", derandomize=True, database=None, deadline=None)
settings.load_profile("repeatable")

COMPILE = """
import sys
from experiments.execution.jobs import Job
from experiments.execution.runner import compile_once
from tests.markets import arm, market
compile_once([Job(market(), arm("uniform"), 1, 0, sys.argv[1])])
"""


def pytest_sessionstart(session: pytest.Session) -> None:
    """Compile the model once, each engine in a process of its own, before workers would all do it side by side."""
    if hasattr(session.config, "workerinput") or not session.config.getoption("numprocesses", None):
        return
    compiling = [
        subprocess.Popen([sys.executable, "-c", COMPILE, engine], cwd=session.config.rootpath) for engine in ("compiled", "simpy")
    ]
    for process in compiling:
        process.wait()


def _sketch(_figure: Figure, name: str) -> str:
    return f'<svg viewBox="0 0 1 1"><title>{name}</title></svg>'


def _save(figure: Figure, folder: Path, name: str, svg: str | None = None) -> None:
    (folder / f"{name}.svg").write_text(svg or _sketch(figure, name))
    figure.savefig(folder / f"{name}.png", dpi=10, metadata={"Software": None})


@pytest.fixture(scope="module")
def sketched() -> Iterator[None]:
    """Charts as sketches: drawing takes most of the time of a command, and ``tests/charts`` and ``tests/report`` look at them."""
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(style, "svg_text", _sketch)
        patched.setattr(style, "save", _save)
        yield


@pytest.fixture(scope="module")
def hardly_resampled() -> Iterator[None]:
    """Few resamples behind each interval from a log: where it does not matter how long it is."""
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(intervals, "RESAMPLES", 99)
        yield


@pytest.fixture
def hardly_tried(monkeypatch: pytest.MonkeyPatch) -> None:
    """A calibration that hardly tries its market: where it does not matter whether that is a good one."""
    monkeypatch.setattr(serving, "MOST_RUNS", 1)
    monkeypatch.setattr(gains, "N_RUNS", 2)
    monkeypatch.setattr(demand, "AMPLE_RUNS", 2)

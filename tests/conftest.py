"""Settings of the whole test session."""

import signal
import subprocess
import sys

import pytest
from hypothesis import settings

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
from tests.worlds import arm, market
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

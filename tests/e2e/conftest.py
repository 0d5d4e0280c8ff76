"""A server of the explorer and a browser, once for each process of the tests."""

import os
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from experiments.execution.jobs import Job
from experiments.execution.worker import warm_up
from experiments.explorer.folders import Folders
from tests.experiments.explorer.tiny import make_folders
from tests.markets import arm, market

ROOT = Path(__file__).resolve().parents[2]
READY_SECONDS = 60.0
FLAGS = ("--headless", "--no-sandbox", "--disable-gpu", "--disable-background-networking")


@dataclass(frozen=True)
class Server:
    """A running explorer."""

    port: int
    folders: Folders

    @property
    def url(self) -> str:
        """Where the page is."""
        return f"http://127.0.0.1:{self.port}/"


def free_port() -> int:
    """A port that nobody has at this moment."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _is_ready(url: str, process: subprocess.Popen[bytes]) -> bool:
    deadline = time.monotonic() + READY_SECONDS
    while time.monotonic() < deadline and process.poll() is None:
        try:
            with urllib.request.urlopen(f"{url}_stcore/health", timeout=1) as answer:  # noqa: S310 - our own server
                return bool(answer.status == 200)
        except OSError:
            time.sleep(0.1)
    return False


def _end(process: subprocess.Popen[bytes]) -> None:
    # the server and whatever it started
    for number in (signal.SIGTERM, signal.SIGKILL):
        try:
            os.killpg(process.pid, number)
            process.wait(timeout=5)
        except (ProcessLookupError, subprocess.TimeoutExpired):
            continue
    process.wait(timeout=5)


@pytest.fixture(scope="session")
def server(tmp_path_factory) -> Iterator[Server]:
    pytest.importorskip("streamlit", reason="the explorer needs streamlit: pip install 'mission-dispatch-sim[app]'")
    folders = make_folders(tmp_path_factory.mktemp("e2e"))
    log = folders.out.with_name("server.log")
    for _ in range(3):
        # another process may take the port before the server does: then it ends, and gets another one
        server = Server(free_port(), folders)
        command = [sys.executable, "-m", "experiments.explore", "--no-browser", "--port", str(server.port), *folders.arguments()]
        with log.open("wb") as sink:
            process = subprocess.Popen(
                command, cwd=ROOT, stdout=sink, stderr=sink, stdin=subprocess.DEVNULL, start_new_session=True
            )
        try:
            if _is_ready(server.url, process):
                # in a fresh checkout compiling takes longer than a page is waited for: it is done here, and found by the server
                warm_up(Job(market(), arm("uniform"), 1, 0))
                yield server
                return
        finally:
            _end(process)
    pytest.fail(f"the explorer did not start: {log.read_text()}")


@pytest.fixture(scope="session")
def browser() -> Iterator[Any]:
    playwright = pytest.importorskip("playwright.sync_api", reason="browser tests need playwright: make e2e installs it")
    chromium = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    if chromium is None:
        pytest.skip("browser tests need chromium: apt-get install chromium")
    with playwright.sync_playwright() as running:
        opened = running.chromium.launch(executable_path=chromium, args=list(FLAGS))
        yield opened
        opened.close()

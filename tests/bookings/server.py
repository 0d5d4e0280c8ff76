"""A PostgreSQL server of a test's own, on a socket in a temporary folder."""

import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest


def program(name: str) -> str | None:
    """Where a program of PostgreSQL is; the newest one if only the system's folders have it."""
    installed = sorted(Path("/usr/lib/postgresql").glob(f"*/bin/{name}"))
    return shutil.which(name) or (str(installed[-1]) if installed else None)


def as_owner(*words: str) -> None:
    """Run a program; the server refuses to run as root."""
    drop = ["runuser", "-u", "nobody", "--"] if os.geteuid() == 0 else []
    subprocess.run([*drop, *words], check=True, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, timeout=60)


@contextmanager
def serving(sql: str) -> Iterator[str]:
    """The address of a server that holds what some statements make; the test is skipped where there is no server."""
    initdb, control, client = (program(name) for name in ("initdb", "pg_ctl", "psql"))
    if initdb is None or control is None or client is None:
        pytest.skip("PostgreSQL is not installed")
    # a socket's path must be short, and the folder the server's own
    folder = Path(tempfile.mkdtemp(prefix="pg"))
    try:
        if os.geteuid() == 0:
            shutil.chown(folder, "nobody")
        as_owner(initdb, "-D", f"{folder}/data", "-A", "trust", "-U", "tester", "--no-sync", "-E", "UTF8", "--locale=C")
        as_owner(control, "-D", f"{folder}/data", "-w", "-l", f"{folder}/log", "-o", f"-k {folder} -h ''", "start")
        try:
            subprocess.run(
                [client, "-h", str(folder), "-U", "tester", "-q", "postgres"], input=sql, text=True, check=True, timeout=60
            )
            yield f"postgresql://tester@/postgres?host={folder}"
        finally:
            as_owner(control, "-D", f"{folder}/data", "-m", "immediate", "stop")
    finally:
        shutil.rmtree(folder, ignore_errors=True)

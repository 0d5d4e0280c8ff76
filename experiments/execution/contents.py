"""What a store holds, without reading it all: whose each folder is, and whether it is of this version of the model."""

import json
import os
import re
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Literal

from experiments.execution.disk import HOST, named
from experiments.execution.keys import source_of, versions
from experiments.execution.store import DAMAGED, RESULT
from sim.plugins import allowed_packages

State = Literal["current", "other", "unknown", "damaged", "leftover"]
"""Of this version of the model, of another, of a package that SIM_PLUGINS does not list; not whole; never finished."""

LEFTOVER_SECONDS = 3600.0
"""Age from which on something unfinished of another machine is nobody's any more."""

_KEY = re.compile(r"[0-9a-f]{32}")
_TEMPORARY = re.compile(r"\.(?:[0-9a-f]{32}|driver|result\.json|tables\.json)\.(?P<host>\w+)\.(?P<pid>\d+)\.[0-9a-f]{12}")
_EARLIER = "manifest.json"
"""What the first versions kept in place of ``result.json``."""


@dataclass(frozen=True)
class Entry:
    """One folder of a store."""

    path: Path
    state: State
    about: Mapping[str, Any]
    """What is known of the run; empty when it cannot be read."""


def entries(store: Path) -> Iterator[Entry]:
    """Everything of ours in a store, by name; files of others are passed over.

    Only what is said about each run is read, and it is not compared with its checksum.
    """
    with named(store):
        names = sorted(path.name for path in store.iterdir())
    for name in names:
        if _KEY.fullmatch(name):
            about = _about(store / name)
            yield Entry(store / name, "damaged" if about is None else version_state(about), about or {})
        elif DAMAGED in name and _KEY.fullmatch(name.split(".")[0]):
            yield Entry(store / name, "damaged", {})
        elif _is_leftover(store / name):
            yield Entry(store / name, "leftover", {})


def _about(folder: Path) -> dict[str, Any] | None:
    try:
        with (folder / RESULT).open("rb") as file:
            file.readline()
            line = file.readline()
        about = json.loads(line.strip().removeprefix(b'"about": ').rstrip(b","))
        # what is listed must be there, whatever a torn file holds
        return about if isinstance(about, dict) and {"key", "arm", "market", "seed", "replication"} <= set(about) else None
    except FileNotFoundError:
        return _earlier(folder)
    except (OSError, ValueError):
        return None


def _earlier(folder: Path) -> dict[str, Any] | None:
    try:
        return dict(json.loads((folder / _EARLIER).read_bytes()))
    except (OSError, ValueError, TypeError):
        return None


def _is_leftover(path: Path) -> bool:
    found = _TEMPORARY.fullmatch(path.name)
    if found is None:
        return False
    if found["host"] == HOST and not _is_alive(int(found["pid"])):
        return True
    try:
        return time.time() - path.stat().st_mtime > LEFTOVER_SECONDS
    except OSError:
        return False


def _is_alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except OSError:
        return True
    return True


def version_state(about: Mapping[str, Any]) -> State:
    """Whether a run would get the same key today."""
    source = about.get("source")
    if not isinstance(source, Mapping) or about.get("versions") != versions():
        return "other"
    return _source_state(json.dumps(source, sort_keys=True), allowed_packages())


@cache
def _source_state(source: str, allowed: tuple[str, ...]) -> State:
    stored = json.loads(source)
    try:
        if any(str(name).split(".")[0] not in allowed for name in (*stored["modules"], *stored["packages"])):
            return "unknown"
        return "current" if json.loads(json.dumps(source_of(stored["modules"]))) == stored else "other"
    except Exception:
        # a module that is gone, or does not load any more
        return "other"


def holds_other_versions(store: Path, seconds: float = 1.0) -> bool:
    """Whether a store holds results of another version of the model; checks for at most ``seconds``."""
    if not store.is_dir():
        return False
    deadline = time.monotonic() + seconds
    for entry in entries(store):
        if entry.state == "other":
            return True
        if time.monotonic() > deadline:
            return False
    return False

"""Results on disk: one folder a simulated (arm, replication), named by a hash of everything that determines it.

``store/<key>/`` holds the tables of the run as Parquet, its metrics as ``metrics.json``, its curves as ``curves.parquet`` and,
written last, ``manifest.json`` with the checksum of each file. A folder appears under its name only when it is complete.
"""

import dataclasses
import hashlib
import importlib
import importlib.metadata
import json
import os
import platform
import shutil
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from numpy.typing import NDArray

import sim
from sim.config import Market
from sim.engine.platform import Arm
from sim.jit import source_digest
from sim.log import RunLog
from sim.plugins import allowed_packages

RESULT_DIGEST = source_digest(Path(sim.__file__).parent, leave_out=("statistics", "charts", "report"))
"""Digest of the source that determines what a run stores."""

VERSIONED = ("numpy", "scipy", "numba", "simpy")


@dataclass(frozen=True)
class RunResult:
    """What a comparison needs of one run."""

    metrics: dict[str, float]
    curves: dict[str, NDArray[np.float64]]


def versions() -> dict[str, str]:
    """Versions of everything that could change a result."""
    return {"python": platform.python_version(), **{name: importlib.metadata.version(name) for name in VERSIONED}}


def _describe(policy: Any) -> dict[str, Any]:
    """A policy as data: its class, its parameters and, outside ``sim``, a digest of its package's source."""
    kind = type(policy)
    described: dict[str, Any] = {"class": f"{kind.__module__}.{kind.__qualname__}", **dataclasses.asdict(policy)}
    top = kind.__module__.split(".")[0]
    if top != "sim":
        # a helper anywhere in a team's packages may change what the policy does
        described["source"] = {name: _package_digest(name) for name in sorted({top, *allowed_packages()} - {"sim"})}
    return described


def _package_digest(name: str) -> str:
    """Digest of the source of a package, or of a single module and the modules beside it."""
    module = importlib.import_module(name)
    if hasattr(module, "__path__"):
        return source_digest(Path(next(iter(module.__path__))))
    beside = sorted(Path(str(module.__file__)).parent.glob("*.py"))
    return hashlib.sha256(b"".join(path.read_bytes() for path in beside)).hexdigest()


def run_key(market: Market, arm: Arm, seed: int, replication: int) -> str:
    """Name of a run (32 hex digits): the same for the same market, policy, seed, replication, source and versions.

    The arm's name is not part of it.
    """
    what = {
        "market": market.model_dump(mode="json"),
        "score": _describe(arm.score),
        "allocator": _describe(arm.allocator),
        "seed": seed,
        "replication": replication,
        "source": RESULT_DIGEST,
        "versions": versions(),
    }
    return hashlib.sha256(json.dumps(what, sort_keys=True).encode()).hexdigest()[:32]


def _sync(path: Path) -> None:
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def write_text(path: Path, text: str) -> None:
    """Write a file whole or not at all."""
    temporary = path.with_name(f".{path.name}.{uuid.uuid4().hex}")
    try:
        temporary.write_text(text, encoding="utf-8")
        _sync(temporary)
        temporary.replace(path)
    finally:
        temporary.unlink(missing_ok=True)


def save_run(store: Path, key: str, log: RunLog, result: RunResult, about: Mapping[str, Any]) -> None:
    """Put a finished run into the store; if it has arrived there meanwhile, leave that one."""
    store.mkdir(parents=True, exist_ok=True)
    temporary = store / f".{key}.{uuid.uuid4().hex}"
    temporary.mkdir()
    try:
        log.save(temporary)
        (temporary / "metrics.json").write_text(json.dumps(result.metrics, indent=1), encoding="utf-8")
        names = [name for name, values in result.curves.items() for _ in values]
        values = np.concatenate(list(result.curves.values())) if result.curves else np.empty(0)
        pq.write_table(pa.table({"curve": names, "value": values}), temporary / "curves.parquet", compression="zstd")
        files = sorted(path for path in temporary.iterdir())
        checksums = {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in files}
        for path in files:
            _sync(path)
        manifest = {"key": key, **about, "versions": versions(), "log_digest": log.digest(), "files": checksums}
        write_text(temporary / "manifest.json", json.dumps(manifest, indent=1))
        try:
            temporary.rename(store / key)
        except OSError:
            if load_run(store, key) is None:
                raise
        _sync(store)
    finally:
        shutil.rmtree(temporary, ignore_errors=True)


def load_run(store: Path, key: str) -> RunResult | None:
    """A stored run, or None when there is none that is whole: every file is checked against its checksum."""
    folder = store / key
    try:
        manifest = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
        for name, checksum in manifest["files"].items():
            if hashlib.sha256((folder / name).read_bytes()).hexdigest() != checksum:
                return None
        stored = json.loads((folder / "metrics.json").read_text(encoding="utf-8"))
        metrics = {str(name): float(value) for name, value in stored.items()}
        table = pq.read_table(folder / "curves.parquet")
    except (OSError, ValueError, KeyError, TypeError, AttributeError, pa.ArrowException):
        return None
    names = np.asarray(table["curve"].to_pylist())
    values = table["value"].to_numpy()
    unique = list(dict.fromkeys(names.tolist()))
    return RunResult(metrics, {name: values[names == name] for name in unique})


def set_aside_if_damaged(store: Path, key: str) -> Path | None:
    """Move a folder that is not a whole result out of the way; returns where to."""
    folder = store / key
    if not folder.exists():
        return None
    aside = store / f"{key}.damaged-{uuid.uuid4().hex[:8]}"
    folder.rename(aside)
    return aside

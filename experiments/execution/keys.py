"""What determines the result of a run, as a key: its market, policy, seed, replication, source and versions.

A result cache goes wrong when a helper is edited and the key does not notice. So the key holds a digest of every file that a run
can reach: all of ``sim`` but what only reads results, and of the plug-in folders those modules that the arm's classes import,
directly or through others. A new policy beside them leaves stored runs valid; in doubt a file counts.
"""

import ast
import dataclasses
import hashlib
import importlib
import importlib.metadata
import inspect
import json
import platform
from collections.abc import Iterable, Iterator, Mapping, Sequence
from enum import Enum
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np

import sim
from sim.config import ConfigError, Market
from sim.engine.platform import Arm
from sim.engine.trial import Trial
from sim.jit import ANALYSIS
from sim.plugins import allowed_packages

SIM = Path(sim.__file__).parent
VERSIONED = ("numpy", "scipy", "numba", "simpy")

READERS = tuple(name for name in ANALYSIS if name != "metrics")
"""Folders of ``sim`` that only read results; metrics make them."""

PLUGIN_FOLDERS = ("scores", "allocators", "designs")
"""Folders of ``sim`` of which a run uses only what its arm names, beside the modules named here. Programmes are compiled into every
run, on or off."""

SHARED = ("base", "__init__")

NOT_SOURCE = (".md", ".pyc")


@cache
def versions() -> dict[str, str]:
    """Versions of everything that could change a result."""
    return {"python": platform.python_version(), **{name: importlib.metadata.version(name) for name in VERSIONED}}


def _is_source(path: Path, folder: Path) -> bool:
    """Whether a file below a package's folder may decide what its code does."""
    hidden = any(part.startswith(".") or part == "__pycache__" for part in path.relative_to(folder).parts)
    return path.is_file() and not hidden and path.suffix not in NOT_SOURCE


def is_shared(path: Path, folder: Path) -> bool:
    """Whether every run depends on a file below ``folder`` (the package sim)."""
    parts = path.relative_to(folder).parts
    if not _is_source(path, folder) or parts[0] in READERS:
        return False
    return parts[0] not in PLUGIN_FOLDERS or path.stem in SHARED or path.suffix != ".py"


def _digest(paths: Iterable[Path], folder: Path) -> str:
    digest = hashlib.sha256()
    for path in sorted(paths):
        digest.update(path.relative_to(folder).as_posix().encode())
        digest.update(hashlib.sha256(path.read_bytes()).digest())
    return digest.hexdigest()


def shared_digest(folder: Path = SIM) -> str:
    """Digest of the source that every run depends on (64 hex digits): names and contents of its files."""
    return _digest((path for path in folder.rglob("*") if path.is_file() and is_shared(path, folder)), folder)


RESULT_DIGEST = shared_digest()
"""Digest of the source of ``sim`` that every run depends on: all but charts, reports and statistics, and but single scores and
policies, whose source is part of the keys of the runs that use them."""


def _imported(path: Path, folder: Path) -> Iterator[tuple[str, ...]]:
    """Names that a file imports, anywhere in it, as parts; ``from a import b`` gives both ``a`` and ``a.b``."""
    inside = path.is_relative_to(folder)
    package = ("sim", *path.relative_to(folder).parts[:-1]) if inside else ()
    for node in ast.walk(ast.parse(path.read_bytes())):
        if isinstance(node, ast.Import):
            yield from (tuple(name.name.split(".")) for name in node.names)
        elif isinstance(node, ast.ImportFrom):
            start = package[: len(package) + 1 - node.level] if node.level else ()
            base = (*start, *(node.module.split(".") if node.module else ()))
            yield base
            yield from ((*base, name.name) for name in node.names)


def _imports_by_name(path: Path) -> bool:
    """Whether a file may import what its text does not say."""
    text = path.read_bytes()
    return any(word in text for word in (b"import_module", b"__import__", b"sys.modules", b"exec(", b"eval(", b"pkgutil", b"runpy"))


def reached(start: Iterable[Path], folder: Path = SIM) -> set[Path]:
    """Files of the plug-in folders that some files are or import, directly or through others; of those that import by name, all."""
    every = {path for name in PLUGIN_FOLDERS for path in folder.glob(f"{name}/**/*.py")}
    seen: set[Path] = set()
    queue = list(start)
    while queue:
        path = queue.pop()
        if path in seen:
            continue
        seen.add(path)
        if _imports_by_name(path):
            return every
        for name in _imported(path, folder):
            # every run depends on the rest of sim anyway, which itself imports no single score or policy
            if name[0] == "sim" and len(name) > 1 and name[1] in PLUGIN_FOLDERS:
                module = folder.joinpath(*name[1:])
                queue += [file for file in (module.with_suffix(".py"), module / "__init__.py") if file.is_file()]
    return seen & every


def _package_files(name: str) -> list[tuple[Path, list[Path]]]:
    """Folders and files of a package, its data included, or of a single module and the modules beside it.

    Raises
    ------
    ConfigError
        It has no files, such as the cells of a notebook.
    """
    module = importlib.import_module(name)
    # a package without __init__.py may be found twice, by way of two entries of the search path
    places = sorted({Path(place).resolve() for place in getattr(module, "__path__", [])})
    if places:
        return [(place, sorted(path for path in place.rglob("*") if _is_source(path, place))) for place in places]
    if getattr(module, "__file__", None) is None:
        raise ConfigError(f"a policy of {name}, must be defined in a file: what a run depends on cannot be told otherwise")
    folder = Path(str(module.__file__)).parent
    return [(folder, sorted(folder.glob("*.py")))]


@cache
def _source(modules: tuple[str, ...], allowed: tuple[str, ...]) -> dict[str, Any]:
    """Digests of the source behind the classes of some modules."""
    tops = {name.split(".")[0] for name in modules}
    # a helper anywhere in a team's packages may change what its policy does
    packages = sorted((tops | set(allowed)) - {"sim"}) if tops - {"sim"} else []
    files = {name: _package_files(name) for name in packages}
    start = [Path(str(importlib.import_module(name).__file__)) for name in modules if name.split(".")[0] == "sim"]
    start += [path for places in files.values() for _, paths in places for path in paths if path.suffix == ".py"]
    return {
        "shared": RESULT_DIGEST,
        "modules": sorted(modules),
        "policy": _digest(reached(start), SIM),
        "packages": {name: [_digest(paths, folder) for folder, paths in places] for name, places in files.items()},
    }


def source_of(modules: Sequence[str]) -> dict[str, Any]:
    """Digests of the source that determines the results of an arm whose classes are defined in ``modules``."""
    return _source(tuple(sorted(set(modules))), allowed_packages())


def refuse_edited(arms: Iterable[Arm]) -> None:
    """Raise ConfigError when a file that the runs of some arms depend on has been edited since this process loaded it.

    A command lives for one experiment, a notebook for days: its runs would be kept under the name of another source.
    """
    parts = [getattr(arm, field.name) for arm in arms for field in dataclasses.fields(arm)]
    modules = tuple(sorted({module for part in parts for module in _modules(part)}))
    loaded = source_of(modules)
    now = _source.__wrapped__(modules, allowed_packages()) | {"shared": shared_digest()}
    if now != loaded:
        what = "sim" if now["packages"] == loaded["packages"] else "a package of SIM_PLUGINS"
        raise ConfigError(f"{what} has been edited since this session loaded it: restart Python, or the kernel of the notebook")


def describe(value: Any, path: str = "policy") -> Any:
    """A policy or one of its parameters as plain data, each object with its class.

    Raises
    ------
    ConfigError
        A parameter that has no faithful plain form.
    """
    if value is None or isinstance(value, bool | int | float | str):
        return value.item() if isinstance(value, np.generic) else value
    kind = f"{type(value).__module__}.{type(value).__qualname__}"
    if dataclasses.is_dataclass(value):
        fields = {field.name: getattr(value, field.name) for field in dataclasses.fields(value)}
        return {"class": kind, **{name: describe(item, f"{path}.{name}") for name, item in fields.items()}}
    if isinstance(value, Mapping):
        return {"class": kind, "items": sorted([str(key), describe(item, f"{path}.{key}")] for key, item in value.items())}
    if isinstance(value, list | tuple):
        return [describe(item, f"{path}[{i}]") for i, item in enumerate(value)]
    if isinstance(value, set | frozenset):
        return {"class": kind, "items": sorted((describe(item, path) for item in value), key=repr)}
    if isinstance(value, np.ndarray | np.generic):
        return {"class": f"array of {value.dtype.str}", "items": value.tolist()}
    if isinstance(value, Enum):
        return {"class": kind, "name": value.name}
    if hasattr(value, "model_dump"):
        return {"class": kind, "items": value.model_dump(mode="json")}
    raise ConfigError(
        f"{path} = {value!r}, must be made of numbers, texts, lists, mappings and dataclasses, so that runs can be kept"
    )


def _modules(value: Any) -> Iterator[str]:
    """Modules in which the classes of a policy, their ancestors, and those of its parameters are defined."""
    if dataclasses.is_dataclass(value):
        kind = type(value)
        for base in inspect.getmro(kind):
            if base.__module__ == kind.__module__ or base.__module__.split(".")[0] in allowed_packages():
                yield base.__module__
        for field in dataclasses.fields(value):
            yield from _modules(getattr(value, field.name))
    elif isinstance(value, Mapping):
        for item in value.values():
            yield from _modules(item)
    elif isinstance(value, list | tuple | set | frozenset):
        for item in value:
            yield from _modules(item)
    elif isinstance(value, Enum):
        yield type(value).__module__


@dataclasses.dataclass(frozen=True)
class Origin:
    """What the runs of one arm in one market have in common."""

    market: Market
    arm: Arm
    trial: Trial | None
    source: Mapping[str, Any]
    digest: str


_origins: dict[tuple[int, int, int, tuple[str, ...]], Origin] = {}


def _parts(arm: Arm) -> dict[str, Any]:
    """What of an arm decides a result: its name and its description change nothing."""
    return {field.name: getattr(arm, field.name) for field in dataclasses.fields(arm) if field.name not in ("name", "description")}


def _described(arm: Arm) -> dict[str, Any]:
    return {name: describe(part, f"arms.{arm.name}.{name}") for name, part in _parts(arm).items()}


def origin(market: Market, arm: Arm, trial: Trial | None = None) -> Origin:
    """Digest of a market, an arm and an experiment, with the source behind them; worked out once for the same objects."""
    where = (id(market), id(arm), id(trial), allowed_packages())
    known = _origins.get(where)
    if known is not None:
        return known
    parts = [*_parts(arm).values()]
    what = {"market": market.model_dump(mode="json"), "arm": _described(arm), "versions": versions()}
    if trial is not None:
        rest = {field.name: getattr(trial, field.name) for field in dataclasses.fields(trial) if field.name != "treated"}
        parts += [*_parts(trial.treated).values(), trial.design]
        what["trial"] = {
            "treated": _described(trial.treated),
            **{name: describe(part, f"trial.{name}") for name, part in rest.items()},
        }
    source = source_of([module for part in parts for module in _modules(part)])
    what["source"] = source
    if len(_origins) >= 4096:
        _origins.clear()
    # the entry keeps these objects alive, so that their identities are not given to others
    found = Origin(market, arm, trial, source, hashlib.sha256(json.dumps(what, sort_keys=True).encode()).hexdigest())
    _origins[where] = found
    return found


def run_key(
    market: Market,
    arm: Arm,
    seed: int,
    replication: int,
    stream: str | None = None,
    known: str | None = None,
    trial: Trial | None = None,
) -> str:
    """Name of a run (32 hex digits): the same for the same market, policy, seed, replication, source and versions.

    ``stream`` is the digest of the requests that are replayed, if any, ``known`` that of the known clients drawn beside them, and
    ``trial`` the experiment in which the arm is the control.
    The arm's name and description are not part of it, nor is the engine, since both give the same bytes.

    Raises
    ------
    ConfigError
        A policy whose source or parameters cannot be told.
    """
    what = f"{origin(market, arm, trial).digest} seed={seed:d} replication={replication:d}"
    if stream is not None:
        what += f" stream={stream}"
    if known is not None:
        what += f" known={known}"
    return hashlib.sha256(what.encode()).hexdigest()[:32]


def runs_digest(keys: Iterable[str]) -> str:
    """Digest of the runs that a result rests on, whatever their order (16 hex digits)."""
    return hashlib.sha256("\n".join(sorted(keys)).encode()).hexdigest()[:16]
